"""What a user asks of service levels, escalation and hours, for the command and for the truth, and what both say.

`both` runs the real command, and gives what its report says and what the simulator's truth says, part by part.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from repo_vitals.clock import format_instant
from repo_vitals.simulator.model import Discussion
from repo_vitals.simulator.truth import lives_of, rules_of, truth
from repo_vitals.simulator.truth_moves import escalations
from repo_vitals.simulator.truth_promises import (
    PAUSES,
    Promise,
    Terms,
    agenda,
    response_figures,
    service_figures,
    service_levels,
)
from support.commands import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.simulator.truth_figures import Figures
    from repo_vitals.simulator.truth_hours import WorkingDays
    from repo_vitals.simulator.truth_lives import Life
    from repo_vitals.simulator.truth_promises import Due, Owed

PHASE_LABELS = {
    "evaluation": ["status/evaluated", "status/accepted", "status/planned", "status/in-progress"],
    "investigate": ["status/confirmed", "status/investigated"],
    "fix": ["status/fixed"],
    "disclose": ["status/disclosed"],
}
# Under the limits that nobody changed.
WORDS = {"no-progress": "no progress for over 30 d", "urgent": "urgent issue open for over 7 d",
         "security": "security issue open for over 24 h", "production": "impact on production"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Options of the command, and the same for the truth."""

    options: tuple[str, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)          # of rules_of
    promises: tuple[Promise, ...] = ()
    terms: Mapping[str, Any] = field(default_factory=dict)          # of Terms, besides
    escalate: tuple[str, ...] = ()
    escalated: Mapping[str, Any] = field(default_factory=dict)      # of escalations
    words: Mapping[str, str] = field(default_factory=dict)     # what the agenda calls an escalation
    window: timedelta = timedelta(days=30)

    def __and__(self, other: Asked) -> Asked:
        """Both together; for what only one can say the other's word counts."""
        return Asked(
            options=(*self.options, *other.options), rules={**self.rules, **other.rules},
            promises=(*self.promises, *other.promises), terms={**self.terms, **other.terms},
            escalate=(*self.escalate, *other.escalate), escalated={**self.escalated, **other.escalated},
            words={**self.words, **other.words}, window=other.window if other.window != Asked.window else self.window)

    @property
    def target(self) -> timedelta | WorkingDays:
        """The response target."""
        found: timedelta | WorkingDays = self.rules.get("response_target", timedelta(hours=24))
        return found


class AgendaRow(NamedTuple):
    """A row of the agenda, as far as the truth knows it."""

    number: int
    kind: str
    what: str
    due: str
    late: bool
    owes: str
    since: str
    also: tuple[str, ...]


def promised(phase: str, within: timedelta | WorkingDays, **selectors: str) -> Promise:
    """A promise, in few words."""
    return Promise(phase=phase, within=within, **selectors)     # type: ignore[arg-type]


