"""The tests between two stretches, against scipy's and least squares; where a border is, by trying all places."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from repo_vitals.stats.neighbours import placed, rank_p, slope_p, step_p

SEEDS = st.integers(0, 10_000)


def split(seed: int) -> tuple[np.ndarray, int]:
    rng = np.random.default_rng(seed)
    before, after = rng.integers(6, 30, 2)
    return np.concatenate([rng.normal(0, 1, before), rng.normal(rng.choice([0, 1, 6]), 1, after)]), int(before)


@given(SEEDS)
def test_the_p_of_a_step_is_students(seed: int) -> None:
    values, start = split(seed)
    expected = stats.ttest_ind(values[:start], values[start:]).pvalue
    assert step_p([values], [[start]], inflations=[1.0])[0] == pytest.approx([expected], rel=1e-9)


@given(SEEDS)
def test_the_p_of_a_step_beside_a_slope_is_that_of_least_squares(seed: int) -> None:
    values, start = split(seed)
    time = np.arange(len(values))
    design = np.stack([np.ones(len(values)), time, time >= start], axis=1).astype(float)
    coefficients, (rest,), *_ = np.linalg.lstsq(design, values, rcond=None)
    variance = rest / (len(values) - 3) * np.linalg.inv(design.T @ design)[2, 2]
    expected = 2 * stats.t.sf(abs(coefficients[2]) / np.sqrt(variance), len(values) - 3)
    assert slope_p([values], [[start]], inflations=[1.0])[0] == pytest.approx([expected], rel=1e-6)


@given(SEEDS)
def test_the_p_of_ranks_is_that_of_mann_and_whitney(seed: int) -> None:
    values, start = split(seed)
    expected = stats.mannwhitneyu(values[:start], values[start:], method="asymptotic").pvalue
    apart = values[:start].max() < values[start:].min() or values[:start].min() > values[start:].max()
    assert rank_p(values, [start], inflation=1.0) == pytest.approx([0.0 if apart else expected], rel=1e-9)


def test_stretches_that_do_not_vary_differ_for_sure_or_not_at_all() -> None:
    values = np.array([1.0] * 8 + [2.0] * 8 + [2.0] * 4)
    assert step_p([values], [[8, 16]], inflations=[1.0])[0].tolist() == [0.0, 1.0]


def test_a_pure_slope_is_no_step() -> None:
    values = np.linspace(0, 1, 40) + np.random.default_rng(1).normal(0, 0.05, 40)
    assert step_p([values], [[20]], inflations=[1.0])[0][0] < 1e-6
    assert slope_p([values], [[20]], inflations=[1.0])[0][0] > 0.05


def test_autocorrelation_makes_every_test_less_sure() -> None:
    values, start = split(4)
    for test in (step_p, slope_p):
        (more,), (less,) = test([values, values], [[start], [start]], inflations=[3.0, 1.0])
        assert more > less
    assert rank_p(values, [start], inflation=3.0)[0] > rank_p(values, [start], inflation=1.0)[0]


def test_series_that_are_tested_together_are_tested_as_each_alone() -> None:
    series, starts = zip(*[(values, [start]) for values, start in map(split, range(6))], strict=True)
    inflations = [1.0, 2.0, 3.0] * 2
    for test in (step_p, slope_p):
        together = test(series, starts, inflations=inflations)
        alone = [test([values], [places], inflations=[inflation])[0]
                 for values, places, inflation in zip(series, starts, inflations, strict=True)]
        assert [one.tolist() for one in together] == [pytest.approx(one.tolist(), rel=1e-12) for one in alone]


@given(SEEDS)
def test_a_start_goes_to_where_two_means_fit_best(seed: int) -> None:
    values, start = split(seed)
    values[len(values) // 3] = np.nan
    present = np.flatnonzero(~np.isnan(values))
    kept = values[present]
    best = min(range(2, len(kept) - 1), key=lambda at: ((kept[:at] - kept[:at].mean()) ** 2).sum()
               + ((kept[at:] - kept[at:].mean()) ** 2).sum())
    assert placed(values, [start]) == [present[best]]
