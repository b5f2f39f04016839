"""Whether benchmarks are slower than in earlier runs, told apart from noise. Pure.

It needs numpy: import it inside the function that compares. How a decision comes about:

1. A run gives a benchmark one value, and the samples within it no more: the lower quartile of the samples, and their
   minimum beside it, as logarithms. A change has to show in both, since what disturbs a part of a run moves one of them
   (Chen and Revels 2016, Robust benchmarking in noisy environments, on the minimum).
2. What all benchmarks of a run moved by together, the machine's speed, is taken out (`shared_factor`).
3. The spread of each benchmark is steadied by the others' (`run_noise`), and how often single runs lie far off, and how
   far, is learnt from the suite (`spikes`).
4. The interval of the change holds every change that the current runs do not speak against with probability
   error / number of benchmarks on a side (Bonferroni), so that all intervals hold together.
"""
from __future__ import annotations

from itertools import chain
from math import inf, nan
from typing import TYPE_CHECKING, Literal

import numpy as np

from repo_vitals.frozen import dataclass
from repo_vitals.stats.adjust import holm
from repo_vitals.stats.quantiles import linear_quantile
from repo_vitals.stats.run_noise import paired_noise, run_noise
from repo_vitals.stats.shared_factor import beside, shared_factor, without_factor
from repo_vitals.stats.student_t import TailTable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    Run = Mapping[Hashable, float | Sequence[float]]
    Floats = NDArray[np.float64]
    Tail = Callable[[Floats], Floats]

Verdict = Literal["regressed", "improved", "unchanged", "unsure"]

