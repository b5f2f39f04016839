"""Student's t, beside scipy's."""
from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from repo_vitals.stats.student_t import TailTable, density, quantile, upper_tail

DEGREES = np.concatenate([np.geomspace(0.5, 1e9, 40), [np.inf]])[:, None]


def test_the_tail_is_scipys_to_nine_digits() -> None:
    t = np.concatenate([[0.0, 1e-300, 1e-8], np.geomspace(1e-3, 12, 60)])
    t = np.concatenate([-t, t])
    assert upper_tail(t, DEGREES) == pytest.approx(stats.t.sf(t, DEGREES), rel=1e-9)


def test_the_far_tail_of_few_degrees_of_freedom_is_scipys() -> None:
    t = np.geomspace(12, 1e12, 40)
    assert upper_tail(t, DEGREES[:8]) == pytest.approx(stats.t.sf(t, DEGREES[:8]), rel=1e-9)


def test_the_density_is_scipys_to_nine_digits() -> None:
    t = np.concatenate([[-3.0, 0.0, 1e-8], np.geomspace(1e-3, 30, 40)])
    assert density(t, DEGREES[:20]) == pytest.approx(stats.t.pdf(t, DEGREES[:20]), rel=1e-9)


def test_the_quantile_is_scipys_to_nine_digits() -> None:
    tails = np.concatenate([np.geomspace(1e-12, 0.5, 30), 1 - np.geomspace(1e-6, 0.4, 10)])
    assert quantile(tails, DEGREES) == pytest.approx(stats.t.isf(tails, DEGREES), rel=1e-9, abs=1e-12)


def test_infinitely_far_out_there_is_nothing() -> None:
    assert upper_tail(np.array([1e300, -1e300]), 5.0).tolist() == [0.0, 1.0]


def test_the_table_is_the_tail_to_four_digits_and_nothing_beyond_its_end() -> None:
    degrees = np.array([1.5, 22.0, 22.0, 400.0])
    table = TailTable(degrees)
    for t in (-3.0, 0.0, 0.7, 5.0, 30.0):
        tails = np.maximum(stats.t.sf(t, degrees), 1e-290)
        assert np.maximum(table(np.full(4, t)), 1e-290) == pytest.approx(tails, rel=5e-4)
    assert table(np.full(4, 1e5)).tolist() == [0.0] * 4


@pytest.mark.parametrize("tail", [0.0, 1.0, -0.1, float("nan")])
def test_a_tail_that_is_no_probability_is_refused(tail: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(tail, 5.0)


@pytest.mark.parametrize("degrees", [0.0, -1.0, float("nan")])
def test_degrees_of_freedom_that_are_none_are_refused(degrees: float) -> None:
    with pytest.raises(ValueError, match="degrees of freedom"):
        upper_tail(1.0, degrees)
