"""Files of a line of JSON for each thing that they hold. Pure."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
# What comes of reading something else than what was written.
DAMAGE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)


class Unusable(Exception):
    """What was found can't be used as it is; the text says why, for a note."""


def read_lines(text: str, read: Callable[[Any], T]) -> list[T]:
    """What `read` makes of the JSON value of each line. Raises Unusable where it can make nothing of one."""
    try:
        # Not splitlines: titles hold line ends of Unicode's.
        return [read(json.loads(line)) for line in text.removesuffix("\n").split("\n")] if text else []
    except DAMAGE:
        raise Unusable("a line holds something else than it should") from None


def as_line(value: Any) -> str:
    """A value as JSON in one line, as short as can be, without anything that UTF-8 has no place for."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:      # half of a surrogate pair, in what a stranger typed
        return json.dumps(value, separators=(",", ":"))
    return text
