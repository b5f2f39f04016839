"""Budgets: how they are written, which benchmarks they mean, and what keeps within them."""
from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.budgets import Budget, Spent, budgets, spent, unlike
from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Key, Measures, Result

KIND = budgets()
RATES = ("operations_per_second", "bytes_per_second", "elem/s")


def result(name: str, unit: str = "seconds", value: float = 1.0, measures: Measures = "") -> Result:
    return Result(name=name, unit=unit, better="higher" if unit in RATES else "lower", samples=(value,),
                  measures=measures)


def judged(lines: str, *results: Result, runs: list[dict[Key, tuple[float, ...]]] | None = None) -> list[Spent]:
    current = runs if runs is not None else [{one.key: one.samples for one in results}]
    return list(spent(KIND.parse(lines), {one.key: one for one in results},
                      [BenchmarkRun(values=run) for run in current]))


def verdicts(lines: str, *results: Result) -> list[tuple[str | None, str]]:
    return [(one.key and one.key[0], one.verdict) for one in judged(lines, *results)]


# --- lines ---

@pytest.mark.parametrize(("line", "name", "sign", "limit", "unit"), [
    ("startup < 500 ms", "startup", "<", 0.5, "seconds"),
    ("memory<50MB", "memory", "<", 50e6, "bytes"),
    ("binary <= 20 MiB", "binary", "<=", 20 * 2 ** 20, "bytes"),
    ("throughput > 25 M/s", "throughput", ">", 25e6, "/s"),
    ("throughput >= 25 M items/s", "throughput", ">=", 25e6, "items/s"),
    ("work < 25 M instructions", "work", "<", 25e6, "instructions"),
    ("throughput >= 25 M ops/s", "throughput", ">=", 25e6, "operations_per_second"),
    ("throughput > 1.5 GB/s", "throughput", ">", 1.5e9, "bytes_per_second"),
    ("leaks <= 0", "leaks", "<=", 0.0, ""),
    ("push<int> < 5 ns/op", "push<int>", "<", 5e-9, "seconds"),
    ("a <= 3 < 1_000 allocs/op", "a <= 3", "<", 1000.0, "allocations"),
    ("build < 10 min", "build", "<", 600.0, "seconds"),
    ("score > 3 points", "score", ">", 3.0, "points"),
])
def test_a_line_is_a_name_a_sign_and_a_limit_in_base_units(line: str, name: str, sign: str, limit: float, unit: str):
    [budget] = KIND.parse(line)
    assert (budget.name, budget.sign, budget.unit) == (name, sign, unit)
    assert budget.limit == pytest.approx(limit, rel=1e-12)


@pytest.mark.parametrize("line", [
    "startup", "startup < ", "< 5 ms", "startup = 5 ms", "startup < fast", "startup < -5 ms", "startup < 5 6 ms",
    "startup < 1e9 ms", "x" * 1300 + " < 1 s", "startup < inf s",
])
def test_a_line_that_is_no_budget_is_an_error_that_quotes_it(line: str):
    with pytest.raises(ValueError, match="which is not like startup < 500 ms"):
        KIND.parse(line)


def test_the_configuration_file_has_lines_or_a_table():
    assert KIND.from_toml({"startup": "< 500 ms", "leaks": "<= 0"}) == KIND.from_toml(
        ["startup < 500 ms", "leaks <= 0"]) == KIND.parse("startup < 500 ms\n\nleaks <= 0\n")
    for value in (7, {"startup": 5}, {"startup": "500 ms"}, [5]):
        with pytest.raises(ValueError, match=r"\S"):
            KIND.from_toml(value)


def test_what_is_shown_reads_back():
    every = KIND.parse("startup < 500 ms\nthroughput > 25 M/s")
    assert KIND.parse(KIND.show(every)) == every


@given(st.text(max_size=60))
def test_any_text_is_budgets_or_words(text: str):
    try:
        assert all(isinstance(one, Budget) for one in KIND.parse(text))
    except ValueError as error:
        assert str(error).isprintable()


# --- what is meant ---

def test_a_pattern_means_every_benchmark_whose_whole_name_it_is():
    results = [result(name) for name in ("parse/a", "parse/b[1]", "reparse/a")]
    assert verdicts("parse/* < 2 s", *results) == [("parse/a", "met"), ("parse/b[1]", "met")]
    assert verdicts("parse/b[1] < 1 s", *results) == [("parse/b[1]", "exceeded")]


def test_a_name_without_its_package_is_the_one_benchmark_that_has_it():
    results = [replace(result(name), within=name[4:]) for name in ("m/a.x", "m/b.y", "m/c.y")]

    assert [(one.key and one.key[0], one.verdict) for one in judged("x < 2 s\ny < 2 s", *results)] == [
        ("m/a.x", "met"), (None, "unknown")]


