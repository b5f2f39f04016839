"""What a person should look at. Pure."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption.per_cent import per_cent
from repo_vitals.report.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.package_adoption.measure import Measured
    from repo_vitals.concerns.package_adoption.shares import Pulled
    from repo_vitals.report.model import Severity

MISSED_IN = 28          # days
_MOST_NAMED = 5
_PAGES = {"crates": "https://crates.io/crates/"}


def findings(measured: Sequence[Measured], *, old: float) -> Iterator[Finding]:
    """Every finding. `old`: the largest share of downloads that may go to versions that nobody should pull."""
    for one in measured:
        yield from _of_package(one, old)


def _of_package(one: Measured, old: float) -> Iterator[Finding]:
    name, adoption, week = _name(one), one.adoption, one.week
    if adoption.problem is not None:
        yield _finding(one, "downloads-unread", "info", f"{name}: its downloads could not be read",
                       f"{_sentence(adoption.problem)}.")
    if week.verdict in ("drop", "spike"):
        since = one.through - timedelta(days=week.off_days - 1)
        length = "seven" if week.off_days == 7 else "two"
        word = "fell" if week.verdict == "drop" else "rose"
        changed = f"{word}, where none is usual" if week.off_ratio is None else \
            f"{word} to {per_cent(week.off_ratio)} of usual"
        yield _finding(
            one, f"downloads-{week.verdict}", "medium",
            f"Downloads of {name} {changed}",
            f"In the {length} days to {one.through}, against the same weekdays of the {week.weeks} weeks before. "
            + ("A drop may also mean that a registry counts late or lost days: look at its status first."
               if week.verdict == "drop" else "A spike is often one robot: look at which version it pulled."),
            since=datetime(since.year, since.month, since.day, tzinfo=timezone.utc))
    if week.quiet and week.off_ratio is not None:
        yield _finding(one, "downloads-quiet", "info",
                       f"Downloads of {name} are at {per_cent(week.off_ratio)} of usual",
                       "The week holds days that `quiet-days` names.")
    if adoption.total is not None and adoption.total_before is not None and adoption.total < adoption.total_before:
        yield _finding(one, "downloads-went-down", "info", f"The count of all downloads of {name} went down",
                       f"From {adoption.total_before:,} to {adoption.total:,}: the registry corrected it, or assets "
                       "were deleted or uploaded again. Nothing is subtracted from any figure for it.")
    lost = one.lost(MISSED_IN)
    if adoption.problem is None and lost and not adoption.counted:
        named = ", ".join(map(str, lost[:_MOST_NAMED])) + (" …" if lost[_MOST_NAMED:] else "")
        yield _finding(one, "downloads-days-missing", "info",
                       f"{len(lost)} of the last {MISSED_IN} days of {name} were not told",
                       f"They are missing, and are not taken for none: {named}.")
    yield from _old(one, one.yanked, old, "yanked-version-pulled", "yanked or deprecated versions")
    yield from _old(one, one.flawed, old, "vulnerable-version-pulled", "versions with known flaws")


def _old(one: Measured, pulled: Pulled, limit: float, rule: str, words: str) -> Iterator[Finding]:
    if pulled.ratio is None or pulled.ratio <= limit:
        return
    named = ", ".join(f"{version.version}" + (f" ({', '.join(version.advisories[:2])})" if version.advisories else "")
                      for version in pulled.versions[:_MOST_NAMED])
    more = len(pulled.versions) - _MOST_NAMED
    share = per_cent(pulled.ratio, digits=1)
    yield _finding(one, rule, "low", f"{share} of the downloads of {_name(one)} are of {words}",
                   f"Most of them of {named}" + (f" and {more} more" if more > 0 else "") + ".")


def _finding(one: Measured, rule: str, severity: Severity, title: str, detail: str, *,
             since: datetime | None = None) -> Finding:
    package = one.adoption.package
    page = _PAGES.get(package.registry)
    return Finding(rule=rule, subject=f"package {package}", severity=severity, title=title, detail=detail, since=since,
                   url=None if page is None else page + package.name, labels=one.labels)


def _name(one: Measured) -> str:
    package = one.adoption.package
    return "the releases" if package.registry == "github" else str(package)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
