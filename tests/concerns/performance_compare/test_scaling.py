"""Growth with the input's size: which benchmarks make a group, and what exceeds a limit."""
from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Result
from repo_vitals.concerns.performance_compare.scaling import Growth, Scaling, judged, scalings, sizes_of

KIND = scalings()


def results(values: dict[str, float], unit: str = "seconds", sizes: dict[str, float] | None = None) -> list[Result]:
    better = "higher" if unit in ("operations_per_second", "bytes_per_second", "points") else "lower"
    return [Result(name=name, unit=unit, better=better, samples=(value,), size=(sizes or {}).get(name))
            for name, value in values.items()]


def growths(lines: str, *found: Result, error: float = 0.05) -> list[Growth]:
    run = BenchmarkRun(values={one.key: one.samples for one in found})
    return list(judged(KIND.parse(lines), {one.key: one for one in found}, [run], error=error))


def powers(name: str, power: float, noise: float = 0.0) -> dict[str, float]:
    random_one = random.Random(7)
    return {f"{name}/{size}": 1e-9 * size ** power * (1 + noise * random_one.uniform(-1, 1)) for size in (
        64, 256, 1024, 4096, 16384)}


# --- lines ---

def test_lines_are_a_pattern_and_a_limit():
    expected = (Scaling(pattern="sort/*", limit=1.2), Scaling(pattern="push<int> <= x", limit=1.0))
    lines = "sort/* <= 1.2\n\npush<int> <= x<=1"
    assert KIND.parse(lines) == KIND.from_toml(lines.splitlines()) == expected
    assert KIND.parse(KIND.show(expected)) == expected


@pytest.mark.parametrize("lines", ["sort/*", "sort/* < 1", "sort/* <= fast", "<= 1", "a <= 1\na <= 2", "a <= 1e9"])
def test_lines_that_are_none_are_errors(lines: str):
    with pytest.raises(ValueError, match=r"which is not like|twice"):
        KIND.parse(lines)


@given(st.text(max_size=40))
def test_any_text_is_limits_or_words(text: str):
    try:
        KIND.parse(text)
    except ValueError as error:
        assert str(error).isprintable()


# --- sizes ---

@pytest.mark.parametrize(("name", "expected"), [
    ("sort/1024", ("sort/*", 1024)), ("sort/1024/min_time:2/threads:8", ("sort/*/min_time:2/threads:8", 1024)),
    ("test_sort[1000]", ("test_sort[*]", 1000)), ("sort_10_000", ("sort_*", 10_000)), ("n=4k", ("n=*", 4000)),
    ("read 4Ki blocks", ("read * blocks", 4096)), ("md5", None), ("x 1.5", None), ("10ms", None), ("sort/0", None),
    ("", None), ("BM_x/threads:8", None), ("x threads=8", None), ("BM_x/repeats:3", None), ("x iterations=3", (
        "x iterations=*", 3)),
    ("BenchmarkS-8", None), ("pkg/a.BenchmarkS-8", None), ("BenchmarkS/n=100/k=4-8", ("BenchmarkS/n=100/k=*-8", 4)),
    ("Benchmarks.S-8", ("Benchmarks.S-*", 8)), ("sort-8", ("sort-*", 8)),
    ("sort/1,500", None), ("sort(1,5000)", ("sort(1,*)", 5000)), ("sort(7, 500)", ("sort(7, *)", 500)),
])
def test_the_size_in_a_name_is_its_last_number_that_stands_alone(name: str, expected: tuple[str, float] | None):
    assert sizes_of(name) == expected


def test_a_size_that_the_reader_knows_is_found_in_the_name():
    assert sizes_of("sort/1024/threads:8", 1024) == ("sort/*/threads:8", 1024)
    assert sizes_of("BenchmarkS/8-8", 8) == ("BenchmarkS/*-8", 8)
    assert sizes_of("sort(1,500)", 500) == ("sort(1,*)", 500)
    assert sizes_of("sort/small", 10) is None


# --- verdicts ---

def test_growth_exceeds_its_limit_only_with_its_whole_interval():
    verdicts = {power: growths("sort/* <= 1.2", *results(powers("sort", power, 0.02)))[0].verdict
                for power in (1.0, 1.2, 2.0)}
    assert verdicts == {1.0: "met", 1.2: "unsure", 2.0: "exceeded"}


def test_exact_growth_at_the_limit_keeps_within_it():
    [one] = growths("sort/* <= 1", *results({f"sort/{size}": 3.0 * size for size in (10, 100, 1000)}, "allocations"))
    assert one.verdict == "met"
    assert one.exponent is not None
    assert one.exponent.value == pytest.approx(1)


