"""Steps of histories, against steps that were planted, noise that has none, and what must not matter."""
from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.stats.change_points import FEWEST_RUNS, ChangePoint, change_points
from support.histories import KINDS, history, on_one_runner

if TYPE_CHECKING:
    from collections.abc import Sequence

EXTREMES = st.sampled_from([5e-324, 1e-300, 1e300, 1.7e308])
ANY_VALUE = st.one_of(st.none(), st.integers(-3, 3).map(float), st.floats(), EXTREMES)


def indices(values: Sequence[float | None]) -> list[int]:
    return [point.index for point in change_points({"one": values})["one"]]


@pytest.mark.parametrize("kind", KINDS)
def test_noise_without_a_step_has_no_change_points(kind: str) -> None:
    alarmed = sum(bool(indices(history(kind, seed))) for seed in range(20))
    assert alarmed <= (2 if kind == "drifting" else 0), f"{alarmed} of 20 histories"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("factor", [1.2, 1 / 1.2])
def test_a_step_of_a_fifth_is_found_where_it_is_in_every_kind_of_noise(kind: str, factor: float) -> None:
    found = [indices(history(kind, seed, steps={45: factor})) for seed in range(8)]
    assert sum(any(abs(index - 45) <= 2 for index in one) for one in found) >= 7
    assert sum(len(one) for one in found) <= 9


@pytest.mark.parametrize("factor", [1.05, 1 / 1.05])
def test_a_step_of_a_twentieth_of_what_flips_by_a_fifth_is_found_with_its_size(factor: float) -> None:
    found = [change_points({"one": history("of two levels", seed, steps={45: factor})})["one"] for seed in range(8)]
    assert [len(points) for points in found] == [1] * 8
    assert all(abs(points[0].index - 45) <= 2 for points in found)
    assert [points[0].ratio for points in found] == pytest.approx([factor] * 8, rel=0.015)


def test_a_benchmark_that_flips_on_its_own_neither_moves_the_others_nor_hides_the_runners_speed() -> None:
    suite = on_one_runner(5, 8)
    rng = np.random.default_rng(1)
    for name in ("b1", "b2", "b3"):
        suite[name] = [value * (1.5 if rng.random() < 0.4 else 1) for value in suite[name]]
    for name in ("b2", "b5"):
        suite[name] = [value * (1.08 if run >= 50 else 1) for run, value in enumerate(suite[name])]
    found = {name: [point.index for point in points] for name, points in change_points(suite).items() if points}
    assert found == {"b2": [pytest.approx(50, abs=2)], "b5": [50]}


def test_several_steps_are_told_apart_with_their_sizes() -> None:
    points = change_points({"one": history("log-normal", 1, 120, {30: 1.5, 55: 1 / 1.2, 90: 1.3})})["one"]
    assert [point.index for point in points] == [30, 55, 90]
    assert [point.ratio for point in points] == pytest.approx([1.5, 1 / 1.2, 1.3], rel=0.02)
    assert points[0].before == pytest.approx(0.01, rel=0.02)
    assert [one.after for one in points[:-1]] == [other.before for other in points[1:]]
    assert all(point.ratio == pytest.approx(point.after / point.before) and 0 <= point.p < 0.001 for point in points)


def test_a_step_of_a_tenth_is_seen_after_three_runs() -> None:
    seen = [43 - run for seed in range(12) for run in [40]
            if any(abs(index - run) <= 1 for index in indices(history("log-normal", seed, 43, {run: 1.1})))]
    assert len(seen) >= 10


def test_the_runners_speed_is_no_step_of_its_benchmarks_and_hides_none() -> None:
    suite = on_one_runner(3, 12)
    suite["b4"] = [value * (1.08 if run >= 50 else 1) for run, value in enumerate(suite["b4"])]
    found = {name: [point.index for point in points] for name, points in change_points(suite).items()}
    assert found == {name: [50] if name == "b4" else [] for name in suite}
    assert change_points({"b4": suite["b4"]})["b4"] == [], "alone it does not stand out from the runner's speed"


def test_a_step_that_all_benchmarks_make_is_theirs_where_it_stands_out() -> None:
    suite = {f"b{index}": history("log-normal", index, steps={40: 1.5}) for index in range(8)}
    assert [[point.index for point in points] for points in change_points(suite).values()] == [[40]] * 8


def test_values_that_repeat_exactly_have_a_step_at_every_new_one_that_holds() -> None:
    size = [2048.0] * 30 + [2049.0] * 10 + [2048.0] * 20
    assert change_points({"size": size})["size"] == [
        ChangePoint(index=30, before=2048, after=2049, ratio=2049 / 2048, p=0),
        ChangePoint(index=40, before=2049, after=2048, ratio=2048 / 2049, p=0)]
    assert indices([2048.0] * 30 + [2049.0]) == [30], "the newest run is told at once"
    assert indices([2048.0] * 30 + [9999.0] + [2048.0] * 30) == [], "a lone value that goes back is none"
    assert indices([7.0] * 60) == []


