"""What all benchmarks of a run have in common: the speed of the machine it ran on. Pure; needs numpy."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 4          # benchmarks that a run's speed can be told from: of three, one is a third of all
_ROUNDS = 3
_MOST_WEIGHT = 2.0  # times the suite's median weight
# How far loadings lie about 1 is learnt from the suite: standard deviations that come into question, and what is
# expected before any benchmark was seen and is worth so many of them.
_LOADING_SPREADS = (0.1, 0.2, 0.4, 0.7)
_USUAL_LOADING_SPREAD, _LOADING_WEIGHT = 0.5, 4.0
_LOADINGS = (0.1, 5.0)
_SURE = 2.326       # the normal quantile 0.99
_MAD = 1.4826       # the median absolute deviation times this is the standard deviation of a normal law
_ROUNDING = 1e-11   # of logarithms, which lie within 700
_FLOOR = 0.33       # of the suite's median spread: a single benchmark that hardly varies must not be the suite's speed


@dataclass(frozen=True, kw_only=True)
class Factor:
    """Runs by benchmarks of logarithms, taken apart. Without a factor `told` is false, and the rests are deviations."""

    baseline: Floats        # what is left of each baseline value after its benchmark's level and its run's speed
    current: Floats
    leverage: Floats        # what a loading's uncertainty adds to each baseline value's variance, in variances of a run
    current_leverage: Floats    # of each benchmark, to that of the current runs
    change: Floats          # of each benchmark, the likeliest, by loadings drawn to 1 where the speed may be noise
    common: float           # logarithm of the runs' speed, current less baseline, by those loadings
    told: bool


def median(values: Floats) -> Floats:
    """Of each column, NaN counting for nothing."""
    return np.asarray((np.nanmedian if np.isnan(values).any() else np.median)(values, 0))    # much faster without any


def without_factor(before: Floats, after: Floats) -> Factor:
    """Every benchmark for itself."""
    level = median(before)
    return Factor(baseline=before - level, current=after - level, leverage=np.zeros(before.shape),
                  current_leverage=np.zeros(before.shape[1]), change=median(after - level), common=0.0, told=False)


def shared_factor(before: Floats, after: Floats) -> Factor:
    """Take out of every run what its benchmarks moved by together, each at its own rate.

    Value = level of the benchmark + loading times speed of the run + rest, fitted by turns: the speed is the weighted
    median over the benchmarks (weights: one over the spread), so that single slower ones do not move it; the loading is
    a ridge regression on the speeds towards 1, as strong as the suite's loadings are alike, so that a class of machines
    may slow one benchmark more than another, and a speed that hardly varied leaves all loadings at 1.

    What is left is that of the fit, of which the noise is learnt. The likeliest change and the common one are told with
    loadings that are drawn to 1 once more, by the share of the speed's variance that may be noise: a fit to noise is
    harmless within what the baseline showed, and wrong by much where the current runs' speed lies far outside.
    """
    if before.shape[1] < FEWEST:
        return without_factor(before, after)
    level = median(before)
    rest, change = before - level, after - level
    loading = np.ones(before.shape[1])
    spread = _spread(rest)
    held = ~np.isnan(rest)
    centred = np.where(held, rest - np.nanmean(rest, 0), 0.0)
    share = _share_of_speed(rest, held)
    for _ in range(_ROUNDS):
        # Of few benchmarks one that the fit has taken for the speed itself would outweigh all others.
        weight = loading / spread
        weight = np.minimum(weight, _MOST_WEIGHT * float(np.median(weight)))
        speed = _weighted_median(rest / loading, weight)
        now = _weighted_median(change / loading, weight)
        about = speed - speed.mean()
        squares = float(about @ about)
        noise = np.where(held, (centred - np.outer(about, loading)) ** 2, 0.0).sum(0) / held.sum(0) + 1e-30
        doubt = noise / _loading_spread(about @ centred, squares, noise) ** 2
        loading = np.clip((about @ centred + doubt) / (squares + doubt), *_LOADINGS)
        spread = _spread(rest - np.outer(speed, loading))
    left = _without_rounding(rest - np.outer(speed, loading))
    certainty = squares + doubt
    drawn = 1 + share * (loading - 1)
    usual, likely = _weighted_median(rest / drawn, weight), _weighted_median(change / drawn, weight)
    return Factor(baseline=left, current=_without_rounding(change - np.outer(now, loading)),
                  leverage=np.outer(about * about, 1 / certainty),
                  current_leverage=((now - speed.mean()) ** 2).mean() / certainty,
                  change=median(change - np.outer(likely, drawn)) - median(rest - np.outer(usual, drawn)),
                  common=float(likely.mean() - usual.mean()), told=True)


def _share_of_speed(rest: Floats, held: NDArray[np.bool_]) -> float:
    """How much of the variance of the runs' speeds is surely the machines', and not what a median has of the noise of
    its benchmarks; 0 where the baseline shows no common factor, so that a fit learns loadings from noise alone.

    The weighted median of n normal values with weights w and deviations s has the variance π/2 Σ w² / (Σ w / s)². A
    speed's squares that are noise lie below the quantile 0.99 of their chi-square (Wilson and Hilferty 1931).
    """
    spread = _spread(rest)
    weight = 1 / spread
    weight = np.minimum(weight, _MOST_WEIGHT * float(np.median(weight)))
    speed = _weighted_median(rest, weight)
    about = speed - speed.mean()
    squares, free = float(about @ about), len(about) - 1
    if squares <= 0 or free < 1:
        return 0.0
    left = rest - speed[:, None]
    own = np.sqrt(np.where(held, (left - np.nanmean(left, 0)) ** 2, 0.0).sum(0) / held.sum(0) + 1e-30)
    noise = np.pi / 2 * float(weight @ weight) / float(weight @ (1 / np.minimum(_spread(left), own))) ** 2
    part = 2 / (9 * free)
    return max(1 - noise * free * float(1 - part + _SURE * np.sqrt(part)) ** 3 / squares, 0.0)


def _loading_spread(product: Floats, squares: float, noise: Floats) -> float:
    """The likeliest standard deviation of loadings about 1, of which each is seen as product / squares.

    Seen loadings are normal about 1 with that variance and their own blur (Efron and Morris 1973, section 3); to the
    likelihood comes an inverse gamma law that is worth `_LOADING_WEIGHT` benchmarks at the usual spread.
    """
    if squares <= 0:
        return _USUAL_LOADING_SPREAD
    away, blur = product / squares - 1, noise / squares
    best, found = -np.inf, _USUAL_LOADING_SPREAD
    for spread in _LOADING_SPREADS:
        variance = spread**2 + blur
        likelihood = -float((away**2 / variance + np.log(variance)).sum()) - _LOADING_WEIGHT * (
            _USUAL_LOADING_SPREAD**2 / spread**2 + 2 * np.log(spread))
        if likelihood > best:
            best, found = likelihood, spread
    return found


def beside(with_it: Factor, without: Factor, which: NDArray[np.bool_]) -> Factor:
    """Both sets of benchmarks in one, the second one's at the places where `which` is true."""
    def joined(one: Floats, other: Floats) -> Floats:
        whole = np.empty((*one.shape[:-1], len(which)))
        whole[..., ~which], whole[..., which] = one, other
        return whole

    return Factor(baseline=joined(with_it.baseline, without.baseline), current=joined(with_it.current, without.current),
                  leverage=joined(with_it.leverage, without.leverage), change=joined(with_it.change, without.change),
                  current_leverage=joined(with_it.current_leverage, without.current_leverage),
                  common=with_it.common, told=with_it.told)


