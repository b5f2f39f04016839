"""What was looked for, by which sources, and where something is lacking. Pure."""
from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.freshness import stale
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from repo_vitals.concerns.security_summary.facts import Facts, Kind, Report, Unread

_RUSTSEC: frozenset[Kind] = frozenset({"unmaintained", "unsound", "yanked", "notice"})
# The tools that tell of more than vulnerabilities whenever there is such a thing; yanked is no advisory of a database.
_MILDER: Mapping[str, frozenset[Kind]] = MappingProxyType(
    {"cargo-audit": _RUSTSEC, "cargo-deny": _RUSTSEC, "osv-scanner": _RUSTSEC - {"yanked"}})


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Which sources looked for what."""

    reports: tuple[Report, ...]
    unread: tuple[Unread, ...]
    refused: tuple[Unread, ...]
    stale: dict[int, str]               # by place among the reports: why it is too old

    @classmethod
    def of(cls, facts: Facts, *, maximum_age: timedelta | None, now: datetime) -> Coverage:
        """The sources of some facts."""
        too_old = {place: why for place, report in enumerate(facts.reports)
                   if (why := stale(report, maximum_age=maximum_age, now=now)) is not None}
        return cls(reports=facts.reports, unread=facts.unread, refused=facts.refused, stale=too_old)

    def looked(self, check: str) -> int:
        """How many sources looked for something, whole or not."""
        return sum(check in checks_of(report) for report in self.reports)

    def told_of(self, kind: Kind) -> int:
        """How many sources would tell of that kind of advisory: who looks for vulnerabilities alone (Dependabot,
        pip-audit, Trivy …) says nothing of what is unmaintained or yanked."""
        return sum("vulnerabilities" in checks_of(report) and _tells_of(report, kind) for report in self.reports)

    def lacks(self, check: str) -> bool:
        """Whether a source that was asked for, and may have told of such things, is missing, cut or too old."""
        return any(not one.checks or check in one.checks for one in self.unread) or any(
            check in checks_of(report) and (bool(report.missing) or place in self.stale)
            for place, report in enumerate(self.reports))

    def concerns(self, check: str) -> bool:
        """Whether such things were asked for at all: a source looked for them, or may have, or there was none."""
        return not self.reports or self.looked(check) > 0 or self.lacks(check)

    def sees_all(self, check: str) -> bool:
        """Whether what no source tells of is not there."""
        return self.looked(check) > 0 and not self.lacks(check) and not any(
            not one.checks or check in one.checks for one in self.refused)

    @property
    def is_blind(self) -> bool:
        """Whether there are reports, and none of them looked for anything."""
        return bool(self.reports) and not any(checks_of(report) for report in self.reports)

    @property
    def incomplete(self) -> int:
        """How many sources can't be relied on to be whole."""
        cut = sum(bool(report.missing) or place in self.stale for place, report in enumerate(self.reports))
        return len(self.unread) + cut


def _tells_of(report: Report, kind: Kind) -> bool:
    known = next((kinds for tool, kinds in _MILDER.items() if tool == report.format or
                  (report.format == "sarif" and report.tool.lower().startswith(tool))), frozenset())
    return kind in known or any(advisory.kind == kind for advisory in report.advisories)


def checks_of(report: Report) -> frozenset[str]:
    """What a report looked for: what it says, and what it tells of in any case."""
    found = set(report.checks)
    for check, told in (("vulnerabilities", report.advisories), ("code", report.code), ("licenses", report.licenses)):
        if told:
            found.add(check)
    if report.secrets is not None:
        found.add("secrets")
    return frozenset(found | {one.check for one in report.policy})
