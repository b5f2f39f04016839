"""What `cargo bench` prints: libtest, Criterion.rs and the bencher format in one log, and libtest's JSON."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.reading import recognised
from repo_vitals.errors import InputError
from support.benchmark_reports import DATA, as_file, failed_of, one_of, seconds_of, told, why_not

if TYPE_CHECKING:
    from pathlib import Path

COMPILED = DATA / "compiled"
SUITE = "running {} tests\n{}\ntest result: ok. 0 passed; 0 failed; 0 ignored; {} measured; 0 filtered out\n"


def suite(*lines: str) -> str:
    return SUITE.format(len(lines), "\n".join(lines), len(lines))


def bench(name: str, value: str = "5", unit: str = "ns/iter") -> str:
    return f"test {name} ... bench:  {value} {unit} (+/- 1)"


# --- libtest ---

def test_one_name_in_two_targets_is_two_benchmarks_and_a_failed_one_is_told():
    report = told(COMPILED / "libtest_targets.txt")

    assert seconds_of(report) == {
        "speedy: tests::bytes": (540.76 / 1e9,), "speedy: tests::fib_10": (851.25 / 1e9,),
        "second: tests::fib_10": (3363.42 / 1e9,)}
    assert failed_of(report) == {
        "second: tests::panics": "failed", "second": "failed: bench failed, to rerun pass `--bench second`"}
    assert one_of(report, "speedy: tests::bytes").statistic == "median"


def test_events_that_name_no_target_tell_it_by_its_tests():
    report = told(COMPILED / "libtest_targets.ndjson")

    assert seconds_of(report) == {
        "tests::bytes": (430.418323692456 / 1e9,), "tests::fib_10": (827.784247311828 / 1e9,),
        "suite 2: tests::fib_10": (3142.02701056052 / 1e9,)}
    assert failed_of(report) == {"tests::panics": "failed"}


def test_suites_of_the_same_tests_are_one_that_ran_again_and_others_are_others(tmp_path: Path):
    one, other = suite(bench("a", "5"), "test left ... ignored"), suite(bench("a", "70"))
    again = suite(bench("a", "6"), "test left ... ignored")

    assert seconds_of(told(one + other + again, tmp_path)) == {"a": (5e-9, 6e-9), "suite 2: a": (70e-9,)}


def test_binaries_of_one_name_are_told_apart_by_their_builds(tmp_path: Path):
    running = "     Running benches/b.rs (target/release/deps/b-{})\n{}\n"
    text = "".join(running.format(*one) for one in (
        ("0123456789abcdef", bench("x", "5")), ("fedcba9876543210", bench("x", "70")),
        ("0123456789abcdef", bench("x", "6"))))

    assert seconds_of(told(text, tmp_path)) == {"b: x": (5e-9, 6e-9), "b 2: x": (70e-9,)}


@pytest.mark.parametrize(("value", "unit", "expected"), [
    ("1,234.56", "ns/iter", ("seconds", 1234.56 / 1e9, "lower")),
    ("1", "μs/iter", ("seconds", 1e-6, "lower")),
    ("1", "µs/iter", ("seconds", 1e-6, "lower")),
    ("22", "ms/iter", ("seconds", 22e-3, "lower")),
    ("333", "s/iter", ("seconds", 333.0, "lower")),
    ("2835", "cycles/iter", ("cycles", 2835.0, "lower")),
    ("1911", "MS/s", ("MS/s", 1911.0, "higher")),
    ("0", "ns/iter", ("seconds", 0.0, "lower")),
])
def test_units_of_lines(value: str, unit: str, expected: tuple[str, float, str], tmp_path: Path):
    [found] = told(bench("a", value, unit), tmp_path).results

    assert (found.unit, found.samples[0], found.better) == expected


@pytest.mark.parametrize("value", ["NaN", "inf", "-5"])
def test_a_value_that_is_no_measurement_is_a_failed_benchmark(value: str, tmp_path: Path):
    report = told(f"{bench('a', value)}\n{bench('b')}", tmp_path)

    assert (seconds_of(report), list(failed_of(report))) == ({"b": (5e-9,)}, ["a"])


def test_what_was_not_compiled_is_told():
    report = told(COMPILED / "libtest_not_compiled.txt")

    assert report.results == ()
    assert failed_of(report) == {"cargo bench": "failed: cannot find function `fibb` in crate `speedy`"}


def test_a_suite_that_broke_off_is_told_with_what_it_measured(tmp_path: Path):
    text = f"     Running benches/b.rs (target/release/deps/b-0123456789abcdef)\nrunning 2 tests\n{bench('a')}\ntest b "
    events = '{"type": "suite", "event": "started"}\n{"type": "bench", "name": "a", "median": 5.0}\n'

    for content, name, measured in ((text, "b", "b: a"), (events, "the suite", "a")):
        report = told(content, tmp_path)
        assert (seconds_of(report), failed_of(report)) == (
            {measured: (5e-9,)}, {name: "began to run tests and told no result"})


def test_suites_without_benchmarks_hold_none(tmp_path: Path):
    with pytest.raises(InputError, match=r'^current: "report\.txt" holds no benchmark$'):
        told(SUITE.format(0, "", 0), tmp_path)


def test_events_are_held_to_their_form(tmp_path: Path):
    begin = '{"type": "suite", "event": "started"}\n'

    assert why_not(f'{begin}{{"type": "bench", "name": "a", "median": NaN}}', tmp_path).startswith("holds NaN")
    assert why_not(f'{begin}{{"type": "bench", "name": "a", "median": "5"}}', tmp_path) == (
        'has "5" for a median, which is no number')
    assert why_not(f'{begin}{{"type": "bench", "median": 5}}', tmp_path) == (
        "has an event without the name of its test")


# --- Criterion ---

def test_criterion_gives_its_time_with_bounds_and_throughput_and_change_are_no_benchmarks():
    report = told(COMPILED / "criterion_compared.txt")

    assert {one.key for one in report.results} == {(f"b: {name}", "seconds") for name in (
        "fib 10", "grow/fib/8", "grow/fib/12", "flat/a <long> name | that does not fit into the column")}
    assert report.failed == ()
    assert [one_of(report, f"b: {name}").size for name in ("fib 10", "grow/fib/12")] == [None, 12.0]
    for one in report.results:
        assert one.interval is not None
        assert one.interval[0] <= one.samples[0] <= one.interval[1]


def test_colours_and_the_bencher_format_change_no_name():
    names = {one.name for one in told(COMPILED / "criterion_compared.txt").results}

    assert {one.name for one in told(COMPILED / "criterion_coloured.txt").results} == names
    assert {one.name for one in told(COMPILED / "criterion_bencher.txt").results} == names


def test_bounds_are_in_the_unit_of_each(tmp_path: Path):
    result = one_of(told("a   time:   [999.50 ns 1.0005 us 1.0010 us]\n", tmp_path), "a")

    assert result.samples == (1.0005 / 1e6,)
    assert result.interval == pytest.approx((999.5e-9, 1001e-9), rel=1e-12)


def test_a_log_of_power_shells_is_read(tmp_path: Path):
    text = "a   time:   [1.0000 µs 1.0005 µs 1.0010 µs]\r\n"

    assert seconds_of(told(text.encode("utf-16"), tmp_path)) == {"a": (1.0005 / 1e6,)}


def test_a_benchmark_that_began_and_one_that_panicked_are_told(tmp_path: Path):
    text = """
