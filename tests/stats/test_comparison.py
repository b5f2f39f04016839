"""The pairwise decision: what it must never do whatever the numbers, and how often it is right where truth is known.

The simulated suites have fixed seeds; what they must reach was set well below what they do reach, so that only a worse
decision fails them, not another version of numpy.
"""
from __future__ import annotations

import math
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.stats.comparison import ERROR, TELLING, TOLERANCE, Comparison, Suite, compare, doubtful

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Run = dict[str, float]


def suite(seed: int, *, before: int, after: int = 1, benchmarks: int = 30, slower: Mapping[int, float] | None = None,
          classes: bool = False, spikes: float = 0.0, spread: float = 1.0) -> tuple[list[Run], list[Run]]:
    """Runs of benchmarks with 0.5 to 3 % noise on machines that differ by 5 %, or in two classes, with rare spikes."""
    random = np.random.default_rng(seed)
    level, noise = random.uniform(-5, 5, benchmarks), spread * np.geomspace(0.005, 0.03, benchmarks)
    loading = random.uniform(0.7, 1.3, benchmarks)
    runs = before + after
    speed = random.choice([0.0, 0.3], runs) if classes else random.normal(0, 0.05, runs)
    logs = level + np.outer(speed, loading if classes else np.ones(benchmarks))
    logs += random.normal(0, noise, (runs, benchmarks))
    logs += np.where(random.random(logs.shape) < spikes, random.uniform(0.2, 0.9, logs.shape), 0)
    for index, ratio in (slower or {}).items():
        logs[before:, index] += math.log(ratio)
    rows = [{f"b{index}": float(value) for index, value in enumerate(row)} for row in np.exp(logs)]
    return rows[:before], rows[before:]


def verdicts(found: Suite) -> dict[object, str]:
    return {name: one.verdict for name, one in found.comparisons.items()}


def regressed(found: Suite) -> set[object]:
    return {name for name, verdict in verdicts(found).items() if verdict == "regressed"}


# -- Suites of known truth ------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("kind", "before", "after"), [
    ("even", 10, 1), ("classes", 20, 1), ("spikes", 10, 5)])
def test_quiet_suites_hardly_ever_cry_wolf(kind: str, before: int, after: int) -> None:
    wolf = Counter[str]()
    for seed in range(40):
        sides = suite(seed, before=before, after=after, classes=kind == "classes", spikes=0.04 * (kind == "spikes"))
        found = set(verdicts(compare(*sides)).values())
        wolf.update(found & {"regressed", "improved"})
    # Within the tolerance nothing changed at all, so that far fewer than the error of 5 % are to be expected.
    assert wolf["regressed"] < 4
    assert wolf["improved"] < 4


@pytest.mark.parametrize("before", [3, 5])
def test_short_baselines_say_little_rather_than_something_wrong(before: int) -> None:
    assert sum(bool(regressed(compare(*suite(seed, before=before)))) for seed in range(30)) < 4


@pytest.mark.parametrize(("kind", "after", "ratio", "power"), [
    ("even", 1, 1.2, 0.85), ("even", 3, 1.1, 0.8), ("classes", 1, 1.2, 0.8), ("spikes", 3, 1.5, 0.8)])
def test_most_slowdowns_are_found_and_nothing_else(kind: str, after: int, ratio: float, power: float) -> None:
    slower = {3: ratio, 12: ratio, 20: ratio}
    found, others = 0, 0
    for seed in range(10):
        sides = suite(1000 + seed, before=20, after=after, slower=slower, classes=kind == "classes",
                      spikes=0.04 * (kind == "spikes"))
        names = regressed(compare(*sides))
        found += len(names & {f"b{index}" for index in slower})
        others += bool(names - {f"b{index}" for index in slower})
    assert found >= power * 30
    assert others < 3


def test_a_slower_machine_is_no_regression_of_every_benchmark() -> None:
    before, after = suite(5, before=20)
    found = compare(before, [{name: 1.4 * value for name, value in run.items()} for run in after])
    assert set(verdicts(found).values()) <= {"unchanged", "unsure"}
    assert found.common_is_sure
    assert found.common == pytest.approx(1.4, rel=0.2)


