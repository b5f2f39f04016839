"""The noise of a suite's runs: a body for each benchmark, and spikes that a single run may have. Pure; needs numpy."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repo_vitals.frozen import dataclass
from repo_vitals.stats.moderation import FEWEST, USUAL_SPREAD, Prior, learnt_prior
from repo_vitals.stats.shared_factor import median, without_factor
from repo_vitals.stats.spikes import learnt_spikes
from repo_vitals.stats.student_t import quantile, upper_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repo_vitals.stats.shared_factor import Factor
    from repo_vitals.stats.spikes import Spikes
    from repo_vitals.stats.student_t import TailTable

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

# A value this many robust standard deviations from the median is set aside before anything is estimated …
_ASIDE = 5.0
# … and after that one which the fit gives this probability.
_ASIDE_P = 1e-5
_ASIDE_AT_LEAST = 2.5   # robust standard deviations: a fit to few values may think too highly of itself
_ASIDE_AT_MOST = 0.4    # of a benchmark's runs: more are no spikes but how it is
_NEGLIGIBLE = -80.0     # the logarithm of a probability that changes no decision
_MEDIAN_SHARE = 0.5     # of the distance at which the mean of pairs tells, and their median has to as well
_MAD_DEGREES = 0.4      # of a run: what a median absolute deviation is worth of a standard deviation (Huber 1981: 0.37)
_FIRST_DEGREES = 3.0    # what the suite's typical spread is worth beside a benchmark's own, at first


@dataclass(frozen=True, kw_only=True)
class Noise:
    """What the baseline says of the next run's deviation from `centre`, a value for each benchmark."""

    centre: Floats
    spread: Floats          # standard deviation of one run, moderated
    degrees: Floats
    uncertainty: Floats     # of the centre, in variances of one run
    up: Spikes
    down: Spikes

    def tails(self, current: Floats) -> tuple[Tail, Tail]:
        """Of current runs (runs by benchmarks of deviations): upwards and downwards."""
        return (_tail(current, self.centre, self, self.up), _tail(-current, -self.centre, self, self.down))


@dataclass(frozen=True, kw_only=True)
class Tail:
    """The probability of current runs as high as these, had each benchmark's level moved by so much.

    Of m runs any k may have spiked: p = Σ P(k of m spike) · P(the mean of the other m - k is that far off), where the k
    that spiked are taken to be the most extreme ones. A spike of a single run that is all there is has to
    be as large as it is, too; where other runs speak, its size says nothing. Rows are numbers of spikes, of which those
    that change nothing are left out.
    """

    weight: Floats          # probability of so many spikes
    mean: Floats            # standardised mean of the runs that are left, had no level moved
    error: Floats           # its standard error
    everything: Flags       # no run is left
    degrees: Floats
    spread: Floats
    alone: Floats           # where there is one run only its deviation in standard errors, else NaN
    alone_error: Floats
    alone_rate: Floats
    start: float
    steepness: float

    def at(self, level: Floats, table: TailTable | None = None) -> Floats:
        """For a level each benchmark. A `table` makes it faster and rougher."""
        moved = level / self.spread
        t = (self.mean - moved) / self.error
        beyond = upper_tail(t, np.broadcast_to(self.degrees, t.shape)) if table is None else table(t)
        total = np.where(self.everything, self.weight, self.weight * beyond).sum(0)
        size = np.maximum((self.alone - moved) / self.alone_error, self.start)
        spiked = self.alone_rate * (self.start / size) ** self.steepness
        return np.asarray(np.minimum(np.where(np.isnan(self.alone), total, total + spiked), 1.0))


def _tail(current: Floats, centre: Floats, noise: Noise, spikes: Spikes) -> Tail:
    off = -np.sort(-(current - centre) / noise.spread, 0)       # falling, NaN last
    runs = (~np.isnan(off)).sum(0)
    sums = np.where(np.isnan(off), 0.0, off)
    left = sums.sum(0) - np.vstack([np.zeros((1, off.shape[1])), np.cumsum(sums, 0)])      # without the k highest
    rows = []
    for spiked, log_weight in enumerate(spikes.numbers(runs)):
        rest = runs - spiked
        if np.any(log_weight > _NEGLIGIBLE):
            kept = np.maximum(rest, 1)
            # The one run that is all there is counts by its size: `alone`.
            weight = np.where((rest < 0) | ((runs == 1) & (spiked == 1)), 0.0, np.exp(log_weight))
            rows.append((weight, left[spiked] / kept, np.sqrt(1 / kept + noise.uncertainty), rest <= 0))
    weights, means, errors, everything = (np.array(part) for part in zip(*rows, strict=True))
    return Tail(weight=weights, mean=means, error=errors, everything=everything, degrees=noise.degrees,
                spread=noise.spread, alone=np.where(runs == 1, off[0], np.nan),
                alone_error=np.sqrt(1 + noise.uncertainty), alone_rate=spikes.rate, start=spikes.start,
                steepness=spikes.steepness)


