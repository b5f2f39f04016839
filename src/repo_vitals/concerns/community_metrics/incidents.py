"""Response clocks of incidents: alerts' issues of ours, which no other figure of response counts. Pure.

They stand as the phases of other items do (sla.py), on a clock that never stops; see docs/metrics.md.
"""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.community_metrics.sla import State, state_of
from repo_vitals.frozen import dataclass
from repo_vitals.report.incidents import PHASES
from repo_vitals.report.model import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, timedelta

    from repo_vitals.concerns.community_metrics.facts import Item
    from repo_vitals.report.incidents import Incident
    from repo_vitals.report.model import Window


@dataclass(frozen=True, kw_only=True)
class Clocked:
    """A phase of an incident, as it stood at a moment."""

    item: Item
    incident: Incident
    phase: str                      # acknowledge | update | resolve
    within: timedelta
    ran: timedelta                  # until the phase ended, the incident did, or the moment
    ended_at: datetime | None
    is_over: bool                   # the incident, at the moment

    @property
    def state(self) -> State:
        """As of the phases of other items."""
        return state_of(self.ran, self.within, ended=self.ended_at is not None, closed=self.is_over)

    @property
    def is_owed(self) -> bool:
        """Whether somebody still has to do it."""
        return self.ended_at is None and not self.is_over

    @property
    def group(self) -> tuple[str, str]:
        """Phase and severity."""
        return self.phase, f"sev-{self.incident.level}"


def clocks(items: Iterable[Item], window: Window) -> tuple[Clocked, ...]:
    """The phases of incidents that began in the window or go on at its end, by beginning and number."""
    found = []
    for item in items:
        one = item.incident
        if one is None or one.opened_at >= window.end:
            continue
        over = one.ended_at("resolve", as_of=window.end)
        if one.opened_at in window or over is None:
            found += [_clocked(item, one, phase, within, over, window.end) for phase, within in one.within]
    return tuple(sorted(found, key=lambda one: (one.incident.opened_at, one.item.number, PHASES.index(one.phase))))


def _clocked(item: Item, one: Incident, phase: str, within: timedelta, over: datetime | None, as_of: datetime,
             ) -> Clocked:
    ended = one.ended_at(phase, as_of=as_of)
    until = ended or over or as_of
    return Clocked(item=item, incident=one, phase=phase, within=within, ran=until - one.opened_at, ended_at=ended,
                   is_over=over is not None)


def metrics(found: Sequence[Clocked], window: Window) -> Iterator[Metric]:
    """The figures, for each phase and severity of which there is an incident; none where there is none."""
    for phase, severity in _groups(found):
        mine = [one for one in found if one.group == (phase, severity)]
        counted = Counter(one.state for one in mine if one.incident.opened_at in window)
        owed = Counter(one.state for one in mine if one.is_owed)
        judged = counted["met"] + counted["breached"]
        labels = {"phase": phase, "severity": severity}
        yield Metric(name="incident_sla_ratio", value=counted["met"] / judged if judged else None, unit="ratio",
                     samples=judged, labels=labels)
        yield Metric(name="incident_sla_breached", value=owed["breached"], unit="count", samples=1, labels=labels)
        yield Metric(name="incident_sla_pending", value=owed["pending"], unit="count", samples=1, labels=labels)


def rows(found: Sequence[Clocked], window: Window, soon: timedelta) -> list[dict[str, Any]]:
    """Rows like those of other items, of the incidents that began in the window."""
    made = []
    cohort = [one for one in found if one.incident.opened_at in window]
    for phase, severity in _groups(cohort):
        mine = [one for one in cohort if one.group == (phase, severity)]
        counted = Counter(one.state for one in mine)
        judged = counted["met"] + counted["breached"]
        made.append({
            "phase": phase, "channel": "incident", "type": "none", "priority": severity, "met": counted["met"],
            "breached": counted["breached"], "pending": counted["pending"],
            "due_soon": sum(one.state == "pending" and one.within - one.ran <= soon for one in mine),
            "attainment": counted["met"] / judged if judged else None})
    return made


def as_json(found: Iterable[Clocked], window: Window) -> list[dict[str, Any]]:
    """Each phase of each incident: what was promised, and how that was kept."""
    return [{
        "number": one.item.number, "title": one.item.title, "url": one.item.url, "severity": one.group[1],
        "opened_at": format_instant(one.incident.opened_at), "phase": one.phase, "state": one.state,
        "target_seconds": one.within.total_seconds(), "elapsed_seconds": one.ran.total_seconds(),
        "ended_at": None if one.ended_at is None else format_instant(one.ended_at),
        "in_window": one.incident.opened_at in window} for one in found]


def _groups(found: Iterable[Clocked]) -> list[tuple[str, str]]:
    return sorted({one.group for one in found}, key=lambda group: (PHASES.index(group[0]), group[1]))
