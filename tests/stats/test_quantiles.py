"""Type-7 quantiles against the standard library's, and at the edges."""
from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.stats.quantiles import linear_quantile, mean

NUMBERS = st.lists(st.integers(-10**9, 10**9).map(float), min_size=2, max_size=60)


@given(NUMBERS)
def test_quantiles_agree_with_the_inclusive_method_of_the_standard_library(numbers: list[float]) -> None:
    tenths = statistics.quantiles(numbers, n=10, method="inclusive")
    assert [linear_quantile(numbers, i / 10) for i in range(1, 10)] == pytest.approx(tenths, rel=1e-9, abs=1e-6)


@given(NUMBERS)
def test_the_outer_quantiles_are_the_extremes(numbers: list[float]) -> None:
    assert (linear_quantile(numbers, 0), linear_quantile(numbers, 1)) == (min(numbers), max(numbers))


def test_nine_tenths_of_one_to_ten_is_nine_point_one() -> None:
    assert linear_quantile([float(i) for i in range(1, 11)], 0.9) == pytest.approx(9.1)


def test_one_value_is_every_quantile() -> None:
    assert linear_quantile([7.0], 0.9) == 7.0


def test_no_values_have_neither_quantile_nor_mean() -> None:
    assert linear_quantile([], 0.5) is None
    assert mean([]) is None


def test_a_quantile_beyond_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        linear_quantile([1.0], 1.5)


def test_the_mean_keeps_small_values_beside_large_ones() -> None:
    assert mean([1e16, 1.0, -1e16, 1.0]) == 0.5
