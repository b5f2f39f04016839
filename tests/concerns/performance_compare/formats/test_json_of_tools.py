"""JSON of pytest-benchmark, hyperfine, Vitest, JMH and BenchmarkDotNet: values, units, directions, failures."""
from __future__ import annotations

import json
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.sources.report_files import Unreadable
from support.tool_reports import TOOLS, failures, kept_report, one, read_content, values

if TYPE_CHECKING:
    from pathlib import Path


def raw(name: str) -> Any:
    return json.loads((TOOLS / name).read_text("utf-8"))


# -- pytest-benchmark ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("version", ["4.0.0", "5.2.3"])
def test_every_round_of_pytest_benchmark_is_a_sample_in_seconds(version: str) -> None:
    report = kept_report(f"pytest-benchmark/{version}.json")
    theirs = {entry["fullname"]: entry["stats"] for entry in raw(f"pytest-benchmark/{version}.json")["benchmarks"]}
    assert {result.name for result in report.results} == set(theirs)
    for result in report.results:
        assert (result.unit, result.better, result.statistic) == ("seconds", "lower", "sample")
        assert len(result.samples) == theirs[result.name]["rounds"]
        # The mean and the rate are the tool's own, from times before they were written.
        assert fmean(result.samples) == pytest.approx(theirs[result.name]["mean"], rel=1e-12, abs=0)
        assert 1 / fmean(result.samples) == pytest.approx(theirs[result.name]["ops"], rel=1e-12, abs=0)
        assert result.typical == theirs[result.name]["mean"]
    assert (report.tool, report.notes) == (f"pytest-benchmark {version}", ())
    assert report.machine["cpu"] == "AMD EPYC"
    assert report.machine["versions.python"] == "CPython 3.11.7"
    assert report.written_at is not None


def test_a_parameter_that_is_a_number_is_the_size_of_the_input() -> None:
    report = kept_report("pytest-benchmark/5.2.3.json")
    assert {result.name: result.size for result in report.results} == {
        "t_bench.py::test_fib": None, "t_bench.py::test_param[five]": 5.0, "t_bench.py::test_param[n|ne`]": 9.0,
        "t_bench.py::test_pedantic": None}


def test_saved_without_data_the_means_are_read_and_said_to_be_means() -> None:
    report = kept_report("pytest-benchmark/5.2.3_saved_without_data.json")
    theirs = raw("pytest-benchmark/5.2.3_saved_without_data.json")["benchmarks"]
    assert values(report) == {(entry["fullname"], "seconds"): (entry["stats"]["mean"],) for entry in theirs}
    assert {result.statistic for result in report.results} == {"mean"}
    assert report.notes == ("holds no times of rounds, only means; --benchmark-save-data keeps them",)


@pytest.mark.parametrize("stats", [{"mean": 2.0, "rounds": 3, "data": [1.0, 2.0]},
                                   {"mean": 2.0, "rounds": 2, "data": [1.0, "… omitted"]}])
def test_a_list_of_rounds_that_was_cut_is_no_list_of_samples(tmp_path: Path, stats: dict[str, Any]) -> None:
    report = read_content(tmp_path, {"machine_info": {}, "benchmarks": [{"fullname": "a", "stats": stats}]})
    assert values(report) == {("a", "seconds"): (2.0,)}
    assert one(report, "a").statistic == "mean"


def test_what_tests_put_into_extra_info_may_be_no_number_and_times_may_not(tmp_path: Path) -> None:
    def content(**stats: Any) -> dict[str, Any]:
        return {"machine_info": {}, "benchmarks": [
            {"fullname": "a", "extra_info": {"loss": float("nan")}, "stats": stats}]}

    assert values(read_content(tmp_path, content(data=[1.0, 2.0], rounds=2))) == {("a", "seconds"): (1.0, 2.0)}
    for stats in ({"mean": float("nan")}, {"mean": 1.0, "data": [1.0, float("nan")], "rounds": 2}):
        with pytest.raises(Unreadable, match=r'has "NaN" for a (mean|sample), which is no number'):
            read_content(tmp_path, content(**stats))


def test_a_benchmark_without_times_failed(tmp_path: Path) -> None:
    report = read_content(tmp_path, {"machine_info": {"cpu": {"brand": "Old CPU"}}, "benchmarks": [
        {"fullname": "a", "stats": {}}, {"name": "b", "stats": {"mean": -1.0}}, {"fullname": "c", "stats": None}]})
    assert failures(report) == {"a": "has no times", "b": "has -1 (s) for a value, which is no measurement",
                                "c": "has no times"}
    assert report.results == ()
    assert report.machine["cpu"] == "Old CPU"


# -- hyperfine -------------------------------------------------------------------------------------------------------