def both(folder: Path, github: Simulator, repository: Repository, asked: Asked, clock: datetime,
         ) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the command says as of `clock`, and what is true: every figure, what is owed, findings, the agenda."""
    days = asked.window / timedelta(days=1)
    ended = run("community-metrics", "--window", f"{days:g}d", *asked.options,
                *(("--escalate", ", ".join(asked.escalate)) if asked.escalate else ()),
                "--repository", repository.full_name, folder=folder, at=github,
                environ={"REPO_VITALS_NOW": format_instant(clock)})
    assert ended.code in (0, 1), ended.stderr
    true = _True(repository, github, asked, clock)
    return _said(ended.report, true.figures), {
        "figures": {key: pytest.approx(value) for key, value in true.figures.items()},
        "breaches": true.late, "due_soon": true.soon, "escalations": true.escalations, "agenda": true.agenda,
        "awaiting": sorted((owed.life.thread.number, _instant(owed.due)) for owed in true.awaiting),
        "findings": sorted(true.findings)}


def _said(report: Mapping[str, Any], known: Figures) -> dict[str, Any]:
    data, levels = report["data"], report["data"].get("sla", {})
    figures = {(metric["name"], tuple(sorted(metric["labels"].items()))): metric["value"]
               for metric in report["metrics"]}
    return {
        # Where no issue is due there is one row of service levels, without a value; the truth has none.
        "figures": {key: value for key, value in figures.items() if key in known or value is not None},
        "breaches": [_row(row) for row in levels.get("breaches", [])],
        "due_soon": [_row(row) for row in levels.get("due_soon", [])],
        "escalations": [(row["number"], row["rule"], row["owes"], row["since"], row["age_seconds"])
                        for row in data["escalations"]],
        "agenda": [_agenda_row(row) for row in data["agenda"]],
        "awaiting": sorted((row["number"], row["due"]) for row in data["awaiting_response"]),
        "findings": sorted(_finding(one) for one in report["findings"] if one["rule"] != "mean-response")}


class _True:
    """What the truth says, in the words of the report."""

    def __init__(self, repository: Repository, github: Simulator, asked: Asked, clock: datetime) -> None:
        given = {"now": clock, "window": asked.window, **asked.rules}
        self.asked, self.rules = asked, rules_of(**given)
        self.terms = Terms(promises=asked.promises,
                           **{"phase_labels": PHASE_LABELS, "pauses": PAUSES, **asked.terms})
        # docs/metrics.md: the discussions that are known are those that changed within the last two windows.
        mark = clock - max(2 * asked.window, timedelta(days=7))
        lives = [life for life in lives_of(repository, self.rules)
                 if not isinstance(life.thread, Discussion) or life.thread.updated_at >= mark]
        self.owed = service_levels(lives, self.terms)
        every = self.terms.else_within(asked.target)
        firsts = service_levels(lives, replace(every, promises=[
            promise for promise in every.promises if promise.phase == "first-response"]))
        self.awaiting = [owed for owed in firsts if owed.is_open and owed.state == "breached"
                         and not isinstance(owed.life.thread, Discussion)]
        self.escalated = [one for one in escalations(lives, pauses=self.terms.pauses, **asked.escalated)
                          if one.trigger in asked.escalate]
        self.figures: Figures = truth(github.state, repository=repository, kpis=True, **given)
        self.figures |= response_figures(firsts)
        if asked.promises:
            self.figures |= service_figures(self.owed, self.terms)

    @property
    def late(self) -> list[tuple[Any, ...]]:
        """The longest overdue first."""
        some = [owed for owed in self.owed if owed.is_open and owed.state == "breached"]
        return [_owed(owed) for owed in sorted(some, key=lambda owed: (-owed.overdue_seconds, *_place(owed)))]

    @property
    def soon(self) -> list[tuple[Any, ...]]:
        """The first due first."""
        some = [owed for owed in self.owed if owed.is_due_soon(self.terms.due_soon)]
        return [_owed(owed) for owed in sorted(some, key=lambda owed: (owed.due, *_place(owed)))]

    @property
    def agenda(self) -> list[AgendaRow]:
        """A row a thread: what is most pressing, and what else there is."""
        listed = {owed.key: owed for owed in (*self.owed, *self.awaiting)}
        found = agenda(listed.values(), self.escalated, self.terms)
        return [AgendaRow(number, kind, self._what(some[0]), format_instant(some[0].moment), some[0].late,
                          some[0].move.owes, format_instant(some[0].move.since), tuple(map(self._what, some[1:])))
                for (kind, number), some in found.items()]

    @property
    def findings(self) -> Iterable[tuple[Any, ...]]:
        """Rule, number, phase, since when."""
        yield from (("awaiting-response", owed.life.thread.number, "", _instant(owed.due)) for owed in self.awaiting
                    if owed.life.thread.kind == "issue")
        yield from (("sla-breach", owed.life.thread.number, owed.promise.phase, _instant(owed.due))
                    for owed in self.owed if owed.is_open and owed.state == "breached"
                    and (owed.life.thread.kind, owed.promise.phase) != ("issue", "first-response"))
        yield from ((f"escalation-{one.trigger}", one.number, "", _instant(one.at)) for one in self.escalated)

    @property
    def escalations(self) -> list[tuple[Any, ...]]:
        """Number, rule, whose move it is since when, seconds."""
        return [(one.number, f"escalation-{one.trigger}", one.move.owes, _instant(one.move.since),
                 (self.rules.now - one.since).total_seconds()) for one in self.escalated]

    def _what(self, due: Due) -> str:
        return {**WORDS, **self.asked.words}.get(due.what, due.what.replace("-", " "))


def _row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["number"], row["kind"], row["phase"], row["priority"], row["type"], row["due"],
            row["overdue_seconds"] or 0, row["owes"], row["since"])


def _owed(owed: Owed) -> tuple[Any, ...]:
    life: Life = owed.life
    return (life.thread.number, life.thread.kind, owed.promise.phase, life.priority, life.type, _instant(owed.due),
            owed.overdue_seconds, owed.move.owes, _instant(owed.move.since))


def _agenda_row(row: Mapping[str, Any]) -> AgendaRow:
    return AgendaRow(row["number"], row["kind"], row["what"], row["due"], row["overdue_seconds"] is not None,
                     row["owes"], row["since"], tuple(row["also"]))


def _finding(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return one["rule"], int(one["labels"]["number"]), one["labels"].get("phase", ""), one["since"]


def _place(owed: Owed) -> tuple[int, int]:
    phases = ("triage", "first-response", "acknowledge", "evaluation", "investigate", "fix", "disclose", "resolution")
    return owed.life.thread.number, phases.index(owed.promise.phase)


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)
