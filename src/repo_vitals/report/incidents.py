"""What an alert's issue remembers of an incident, for who keeps the issue and for who measures responses. Pure.

An issue of an alert has its marker in the first line, and in a comment of HTML what is remembered of it as JSON. Who
may edit the issue may have changed both, so that nothing of it is taken on trust; whether the issue is ours at all is
for its author to tell, and not looked at here.
"""
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.frozen import dataclass

LEVELS = (1, 2, 3)
PHASES = ("acknowledge", "update", "resolve")
MOST_TURNS = 20
_LONGEST_KEY = 100
_KEY = re.compile(r"[a-z0-9][a-z0-9/-]*\Z")
_MARKER = re.compile(r"<!-- repo-vitals:alert:([a-z0-9/-]+) -->[ \t]*(?:\r?\n|\Z)")
_STATE = re.compile(r"^<!-- repo-vitals:state (\{[^\n]*\}) -->[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An alert's issue as an incident, from the first time that it fired as one in this issue."""

    opened_at: datetime
    level: int                              # 1 to 3, as it was when it began
    within: tuple[tuple[str, timedelta], ...] = ()      # what was promised then, by phase, in the order of PHASES
    acknowledged_at: datetime | None = None             # first time
    updated_at: datetime | None = None                  # first status update
    turns: tuple[tuple[datetime, bool], ...] = ()       # True: it ended, False: it came back; oldest first

    def ended_at(self, phase: str, *, as_of: datetime) -> datetime | None:
        """When a phase had ended at that moment; what came back has not been resolved."""
        if phase == "resolve":
            known = [turn for turn in self.turns if turn[0] <= as_of]
            return known[-1][0] if known and known[-1][1] else None
        at = self.acknowledged_at if phase == "acknowledge" else self.updated_at
        return at if at is not None and at <= as_of else None

    def turned(self, at: datetime, *, ends: bool) -> Incident:
        """The same with its end or its return, unless that is the last that is known of it."""
        if ends == (bool(self.turns) and self.turns[-1][1]):
            return self
        at = max((at, *(known for known, _ in self.turns)))
        return replace(self, turns=(*self.turns, (at, ends))[-MOST_TURNS:])


# -- markers -----------------------------------------------------------------------------------------------------

def is_key(key: str) -> bool:
    """Whether a key is of small letters, digits, `-` and `/`, and at most 100 long."""
    return len(key) <= _LONGEST_KEY and _KEY.match(key) is not None and "--" not in key


def key_in(body: str) -> str | None:
    """The key in the marker that is a body's first line; None where there is no such marker."""
    found = _MARKER.match(body)
    return found[1] if found is not None and is_key(found[1]) else None


def state_in(body: str) -> str | None:
    """The JSON in the last comment that remembers something; None where that was removed."""
    found = _STATE.findall(body)
    return str(found[-1]) if found else None


def without_state(body: str) -> str:
    """The body without those comments."""
    return _STATE.sub("", body)


# -- JSON --------------------------------------------------------------------------------------------------------

def as_json(incident: Incident) -> dict[str, Any]:
    """What is remembered, without what never happened. Spans are in seconds."""
    found = {"level": incident.level, "opened_at": format_instant(incident.opened_at),
             "within": {phase: span.total_seconds() for phase, span in incident.within},
             "acknowledged_at": _written(incident.acknowledged_at), "updated_at": _written(incident.updated_at),
             "turns": [[format_instant(at), ends] for at, ends in incident.turns]}
    return {name: value for name, value in found.items() if value is not None and value not in ({}, [])}


def _written(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


def from_json(value: Any) -> Incident:
    """What `as_json` wrote. Raises KeyError, TypeError, ValueError or OverflowError for what it can't have written."""
    if not isinstance(value, Mapping) or type(value["level"]) is not int or value["level"] not in LEVELS:
        raise ValueError("level")
    within = value.get("within", {})
    return Incident(
        opened_at=parse_instant(value["opened_at"]), level=value["level"],
        within=tuple((phase, _span(within[phase])) for phase in PHASES if phase in within),
        acknowledged_at=_read(value.get("acknowledged_at")), updated_at=_read(value.get("updated_at")),
        turns=tuple((parse_instant(at), _truth(ends)) for at, ends in value.get("turns", ()))[-MOST_TURNS:])


def _read(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def _span(seconds: Any) -> timedelta:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError("within")
    span = timedelta(seconds=seconds)
    if span < timedelta(0):
        raise ValueError("within")
    return span


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("turns")
    return value


def incident_in(body: str) -> Incident | None:
    """The incident that an alert's issue remembers; None where it is no alert's, no incident, or was damaged."""
    key, text = key_in(body), state_in(body)
    if key is None or text is None:
        return None
    try:
        found = json.loads(text)
        return from_json(found["incident"]) if found["key"] == key else None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
