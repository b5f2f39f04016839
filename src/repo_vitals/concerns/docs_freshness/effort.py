"""About how long documents take to be read, before they are: what strangers write shall not outlast the job. Pure.

The factors are measured, in seconds of a slow machine, and the same everywhere, so that the same documents are read.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.docs_freshness.facts import Format

MOST_OF_ONE = 10.0      # a list of links of a million bytes counts 5
MOST_OF_ALL = 300.0     # ten thousand documents of 1.4 KB with ten links each count 40, and take 20
# A bracket makes the parser look at all marks up to the bracket that closes it, or to the end of the block; of brackets
# in brackets only so deep.
_LOOK = 3.5e-6
_DEEPEST = 40
_BLOCK = re.compile(rb"\n[ \t\r]*\n")
_MARKS = re.compile(rb"[\[\]<`&\\!]")
_FEW = 10               # brackets in a block, which matter in no way
_RUNS = re.compile(rb"\*+(?=\S)")
_BULLETS = re.compile(rb"[-+*] ")
_REFERENCES = re.compile(rb"`+|_+|\|")


def seconds(kind: Format, content: bytes) -> float:
    """About how long a document takes."""
    lines = content.count(b"\n")
    if kind == "html":
        return len(content) * 1.5e-6
    if kind == "rst":
        return (lines * 1e-4 + len(_BULLETS.findall(content)) * 2.5e-4 + len(_RUNS.findall(content)) * 1e-4
                + len(_REFERENCES.findall(content)) * 3e-5)
    return (len(content) * 3e-7 + lines * 4.5e-5 + (content.count(b"[") + content.count(b"<")) * 3e-5
            + sum(map(_looks, _BLOCK.split(content))) * _LOOK)


def affordable(efforts: Mapping[str, float], left: float) -> tuple[frozenset[str], float]:
    """The documents that can be read in so many seconds, the quickest first, and what is left of them then."""
    chosen = set()
    for path, effort in sorted(efforts.items(), key=lambda item: (item[1], item[0])):
        if effort > left:
            break
        left -= effort
        chosen.add(path)
    return frozenset(chosen), left


def _looks(block: bytes) -> int:
    if block.count(b"[") < _FEW:
        return 0
    opened: list[int] = []
    looks = number = 0
    for number, match in enumerate(_MARKS.finditer(block)):
        mark = match[0]
        if mark == b"[":
            opened.append(number)
        elif mark == b"]" and opened:
            looks += min(number - opened.pop(), _DEEPEST)
    return looks + sum(min(number + 1 - one, _DEEPEST) for one in opened)
