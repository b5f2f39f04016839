"""What holds for every reader of JSON, rates and counts: each knows its own, and damage never becomes a number."""
from __future__ import annotations

import json
import math
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.formats import data_js
from repo_vitals.concerns.performance_compare.formats.head import Head
from repo_vitals.concerns.performance_compare.reading import FORMATS, reader, recognised
from repo_vitals.sources.report_files import Unreadable
from support.report_files import kept, written
from support.tool_reports import TOOLS, read_content, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.performance_compare.facts import Report, Result

MINE = ("benchmark-js", "benchmarkdotnet", "bencher-metric", "custom", "data-js", "gungraun", "hyperfine", "jmh",
        "pytest-benchmark", "repo-vitals", "vitest")
SAMPLES = [(path.parent.name, path) for path in sorted(TOOLS.glob("*/*"))]
CONTENTS = [path.read_bytes() for _, path in SAMPLES]


def each_result(report: Report) -> Iterator[Result]:
    for run in (report.results, report.baseline, *report.runs, *report.baseline_runs):
        yield from run


def check(report: Report) -> None:
    """What the arithmetic relies on."""
    for result in each_result(report):
        assert result.samples
        assert all(math.isfinite(one) and one >= 0 for one in result.samples)
        assert result.name.strip()
        result.name.encode()
        assert result.unit.isprintable()
    assert all(note.isprintable() for note in report.notes)
    assert all(one.isprintable() for one in (report.tool, *report.machine, *report.machine.values()))


def read_or_refuse(folder: Path, content: bytes, forced: str | None) -> Report | None:
    """A report, or None of one that is refused in words on one line; anything else is a bug."""
    file = written(folder, content, reader=forced)
    try:
        report = reader(forced or recognised(file)).read(file)
        if forced == "data-js":
            data_js.runs(file)
    except Unreadable as refused:
        assert str(refused).isprintable()
        return None
    check(report)
    # As `reading` has it: nothing in it is no report.
    return report if report.results or report.failed or report.runs else None


@pytest.mark.parametrize(("name", "path"), SAMPLES, ids=lambda one: one if isinstance(one, str) else one.name)
def test_a_report_is_recognised_by_the_reader_of_its_tool_and_by_no_other(name: str, path: Path) -> None:
    head = Head.of(kept(path))
    found = [one for one in FORMATS if one == reader(one).NAME and reader(one).recognises(head)]
    assert found == [name]


@pytest.mark.parametrize("name", [*MINE, "custom-bigger-is-better"])
def test_a_reader_that_is_forced_on_another_tools_report_never_makes_numbers_of_it(name: str, tmp_path: Path) -> None:
    for other, path in SAMPLES:
        if other != reader(name).NAME:
            report = read_or_refuse(tmp_path, path.read_bytes(), name)
            assert report is None or not list(each_result(report)), (other, path.name)


@pytest.mark.parametrize("name", MINE)
@pytest.mark.parametrize("content", [
    b"", b" \n ", b"null", b"1", b"[]", b"{}", b"[1]", b"<html>", b"\xff\xfe", b"\x00", b'{"a": NaN}', b"[" * 5000,
    b"{" * 300, b'{"benchmarks": {}, "results": 1, "files": 2}',
])
def test_what_is_no_report_gives_none(tmp_path: Path, name: str, content: bytes) -> None:
    report = read_or_refuse(tmp_path, content, name)
    assert report is None or not list(each_result(report))


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, path in SAMPLES if path.suffix in (".json", ".js")],
                         ids=lambda one: one if isinstance(one, str) else one.name)
