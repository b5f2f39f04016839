"""Formats that no tool owns: github-action-benchmark's custom JSON and history, Bencher's, our own, and adapters."""
from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.concerns.performance_compare.adapter import readers
from repo_vitals.concerns.performance_compare.formats import data_js
from repo_vitals.errors import InputError
from repo_vitals.sources.report_files import Unreadable
from support.benchmark_reports import samples_of, told
from support.report_files import kept, written
from support.tool_reports import TOOLS, failures, kept_report, one, read_content, values
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.performance_compare.facts import Report

RATE = "operations_per_second"


# -- github-action-benchmark's custom JSON ---------------------------------------------------------------------------

def test_rates_tell_by_their_units_that_more_is_better() -> None:
    report = kept_report("custom/rates.json")
    assert [(result.key, result.better, result.samples, result.interval) for result in report.results] == [
        (("requests", "req/s"), "higher", (70.0,), (67.0, 73.0)),
        (("lookups", RATE), "higher", (1000.0,), (950.0, 1050.0))]


def test_the_name_of_a_file_tells_the_direction_as_the_name_of_that_actions_tool_does() -> None:
    report = kept_report("custom/customSmallerIsBetter.json")
    assert values(report) == {("CPU load", "Percent"): (50.0,), ("memory", "bytes"): (1e8,)}
    assert {result.better for result in report.results} == {"lower"}


LOAD, FREE, RPS = ({"name": "load", "unit": "Percent", "value": 1}, {"name": "free", "unit": "MB", "value": 1},
                   {"name": "served", "unit": "req/s", "value": 1})


@pytest.mark.parametrize("better", ["bigger", "smaller"])
def test_a_forced_direction_holds_for_every_unit(tmp_path: Path, better: str) -> None:
    report = read_content(tmp_path, [LOAD, FREE, RPS], forced=f"custom-{better}-is-better")
    assert [result.better for result in report.results] == ["higher" if better == "bigger" else "lower"] * 3


@pytest.mark.parametrize("entries", [[LOAD], [FREE, RPS], [RPS, FREE], [{"name": "n", "unit": "count", "value": 1}]])
def test_a_direction_that_nothing_tells_is_never_guessed(tmp_path: Path, entries: list[Any]) -> None:
    with pytest.raises(Unreadable, match=r"does not tell which way is better .* custom-smaller-is-better=path"):
        read_content(tmp_path, entries)


@pytest.mark.parametrize("given", ["", "many", "±", "1,2,3.4.5", "stddev: 5"])
def test_a_range_of_any_other_form_is_no_interval(tmp_path: Path, given: str) -> None:
    report = read_content(tmp_path, [{"name": "a", "unit": "s", "value": 2, "range": given}])
    assert one(report, "a").interval is None


# -- github-action-benchmark's history -------------------------------------------------------------------------------

@pytest.mark.parametrize("package", ["", "m/a"])        # which that action writes where there are several
def test_values_of_go_in_the_history_have_the_names_and_directions_that_the_log_gives_them(
    package: str, tmp_path: Path,
) -> None:
    log = (f"pkg: {package}\n" if package else "") + "BenchmarkB-8 100 1000 ns/op 5 ms 99 rps 7 p99-ns\n"
    full = f"BenchmarkB ({package})" if package else "BenchmarkB"
    units = {"ns/op": 1000, "ms": 5, "rps": 99, "p99-ns": 7}
    benches = [{"name": full if unit == "ns/op" else f"{full} - {unit}", "unit": unit, "value": value,
                "extra": "100 times\n8 procs"} for unit, value in units.items()]
    entry = {"commit": {"id": "a" * 40}, "date": 1767225600000, "tool": "go", "benches": benches}
    path = written(tmp_path, json.dumps({"repoUrl": "", "entries": {"s": [entry]}}), name="data.js")

    [run] = data_js.runs(path)
    assert {one.key: one.samples for one in run.results} == samples_of(told(log, tmp_path))


