"""Which labels name a priority or a type, over the schemes in common use and a project's own aliases. Pure."""
from __future__ import annotations

import re
from dataclasses import field, replace
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repo_vitals.concerns.community_metrics.facts import Item

_PRIORITY = re.compile(r"(?:priority|prio|severity)\s*[/:\- ]\s*(\S.*?)\s*", re.IGNORECASE)
_P_NUMBER = re.compile(r"p[0-4]", re.IGNORECASE)
_TYPE = re.compile(r"(?:type|kind)\s*[/:\- ]\s*(\S.*?)\s*", re.IGNORECASE)
_URGENT_FIRST = ("p0", "critical", "urgent", "p1", "high", "p2", "medium", "moderate", "normal", "p3", "low", "p4")
# Two schemes' words for one urgency.
SAME_PRIORITY = {"p0": "critical", "p1": "high", "p2": "medium", "p3": "low"}
# In the order of the targets that projects set themselves: what is answered soonest comes first.
_TYPES = ("security", "bug", "performance", "question", "documentation", "feature", "enhancement")
_SAME_TYPE = {"docs": "documentation", "feature request": "feature", "feature-request": "feature"}

NO_PRIORITY = "none"
NO_TYPE = "none"

PRIORITIES = (*_URGENT_FIRST, NO_PRIORITY)
"""The words of priority that rules can name, most urgent first."""
TYPES = (*_TYPES, NO_TYPE)
"""The words of type that rules can name, most urgent first."""


def folded(name: str) -> str:
    """A label's name as names of labels are compared: GitHub takes no two that differ by case only."""
    return name.strip().casefold()


@dataclass(frozen=True)
class Aliases:
    """A project's labels in our words: `severity::1` is `priority/critical`. A label without an alias is itself."""

    ours: Mapping[str, str] = field(default_factory=dict)       # folded name to our label

    def name(self, label: str) -> str:
        """What a label is called here."""
        return self.ours.get(folded(label), label)

    def item(self, item: Item) -> Item:
        """The same item with its labels, now and in its history, by our names."""
        if not self.ours:
            return item
        return replace(item, labels=tuple(map(self.name, item.labels)), label_changes=tuple(
            replace(change, name=self.name(change.name)) for change in item.label_changes))


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
    return min(named, key=_urgency, default=NO_PRIORITY)


def same_priority(word: str) -> str:
    """A priority as rules compare it: p0 to p3 are critical to low; any other word is itself."""
    return SAME_PRIORITY.get(word.lower(), word.lower())


def is_urgent(word: str) -> bool:
    """Whether a priority is high or more urgent than that."""
    return word in _URGENT_FIRST[:_URGENT_FIRST.index("high") + 1]


def type_of_label(name: str) -> str | None:
    """The type that a label names: `bug` for `bug` and `type/bug`, `feature` for `Feature request`; None for others."""
    match = _TYPE.fullmatch(name.strip())
    word = (match[1] if match else name.strip()).lower()
    word = _SAME_TYPE.get(word, word)
    return word if match or word in _TYPES else None


def types(labels: Iterable[str]) -> frozenset[str]:
    """The types that an item's labels name."""
    return frozenset(found for label in labels if (found := type_of_label(label)) is not None)


def type_of(labels: Iterable[str]) -> str:
    """An item's type: of several the one that is answered soonest, security before all; `none` without one."""
    return min(types(labels), key=_pressing, default=NO_TYPE)


def same_type(word: str) -> str:
    """A type as rules compare it: `docs` is documentation, `feature-request` is feature; any other word is itself."""
    return _SAME_TYPE.get(word.lower(), word.lower())


def triages(name: str) -> bool:
    """Whether putting this label on an issue is triage: it names a priority or a type."""
    return priority_of_label(name) is not None or type_of_label(name) is not None


def contradicts(labels: Iterable[str]) -> bool:
    """Whether labels name two priorities, or two types."""
    every = tuple(labels)
    priorities = {same_priority(found) for label in every if (found := priority_of_label(label)) is not None}
    return len(priorities) > 1 or len(types(every)) > 1


def _urgency(word: str) -> tuple[int, str]:
    return (_URGENT_FIRST.index(word) if word in _URGENT_FIRST else len(_URGENT_FIRST), word)


def _pressing(word: str) -> tuple[int, str]:
    return (_TYPES.index(word) if word in _TYPES else len(_TYPES), word)
