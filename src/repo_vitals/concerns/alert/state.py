"""What is remembered of alerts, as JSON: a line each in the history, and hidden in each issue's body. Pure.

What comes back may have been edited by anyone who may edit the issue, so that nothing in it is taken on trust.
"""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.alert import rows
from repo_vitals.concerns.alert.facts import AlertState, Event, Failed, Outcome, Phase
from repo_vitals.report import incidents
from repo_vitals.report.incidents import Incident, is_key, state_in, without_state
from repo_vitals.report.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.alert.facts import OurIssue

MOST_RUNS, MOST_PROBLEMS, MOST_HEARD, MOST_EVENTS, MOST_TEXT = 60, 300, 60, 60, 300
MOST_BLIND = 100
MOST_STEPS, LONGEST_STEP = 50, 25              # of escalation
MOST_MONITORS, LONGEST_MONITOR = 50, 50      # of one alert about all
MOST_TOLD = 60                  # channels: as many as three inputs can name
LONGEST_WORD, LONGEST_TITLE, LONGEST_URL = 100, 256, 2000      # characters
LARGEST_HIDDEN = 16_000         # characters in a body, which may have 65,536
_FIRST_YEAR, _LAST_YEAR = 1970, 9000     # so that spans can be added to any instant
LARGEST_BODY = 65_536           # characters that GitHub takes
_OUTCOMES, _PHASES = get_args(Outcome), get_args(Phase)
_INSTANTS = frozenset({"since", "fired_at", "resolved_at", "left_at", "snoozed_until", "acknowledged_at", "said_at",
                       "changed_at", "updated_at", "reviewed_at", "reminded_at"})
_COUNTS = frozenset({"number", "spells", "level", "earlier"})
_WORDS = frozenset({"snoozed_by", "acknowledged_by", "title", "shown", "run_url", "report_url"})
_EMPTY = AlertState(key="")
STATE = "<!-- repo-vitals:state "       # begins the line of a body that holds it
# What could end the comment, ping, or refer to something.
_RISKY = {ord(character): f"\\u{ord(character):04x}" for character in "-<>@#"}


# -- markers -----------------------------------------------------------------------------------------------------

def marker(key: str) -> str:
    """The first line of an alert's body."""
    return f"<!-- repo-vitals:alert:{key} -->"


def retired(body: str, key: str) -> str:
    """The body of a duplicate that is given up: no alert is found by it any more, whatever becomes of the issue."""
    _, _, rest = body.partition("\n")
    return f"<!-- repo-vitals:alert-duplicate:{key} -->\n{rest}"


# -- written -----------------------------------------------------------------------------------------------------

def as_json(state: AlertState) -> str:
    """A state as one line of JSON, without what is as it always begins."""
    found: dict[str, Any] = {"key": state.key}
    for field in fields(AlertState):
        value = getattr(state, field.name)
        if field.name != "key" and value != getattr(_EMPTY, field.name):
            found[field.name] = _plain(field.name, value)
    return json.dumps(found, ensure_ascii=True, separators=(",", ":"))


def _plain(name: str, value: Any) -> Any:
    if name == "recent":
        return [[format_instant(at), outcome] for at, outcome in value]
    if name == "timeline":
        return [[format_instant(event.at), event.what, event.text, event.who] for event in value]
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, Incident):
        return incidents.as_json(value)
    if name == "monitors":
        return {monitor: [one.severity, *one.problems] for monitor, one in sorted(value.items())}
    if name == "rows":
        return rows.as_json(value)
    if isinstance(value, Mapping):
        return dict(sorted(value.items()))
    return list(value) if isinstance(value, tuple) else value


