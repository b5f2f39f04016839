"""Where histories of benchmarks changed their level for good. Pure; needs numpy, so import it where it is used."""
from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from repo_vitals.frozen import dataclass
from repo_vitals.stats.neighbours import placed, rank_p, slope_p, step_p
from repo_vitals.stats.partitioning import levels, median, partitions, stretches
from repo_vitals.stats.shared_noise import NORMAL, middle, shared
from repo_vitals.stats.two_states import flips

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST_RUNS = 6         # values below which a series has no change points
LEVEL = 0.001           # largest p of a step, corrected for the number of runs at which it could have been
SLOPE_LEVEL = 0.1       # the same of a step beside a slope
RANK_LEVEL = 0.002      # largest p of the rank test, which no handful of outliers passes
NEWEST_RANK_LEVEL = 0.01    # the same while the newest level has fewer values than NEW: few ranks can't be surer
NEW = 8
SHORTEST = 5            # values of a level
SHORTEST_LAST = 3       # values of the newest level, so that a step is seen soon
# One round a penalty, in units of log(runs) · variance of the noise: clear steps are set apart first, so that what runs
# have in common is estimated without them, and the smaller ones are looked for when that is known.
_PENALTIES = ((10.0, 8), (6.0, SHORTEST), (4.0, SHORTEST))      # and the shortest level in that round
_CUT = 3.0              # deviations at which a value is cut off as an outlier
_TOGETHER = 0.4         # share of the series that step at once: not theirs, but the runs'
_NEAR = 2
_LARGEST_AUTOCORRELATION = 0.7
_TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class ChangePoint:
    """A step of one series."""

    index: int              # the first run at the new level
    before: float           # robust levels in the series' unit, at the runner's usual speed and in its usual state
    after: float
    ratio: float | None     # after ÷ before; None where a level is not above 0
    p: float                # of no step, times the runs at which it could have been; 0 where values repeat exactly


def change_points(suite: Mapping[str, Sequence[float | None]]) -> dict[str, list[ChangePoint]]:
    """The steps of each series, oldest first. Series of one suite share their runs: value i of all is of run i.

    None is a run without a value; so is a value that is not finite. Series are searched in logarithms; one that holds a
    value of 0 or less in its own unit and apart from the others. One that flips between two states is searched in the
    more frequent one. Where nearly all values repeat exactly (sizes, counts) each new value that holds is a step.
    Nothing is found among fewer than `FEWEST_RUNS` values.
    """
    found: dict[str, list[ChangePoint]] = {name: [] for name in suite}
    runs = max((len(values) for values in suite.values()), default=0)
    noisy: dict[str, Floats] = {}
    for name in sorted(suite):
        row = _row(suite[name], runs)
        values = row[~np.isnan(row)]
        if len(values) < FEWEST_RUNS:
            continue
        if (exact := _exact_steps(row)) is not None:
            found[name] = exact
        elif values.min() <= 0:
            found[name] = _searched(row[None, :] / np.abs(values).max())[0].points(row)
        else:
            noisy[name] = row
    if noisy:
        rows = np.array(list(noisy.values()))
        logs = np.log(rows)
        for name, steps in zip(noisy, _searched(logs - np.nanmedian(logs, axis=1)[:, None]), strict=True):
            found[name] = steps.points(noisy[name])
    return found


@dataclass(frozen=True, kw_only=True)
class _Steps:
    starts: list[int]
    p: list[float]
    told: Floats        # what the other series and the state tell of each run, in logarithms

    def points(self, values: Floats) -> list[ChangePoint]:
        if np.nanmin(values) > 0:
            values = np.exp(np.log(values) - self.told)
        middles = [float(np.nanmedian(values[first:end])) for first, end in stretches(self.starts, len(values))]
        return [ChangePoint(index=start, before=before, after=after, ratio=_ratio(before, after), p=p)
                for start, before, after, p in zip(self.starts, middles, middles[1:], self.p, strict=False)]


def _row(values: Sequence[float | None], runs: int) -> Floats:
    row = np.full(runs, np.nan)
    row[:len(values)] = [np.nan if value is None else value for value in values]
    row[~np.isfinite(row)] = np.nan
    return row


def _ratio(before: float, after: float) -> float | None:
    return after / before if before > 0 and after > 0 else None


