"""Quantiles, survival and label words for the simulator's truth, straight from their definitions and in fractions."""
from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_URGENT_FIRST = ("p0", "critical", "urgent", "p1", "high", "p2", "medium", "moderate", "normal", "p3", "low", "p4")
TYPE_WORDS = frozenset({"bug", "documentation", "enhancement", "question", "feature", "feature request", "security",
                        "performance"})


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


def sorts_work(label: str) -> bool:
    """Whether a label gives a priority or a type."""
    is_type = re.match(r"(type|kind)\s*[/: -]\s*\S", label, re.IGNORECASE) is not None
    return is_type or label.lower() in TYPE_WORDS or bool(_priority(label))