def _without_rounding(rest: Floats) -> Floats:
    """The benchmark that is a run's median has no rest: what rounding leaves of it must not count as one."""
    return np.where(np.abs(rest) < _ROUNDING, 0.0, rest)


def _raw_spread(rest: Floats) -> Floats:
    return np.asarray(_MAD * median(np.abs(rest - median(rest))))


def _spread(rest: Floats) -> Floats:
    spread = _raw_spread(_without_rounding(rest))
    moving = spread[spread > 0]
    return np.asarray(np.maximum(spread, _FLOOR * float(np.median(moving)) if len(moving) else 1.0))


def _weighted_median(values: Floats, weights: Floats) -> Floats:
    """Of each row; NaN counts for nothing. Half of the weight lies on either side."""
    order = np.argsort(values, 1)           # NaN last
    values = np.take_along_axis(values, order, 1)
    weights = np.where(np.isnan(values), 0.0, np.take_along_axis(np.broadcast_to(weights, values.shape), order, 1))
    below = np.cumsum(weights, 1)
    half = below[:, -1:] / 2
    # Rounding must not decide whether exactly half of the weight lies below.
    first, second = np.argmax(below >= half * (1 - 1e-9), 1), np.argmax(below > half * (1 + 1e-9), 1)
    rows = np.arange(len(values))
    middle = (values[rows, first] + values[rows, second]) / 2
    # A run that has none of these benchmarks is taken for a usual one: nothing of it is compared.
    missing = np.isnan(middle)
    return np.asarray(np.where(missing, np.mean(middle[~missing]), middle))
