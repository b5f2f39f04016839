"""What the allowlist accepts of links and documents. Pure.

`link` is an address or target as it stands in a document, or a pattern of it with `*`; `document` is a path or a
pattern of paths, for all but the document's links.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from repo_vitals.config import globs
from repo_vitals.config.allowlist import of

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.config.allowlist import Allowed, Allowlist

State = Literal["used", "unused", "expired"]


@dataclass
class Uses:
    """The tables about links and documents, and what became of each."""

    tables: Allowlist
    now: datetime
    hits: dict[int, int] = field(default_factory=dict)          # by number: how much it allows

    @classmethod
    def of(cls, allowlist: Allowlist, now: datetime) -> Uses:
        """Those of an allowlist that matter here."""
        return cls(tables=of(allowlist, "link", "document"), now=now)

    def link(self, target: str, file: str) -> Allowed | None:
        """The table that allows a link of a document."""
        return self._first("link", lambda one: (one.what == target or _fits(one.what, target)) and _is_at(one, file))

    def document(self, file: str) -> Allowed | None:
        """The table that allows what is wrong with a document."""
        return self._first("document", lambda one: one.what == file or globs.matches(file, (f"/{one.what}",)))

    def state(self, one: Allowed) -> State:
        """What is to be said of a table."""
        if one.expired(self.now):
            return "expired"
        return "used" if self.hits.get(one.number) else "unused"

    def _first(self, concern: str, fits: Fits) -> Allowed | None:
        found = None
        for one in self.tables:
            if one.concern == concern and not one.expired(self.now) and fits(one):
                self.hits[one.number] = self.hits.get(one.number, 0) + 1
                found = found or one
        return found


if TYPE_CHECKING:
    from collections.abc import Callable

    Fits = Callable[[Allowed], bool]


def _fits(pattern: str, target: str) -> bool:
    """A pattern in which `*` stands for any characters; without one it is the target itself."""
    if "*" not in pattern:
        return False
    place, pieces = 0, re.split(r"\*+", pattern)
    if not target.startswith(pieces[0]) or not target.endswith(pieces[-1]):
        return False
    end = len(target) - len(pieces[-1])
    for piece in pieces[:-1]:
        at = target.find(piece, place, end)
        if at < 0:
            return False
        place = at + len(piece)
    return place <= end


def _is_at(one: Allowed, file: str) -> bool:
    return one.path is None or file == one.path or globs.matches(file, (f"/{one.path}",))
