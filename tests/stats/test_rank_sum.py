"""The Mann-Whitney test."""
from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.stats.rank_sum import SMALLEST_SAMPLE, rank_sum_p

SAMPLE = st.lists(st.integers(0, 9).map(float), min_size=SMALLEST_SAMPLE, max_size=12)


def exact(first: list[float], second: list[float]) -> float:
    """The permutation distribution, every way of dealing the values out."""
    values = [*first, *second]

    def u(one: list[float], other: list[float]) -> float:
        return sum((a > b) + 0.5 * (a == b) for a in one for b in other)
    middle = len(first) * len(second) / 2
    seen = abs(u(first, second) - middle)
    places = range(len(values))
    extreme = total = 0
    for dealt in combinations(places, len(first)):
        chosen = set(dealt)
        far = abs(u([values[place] for place in dealt], [values[place] for place in places if place not in chosen])
                  - middle)
        extreme += far >= seen - 1e-9
        total += 1
    return extreme / total


@pytest.mark.parametrize(("first", "second"), [
    ([1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16]),
    ([1, 2, 3, 4, 5, 6, 7, 20], [3, 4, 9, 10, 8, 8, 11, 12]),
    ([1, 1, 2, 2, 3, 3, 4, 4], [1, 2, 3, 4, 1, 2, 3, 4]),
])
def test_the_p_value_is_close_to_that_of_all_permutations(first: list[float], second: list[float]) -> None:
    assert rank_sum_p(first, second) == pytest.approx(exact(first, second), abs=0.02)


def test_too_few_values_are_not_tested() -> None:
    assert rank_sum_p([1.0] * (SMALLEST_SAMPLE - 1), [2.0] * 100) is None


def test_values_that_are_all_the_same_differ_in_nothing() -> None:
    assert rank_sum_p([5.0] * 9, [5.0] * 30) == 1.0


@given(SAMPLE, SAMPLE)
@settings(max_examples=200)
def test_it_is_a_probability_the_same_from_either_side_and_in_any_unit(first: list[float], second: list[float]) -> None:
    p = rank_sum_p(first, second)
    assert p is not None
    assert 0 <= p <= 1
    assert rank_sum_p(second, first) == pytest.approx(p)
    assert rank_sum_p([60 * value + 3 for value in first], [60 * value + 3 for value in second]) == pytest.approx(p)
