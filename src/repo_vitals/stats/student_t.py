"""Student's t distribution over arrays: tail probability and quantile. Pure; needs numpy."""
from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_ROUNDS = 300
_TINY = 1e-300
_NORMAL = 1e15      # degrees of freedom from which the law is the normal one
_NODES = 1500       # of a table
_MANY = 500         # degrees of freedom from which the expansion about the normal law is as good as the fraction
_log_gamma = np.frompyfunc(math.lgamma, 1, 1)
_erfc = np.frompyfunc(math.erfc, 1, 1)
_normal_quantile = np.frompyfunc(NormalDist().inv_cdf, 1, 1)


def upper_tail(t: ArrayLike, df: ArrayLike) -> Floats:
    """The probability of a value above `t` with `df` degrees of freedom (positive; infinite for the normal law).

    Half of the regularised incomplete beta function I_x(df/2, 1/2) at x = df / (df + t²) (Abramowitz, Stegun 26.7.1);
    for many degrees of freedom the normal law at Hill's transformation of t (1970, Algorithm 395). Relative error below
    1e-9 up to t = 12 and, with few degrees of freedom, beyond. Raises ValueError for degrees of freedom that are none.
    """
    values, degrees = np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(df, dtype=float))
    if not np.all(degrees > 0):
        raise ValueError("degrees of freedom are above 0")
    tail = np.empty(values.shape)
    many = degrees >= _MANY
    tail[many] = np.asarray(_erfc(_normal_of(np.abs(values[many]), degrees[many]) / math.sqrt(2)), dtype=float) / 2
    v, d = np.abs(values[~many]), degrees[~many]
    with np.errstate(over="ignore"):
        ratio = np.minimum((v / d) * v, 1e300)              # t²/df
    tail[~many] = _beta(1 / (1 + ratio), ratio / (1 + ratio), d) / 2
    return np.where(values >= 0, tail, 1 - tail)


def quantile(upper: ArrayLike, df: ArrayLike) -> Floats:
    """The t that `upper` of the probability lies above (0 < upper < 1): the inverse of `upper_tail`.

    Newton's steps on the tail's logarithm over that of t, in which a Student tail is nearly straight, with halving
    where a step would leave the interval that is known to hold the answer. Raises ValueError outside (0, 1).
    """
    if np.ndim(upper) == 0 and np.size(df) > 1:     # the benchmarks of a suite have few different degrees of freedom
        kinds, which = np.unique(np.asarray(df, dtype=float), return_inverse=True)
        return np.asarray(_quantile(np.full(kinds.shape, upper, dtype=float), kinds)[which].reshape(np.shape(df)))
    return _quantile(*np.broadcast_arrays(np.asarray(upper, dtype=float), np.asarray(df, dtype=float)))


def _quantile(tails: Floats, degrees: Floats) -> Floats:
    if not np.all((tails > 0) & (tails < 1)):
        raise ValueError("a tail lies between 0 and 1")
    wanted = np.minimum(tails, 1 - tails)
    low, high = np.zeros(wanted.shape), np.full(wanted.shape, np.inf)
    # The start is Hill's transformation of the normal quantile turned round, in its first term.
    normal = -np.asarray(_normal_quantile(np.maximum(wanted, _TINY)), dtype=float)
    few = np.minimum(degrees, _NORMAL)
    t = np.sqrt(few * np.expm1(np.minimum(normal * normal / np.maximum(few - 0.5, 0.5), 200.0)))
    t = np.where(wanted == 0.5, 0.0, np.where(degrees > _NORMAL, normal, t))
    for _ in range(_ROUNDS):
        tail = upper_tail(t, degrees)
        above = tail > wanted
        low, high = np.where(above, t, low), np.where(above, high, t)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = t * np.exp((np.log(tail) - np.log(wanted)) * tail / (t * _density(t, degrees)))
        halved = np.where(np.isinf(high), 2 * low, (low + high) / 2)
        step = np.where(wanted == 0.5, 0.0, step)
        settled = np.abs(step - t) <= 1e-10 * t         # false where the step is no number; Newton doubles the digits
        new = np.where(settled | ((step > low) & (step < high)), step, halved)
        settled |= np.abs(new - t) <= 1e-13 * t         # halved to the end
        t = new
        if np.all(settled):
            break
    return np.where(tails <= 0.5, t, -t)


