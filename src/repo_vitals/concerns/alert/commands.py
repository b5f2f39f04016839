"""What people ask of an alert: `/vitals …` on a line of its own in a comment, or a label `vitals:snooze-7d`. Pure.

Whether they may is not told here: see collect.
"""
from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant
from repo_vitals.concerns.alert.facts import Command
from repo_vitals.config.declare import parse_duration
from repo_vitals.plain_text import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState

MOST_OF_A_COMMENT = 5
LONGEST_SNOOZE = timedelta(days=366)
LONGEST_TEXT = 300
_LINE = re.compile(r"/vitals[ \t]+([a-z]{1,20})(?:[ \t]+(\S.*?))?[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LABEL = re.compile(r"vitals:snooze-(\d{1,4}[mhdw])", re.IGNORECASE)


def in_comment(text: str, *, id: str, who: str, at: datetime) -> tuple[Command, ...]:  # noqa: A002 - as Command has it
    """The commands of a comment, in order; none where a line can't be read as one.

    Blocks of code and quotations of others are no commands. The second has the comment's id with `.2` behind it.
    """
    found: list[Command] = []
    fence = ""
    for line in text.splitlines():
        opened = _FENCE.match(line)
        if opened is not None and (not fence or opened[1].startswith(fence)):
            fence = "" if fence else opened[1]
        match = _LINE.fullmatch(line) if not fence else None
        if match is not None:
            place = id if not found else f"{id}.{len(found) + 1}"
            command = _command(match[1], match[2] or "", id=place, who=who, at=at)
            found += [command] if command is not None else []
    return tuple(found[:MOST_OF_A_COMMENT])


def in_label(name: str, *, who: str, at: datetime) -> Command | None:
    """The command that a label is; None where it is none."""
    match = _LABEL.fullmatch(name)
    span = None if match is None else _span(match[1])
    if span is None:
        return None
    return Command(id=f"label:{name.lower()}:{format_instant(at)}", kind="snooze", who=who, at=at, span=span)


def off_label(name: str, *, who: str, at: datetime) -> Command | None:
    """The command that it is to take a label off; None where the label is none."""
    put = in_label(name, who=who, at=at)
    return None if put is None else replace(put, id=f"un{put.id}", kind="wake")


def is_snoozed_by(state: AlertState, label: Command) -> bool:
    """Whether the label of `off_label` is what an alert is snoozed by; a snooze by a comment does not end with it."""
    before = f"{label.id.removeprefix('un').rsplit(':', 3)[0]}:"
    if state.snoozed_until is None or label.span is None:
        return False
    return f"{before}{format_instant(state.snoozed_until - label.span)}" in state.heard


def _command(word: str, rest: str, *, id: str, who: str, at: datetime) -> Command | None:  # noqa: A002
    text = one_line(rest, limit=LONGEST_TEXT)
    if word == "snooze":
        span = _span(rest)
        return None if span is None else Command(id=id, kind="snooze", who=who, at=at, span=span)
    if word == "wake" and not rest:
        return Command(id=id, kind="wake", who=who, at=at)
    if word in ("ack", "acknowledge"):
        return Command(id=id, kind="acknowledge", who=who, at=at, text=text)
    if word == "status" and text:
        return Command(id=id, kind="status", who=who, at=at, text=text)
    if word == "resolve":
        return Command(id=id, kind="resolve", who=who, at=at, text=text)
    if word == "reviewed":
        return Command(id=id, kind="reviewed", who=who, at=at, text=text)
    if word == "sev" and rest in ("1", "2", "3"):
        return Command(id=id, kind="severity", who=who, at=at, level=int(rest))
    return None


def _span(text: str) -> timedelta | None:
    try:
        span = parse_duration(text)
    except ValueError:
        return None
    return span if timedelta(0) < span <= LONGEST_SNOOZE else None
