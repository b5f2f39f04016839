"""Catch2's benchmarks: the table on a terminal, and XML."""
from __future__ import annotations

import re
from time import process_time
from typing import TYPE_CHECKING

import pytest

from support.benchmark_reports import DATA, failed_of, one_of, seconds_of, told, why_not

if TYPE_CHECKING:
    from pathlib import Path

COMPILED = DATA / "compiled"
LONG = "a name that is much longer than the column in which the table prints it, with many words"
BROKEN = "one_very_long_identifier_without_any_blank_in_it_that_has_to_be_broken_somewhere"
FIRST = "first case: "
HEAD = "benchmark name                       samples       iterations    estimated\n" + "-" * 79 + "\n"
ROW = "a   10  5  2.1 ms\n   344 ns   341 ns   349 ns\n   19 ns   11 ns   29 ns\n"
END = "=" * 79 + "\ntest cases: 1 | 1 passed\nassertions: - none -\n"


def test_the_table_gives_means_with_bounds_and_names_over_several_lines():
    report = told(COMPILED / "catch2_table.txt")

    assert seconds_of(report) == {
        FIRST + "fib 10": (3.62891 / 1e6,), FIRST + LONG: (198.058 / 1e9,), FIRST + BROKEN: (193.356 / 1e9,),
        "second <case> | `x`: fib 10": (1.97951 / 1e6,), "fourth: after failing": (1.26047 / 1e6,)}
    assert one_of(report, FIRST + BROKEN).interval == pytest.approx((192.563e-9, 196.412e-9))
    assert report.tool == "Catch v2.13.10"


def test_without_an_analysis_the_mean_stands_beside_the_name():
    report = told(COMPILED / "catch2_no_analysis.txt")

    assert seconds_of(report) == {
        FIRST + "fib 10": (550.708 / 1e9,), FIRST + LONG: (171.49 / 1e9,), FIRST + BROKEN: (212.188 / 1e9,),
        "second <case> | `x`: fib 10": (1.37463 / 1e6,), "fourth: after failing": (6.30837 / 1e6,)}


def test_xml_and_the_table_name_the_same_benchmarks_and_failures():
    table, xml = told(COMPILED / "catch2_table.txt"), told(COMPILED / "catch2_report.xml")

    assert [one.key for one in xml.results] == [one.key for one in table.results]
    assert failed_of(table) == {"third: throws": "failed: boom (really)", "fourth": "has an assertion that failed"}
    assert failed_of(xml) == {"third: throws": "failed: boom (really)", "fourth": "failed"}
    assert one_of(xml, FIRST + BROKEN).samples == (122.696 / 1e9,)


def test_a_crash_is_told_in_the_table_and_is_damage_in_xml():
    assert failed_of(told(COMPILED / "catch2_crash.txt")) == {
        "crash: crashing": "began and gave no value", "crash": "has an assertion that failed"}
    assert why_not(COMPILED / "catch2_crash.xml") == "is cut off at byte 1,224"


@pytest.mark.parametrize(("text", "failed"), [
    (HEAD + ROW + END, {}),
    (HEAD + ROW, {"the test binary": "ended without telling how many test cases passed"}),
    (HEAD + ROW + "b    10  5  2.1 ms\n" + END, {"b": "began and gave no value"}),
    (HEAD + ROW + "b\n" + END, {"b": "began and gave no value"}),
])
def test_what_ends_too_early_is_told(text: str, failed: dict[str, str], tmp_path: Path):
    report = told(text, tmp_path)

    assert (seconds_of(report), failed_of(report)) == ({"a": (344 / 1e9,)}, failed)


def test_the_table_of_later_versions_is_read_as_the_earlier_one(tmp_path: Path):
    report = told(HEAD.replace("estimated", "est run time") + ROW + END, tmp_path)

    assert (seconds_of(report), report.failed) == ({"a": (344 / 1e9,)}, ())


@pytest.mark.parametrize("junk", [("a" * 30 + "-\n") * 60_000, "w " * 400_000])
def test_a_name_of_any_length_is_refused_in_time_that_grows_with_the_text(junk: str, tmp_path: Path):
    begun = process_time()

    assert re.fullmatch(r"names a benchmark by [\d,]+ characters; no more than 1,000 are read",
                        why_not(HEAD + ROW + junk + "Benchmark failed (why)\n" + END, tmp_path))
    assert process_time() - begun < 4


def test_minutes_are_told_from_milliseconds(tmp_path: Path):
    text = HEAD + ROW.replace("344 ns   341 ns   349 ns", "1.5 m   1.4 m   1.6 m") + END

    assert seconds_of(told(text, tmp_path)) == {"a": (90.0,)}


def test_version_3_says_its_version(tmp_path: Path):
    xml = ('<?xml version="1.0"?><Catch2TestRun name="c" catch2-version="3.4.0"><TestCase name="t">'
           '<BenchmarkResults name="a"><mean value="5" lowerBound="4" upperBound="6"/></BenchmarkResults>'
           '<OverallResult success="true"/></TestCase></Catch2TestRun>')

    report = told(xml, tmp_path)
    assert (report.tool, seconds_of(report), report.failed) == ("Catch2 3.4.0", {"t: a": (5e-9,)}, ())


@pytest.mark.parametrize(("inner", "why"), [
    ('<mean value="x"/>', 'has "x" for a time, which is no number'),
    ('<mean/>', 'has "" for a time, which is no number'),
])
def test_xml_is_held_to_its_form(inner: str, why: str, tmp_path: Path):
    xml = f'<Catch name="c"><TestCase name="t"><BenchmarkResults name="a">{inner}</BenchmarkResults></TestCase></Catch>'

    assert why_not(xml, tmp_path) == why


def test_entities_are_never_expanded(tmp_path: Path):
    assert why_not('<!DOCTYPE x [<!ENTITY e "x">]><Catch name="c">&e;</Catch>', tmp_path) == (
        "declares entities, which are never expanded")