def _normal_of(t: Floats, df: Floats) -> Floats:
    finite = np.minimum(df, 1e100)
    a = finite - 0.5
    b = 48 * a * a
    with np.errstate(over="ignore"):
        y = np.where(df > 1e100, t * t, a * np.log1p(np.minimum((t / finite) * t, 1e300)))
        y = np.minimum(y, 1e90)
    normal = (((((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b) + y + 3) / b + 1) * np.sqrt(y)
    return np.asarray(normal)


def density(t: ArrayLike, df: ArrayLike) -> Floats:
    """The density at `t` with `df` degrees of freedom (positive, finite): less the derivative of `upper_tail`.

    (1 + t²/df)^(-(df+1)/2) / (√df B(df/2, 1/2)), Abramowitz and Stegun 26.7.1 under the integral.
    """
    return _density(*np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(df, dtype=float)))


def _density(t: Floats, df: Floats) -> Floats:
    return np.asarray(np.exp(-_log_beta(df) - 0.5 * np.log(df) - (df + 1) / 2 * np.log1p((t / df) * t)))


def _beta(x: Floats, rest: Floats, df: Floats) -> Floats:
    """I_x(df/2, 1/2), `rest` being 1 - x without its rounding."""
    a, b = df / 2, np.full(df.shape, 0.5)
    swap = x > (a + 1) / (a + b + 2)        # the fraction converges fast on this side only
    p, q = np.where(swap, b, a), np.where(swap, a, b)
    u = np.where(swap, rest, x)
    with np.errstate(divide="ignore"):
        # log1p, since the one of x and rest that is near 1 has lost what it differs from 1 by.
        log_x = np.where(x > 0.5, np.log1p(-rest), np.log(x))
        log_rest = np.where(x > 0.5, np.log(rest), np.log1p(-x))
        front = np.exp(a * log_x + b * log_rest - _log_beta(df)) / p
    value = front * _fraction(p, q, u)
    return np.asarray(np.where(swap, 1 - value, value))


def _log_beta(df: Floats) -> Floats:
    """log B(df/2, 1/2): by log-gamma and, where that cancels, by a series (Abramowitz, Stegun 6.1.47)."""
    a = df / 2
    few, many = np.minimum(a, _MANY), np.maximum(a, _MANY)
    exact = np.asarray(_log_gamma(few), dtype=float) - np.asarray(_log_gamma(few + 0.5), dtype=float)
    series = -0.5 * np.log(many) - np.log1p(-1 / (8 * many) + 1 / (128 * many * many))
    return np.asarray(np.where(a < _MANY, exact, series) + 0.5 * math.log(math.pi))


def _fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """The continued fraction of the incomplete beta function, by Lentz's method (Press et al. 2007, 6.4)."""
    c = np.ones(x.shape)
    d = 1 / _not_zero(1 - (a + b) * x / (a + 1))
    result = d.copy()
    for m in range(1, _ROUNDS):
        for step in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 / _not_zero(1 + step * d)
            c = _not_zero(1 + step / c)
            change = d * c
            result = result * change
        if np.all(np.abs(change - 1) < 1e-15):
            break
    return np.asarray(result)


def _not_zero(value: Floats) -> Floats:
    value[np.abs(value) < _TINY] = _TINY
    return value


class TailTable:
    """`upper_tail` by a table, for searches that ask for it many times: within a relative 1e-4 up to t = 1e4, 0 beyond.

    `degrees` has one entry for each benchmark; t is asked for with the benchmarks along its last axis.
    """

    def __init__(self, degrees: Floats) -> None:
        kinds, which = np.unique(degrees, return_inverse=True)
        # Evenly in asinh t, in which the logarithm of the tail bends least.
        self._furthest = float(np.arcsinh(1e4))
        nodes = np.sinh(np.linspace(0, self._furthest, _NODES + 1))
        logs = np.log(np.maximum(upper_tail(nodes[None, :], kinds[:, None]), _TINY))
        self._logs, self._row = logs.ravel(), which * (_NODES + 1)

    def __call__(self, t: Floats) -> Floats:
        """The tails beyond t."""
        position = np.arcsinh(np.abs(t)) * (_NODES / self._furthest)
        node = np.minimum(position.astype(np.intp), _NODES - 1)
        place = self._row + node
        below = self._logs[place]
        tail = np.exp(below + (position - node) * (self._logs[place + 1] - below))
        return np.where(t >= 0, np.where(position > _NODES, 0.0, tail), 1 - tail)