Benchmarking a
Benchmarking a: Warming up for 3.0000 s
Benchmarking a: Collecting 100 samples in estimated 5.0000 s (6.4M iterations)
Benchmarking a: Analyzing
a                       time:   [1.0 ns 1.1 ns 1.2 ns]
Benchmarking b
Benchmarking b: Warming up for 3.0000 s
thread 'main' panicked at benches/b.rs:3:5:
boom
Benchmarking c: Warming up for 3.0000 s
"""
    report = told(text, tmp_path)

    assert seconds_of(report) == {"a": (1.1 / 1e9,)}
    assert failed_of(report) == {"b": "panicked at benches/b.rs:3:5:", "c": "began and gave no value"}


def test_a_wrong_option_is_no_clean_result(tmp_path: Path):
    text = ("     Running unittests src/lib.rs (target/release/deps/lib-0123456789abcdef)\n"
            "error: Unrecognized option: 'noplot'\nerror: bench failed, to rerun pass `--lib`\n")

    assert failed_of(told(text, tmp_path)) == {"lib": "failed: Unrecognized option: 'noplot'"}


def test_counts_of_valgrind_are_left_to_their_own_reader(tmp_path: Path):
    text = suite() + "bench_fib\n  Instructions:                1735 (No change)\n  L1 Accesses:  2364 (No change)\n"

    assert recognised(as_file(text, tmp_path)) == "gungraun"


# --- hostile text ---

def test_names_are_kept_as_they_are(tmp_path: Path):
    names = ["a", "A", "<img src=x>", "| `x` |", "::error::x", "a b  c", "naïve µ"]

    assert list(seconds_of(told("\n".join(map(bench, names)), tmp_path))) == names


def test_long_lines_take_no_long_time(tmp_path: Path):
    blanks = " " * 150_000
    text = f"test {blanks}\nBenchmarking {blanks}\n{blanks}Running {blanks}\n{blanks}time: [{blanks}]\n{bench('a')}\n"

    assert seconds_of(told(text, tmp_path)) == {"a": (5e-9,)}


@given(values=st.lists(st.integers(0, 10**12), min_size=1, max_size=8))
def test_samples_come_in_the_order_of_the_log(values: list[int], tmp_path_factory: pytest.TempPathFactory):
    text = "\n".join(bench("a", f"{value:,}") for value in values)

    assert seconds_of(told(text, tmp_path_factory.getbasetemp())) == {"a": tuple(value / 1e9 for value in values)}