def test_every_run_of_hyperfine_is_a_sample_and_a_failed_command_has_none() -> None:
    report = kept_report("hyperfine/1.15.0_failures.json")
    assert values(report) == {("sleep 0.001", "seconds"): (0.005783665, 0.011287185),
                              ("sleep 0.002", "seconds"): (0.0038565720000000004, 0.008073369)}
    assert fmean(one(report, "sleep 0.001").samples) == pytest.approx(0.008535425, rel=1e-12, abs=0)
    assert one(report, "sleep 0.001").typical == 0.008535425
    assert one(report, "sleep 0.002").size == 2.0
    # One command under two parameters is two benchmarks.
    why = "failed: 2 of 2 runs did not succeed; the first of them exited with 1"
    assert failures(report) == {"false(n=1)": why, "false(n=2)": why}


def test_a_command_below_the_resolution_takes_0_seconds() -> None:
    assert values(kept_report("hyperfine/1.15.0_single.json")) == {("true", "seconds"): (0.0,)}


def test_memory_is_a_benchmark_of_its_own_where_hyperfine_tells_it(tmp_path: Path) -> None:
    result = {"command": "a", "mean": 1.0, "times": [1.0, 1.5], "exit_codes": [0, 0], "memory_usage_byte": [4096, 8192]}
    report = read_content(tmp_path, {"results": [result, result | {"command": "b", "memory_usage_byte": [0, 0]}]})
    assert values(report) == {("a", "seconds"): (1.0, 1.5), ("a", "bytes"): (4096.0, 8192.0),
                              ("b", "seconds"): (1.0, 1.5)}
    assert one(report, "a", "bytes").measures == "peak_memory"


def test_a_command_that_a_signal_ended_failed(tmp_path: Path) -> None:
    report = read_content(tmp_path, {"results": [{"command": "a", "mean": 1.0, "times": [1, 1, 1],
                                                  "exit_codes": [0, None, 0]}]})
    assert failures(report) == {"a": "failed: 1 of 3 runs did not succeed; the first of them was ended by a signal"}


# -- Vitest ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("version", ["1.6.1", "2.1.9", "3.2.7", "4.1.12"])
def test_vitest_gives_the_mean_of_each_benchmark_and_tells_what_threw(version: str) -> None:
    report = kept_report(f"vitest/{version}.json")
    theirs = {f"{group['fullName']} > {bench['name']}": bench for file in raw(f"vitest/{version}.json")["files"]
              for group in file["groups"] for bench in group["benchmarks"]}
    assert set(values(report)) == {("a.bench.mjs > fib > five", "seconds"),
                                   ("a.bench.mjs > fib > nested > nine | x", "seconds")}
    for result in report.results:
        # hz is the tool's own rate, per second.
        assert result.samples == (pytest.approx(1 / theirs[result.name]["hz"], rel=1e-9, abs=0),)
        assert result.interval is not None
        assert (result.statistic, result.better) == ("mean", "lower")
        assert result.interval[1] - result.interval[0] == pytest.approx(2 * theirs[result.name]["moe"] / 1000)
    # From version 4 on nothing says why.
    assert failures(report) == {"a.bench.mjs > fib > throws": "has no times" if version > "4" else "threw an error"}
    assert report.notes == ("holds no samples, only means; Vitest's benchmark.includeSamples keeps them",)


def test_vitest_before_version_1_gives_samples() -> None:
    report = kept_report("vitest/0.34.json")
    theirs = raw("vitest/0.34.json")["testResults"]
    assert values(report) == {
        ("fib > five", "seconds"): tuple(pytest.approx(one / 1000) for one in theirs["fib"][0]["samples"]),
        ("nested > nine | x", "seconds"): tuple(pytest.approx(one / 1000) for one in theirs["nested"][0]["samples"])}
    assert failures(report) == {"fib > throws": "threw an error"}


def test_vitests_samples_are_read_where_it_keeps_them(tmp_path: Path) -> None:
    # The group's name may stand behind its benchmarks.
    report = read_content(tmp_path, {"files": [{"filepath": "a", "groups": [
        {"benchmarks": [{"name": "x", "mean": 2, "samples": [1, 3], "sampleCount": 2}], "fullName": "a > g"}]}]})
    assert values(report) == {("a > g > x", "seconds"): (0.001, 0.003)}
    assert report.notes == ()


