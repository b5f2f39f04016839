"""Google Benchmark's JSON."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.benchmark_reports import DATA, failed_of, one_of, samples_of, seconds_of, told, why_not

if TYPE_CHECKING:
    from pathlib import Path

COMPILED = DATA / "compiled"
CONTEXT = {"date": "2026-01-31T06:00:00+00:00", "num_cpus": 2, "library_build_type": "release"}


def report(*rows: dict[str, Any], **context: Any) -> str:
    return json.dumps({"context": CONTEXT | context, "benchmarks": list(rows)})


def row(name: str, time: Any = 5.0, **more: Any) -> dict[str, Any]:
    return {"name": name, "run_name": name, "run_type": "iteration", "real_time": time, "cpu_time": 1.0,
            "time_unit": "ns"} | more


def test_repetitions_are_samples_and_neither_aggregates_nor_fits_are_benchmarks():
    found = seconds_of(told(COMPILED / "google_benchmark_repeated.json"))

    assert {name: len(samples) for name, samples in found.items()} == {
        "Sum/64/repeats:3": 3, "Sum/1024/repeats:3": 3, "Growth/64": 1, "Growth/256": 1, "Growth/1024": 1,
        "Growth/4096": 1, "Two/8/16/real_time/threads:2": 1}
    assert found["Sum/64/repeats:3"] == pytest.approx((271.1544445401098e-9, 272.02860271334123e-9,
                                                       217.98667104769055e-9), rel=1e-15)


def test_errors_counters_sizes_and_the_machine():
    found = told(COMPILED / "google_benchmark_repeated.json")

    assert failed_of(found) == {"Bad": "failed: no <device> | found"}
    assert one_of(found, "Growth/256", "bytes_per_second").better == "higher"
    assert ("Two/8/16/real_time/threads:2", "hits") not in samples_of(found)
    assert found.notes == ("its library is a debug build, so its times are longer than a program's own",
                           "counters of its own are left out, since nothing tells which way of theirs is better")
    assert [one_of(found, name).size for name in ("Sum/64/repeats:3", "Two/8/16/real_time/threads:2")] == [64.0, None]
    assert (found.machine, str(found.written_at)) == ({"cpus": "2"}, "2026-11-26 15:40:08+00:00")


def test_of_a_run_that_kept_aggregates_alone_the_median_is_the_sample():
    found = told(COMPILED / "google_benchmark_aggregates.json")

    assert seconds_of(found)["Sum/64/repeats:3"] == pytest.approx((134.71469627034472e-9,), rel=1e-15)
    assert one_of(found, "Sum/64/repeats:3").statistic == "median"


def test_aggregates_of_versions_that_do_not_say_so_are_told_by_their_names(tmp_path: Path):
    def old(name: str, time: float) -> dict[str, Any]:
        return {"name": name, "real_time": time, "cpu_time": 1, "time_unit": "us"}

    kept = told(report(old("a", 1), old("a", 3), old("a_mean", 2), old("a_median", 2), old("a_stddev", 1),
                       old("the_mean", 7)), tmp_path)
    alone = told(report(old("a_mean", 2), old("a_median", 4), old("a_stddev", 1)), tmp_path)

    assert seconds_of(kept) == {"a": (1e-6, 3e-6), "the_mean": (7e-6,)}
    assert seconds_of(alone) == {"a": (4e-6,)}


def test_a_skipped_benchmark_is_none_and_one_of_each_unit_of_time(tmp_path: Path):
    found = told(report(row("a", 0, skipped=True, skip_message="not here"), row("b", 2, time_unit="ms"),
                        row("c", 2, time_unit="s"), row("d", 0)), tmp_path)

    assert (seconds_of(found), found.failed) == ({"b": (2e-3,), "c": (2.0,), "d": (0.0,)}, ())


def test_what_a_memory_manager_counts_is_a_result(tmp_path: Path):
    found = samples_of(told(report(row("a", allocs_per_iter=2.5, max_bytes_used=4096)), tmp_path))

    assert found["a", "allocations"] == (2.5,)
    assert found["a", "bytes"] == (4096.0,)


def test_a_date_without_a_zone_is_not_taken_for_a_moment(tmp_path: Path):
    assert told(report(row("a"), date="2019-11-29 21:26:59"), tmp_path).written_at is None


@pytest.mark.parametrize(("content", "why"), [
    (report(row("a", "5")), 'has "5" for a real_time, which is no number'),
    (report(row("a", None)), 'has "None" for a real_time, which is no number'),
    (report(row("a", time_unit=3)), "has a benchmark whose time_unit is no text"),
    (report({"real_time": 1, "run_type": "iteration"}), "has a benchmark without its name"),
    (report(row("a"), row("a"))[:-30], "is cut off at byte "),
    (report(row(" ")), "names a benchmark without a name"),
    (report(row("x" * 1001)), "names a benchmark by 1,001 characters; no more than 1,000 are read"),
])
def test_damage_is_told(content: str, why: str, tmp_path: Path):
    assert why_not(content, tmp_path).startswith(why)


def test_what_is_not_read_may_be_no_number_and_what_is_read_may_not(tmp_path: Path):
    variation = row("A_cv", float("nan"), run_name="A", run_type="aggregate", aggregate_name="cv")
    found = told(report(row("A", hits=float("inf")), variation), tmp_path)

    assert (seconds_of(found), found.failed) == ({"A": (5e-9,)}, ())
    for time in (float("nan"), float("inf")):
        why = why_not(report(row("A"), row("B", time)), tmp_path)
        assert why == f'has "{json.dumps(time)}" for a real_time, which is no number'
    assert "twice" in why_not(report(row("A", hits=1)).replace('"hits": 1', '"hits": 1, "hits": 2'), tmp_path)


def test_a_value_below_zero_is_a_failed_benchmark(tmp_path: Path):
    assert failed_of(told(report(row("a", -5), row("b")), tmp_path)) == {
        "a": "has -5 (ns) for a value, which is no measurement"}


def test_the_table_for_a_terminal_is_refused_as_too_coarse():
    assert why_not(COMPILED / "google_benchmark_table.txt") == (
        "is no JSON: the table for a terminal is too coarse to compare; write --benchmark_out=file.json")


def test_half_a_character_in_a_name_is_replaced(tmp_path: Path):
    [found] = told(report(row("a\ud800b\nc")), tmp_path).results

    assert found.name == "a?b\nc"
