"""Which tool's a report is: told by its content, by one reader alone, whatever surrounds the benchmarks."""
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.facts import Report, Result
from repo_vitals.concerns.performance_compare.formats.found import MOST_RESULTS, Found, size_of
from repo_vitals.concerns.performance_compare.formats.head import Head
from repo_vitals.concerns.performance_compare.reading import FORMATS, read_all, reader, recognised, select
from repo_vitals.errors import InputError
from repo_vitals.sources.report_files import ReportFile, Unreadable
from support.benchmark_reports import DATA, as_file, failed_of, samples_of, seconds_of, told, why_not
from support.report_files import kept, written

SHARED = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
OWN = frozenset(name for name, own in ((name, reader(name).NAME) for name in FORMATS) if own == name)
NO_REPORTS = {".md", ".c", ".rs", ".go", ".cc"}
# Of Criterion's folders one benchmark is enough.
FOUND = "repo_vitals.concerns.performance_compare.formats.found"
KEPT = sorted(path for path in DATA.rglob("*") if path.is_file() and path.suffix not in NO_REPORTS
              and not {"grow", "flat"} & set(path.parts))


def those_that_recognise(file: ReportFile) -> list[str]:
    head = Head.of(file)
    found = [name for name in sorted(OWN) if reader(name).recognises(head)]
    if not found and head.json.kind == "object":
        return [name for name in sorted(OWN) if reader(name).recognises(head.farther(file))]
    return found


# --- recognition ---

@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.relative_to(DATA).as_posix())
def test_one_reader_alone_takes_a_report_for_its_own(path: Path):
    assert len(those_that_recognise(kept(path))) == 1


@pytest.mark.skipif(not SHARED.is_dir(), reason="REPO_VITALS_SAMPLES names no folder of samples")
def test_one_reader_takes_each_recorded_report_and_none_takes_those_of_other_kinds():
    checked = 0
    for path in sorted(SHARED.glob("*/*")):
        if not path.is_file() or path.name == "manifest.json" or path.name.startswith("ms_print"):
            continue
        try:
            found = those_that_recognise(kept(path))
        except Unreadable:
            continue
        is_ours = path.parent.name.startswith(("bench-", "memory-"))
        assert len(found) == (1 if is_ours else 0) or path.parent.name == "malformed", path
        checked += is_ours
    assert checked >= 40


@pytest.mark.parametrize("content", [
    "", " \n", "hello\n", "{}", "[]", "null", "3", '{"benchmarks": []}', '[{"name": "a"}]', "<html></html>", "\x00\x01",
    "ok\n", "PASS\n", "Benchmark\n", "test a ... ok\n", "time: 5 ns\n", '{"a": 1}\n{"b": 2}\n'])
def test_what_is_of_no_tool_is_refused_and_never_clean(content: str, tmp_path: Path):
    with pytest.raises(InputError, match=r'^current: "report\.txt" '):
        told(content, tmp_path)


def test_a_log_of_two_tools_is_refused_rather_than_read_by_half(tmp_path: Path):
    text = "test a ... bench:  5 ns/iter (+/- 1)\nBenchmarkA 1 5 ns/op\n"

    assert why_not(text, tmp_path) == (
        "holds what several tools print (cargo-bench, go); give each a file of its own, or name one as format=path")
    assert seconds_of(told(written(tmp_path, text, reader="go"))) == {"BenchmarkA": (5e-9,)}


def test_telling_keys_may_stand_behind_a_long_beginning(tmp_path: Path):
    context = {"date": "2026-01-31", "library_build_type": "release", "caches": ["x" * 100] * 2000}
    rows = [{"name": "a", "run_type": "iteration", "real_time": 5, "time_unit": "ns"}]

    assert seconds_of(told(json.dumps({"context": context, "benchmarks": rows}), tmp_path)) == {"a": (5e-9,)}
    text = "   Compiling x v0.1.0\n" * 40_000 + "test a ... bench:  5 ns/iter (+/- 1)\n"
    assert seconds_of(told(text, tmp_path)) == {"a": (5e-9,)}


# --- files and folders ---

def test_a_file_that_was_named_is_an_error_and_one_that_a_pattern_found_is_told(tmp_path: Path):
    (tmp_path / "good.txt").write_text("BenchmarkA 1 5 ns/op\n")
    (tmp_path / "bad.txt").write_text("hello\n")
    (tmp_path / "empty.txt").write_text("")

    def read(*patterns: str) -> Any:
        files = select(patterns, folder=str(tmp_path), confined=True, named_by="current", largest=10**6).files
        return read_all(files, named_by="current")

    reports, unusable = read("*.txt")
    assert [one.shown for one in reports] == ["good.txt"]
    assert [(one.shown, one.why.partition(",")[0]) for one in unusable] == [
        ("bad.txt", "is of no format that is read"), ("empty.txt", "is empty")]
    with pytest.raises(InputError, match=r'^current: "empty\.txt" is empty$'):
        read("empty.txt", "*.txt")


