"""Which labels name a priority or a type, over the schemes in common use. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PRIORITY = re.compile(r"(?:priority|prio|severity)\s*[/:\- ]\s*(\S.*?)\s*", re.IGNORECASE)
_P_NUMBER = re.compile(r"p[0-4]", re.IGNORECASE)
_TYPE = re.compile(r"(?:type|kind)\s*[/:\- ]\s*(\S.*?)\s*", re.IGNORECASE)
_TYPES = frozenset({"bug", "documentation", "enhancement", "question", "feature", "feature request", "security",
                    "performance"})
_URGENT_FIRST = ("p0", "critical", "urgent", "p1", "high", "p2", "medium", "moderate", "normal", "p3", "low", "p4")

NO_PRIORITY = "none"
# Two schemes' words for one urgency.
SAME_PRIORITY = {"p0": "critical", "p1": "high", "p2": "medium", "p3": "low"}


def priority_of_label(name: str) -> str | None:
    """The priority that a label names: `critical` for `priority/critical`, `p0` for `P0`; None for other labels."""
    stripped = name.strip()
    if _P_NUMBER.fullmatch(stripped):
        return stripped.lower()
    match = _PRIORITY.fullmatch(stripped)
    return match[1].lower() if match else None


def priority(labels: Iterable[str]) -> str:
    """An item's priority: the most urgent that its labels name, `none` without one."""
    named = {found for label in labels if (found := priority_of_label(label)) is not None}
    rank = {word: place for place, word in enumerate(_URGENT_FIRST)}
    return min(named, key=lambda word: (rank.get(word, len(rank)), word), default=NO_PRIORITY)


def type_of_label(name: str) -> str | None:
    """The type that a label names: `security` for `type/security` and for `security`; None for other labels."""
    stripped = name.strip()
    match = _TYPE.fullmatch(stripped)
    word = (match[1] if match else stripped).lower()
    return word if match or word in _TYPES else None


def types(labels: Iterable[str]) -> frozenset[str]:
    """The types that an item's labels name."""
    return frozenset(found for label in labels if (found := type_of_label(label)) is not None)


def triages(name: str) -> bool:
    """Whether putting this label on an issue is triage: it names a priority or a type."""
    return priority_of_label(name) is not None or type_of_label(name) is not None