@pytest.mark.parametrize(("slower", "common"), [(0, 1.35), (3, 1.35), (6, 2.0)])
def test_what_the_baseline_never_showed_is_taken_out_of_all_benchmarks_alike(slower: int, common: float) -> None:
    """Loadings that are learnt from the noise of a quiet machine must not be blown up by a slow one."""
    random = np.random.default_rng(4)
    before = [{name: float(np.exp(random.normal(0, 0.005))) for name in range(10)} for _ in range(10)]
    middle = {name: float(np.median([run[name] for run in before])) for name in range(10)}
    own = {name: 2.0 if name < slower else 1.0 for name in range(10)} if slower < 5 else {
        name: 1.0 if name < slower else 0.5 for name in range(10)}
    found = compare(before, [{name: value * own[name] * common for name, value in middle.items()}])

    assert found.common == pytest.approx(common, rel=0.03)
    assert {name: one.ratio for name, one in found.comparisons.items()} == pytest.approx(own, rel=0.06)


def test_one_benchmark_that_hardly_varies_is_not_the_machine() -> None:
    random = np.random.default_rng(11)
    noise = np.array([0.0002] + [0.03] * 9)
    rows = [{f"b{index}": float(value) for index, value in enumerate(row)}
            for row in np.exp(random.normal(0, noise, (13, 10)))]
    for run in rows[10:]:
        run["b0"] *= 1.4
    found = compare(rows[:10], rows[10:])
    assert regressed(found) == {"b0"}
    assert "improved" not in verdicts(found).values()
    assert found.common == pytest.approx(1, abs=0.05)


def test_fewer_than_four_benchmarks_cannot_tell_the_machine_from_themselves() -> None:
    found = compare(*suite(6, before=10, benchmarks=3))
    assert (found.common, found.common_is_sure) == (1.0, False)


def test_improvements_are_found_as_slowdowns_are() -> None:
    found = compare(*suite(7, before=20, after=3, slower={4: 1 / 1.3}))
    assert {name for name, verdict in verdicts(found).items() if verdict == "improved"} == {"b4"}


def test_one_high_run_of_three_is_a_spike_and_no_regression() -> None:
    before, after = suite(8, before=20, after=3)
    after[1]["b2"] *= 3
    assert regressed(compare(before, after)) == set()


@pytest.mark.parametrize("pairs", [10, 20])
def test_pairs_find_what_a_machine_busier_from_run_to_run_would_hide(pairs: int) -> None:
    random = np.random.default_rng(pairs)
    found, wolf = 0, 0
    for _ in range(20):
        busy = np.exp(np.abs(random.normal(0, 0.5, (pairs, 12))))
        sides = busy[None] * np.exp(random.normal(0, 0.02, (2, pairs, 12)))
        sides[1, :, 0] *= 1.1
        runs = [[{f"b{index}": float(value) for index, value in enumerate(row)} for row in side] for side in sides]
        names = regressed(compare(*runs, paired=True))
        found += "b0" in names
        wolf += bool(names - {"b0"})
    assert found >= 18
    assert wolf < 4


def test_a_part_of_the_pairs_alone_is_no_regression() -> None:
    """Measured so on a machine with two speeds: half of the pairs a third slower, the other half alike."""
    moved = [0.323, 0.296, 0.004, 0.035, 0.325, 0.350, 0.315, 0.295, -0.024, 0.015,
             -0.023, -0.016, 0.326, -0.007, 0.008, 0.369, 0.016, 0.364, 0.002, 0.005]
    random = np.random.default_rng(12)
    rows = [{"speeds": math.exp(value), **{f"b{index}": float(random.lognormal(0, 0.05)) for index in range(9)}}
            for value in moved]
    before: list[Run] = [dict.fromkeys(row, 1.0) for row in rows]
    assert regressed(compare(before, rows, paired=True)) == set()
    slower = [{**row, "speeds": row["speeds"] * 1.3} for row in rows]
    assert regressed(compare(before, slower, paired=True)) == {"speeds"}


def test_a_large_change_of_a_single_run_is_found_where_the_suite_shows_no_spikes() -> None:
    before, after = suite(13, before=20, benchmarks=100, slower={7: 1.5, 42: 1.5, 99: 1.5})
    assert regressed(compare(before, after)) == {"b7", "b42", "b99"}
    spiky = suite(13, before=20, benchmarks=100, slower={7: 1.5, 42: 1.5, 99: 1.5}, spikes=0.04)
    assert regressed(compare(*spiky)) == set()


def test_what_two_of_ten_runs_do_two_of_three_may_do_again() -> None:
    """As published by a project that measures on hosted runners."""
    before = [{"b": math.exp(value)} for value in (0.175, 0.234, -0.002, 0, 0, 0, -0.002, 0.001, 0, 0)]
    after = [{"b": math.exp(value)} for value in (0.357, 0.357, 0.009)]
    assert regressed(compare(before, after)) == set()