def test_the_history_of_data_js_gives_each_run_with_its_commit_as_our_own_readers_would() -> None:
    runs = data_js.runs(kept(TOOLS / "data-js/data.js"))
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert [(run.commit[:1], run.suite, run.tool) for run in runs] == [
        ("a", "Rust", "cargo"), ("b", "Rust", "cargo"), ("a", "Python", "pytest"), ("a", "Others", "jmh"),
        ("b", "Others", "go"), ("c", "Others", "customBiggerIsBetter")]
    assert runs[0].at == at
    assert [[(result.key, result.better, result.samples) for result in run.results] for run in runs] == [
        [(("parse", "seconds"), "lower", pytest.approx((100e-9,)))],
        [(("parse", "seconds"), "lower", pytest.approx((110e-9,))),
         (("shared", "seconds"), "lower", pytest.approx((1e-9,)))],
        [(("t.py::test_a", "seconds"), "lower", (0.25,))],      # 4 a second; its `extra` says 250 ms
        [(("demo.Sums.sum(size=10)", RATE), "higher", pytest.approx((5e6,)))],
        [(("BenchmarkA-8", "seconds"), "lower", pytest.approx((5e-9,))), (("BenchmarkA-8", "bytes"), "lower", (16.0,))],
        [(("free", "bytes"), "higher", (7e6,)), (("shared", "seconds"), "higher", pytest.approx((3e-9,)))]]


def test_as_a_report_the_history_is_its_runs_in_order_without_what_suites_share() -> None:
    report = kept_report("data-js/data.js")
    assert [[result.name for result in run] for run in report.runs] == [
        ["parse"], ["t.py::test_a"], ["demo.Sums.sum(size=10)"], ["parse"], ["BenchmarkA-8", "BenchmarkA-8"], ["free"]]
    assert report.notes == ("1 of its benchmarks have the same name in several suites and are left out",)


def history(**run: Any) -> dict[str, Any]:
    whole = {"commit": {"id": "a" * 40, "timestamp": "2026-01-31T06:00:00Z"}, "date": 1e12, "tool": "go",
             "benches": [{"name": "a", "unit": "ns/op", "value": 1}]} | run
    return {"lastUpdate": 1, "repoUrl": "https://github.com/o/n", "entries": {"S": [whole]}}


def test_the_same_is_read_without_the_assignment_and_with_a_semicolon(tmp_path: Path) -> None:
    plain = json.dumps(history())
    texts = plain, f"window.BENCHMARK_DATA={plain};\n", f"\n window.BENCHMARK_DATA = {plain}\n"
    for number, text in enumerate(texts):
        report = read_content(tmp_path, text, name=f"{number}.js")
        assert [result.key for result in report.runs[0]] == [("a", "seconds")]


