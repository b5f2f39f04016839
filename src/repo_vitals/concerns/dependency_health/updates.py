"""What kind of update a bot's pull request is. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.dependency_health.update_words import readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.dependency_health.facts import AdvisorySeverity, Change, Kind

# The first of these among an update's packages is the update's own.
_GRAVEST: tuple[Kind, ...] = ("major", "minor", "patch", "other", "unknown")
_SECURITY_TITLE = re.compile(r"^\s*\[security\]|\[security\]\s*$", re.IGNORECASE)
_SECURITY_BRANCH = re.compile(r"-vulnerability$", re.IGNORECASE)
# A label as a whole: `no-security-impact` holds the word and says the opposite.
_SECURITY_LABEL = re.compile(
    r"(?::\w+:|[^\w:])*(?:(?:type|kind|category|topic|area|t|c|a|deps|dependencies)\s*[:/_-]+\s*)?"
    r"security(?:[\s_-]+(?:updates?|fix(?:es)?|patch(?:es)?|vulnerability|vulnerabilities|advisory|alert))?\s*",
    re.IGNORECASE)
# Dependabot's list of vulnerabilities comes first; what follows are upstream's release notes, which strangers write.
_SECURITY_BODY = re.compile(r"<summary>\s*Vulnerabilities fixed\s*</summary>", re.IGNORECASE)
_STRANGERS = re.compile(r"<summary\b(?!>\s*Vulnerabilities fixed\s*</summary>)|\brelease notes\b", re.IGNORECASE)


def classify(
    *, title: str, branch: str, labels: Sequence[str], message: str, body: str, has_alert: bool,
) -> tuple[Kind, str, tuple[Change, ...]]:
    """The kind, what it was read from (our words), and the changes.

    Security comes first, whatever the version does: told by an alert that GitHub links with the pull request, or by
    what the bots mark it with (`[SECURITY]` in the title, a branch that ends in `-vulnerability`, a label that
    is about security, Dependabot's list of vulnerabilities before any other part of its body). Otherwise the gravest of
    all changes.
    """
    place, found = readings(title, message, body)
    changes = tuple(reading.change for reading in found if reading.change.name)
    mark = _security_mark(title=title, branch=branch, labels=labels, body=body, has_alert=has_alert)
    if mark:
        return "security", mark, changes
    kinds = {reading.kind for reading in found}
    kind: Kind = next((kind for kind in _GRAVEST if kind in kinds), "unknown")
    if kind != "unknown" and "unknown" in kinds:
        place += "; the versions of some packages can't be told"
    return kind, place, changes


def _security_mark(*, title: str, branch: str, labels: Iterable[str], body: str, has_alert: bool) -> str | None:
    if has_alert:
        return "alert"
    if _SECURITY_TITLE.search(title):
        return "title"
    if _SECURITY_BRANCH.search(branch):
        return "branch"
    if any(_SECURITY_LABEL.fullmatch(label) for label in labels):
        return "label"
    return "body" if _SECURITY_BODY.search(_STRANGERS.split(body, maxsplit=1)[0]) else None


def severity_of(
    number: int, changes: Iterable[Change], linked: Mapping[int, AdvisorySeverity],
    by_package: Mapping[str, AdvisorySeverity],
) -> AdvisorySeverity | None:
    """The severity of a security update: of the alerts linked with it, else of those for its packages; else None."""
    if number in linked:
        return linked[number]
    found = {by_package[change.name.casefold()] for change in changes if change.name.casefold() in by_package}
    return worst(found)


def worst(severities: Iterable[AdvisorySeverity]) -> AdvisorySeverity | None:
    """The gravest of some severities; None of none."""
    from repo_vitals.concerns.dependency_health.facts import ADVISORY_SEVERITIES

    present = set(severities)
    return next((severity for severity in ADVISORY_SEVERITIES if severity in present), None)
