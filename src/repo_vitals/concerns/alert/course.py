"""What becomes of one alert in a run: its next state, and what is to be done with its issue. Pure."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.alert import rows
from repo_vitals.concerns.alert.facts import Event
from repo_vitals.concerns.alert.hearing import left_by_a_person, obeyed, woken_in_time
from repo_vitals.concerns.alert.incidents import as_incident, is_review_due
from repo_vitals.concerns.alert.merging import believed, closed_in_this_spell
from repo_vitals.concerns.alert.spells import (
    as_acted_on,
    begun,
    change,
    counted,
    failed_of_all,
    fails_enough,
    fired,
    healthy_in_a_row,
    told_at,
    with_problems,
)
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Command, Escalation, OurIssue, Settings, Signal, Treatment
    from repo_vitals.concerns.alert.merging import There

# "mend": the body alone, of an issue that is to stay as it is; "note": of that only what it remembers.
Step = Literal["none", "create", "reopen", "update", "close", "mend", "note"]


@dataclass(frozen=True, kw_only=True)
class Course:
    """What one run makes of one alert."""

    state: AlertState
    signal: Signal | None           # None too where newer reports have overtaken it
    step: Step = "none"
    event: Event | None = None      # what a comment tells
    is_muted: bool = False          # snoozed, silenced or inhibited: nobody is told anything
    is_repeat: bool = False         # channels are told what they know already
    escalations: tuple[Escalation, ...] = ()    # that fall due in this run
    note: str = ""

    def to(self, step: Step, event: Event | None = None, *, is_told: bool = True) -> Course:
        """The course with a step, and an event for the timeline that a comment tells, unless it is muted or untold."""
        if event is None:
            return replace(self, step=step)
        state = replace(self.state, timeline=(*self.state.timeline, event))
        told = event if is_told and not self.is_muted else self.event
        return replace(self, state=state, step=step, event=told)


def course(
    before: AlertState, signal: Signal | None, treatment: Treatment, there: There, commands: Sequence[Command], *,
    now: datetime, settings: Settings,
) -> Course:
    """The course of an alert of which `before` is remembered, and `there` is what GitHub has."""
    of_each = rows.counted(before, signal)
    recent, signal = counted(before.recent, signal)
    state = believed(replace(before, recent=recent, rows=of_each), there, signal, treatment)
    state = replace(state, monitors=failed_of_all(state, signal))
    if there.open is not None:
        state = replace(state, number=there.open.number, left_at=None)     # whoever opened it again wants it
    elif there.closed is not None and state.number is None:
        state = replace(state, number=there.closed.number)
    state, ended = obeyed(state, commands, now)
    state = left_by_a_person(woken_in_time(state, now), there.closed)
    was_firing, spells = state.phase == "firing", state.spells
    state = _phase(state, signal, treatment, now, has_history=settings.has_history)
    begins = state.spells > spells
    if begins and there.open is not None:
        state = replace(state, left_at=None)
    found = Course(state=state, signal=signal, is_muted=is_muted(state, treatment, now))
    if found.state.phase != "firing":
        found = _over(found, there, now, ends=was_firing)
    elif ended is not None:
        found = _ended(found, there, ended)
    elif there.open is not None:
        found = _goes_on(found, treatment, now, begins=begins)
    else:
        found = _without_open(found, treatment, there.closed, now, settings)
    return replace(found, state=as_incident(found.state, treatment, now, is_new_issue=found.step == "create",
                                            was_firing=was_firing))


def is_muted(state: AlertState, treatment: Treatment, now: datetime) -> bool:
    """Whether nobody is to be told of an alert at this moment: it is snoozed, silenced or explained by another."""
    return ((state.snoozed_until is not None and state.snoozed_until > now) or bool(treatment.inhibited_by)
            or (treatment.silenced_until is not None and treatment.silenced_until > now))


# -- phases ------------------------------------------------------------------------------------------------------

def _phase(state: AlertState, signal: Signal | None, treatment: Treatment, now: datetime, *, has_history: bool,
           ) -> AlertState:
    outcome = None if signal is None else signal.outcome
    is_moved = signal is not None and signal.is_moved
    if state.phase == "firing" and (is_moved or _is_over(state, outcome, treatment)):
        state = replace(state, phase="resolved", resolved_at=now, left_at=None, monitors={})
    if signal is None or state.phase == "firing":
        return state
    if outcome == "failing":
        is_due = rows.fails_enough(state, signal, treatment) if signal.runs else fails_enough(
            state.recent, treatment.fire_after)
        # Without a history nothing is remembered of a key before it has an issue: better early than never.
        if not has_history or treatment.takes_over is not None or is_due:
            return fired(state, signal, treatment, now)
        return replace(begun(state, signal), phase="pending")
    if outcome == "healthy" and state.phase == "pending":
        return replace(state, phase="resolved" if state.spells else "inactive")
    return state


def _is_over(state: AlertState, outcome: str | None, treatment: Treatment) -> bool:
    if state.left_at is not None:   # it rests until it has been healthy once
        return outcome == "healthy" or any(at > state.left_at and said == "healthy" for at, said in state.recent)
    row = rows.healthy_in_a_row(state)
    return outcome == "healthy" and (healthy_in_a_row(state.recent) if row is None else row) >= treatment.resolve_after


# -- what is to be done ------------------------------------------------------------------------------------------

def _over(found: Course, there: There, now: datetime, *, ends: bool) -> Course:
    """Nothing fires: an issue that still says so is closed, or mended where it is closed already."""
    says_firing = [issue for issue in (there.open, there.closed)
                   if issue is not None and issue.state is not None and issue.state.phase == "firing"]
    closing = Event(at=now, what="moved" if found.signal is not None and found.signal.is_moved else "closed")
    if there.open is not None:
        if ends or (says_firing and found.state.phase == "resolved"):
            return found.to("close", closing)
        return replace(found, note=f"#{there.open.number} is open though nothing fires: a person opened it again, so "
                                   "it stays until its trouble has come back and gone")
    if says_firing and found.state.phase == "resolved" and says_firing[0].number == found.state.number:
        return found.to("mend", closing if ends else None, is_told=False)
    if ends or found.state.phase != "resolved" or there.closed is None:
        return found.to("none", closing if ends else None, is_told=False)
    return _reviewed(found, there.closed, now)


def _reviewed(found: Course, closed: OurIssue, now: datetime) -> Course:
    """The incident of a closed issue: a review is noted there, and asked for once when it is due."""
    state = found.state
    if closed.number != state.number:
        return found
    if is_review_due(state, now) and not found.is_muted:
        due = replace(found, state=replace(state, reminded_at=now))
        return due.to("note", Event(at=now, what="review-due"))
    known = closed.state
    is_noted = known is not None and (known.reviewed_at, known.reminded_at) == (state.reviewed_at, state.reminded_at)
    return found if is_noted or known is None else found.to("note")


def _ended(found: Course, there: There, command: Command) -> Course:
    """A person said that it is dealt with: as if that person had closed the issue."""
    event = Event(at=command.at, what="resolved", text=command.text, who=command.who)
    found = replace(found, state=replace(found.state, left_at=command.at))
    return found.to("close" if there.open is not None else "none", event, is_told=False)


def _goes_on(found: Course, treatment: Treatment, now: datetime, *, begins: bool) -> Course:
    """Its issue is open: what has changed is told, and what is overdue, though this run may not have judged it."""
    found = found.to("update")
    if begins:      # in an issue that a person had opened again
        return found.to("update", Event(at=now, what="reopened"))
    if found.signal is None or found.signal.outcome == "healthy":
        return found
    is_judged = found.signal.outcome == "failing"
    state = with_problems(found.state, found.signal) if is_judged else found.state
    found = replace(found, state=state)
    if found.is_muted:
        return found
    what = change(state, treatment.severity) if is_judged else ""
    if what:
        state = replace(state, severity=treatment.severity, changed_at=now if what == "worse" else state.changed_at)
        found = replace(found, state=state).to("update", Event(at=now, what=what))
    due = _due(state, treatment, now)
    if due:
        done = dict.fromkeys((*state.escalated, *(one.name for one in due)))
        found = replace(found, escalations=due, state=replace(found.state, escalated=tuple(done)))
        found = found.to("update", Event(at=now, what="escalated"), is_told=found.event is None)
    spoke = state.said_at or state.fired_at
    if (is_judged and found.event is None and treatment.repeat_every is not None and spoke is not None
            and now - spoke >= treatment.repeat_every):
        return replace(found, is_repeat=True).to("update", Event(at=now, what="repeated"))
    return found


def _due(state: AlertState, treatment: Treatment, now: datetime) -> tuple[Escalation, ...]:
    """The escalations whose time has come while nobody acknowledged the alert.

    Steps that are overdue together, as after a snooze or a week without runs, come one after another, so that those who
    are called first have time before the next are. Half of what lies between two is enough: no run is on the minute.
    """
    began = told_at(state)
    if state.acknowledged_at is not None or began is None:
        return ()
    passed = [one for one in treatment.escalations if one.name not in state.escalated and one.after <= now - began]
    before = [one for one in treatment.carried_out(state.escalated) if passed and one.after < passed[0].after]
    last = max((event.at for event in state.timeline if event.what == "escalated" and event.at >= began), default=None)
    if before and last is not None and now - last < (passed[0].after - before[-1].after) / 2:
        return ()
    return tuple(one for one in passed if one.after == passed[0].after)


def _without_open(found: Course, treatment: Treatment, closed: OurIssue | None, now: datetime, settings: Settings,
                  ) -> Course:
    """It fires and no issue is open: it is opened again or made, unless nobody is to be told or a person closed it."""
    state, signal = found.state, found.signal
    if found.is_muted or signal is None or signal.outcome != "failing":
        return found
    if state.left_at is not None:
        if change(state, treatment.severity) != "worse":
            return found
        state = replace(as_acted_on(state, signal, treatment), left_at=None, changed_at=now)
        found, what = replace(found, state=state), "worse"
    elif closed is not None and closed_in_this_spell(closed, state):
        return found.to("reopen", Event(at=now, what="kept"), is_told=False)
    else:
        what = "reopened"
    if closed is not None and closed.number == state.number and _is_recent(closed, state, now, settings):
        return found.to("reopen", Event(at=now, what=what))
    earlier = None if closed is None else closed.number
    return replace(found, state=replace(state, number=None, earlier=earlier, title="")).to(
        "create", Event(at=now, what="opened"), is_told=False)


def _is_recent(closed: OurIssue, state: AlertState, now: datetime, settings: Settings) -> bool:
    ends = [at for at in (closed.closed_at, state.resolved_at) if at is not None]
    return bool(ends) and now - max(ends) <= settings.reopen_within
