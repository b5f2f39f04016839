"""Single runs of a benchmark that lie far from the others: how often they come, and how large. Pure; needs numpy."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repo_vitals.frozen import dataclass
from repo_vitals.stats.student_t import density, quantile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.intp]

_TAIL = 1e-2            # of the noise's law, beyond which a value may be a spike
# Before any run was seen: of a suite that spikes, 1.4 spikes in four values, of sizes that fall like those of a Pareto
# law; and how likely it is that a suite's runs never spike. So little that some hundred values like noise's hardly
# change anything, and the 2,000 of a suite of a hundred benchmarks mostly settle it.
_SPIKES, _VALUES = 1.4, 4.0
_STEEPNESS, _STEEPNESS_WEIGHT = 1.6, 1.0
_NEVER = 3e-5
_LOG_ODDS = np.arange(-25.0, 10.0, 0.25)    # of rates, for the integral over all of them
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


def learnt_spikes(standard: Floats, counts: Counts, degrees: float) -> tuple[Spikes, Spikes]:
    """Upwards and downwards, from runs by benchmarks of deviations in standard errors, NaN where there is none.

    `counts`: how many each benchmark has; `degrees` of freedom of the noise's law, Student's. All spikes count by the
    probability that the suite has any, which both directions tell together: thousands of values like noise's say more
    than that spikes are rare, and the rate that is left over from before they were seen outweighs the noise where it
    is as rare as a decision about a hundred benchmarks asks for.
    """
    start = float(quantile(_TAIL, degrees))
    sides = [_mixture(side, counts, degrees, start) for side in (standard, -standard)]
    values = int(counts.sum())
    log_odds = np.log(_NEVER / (1 - _NEVER)) - sum(log_bayes_factor(side.evidence, values) for side in sides)
    ever = float(1 / (1 + np.exp(np.clip(log_odds, -500, 500))))
    up, down = (Spikes(seen=ever * (side.own + _OWN_VALUES * side.rate),
                       usual=counts - ever * side.own + _OWN_VALUES * (1 - ever * side.rate),
                       start=start, steepness=side.steepness) for side in sides)
    return up, down


@dataclass(frozen=True, kw_only=True)
class _Mixture:
    own: Floats             # spikes of each benchmark, each counting by its probability
    rate: float
    steepness: float
    evidence: Floats        # of each value beyond `start`, log of the density of spikes over that of noise


def _mixture(standard: Floats, counts: Counts, degrees: float, start: float) -> _Mixture:
    """The noise's law mixed with a Pareto law from `start` on, of a suite that spikes.

    It is fitted by expectation and maximisation (Dempster, Laird and Rubin 1977), what is expected before any run being
    further values: one that just passes `start`, as some of pure noise do, hardly counts as a spike, one far off does.
    The Pareto law's exponent is Hill's estimate (1975). A benchmark's own rate is that of its own spikes, drawn to the
    suite's.
    """
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
    return _Mixture(own=own, rate=rate, steepness=steepness,
                    evidence=np.log(steepness / start) - (steepness + 1) * far - log_noise)


def log_bayes_factor(evidence: Floats, values: int) -> float:
    """How much likelier so many values are if some of a suite's runs spike than if none ever does, as a logarithm.

    `evidence`: of those beyond `start`, log of the density of spikes over that of noise; the others are no spikes. At a
    rate r the values are Π (1 - r + r · density of spikes / density of noise) times as likely, which is averaged over
    the law that the rate has before any was seen (Kass and Raftery 1995, Bayes factors, section 2).
    """
    rare = -np.logaddexp(0, _LOG_ODDS)                  # log (1 - r)
    prior = _SPIKES * (_LOG_ODDS + rare) + (_VALUES - _SPIKES) * rare
    # A rate at a time: of a million benchmarks all at once would need gigabytes.
    likelihood = np.array([np.logaddexp(0, odds + evidence).sum() for odds in _LOG_ODDS]) + values * rare
    return float(np.logaddexp.reduce(prior + likelihood) - np.logaddexp.reduce(prior))
