"""Quantiles of complete observations. Pure."""
from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def linear_quantile(values: Sequence[float], q: float) -> float | None:
    """The q-quantile by linear interpolation; None for no values.

    Hyndman and Fan (1996), type 7, the default of R and NumPy: position (n - 1) q among the sorted values.
    `q` lies between 0 and 1. Raises ValueError otherwise.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
    if not values:
        return None
    ordered = sorted(values)
    position = (len(ordered) - 1) * q
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def median(values: Sequence[float]) -> float:
    """The middle one in order, or halfway between the two middle ones. Raises ValueError for no values."""
    found = linear_quantile(values, 0.5)
    if found is None:
        raise ValueError("no values have no median")
    return found


def mean(values: Sequence[float]) -> float | None:
    """The arithmetic mean, summed without loss of precision; None for no values."""
    return math.fsum(values) / len(values) if values else None
