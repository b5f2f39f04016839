"""Version numbers in one order, whichever ecosystem wrote them: `1.0.0-rc.1` of Cargo and `1.0.0rc1` of PyPI are one.

A manifest, a tag and a changelog of one project write the same version in different forms, which neither SemVer's nor
PEP 440's own parser takes together. Pure.
"""
from __future__ import annotations

import re
from dataclasses import field
from typing import Literal

from repo_vitals.frozen import dataclass

LONGEST = 80        # characters of a version

_VERSION = re.compile(r"[vV]?(\d{1,9}(?:\.\d{1,9}){0,5})((?:[A-Za-z][0-9A-Za-z]*)?(?:[-._][0-9A-Za-z]+)*)"
                      r"(?:\+[0-9A-Za-z.-]*)?", re.ASCII)
_PIECES = re.compile(r"[A-Za-z]+|\d{1,9}")
# One name for what is spelt in several ways; `dev` comes before everything else.
_WORDS = {"dev": "", "a": "alpha", "b": "beta", "c": "rc", "pre": "rc", "preview": "rc"}
_AFTER = frozenset({"post", "rev", "r", "patch", "sp"})
_PLAIN = frozenset({"final", "ga", "release"})

_Piece = tuple[int, int, str]


@dataclass(frozen=True, order=True)
class Number:
    """A version. Two that differ only in trailing zeros, build metadata or the way they are written are equal."""

    release: tuple[int, ...]                    # without trailing zeros
    phase: Literal[0, 1, 2]                     # before the release, it, after it
    pieces: tuple[_Piece, ...] = ()             # of what comes before or after it
    text: str = field(default="", compare=False)
    width: int = field(default=1, compare=False)    # how many numbers were written

    @property
    def is_prerelease(self) -> bool:
        """Whether it comes before a release: alpha, beta, rc, dev, SNAPSHOT."""
        return self.phase == 0

    def begins(self, other: Number) -> bool:
        """Whether it is the other, or its first numbers, as `v1` and `1.2` are of 1.2.3."""
        if self.phase != 1:
            return self == other
        padded = self.release + (0,) * (self.width - len(self.release))
        theirs = other.release + (0,) * max(0, self.width - len(other.release))
        return theirs[:self.width] == padded


def parse(text: str) -> Number | None:
    """A version, with or without a leading v; None for text that is none, or longer than LONGEST."""
    stripped = text.strip()
    match = _VERSION.fullmatch(stripped) if len(stripped) <= LONGEST else None
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    width = len(numbers)
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    words = [piece.lower() for piece in _PIECES.findall(match[2])]
    if "x" in words:        # 1.x is many
        return None
    if not words or (len(words) == 1 and words[0] in _PLAIN):
        return Number(tuple(numbers), 1, (), stripped, width)
    pieces = tuple((0, int(word), "") if word.isdigit() else (1, 0, _WORDS.get(word, word)) for word in words)
    return Number(tuple(numbers), 2 if words[0] in _AFTER else 0, pieces, stripped, width)


def is_placeholder(number: Number) -> bool:
    """Whether it stands in a manifest only because something has to: 0.0.0, which the release replaces."""
    return number.release == (0,)
