"""Variances of many benchmarks, each steadied by what the others' are like. Pure; needs numpy."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 3              # benchmarks that a prior can be learnt from
MOST_DEGREES = 50.0     # however alike the variances look: that of a handful of benchmarks looks alike by chance
# Where there are too few benchmarks to learn from: the middle of what hosted runners show, worth two runs.
USUAL_SPREAD = 0.03     # standard deviation of logarithms
USUAL_DEGREES = 2.0
_ROUNDING = 1e-22       # a variance of logarithms that is none


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What a variance is expected to be, and how many degrees of freedom that is worth."""

    variance: float
    degrees: float

    def moderated(self, squares: Floats, degrees: Floats) -> Floats:
        """Variances from sums of squares: the posterior mean of Smyth (2004), section 3."""
        return np.asarray((self.degrees * self.variance + squares) / (self.degrees + degrees))


def learnt_prior(variances: Floats, degrees: Floats) -> Prior:
    """The scaled inverse chi-square law that the variances (zeros aside) come from, by their logarithms' moments.

    Smyth 2004, Linear models and empirical Bayes methods for assessing differential expression, section 6.2 (`fitFDist`
    of limma): log s² less digamma(d/2) - log(d/2) has the mean of the prior's logarithm, and its variance less the mean
    trigamma(d/2) is trigamma(d₀/2).
    """
    telling = variances > _ROUNDING
    if telling.sum() < FEWEST:
        return Prior(variance=USUAL_SPREAD**2, degrees=USUAL_DEGREES)
    half = degrees[telling] / 2
    level = np.log(variances[telling]) - digamma(half) + np.log(half)
    mean = float(level.mean())
    extra = float(level.var(ddof=1) - trigamma(half).mean())
    if extra <= float(trigamma(np.array(MOST_DEGREES / 2))):
        return Prior(variance=float(np.exp(mean)), degrees=MOST_DEGREES)
    prior = float(inverse_trigamma(extra))
    shift = float(digamma(np.array(prior))) - float(np.log(prior))
    return Prior(variance=float(np.exp(mean + shift)), degrees=2 * prior)


def digamma(x: Floats) -> Floats:
    """The derivative of log Γ at x > 0: recurrence up to 10, then the series (Abramowitz and Stegun 6.3.18)."""
    x, total = np.array(x, dtype=float), np.zeros(np.shape(x))
    for _ in range(10):
        small = x < 10
        if not small.any():
            break
        total = total - np.where(small, 1 / x, 0)
        x = np.where(small, x + 1, x)
    y = 1 / (x * x)
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132))))
    return np.asarray(total + np.log(x) - 0.5 / x - series)


def trigamma(x: Floats) -> Floats:
    """The second derivative of log Γ at x > 0, likewise (Abramowitz and Stegun 6.4.12)."""
    x, total = np.array(x, dtype=float), np.zeros(np.shape(x))
    for _ in range(10):
        small = x < 10
        if not small.any():
            break
        total = total + np.where(small, 1 / (x * x), 0)
        x = np.where(small, x + 1, x)
    y = 1 / (x * x)
    series = y * (1 / 6 - y * (1 / 30 - y * (1 / 42 - y * (1 / 30 - 5 * y / 66))))
    return np.asarray(total + 1 / x + y / 2 + series / x)


def inverse_trigamma(value: float) -> float:
    """The x at which `trigamma` is `value` (above 0): the secant method on 1/trigamma, which is nearly straight in x.

    The straightness, and the start above the root, are Smyth's (2004, appendix).
    """
    def off(x: float) -> float:
        return 1 / float(trigamma(np.array(x))) - 1 / value

    one = 0.5 + 1 / value
    other = one * 1.01
    at_one, at_other = off(one), off(other)
    for _ in range(60):
        if at_one == at_other or abs(other - one) <= 1e-13 * one:
            break
        # Never to 0 or below, where there is no trigamma.
        one, other = other, max(other - at_other * (other - one) / (at_other - at_one), other / 10)
        at_one, at_other = at_other, off(other)
    return other
