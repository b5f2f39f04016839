"""Which reports make which runs, and what the history of a benchmark says."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.comparing import Row
from repo_vitals.concerns.performance_compare.facts import Facts, Report, Result
from repo_vitals.concerns.performance_compare.levels import history_of, worse_since
from repo_vitals.concerns.performance_compare.limits import limits, metrics_of
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.concerns.performance_compare.quantities import change, quantity, sign
from repo_vitals.concerns.performance_compare.results import MOST_SAMPLES
from repo_vitals.concerns.performance_compare.runs import (
    as_runs,
    contradictions,
    current_of,
    runs_of,
    thinned,
    together,
)
from support.benchmarks import NOW, facts, judged, result, run


def of(*groups):
    return [{name: one.samples for (name, _), one in made.items()} for made in runs_of(groups)]


def test_the_same_benchmark_in_two_reports_was_run_twice_and_within_one_gave_two_samples() -> None:
    one, two = [result("a", 1.0), result("a", 2.0), result("b", 5.0)], [result("a", 3.0)]

    assert of([one], [two]) == [{"a": (1.0, 2.0), "b": (5.0,)}, {"a": (3.0,)}]


def test_names_that_differ_in_case_or_unit_are_different_benchmarks() -> None:
    made = runs_of([[[result("a"), result("A"), result("a", unit="bytes")]]])

    assert set(made[0]) == {("a", "seconds"), ("A", "seconds"), ("a", "bytes")}


def test_runs_of_one_report_stay_side_by_side() -> None:
    pairs = [[result("a", 1.0)], [result("b", 2.0)], [result("a", 3.0)]]

    assert of(pairs) == [{"a": (1.0,)}, {"b": (2.0,)}, {"a": (3.0,)}]
    assert of([[result("a", 9.0)]], pairs)[1:] == of(pairs)


def test_a_report_s_own_runs_stand_in_place_of_its_results() -> None:
    plain = Report(shown="x", format="go", results=(result(),))

    assert [len(current_of(one)) for one in (plain, Report(shown="x", format="go"), replace(
        plain, results=(), runs=((result(),), (result(),))))] == [1, 0, 2]


def test_runs_that_contradict_one_another_on_a_benchmark_s_meaning_are_told() -> None:
    made = runs_of([[[result("a"), result("b", measures="leaked"), result("c")]],
                    [[result("a", better="higher"), result("b"), result("c")]]])

    assert {one.name: one.why for one in contradictions(made)} == {
        "a": "is told to be better when lower and when higher under one name and unit",
        "b": "is told to be leaked memory and a plain value under one name and unit"}


def test_a_run_counts_once_however_many_samples_it_has() -> None:
    made = runs_of([[[result("a", value) for value in (1.0, 1.0, 1.0, 9.0)]], [[result("a", 3.0)]]])

    assert together(made)["a", "seconds"].samples == (1.0, 3.0)


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=50), st.integers(1, 9))
def test_fewer_samples_are_some_of_those_that_were_there_and_reach_as_far_as_can_be(samples: list[float], most: int,
                                                                                 ) -> None:
    kept = thinned(samples, most)

    assert len(kept) == min(len(samples), most)
    assert set(kept) <= set(samples)


def test_both_sides_are_thinned_alike() -> None:
    [made] = as_runs(runs_of([[[result("a", float(value)) for value in range(1, 101)]]]), samples=4)

    assert made.values["a", "seconds"] == (13.0, 38.0, 63.0, 88.0)


def of_many(*made: Result) -> Facts:
    """Facts of one run with all its samples, as `collect` reduces them."""
    return replace(facts(made, None), current=as_runs(runs_of([[made]]), samples=MOST_SAMPLES))


@pytest.mark.parametrize("place", [0, 20, 39])
def test_one_process_of_many_that_leaks_or_grows_too_large_is_found_wherever_it_stands(place: int) -> None:
    from repo_vitals.concerns.performance_compare.inputs import BUDGETS

    def one_of_forty(name: str, large: float, small: float, measures: str) -> Result:
        samples = tuple(large if number == place else small for number in range(40))
        return replace(result(name, unit="bytes", measures=measures), samples=samples)

    given_facts = of_many(one_of_forty("a", 900e6, 10e6, "peak_memory"), one_of_forty("b", 4096.0, 0.0, "leaked"))
    found = judged(given_facts, budgets=BUDGETS.kind.parse("memory < 50 MB"))

    assert {finding.rule: finding.title for finding in found.findings} == {
        "budget-exceeded": "a is 900 MB; its budget is memory < 50 MB", "leak": "b: 4.10 kB leaked"}
    assert {metric.name: metric.value for metric in found.metrics if metric.labels.get("target")} == {
        "peak_memory_bytes": 10e6, "leaked_bytes": 4096.0}


@given(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=40))
def test_what_is_shown_of_a_run_is_the_median_of_all_its_samples(samples: list[float]) -> None:
    [row] = judged(of_many(replace(result(), samples=tuple(samples)))).data["benchmarks"]

    assert row["current"] == median(samples)


def past(*values: float | None, current: float = 1.5):
    return replace(facts([result("parse", current)]), commit="now", past=tuple(
        run({} if value is None else {"parse": value}, ago=len(values) - place, commit=str(place))
        for place, value in enumerate(values)))


@pytest.mark.parametrize(("values", "hours"), [
    ((1.0, 1.0, 1.0), None), ((1.0, 1.4, 1.5), 2), ((1.0, 1.4, None), 2), ((1.5, 1.0, 1.5), 1), ((), None)])
def test_a_regression_is_known_since_the_first_run_of_the_unbroken_row_that_is_nearer_to_it(
    values: tuple[float | None, ...], hours: int | None,
) -> None:
    row = Row(key=("parse", "seconds"), better="lower", verdict="regressed", current=1.5, baseline=1.0)

    assert worse_since(row, past(*values)) == (None if hours is None else NOW - timedelta(hours=hours))


def test_what_was_nothing_is_known_since_the_first_run_that_had_some() -> None:
    row = Row(key=("parse", "seconds"), better="lower", verdict="regressed", current=1000.0, baseline=0.0)

    assert worse_since(row, past(0.0, 0.0, 1000.0, 1000.0, current=1000.0)) == NOW - timedelta(hours=2)


def test_of_a_rate_too() -> None:
    row = Row(key=("parse", "seconds"), better="higher", verdict="regressed", current=0.5, baseline=1.0)

    assert worse_since(row, past(1.0, 0.6, 0.5, current=0.5)) == NOW - timedelta(hours=2)


def test_a_commit_that_was_measured_before_stands_once_in_the_history() -> None:
    told = past(1.0, 1.0)

    assert [one.commit for one in history_of(replace(told, commit="1"))] == ["0", "1"]
    assert history_of(past()) == ()


@pytest.mark.parametrize(("value", "unit", "said"), [
    (1.2345e-6, "seconds", "1.23 µs"), (12.345, "seconds", "12.3 s"), (0.5e-9, "seconds", "0.500 ns"),
    (99.9996e-3, "seconds", "100 ms"), (5_000_400, "bytes", "5.00 MB"), (12, "bytes", "12 B"), (0, "seconds", "0 ns"),
    (3.25e6, "operations_per_second", "3.25 M/s"), (123_456, "instructions", "123,456 instructions"),
    (1e15, "instructions", "1e+15 instructions"), (None, "seconds", "")])
def test_a_value_is_said_in_the_unit_that_a_person_would_take(value: float | None, unit: str, said: str) -> None:
    assert quantity(value, unit) == said


@pytest.mark.parametrize(("ratio", "unit", "said"), [
    (1.123, "seconds", "12.3 % slower"), (0.5, "operations_per_second", "50.0 % slower"),
    (2.5, "seconds", "2.50 times as slow"), (3, "bytes", "3 times as large"), (4, "allocations", "4 times as much"),
    (1.0004, "bytes", "0.04 % larger"), (0.9, "points", "10.0 % less"), (None, "seconds", "changed")])
def test_a_change_is_said_in_words_of_its_unit(ratio: float | None, unit: str, said: str) -> None:
    assert change(ratio, unit) == said


@given(st.floats(1e-12, 1e12), st.sampled_from(["seconds", "bytes", "operations_per_second", "points"]))
def test_no_change_in_words_is_an_error_or_loses_its_sign(ratio: float, unit: str) -> None:
    assert change(ratio, unit)
    assert sign(ratio)[:1] in "+\N{MINUS SIGN}" or "times" in sign(ratio)


def leak(value: float):
    return result("app: leaked", value, unit="bytes", exact=True, measures="leaked")


@pytest.mark.parametrize(("value", "status", "rules"), [(0.0, "pass", []), (48.0, "fail", ["leak"])])
def test_no_byte_may_leak_unless_a_budget_says_how_many(value: float, status: str, rules: list[str]) -> None:
    given_facts = facts([leak(value)], None)

    [metric] = metrics_of(limits(given_facts, Policy()), given_facts)
    assert (metric.name, metric.value, metric.status) == ("leaked_bytes", value, status)
    assert [finding.rule for finding in judged(given_facts).findings] == rules


def test_a_budget_for_leaks_takes_the_place_of_none() -> None:
    from repo_vitals.concerns.performance_compare.inputs import BUDGETS

    allowed = BUDGETS.kind.parse("leaks < 1 kB")

    assert judged(facts([leak(48.0)], None), budgets=allowed).findings == ()
    assert [one.rule for one in judged(facts([leak(4800.0)], None), budgets=allowed).findings] == ["budget-exceeded"]


def test_a_budget_that_meets_a_leak_by_a_pattern_alone_allows_for_none() -> None:
    from repo_vitals.concerns.performance_compare.inputs import BUDGETS

    def rules(line: str) -> list[str]:
        return [one.rule for one in judged(facts([leak(4e7)], None), budgets=BUDGETS.kind.parse(line)).findings]

    assert (rules("app* < 50 MB"), rules("app: leaked < 50 MB")) == (["leak"], [])


@pytest.mark.parametrize(("costs", "rules", "title"), [
    ({10: 1.0, 100: 10.0}, ["scaling-unknown"], "Growth of sort/*: it has 2 of the 3 sizes that it takes"),
    ({10: 1.0, 100: 11.0, 1000: 180.0, 10_000: 1900.0}, ["scaling-unsure"],
     "Whether sort/* grows more steeply than with the power 1.15 of its input's size, its sizes do not say")])
def test_growth_that_is_unknown_or_unsure_says_why(costs: dict[int, float], rules: list[str], title: str) -> None:
    from repo_vitals.concerns.performance_compare.inputs import SCALING

    found = judged(facts([result(f"sort/{size}", cost) for size, cost in costs.items()], None),
                   scaling=SCALING.kind.parse("sort/* <= 1.15"))

    assert ([one.rule for one in found.findings], found.findings[0].title) == (rules, title)


def test_a_budget_that_meets_nothing_is_summed_up_as_unknown() -> None:
    from repo_vitals.concerns.performance_compare.inputs import BUDGETS

    assert "0 of 1 budget exceeded, 1 unknown" in judged(
        facts([result()], None), budgets=BUDGETS.kind.parse("nowhere < 1 s")).summary


def test_growth_that_is_steeper_than_its_limit_fails() -> None:
    from repo_vitals.concerns.performance_compare.inputs import SCALING

    quadratic = facts([result(f"sort/{size}", size ** 2 * 1e-9) for size in (10, 100, 1000, 10_000)], None)

    found = judged(quadratic, scaling=SCALING.kind.parse("sort/* <= 1.2"))

    assert [one.rule for one in found.findings] == ["scaling"]
    assert found.findings[0].title == "sort/* grows with the power 2.00 of its input's size"
    assert judged(quadratic, scaling=SCALING.kind.parse("sort/* <= 2.1")).findings == ()
