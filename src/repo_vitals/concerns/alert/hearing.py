"""What people with write permission asked for, obeyed once. Pure."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert.facts import Event

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
    """The states as they are once this run has heard what people asked for in the alerts' issues."""
    said: dict[str, list[Command]] = {}
    for issue in issues:
        said.setdefault(issue.key, []).extend(issue.commands)
    found = {}
    for key, state in states.items():
        heard, ended = obeyed(state, said.get(key, ()), now)
        found[key] = woken_in_time(heard if ended is None else replace(heard, left_at=ended.at), now)
    return found


def _with(state: AlertState, command: Command, what: str) -> AlertState:
    text = str(command.level) if what == "severity" else command.text
    return replace(state, timeline=(*state.timeline, Event(at=command.at, what=what, text=text, who=command.who)))