def test_a_format_can_be_forced_and_finds_nothing_in_another_tools_file(tmp_path: Path):
    for name in sorted(OWN - {"go"}):
        with pytest.raises(InputError):
            told(written(tmp_path, "BenchmarkA 1 5 ns/op\nPASS\n", reader=name))


def test_an_adapter_reads_what_is_forced_to_its_name(tmp_path: Path):
    result = Result(name="a", unit="seconds", better="lower", samples=(1.0,))
    file = written(tmp_path, "anything", reader="mine")

    reports, unusable = read_all([file], named_by="current", adapters={
        "mine": lambda given: Report(shown="x", format="x", results=(result,))})
    assert ([(one.shown, one.format, one.results) for one in reports], unusable) == (
        [("report.json", "mine", (result,))], [])


# --- what every reader collects ---

@given(values=st.lists(st.tuples(st.sampled_from(["a", "A", "b"]), st.sampled_from(["", "x", "y"]),
                                 st.sampled_from(["ns", "B"]), st.floats(0, 1e9)), max_size=12))
def test_each_value_lands_in_the_benchmark_of_its_scope_name_and_unit(values: list[tuple[str, str, str, float]]):
    found = Found(numbered={"y"})
    for name, scope, unit, value in values:
        found.add(name, value, unit, scope=scope)

    scopes = {name: {scope for one, scope, *_ in values if one == name} for name, *_ in values}
    expected: dict[tuple[str, str], list[float]] = {}
    for name, scope, unit, value in values:
        full = f"{scope}: {name}" if scope == "x" or (scope and len(scopes[name]) > 1) else name
        base = ("seconds", value / 1e9) if unit == "ns" else ("bytes", value)
        expected.setdefault((full, base[0]), []).append(base[1])
    assert {one.key: list(one.samples) for one in found.results()} == expected


def test_an_interval_and_a_typical_value_of_one_sample_do_not_stand_for_several():
    found = Found()
    found.add("a", 5.0, "ns", interval=(4.0, 6.0), typical=5.0)
    found.add("a", 6.0, "ns", interval=(5.0, 7.0), typical=6.0)
    found.add("b", 5.0, "ns", interval=(6.0, float("nan")), typical=float("inf"))

    assert [(one.interval, one.typical) for one in found.results()] == [(None, None), (None, None)]


@pytest.mark.parametrize(("value", "why"), [
    (float("nan"), "has nan (ns) for a value, which is no measurement"),
    (float("inf"), "has inf (ns) for a value, which is no measurement"),
    (-1.0, "has -1 (ns) for a value, which is no measurement"),
    ((), "has no value"),
])
def test_what_is_no_measurement_is_a_failed_benchmark(value: Any, why: str):
    found = Found()
    found.add("a", value, "ns")

    assert [(one.name, one.why) for one in found.failed()] == [("a", why)]
    assert found.results() == ()


@pytest.mark.parametrize("unit", ["GiB", "B"])      # of which two have no sum, and so no median
def test_a_value_too_large_for_its_base_unit_is_a_failed_benchmark(unit: str):
    found = Found()
    found.add("a", 1.7e308, unit)

    assert [one.why for one in found.failed()] == ["has a value that is too large"]


@pytest.mark.parametrize(("parts", "size"), [
    ((), None), (("10",), 10.0), (("n=1000",), 1000.0), (("size:64",), 64.0), (("parse", "64"), 64.0),
    (("8", "64"), None), (("x64",), None), (("1e3",), None), (("-5",), None), (("1" * 16,), None)])
def test_the_inputs_size_is_the_one_number_of_a_name(parts: tuple[str, ...], size: float | None):
    assert size_of(*parts) == size


