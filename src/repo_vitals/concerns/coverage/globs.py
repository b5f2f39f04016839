"""Patterns of paths: `src/**`, `*_pb2.py`, `!src/legacy/**`. Pure."""
from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 200           # characters
MOST = 200              # patterns in one list


def check(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns, if they are such. Raises ValueError, which says what is wrong with one."""
    found = tuple(dict.fromkeys(patterns))
    if len(found) > MOST:
        raise ValueError(f"holds more than {MOST} patterns")
    for pattern in found:
        plain = pattern.removeprefix("!")
        if not plain.strip("/"):
            raise ValueError("holds a pattern without a name")
        if len(pattern) > LONGEST:
            raise ValueError(f"holds a pattern of more than {LONGEST} characters")
        if ".." in plain.split("/") or "\\" in plain:
            raise ValueError("holds a pattern with .. or \\; paths are seen from the top of the repository, with /")
    if found and all(pattern.startswith("!") for pattern in found):
        raise ValueError("takes paths out (!) of nothing; name first what is meant")
    return found


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether the patterns mean a path from the top of the repository, as .gitignore reads them.

    `*` and `?` stay within a folder's name, `**` spans folders. A pattern without a slash inside means that name in any
    folder, and a folder's name all below it. The last pattern that fits counts; with `!` it takes the path out again.
    """
    meant = False
    for pattern in patterns:
        if _compiled(pattern.removeprefix("!")).match(path) is not None:
            meant = not pattern.startswith("!")
    return meant


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    anchored = "/" in pattern.rstrip("/")
    # Stars in a row say no more than one or two of them, but would make the search as long as they are many.
    parts = [re.sub(r"\*+", "*", part) if part != "**" else part for part in parts]
    parts = [part for place, part in enumerate(parts) if not (part == "**" and parts[place - 1:place] == ["**"])]
    said = "" if anchored else "(?:.*/)?"
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        if part == "**":
            said += ".+" if last else "(?:.*/)?"
        else:
            said += _part(part) + ("" if last else "/")
    # What names a folder means all below it.
    return re.compile(rf"{said}(?:/.*)?\Z" if not pattern.endswith("/") else rf"{said}/.*\Z", re.DOTALL)


def _part(part: str) -> str:
    said, place = "", 0
    while place < len(part):
        letter = part[place]
        end = part.find("]", place + 2)
        if letter == "*":
            said += "[^/]*"
        elif letter == "?":
            said += "[^/]"
        elif letter == "[" and end > 0:
            within = part[place + 1:end]
            negated = within[:1] in ("!", "^")
            said += f"[{'^/' if negated else ''}{_class(within[negated:])}]"
            place = end
        else:
            said += re.escape(letter)
        place += 1
    return said


def _class(within: str) -> str:
    """The inside of brackets, where only a dash between two letters that are in order has a meaning."""
    said, place = "", 0
    while place < len(within):
        if within[place + 1:place + 2] == "-" and place + 2 < len(within) and within[place] <= within[place + 2]:
            said += f"{re.escape(within[place])}-{re.escape(within[place + 2])}"
            place += 3
        else:
            said += re.escape(within[place])
            place += 1
    return said