def test_a_file_without_benchmarks_that_vitest_names_failed_beside_a_good_one(tmp_path: Path) -> None:
    good = {"fullName": "a > g", "benchmarks": [{"name": "x", "mean": 2, "samples": [1, 3], "sampleCount": 2}]}
    why = "gave no benchmark: it failed to load, or all are skipped"
    report = read_content(tmp_path, {"files": [
        {"filepath": "/home/me/app/a.bench.js", "groups": [good]},
        {"groups": [], "filepath": "/home/me/app/b.bench.js"},
        {"filepath": "C:/app/c.bench.js", "groups": [{"fullName": "c", "benchmarks": []}]}]})
    assert values(report) == {("a > g > x", "seconds"): (0.001, 0.003)}
    assert failures(report) == {"b.bench.js": why, "C:/app/c.bench.js": why}


def test_since_version_5_vitests_benchmarks_stand_in_its_report_of_tests() -> None:
    report = kept_report("vitest/5.1.1.json")
    theirs = {f"{bench['name']} > {task['name']}": task for file in raw("vitest/5.1.1.json")["testResults"]
              for test in file["assertionResults"] for bench in test["benchmarks"] for task in bench["tasks"]}
    assert {result.name for result in report.results} == {f"g.bench.js > {name}" for name in theirs} == {
        "g.bench.js > fib > alone > five", "g.bench.js > fib > nested > sizes > nine | x",
        "g.bench.js > fib > nested > sizes > two", "g.bench.js > fib > partly > three"}
    for result in report.results:
        task = theirs[result.name.removeprefix("g.bench.js > ")]
        # The period is the tool's own, of the total and the number of calls.
        assert result.samples == (pytest.approx(task["period"] / 1000, rel=1e-9, abs=0),)
        assert (result.unit, result.statistic, result.better) == ("seconds", "mean", "lower")
        assert result.interval is not None
        assert result.interval[1] - result.interval[0] == pytest.approx(2 * task["latency"]["moe"] / 1000)
    assert failures(report) == {"g.bench.js > fib partly": "failed, so that benchmarks of it may be missing",
                                "h.bench.js": "gave no benchmark: it failed to load, or all are skipped"}
    assert report.notes == ("holds no samples, only means; retainSamples of Vitest's benchmarks keeps them",)


def test_samples_of_vitest_5_are_read_and_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    def file(path: str, samples: list[float]) -> dict[str, Any]:
        latency = {"mean": fmean(samples), "rme": 1, "samples": samples}
        return {"assertionResults": [{"benchmarks": [{"name": "g", "tasks": [{"name": "x", "latency": latency}]}],
                                      "fullName": "g", "status": "passed"}], "name": path, "status": "passed"}

    report = read_content(tmp_path, {"numTotalTests": 3, "testResults": [
        file("/home/me/app/one/a.bench.js", [1, 3]), file("/home/me/app/two/a.bench.js", [5, 7]),
        file("/home/me/app/two/b.bench.js", [9])]})
    assert values(report) == {("one/a.bench.js > g > x", "seconds"): (0.001, 0.003),
                              ("two/a.bench.js > g > x", "seconds"): (0.005, 0.007),
                              ("b.bench.js > g > x", "seconds"): (0.009,)}
    assert (failures(report), report.notes) == ({}, ())


def test_vitests_report_of_tests_without_a_benchmark_is_no_report_of_benchmarks(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="holds no benchmark"):
        read_content(tmp_path, {"numTotalTests": 1, "testResults": [{"name": "/a.test.js", "assertionResults": [
            {"benchmarks": [], "fullName": "g", "status": "failed"}], "status": "failed"}]})


# -- JMH -------------------------------------------------------------------------------------------------------------

def test_jmhs_mode_tells_the_direction_and_every_iteration_of_every_fork_is_a_sample() -> None:
    report = kept_report("jmh/modes.json")
    found = {result.key: (result.better, result.samples) for result in report.results}
    approx = pytest.approx
    assert found == {
        ("demo.Sums.sum(size=1000)", "operations_per_second"): (
            "higher", approx((1.9e6, 2e6, 2.1e6, 1.8e6, 2e6, 2.2e6))),
        ("demo.Sums.sum(size=1000):gc.alloc.rate.norm", "bytes"): ("lower", (64.0,) * 6),
        ("demo.Sums.sum(size=1000)", "seconds"): ("lower", approx((0.5e-6,))),
        # Means of histograms: 30 once and 42 three times, and 41.
        ("demo.Sums.alloc", "seconds"): ("lower", approx((39e-9, 41e-9))),
        ("demo.Sums.alloc:gc.alloc.rate.norm", "bytes"): ("lower", (16.0, 16.0)),
        ('demo.Sums.once(kind="a,b", size=10)', "seconds"): ("lower", approx((1.4e-3, 1.6e-3))),
    }
    rate = one(report, "demo.Sums.sum(size=1000)", "operations_per_second")
    assert rate.interval == pytest.approx((1.7e6, 2.3e6))
    assert rate.typical == pytest.approx(2e6)
    assert rate.size == 1000.0
    assert one(report, "demo.Sums.sum(size=1000)").interval is None     # JMH writes NaN for its ends
    assert report.tool == "JMH 1.37"
    assert report.machine == {"versions.jdk": "17.0.15", "versions.jvm": "OpenJDK 64-Bit Server VM 17.0.15+6"}


