"""Anchors of headings as GitHub makes them. Pure.

GitHub takes the text of the rendered heading, lowers its case, takes out every character that Ruby's `\\p{Word}` does
not mean but for hyphens and spaces, and writes hyphens for spaces; a second heading of that name gets a number. Nothing
is trimmed: a heading that begins with an emoji has an anchor that begins with a hyphen. (html-pipeline,
TableOfContentsFilter; github-slugger keeps what github.com answers.)
"""
from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_OTHERS = re.compile(r"[^a-z0-9_\- ]")
# Ruby's Word: Alphabetic, Mark, Decimal_Number, Connector_Punctuation. Alphabetic is letters, letter numbers, and these
# symbols, letters in circles and squares, that are Other_Alphabetic (PropList.txt).
_KEPT = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Mn", "Mc", "Me", "Nd", "Pc"})
_ALPHABETIC_SYMBOLS = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))


def slug(text: str) -> str:
    """The anchor of a heading with this text, the first of its name."""
    lowered = text.lower()
    if lowered.isascii():
        return _OTHERS.sub("", lowered).replace(" ", "-")
    return "".join(character for character in lowered if _is_kept(character)).replace(" ", "-")


@lru_cache(maxsize=10_000)
def _is_kept(character: str) -> bool:
    return (character in "- " or unicodedata.category(character) in _KEPT
            or any(first <= ord(character) <= last for first, last in _ALPHABETIC_SYMBOLS))


class Anchors:
    """The anchors of one document's headings, in their order: each is unique."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def anchor(self, text: str) -> str:
        """The next heading's anchor: `name`, or `name-1`, `name-2`, … where that is taken, by whatever heading."""
        wanted = slug(text)
        found = wanted
        while found in self._taken:
            self._taken[wanted] += 1
            found = f"{wanted}-{self._taken[wanted]}"
        self._taken[found] = 0
        return found