def run_noise(factor: Factor) -> Noise:
    """Learn the noise from the rests of the baseline runs, at least two of each benchmark."""
    held = ~np.isnan(factor.baseline)
    counts = held.sum(0)
    centre, body, used = _clean(factor, held)
    kept = used.sum(0)
    up, down = learnt_spikes(body.standard, counts, float(np.mean(_degrees_left_out(body))))
    return Noise(centre=centre, spread=np.sqrt(body.variance), degrees=body.degrees,
                 uncertainty=1 / np.maximum(kept, 1) + factor.current_leverage, up=up, down=down)


@dataclass(frozen=True, kw_only=True)
class PairedNoise:
    """The logarithms of the changes within pairs: their mean without outliers, their median, and how sure they are."""

    centre: Floats
    median: Floats
    error: Floats           # standard error of the centre
    degrees: Floats

    def bounds(self, upper: float) -> tuple[Floats, Floats]:
        """The interval that leaves at most `upper` on either side."""
        reach = np.asarray(quantile(upper, self.degrees) * self.error)
        near = reach * _MEDIAN_SHARE
        return (np.minimum(self.centre - reach, self.median - near),
                np.maximum(self.centre + reach, self.median + near))

    def tail(self, level: float) -> Floats:
        """The largest probability, if the true change is at `level`, of a mean or a median as high as these."""
        off = np.minimum(self.centre - level, (self.median - level) / _MEDIAN_SHARE)
        return upper_tail(off / self.error, self.degrees)


def paired_noise(changes: Floats) -> PairedNoise:
    """Learn from pairs by benchmarks, at least two of each: Student's test of paired differences, moderated.

    The median has to have moved as well: where a machine has two speeds, a mean may come from a part of the pairs.
    """
    held = ~np.isnan(changes)
    factor = without_factor(changes, changes)
    centre, body, used = _clean(factor, held)
    kept = np.maximum(used.sum(0), 1)
    middle = median(changes)
    return PairedNoise(centre=centre + middle, median=middle, error=np.sqrt(body.variance / kept),
                       degrees=body.degrees)


@dataclass(frozen=True, kw_only=True)
class _Body:
    variance: Floats        # of one run
    degrees: Floats
    standard: Floats        # every run's deviation in standard errors of its prediction by the others


def _clean(factor: Factor, held: Flags) -> tuple[Floats, _Body, Flags]:
    """Centres and variances without the runs that are far off, and which runs were used."""
    rest = factor.baseline
    counts = held.sum(0)
    middle = median(rest)
    far = np.abs(rest - middle) / _first_spread(rest - middle, counts)
    aside = held & (far > _ASIDE)
    _, body = _body(rest, held, aside, factor)
    standard = np.where(held, np.abs(body.standard), 0.0)
    aside = held & (standard > quantile(_ASIDE_P, _degrees_left_out(body))) & (far > _ASIDE_AT_LEAST)
    aside[:, aside.sum(0) > _ASIDE_AT_MOST * counts] = False
    centre, body = _body(rest, held, aside, factor)
    return centre, body, held & ~aside


def _degrees_left_out(body: _Body) -> Floats:
    return np.maximum(body.degrees - 1, 1.0)


def _first_spread(deviations: Floats, counts: NDArray[np.intp]) -> Floats:
    own = 1.4826 * median(np.abs(deviations)) * (1 + 1 / np.maximum(counts, 2))
    moving = own[own > 0]
    if len(own) < FEWEST or len(moving) < 2:
        return np.where(own > 0, own * 1.2**0.5, USUAL_SPREAD / 10)
    typical = np.exp(np.median(np.log(moving)))
    weight = _MAD_DEGREES * counts
    variance = (_FIRST_DEGREES * typical**2 + weight * own**2) / (_FIRST_DEGREES + weight)
    return np.asarray(np.sqrt(np.where(own > 0, variance, variance / 100)))


def _body(rest: Floats, held: Flags, aside: Flags, factor: Factor) -> tuple[Floats, _Body]:
    """Centres and moderated variances."""
    used = held & ~aside
    kept = np.maximum(used.sum(0), 1)
    centre = np.where(used, rest, 0.0).sum(0) / kept
    deviation = rest - centre
    squares = np.where(used, deviation**2, 0.0).sum(0)
    # The loading, drawn to 1, costs about half a degree of freedom.
    own = np.maximum(kept - 1 - (0.5 if factor.told else 0.0), 0.5)
    prior: Prior = learnt_prior(squares / own, own)
    variance = prior.moderated(squares, own)
    # Externally studentised residuals: what is left of the squares without the run itself.
    leverage = np.minimum(np.where(used, 1 / kept, 0.0) + factor.leverage, 0.9)
    without = np.maximum(squares - deviation**2 / (1 - leverage), 0.0)
    left = np.maximum(prior.degrees + own - 1, 0.5)
    others = np.where(used, (prior.degrees * prior.variance + without) / left, variance)
    standard = deviation / np.sqrt(others * np.where(used, 1 - leverage, 1 + 1 / kept))
    return centre, _Body(variance=variance, degrees=prior.degrees + own, standard=standard)
