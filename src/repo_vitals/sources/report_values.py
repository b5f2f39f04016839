"""Values of strangers' reports: taken as what they must be, or refused in words that follow the report's name. Pure."""
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.plain_text import quotable
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.sources.json_reading import JsonText

LONGEST_COUNT = 40      # digits; counters have 64 bits, sums of them a few more
_LONGEST_MOMENT = 400   # characters


def shown(value: object) -> str:
    """A value of a report in a message about it."""
    return f'"{quotable(str(value), limit=40)}"'


def whole_characters(value: str) -> str:
    """The text without halves of characters (lone surrogates, which JSON can escape and no file can hold)."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def whole_number(value: object, what: str) -> int:
    """A count in JSON. Some tools write whole numbers as floating-point ones."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(f"has {shown(value)} for {what}, which is no count")
    if value < 0:
        raise Unreadable(f"has {value:,} for {what}, which is below 0")
    if value >= 10 ** LONGEST_COUNT:
        raise Unreadable(f"has a number of absurd length for {what}")
    return value


def number(value: object, what: str) -> float:
    """A finite number in JSON."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unreadable(f"has {shown(value)} for {what}, which is no number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise Unreadable(f"has a number for {what} that is too large")
    return found


def mapping(value: object, what: str) -> dict[str, Any]:
    """An object of JSON."""
    if not isinstance(value, dict):
        raise Unreadable(f"has no object for {what}")
    return value


def sequence(value: object, what: str) -> list[Any]:
    """A list of JSON."""
    if not isinstance(value, list):
        raise Unreadable(f"has no list for {what}")
    return value


def batches(text: JsonText, what: str) -> Iterator[list[Any]]:
    """The elements of a list of JSON that may be long, many at a time."""
    if text.peek() not in ("[", ""):
        raise Unreadable(f"has no list for {what}")
    return text.batches()


def moment(value: object) -> datetime | None:
    """A date or date-time; without a zone it is UTC. None where there is none that can be read."""
    if not isinstance(value, str):
        return None
    try:
        return parse_instant(value[:_LONGEST_MOMENT])
    except (ValueError, OverflowError):
        return None
