"""Quantiles, survival and label words for the simulator's truth, straight from their definitions and in fractions."""
from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Labels = tuple[tuple[str, str], ...]
Figures = dict[tuple[str, Labels], "float | int | None"]
QUANTILES = (("0.5", Fraction(1, 2)), ("0.9", Fraction(9, 10)))
MOST_URGENT_FIRST = ("p0", "critical", "urgent", "p1", "high", "p2", "medium", "moderate", "normal", "p3", "low", "p4")
MOST_PRESSING_FIRST = ("security", "bug", "performance", "question", "documentation", "feature", "enhancement")
_SAME = {"p0": "critical", "p1": "high", "p2": "medium", "p3": "low", "docs": "documentation",
         "feature request": "feature", "feature-request": "feature"}


def curve_quantile(observations: Sequence[tuple[int, bool]], q: Fraction) -> float | None:
    """Kaplan and Meier's product limit: the smallest time at which survival is at or below 1 - q.

    Observations are (seconds, whether it happened); the others are censored, and at equal times still at risk.
    """
    survival = Fraction(1)
    for time in sorted({time for time, happened in observations if happened}):
        at_risk = sum(1 for other, _ in observations if other >= time)
        events = sum(1 for other, happened in observations if happened and other == time)
        survival *= Fraction(at_risk - events, at_risk)
        if survival <= 1 - q:
            return float(time)
    return None


def type_7(values: Sequence[int], q: Fraction) -> float | None:
    """Hyndman and Fan's type 7: linear between the order statistics around (n - 1) q."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * q
    below = place.numerator // place.denominator
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def mean(values: Sequence[int]) -> float | None:
    """The arithmetic mean."""
    return float(Fraction(sum(values), len(values))) if values else None


def _priority(label: str) -> str | None:
    word = re.match(r"(priority|prio|severity)\s*[/: -]\s*(.+)$", label, re.IGNORECASE | re.DOTALL)
    if word is not None:
        return word[2].strip().lower()
    short = label.lower()
    return short if short in ("p0", "p1", "p2", "p3", "p4") else None


def priority_of(labels: Iterable[str]) -> str:
    """The most urgent priority among labels; `none` without one."""
    found = {word for word in map(_priority, labels) if word}
    known = [word for word in MOST_URGENT_FIRST if word in found]
    return known[0] if known else min(found, default="none")


def same_priority(word: str) -> str:
    """A priority in words: p0 is critical, p3 is low."""
    return _SAME.get(word.lower(), word.lower())


def _type(label: str) -> str | None:
    named = re.match(r"(type|kind)\s*[/: -]\s*(\S.*)$", label.strip(), re.IGNORECASE | re.DOTALL)
    word = (label if named is None else named[2]).strip().lower()
    word = _SAME.get(word, word)
    return word if named is not None or word in MOST_PRESSING_FIRST else None


def types_of(labels: Iterable[str]) -> list[str]:
    """The types among labels, the most pressing first."""
    found = {word for word in map(_type, labels) if word}
    return [word for word in MOST_PRESSING_FIRST if word in found] + sorted(found - {*MOST_PRESSING_FIRST})


def sorts_work(label: str) -> bool:
    """Whether a label gives a priority or a type."""
    return bool(_type(label)) or bool(_priority(label))


def share(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return part / whole if whole else None
