"""Python's own JSON scanner, written in C, made strict: what it takes, refuses and stumbles over. Pure."""
from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import NoReturn

from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

MOST_LEVELS = 200
LONGEST_NUMBER = 308    # digits: what a float can hold
NEAR_END = 16           # characters: longer than any literal or escape that a chunk's end can cut
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_NUMBER_GOES_ON = (".", "e", "E", "e+", "e-", "E+", "E-")
_LITERALS = ("true", "false", "null", "-Infinity", "Infinity", "NaN")


@dataclass(frozen=True)
class NoNumber:
    """NaN, Infinity or -Infinity where a tool writes them as JSON has no numbers for: nothing that a reader takes."""

    name: str

    def __str__(self) -> str:
        return self.name


class Refused(ValueError):
    """What the scanner's hooks refuse; the text follows the report's name."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Refused(doubled(twice))
    return found


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise Refused(f"holds a number of {len(digits):,} digits")
    return int(digits)


def _float(digits: str) -> float:
    found = float(digits)
    if len(digits) > 2 * LONGEST_NUMBER or found in (float("inf"), float("-inf")):
        raise Refused("holds a number beyond all measure")
    return found


def _constant(name: str) -> NoReturn:
    raise Refused(f"holds {name}, which is no JSON")


def doubled(key: str) -> str:
    """What is wrong with an object that has a key twice."""
    return f'holds the key "{quotable(key, limit=80)}" twice in one object'


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
# As strict but for NaN and its kind, which become NoNumber.
TOLERANT = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=NoNumber)
_WORDS = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes or '}'": "a key is missing",
    "Expecting ',' delimiter": '"," is missing',
    "Expecting ':' delimiter": '":" is missing',
    "Expecting property name enclosed in double quotes": "a key is missing",
    "Illegal trailing comma before end of object": "a key is missing",
    "Illegal trailing comma before end of array": "a value is missing",
    "Invalid control character at": "a control character in a text",
}


def is_too_deep(text: str, begin: int, end: int, room: int) -> bool:
    """Whether the value at a place of the text has more levels than there is room for."""
    if text.count("[", begin, end) + text.count("{", begin, end) <= room:
        return False
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text[begin:end]))
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > room


def in_words(message: str) -> str:
    """The scanner's complaint in our words."""
    return _WORDS.get(message, message.lower())


def is_cut(text: str, where: int, why: str) -> bool:
    """Whether more text could mend what the scanner stumbled over."""
    if why.startswith("Unterminated"):
        return True
    rest = text[where:where + NEAR_END].strip(" \t\r\n")
    return not rest or rest in _NUMBER_GOES_ON or any(one.startswith(rest) for one in _LITERALS) or (
        why.startswith("Invalid") and "escape" in why and len(text) - where < len("\\uXXXX\\uXXXX"))