def test_it_is_never_run(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is no JSON"):
        read_content(tmp_path, "window.BENCHMARK_DATA = {entries: fetch('https://example.org')}")


@pytest.mark.parametrize(("run", "words"), [
    ({"commit": {"id": "../x"}}, "which is no commit's name"),
    ({"date": "x", "commit": {"id": "a" * 40}}, "without a time"),
    ({"date": 1e300, "commit": {"id": "a" * 40}}, "without a time"), ({"benches": {}}, "no list for a run's benches"),
    ({"benches": [1]}, "is no object"), ({"benches": [{"unit": "s", "value": 1}]}, 'without "name"'),
])
def test_a_history_with_a_run_that_makes_no_sense_is_refused(tmp_path: Path, run: dict[str, Any], words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_content(tmp_path, history(**run))


# -- Bencher's metric format -----------------------------------------------------------------------------------------

def test_benchers_measures_have_the_units_that_it_gives_them() -> None:
    report = kept_report("bencher-metric/v0.json")
    assert {result.key: (result.better, result.samples[0]) for result in report.results} == {
        ("parse", "seconds"): ("lower", pytest.approx(88e-9)), ("parse", RATE): ("higher", 5.5),
        ("my_binary (file size)", "bytes"): ("lower", 42.0)}
    assert one(report, "parse").interval == pytest.approx((87.5e-9, 88.5e-9))
    assert one(report, "my_binary (file size)", "bytes").measures == "binary_size"


def test_benchers_parameters_are_part_of_the_name_and_a_measure_without_direction_fails() -> None:
    report = kept_report("bencher-metric/v1.json")
    assert {result.key: (pytest.approx(result.samples[0]), result.size) for result in report.results} == {
        ("parse(size_mb=16)", "seconds"): (7e-9, 16.0), ("parse(size_mb=32)", "seconds"): (15e-9, 32.0),
        ("plain (build time)", "seconds"): (2.5, None)}
    assert failures(report) == {
        "parse(size_mb=32)": 'has the measure "accuracy", of which Bencher\'s format does not tell which way is '
                             "better; an adapter can"}


def test_ends_that_do_not_hold_the_value_are_no_interval(tmp_path: Path) -> None:
    report = read_content(tmp_path, {"a": {"latency": {"value": 5, "lower_value": 2, "upper_value": 2}}})
    assert one(report, "a").interval is None


# -- our own JSON ----------------------------------------------------------------------------------------------------

def own(*benchmarks: Any, **said: Any) -> dict[str, Any]:
    return {"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": list(benchmarks)} | said


def test_our_own_json_tells_everything_that_a_result_has() -> None:
    report = kept_report("repo-vitals/benchmarks.json")
    assert [(result.key, result.better, result.samples) for result in report.results] == [
        (("parse", "seconds"), "lower", pytest.approx((0.0015, 0.0016, 0.0014))),
        (("hit ratio", "ratio"), "higher", (0.9,)),
        (("binary", "bytes"), "lower", (2097152.0,)), (("mean", "seconds"), "lower", pytest.approx((5e-6,)))]
    assert one(report, "parse").size == 1000.0
    assert one(report, "binary", "bytes").exact
    assert one(report, "binary", "bytes").measures == "binary_size"
    assert one(report, "mean").statistic == "mean"
    assert one(report, "mean").interval == pytest.approx((4.5e-6, 5.5e-6))
    assert failures(report) == {"crashed": "failed: signal 11"}
    assert (report.tool, report.machine) == ("mybench 1.2", {"cpu": "AMD EPYC 7763"})
    assert report.written_at == datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


def test_a_benchmark_that_failed_in_one_of_several_runs_is_told(tmp_path: Path) -> None:
    failed = {"name": "b", "failed": "signal 11"}
    report = read_content(tmp_path, own(runs=[[A, failed], [A], [failed]], baseline_runs=[[A], [A, failed]]))

    assert [len(run) for run in report.runs] == [1, 1, 0]
    assert failures(report) == {"b": "failed: signal 11 (in run 1)"}
    assert report.notes == ("1 benchmark(s) of the runs to compare with failed, and have no value there",)


def test_our_own_json_holds_several_runs_of_both_sides() -> None:
    report = kept_report("repo-vitals/paired.json")
    assert [[result.samples for result in run] for run in report.runs] == [[(2.0,)], [(3.0,)]]
    assert [[result.samples for result in run] for run in report.baseline_runs] == [[(1.0,)], [(1.0,)]]
    assert report.paired


A = {"name": "a", "unit": "s", "value": 1}


@pytest.mark.parametrize(("content", "words"), [
    (own({"unit": "s", "value": 1}), r'\(number 1\) that has no "name"'),
    (own(A, {"name": "a", "value": 1}), r'\(number 2\) that has no "unit"'),
    (own({"name": "a", "unit": "s"}), 'neither "samples" nor "value"'),
    (own(A | {"samples": [1]}), 'neither "samples" nor "value", or both'),
    (own({"name": "a", "unit": "s", "samples": []}), '"samples" that are no list of numbers'),
    (own({"name": "a", "unit": "s", "samples": [True]}), '"samples" that is no number'),
    (own({"name": "a", "unit": "percent", "value": 1}), "does not tell what is better"),
    (own(A | {"beter": "lower"}), r'"beter", which is not known \(did you mean better\?\)'),
    (own(A | {"better": "less"}), "none of lower, higher"),
    (own(A | {"size": 0}), "not above 0"),
    (own(A | {"interval": [2, 1]}), "a lower and an upper end"),
    (own(A | {"exact": 1}), "neither true nor false"),
    (own(A, version=2), 'has "2" for "version"; 1 is read'),
    (own(A, extra=1), 'the key "extra"'),
    (own(A, runs=[[A]]), 'both "benchmarks" and "runs"'),
    (own({"name": "a", "failed": ""}, runs=[[A]]), 'both "benchmarks" and "runs"'),
    (own({"name": "y", "unit": "req/day", "value": 1, "better": "lower"},
         {"name": "y", "unit": "req/day", "value": 1, "better": "higher"}),
     r"benchmark \(number 2\) that is told to be better when lower and when higher under one name and unit; give"),
    (own({"name": "app", "unit": "MB", "value": 20, "measures": "binary_size"},
         {"name": "app", "unit": "B", "value": 90, "measures": "peak_memory"}),
     "that is told to be a file's size and peak memory under one name and unit"),
    (own(paired=True, runs=[[A]]), "more runs of one side"),
    (own(A, paired=True), 'paired and has no "runs"'),
    (own(A, looks=2), '"looks" and is not paired'),
    (own(runs=[[A]], baseline_runs=[[A]], paired=True, looks=0), '"looks" that is no whole number'),
    (own(runs=[[A]], baseline_runs=[[A]], paired=True, looks=True), '"looks" that is no whole number'),
    (own(paired=1), "neither true nor false"),
    (own({"name": "a", "unit": "s", "value": 10 ** 400}), "number"),
])
def test_our_own_json_is_read_strictly(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_content(tmp_path, content)


def test_the_published_schema_takes_what_is_read_and_refuses_what_is_not() -> None:
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/benchmark-results.schema.json").read_text()))
    for path in sorted((TOOLS / "repo-vitals").glob("*.json")):
        validator.validate(json.loads(path.read_text()))
    for content in (own({"unit": "s", "value": 1}), own(A | {"samples": [1]}), own(A | {"beter": "lower"}),
                    own(A | {"size": 0}), own(A, version=2), own(A, extra=1), own({"name": "a", "unit": "s"})):
        assert not validator.is_valid(content)


# -- adapters --------------------------------------------------------------------------------------------------------

def adapted(folder: Path, program: str, document: Any) -> Report:
    return readers([f"mine: {program}"])["mine"](written(folder, document))


def test_an_adapter_makes_benchmarks_of_any_json(tmp_path: Path) -> None:
    program = '.tests[] | {name: .id} + if .t then {unit: "ms", samples: .t} else {failed: "broke"} end'
    tests = [{"id": "A", "t": [1, 2]}, {"id": "a", "t": [4]}, {"id": "A", "t": [3]}, {"id": "x"}]
    report = adapted(tmp_path, program, {"tests": tests})
    # The same name again gives samples; names that differ in case are two.
    assert values(report) == {("A", "seconds"): pytest.approx((0.001, 0.002, 0.003)),
                              ("a", "seconds"): pytest.approx((0.004,))}
    assert failures(report) == {"x": "failed: broke"}
    assert (report.format, report.tool) == ("mine", "mine")


@pytest.mark.parametrize(("program", "words"), [
    ("7", "output 1 is no object"), ('{name: "a", unit: "s", value: 1}, {name: "b"}', 'output 2 has no "unit"'),
    ('{name: "a", unit: "points", value: 1}', "does not tell what is better"), (".x[]", "it failed"),
])
def test_what_an_adapter_gives_wrongly_is_refused_with_its_place(tmp_path: Path, program: str, words: str) -> None:
    with pytest.raises(Unreadable, match=f"can't be read by the adapter mine: .*{words}"):
        adapted(tmp_path, program, {"a": 1})


def test_an_adapter_can_not_have_the_name_of_a_format() -> None:
    with pytest.raises(InputError, match="hyperfine is a format that is read without an adapter"):
        readers(["hyperfine: ."])
