"""The best division of a series, against every division there is."""
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.stats.partitioning import levels, partitions, stretches

VALUES = st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=6, max_size=10)


def every_division(length: int, first: int = 0) -> list[list[int]]:
    """All lists of starts."""
    return [[], *([start, *rest] for start in range(first + 1, length) for rest in every_division(length, start))]


def cost(row: np.ndarray, starts: list[int], penalty: float, shortest: int, shortest_last: int) -> float:
    total = 0.0
    parts = [part[~np.isnan(part)] for part in (row[first:end] for first, end in stretches(starts, len(row)))]
    for index, part in enumerate(parts):
        if len(part) < (shortest_last if index == len(parts) - 1 else shortest):
            return math.inf if len(parts) > 1 else 0.0
        total += ((part - part.mean()) ** 2).sum() + penalty
    return total


@given(VALUES, st.floats(0.1, 5), st.sampled_from([(1, 1), (3, 2), (2, 2)]))
def test_no_division_costs_less(values: list[float | None], penalty: float, least: tuple[int, int]) -> None:
    row = np.array([math.nan if value is None else value for value in values])
    (starts,) = partitions(row[None, :], np.array([penalty]), shortest=least[0], shortest_last=least[1])
    cheapest = min(cost(row, one, penalty, *least) for one in every_division(len(row)))
    assert cost(row, starts, penalty, *least) == pytest.approx(cheapest, abs=1e-9)
    assert not any(np.isnan(row[start]) for start in starts)


def test_series_that_are_divided_together_are_divided_as_each_alone() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(0, 1, (150, 70)) + 5 * (np.arange(70) >= rng.integers(10, 60, (150, 1)))
    rows[3::7, 20] = math.nan
    penalties = rng.uniform(2, 20, 150)
    together = partitions(rows, penalties, shortest=4, shortest_last=3)
    assert together == [partitions(row[None, :], penalty[None], shortest=4, shortest_last=3)[0]
                        for row, penalty in zip(rows, penalties, strict=True)]


def test_levels_are_medians_of_the_values_there_are() -> None:
    row = np.array([[1.0, math.nan, 3.0, 9.0, 8.0]])
    assert levels(row, [[3]]).tolist() == [[2.0, 2.0, 2.0, 8.5, 8.5]]