def test_a_report_that_is_cut_off_is_refused(name: str, path: Path, tmp_path: Path) -> None:
    content = path.read_bytes().rstrip()
    for place in (len(content) // 3, len(content) * 2 // 3, len(content) - 1):
        assert read_or_refuse(tmp_path, content[:place], name) is None


_PIECES = [b"", b"null", b"NaN", b"-1", b"1e999", b"1e-400", b"[]", b"{}", b'""', b'"\\ud800"', b"true", b"9" * 400,
           b"\n", "±\u202e<b>|`".encode(), b"::error::", b'{"a": 1, "a": 2}', b"[[1, 2], [3]]"]
_TOKEN = re.compile(rb'"[^"]*"|-?\d[\d.eE+-]*|\w+|[^\s\w]')


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A report in which some of its words are others, or its values are hostile."""
    name, path = draw(st.sampled_from(SAMPLES))
    content = CONTENTS[SAMPLES.index((name, path))]
    tokens = [match.span() for match in _TOKEN.finditer(content)]
    for _ in range(draw(st.integers(1, 3))):
        begin, end = draw(st.sampled_from(tokens))
        other = draw(st.sampled_from(tokens))
        put = draw(st.sampled_from([*_PIECES, content[other[0]:other[1]]]))
        content = content[:begin] + put + content[end:]
    return name, content


@given(damaged())
def test_a_damaged_report_ends_in_facts_or_in_words(given_report: tuple[str, bytes]) -> None:
    name, content = given_report
    with tempfile.TemporaryDirectory() as folder:
        read_or_refuse(Path(folder), content, name)
        read_or_refuse(Path(folder), content, None)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))


@given(VALUES, st.sampled_from(MINE))
def test_json_of_any_kind_in_any_place_is_facts_or_words(value: Any, name: str) -> None:
    places = {
        "benchmark-js": value, "benchmarkdotnet": {"HostEnvironmentInfo": value, "Benchmarks": [
            {"Method": "m", "Statistics": value, "Memory": value}, value]},
        "bencher-metric": {"a": value, "b": {"latency": value}},
        "custom": [{"name": "a", "unit": "s", "value": value}, value],
        "data-js": {"repoUrl": value, "entries": {"s": [
            {"commit": {"id": "a" * 7}, "date": 1, "tool": "go", "benches": [value]}]}},
        "gungraun": {"module_path": "a", "benchmark_exe": "b", "function_name": "c", "profiles": [
            {"data": value}, value]},
        "hyperfine": {"results": [{"command": "a", "mean": value, "times": [1, value], "exit_codes": value}]},
        "jmh": [{"benchmark": "a", "mode": "avgt", "params": value, "primaryMetric": {
            "scoreUnit": "s/op", "score": value, "rawData": [value], "scoreConfidence": [1, value]}}],
        "pytest-benchmark": {"machine_info": value, "benchmarks": [{"name": "a", "params": value, "stats": {
            "mean": value, "data": [value]}}]},
        "repo-vitals": {"format": "repo-vitals-benchmarks", "version": 1, "machine": value, "benchmarks": [
            {"name": "a", "unit": "s", "samples": value}]},
        "vitest": {"files": [{"filepath": "a", "groups": [{"fullName": "g", "benchmarks": [
            {"name": "a", "mean": value, "rme": value, "samples": value}]}, value]}]},
    }
    with tempfile.TemporaryDirectory() as folder:
        read_or_refuse(Path(folder), json.dumps(places[name]).encode(), name)


HOSTILE = ["a|b", "<script>x</script>", "::error::x", "a\nb", "\u202egnp", "@someone", "`x`", "Ä", "ä", "A", "a", " a"]


def test_a_name_is_kept_as_it_is_and_names_that_differ_in_anything_are_several_benchmarks(tmp_path: Path) -> None:
    entries = [{"name": name, "unit": "s", "value": place} for place, name in enumerate(HOSTILE)]
    assert values(read_content(tmp_path, entries)) == {
        (name, "seconds"): (float(place),) for place, name in enumerate(HOSTILE)}


def test_long_lists_of_samples_are_read_whole_and_long_lists_of_benchmarks_too(tmp_path: Path) -> None:
    # 8.5 MB in one list, more than a value may have that is held whole.
    samples = ",".join([f"0.000{'1234567890' * 8}"] * 100_000)
    report = read_content(tmp_path, f'{{"machine_info": {{}}, "benchmarks": [{{"fullname": "a", "stats": {{"data": '
                                    f'[{samples}], "rounds": 100000}}}}]}}')
    assert len(values(report)["a", "seconds"]) == 100_000
    many = [{"name": f"n{place}", "unit": "s", "value": 1} for place in range(10_000)]
    assert len(read_content(tmp_path, many).results) == 10_000