# An interval that does not exclude a slowdown of a fifth is `unsure`: smaller ones drown in a hosted runner's noise of
# 4 to 10 % a run in most benchmarks, so that with less nearly all would be unsure, and larger ones people notice.
TELLING = 0.2
TOLERANCE = 0.01
# Family-wise, in each direction. Where nothing changes at all, the tolerance and the spikes that are expected before
# any was seen make false alarms four times rarer.
ERROR = 0.05
# Changes beyond this are "anything": e^20 is half a thousand million.
_ANY = 20.0
_NO_RATIO = "only values above 0 and below infinity have a ratio"
_LARGEST = 700.0        # the logarithm of what a float holds
# Baseline runs, or pairs, that a spread can be told from: that of two is too often close to zero by chance.
_FEWEST = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What the runs say of one benchmark. Ratios are current ÷ baseline of a value of which less is better.

    `regressed` if low > 1 + tolerance, `improved` if high < 1 / (1 + tolerance), else `unsure` if a slowdown of a fifth
    is not excluded (high > 1.2) or nothing is known, else `unchanged`.
    """

    verdict: Verdict
    ratio: float | None             # without what the suite changed by together; within the bounds
    low: float | None               # 0 or infinity where nothing bounds it; None with fewer than three baseline runs
    high: float | None
    p: float | None                 # of "not slower than tolerated", adjusted for the number of benchmarks (Holm)
    runs: tuple[int, int]           # baseline and current runs that it rests on


@dataclass(frozen=True, kw_only=True)
class Suite:
    """All benchmarks that both sides have, and what they changed by together."""

    comparisons: Mapping[Hashable, Comparison]
    common: float                   # the ratio that all changed by, which the comparisons leave out; else 1.0
    common_is_sure: bool            # false for fewer than four benchmarks: their changes hold the machine's


def compare(baseline: Sequence[Run], current: Sequence[Run], *, paired: bool = False, tolerance: float = TOLERANCE,
            error: float = ERROR) -> Suite:
    """Compare the runs of two versions: one mapping of benchmark to its value, or samples, a run, oldest first.

    Benchmarks that only one side has are left out. `paired`: run i of both sides was taken side by side; both are
    then as long, and what they have in common cancels out. `tolerance` is the largest change that is
    nobody's business; `error` the largest probability that any benchmark of a suite in which none changed by more is
    called regressed, and the same again for improved.
    A benchmark all of whose values are the same, on both sides, is unchanged, and no part of the family.
    Raises ValueError for values that are not positive and finite, and for pairs that are none.
    """
    if not (tolerance >= 0 and 0 < error < 1):
        raise ValueError(f"a tolerance is at least 0 and an error between 0 and 1, not {tolerance} and {error}")
    if paired and len(baseline) != len(current):
        raise ValueError(f"{len(baseline)} baseline runs and {len(current)} current ones are no pairs")
    there = set().union(*current)
    names = [name for name in dict.fromkeys(chain.from_iterable(baseline)) if name in there]
    before, after = _logarithms(baseline, names), _logarithms(current, names)
    if paired:
        absent = np.isnan(before[0]) | np.isnan(after[0])
        before = [np.where(absent, np.nan, side) for side in before]
        after = [np.where(absent, np.nan, side) for side in after]
    counts = np.stack([(~np.isnan(before[0])).sum(0), (~np.isnan(after[0])).sum(0)])
    judged = (counts[0] >= _FEWEST) & (counts[1] > 0)
    sides = list(zip(before, after, strict=True))
    if all(np.array_equal(side[0], side[1], equal_nan=True) for side in (before, after)):
        del sides[1]            # no run has samples
    same = judged & np.all([_constant(np.vstack(side)) for side in sides], axis=0)
    family = judged & ~same
    common, sure = 0.0, paired
    # Ratio, low and high of each; those outside the family stay at 1.
    numbers, p = np.ones((3, len(names))), np.ones(len(names))
    if family.any():
        parts = [_part(one[:, family], other[:, family], paired=paired, error=error / int(family.sum()),
                       tolerance=tolerance) for one, other in sides]
        common, sure = parts[0].common, parts[0].told
        low, high = np.min([part.low for part in parts], 0), np.max([part.high for part in parts], 0)
        numbers[:, family] = _exp(np.stack([np.clip(parts[0].change, low, high), low, high]))
        numbers[1, family] = np.where(low <= -_ANY, 0.0, numbers[1, family])
        numbers[2, family] = np.where(high >= _ANY, np.inf, numbers[2, family])
        p[family] = holm(np.max([part.p for part in parts], 0).tolist())
    found: dict[Hashable, Comparison] = {}
    columns = zip(names, counts.T.tolist(), judged.tolist(), numbers.T.tolist(), p.tolist(), strict=True)
    for index, (name, (earlier, later), is_judged, (ratio, lowest, highest), own_p) in enumerate(columns):
        runs = earlier, later
        if is_judged:
            found[name] = Comparison(verdict=_verdict(lowest, highest, tolerance), ratio=ratio, low=lowest,
                                     high=highest, p=own_p, runs=runs)
        else:
            found[name] = Comparison(verdict="unsure", ratio=_plain(before[0][:, index], after[0][:, index]), low=None,
                                     high=None, p=None, runs=runs)
    return Suite(comparisons=found, common=float(_exp(np.array(common))), common_is_sure=sure)


def _exp(logs: Floats) -> Floats:
    return np.asarray(np.exp(np.clip(logs, -_LARGEST, _LARGEST)))


def doubtful(suite: Suite) -> list[Hashable]:
    """The benchmarks that more runs would tell more about: the unsure ones, and changes that are not yet beyond doubt.

    A change is beyond doubt where its interval leaves out half of it: re-running the others finds what a spike made.
    """
    return [name for name, one in suite.comparisons.items() if one.verdict == "unsure" or _barely(one)]


def _barely(one: Comparison) -> bool:
    if one.ratio is None or one.low is None or one.high is None or one.verdict not in ("regressed", "improved"):
        return False
    near = one.low if one.verdict == "regressed" else one.high
    return bool(near == 0 or np.isinf(near) or abs(np.log(near)) < abs(np.log(one.ratio)) / 2)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What one of a run's values says: logarithms of the change and its bounds, and the p-value of each benchmark."""

    change: Floats
    low: Floats
    high: Floats
    p: Floats
    common: float
    told: bool