def test_growth_of_three_sizes_is_what_a_pencil_finds():
    """Sizes 10, 100, 1000 cost 2, 30, 500 ms: in decimal logarithms 1, 2, 3 and 0.30103, 1.47712, 2.69897.

    The slope is that of the ends, (2.69897 - 0.30103) / 2 = 1.19897, since the middle is the mean of the sizes. There
    the line passes the mean, 1.49237: the middle lies 0.01525 below it, and so both ends half as far above it. The
    squares sum to 1.5 * 0.01525**2 = 0.000349, with one degree of freedom, and the sizes' to 2, which gives a standard
    error of 0.01321. Student's t with one degree is Cauchy's law, whose 97.5 % quantile is tan(0.475 pi) = 12.706: so
    the interval is 0.1678 to either side.
    """
    [one] = growths("x/* <= 1.03", *results({"x/10": 0.002, "x/100": 0.03, "x/1000": 0.5}))
    assert one.exponent is not None
    assert (one.exponent.value, one.exponent.low, one.exponent.high) == pytest.approx(
        (1.19897, 1.19897 - 0.1678, 1.19897 + 0.1678), abs=2e-4)
    assert one.verdict == "exceeded"


def test_benchmarks_that_differ_in_more_than_the_size_are_groups_of_their_own():
    found = growths("* <= 1.5", *results({**powers("sort/quick", 1), **powers("sort/slow", 2)}))
    assert [(one.group, one.verdict) for one in found] == [("sort/quick/*", "met"), ("sort/slow/*", "exceeded")]


def test_a_size_that_no_name_shows_groups_by_the_pattern():
    names = {"sort small": 1.0, "sort medium": 10.0, "sort large": 100.0}
    [one] = growths("sort * <= 1", *results(names, sizes={"sort small": 5, "sort medium": 50, "sort large": 500}))
    assert (one.group, one.verdict) == ("sort *", "met")


@pytest.mark.parametrize(("unit", "rate"), [("operations_per_second", lambda size: 1 / size ** 2),
                                            ("bytes_per_second", lambda size: 1 / size)])
def test_rates_are_compared_as_the_costs_that_they_are(unit: str, rate):
    [one] = growths("* <= 1.5", *results({f"x/{size}": rate(size) for size in (10, 100, 1000)}, unit))
    assert one.exponent is not None
    assert (one.verdict, one.exponent.value) == ("exceeded", pytest.approx(2))


@pytest.mark.parametrize(("values", "why"), [
    ({"x/1": 1.0, "x/2": 2.0}, "has 2 of the 3 sizes that it takes"),
    ({"x/1": 0.0, "x/2": 2.0, "x/3": 3.0}, "has a value of zero, which has no exponent"),
    ({"x/fast": 1.0}, "has no benchmark whose input has a size"),
    ({}, "has no benchmark whose input has a size"),
])
def test_what_has_no_exponent_is_unknown_and_never_met(values: dict[str, float], why: str):
    [one] = growths("x/* <= 1", *results(values))
    assert (one.verdict, one.why, one.exponent) == ("unknown", why, None)


def test_a_constant_part_that_small_inputs_show_widens_the_interval():
    [one] = growths("x/* <= 1.1", *results({f"x/{size}": 5.0 + size ** 2 / 1e4 for size in (1, 10, 100, 1000)}))
    assert one.verdict == "unsure"


def test_of_several_lines_that_mean_a_benchmark_the_first_counts():
    found = results(powers("sort/quick", 1.5))
    assert [(one.scaling.limit, one.verdict) for one in growths("*quick* <= 2\nsort/* <= 1", *found)] == [(2, "met")]


def test_more_benchmarks_make_each_interval_wider():
    found = results(powers("sort", 1.0, 0.1))
    [alone] = growths("sort/* <= 1.2", *found)
    both = growths("sort/* <= 1.2\nfind/* <= 1.3", *found, *results(powers("find", 1.0, 0.1)))
    assert alone.exponent is not None
    assert both[0].exponent is not None
    assert both[0].exponent.high > alone.exponent.high


def test_values_of_several_runs_are_one_value_a_size():
    names = ("x/10", "x/100", "x/1000")
    keys = [(name, "seconds") for name in names]
    found = {one.key: one for one in results(dict.fromkeys(names, 1.0))}
    runs = [BenchmarkRun(values={key: (10.0 ** place * factor, 10.0 ** place * factor * 9, 10.0 ** place * factor / 9)
                                 for place, key in enumerate(keys)}) for factor in (1.0, 5.0, 0.2)]
    [one] = judged(KIND.parse("x/* <= 1"), found, runs, error=0.05)
    assert one.exponent is not None
    assert (one.verdict, one.exponent.value) == ("met", pytest.approx(1))
