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


def step_p(series: Sequence[Floats], starts: Sequence[Sequence[int]], *, inflations: Sequence[float]) -> list[Floats]:
    """For each series' starts the two-sided p of Student's test between the stretches before and after it.

    The pooled variance is multiplied by the series' inflation, for the mean of autocorrelated values varies more.
    Stretches that do not vary differ for sure (0) or not at all (1).
    """
    found = []
    for values, places, inflation in zip(series, starts, inflations, strict=True):
        sizes, means, squares = _summed(values, places)
        before, after = sizes[:-1], sizes[1:]
        found.append((means[1:] - means[:-1], squares[:-1] + squares[1:], before + after - 2,
                      (1 / before + 1 / after) * inflation))
    return _two_sided(found)


def slope_p(series: Sequence[Floats], starts: Sequence[Sequence[int]], *, inflations: Sequence[float],
            ) -> list[Floats]:
    """For each series' starts the two-sided p of its step beside a common slope of both stretches.

    A series that drifts is cut into steps by every method that knows levels only; here the step must stand out from a
    straight line. 0 where a stretch is too short to tell.
    """
    found = [_sloped(values, places, inflation)
             for values, places, inflation in zip(series, starts, inflations, strict=True)]
    return [np.where(told, p, 0.0)
            for (*_, told), p in zip(found, _two_sided([test[:4] for test in found]), strict=True)]


def _sloped(values: Floats, starts: Sequence[int], inflation: float,
            ) -> tuple[Floats, Floats, Floats, Floats, NDArray[np.bool_]]:
    """Of each start the step, its squares, degrees of freedom and share, and whether there is enough to tell."""
    borders = [0, *starts, len(values)]
    rest, degrees, size, step = (np.ones(len(starts)) for _ in range(4))
    told = np.zeros(len(starts), dtype=bool)
    present = ~np.isnan(values)
    for index, (first, start, end) in enumerate(zip(borders, borders[1:], borders[2:], strict=False)):
        runs = present[first:end].nonzero()[0]
        count = len(runs) - int(runs.searchsorted(start - first))
        if min(count, len(runs) - count) < _SHORTEST_SLOPE:
            continue
        told[index] = True
        kept = values[first:end][runs]
        kept = kept - kept.sum() / len(kept)
        time = runs - runs.sum() / len(runs)
        jump = np.full(len(runs), -count / len(runs))
        jump[len(runs) - count:] += 1
        # Regression on the jump after both have lost their straight line (Frisch and Waugh 1933).
        square = float(time @ time)
        jump -= time * (float(time @ jump) / square)
        kept -= time * (float(time @ kept) / square)
        size[index] = float(jump @ jump)
        step[index] = float(jump @ kept) / size[index]
        left = kept - step[index] * jump
        rest[index], degrees[index] = float(left @ left), len(runs) - 3
    return step, rest, degrees, inflation / size, told


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
    means = [float(part.sum()) / len(part) for part in parts]
    squares = [float(((part - mean) ** 2).sum()) for part, mean in zip(parts, means, strict=True)]
    return np.array([len(part) for part in parts], dtype=float), np.array(means), np.array(squares)


def _two_sided(tests: Sequence[tuple[Floats, Floats, Floats, Floats]]) -> list[Floats]:
    """Of each series the p of differences whose variance is squares / degrees · share; all at once, for its speed."""
    difference, squares, degrees, share = (np.concatenate(part) for part in zip(*tests, strict=True))
    found = np.where(difference == 0, 1.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        t = np.abs(difference) / np.sqrt(squares / degrees * share)
    usable = (degrees > 0) & np.isfinite(t)
    if usable.any():
        found[usable] = 2 * upper_tail(t[usable], degrees[usable])
    found[degrees <= 0] = 1.0
    return np.split(found, np.cumsum([len(test[0]) for test in tests])[:-1])
