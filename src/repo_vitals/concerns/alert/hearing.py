"""What people with write permission asked for, obeyed once. Pure."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert.facts import Event
from repo_vitals.concerns.alert.merging import closed_in_this_spell, look

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Command, OurIssue


def obeyed(state: AlertState, commands: Iterable[Command], now: datetime) -> tuple[AlertState, Command | None]:
    """The state after the commands that it has not heard yet, and the one by which a person ended the alert.

    What was said of an earlier spell acknowledges and ends nothing now; a snooze holds over the end of a spell.
    """
    ended: Command | None = None
    for command in sorted(commands, key=lambda command: (command.at, command.id)):
        if command.id in state.heard:
            continue
        state = replace(state, heard=(*state.heard, command.id))
        is_of_now = state.phase == "firing" and (state.fired_at is None or command.at >= state.fired_at)
        if command.kind == "snooze" and command.span is not None and command.at + command.span > now:
            until = command.at + command.span
            state = _with(replace(state, snoozed_until=until, snoozed_by=command.who), command, "snoozed")
        elif command.kind == "wake" and state.snoozed_until is not None:
            state = _with(replace(state, snoozed_until=None, snoozed_by=""), command, "woken")
        elif command.kind == "acknowledge" and is_of_now and state.acknowledged_at is None:
            state = replace(state, acknowledged_at=command.at, acknowledged_by=command.who)
            state = _with(state, command, "acknowledged")
        elif command.kind == "status" and is_of_now:
            state = _with(state, command, "status")
        elif command.kind == "severity" and is_of_now and command.level is not None:
            state = _with(replace(state, level=command.level), command, "severity")
        elif command.kind == "resolve" and is_of_now:
            ended = command
        elif command.kind == "reviewed" and _is_to_review(state) and command.at >= (state.resolved_at or command.at):
            state = _with(replace(state, reviewed_at=command.at), command, "reviewed")
    return state, ended


def _is_to_review(state: AlertState) -> bool:
    return state.phase == "resolved" and state.incident is not None and state.reviewed_at is None


def woken_in_time(state: AlertState, now: datetime) -> AlertState:
    """The state without a snooze that is over."""
    if state.snoozed_until is None or state.snoozed_until > now:
        return state
    over = Event(at=state.snoozed_until, what="woken")
    return replace(state, snoozed_until=None, snoozed_by="", timeline=(*state.timeline, over))


def as_heard(states: Mapping[str, AlertState], issues: Iterable[OurIssue], now: datetime) -> dict[str, AlertState]:
    """The states as they are once this run has heard what people asked for in the alerts' issues, or said by closing
    one."""
    of_each: dict[str, list[OurIssue]] = {}
    for issue in issues:
        of_each.setdefault(issue.key, []).append(issue)
    found = {}
    for key, state in states.items():
        theirs = of_each.get(key, [])
        heard, ended = obeyed(state, [command for issue in theirs for command in issue.commands], now)
        heard = heard if ended is None else replace(heard, left_at=ended.at)
        found[key] = left_by_a_person(woken_in_time(heard, now), look(theirs, heard).closed)
    return found


def left_by_a_person(state: AlertState, closed: OurIssue | None) -> AlertState:
    """The state where a person has closed the issue of an alert that fires."""
    if (state.phase != "firing" or state.left_at is not None or closed is None or not closed.closed_by_person
            or closed.closed_at is None or not closed_in_this_spell(closed, state)):
        return state
    event = Event(at=closed.closed_at, what="left")
    return replace(state, left_at=closed.closed_at, timeline=(*state.timeline, event))


def _with(state: AlertState, command: Command, what: str) -> AlertState:
    text = str(command.level) if what == "severity" else command.text
    return replace(state, timeline=(*state.timeline, Event(at=command.at, what=what, text=text, who=command.who)))