def test_words_mean_what_is_measured_unless_a_benchmark_is_called_so():
    results = [
        result("a: peak heap", "bytes", 5, "peak_memory"), result("a: average heap", "bytes", 3, "average_memory"),
        result("app", "bytes", 9, "binary_size"), result("app: stripped", "bytes", 7, "stripped_size"),
        result("a: leaked memory", "bytes", 0, "leaked"), result("copy", "bytes_per_second", 100),
        result("ask", "operations_per_second", 50)]
    lines = "memory < 5 B\naverage memory < 5 B\nbinary < 9 B\nstripped binary <= 7 B\nleaks <= 0"
    assert verdicts(lines, *results) == [
        ("a: peak heap", "exceeded"), ("a: average heap", "met"), ("app", "exceeded"), ("app: stripped", "met"),
        ("a: leaked memory", "met")]
    assert verdicts("throughput > 60 B/s\nthroughput > 60 /s", *results) == [("copy", "met"), ("ask", "exceeded")]
    assert verdicts("memory < 5 B", *results, result("memory", "bytes", 1)) == [("memory", "met")]


def test_a_rate_of_whatever_a_tool_counts_can_have_a_budget_but_bytes_are_no_turns():
    assert verdicts("throughput > 1 M/s", result("a", "elem/s", 2e6)) == [("a", "met")]
    [one] = judged("throughput > 1 M/s", result("a", "bytes_per_second", 2e6))
    assert one.verdict == "unknown"


@pytest.mark.parametrize("unit", ["M/s", "M ops/s", "Mops/s", "M items/s", "Mitems/s", "MHz"])
def test_a_budget_of_a_rate_is_held_against_whatever_a_report_calls_it(unit: str):
    from repo_vitals.concerns.performance_compare.units import base_unit

    known = base_unit(unit)
    report = result("p", known.name, known.in_base(30))
    lines = f"p > 25 M/s\np > 31 M/s\np > 26 {unit}"
    assert [one.verdict for one in judged(lines, report)] == ["met", "exceeded", "met"]


@given(st.floats(1e-3, 1e6).map(lambda value: round(value, 3)))
def test_a_value_that_a_report_and_a_limit_spell_alike_is_the_limit_itself(value: float):
    from repo_vitals.concerns.performance_compare.units import base_unit

    assert verdicts(f"a <= {value:.3f} ns", result("a", value=base_unit("ns").in_base(value))) == [("a", "met")]


def test_a_budget_without_a_benchmark_is_unknown_and_never_met():
    assert [(one.verdict, one.budget.name, one.why) for one in judged("gone < 5 s\nmemory < 1 MB", result("here"))] == [
        ("unknown", "gone", "is no benchmark of the current reports"),
        ("unknown", "memory", "is no benchmark of the current reports")]
    [one] = judged("here < 5 s", result("here"), runs=[{}])
    assert (one.verdict, one.why) == ("unknown", "has no value in the current reports")


def test_units_that_can_not_be_compared_are_a_mistake_that_names_both():
    results = {one.key: one for one in (result("a", "bytes"), result("b"))}
    assert unlike(KIND.parse("a < 5 ms\nb < 5 ms\ngone < 5 ms"), results) == (
        '"a" is measured in "bytes", and its limit is in "seconds"',)


@pytest.mark.parametrize(("unit", "written"), [
    ("seconds", "ms"), ("bytes", "MB"), ("operations_per_second", "ops/s"), ("bytes_per_second", "MB/s")])
def test_a_limit_without_a_unit_is_a_mistake_where_nobody_could_say_what_it_means(unit: str, written: str):
    results = {one.key: one for one in (result("a", unit), result("a", "allocations", 3))}
    [wrong] = unlike(KIND.parse("a < 500"), results)
    assert wrong == f'"a" is measured in "{unit}", and its limit has no unit; write one, such as {written}'
    assert verdicts("a < 500", *results.values()) == [(None, "unknown")]


def test_a_limit_without_a_unit_is_held_against_counts_and_zero_against_everything():
    results = [result("a", "allocations", 3), result("b", "points", 3), result("c", "bytes", 0), result("d", value=1)]
    assert verdicts("a < 4\nb < 3\nc <= 0\nd <= 0", *results) == [
        ("a", "met"), ("b", "exceeded"), ("c", "met"), ("d", "exceeded")]


def test_of_a_benchmark_with_several_units_the_limits_is_held():
    results = [result("a", "seconds", 1), result("a", "bytes", 10), result("a", "allocations", 3)]
    assert [(one.key, one.verdict) for one in judged("a < 5 B", *results)] == [(("a", "bytes"), "exceeded")]


# --- values ---

@pytest.mark.parametrize(("sign", "expected"), [("<", "exceeded"), ("<=", "met"), (">", "exceeded"), (">=", "met")])
def test_the_limit_itself_is_within_it_only_with_an_equals_sign(sign: str, expected: str):
    assert verdicts(f"a {sign} 1 s", result("a", value=1.0)) == [("a", expected)]


def test_a_time_is_the_median_over_runs_of_their_medians():
    key = ("a", "seconds")
    [one] = judged("a < 5 s", result("a"), runs=[{key: (1.0, 2.0, 90.0)}, {key: (4.0,)}, {key: (100.0,)}])
    assert (one.value, one.verdict) == (4.0, "met")


def test_of_peaks_leaks_and_sizes_the_largest_counts():
    key = ("a: peak heap", "bytes")
    [one] = judged("memory < 5 B", result("a: peak heap", "bytes", 1, "peak_memory"),
                   runs=[{key: (1.0, 2.0)}, {key: (1.0, 9.0, 1.0)}, {key: (2.0,)}])
    assert (one.value, one.verdict) == (9.0, "exceeded")
