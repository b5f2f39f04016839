"""What the runs of a suite have in common: the runner's speed, which moves all its benchmarks. Pure; needs numpy."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NORMAL = 0.6744897501960817     # median absolute deviation of the standard normal law
MOST_FACTORS = 2
WORTH = 0.1         # share of a series' variance that the others must explain before it is corrected by them
_SERIES_A_FACTOR = 4
_CUT = 2.5          # in deviations: residuals beyond count less, with the inverse square of their size
_ROUNDS = 8
_FIRST_CUT = 12.0
_FACTOR_PRIOR = 0.5     # variance ratios of the ridge priors
_LOADING_PRIOR = 2.0


def spread(rows: Floats) -> Floats:
    """Median absolute value of each row over that of the normal law; 0 for a row without values."""
    some = ~np.isnan(rows).all(axis=1)
    found = np.zeros(len(rows))
    if some.any():
        found[some] = np.nanmedian(np.abs(rows[some]), axis=1) / NORMAL
    return found


def shared(residuals: Floats) -> Floats:
    """What of each series' residuals (series × runs, NaN where missing) the other series of the same runs tell.

    A model of one or two factors (the runner's speed; the state of its memory): residual = loading · factor + rest,
    fitted by alternating ridge regressions with weights that fall with the rest's size, so that a benchmark's own outlier
    moves no factor (robust principal components as in Maronna and Yohai 2008). Each series' factors are then estimated
    from the other series alone, its loading by robust regression on them, and the product is given where it explains at
    least `WORTH` of the series' variance; elsewhere, and for series that do not vary, 0.
    """
    told = np.zeros_like(residuals)
    scales = spread(residuals)
    rows = np.flatnonzero(scales > 0)
    if len(rows) < 2:
        return told
    missing = np.isnan(residuals[rows])
    values = np.where(missing, 0.0, residuals[rows] / scales[rows, None])
    present = ~missing
    best = np.sum(np.clip(values, -3, 3) ** 2, axis=1)
    for number in range(1, min(MOST_FACTORS, max(1, len(rows) // _SERIES_A_FACTOR)) + 1):
        weights, loadings = _loadings(values, present, number) if len(rows) > 2 else (present * 1.0, np.ones((2, 1)))
        moments, products = _sums(weights, loadings, values)
        for index, row in enumerate(rows):
            if len(rows) == 2:
                factors = values[1 - index][:, None]
            else:
                factors = _solved(moments, products, weights[index], loadings[index], values[index])
            guess = _regressed(values[index], factors, present[index])
            left = float(np.sum(np.clip((values[index] - guess)[present[index]], -3, 3) ** 2))
            if left < best[index] * (1 - WORTH):
                best[index] = left
                told[row] = guess * scales[row]
    return told


def _loadings(values: Floats, present: NDArray[np.bool_], number: int) -> tuple[Floats, Floats]:
    """Weights (series × runs) and loadings (series × factors) of the robust model."""
    runs = values.shape[1]
    left, sizes, right = np.linalg.svd(np.clip(values, -_FIRST_CUT, _FIRST_CUT), full_matrices=False)
    factors = right[:number].T * np.sqrt(runs)
    loadings = left[:, :number] * sizes[:number] / np.sqrt(runs)
    weights = present * 1.0
    prior = np.eye(number) * _FACTOR_PRIOR
    for _ in range(_ROUNDS):
        rest = np.where(present, values - loadings @ factors.T, np.nan)
        scale = np.maximum(spread(rest), 1e-3)[:, None]
        trust = np.where(present, _trust(np.where(present, rest, 0.0) / scale), 0.0)
        weights = trust / scale**2
        moments, products = _sums(weights, loadings, values)
        factors = np.linalg.solve(moments + prior, products[..., None])[..., 0]
        factors = factors / (np.sqrt(np.mean(factors**2, axis=0)) + 1e-9)
        moments, products = _sums(trust.T, factors, values.T)
        loadings = np.linalg.solve(moments + prior, products[..., None])[..., 0]
    return weights, loadings


def _sums(weights: Floats, known: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Normal equations of each column's regression on the rows' known coefficients."""
    number = known.shape[1]
    pairs = (known[:, :, None] * known[:, None, :]).reshape(len(known), number * number)
    return (weights.T @ pairs).reshape(-1, number, number), (weights * values).T @ known


def _solved(moments: Floats, products: Floats, weights: Floats, loading: Floats, values: Floats) -> Floats:
    """The factors (runs × factors) without what one series adds to their equations."""
    number = len(loading)
    others = moments - weights[:, None, None] * np.outer(loading, loading) + np.eye(number) * _FACTOR_PRIOR
    right = products - (weights * values)[:, None] * loading
    if number == 1:
        return right / others[:, 0]
    return np.linalg.solve(others, right[..., None])[..., 0]


def _regressed(values: Floats, factors: Floats, present: NDArray[np.bool_]) -> Floats:
    """What the factors say of a series: robust regression with a weak prior at 0."""
    weights = present * 1.0
    prior = np.eye(factors.shape[1]) * _LOADING_PRIOR
    guess = np.zeros_like(values)
    for _ in range(5):
        weighted = factors * weights[:, None]
        guess = factors @ np.linalg.solve(weighted.T @ factors + prior, weighted.T @ values)
        rest = values - guess
        scale = float(np.median(np.abs(rest[present]))) / NORMAL + 1e-9
        weights = present * _trust(rest / scale)
    return guess


def _trust(deviations: Floats) -> Floats:
    sizes = np.maximum(np.abs(deviations) / _CUT, 1.0)
    return 1 / (sizes * sizes)
