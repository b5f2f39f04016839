"""Single runs of a benchmark that lie far from the others: how often they come, and how large. Pure; needs numpy."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repo_vitals.stats.student_t import density, quantile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.intp]

_TAIL = 1e-2            # of the noise's law, beyond which a value may be a spike
# Before any run was seen: 1.4 spikes in four values, of sizes that fall like those of a Pareto law. The 2,000 values
# of a suite of a hundred benchmarks say that there are none, the twenty of a small one cannot.
_SPIKES, _VALUES = 1.4, 4.0
_STEEPNESS, _STEEPNESS_WEIGHT = 1.6, 1.0
_OWN_VALUES = 50.0      # values that the suite's rate is worth beside a benchmark's own
_TURNS = 20


@dataclass(frozen=True, kw_only=True)
class Spikes:
    """How often a run of each benchmark spikes in one direction, and how far."""

    seen: Floats            # of each benchmark: the rate has a beta law with these two parameters
    usual: Floats
    start: float            # standardised size from which a value may be one
    steepness: float        # a spike exceeds x · start with probability x^(-steepness)

    @property
    def rate(self) -> Floats:
        """The probability that a run spikes."""
        return self.seen / (self.seen + self.usual)

    def numbers(self, runs: Counts) -> Iterator[Floats]:
        """For k = 0, 1, … the logarithm of the probability that k of so many runs of each benchmark spike.

        The beta-binomial law (Skellam 1948), P(k) = C(m, k) B(k + a, m - k + b) / B(a, b), each from the one before. As
        nobody knows the rate, two spikes in three runs are likelier than its square says.
        """
        log = np.zeros(runs.shape)
        for run in range(int(runs.max())):
            log += np.where(run < runs, np.log((self.usual + run) / (self.seen + self.usual + run)), 0.0)
        yield log
        for spiked in range(1, int(runs.max()) + 1):
            left = runs - spiked
            with np.errstate(divide="ignore"):      # more spikes than runs: the logarithm of 0
                log = log + np.log(np.maximum(left + 1, 0) * (self.seen + spiked - 1)
                                   / (spiked * (self.usual + np.maximum(left, 0))))
            yield log


def learnt_spikes(standard: Floats, counts: Counts, degrees: float) -> Spikes:
    """From runs by benchmarks of deviations in standard errors, NaN where there is none, and how many each has.

    A mixture of the noise's law, Student's with so many degrees of freedom, and a Pareto law from `start` on, fitted by
    expectation and maximisation (Dempster, Laird and Rubin 1977), what is expected before any run being further values:
    one that just passes `start`, as some of pure noise do, hardly counts as a spike, one far off does. The Pareto law's
    exponent is Hill's estimate (1975). A benchmark's own rate is that of its own spikes, drawn to the suite's.
    """
    start = float(quantile(_TAIL, degrees))
    with np.errstate(invalid="ignore"):
        beyond = standard > start
    values = int(counts.sum())
    size = np.minimum(standard[beyond], 1e6)
    far = np.log(size / start)
    log_noise = np.log(np.maximum(density(size, degrees), 1e-300))
    rate, steepness = _SPIKES / _VALUES, _STEEPNESS
    for _ in range(_TURNS):
        log_odds = np.log(rate * steepness / start) - (steepness + 1) * far - np.log1p(-rate) - log_noise
        likely = 1 / (1 + np.exp(-np.clip(log_odds, -500, 500)))
        number = float(likely.sum())
        rate = (number + _SPIKES) / (values + _VALUES)
        steepness = (number + _STEEPNESS_WEIGHT) / (float(likely @ far) + _STEEPNESS_WEIGHT / _STEEPNESS)
    own: Floats = np.bincount(np.nonzero(beyond)[1], likely, standard.shape[1]).astype(np.float64)
    return Spikes(seen=own + _OWN_VALUES * rate, usual=counts - own + _OWN_VALUES * (1 - rate), start=start,
                  steepness=steepness)
