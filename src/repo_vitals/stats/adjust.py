"""p-values of many tests together: Holm's and Benjamini and Hochberg's adjustments. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given: those at or below an error keep the family-wise error at it.

    Step-down Bonferroni, valid whatever the tests' dependence: the k-th smallest of n times n − k + 1, never below the
    one before, at most 1 (Holm 1979, A simple sequentially rejective multiple test procedure).
    Raises ValueError for what is no p-value.
    """
    order = _order(p)
    adjusted = [1.0] * len(p)
    highest = 0.0
    for passed, index in enumerate(order):
        highest = max(highest, min(1.0, p[index] * (len(p) - passed)))
        adjusted[index] = highest
    return adjusted


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given: those at or below a rate keep the share of false discoveries at it.

    The k-th smallest of n times n / k, never above the one after (Benjamini and Hochberg 1995, for independent or
    positively dependent tests). Raises ValueError for what is no p-value.
    """
    order = _order(p)
    adjusted = [1.0] * len(p)
    lowest = 1.0
    for rank in range(len(p), 0, -1):
        index = order[rank - 1]
        lowest = min(lowest, p[index] * len(p) / rank)
        adjusted[index] = lowest
    return adjusted


def _order(p: Sequence[float]) -> list[int]:
    for value in p:
        if not 0 <= value <= 1:     # false for NaN as well
            raise ValueError(f"a p-value lies between 0 and 1, not at {value}")
    return sorted(range(len(p)), key=p.__getitem__)