def _part(before: Floats, after: Floats, *, paired: bool, error: float, tolerance: float) -> _Part:
    margin = np.log1p(tolerance)
    if paired:
        pairs = paired_noise(after - before)
        low, high = pairs.bounds(error)
        return _Part(change=pairs.centre, low=low, high=high, p=pairs.tail(margin), common=0.0, told=True)
    still = _constant(before)       # no machine's speed shows in what never varied: a count, or a clock's tick
    factor = beside(shared_factor(before[:, ~still], after[:, ~still]),
                    without_factor(before[:, still], after[:, still]), still)
    noise = run_noise(factor)
    rising, falling = noise.tails(factor.current)
    mean = np.nanmean(factor.current, 0) - noise.centre
    table = TailTable(noise.degrees)
    return _Part(change=factor.change,
                 low=mean - _distance(lambda away: rising.at(mean - away, table), error, noise.spread),
                 high=mean + _distance(lambda away: falling.at(-mean - away, table), error, noise.spread),
                 p=rising.at(np.full(mean.shape, margin)), common=factor.common, told=factor.told)


def _distance(tail: Tail, error: float, scale: Floats) -> Floats:
    """How far away the tail has fallen to the error, within a relative 1e-6.

    Both in logarithms, by turns of false position (Illinois) and halving, so that no shape of the tail makes it slow.
    """
    far = np.full(scale.shape, np.log(2 * _ANY))
    near = np.minimum(np.log(scale) - 5, far - 1)
    target = np.log(error)

    def excess(point: Floats) -> Floats:
        return np.asarray(np.log(np.maximum(tail(np.exp(point)), 1e-30)) - target)

    at_near, at_far = excess(near), excess(far)
    beyond = at_far > 0             # even so far away it is not excluded
    point = near
    for turn in range(60):
        with np.errstate(divide="ignore", invalid="ignore"):
            point = (near * at_far - far * at_near) / (at_far - at_near)
        point = np.where((point > near) & (point < far) & (turn % 3 < 2), point, (near + far) / 2)
        value = excess(point)
        left = value > 0
        # A side that stays where it is counts for half, so that the other one moves.
        at_far, at_near = np.where(left, at_far / 2, value), np.where(left, value, at_near / 2)
        near, far = np.where(left, point, near), np.where(left, far, point)
        if np.all(beyond | (far - near < 1e-6) | (np.abs(value) < 1e-6)):
            break
    return np.where(beyond, 2 * _ANY, np.exp(point))


def _verdict(low: float, high: float, tolerance: float) -> Verdict:
    if low > 1 + tolerance:
        return "regressed"
    if high < 1 / (1 + tolerance):
        return "improved"
    return "unsure" if high > 1 + TELLING else "unchanged"


def _constant(values: Floats) -> NDArray[np.bool_]:
    # fmax and fmin pass over NaN, and leave it where there is nothing else.
    return np.asarray(np.fmax.reduce(values, 0, initial=-np.inf) == np.fmin.reduce(values, 0, initial=np.inf))


def _plain(before: Floats, after: Floats) -> float | None:
    if np.all(np.isnan(before)) or np.all(np.isnan(after)):
        return None
    return float(_exp(np.array(np.nanmedian(after) - np.nanmedian(before))))


def _logarithms(runs: Sequence[Run], names: Sequence[Hashable]) -> list[Floats]:
    """Runs by benchmarks, NaN where a run lacks one: of the lower quartile, and of the minimum."""
    quartile, least = np.empty((len(runs), len(names))), np.empty((len(runs), len(names)))
    sampled = False
    for row, run in enumerate(runs):
        held = list(map(run.get, names))
        absent = [index for index, value in enumerate(held) if value is None] if None in held else []
        for index in absent:
            held[index] = 1.0
        try:
            if set(map(type, held)) <= {int, float}:    # no samples: a million benchmarks are read in seconds
                quartile[row] = least[row] = held
            else:
                sampled = True
                quartile[row], least[row] = zip(*map(_lowest, held), strict=True)
        except OverflowError as error:                  # a whole number that no float holds
            raise ValueError(_NO_RATIO) from error
        if not np.all((least[row] > 0) & (quartile[row] < inf)):    # false for NaN as well
            raise ValueError(_NO_RATIO)
        quartile[row, absent] = least[row, absent] = np.nan
    logs = np.log(quartile)
    return [logs, np.log(least) if sampled else logs]


def _lowest(value: float | Sequence[float] | None) -> tuple[float, float]:
    """The lower quartile of samples and their minimum, NaN where one of them has no logarithm."""
    samples = [value] if isinstance(value, int | float) else value or ()
    quartile = linear_quantile(samples, 0.25)
    if quartile is None or not all(0 < sample < inf for sample in samples):
        return (nan, nan)
    return quartile, min(samples)