def test_a_run_of_which_only_a_part_was_disturbed_is_no_regression() -> None:
    random = np.random.default_rng(9)
    runs = [{f"b{index}": list(random.lognormal(0, 0.01, 12)) for index in range(6)} for _ in range(16)]
    disturbed = {**runs[-1], "b1": [value * (2 if place > 1 else 1) for place, value in enumerate(runs[-1]["b1"])]}
    slower = {**runs[-1], "b1": [value * 2 for value in runs[-1]["b1"]]}
    assert regressed(compare(runs[:-1], [disturbed])) == set()
    assert regressed(compare(runs[:-1], [slower])) == {"b1"}


def test_samples_of_a_run_are_not_taken_for_runs() -> None:
    random = np.random.default_rng(10)

    def runs(number: int) -> list[dict[str, list[float]]]:
        return [{"b": list(np.exp(random.normal(0, 0.1) + random.normal(0, 0.001, 500)))} for _ in range(number)]

    assert sum(bool(regressed(compare(runs(10), runs(1)))) for _ in range(30)) < 4


# -- Interval and verdict -------------------------------------------------------------------------------------------

SUITES = st.builds(
    lambda seed, before, after, benchmarks, ratio: suite(seed, before=before, after=after, benchmarks=benchmarks,
                                                         slower={0: ratio}),
    st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 4), st.integers(1, 8),
    st.sampled_from([0.5, 1, 1.05, 1.3, 10]))


def bounds(one: Comparison) -> list[float]:
    return [value for value in (one.ratio, one.low, one.high) if value is not None]


few = settings(max_examples=10)


@few
@given(SUITES, st.sampled_from([0, 0.01, 0.1]))
def test_verdict_interval_and_p_say_the_same(sides: tuple[list[Run], list[Run]], tolerance: float) -> None:
    for one in compare(*sides, tolerance=tolerance).comparisons.values():
        if one.low is None or one.high is None or one.ratio is None or one.p is None:
            assert one.verdict == "unsure"
            continue
        assert 0 <= one.low <= one.ratio <= one.high
        assert 0 <= one.p <= 1
        assert (one.verdict == "regressed") == (one.low > 1 + tolerance)
        assert (one.verdict == "improved") == (one.high < 1 / (1 + tolerance))
        if one.verdict in ("unchanged", "unsure"):
            assert (one.verdict == "unsure") == (one.high > 1 + TELLING)
        if one.verdict == "regressed":
            assert one.p <= ERROR * 1.001      # the interval's ends are found within a thousandth


@few
@given(SUITES, st.lists(st.floats(1e-3, 1e3), min_size=8, max_size=8))
def test_units_do_not_matter(sides: tuple[list[Run], list[Run]], factors: list[float]) -> None:
    scaled = [[{name: value * factors[int(name[1:])] for name, value in run.items()} for run in side] for side in sides]
    for one, other in zip(compare(*sides).comparisons.values(), compare(*scaled).comparisons.values(), strict=True):
        assert bounds(one) == pytest.approx(bounds(other), rel=1e-4)


@few
@given(SUITES, st.randoms(use_true_random=False))
def test_the_order_of_benchmarks_does_not_matter(sides: tuple[list[Run], list[Run]], random: object) -> None:
    names = sorted(sides[0][0])
    random.shuffle(names)  # type: ignore[attr-defined]
    shuffled = [[{name: run[name] for name in names} for run in side] for side in sides]
    one, other = compare(*sides), compare(*shuffled)
    for name in names:
        assert bounds(one.comparisons[name]) == pytest.approx(bounds(other.comparisons[name]), rel=1e-4)


@few
@given(SUITES)
def test_a_benchmark_that_never_varies_changes_nothing(sides: tuple[list[Run], list[Run]]) -> None:
    more = [[{**run, "constant": 7.0} for run in side] for side in sides]
    one, other = compare(*sides), compare(*more)
    assert (one.common, one.comparisons) == (
        other.common, {name: value for name, value in other.comparisons.items() if name != "constant"})
    constant = other.comparisons["constant"]
    assert constant.verdict == ("unchanged" if len(sides[0]) > 2 else "unsure")


def test_both_sides_swapped_mirror_each_other() -> None:
    """With runs enough on both: the spread is learnt from the baseline alone, so that the mirror is not exact."""
    before, after = suite(30, before=20, after=20, slower={2: 1.25, 5: 0.8})
    there, back = compare(before, after), compare(after, before)
    assert {name for name, verdict in verdicts(back).items() if verdict == "improved"} == regressed(there) == {"b2"}
    assert regressed(back) == {"b5"}
    for name, one in there.comparisons.items():
        assert 1 / (back.comparisons[name].ratio or 0) == pytest.approx(one.ratio, rel=0.03)


