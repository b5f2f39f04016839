"""Old versions that a document names on purpose, by the comment beside or above and the heading over them. Pure."""
from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.concerns.docs_freshness.facts import Document

_HEADING = re.compile(r"\b(?:migrat|upgrad|change-?log|release notes|old(?:er)?\b|previous|earlier|legacy|deprecated|"
                      r"obsolete)|^before$|^(?:(?:release|version|change|project) )?history$", re.IGNORECASE)
# That it is the old way, or the way for something else of a certain version: `for Node 12`, `1.x`.
_COMMENT = re.compile(
    r"\b(?:old(?:er|est)?|previous(?:ly)?|earlier|legacy|deprecated|obsolete|no longer|until|up to|prior to)\b|"
    r"\bbefore\b(?=\W*(?:$|v?\d|migrat|upgrad))|\b(?:for|with|on|under|below)\b[^,;.]{0,40}?\d|\b\d+\.x\b",
    re.IGNORECASE)
_BESIDE = re.compile(r"[ \t](?:#|//|<!--)[ \t]*(\S.*)")
_STARTS = ("#", "//", "<!--")
_MOST_LINES = 20        # above that are looked at
_LONGEST = 300          # characters of a line


def sections_of_the_past(document: Document) -> Callable[[int], bool]:
    """Tells of a line whether a heading over it says that it is about the past: its section's, or one above that."""
    lines, past = [0], [False]
    open_ones: list[tuple[int, bool]] = []      # levels of the headings over a line, and what they say
    for heading in document.headings:
        while open_ones and open_ones[-1][0] >= heading.level:
            open_ones.pop()
        says = _HEADING.search(heading.text.strip()[:_LONGEST]) is not None
        open_ones.append((heading.level, says or (bool(open_ones) and open_ones[-1][1])))
        lines.append(heading.line)
        past.append(open_ones[-1][1])
    return lambda line: past[bisect_right(lines, line) - 1]


def is_said_in_a_comment(text: str, place: int) -> bool:
    """Whether a block of code says of what stands at a place that it is old, or for something old.

    That is the comment behind it, or else the nearest one above it with no empty line between.
    """
    end = text.find("\n", place, place + _LONGEST)
    beside = _BESIDE.search(text[place:end if end >= 0 else place + _LONGEST])
    if beside is not None and _COMMENT.search(beside[1]) is not None:
        return True
    was_comment = False
    for _ in range(_MOST_LINES):
        place = text.rfind("\n", 0, place)
        if place < 0:
            return False
        line = text[max(text.rfind("\n", 0, place) + 1, place - _LONGEST):place].strip()
        is_comment = line.startswith(_STARTS)
        if not line or (was_comment and not is_comment):
            return False
        if is_comment and _COMMENT.search(line.lstrip("#/<!- \t")) is not None:
            return True
        was_comment = is_comment
    return False
