"""How a cost grows with the size of its input: the exponent b of cost = a · sizeᵇ, with its interval. Pure.

Least squares of log cost on log size; b is the slope, linear is 1. Its interval reaches t · s / √Σ(x - x̄)² to either
side, with Student's t of n - 2 degrees of freedom and s² the residual sum of squares over n - 2 (Draper and Smith,
Applied Regression Analysis, 1.4). A growth that is no power of the size (a constant part that small inputs show) makes
the residuals large, and so the interval wide.
"""
from __future__ import annotations

import math
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

FEWEST_SIZES = 3


@dataclass(frozen=True, kw_only=True)
class Exponent:
    """An exponent and its interval, which is the exponent alone where every point lies on the line."""

    value: float
    low: float
    high: float
    sizes: int


def exponent(costs: Mapping[float, float], *, confidence: float) -> Exponent | None:
    """The exponent of costs by size, one a size; None for fewer than three sizes.

    Sizes and costs are positive and finite, `confidence` lies between 0 and 1. Raises ValueError for others.
    """
    if not 0 < confidence < 1:
        raise ValueError("a confidence lies between 0 and 1")
    if any(not (math.isfinite(one) and one > 0) for pair in costs.items() for one in pair):
        raise ValueError("sizes and costs are positive and finite")
    if len(costs) < FEWEST_SIZES:
        return None
    smallest = min(costs)
    xs, ys = [_log_ratio(size, smallest) for size in costs], [math.log(cost) for cost in costs.values()]
    middle, level = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    spread = math.fsum((x - middle) ** 2 for x in xs)
    slope = math.fsum((x - middle) * (y - level) for x, y in zip(xs, ys, strict=True)) / spread
    residuals = math.fsum((y - level - slope * (x - middle)) ** 2 for x, y in zip(xs, ys, strict=True))
    degrees = len(xs) - 2
    error = math.sqrt(residuals / degrees / spread)
    # Below this the residuals are the logarithms' own rounding.
    if error <= 1e-12 * max(1.0, abs(level)):
        return Exponent(value=slope, low=slope, high=slope, sizes=len(xs))
    from repo_vitals.stats.student_t import quantile

    reach = float(quantile((1 - confidence) / 2, degrees)) * error
    return Exponent(value=slope, low=slope - reach, high=slope + reach, sizes=len(xs))


def _log_ratio(size: float, smallest: float) -> float:
    """The logarithm of size / smallest, which is 0 for equal ones only: sizes that differ in their last digit can have
    the same logarithm."""
    if size / 2 < smallest:
        return math.log1p((size - smallest) / smallest)
    return math.log(size) - math.log(smallest)
