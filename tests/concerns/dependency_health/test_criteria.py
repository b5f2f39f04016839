"""The guides' criteria for a dependency."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from repo_vitals.concerns.dependency_health.criteria import Limits, severity_of, verdicts
from repo_vitals.concerns.dependency_health.facts import Advisory, Detail, Index, Package, Project, Release
from repo_vitals.concerns.dependency_health.scores import severity_of_score
from support.dependencies import days
from support.simulated import NOW

LIMITS = Limits(maintained_within=timedelta(days=730), allowed=("MIT",), unscored="medium")
PACKAGE = Package(ecosystem="npm", name="a", version="1.0.0", direct=True, files=("package-lock.json",))
PROJECT = "github.com/acme/a"
DETAIL = Detail(licenses=("MIT",), advisories=(), deprecated=None, project=PROJECT)


def release(last_at: datetime | None, *, deprecated: bool | None = None) -> Release:
    return Release(
        newest="2.0.0", newest_at=last_at, last_at=last_at, used={"1.0.0": days(2000)}, deprecated=deprecated
    )


def verdict(criterion: Any, *, releases: Any = None, details: Any = None, projects: Any = None) -> str:
    index = Index(releases={("npm", "a"): release(days(10))} if releases is None else releases,
                  details={PACKAGE.key: DETAIL} if details is None else details, projects=projects or {})
    return verdicts(PACKAGE, index, LIMITS, now=NOW)[criterion].outcome


def maintained(last_at: datetime | None, project: Project | None = None, **more: Any) -> str:
    detail = replace(DETAIL, **more)
    return verdict("maintained", releases={("npm", "a"): release(last_at)}, details={PACKAGE.key: detail},
                   projects={PROJECT: project})


@pytest.mark.parametrize(("last_at", "project", "expected"), [
    (days(10), None, "pass"),
    (days(730), None, "pass"),
    (days(731), None, "warn"),                                                  # quiet, and Scorecard has never looked
    (days(731), Project(maintained=None, archived=False), "warn"),
    (days(731), Project(maintained=1, archived=False), "pass"),                 # finished, but looked after
    (days(731), Project(maintained=0, archived=False), "fail"),
    (days(10), Project(maintained=0, archived=False), "pass"),
    (days(10), Project(maintained=0, archived=True), "fail"),
    (None, None, "unknown"),
    (None, Project(maintained=10, archived=False), "pass"),
])
def test_maintained_is_what_had_a_release_of_late_or_an_active_repository(
    last_at: datetime | None, project: Project | None, expected: str,
) -> None:
    assert maintained(last_at, project) == expected


def test_what_its_authors_deprecate_is_not_maintained_however_new_it_is() -> None:
    assert maintained(days(1), deprecated=True) == "fail"
    assert verdict("maintained", releases={("npm", "a"): release(days(1), deprecated=True)}) == "fail"


def test_a_repository_that_was_not_asked_about_leaves_a_quiet_package_unknown() -> None:
    assert verdict("maintained", releases={("npm", "a"): release(days(900))}) == "unknown"


@pytest.mark.parametrize("criterion", ["maintained", "advisories", "license"])
def test_what_was_not_asked_or_is_not_known_is_unknown_and_never_a_pass(criterion: str) -> None:
    assert verdict(criterion, releases={}, details={}) == "unknown"
    assert verdict(criterion, releases={("npm", "a"): None}, details={PACKAGE.key: None}) == "unknown"


def test_one_advisory_for_the_version_in_use_fails_with_its_severity() -> None:
    flawed = replace(DETAIL, advisories=(Advisory(id="GHSA-1", severity="low"), Advisory(id="GHSA-2", severity=None)))
    index = Index(details={PACKAGE.key: flawed})
    assert verdict("advisories", details={PACKAGE.key: flawed}) == "fail"
    assert severity_of(PACKAGE, index, LIMITS) == "medium"
    assert severity_of(PACKAGE, Index(details={PACKAGE.key: DETAIL}), LIMITS) is None
    assert verdict("advisories") == "pass"


def flaws(*advisories: Advisory) -> tuple[str, str, str | None]:
    """The verdict on advisories, its reason and the severity."""
    index = Index(releases={("npm", "a"): release(days(10))},
                  details={PACKAGE.key: replace(DETAIL, advisories=advisories)})
    said = verdicts(PACKAGE, index, replace(LIMITS, unscored="high"), now=NOW)["advisories"]
    return said.outcome, said.reason, severity_of(PACKAGE, index, replace(LIMITS, unscored="high"))


GHSA = Advisory(id="GHSA-1", severity="medium", aliases=("CVE-2026-1",))
RUSTSEC = Advisory(id="RUSTSEC-2026-0001", severity=None, aliases=("cve-2026-1",))


def test_one_flaw_under_two_ids_is_one_and_has_the_severity_of_the_scored_one() -> None:
    for order in ((GHSA, RUSTSEC), (RUSTSEC, GHSA)):
        assert flaws(*order) == ("fail", "1 vulnerability of this version", "medium")
    by_id = Advisory(id="CVE-2026-1", severity=None)
    assert flaws(by_id, GHSA) == ("fail", "1 vulnerability of this version", "medium")


def test_ids_that_only_a_third_joins_are_one_flaw_too() -> None:
    last = Advisory(id="PYSEC-1", severity="low", aliases=("GHSA-1", "X-1"))
    other = Advisory(id="X-1", severity=None)
    assert flaws(GHSA, other, last)[1:] == ("1 vulnerability of this version", "medium")


def test_a_flaw_that_nobody_scored_counts_as_the_input_says_beside_a_scored_one() -> None:
    assert flaws(GHSA, Advisory(id="GHSA-2", severity=None)) == ("fail", "2 vulnerabilities of this version", "high")


def test_what_was_taken_back_or_only_tells_of_no_upkeep_is_no_vulnerability() -> None:
    notice, gone = replace(RUSTSEC, standing="informational"), replace(GHSA, standing="withdrawn")
    assert flaws(notice)[::2] == ("warn", None)
    assert flaws(gone)[::2] == ("pass", None)
    assert flaws(gone, notice)[::2] == ("warn", None)
    assert flaws(replace(gone, severity="critical"), RUSTSEC)[::2] == ("fail", "high")


@pytest.mark.parametrize(("licenses", "expected"), [(("MIT",), "pass"), (("GPL-3.0-only",), "fail"), ((), "unknown")])
def test_the_licence_is_held_to_the_allowed_ones(licenses: tuple[str, ...], expected: str) -> None:
    assert verdict("license", details={PACKAGE.key: replace(DETAIL, licenses=licenses)}) == expected


@pytest.mark.parametrize(("score", "expected"), [
    (0.0, None), (0.1, "low"), (3.9, "low"), (4.0, "medium"), (6.9, "medium"), (7.0, "high"), (8.9, "high"),
    (9.0, "critical"), (10.0, "critical"), (10.1, None), (-1.0, None), (float("nan"), None),
])
def test_severity_goes_by_the_score(score: float, expected: str | None) -> None:
    assert severity_of_score(score) == expected