def hidden(state: AlertState) -> str:
    """The comment of HTML that holds a state at the end of its issue's body, without the issue's own number.

    One that is too large loses the beginning of its timeline, then all but its newest runs.
    """
    kept = bounded(replace(state, number=None))
    while True:
        text = as_json(kept).translate(_RISKY)
        if len(text) <= LARGEST_HIDDEN:
            break
        if kept.timeline:
            kept = replace(kept, timeline=kept.timeline[(len(kept.timeline) + 1) // 2:])
        elif kept.told or kept.title:
            kept = replace(kept, told={}, title="")
        elif kept.problems or kept.heard or kept.blind or any(one.problems for one in kept.monitors.values()):
            kept = replace(kept, recent=kept.recent[-5:], heard=(), problems=(), blind=(), monitors={
                monitor: replace(one, problems=()) for monitor, one in kept.monitors.items()})
        elif kept.run_url or kept.report_url:
            kept = replace(kept, run_url="", report_url="")
        else:       # what nobody but a person can have made that large
            kept = replace(kept, escalated=(), monitors={}, rows={})
    return f"{STATE}{text} -->"


def write_all(states: Iterable[AlertState]) -> str:
    """The history's file: a line a state, by key."""
    return "".join(f"{as_json(state)}\n" for state in sorted(states, key=lambda state: state.key))


# -- read --------------------------------------------------------------------------------------------------------

def parse(text: str) -> AlertState | None:
    """The state that a line of JSON holds, kept within bounds; None where it holds none."""
    try:
        found = json.loads(text)
        if not isinstance(found, dict) or not is_key(found["key"]):
            return None
        return bounded(AlertState(**{
            field.name: _value(field.name, found[field.name]) for field in fields(AlertState) if field.name in found}))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def _value(name: str, value: Any) -> Any:
    if name in _INSTANTS:
        return _instant(value)
    if name in _COUNTS:
        if type(value) is not int or not 0 <= value < 2**53:
            raise ValueError(name)
        return value
    if name in _WORDS or name == "key":
        return _text(value)
    if name == "incident":
        return incidents.from_json(value)
    if name == "phase":
        return _one_of(_PHASES, value)
    if name == "severity":
        return _one_of(SEVERITIES, value)
    if name == "recent":
        return tuple(sorted((_instant(at), _one_of(_OUTCOMES, outcome)) for at, outcome in value))
    if name == "monitors":
        return {monitor: _failed(one) for monitor, one in value.items() if is_key(monitor)}
    if name == "rows":
        return {monitor: rows.from_json(one, _instant) for monitor, one in value.items() if is_key(monitor)}
    if name == "told":
        return {_text(channel): _text(told) for channel, told in value.items()}
    if name == "timeline":
        return tuple(Event(at=_instant(at), what=_text(what), text=_text(text), who=_text(who))
                     for at, what, text, who in value)
    if not isinstance(value, list):
        raise TypeError(name)
    return tuple(_text(item) for item in value)


def _failed(value: Any) -> Failed:
    severity, *problems = value
    return Failed(severity=_one_of(SEVERITIES, severity), problems=tuple(map(_text, problems)))


def _instant(value: Any) -> datetime:
    found = parse_instant(value)
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(value)
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _one_of(allowed: tuple[str, ...], value: Any) -> Any:
    if value not in allowed:
        raise ValueError(value)
    return value


def from_body(body: str) -> AlertState | None:
    """The state that the last such comment in a body holds; None where that was removed or damaged."""
    found = state_in(body)
    return None if found is None else parse(found)


def remembering(body: str, state: AlertState) -> str | None:
    """The body as it is, but for what it remembers; None where that would make it too long."""
    made = f"{without_state(body).rstrip()}\n{hidden(state)}\n"
    return made if len(made) <= LARGEST_BODY else None


def read_all(text: str) -> dict[str, AlertState]:
    """The states of the history's file, by key. Lines that are damaged are left out."""
    states: dict[str, AlertState] = {}
    for line in text.splitlines():
        state = parse(line)
        if state is not None:
            states[state.key] = newer(states.get(state.key), state)      # one that was written twice
    return states


# -- kept within bounds ------------------------------------------------------------------------------------------

def bounded(state: AlertState) -> AlertState:
    """The state with the newest of what grows from run to run, and no word longer than it can rightly be.

    A link that is too long is none; every other text is cut.
    """
    return replace(
        state, recent=state.recent[-MOST_RUNS:], problems=_words(state.problems[:MOST_PROBLEMS]),
        blind=_words(state.blind[:MOST_BLIND]), monitors=_monitors(state.monitors),
        rows=rows.bounded(state.rows, most=MOST_MONITORS, longest=LONGEST_MONITOR),
        heard=_words(state.heard[-MOST_HEARD:]),
        escalated=tuple(name[:LONGEST_STEP] for name in state.escalated[-MOST_STEPS:]),
        timeline=tuple(map(_modest, state.timeline[-MOST_EVENTS:])),
        told={channel: told[:LONGEST_WORD] for channel, told in sorted(state.told.items())[:MOST_TOLD]
              if len(channel) <= LONGEST_WORD},
        snoozed_by=state.snoozed_by[:LONGEST_WORD], acknowledged_by=state.acknowledged_by[:LONGEST_WORD],
        title=state.title[:LONGEST_TITLE], shown=state.shown[:LONGEST_WORD],
        run_url=state.run_url if len(state.run_url) <= LONGEST_URL else "",
        report_url=state.report_url if len(state.report_url) <= LONGEST_URL else "")


def _monitors(found: Mapping[str, Failed]) -> Mapping[str, Failed]:
    kept = [(monitor, one) for monitor, one in sorted(found.items()) if len(monitor) <= LONGEST_MONITOR][:MOST_MONITORS]
    return shared({monitor: replace(one, problems=_words(one.problems)) for monitor, one in kept})


def shared(monitors: Mapping[str, Failed]) -> Mapping[str, Failed]:
    """As many ids as are remembered, shared fairly among the monitors; of each the gravest, which come first."""
    found, room = {}, MOST_PROBLEMS
    for place, (monitor, one) in enumerate(sorted(monitors.items(), key=lambda item: (len(item[1].problems), item[0]))):
        kept = one.problems[:room // (len(monitors) - place)]
        room -= len(kept)
        found[monitor] = replace(one, problems=tuple(sorted(kept)))
    return dict(sorted(found.items()))


def _words(found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word[:LONGEST_WORD] for word in found)


def _modest(event: Event) -> Event:
    return replace(event, what=event.what[:LONGEST_WORD], text=event.text[:MOST_TEXT], who=event.who[:LONGEST_WORD])


# -- of two --------------------------------------------------------------------------------------------------------

def newer(one: AlertState | None, other: AlertState) -> AlertState:
    """Of two states of a key the one that was updated later; the first where that is the same."""
    if one is None:
        return other
    if other.updated_at is None or (one.updated_at is not None and one.updated_at >= other.updated_at):
        return one
    return other


def merged(states: Mapping[str, AlertState], issues: Iterable[OurIssue], *, now: datetime) -> dict[str, AlertState]:
    """Of every key the newest state, be it in the history or in an issue's body, with the runs of both.

    What claims to be of the future was edited, or written by a clock that was wrong, and is not believed.
    """
    limit = now + timedelta(hours=1)
    found = {key: state for key, state in states.items() if not _is_of_the_future(state, limit)}
    for issue in issues:
        state = issue.state
        if state is not None and state.key == issue.key and not _is_of_the_future(state, limit):
            state = replace(state, number=issue.number)
            found[issue.key] = _of_both(found.get(issue.key), state)
    return {key: replace(state, recent=tuple(run for run in state.recent if run[0] <= limit),
                         rows=rows.until(state.rows, limit))
            for key, state in found.items()}


def _of_both(one: AlertState | None, other: AlertState) -> AlertState:
    if one is None:
        return other
    counts = newer(one, other)
    runs = {**dict(other.recent if counts is one else one.recent), **dict(counts.recent)}
    return replace(counts, recent=tuple(sorted(runs.items()))[-MOST_RUNS:], rows=rows.of_both(
        counts.rows, (other if counts is one else one).rows))


def _is_of_the_future(state: AlertState, limit: datetime) -> bool:
    return state.updated_at is not None and state.updated_at > limit
