"""Whether two neighbouring stretches of one series lie at two levels, and where the border is. Pure; needs numpy."""
from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from repo_vitals.stats.partitioning import stretches
from repo_vitals.stats.student_t import upper_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SHORTEST_SLOPE = 6     # values a side from which a slope can be told from a step


def step_p(values: Floats, starts: Sequence[int], *, inflation: float) -> Floats:
    """For each start the two-sided p of Student's test between the stretches before and after it.

    The pooled variance is multiplied by `inflation`, for the mean of autocorrelated values varies more. Stretches that
    do not vary differ for sure (0) or not at all (1).
    """
    sizes, means, squares = _summed(values, starts)
    before, after = sizes[:-1], sizes[1:]
    degrees = before + after - 2
    return _two_sided(means[1:] - means[:-1], squares[:-1] + squares[1:], degrees, (1 / before + 1 / after) * inflation)


def slope_p(values: Floats, starts: Sequence[int], *, inflation: float) -> Floats:
    """For each start the two-sided p of its step beside a common slope of both stretches.

    A series that drifts is cut into steps by every method that knows levels only; here the step must stand out from a
    straight line. 0 where a stretch is too short to tell.
    """
    borders = [0, *starts, len(values)]
    rest, degrees, size, step = (np.ones(len(starts)) for _ in range(4))
    told = np.zeros(len(starts), dtype=bool)
    for index, (first, start, end) in enumerate(zip(borders, borders[1:], borders[2:], strict=False)):
        runs = np.flatnonzero(~np.isnan(values[first:end])) + first
        later = runs >= start
        count = int(later.sum())
        if min(count, len(runs) - count) < _SHORTEST_SLOPE:
            continue
        told[index] = True
        kept = values[runs] - values[runs].mean()
        time = runs - runs.mean()
        jump = later - later.mean()
        # Regression on the jump after both have lost their straight line (Frisch and Waugh 1933).
        square = float(time @ time)
        jump = jump - time * (float(time @ jump) / square)
        kept = kept - time * (float(time @ kept) / square)
        size[index] = float(jump @ jump)
        step[index] = float(jump @ kept) / size[index]
        left = kept - step[index] * jump
        rest[index], degrees[index] = float(left @ left), len(runs) - 3
    return np.where(told, _two_sided(step, rest, degrees, inflation / size), 0.0)


def rank_p(values: Floats, starts: Sequence[int], *, inflation: float) -> Floats:
    """For each start the two-sided p of the Mann-Whitney test (normal approximation) between the stretches at it.

    0 where every value of one side is above every value of the other: short stretches can't be further apart.
    """
    parts = [part[~np.isnan(part)] for part in (values[first:end] for first, end in stretches(starts, len(values)))]
    found = np.ones(len(starts))
    for index, (before, after) in enumerate(pairwise(parts)):
        n, m = len(before), len(after)
        if n and m:
            ordered = np.sort(before)
            wins = (np.searchsorted(ordered, after, "left").sum() + np.searchsorted(ordered, after, "right").sum()) / 2
            away = max(0.0, abs(wins - n * m / 2) - 0.5) / math.sqrt(n * m * (n + m + 1) / 12 * inflation)
            found[index] = 0.0 if wins in (0, n * m) else math.erfc(away / math.sqrt(2))
    return found


def placed(values: Floats, starts: Sequence[int], *, shortest: int = 2, shortest_last: int = 2) -> list[int]:
    """Each start moved to the place between its neighbours at which two means fit best, twice over.

    A stretch keeps at least `shortest` values, the newest `shortest_last`; a start is a run that has a value.
    """
    borders = [0, *starts, len(values)]
    for _ in range(2):
        moved = False
        for index in range(1, len(borders) - 1):
            first, end = borders[index - 1], borders[index + 1]
            runs = np.flatnonzero(~np.isnan(values[first:end]))
            least = shortest_last if index == len(borders) - 2 else shortest
            if len(runs) < shortest + least:
                continue
            kept = values[first + runs]
            kept = kept - kept.mean()
            left = np.arange(shortest, len(runs) - least + 1)
            sums = np.cumsum(kept)[left - 1]
            # The sum of squares between two groups whose sums are s and minus s.
            place = first + int(runs[left[np.argmax(sums * sums * (1 / left + 1 / (len(runs) - left)))]])
            moved, borders[index] = moved or place != borders[index], place
        if not moved:
            break
    return borders[1:-1]


def _summed(values: Floats, starts: Sequence[int]) -> tuple[Floats, Floats, Floats]:
    """Number, mean and squared deviations of each stretch."""
    parts = [part[~np.isnan(part)] for part in (values[first:end] for first, end in stretches(starts, len(values)))]
    means = [float(part.mean()) for part in parts]
    squares = [float(((part - mean) ** 2).sum()) for part, mean in zip(parts, means, strict=True)]
    return np.array([len(part) for part in parts], dtype=float), np.array(means), np.array(squares)


def _two_sided(difference: Floats, squares: Floats, degrees: Floats, share: Floats) -> Floats:
    """P of a difference whose variance is squares / degrees · share."""
    found = np.where(difference == 0, 1.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        t = np.abs(difference) / np.sqrt(squares / degrees * share)
    usable = (degrees > 0) & np.isfinite(t)
    if usable.any():
        found[usable] = 2 * upper_tail(t[usable], degrees[usable])
    found[degrees <= 0] = 1.0
    return found