def entry(**said: Any) -> dict[str, Any]:
    metric = {"score": 1.0, "scoreUnit": "ns/op", "rawData": [[1.0]]}
    return {"benchmark": "a", "mode": "avgt", "threads": 1, "primaryMetric": metric, "secondaryMetrics": {}} | said


def test_one_benchmark_in_two_modes_or_with_more_threads_is_several_benchmarks(tmp_path: Path) -> None:
    report = read_content(tmp_path, [entry(), entry(mode="ss"), entry(benchmark="b"), entry(benchmark="b", threads=4)])
    assert [name for name, _ in values(report)] == ["a [mode=avgt]", "a [mode=ss]", "b [threads=1]", "b [threads=4]"]


def test_the_same_benchmark_again_gives_more_samples(tmp_path: Path) -> None:
    assert values(read_content(tmp_path, [entry(), entry()])) == {("a", "seconds"): pytest.approx((1e-9, 1e-9))}


def test_methods_of_a_group_are_read_and_what_profilers_add_is_not(tmp_path: Path) -> None:
    metric = {"score": 2.0, "scoreUnit": "ns/op", "rawData": [[2.0]]}
    other = metric | {"scoreUnit": "#/op"}
    report = read_content(tmp_path, [entry(secondaryMetrics={
        "get": metric, "·stack": metric, "p0.99": metric, "cycles": other})])
    assert values(report) == {("a", "seconds"): pytest.approx((1e-9,)), ("a:get", "seconds"): pytest.approx((2e-9,))}


def test_a_time_per_operation_is_a_time_whatever_the_mode_says(tmp_path: Path) -> None:
    report = read_content(tmp_path, [entry(mode="thrpt")])
    assert one(report, "a").better == "lower"
    assert report.notes == (
        "has the mode thrpt beside times of an operation, which are taken as times: lower is better",)


def test_an_iteration_that_is_no_number_fails_its_benchmark(tmp_path: Path) -> None:
    report = read_content(tmp_path, [entry(primaryMetric={"score": 1, "scoreUnit": "s/op", "rawData": [[1.0, "NaN"]]}),
                                     entry(benchmark="b", primaryMetric={"scoreUnit": "s/op"})])
    assert failures(report) == {"a": "has nan (s/op) for a value, which is no measurement", "b": "has no score"}


def test_an_unknown_mode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match='mode "all"'):
        read_content(tmp_path, [entry(mode="all")])


# -- BenchmarkDotNet -------------------------------------------------------------------------------------------------

def test_benchmarkdotnets_iterations_are_samples_and_jobs_are_told_apart() -> None:
    report = kept_report("benchmarkdotnet/full.json")
    eight, nine = (f'Demo.Sums.Sum(N: 1000) [job="{net}(Runtime={net})"]' for net in (".NET 8.0", ".NET 9.0"))
    assert values(report) == {
        (eight, "seconds"): pytest.approx((100e-9, 102e-9, 101e-9)), (eight, "bytes"): (672.0,),
        (nine, "seconds"): pytest.approx((90e-9, 92e-9)), (nine, "bytes"): (0.0,)}
    assert one(report, eight).interval == pytest.approx((95e-9, 107e-9))
    assert one(report, eight).typical == pytest.approx(101e-9)
    assert {result.size for result in report.results} == {1000.0}
    assert failures(report) == {"Demo.Sums.Throws": "has no statistics: it failed, or it did not run"}
    assert report.tool == "BenchmarkDotNet 0.15.6"
    assert report.machine["cpu"] == "AMD EPYC 7763"


def test_the_oldest_benchmarkdotnet_has_parts_of_names_a_wrapped_processor_and_means_only(tmp_path: Path) -> None:
    report = read_content(tmp_path, {
        "HostEnvironmentInfo": {"ProcessorName": {"IsValueCreated": True, "Value": "Some CPU"}},
        "Benchmarks": [{"Namespace": "N", "Type": "T", "Method": "M", "Parameters": "", "Statistics": {"Mean": 5.0}},
                       {"Namespace": None, "Method": "M", "Parameters": "A=1&B=2", "Statistics": {"Mean": 7.0}}]})
    assert values(report) == {("N.T.M", "seconds"): pytest.approx((5e-9,)),
                              ("M(A=1&B=2)", "seconds"): pytest.approx((7e-9,))}
    assert report.machine == {"cpu": "Some CPU"}
    assert report.notes == ("holds no times of iterations, only means",)
