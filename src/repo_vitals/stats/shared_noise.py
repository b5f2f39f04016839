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
_REGRESSIONS = 5
_CHUNK = 256        # series at once, for the sake of memory
_FIRST_CUT = 12.0
_FACTOR_PRIOR = 0.5     # variance ratios of the ridge priors
_LOADING_PRIOR = 2.0


def spread(rows: Floats) -> Floats:
    """Median absolute value of each row over that of the normal law; 0 for a row without values."""
    if not np.isnan(rows).any():
        return middle(np.abs(rows)) / NORMAL
    some = ~np.isnan(rows).all(axis=1)
    found = np.zeros(len(rows))
    if some.any():
        found[some] = middle(np.abs(rows[some])) / NORMAL
    return found


def middle(rows: Floats) -> Floats:
    """Median of each row's values, NaN left out; much faster than numpy's for rows that have no NaN."""
    return np.median(rows, axis=1) if not np.isnan(rows).any() else np.asarray(np.nanmedian(rows, axis=1))


def shared(residuals: Floats) -> Floats:
    """What of each series' residuals (a row each, NaN where missing) the other series of the same runs tell.

    A model of one or two factors (the runner's speed; the state of its memory): residual = loading · factor + rest,
    fitted by alternating ridge regressions with weights that fall with the rest's size, so that a benchmark's own
    outlier moves no factor (robust principal components, as in Maronna and Yohai 2008). Each series' factors are then
    estimated from the other series alone, its loading by robust regression on them, and the product is given where it
    explains at least `WORTH` of the series' variance; elsewhere, and for series that do not vary, 0.
    """
    told = np.zeros_like(residuals)
    scales = spread(residuals)
    rows = np.flatnonzero(scales > 0)
    if len(rows) < 2:
        return told
    present = ~np.isnan(residuals[rows])
    values = np.where(present, residuals[rows] / scales[rows, None], 0.0)
    best = np.sum(np.clip(values, -3, 3) ** 2, axis=1)
    for number in range(1, min(MOST_FACTORS, max(1, len(rows) // _SERIES_A_FACTOR)) + 1):
        weights, loadings = (_loadings(values, present, number) if len(rows) > 2
                             else (present.astype(np.float64), np.ones((2, 1))))
        moments, products = _sums(weights, loadings, values)
        for start in range(0, len(rows), _CHUNK):
            part = slice(start, start + _CHUNK)
            factors = (_left_out(moments, products, weights[part], loadings[part], values[part]) if len(rows) > 2
                       else values[::-1, :, None])
            guess = _regressed(values[part], factors, present[part])
            left = np.sum(np.clip(np.where(present[part], values[part] - guess, 0.0), -3, 3) ** 2, axis=1)
            better = left < best[part] * (1 - WORTH)
            best[part] = np.where(better, left, best[part])
            told[rows[part][better]] = guess[better] * scales[rows[part][better], None]
    return told


def _loadings(values: Floats, present: NDArray[np.bool_], number: int) -> tuple[Floats, Floats]:
    """Weights (a row a series, a column a run) and loadings (a row a series) of the robust model."""
    runs = values.shape[1]
    first = np.clip(values, -_FIRST_CUT, _FIRST_CUT)
    if len(first) <= runs:
        left = np.linalg.eigh(first @ first.T)[1][:, :-number - 1:-1]
    else:
        left = first @ np.linalg.eigh(first.T @ first)[1][:, :-number - 1:-1]
        left = left / (np.linalg.norm(left, axis=0) + 1e-300)
    loadings: Floats = left * np.linalg.norm(first.T @ left, axis=0) / np.sqrt(runs)
    factors: Floats = first.T @ left
    factors = factors / (np.sqrt(np.mean(factors**2, axis=0)) + 1e-9)
    weights: Floats = present.astype(np.float64)
    prior = np.eye(number) * _FACTOR_PRIOR
    for _ in range(_ROUNDS):
        rest = np.where(present, values - loadings @ factors.T, np.nan)
        scale = np.maximum(spread(rest), 1e-3)[:, None]
        trust = np.where(present, _trust(np.where(present, rest, 0.0) / scale), 0.0)
        weights = trust / scale**2
        moments, products = _sums(weights, loadings, values)
        factors = _solved(moments + prior, products)
        factors = factors / (np.sqrt(np.mean(factors**2, axis=0)) + 1e-9)
        moments, products = _sums(trust.T, factors, values.T)
        loadings = _solved(moments + prior, products)
    return weights, loadings


def _sums(weights: Floats, known: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Normal equations of each column's regression on the rows' known coefficients."""
    number = known.shape[1]
    pairs = (known[:, :, None] * known[:, None, :]).reshape(len(known), number * number)
    return (weights.T @ pairs).reshape(-1, number, number), (weights * values).T @ known


def _left_out(moments: Floats, products: Floats, weights: Floats, loadings: Floats, values: Floats) -> Floats:
    """For each of some series the factors (series, runs, factors) without what it adds itself to their equations."""
    pairs = loadings[:, None, :, None] * loadings[:, None, None, :]
    others = moments - weights[..., None, None] * pairs + np.eye(loadings.shape[1]) * _FACTOR_PRIOR
    right = products - (weights * values)[..., None] * loadings[:, None, :]
    return _solved(others, right)


def _regressed(values: Floats, factors: Floats, present: NDArray[np.bool_]) -> Floats:
    """What the factors say of each series: robust regression with a weak prior at 0."""
    weights = present * 1.0
    prior = np.eye(factors.shape[2]) * _LOADING_PRIOR
    guess = np.zeros_like(values)
    for _ in range(_REGRESSIONS):
        weighted = np.swapaxes(factors * weights[..., None], 1, 2)
        loadings = _solved(weighted @ factors + prior, (weighted @ values[..., None])[..., 0])
        guess = (factors @ loadings[..., None])[..., 0]
        rest = values - guess
        scale = spread(np.where(present, rest, np.nan)) + 1e-9
        weights = present * _trust(rest / scale[:, None])
    return guess


def _solved(matrices: Floats, right: Floats) -> Floats:
    """Solutions of many systems of one or two equations."""
    if right.shape[-1] == 1:
        return right / matrices[..., 0]
    a, b, c, d = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 1, 0], matrices[..., 1, 1]
    x, y = right[..., 0], right[..., 1]
    return np.stack([d * x - b * y, a * y - c * x], axis=-1) / (a * d - b * c)[..., None]


def _trust(deviations: Floats) -> Floats:
    sizes = np.maximum(np.abs(deviations) / _CUT, 1.0)
    return 1 / (sizes * sizes)
