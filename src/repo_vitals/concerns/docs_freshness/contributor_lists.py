"""Lists of contributors that a program keeps in a document (all-contributors). Pure.

What somebody did and no page tells of is linked to `#kind-login`, which is no place: the link is there for its title.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.docs_freshness.facts import Link

_START, _END = "<!-- ALL-CONTRIBUTORS-LIST:START", "<!-- ALL-CONTRIBUTORS-LIST:END"
_TITLED = re.compile(r"#[A-Za-z]+-[\w.\[\]-]+", re.ASCII)


def without_titles(links: Iterable[Link], text: str, *, skipped_lines: int) -> list[Link]:
    """The links of a text but for those that are there for their titles; it begins below so many lines of its file."""
    start = text.find(_START)
    end = text.find(_END, start) if start >= 0 else -1
    if end < 0:
        return list(links)
    first, last = (skipped_lines + text.count("\n", 0, place) + 1 for place in (start, end))
    return [link for link in links if not (first <= link.line <= last and _TITLED.fullmatch(link.target))]