def test_a_step_from_nothing_has_no_ratio() -> None:
    assert change_points({"allocations": [0.0] * 20 + [3.0] * 20})["allocations"] == [
        ChangePoint(index=20, before=0, after=3, ratio=None, p=0)]


def test_values_of_zero_and_less_are_searched_in_their_own_unit() -> None:
    rng = np.random.default_rng(1)
    values = [float(value) for value in rng.normal(0, 1, 60) + 8 * (np.arange(60) >= 33)]
    (point,) = change_points({"difference": values})["difference"]
    assert (point.index, point.ratio) == (33, None) or point.ratio == point.after / point.before
    assert point.after - point.before == pytest.approx(8, abs=0.8)


@pytest.mark.parametrize("values", [[], [1.0], [None] * 50, [1.0, 2.0] * (FEWEST_RUNS // 2 - 1), [math.nan] * 20])
def test_too_few_values_have_no_change_points(values: list[float | None]) -> None:
    assert indices(values) == []


def test_an_empty_suite_has_an_empty_answer() -> None:
    assert change_points({}) == {}


@settings(max_examples=20)
@given(st.dictionaries(st.text(max_size=3), st.lists(ANY_VALUE, max_size=20), max_size=3))
def test_no_values_raise_and_every_point_is_a_run_with_a_value(suite: dict[str, list[float | None]]) -> None:
    found = change_points(suite)
    assert found.keys() == suite.keys()
    for name, points in found.items():
        places = [point.index for point in points]
        assert places == sorted(set(places))
        for point in points:
            value = suite[name][point.index]
            assert value is not None
            assert math.isfinite(value)
            assert 0 <= point.p <= 1
            assert point.ratio is None or point.ratio > 0


@settings(max_examples=15)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 1000), st.sampled_from([1.1, 1.3, 0.8]), st.floats(1e-9, 1e9))
def test_another_unit_changes_nothing_but_the_levels(kind: str, seed: int, step: float, scale: float) -> None:
    values = history(kind, seed, 60, {30: step})
    first = change_points({"one": values})["one"]
    second = change_points({"one": [value * scale for value in values]})["one"]
    assert [point.index for point in second] == [point.index for point in first]
    assert [point.after for point in second] == pytest.approx([point.after * scale for point in first])
    assert [point.ratio for point in second] == pytest.approx([point.ratio for point in first])


@settings(max_examples=10)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_neither_the_order_of_series_nor_one_that_is_constant_matters(seed: int, random: object) -> None:
    suite = on_one_runner(seed, 6, 60)
    suite["b1"] = [value * (1.2 if run >= 30 else 1) for run, value in enumerate(suite["b1"])]
    names = list(suite)
    random.shuffle(names)  # type: ignore[attr-defined]
    expected = change_points(suite)
    found = change_points({"constant": [3.0] * 60, **{name: suite[name] for name in names}})
    assert found == {"constant": [], **expected}


@pytest.mark.parametrize("kind", ["log-normal", "with outliers", "autocorrelated"])
def test_reversed_time_has_the_same_steps(kind: str) -> None:
    for seed in range(5):
        values = history(kind, seed, 90, {40: 1.25})
        forward, backward = indices(values), [len(values) - index for index in reversed(indices(values[::-1]))]
        assert len(forward) == len(backward) == 1
        assert abs(forward[0] - backward[0]) <= 1


def test_runs_without_a_value_move_no_step_far() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        whole = history("log-normal", seed, 90, {45: 1.2})
        values = [value if rng.random() < 0.8 else None for value in whole]
        (index,) = indices(values)
        assert values[index] is not None
        assert abs(index - 45) <= 2


def test_series_of_unlike_lengths_begin_together() -> None:
    suite = {"long": history("log-normal", 1, 90, {60: 1.3}), "short": history("log-normal", 2, 50, {25: 1.3})}
    assert [[point.index for point in points] for points in change_points(suite).values()] == [[60], [25]]


def test_a_long_history_is_searched_to_the_run() -> None:
    (first, second) = indices(history("log-normal", 5, 1500, {700: 1.15, 1490: 1.15}))
    assert abs(first - 700) <= 1
    assert abs(second - 1490) <= 1


def test_values_at_the_ends_of_what_a_number_can_hold_are_compared_without_a_difference() -> None:
    found = change_points({"x": [0.0, 0.0, 0.0, 0.0, 1.7976931348623157e308, -9.9792015476736e291]})
    assert all(0 <= point.index < 6 for points in found.values() for point in points)