@pytest.mark.slow
def test_as_many_benchmarks_as_are_compared_at_once_are_read_within_bounds(tmp_path: Path):
    """A line each; the file has 9 MB."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "log"
    with path.open("w") as file:
        file.writelines(f"test m::b{turn} ... bench:     {turn + 1000:,} ns/iter (+/- 5)\n"
                        for turn in range(MOST_RESULTS))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    report = told(path)
    assert len(report.results) == MOST_RESULTS
    assert report.results[-1].samples == ((MOST_RESULTS + 999) / 1e9,)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


def test_more_results_than_can_be_held_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(f"{FOUND}.MOST_RESULTS", 2)
    found = Found()
    found.add("a", 1.0, "ns")
    found.add("b", 1.0, "ns")
    found.add("a", 1.0, "ns")

    assert MOST_RESULTS >= 10**5
    with pytest.raises(Unreadable, match=r"^has more than 2 benchmarks, which is more than is compared at once; split"):
        found.add("c", 1.0, "ns")


@pytest.mark.parametrize("pattern", ["b.json", "*.json"])
def test_reports_of_more_benchmarks_than_are_compared_at_once_are_the_callers_mistake_even_behind_a_pattern(
        pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{FOUND}.MOST_RESULTS", 2)
    many = "".join(f'{{"name": "{name}", "unit": "s", "value": 1}}, ' for name in "abc")
    # Behind the third benchmark nothing is read any more, or it would be said to be no JSON.
    begin = '{"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": ['
    written(tmp_path, f"{begin}{many} broken", name="b.json")

    with pytest.raises(InputError, match=r'^current: "b\.json" has more than 2 benchmarks, .* split them into suites'):
        read_matching(pattern, tmp_path)


def test_what_several_reports_have_together_is_bounded_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                               ) -> None:
    monkeypatch.setattr(f"{FOUND}.MOST_RESULTS", 2)
    written(tmp_path, own_report("a", "b"), name="1.json")
    written(tmp_path, own_report("b", "a"), name="2.json")
    assert len(read_matching("*.json", tmp_path)) == 2
    written(tmp_path, own_report("c"), name="3.json")
    with pytest.raises(InputError, match=r'^current: "3\.json" brings the reports to more than 2 benchmarks, '):
        read_matching("*.json", tmp_path)

    monkeypatch.setattr(f"{FOUND}.MOST_IN_ALL", 3)
    with pytest.raises(InputError, match=r'^current: "2\.json" brings the reports to more than 3 results of bench'):
        read_matching("*.json", tmp_path)


def test_runs_within_one_report_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{FOUND}.MOST_IN_ALL", 2)
    run = '[{"name": "a", "unit": "s", "value": 1}]'
    begin = '{"format": "repo-vitals-benchmarks", "version": 1, "runs": ['
    written(tmp_path, f"{begin}{run}, {run}, {run}, 7", name="b.json")

    with pytest.raises(InputError, match=r'^current: "b\.json" has more than 2 results of benchmarks in several runs'):
        read_matching("b.json", tmp_path)


def own_report(*names: str) -> str:
    return json.dumps({"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": [
        {"name": name, "unit": "s", "value": 1} for name in names]})


def read_matching(pattern: str, folder: Path) -> list[Report]:
    files = select([pattern], folder=str(folder), confined=True, named_by="current", largest=10**9).files
    return read_all(files, named_by="current")[0]


# --- hostile text ---

def damaged(data: st.DataObject, content: bytes) -> bytes:
    begin = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(begin, min(len(content), begin + 40)))
    instead = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from([
        b"9" * 400, b"\x1b[31m", b"\xff\xfe", b"-1", b"NaN", b"1e999", b"\n", b"null", b"[", b"{", b'"', b"\\ud800"])))
    return content[:begin] + instead + (b"" if data.draw(st.booleans()) else content[end:])


def is_facts_or_words(file: ReportFile, form: str | None) -> None:
    try:
        report = reader(form or recognised(file)).read(file)
    except Unreadable as error:
        assert str(error).isprintable()
        return
    assert all(one.isprintable() for one in report.notes)
    assert all(0 <= sample < float("inf") for one in report.results for sample in one.samples)
    assert len(samples_of(report)) == len(report.results)
    for text in (*(one.name for one in report.results), *(part for one in failed_of(report).items() for part in one)):
        text.encode("utf-8")


@given(path=st.sampled_from(KEPT), form=st.sampled_from(FORMATS), data=st.data())
def test_a_damaged_report_is_facts_or_words(
    path: Path, form: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory,
):
    file = as_file(damaged(data, path.read_bytes()), tmp_path_factory.getbasetemp(), name=path.name)

    is_facts_or_words(file, None)
    is_facts_or_words(file, form)


@pytest.mark.slow
@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.relative_to(DATA).as_posix())
@given(data=st.data())
def test_each_report_damaged_is_facts_or_words(
    path: Path, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory,
):
    is_facts_or_words(as_file(damaged(data, path.read_bytes()), tmp_path_factory.getbasetemp(), name=path.name), None)
