"""The guides' criteria for a dependency, one verdict each with its reason. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.clock import in_words
from repo_vitals.concerns.dependency_health import licenses
from repo_vitals.concerns.dependency_health.updates import worst
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime, timedelta

    from repo_vitals.concerns.dependency_health.facts import Advisory, AdvisorySeverity, Index, Package

Criterion = Literal["maintained", "advisories", "license"]
CRITERIA: tuple[Criterion, ...] = ("maintained", "advisories", "license")
Outcome = Literal["pass", "warn", "fail", "unknown"]
OUTCOMES: tuple[Outcome, ...] = ("pass", "warn", "fail", "unknown")
_NOT_ASKED = "deps.dev was not asked, or did not answer"
_NOT_KNOWN = "deps.dev does not know it"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a criterion says of a package, and why, in words of ours alone."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the criteria are held against."""

    maintained_within: timedelta
    allowed: Collection[str]
    unscored: AdvisorySeverity


def verdicts(package: Package, index: Index, limits: Limits, *, now: datetime) -> dict[Criterion, Verdict]:
    """All three verdicts on a package at the version in use."""
    return {
        "maintained": _maintained(package, index, limits, now),
        "advisories": _advisories(package, index),
        "license": _license(package, index, limits),
    }


def severity_of(package: Package, index: Index, limits: Limits) -> AdvisorySeverity | None:
    """The gravest severity of the vulnerabilities of the version in use; None where there is none.

    That of one is the gravest of its scored advisories', and `unscored-severity` where none has a score.
    """
    detail = index.details.get(package.key)
    return None if detail is None else worst(
        worst(one.severity for one in same if one.severity is not None) or limits.unscored
        for same in vulnerabilities(detail.advisories))


def vulnerabilities(advisories: Iterable[Advisory]) -> list[list[Advisory]]:
    """Advisories by the flaw they are about: those that share an id or alias, be it over others, are about one.

    Those without a flaw are left out: the ones taken back, and the ones that are only informational.
    """
    found: list[tuple[set[str], list[Advisory]]] = []
    for one in advisories:
        names, same = {name.casefold() for name in (one.id, *one.aliases)}, [one]
        apart = []
        for others, members in found:
            if names.isdisjoint(others):
                apart.append((others, members))
            else:
                names |= others
                same = [*members, *same]
        found = [*apart, (names, same)]
    flaws = ([one for one in same if one.standing == "vulnerability"] for _, same in found)
    return [flaw for flaw in flaws if flaw]


def _maintained(package: Package, index: Index, limits: Limits, now: datetime) -> Verdict:
    """Maintained is what is neither deprecated nor archived and had a release within the limit, or else a repository
    that Scorecard's check of the same name finds active."""
    key = package.ecosystem, package.name
    if key not in index.releases or package.key not in index.details:
        return Verdict(outcome="unknown", reason=_NOT_ASKED)
    release, detail = index.releases[key], index.details[package.key]
    if (release is not None and release.deprecated) or (detail is not None and detail.deprecated):
        return Verdict(outcome="fail", reason="deprecated by its authors")
    place = None if detail is None else detail.project
    project = index.projects.get(place) if place is not None else None
    if project is not None and project.archived:
        return Verdict(outcome="fail", reason="its repository is archived")
    if release is None:
        return Verdict(outcome="unknown", reason=_NOT_KNOWN)
    if release.last_at is not None and now - release.last_at <= limits.maintained_within:
        return Verdict(outcome="pass", reason=f"last release {in_words(now - release.last_at)} ago")
    quiet = "no release has a date" if release.last_at is None else f"no release for {in_words(now - release.last_at)}"
    if project is not None and project.maintained is not None:
        if project.maintained > 0:
            return Verdict(outcome="pass", reason=f"{quiet}; Scorecard's Maintained is {project.maintained} of 10")
        return Verdict(outcome="fail", reason=f"{quiet}; Scorecard's Maintained is 0 of 10")
    if release.last_at is None or (place is not None and place not in index.projects):
        return Verdict(outcome="unknown", reason=quiet)
    return Verdict(outcome="warn", reason=f"{quiet}; Scorecard says nothing of it")


def _advisories(package: Package, index: Index) -> Verdict:
    if package.key not in index.details:
        return Verdict(outcome="unknown", reason=_NOT_ASKED)
    detail = index.details[package.key]
    if detail is None:
        return Verdict(outcome="unknown", reason=_NOT_KNOWN)
    count = len(vulnerabilities(detail.advisories))
    if count:
        return Verdict(outcome="fail", reason="1 vulnerability of this version" if count == 1
                       else f"{count} vulnerabilities of this version")
    if any(one.standing == "informational" for one in detail.advisories):
        return Verdict(outcome="warn", reason="its one advisory only says that nobody looks after it"
                       if len(detail.advisories) == 1 else "its advisories only say that nobody looks after it")
    return Verdict(outcome="pass", reason="no advisory for this version" if not detail.advisories
                   else "the advisories for this version were withdrawn")


def _license(package: Package, index: Index, limits: Limits) -> Verdict:
    if package.key not in index.details:
        return Verdict(outcome="unknown", reason=_NOT_ASKED)
    detail = index.details[package.key]
    if detail is None:
        return Verdict(outcome="unknown", reason=_NOT_KNOWN)
    outcome, reason = licenses.check(detail.licenses, limits.allowed)
    return Verdict(outcome=outcome, reason=reason)
