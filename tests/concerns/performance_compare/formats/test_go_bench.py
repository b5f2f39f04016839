"""`go test -bench`: what it prints, as it is and as events."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.errors import InputError
from support.benchmark_reports import DATA, failed_of, one_of, samples_of, seconds_of, told, why_not

if TYPE_CHECKING:
    from pathlib import Path

COMPILED = DATA / "compiled"
A, B = "example.com/m/a.", "example.com/m/b."


def test_each_value_with_its_unit_is_a_result_and_the_whole_name_tells_cpus_apart():
    report = told(COMPILED / "go_values.txt")

    found = samples_of(report)
    assert found[f"{A}BenchmarkSum/n=10", "seconds"] == (126.2 / 1e9,)
    assert found[f"{A}BenchmarkSum/n=10-2", "seconds"] == (378.7 / 1e9,)
    assert found[f"{A}BenchmarkSum/n=1000-2", "bytes_per_second"] == (5334.04 * 1e6,)
    assert found[f"{A}BenchmarkShared", "reqs/s"] == (1e6,)
    assert [one_of(report, f"{A}BenchmarkShared", unit).better for unit in ("seconds", "reqs/s")] == ["lower", "higher"]
    assert [one_of(report, A + name).size for name in ("BenchmarkSum/n=1000-2", "BenchmarkShared-2")] == [1000.0, None]
    assert report.machine == {"os": "linux", "architecture": "amd64", "cpu": "AMD EPYC"}
    assert report.failed == ()


def test_a_unit_that_does_not_say_which_way_is_better_is_left_out_and_said_unless_the_log_tells_it(tmp_path: Path):
    line = "BenchmarkA-8 100\t1000 ns/op\t99 rps\t0.9 hit-ratio\t7 p99-ns\t8 99%ile-B/op\n"
    units = {"BenchmarkA-8": {"seconds", "p99-ns", "99%ile-B/op"}}

    report = told(line, tmp_path)
    assert {unit for _, unit in samples_of(report)} == units["BenchmarkA-8"]
    assert {one.better for one in report.results} == {"lower"}
    [note] = report.notes
    assert note == ("values in units that do not say which way is better are left out (rps, hit-ratio); a line such as "
                    "`Unit widgets/op better=higher` says it")
    told_so = told(f"Unit rps better=higher\nUnit hit-ratio better=higher\n{line}", tmp_path)
    assert (one_of(told_so, "BenchmarkA-8", "rps").better, told_so.notes) == ("higher", ())


def test_values_of_one_line_in_one_base_unit_are_results_of_their_own(tmp_path: Path):
    report = told("BenchmarkB-8 100 1000 ns/op 5 ms 16 B/op 50 MB\n" * 2 + "BenchmarkC-8 100 5 ms\n", tmp_path)

    assert samples_of(report) == {
        ("BenchmarkB-8", "seconds"): (1e-6, 1e-6), ("BenchmarkB-8 [ms]", "seconds"): (5e-3, 5e-3),
        ("BenchmarkB-8", "bytes"): (16.0, 16.0), ("BenchmarkB-8 [MB]", "bytes"): (50e6, 50e6),
        ("BenchmarkC-8", "seconds"): (5e-3,)}


def test_a_direction_that_contradicts_another_of_the_same_benchmark_makes_it_a_failed_one(tmp_path: Path):
    report = told("Unit ms better=higher\nBenchmarkA 1 5 ns/op\nBenchmarkA 1 5 ms\n", tmp_path)

    assert failed_of(report) == {
        "BenchmarkA": "is told to be better when lower and when higher under one name and unit"}
    assert seconds_of(report)["BenchmarkA"] == (5e-9,)


def test_what_is_printed_without_a_line_end_hides_neither_a_name_nor_values(tmp_path: Path):
    log = ("BenchmarkA-2  \tprinted\nno end      200\t  1255 ns/op\t 6 B/op\n"
           "3 fish BenchmarkB-2  \tprinted\nsaid\tBenchmark: 5 ms\n7\t      200\t  5 ns/op\n"
           "BenchmarkC-2 \thi      10\t 7 ns/op\n"
           "PASS\nok  \tm\t1s\n")
    report = told(log, tmp_path)

    assert seconds_of(report) == {
        "m.BenchmarkA-2": (1255e-9,), "m.BenchmarkB-2": (5e-9,), "m.BenchmarkC-2": (7e-9,)}
    assert failed_of(report) == {}


@pytest.mark.parametrize("after", ["ok  \tm\t1s\n", "BenchmarkZ-8 1 5 ns/op\nPASS\nok  \tm\t1s\n"])
@pytest.mark.parametrize("line", ["BenchmarkA-8 100 5 ns/op 99\n", "BenchmarkA-8 \t\nlost\n", "BenchmarkA-8 \tlost\n"])
def test_a_benchmark_whose_values_can_not_be_read_is_missing_though_its_package_passed(
    line: str, after: str, tmp_path: Path,
):
    report = told(f"BenchmarkY-8 1 5 ns/op\n{line}{after}", tmp_path)

    assert failed_of(report) == {"m.BenchmarkA-8": "began and gave no value"}


def test_a_name_that_is_only_announced_is_nothing_lost(tmp_path: Path):
    log = ("BenchmarkP\nBenchmarkP/k-8\nBenchmarkP/k-8/x\nBenchmarkP/k-8/x-2 \t 1\t 5 ns/op\n"
           "BenchmarkP/n-9\nBenchmarkP/n-9-2 \t 1\t 6 ns/op\nBenchmarkQ\nPASS\nok  \tm\t1s\n")
    report = told(log, tmp_path)

    assert seconds_of(report) == {"m.BenchmarkP/k-8/x-2": (5e-9,), "m.BenchmarkP/n-9-2": (6e-9,)}
    assert failed_of(report) == {}


def test_what_a_benchmark_prints_between_its_name_and_its_values_is_passed_over():
    found = seconds_of(told(COMPILED / "go_values.txt"))

    assert (found[f"{A}BenchmarkLoud"], found[f"{A}BenchmarkLoud-2"]) == ((3140 / 1e9,), (6152 / 1e9,))


def test_repeats_are_samples_and_one_name_in_two_packages_is_two_benchmarks():
    found = seconds_of(told(COMPILED / "go_events.ndjson"))

    assert found[f"{A}BenchmarkSum/n=10-2"] == (438.3 / 1e9, 535.5 / 1e9)
    assert found[f"{A}BenchmarkShared-2"] == (1053 / 1e9, 2551 / 1e9)
    assert found[f"{B}BenchmarkShared-2"] == (3183 / 1e9, 3912 / 1e9)


@pytest.mark.parametrize(("name", "failed"), [
    ("go_events.ndjson", {f"{B}BenchmarkFails": "failed", "example.com/m/b": "failed"}),
    ("go_failures.txt", {
        "example.com/m/a": "failed [build failed]", f"{B}BenchmarkFails": "failed", "example.com/m/b": "failed",
        "example.com/m/broken": "failed [build failed]", "example.com/m/panics": "crashed: panic: boom | <b>"}),
    ("go_failure_events.ndjson", {
        "example.com/m/a": "failed [build failed]", f"{B}BenchmarkFails": "failed", "example.com/m/b": "failed",
        "example.com/m/broken": "failed [build failed]",
        "example.com/m/panics.BenchmarkPanics": "crashed: panic: boom | <b>",
        "example.com/m/panics": "failed"}),
])
def test_what_failed_panicked_or_did_not_compile_is_told_and_skipped_ones_are_not(name: str, failed: dict[str, str]):
    assert failed_of(told(COMPILED / name)) == failed


def test_a_log_that_ends_within_a_benchmark_tells_it(tmp_path: Path):
    report = told("pkg: m\nBenchmarkA-2 \t 5 \t 1 ns/op\nBenchmarkB-2   \t", tmp_path)

    assert (seconds_of(report), failed_of(report)) == (
        {"m.BenchmarkA-2": (1e-9,)}, {"m.BenchmarkB-2": "began and gave no value"})


def test_the_package_can_stand_behind_its_benchmarks(tmp_path: Path):
    text = "BenchmarkA 1 5 ns/op\nPASS\nok  \tm/one\t0.1s\nBenchmarkA 1 7 ns/op\nPASS\nok  \tm/two\t0.1s\n"

    assert seconds_of(told(text, tmp_path)) == {"m/one.BenchmarkA": (5e-9,), "m/two.BenchmarkA": (7e-9,)}


def test_a_line_on_units_tells_what_their_names_do_not(tmp_path: Path):
    report = told("Unit hits/op better=higher assume=exact\nBenchmarkA 1 5 ns/op 3 hits/op\n", tmp_path)

    hits = one_of(report, "BenchmarkA", "hits/op")
    assert (hits.better, hits.exact, one_of(report, "BenchmarkA").exact) == ("higher", True, False)


def test_a_value_that_is_no_measurement_leaves_the_others(tmp_path: Path):
    report = told("BenchmarkA 1 5 ns/op NaN allocs/op -3 MB/s +Inf z/s 0 B/op\n", tmp_path)

    assert samples_of(report) == {("BenchmarkA", "seconds"): (5e-9,), ("BenchmarkA", "bytes"): (0.0,)}
    assert failed_of(report) == {"BenchmarkA": "has nan (allocs/op) for a value, which is no measurement"}


def test_names_differ_by_case_and_words_that_only_begin_alike_are_no_benchmarks(tmp_path: Path):
    text = "BenchmarkAb 1 5 ns/op\nBenchmarkAB 1 6 ns/op\nBenchmarking 1 7 ns/op\n"

    assert seconds_of(told(text, tmp_path)) == {"BenchmarkAb": (5e-9,), "BenchmarkAB": (6e-9,)}


def test_a_log_of_tests_alone_holds_no_benchmark(tmp_path: Path):
    events = json.dumps({"Action": "output", "Package": "m", "Output": "ok  \tm\t0.1s\n"}) + "\n"

    with pytest.raises(InputError, match=r'^current: "report\.txt" holds no benchmark$'):
        told(events, tmp_path)


def test_an_event_that_is_cut_off_is_damage(tmp_path: Path):
    whole = json.dumps({"Action": "output", "Package": "m", "Output": "BenchmarkA 1 5 ns/op\n"})

    assert why_not(f"{whole}\n{whole[:40]}", tmp_path) == "is cut off at byte 40"


@given(values=st.lists(st.floats(1e-3, 1e12), min_size=1, max_size=5), cuts=st.lists(st.integers(1, 30), max_size=5))
def test_events_say_the_same_as_the_lines_however_they_cut_them(
    values: list[float], cuts: list[int], tmp_path_factory: pytest.TempPathFactory,
):
    folder = tmp_path_factory.getbasetemp()
    text = "pkg: m\n" + "".join(f"BenchmarkA-8 \t 10 \t {value!r} ns/op\n" for value in values) + "PASS\n"
    pieces, at = [], 0
    for cut in [*cuts, len(text)]:
        pieces.append(text[at:at + cut])
        at += cut
    events = "".join(json.dumps({"Action": "output", "Package": "m", "Output": piece}) + "\n" for piece in pieces)

    lines = told(text, folder)
    assert told(events, folder).results == lines.results
    assert seconds_of(lines)["m.BenchmarkA-8"] == tuple(value / 1e9 for value in values)


FOUND = "repo_vitals.concerns.performance_compare.formats.found"


def test_more_benchmarks_than_are_compared_are_refused_at_the_first_too_many(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(f"{FOUND}.MOST_RESULTS", 2)
    lines = [b"BenchmarkA-8 100\t5 ns/op\n", b"BenchmarkB-8 100\t5 ns/op\n", b"BenchmarkA-8 100\t6 ns/op\n"]
    path = tmp_path / "log"
    path.write_bytes(b"".join(lines))
    assert len(told(path).results) == 2
    path.write_bytes(b"".join([*lines, b"x" * (2 << 20)]))
    assert "holds a line of more than" in why_not(path)
    # Behind it nothing is read any more.
    path.write_bytes(b"".join([*lines, b"BenchmarkC-8 100\t5 ns/op\n", b"x" * (2 << 20)]))
    assert "has more than 2 benchmarks, which is more than is compared at once" in why_not(path)


@pytest.mark.parametrize(("values", "is_told"), [
    (("5", "5000"), True), (("5", "4999"), False), (("0", "5000"), False), (("7",), False), (("1", "2", "9e9"), True)])
def test_values_of_one_name_a_thousandfold_apart_get_a_note(tmp_path: Path, values: tuple[str, ...], is_told: bool):
    report = told("".join(f"BenchmarkA-8 100\t{value} ns/op\n" for value in values) + "BenchmarkB-8 1\t9 ns/op\n",
                  tmp_path)
    said = ("values of one name are a thousandfold apart in this report (BenchmarkA-8): are these two benchmarks, "
            "or is a unit wrong?")
    assert report.notes == ((said,) if is_told else ())
