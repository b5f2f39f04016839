"""Criterion.rs's folders, and what `cargo criterion` says in JSON."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.reading import read_all, select
from repo_vitals.errors import InputError
from support.benchmark_reports import DATA, failed_of, one_of, seconds_of, told, why_not

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.performance_compare.facts import Report, Unusable


def estimate(value: float) -> dict[str, Any]:
    return {"point_estimate": value, "standard_error": 0.1,
            "confidence_interval": {"confidence_level": 0.95, "lower_bound": value - 1, "upper_bound": value + 1}}


def result(folder: Path, *, name: str = "group/f/10", mean: float = 10.0, slope: float | None = 12.0,
           iterations: tuple[float, ...] = (1, 2), times: tuple[float, ...] = (10, 24),
           value: str | None = "10") -> None:
    """Writes what Criterion writes of one benchmark of one run."""
    folder.mkdir(parents=True)
    put(folder / "benchmark.json", {"group_id": "group", "function_id": "f", "value_str": value, "throughput": None,
                                    "full_id": name, "directory_name": name, "title": name})
    put(folder / "estimates.json", {"mean": estimate(mean), "median": estimate(mean),
                                    "slope": None if slope is None else estimate(slope)})
    put(folder / "sample.json", {"sampling_mode": "Linear", "iters": iterations, "times": times})
    put(folder / "tukey.json", [1.0, 2.0, 3.0, 4.0])


def put(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), "utf-8")


def read(folder: Path, *patterns: str) -> tuple[list[Report], list[Unusable]]:
    selected = select(patterns, folder=str(folder), confined=True, named_by="current", largest=10**9)
    return read_all(selected.files, named_by="current")


def only(folder: Path, *patterns: str) -> Report:
    [report], unusable = read(folder, *patterns)
    assert unusable == []
    return report


# --- one run ---

@pytest.mark.parametrize("pattern", ["criterion", "criterion/", "criterion=criterion", "criterion/**/new/*.json",
                                     "criterion/**/new/estimates.json", "criterion/group/f/10/new/sample.json"])
def test_a_folder_and_any_of_its_files_say_the_same(pattern: str, tmp_path: Path):
    result(tmp_path / "criterion" / "group" / "f" / "10" / "new")

    report = only(tmp_path, pattern)
    found = one_of(report, "group/f/10")
    assert (found.samples, found.statistic) == ((10e-9, 12e-9), "sample")
    assert (found.typical, found.interval, found.size) == (12e-9, (11e-9, 13e-9), 10.0)
    assert (report.shown, report.format, report.baseline) == ("criterion", "criterion", ())


def test_without_a_slope_the_mean_is_typical_and_without_samples_it_stands_for_them(tmp_path: Path):
    folder = tmp_path / "criterion" / "a" / "new"
    result(folder, name="a", slope=None, value=None)
    (folder / "sample.json").unlink()

    found = one_of(only(tmp_path, "criterion"), "a")
    assert (found.samples, found.statistic, found.typical, found.size) == ((10e-9,), "mean", 10e-9, None)


def test_without_benchmark_json_the_folders_name_the_benchmark(tmp_path: Path):
    folder = tmp_path / "target" / "criterion" / "group" / "f" / "10" / "new"
    result(folder)
    (folder / "benchmark.json").unlink()

    assert seconds_of(only(tmp_path, "target/criterion")) == {"group/f/10": (10e-9, 12e-9)}


def test_two_roots_are_two_runs(tmp_path: Path):
    for run in ("one", "two"):
        result(tmp_path / run / "criterion" / "a" / "new", name="a")

    reports, unusable = read(tmp_path, "*/criterion/**/new/estimates.json")
    assert ([one.shown for one in reports], unusable) == (["one/criterion", "two/criterion"], [])


def test_a_copy_under_another_name_is_read_by_itself(tmp_path: Path):
    put(tmp_path / "fast.json", {"mean": estimate(10), "median": estimate(10), "slope": estimate(12)})

    assert seconds_of(only(tmp_path, "fast.json")) == {"fast": (12e-9,)}


# --- an earlier run ---

def test_a_run_with_a_named_baseline_is_compared_with_what_criterion_compared_it_with():
    """Its base is an older run, which differs too; the changes that it printed are those since main."""
    report = only(DATA / "compiled", "criterion")

    printed = {"fib 10": (257.14, 1851.4, 4820.6), "grow/fib/8": (60.944, 62.091, 63.067),
               "grow/fib/12": (449.58, 2624.4, 7213.5),
               "flat/a <long> name | that does not fit into the column": (1820.0, 24060.0, 52455.0)}
    for name, (low, middle, high) in printed.items():
        found = one_of(report, name)
        assert [found.typical, *(found.interval or ())] == pytest.approx(
            [middle / 1e9, low / 1e9, high / 1e9], rel=1e-4)
    means = {one.name: sum(one.samples) / len(one.samples) for one in report.results}
    changes = {one.name: means[one.name] * len(one.samples) / sum(one.samples) - 1 for one in report.baseline}
    assert changes == pytest.approx({
        "fib 10": -0.52181, "grow/fib/8": -0.92884, "grow/fib/12": -0.73773,
        "flat/a <long> name | that does not fit into the column": 16.789}, rel=1e-4)
    assert report.notes == ()


def test_a_baseline_that_is_a_copy_of_the_last_run_is_no_earlier_one(tmp_path: Path):
    for run in ("new", "base", "main"):
        result(tmp_path / "criterion" / "a" / run, name="a")

    report = only(tmp_path, "criterion")
    assert (list(seconds_of(report)), report.baseline) == (["a"], ())
    assert [note.partition(",")[0] for note in report.notes] == ["its baseline is a copy of the last run"]


@pytest.mark.parametrize("earlier", ["base", "main"])
def test_a_baseline_that_differs_is_an_earlier_run(earlier: str, tmp_path: Path):
    result(tmp_path / "criterion" / "a" / "new", name="a", times=(11, 26))
    result(tmp_path / "criterion" / "a" / earlier, name="a")
    result(tmp_path / "criterion" / "gone" / earlier, name="gone")
    (tmp_path / "criterion" / "a" / "change").mkdir()
    put(tmp_path / "criterion" / "a" / "change" / "estimates.json", {"mean": estimate(0.1), "median": estimate(0.1)})

    report = only(tmp_path, "criterion", "criterion/**/*.json")
    assert seconds_of(report) == {"a": (11e-9, 13e-9)}
    assert {one.name: one.samples for one in report.baseline} == {"a": (10e-9, 12e-9), "gone": (10e-9, 12e-9)}


def test_of_several_earlier_runs_none_is_chosen(tmp_path: Path):
    result(tmp_path / "criterion" / "a" / "new", name="a", times=(11, 26))
    for turn, run in enumerate(("base", "main")):
        result(tmp_path / "criterion" / "a" / run, name="a", mean=20.0 + turn)

    report = only(tmp_path, "criterion")
    assert report.baseline == ()
    assert [note.partition(",")[0] for note in report.notes] == ["it holds several earlier runs (base"]


def test_a_named_baseline_is_read_as_the_run_that_it_is(tmp_path: Path):
    for turn, run in enumerate(("new", "base", "main")):
        result(tmp_path / "criterion" / "a" / run, name="a", times=(10 + turn, 24))

    assert seconds_of(only(tmp_path, "criterion/**/main/*.json")) == {"a": (12e-9, 12e-9)}
    with pytest.raises(InputError, match=r"among the baselines base, main without a last run \(new\); name one"):
        read(tmp_path, "criterion/a/base/estimates.json", "criterion/a/main/estimates.json")


# --- damage ---

@pytest.mark.parametrize(("file", "content", "why"), [
    ("estimates.json", {"mean": {"point_estimate": -5, "confidence_interval": {}}, "median": None},
     "has -5 ns for the mean, which is below 0"),
    ("estimates.json", {"mean": estimate(1), "slope": {"confidence_interval": {}}},
     'has "None" for the slope, which is no number'),
    ("estimates.json", {"mean": {"point_estimate": 1}}, "has no object for the mean's confidence interval"),
    ("sample.json", {"iters": [1, 2], "times": [3]},
     "stands beside a sample.json that counts iterations of 2 samples and times of 1"),
    ("sample.json", {"iters": [0], "times": [3]},
     "stands beside a sample.json that has a sample of 0 iterations and 3 ns"),
    ("sample.json", {"iters": [], "times": []},
     "stands beside a sample.json that counts iterations of 0 samples and times of 0"),
    ("benchmark.json", {"group_id": "g"},
     "stands beside a benchmark.json that has no full_id, the name of the benchmark"),
    ("benchmark.json", [], "stands beside a benchmark.json that has no object for the whole"),
])
def test_one_damaged_file_leaves_the_other_benchmarks(file: str, content: object, why: str, tmp_path: Path):
    result(tmp_path / "criterion" / "bad" / "new", name="bad")
    put(tmp_path / "criterion" / "bad" / "new" / file, content)
    result(tmp_path / "criterion" / "good" / "new", name="good")

    [report], [unusable] = read(tmp_path, "criterion/**/new/estimates.json")
    assert list(seconds_of(report)) == ["good"]
    assert (unusable.shown, unusable.why) == ("criterion/bad/new/estimates.json", why)
    with pytest.raises(InputError):
        read(tmp_path, "criterion/bad/new/estimates.json")


def test_estimates_that_are_missing_are_told(tmp_path: Path):
    result(tmp_path / "criterion" / "a" / "new", name="a")
    (tmp_path / "criterion" / "a" / "new" / "estimates.json").unlink()

    assert [one.why for one in read(tmp_path, "criterion")[1]] == ["has no estimates.json beside it"]


def test_a_folder_without_results_and_one_with_changes_alone_are_errors(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "criterion" / "a" / "change").mkdir(parents=True)
    put(tmp_path / "criterion" / "a" / "change" / "estimates.json", {"mean": estimate(0.1), "median": estimate(0.1)})

    with pytest.raises(InputError, match=r'^current: the folder "empty" holds no results of Criterion'):
        read(tmp_path, "empty")
    assert read(tmp_path, "criterion")[1] != []
    with pytest.raises(InputError, match="says nothing of a benchmark by itself"):
        read(tmp_path, "criterion/a/change/estimates.json")


def test_a_file_beside_that_is_a_link_is_not_followed(tmp_path: Path):
    folder = tmp_path / "criterion" / "a" / "new"
    result(folder, name="a")
    (folder / "sample.json").unlink()
    (folder / "sample.json").symlink_to(tmp_path / "elsewhere.json")
    put(tmp_path / "elsewhere.json", {"iters": [1], "times": [99]})

    [unusable] = read(tmp_path, "criterion/**/new/estimates.json")[1]
    assert unusable.why.startswith("stands beside a sample.json that can not be read")


@given(times=st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 1e15)), min_size=1, max_size=10))
def test_a_sample_is_its_time_over_its_iterations(
    times: list[tuple[int, float]], tmp_path_factory: pytest.TempPathFactory,
):
    root = tmp_path_factory.mktemp("criterion")
    result(root / "criterion" / "a" / "new", name="a", iterations=tuple(one for one, _ in times),
           times=tuple(time for _, time in times))

    assert seconds_of(only(root, "criterion")) == {"a": tuple(time / turns / 1e9 for turns, time in times)}


# --- cargo criterion ---

def message(**more: Any) -> str:
    bounds = {"lower_bound": 11.0, "upper_bound": 13.0, "unit": "ns"}
    return json.dumps({
        "reason": "benchmark-complete", "id": "grow/10", "report_directory": "x", "iteration_count": [1, 2],
        "measured_values": [10.0, 24.0], "unit": "ns", "throughput": [], "typical": {"estimate": 12.0, **bounds},
        "mean": {"estimate": 10.0, **bounds}, "slope": None,
        "change": {"mean": {"estimate": 0.5}, "change": "Regressed"}} | more)


def test_messages_give_samples_and_the_typical_value(tmp_path: Path):
    text = f"   Compiling x\n{message()}\n{json.dumps({'reason': 'group-complete', 'group_name': 'grow'})}\n"

    report = told(text, tmp_path)
    found = one_of(report, "grow/10")
    assert (found.samples, found.typical, found.interval, found.size) == (
        (10e-9, 12e-9), 12e-9, (11e-9, 13e-9), 10.0)
    assert report.format == "cargo-criterion"


def test_messages_of_another_measurement_are_in_its_unit(tmp_path: Path):
    assert {one.key for one in told(message(unit="cycles"), tmp_path).results} == {("grow/10", "cycles")}


def test_a_build_that_failed_is_told(tmp_path: Path):
    text = f"{message()}\nerror: bench failed\n{json.dumps({'reason': 'build-finished', 'success': False})}\n"

    assert failed_of(told(text, tmp_path)) == {"cargo criterion": "failed: bench failed"}


@pytest.mark.parametrize(("more", "why"), [
    ({"measured_values": [1.0]}, "has 1 measured values and 2 counts of iterations; there must be as many, above 0"),
    ({"iteration_count": [0, 1]}, "has 2 measured values and 2 counts of iterations; there must be as many, above 0"),
    ({"id": None}, "has a benchmark without its id and unit"),
    ({"typical": None, "mean": None}, "has no object for the typical value"),
    ({"typical": {"estimate": "x"}}, 'has "x" for the typical value, which is no number'),
])
def test_messages_are_held_to_their_form(more: dict[str, Any], why: str, tmp_path: Path):
    assert why_not(message(**more), tmp_path) == why
