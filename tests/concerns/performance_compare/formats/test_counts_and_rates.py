"""benchmark.js's rates, and the counts of Iai, Iai-Callgrind and Gungraun in text and JSON."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.sources.report_files import Unreadable
from support.tool_reports import TOOLS, failures, kept_report, one, read_content, values

if TYPE_CHECKING:
    from pathlib import Path

RATE = "operations_per_second"


# -- benchmark.js ----------------------------------------------------------------------------------------------------

def test_benchmark_js_gives_rates_of_which_more_is_better() -> None:
    report = kept_report("benchmark-js/2.1.4.txt")
    assert values(report) == {("fib(5)", RATE): (1603691.0,), ("fib(22) x 2", RATE): (962.0,),
                              ("<Test #4>", RATE): (5729411.0,)}
    assert {(result.better, result.statistic) for result in report.results} == {("higher", "mean")}
    # ± 57.39 % of 962
    assert one(report, "fib(22) x 2", RATE).interval == pytest.approx((962 - 552.0918, 962 + 552.0918))
    assert failures(report) == {"throws": "threw an error"}


def test_a_benchmark_that_threw_is_told_from_other_lines_of_the_log(tmp_path: Path) -> None:
    text = ("node: v18\nResults:\nok x 5 ops/sec ±1.00% (9 runs sampled)\n  \x1b[31ma: b: \x1b[0m\r\n"
            "c: TypeError: x is no function\nd: name: RangeError, message: y\ne: boom\nFastest is: ok\n")
    assert failures(read_content(tmp_path, text)) == dict.fromkeys(("a: b", "c", "d"), "threw an error")


def test_colours_line_ends_and_indents_are_no_part_of_a_name(tmp_path: Path) -> None:
    text = ("log\r\n  \x1b[32ma b\x1b[0m x 28.33 ops/sec ±3.3% (1 run sampled)\r\n"
            "A b x 0 ops/sec ±0.00% (0 runs sampled)\n")
    report = read_content(tmp_path, text)
    assert values(report) == {("a b", RATE): (28.33,)}
    assert failures(report) == {"A b": "has no samples"}


# -- text of valgrind's harnesses ------------------------------------------------------------------------------------

def test_iais_counts_are_the_new_ones_and_repeat_exactly() -> None:
    report = kept_report("gungraun/iai.txt")
    assert values(report) == {
        ("bench_short", "instructions"): (1243.0,), ("bench_short", "L1 accesses"): (1580.0,),
        ("bench_short", "L2 accesses"): (1.0,), ("bench_short", "RAM accesses"): (2.0,),
        ("bench_short", "cycles"): (1655.0,),
        ("bench_long", "instructions"): (18454953.0,), ("bench_long", "L1 accesses"): (23447195.0,),
        ("bench_long", "L2 accesses"): (6.0,), ("bench_long", "RAM accesses"): (2.0,),
        ("bench_long", "cycles"): (23447295.0,)}
    assert {(result.better, result.exact) for result in report.results} == {("lower", True)}


def test_gungrauns_text_is_read_without_what_it_compares_with() -> None:
    report = kept_report("gungraun/tools.txt")
    first, lines = "demo::sums::sum short:10", "demo::sums::sum lines:two\nlines"
    assert values(report) == {
        (first, "instructions"): (1734.0,), (first, "L1 hits"): (2359.0,), (first, "LL hits"): (0.0,),
        (first, "RAM hits"): (3.0,), (first, "reads and writes"): (2362.0,), (first, "cycles"): (2464.0,),
        (f"{first} (total bytes)", "bytes"): (29499.0,), (f"{first} (at t-gmax bytes)", "bytes"): (378.0,),
        (f"{first} (at t-end bytes)", "bytes"): (0.0,), (first, "allocations"): (2806.0,),
        (lines, "instructions"): (7.0,), (lines, "cycles"): (12.0,)}
    assert one(report, f"{first} (at t-gmax bytes)", "bytes").measures == "peak_memory"


def test_counts_of_two_tools_in_one_run_are_two_benchmarks_and_those_of_two_runs_samples(tmp_path: Path) -> None:
    def run(first: int, second: int) -> str:
        return (f"a::b\n  ======= CALLGRIND ====\n  Instructions:   {first}|N/A   (*)\n"
                f"  ======= CACHEGRIND ====\n  Instructions:   {second}|N/A   (*)\n")

    report = read_content(tmp_path, run(100, 140) + run(101, 141))
    assert values(report) == {("a::b", "instructions"): (100.0, 101.0),
                              ("a::b (cachegrind)", "instructions"): (140.0, 141.0)}
    summary = json.loads((TOOLS / "gungraun/v7.json").read_text())
    [profile] = summary["profiles"]
    summary["profiles"] += [profile | {"tool": "Cachegrind"}]
    assert values(read_content(tmp_path, summary)) == {
        (f"sums::group::sum short{tool}", unit): (value,) for tool in ("", " (cachegrind)")
        for unit, value in (("instructions", 1034.0), ("cycles", 1555.0))}


def test_counts_under_no_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="without the name of a benchmark above it"):
        read_content(tmp_path, "log\n\n  Instructions:     5|4   (+25%)\n")


# -- JSON of valgrind's harnesses ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["v2.json", "v3_list.json", "v7.json"])
def test_every_form_of_a_summary_gives_the_same_counts(name: str) -> None:
    # Version 2 has two processes, 1000 + 34 instructions and 1500 + 55 cycles.
    assert values(kept_report(f"gungraun/{name}")) == {("sums::group::sum short", "instructions"): (1034.0,),
                                                       ("sums::group::sum short", "cycles"): (1555.0,)}


def test_summaries_are_found_between_lines_of_a_log_and_over_several_lines() -> None:
    report = kept_report("gungraun/v6_printed.txt")
    assert values(report) == {
        (f"sums::group::sum{name}", unit): (value,) for name in ("", " second") for unit, value in
        (("instructions", 1034.0), ("cycles", 1555.0))
    } | {(f"sums::group::sum{name} ({figure})", "bytes"): (value,) for name in ("", " second")
         for figure, value in (("total bytes", 8.0), ("at t-gmax bytes", 3.0))}


def summary(**said: Any) -> dict[str, Any]:
    return json.loads((TOOLS / "gungraun/v7.json").read_text()) | said  # type: ignore[no-any-return]


def test_a_summary_without_counts_failed(tmp_path: Path) -> None:
    assert failures(read_content(tmp_path, summary(profiles=[]))) == {
        "sums::group::sum short": "has no counts that are read"}


@pytest.mark.parametrize("text", [
    'running 0 tests\n{"module_path": "a", "benchmark_exe": "b", "function_name": "c"}\n{"module_path": "a", "benchm',
    '{"module_path": "a", "benchmark_exe": "b", "function_name": "c"}\n{\n  "module_path": "a",\n',
])
def test_a_log_that_ends_within_a_summary_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unreadable, match=r"ends within|is cut off"):
        read_content(tmp_path, text)