def _exact_steps(row: Floats) -> list[ChangePoint] | None:
    """The steps of a series that nearly always repeats its value; None for one that has noise."""
    runs = np.flatnonzero(~np.isnan(row))
    values = row[runs]
    starts = [0, *(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist()]
    if len(starts) > 1 + max(1, len(values) // 20):
        return None
    plateaus: list[tuple[int, float]] = []
    for start, end in zip(starts, [*starts[1:], len(values)], strict=True):
        lone = end - start == 1 and start > 0 and end < len(values) and values[start - 1] == values[end]
        if not lone and (not plateaus or plateaus[-1][1] != values[start]):
            plateaus.append((int(runs[start]), float(values[start])))
    return [ChangePoint(index=index, before=before, after=after, ratio=_ratio(before, after), p=0.0)
            for (_, before), (index, after) in pairwise(plateaus)]


def _searched(rows: Floats) -> list[_Steps]:
    """The steps of series that have noise, a row each."""
    told = np.zeros_like(rows)
    for penalty, shortest in _PENALTIES[:-1]:
        flipped = np.array([flips(row) for row in rows - told])
        calm = rows - flipped
        starts, *_ = _divided(calm - told, penalty, shortest)
        if len(rows) > 1:
            told = _shared(calm - levels(calm - told, _own(starts, rows.shape[1])), flipped)
    told = _passing(np.where(np.isnan(rows), np.nan, told))
    told += np.array([flips(row) for row in rows - told])
    return [_Steps(starts=starts, p=p, told=others)
            for (starts, p), others in zip(_tested(rows - told, *_PENALTIES[-1]), told, strict=True)]


def _shared(rest: Floats, flipped: Floats) -> Floats:
    """What the others tell of each series: of one that flips without their flips, of any other with them. For where it
    is the runs that flip, between two kinds of runners, that is what a series without states has to be told."""
    told = shared(rest + flipped)
    flip = flipped.any(axis=1)
    if flip.any():
        told[flip] = shared(rest)[flip]
    return told


def _passing(told: Floats) -> Floats:
    """What runs have in common without its lasting steps: those are changes of every benchmark, and belong to each."""
    left = np.zeros_like(told)
    moved = np.flatnonzero(middle(np.abs(told)) > 0)
    if len(moved):
        common = told[moved]
        left[moved] = common - levels(common, [starts for starts, _ in _tested(common, *_PENALTIES[0])])
    return left


def _tested(rows: Floats, penalty: float, shortest: int) -> list[tuple[list[int], list[float]]]:
    """The starts of each row's levels that stand up to the tests, with their p.

    Of a row that has starts which don't, the weakest goes and the rest is tested anew (Hunter, Fleming et al. 2023).
    """
    starts, inflations, near = _divided(rows, penalty, shortest)
    # Placed on values cut off at the running median: cut off at levels, a border would hold on to where it is.
    kept: list[tuple[list[int], list[float]]] = [([], []) for _ in starts]
    left = {row: _placed(near[row], found) for row, found in enumerate(starts) if found}
    while left:
        for row, (p, worst) in _tests(rows, left, inflations).items():
            weakest = int(np.argmax(worst))
            if worst[weakest] <= 1:
                kept[row] = left.pop(row), [min(1.0, float(value)) for value in p]
            elif len(left[row]) == 1:
                del left[row]
            else:
                del left[row][weakest]
                left[row] = _placed(near[row], left[row])
    return kept


def _placed(row: Floats, starts: Sequence[int]) -> list[int]:
    return placed(row, starts, shortest=SHORTEST, shortest_last=SHORTEST_LAST)


def _tests(rows: Floats, starts: Mapping[int, Sequence[int]], inflations: Floats,
           ) -> dict[int, tuple[Floats, Floats]]:
    """For each of some rows the p of its starts, and how many times the largest that is allowed their worst p is."""
    cut = [_cut(rows[row], found) for row, found in starts.items()]
    places, factors = list(starts.values()), inflations[list(starts)].tolist()
    stepped, sloped = step_p(cut, places, inflations=factors), slope_p(cut, places, inflations=factors)
    told = {}
    for (row, found), factor, step, slope in zip(starts.items(), factors, stepped, sloped, strict=True):
        p = step * len(rows[row])
        limits = np.full(len(found), RANK_LEVEL)
        if np.sum(~np.isnan(rows[row, found[-1]:])) < NEW:
            limits[-1] = NEWEST_RANK_LEVEL
        told[row] = p, np.maximum.reduce([p / LEVEL, slope * len(rows[row]) / SLOPE_LEVEL,
                                          rank_p(rows[row], found, inflation=factor) / limits])
    return told


def _divided(rows: Floats, penalty: float, shortest: int) -> tuple[list[list[int]], Floats, Floats]:
    """Of each series the starts of its levels, the inflation of variances by autocorrelation, and the values used.

    Outliers are cut off at `_CUT` scales from the running median (Hampel 1974; Fearnhead and Rigaill 2019 on why).
    """
    runs = rows.shape[1]
    scales = _difference_scale(rows)
    near = _running_median(rows)
    inflations = np.ones(len(rows))
    starts: list[list[int]] = []
    for attempt in range(2):
        reach = _CUT * scales[:, None]
        cut = np.clip(rows, near - reach, near + reach)
        penalties = penalty * np.log(runs) * np.maximum(scales, _TINY) ** 2 * inflations
        starts = partitions(cut, penalties, shortest=shortest, shortest_last=SHORTEST_LAST)
        if attempt:
            break
        rest = cut - _means(cut, starts)
        inflations = np.array([_inflation(row, len(points) + 1) for row, points in zip(rest, starts, strict=True)])
        degrees = np.maximum(np.sum(~np.isnan(rest), axis=1) - [len(points) + 1 for points in starts], 1)
        scales = np.maximum(scales, np.sqrt(np.nansum(rest * rest, axis=1) / degrees))
    return starts, inflations, cut


def _cut(row: Floats, starts: Sequence[int]) -> Floats:
    """The series with its outliers cut off at `_CUT` scales from its levels."""
    level = levels(row[None, :], [starts])[0]
    rest = row - level
    rest = np.abs(rest[~np.isnan(rest)])
    count = len(rest)
    scale = median(rest) / NORMAL * np.sqrt(count / max(1, count - len(starts) - 1))
    return np.clip(row, level - _CUT * scale, level + _CUT * scale)


def _own(starts: Sequence[Sequence[int]], runs: int) -> list[list[int]]:
    """Without the steps that many series make at once."""
    counted = np.zeros(runs)
    for points in starts:
        near = np.zeros(runs, dtype=bool)
        for point in points:
            near[max(0, point - _NEAR):point + _NEAR + 1] = True
        counted += near
    common = counted >= max(3, _TOGETHER * len(starts))
    return [[point for point in points if not common[point]] for points in starts]


def _means(rows: Floats, starts: Sequence[Sequence[int]]) -> Floats:
    filled = np.full_like(rows, np.nan)
    for row, points, out in zip(rows, starts, filled, strict=True):
        for first, end in stretches(points, len(row)):
            part = row[first:end]
            out[first:end] = np.nansum(part) / max(1, int(np.sum(~np.isnan(part))))
    return filled


def _inflation(rest: Floats, stretches_fitted: int) -> float:
    """What autocorrelation of the first order, φ, multiplies the variance of a mean by: 1 + φ over 1 less φ.

    φ is the residuals' correlation at lag 1 plus what fitted means take from it (Marriott and Pope 1954), at least 0.
    """
    values = rest[~np.isnan(rest)]
    square = float(values @ values)
    if len(values) < 10 or square <= 0:
        return 1.0
    phi = float(values[1:] @ values[:-1]) / square
    phi += stretches_fitted * (1 + 3 * max(phi, 0.0)) / len(values)
    phi = min(max(phi, 0.0), _LARGEST_AUTOCORRELATION)
    return (1 + phi) / (1 - phi)


def _difference_scale(rows: Floats) -> Floats:
    """Scale of the noise: the median of differences, which steps hardly touch; their mean square where that is 0."""
    found = np.zeros(len(rows))
    for index, row in enumerate(rows):
        differences = np.abs(np.diff(row[~np.isnan(row)]))
        found[index] = median(differences) / NORMAL / np.sqrt(2)
        if found[index] == 0:
            squares = differences**2
            found[index] = np.sqrt(np.mean(np.minimum(squares, np.quantile(squares, 0.9))) / 2)
    return found


def _running_median(rows: Floats) -> Floats:
    """Median of the five values around each (fewer at the ends)."""
    count, runs = rows.shape
    padded = np.full((count, runs + 4), np.nan)
    padded[:, 2:-2] = rows
    window = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 5, axis=1), axis=2)     # NaN last
    found: Floats = window[:, :, 2].copy()
    fewer = np.isnan(window[:, :, 4])
    left = window[fewer]
    number = np.sum(~np.isnan(left), axis=1)
    last, every = np.maximum(number - 1, 0), np.arange(len(left))
    found[fewer] = (left[every, last // 2] + left[every, np.minimum(number // 2, last)]) / 2
    return found