# -- Odd input ------------------------------------------------------------------------------------------------------

@few
@given(st.lists(st.dictionaries(st.sampled_from("abcde"), st.one_of(
    st.sampled_from([1e-300, 1.0, 1e300]), st.floats(1e-300, 1e300),
    st.lists(st.floats(0.5, 2), min_size=1, max_size=3))), max_size=6), st.integers(0, 6), st.booleans())
def test_whatever_the_magnitudes_there_is_an_answer_without_nan(
        runs: list[dict[str, float | list[float]]], cut: int, paired: bool) -> None:
    before, after = runs[:cut], runs[cut:]
    if paired:
        before, after = runs[: len(runs) // 2], runs[len(runs) // 2: len(runs) // 2 * 2]
    found = compare(before, after, paired=paired)
    names = {name for run in before for name in run} & {name for run in after for name in run}
    assert set(found.comparisons) == names
    for one in (*found.comparisons.values(),):
        assert not any(math.isnan(value) for value in (one.ratio, one.low, one.high, one.p) if value is not None)
    assert not math.isnan(found.common)


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan, 10**400, [1.0, math.nan], [1.0, 0.0], []])
def test_a_value_without_a_logarithm_is_refused(value: float | list[float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        compare([{"a": value, "b": 1.0}] * 3, [{"a": 1.0, "b": 1.0}])


def test_sides_that_are_no_pairs_and_errors_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        compare([{"a": 1.0}] * 3, [{"a": 1.0}], paired=True)
    with pytest.raises(ValueError, match="tolerance"):
        compare([{"a": 1.0}], [{"a": 1.0}], error=0)


def test_nothing_to_compare_is_an_empty_suite() -> None:
    assert compare([], []) == Suite(comparisons={}, common=1.0, common_is_sure=False)
    assert compare([{"a": 1.0}], [{"b": 1.0}]).comparisons == {}


def test_one_or_two_baseline_runs_tell_no_spread() -> None:
    assert compare([{"a": 1.0}], [{"a": 2.0}]).comparisons["a"] == Comparison(
        verdict="unsure", ratio=2.0, low=None, high=None, p=None, runs=(1, 1))
    assert compare([{"a": 1.0}] * 2, [{"a": 2.0}]).comparisons["a"].verdict == "unsure"


def test_a_benchmark_that_some_runs_lack_rests_on_those_that_have_it() -> None:
    before, after = suite(31, before=12)
    for run in before[:5]:
        del run["b3"]
    assert compare(before, after).comparisons["b3"].runs == (7, 1)


def test_a_thousand_current_runs_are_no_more_trouble_than_one() -> None:
    before, after = suite(33, before=10, after=1000, benchmarks=1, slower={0: 1.3})
    assert regressed(compare(before, after)) == {"b0"}


def test_a_suite_of_many_thousand_benchmarks_takes_seconds() -> None:
    values = np.random.default_rng(32).lognormal(0, 0.02, (11, 20_000))
    runs = [dict(enumerate(row.tolist())) for row in values]
    start = time.process_time()
    compare(runs[:-1], runs[-1:])
    assert time.process_time() - start < 20     # seconds; 2 on an idle machine


# -- What to run again ----------------------------------------------------------------------------------------------

def one(verdict: str, ratio: float, low: float | None, high: float | None) -> Comparison:
    return Comparison(verdict=verdict, ratio=ratio, low=low, high=high, p=0.5, runs=(10, 1))  # type: ignore[arg-type]


def test_doubtful_are_the_unsure_and_changes_of_which_half_may_be_noise() -> None:
    found: Sequence[tuple[str, Comparison]] = [
        ("unsure", one("unsure", 1.1, 0.8, 1.5)), ("alone", one("unsure", 1.1, None, None)),
        ("still", one("unchanged", 1.0, 0.99, 1.01)), ("barely", one("regressed", 1.2, 1.02, 1.4)),
        ("plainly", one("regressed", 1.2, 1.15, 1.25)), ("barely faster", one("improved", 0.8, 0.6, 0.98)),
        ("plainly faster", one("improved", 0.8, 0.75, 0.85))]
    assert doubtful(Suite(comparisons=dict(found), common=1.0, common_is_sure=True)) == [
        "unsure", "alone", "barely", "barely faster"]


def test_the_defaults_are_those_that_the_benchmark_of_detection_was_measured_with() -> None:
    assert (TOLERANCE, ERROR, TELLING) == (0.01, 0.05, 0.2)
    assert (Policy().tolerance, Policy().error) == (TOLERANCE, ERROR)
