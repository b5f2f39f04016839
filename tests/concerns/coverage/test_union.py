"""The union of reports is the set of (file, line) that any of them knows, whatever their formats, number and order."""
from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.facts import FileCoverage, Summary
from repo_vitals.concerns.coverage.reading import Mapping, read_all
from repo_vitals.concerns.coverage.union import join, settle
from support.coverage_reports import RENDERED, Run, figures, lines, read_one, runs, written

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


def truth(told: list[Run]) -> dict[str, dict[int, bool]]:
    """Every file and line, and whether any run called it, by nothing but loops."""
    found: dict[str, dict[int, bool]] = {}
    for run in told:
        for path, numbers in run.lines.items():
            for number, calls in numbers.items():
                known = found.setdefault(path, {})
                known[number] = known.get(number, False) or calls > 0
    return found


def without_empty(known: dict[str, dict[int, bool]]) -> dict[str, dict[int, bool]]:
    # Profiles of Go can't name a file without lines.
    return {path: told for path, told in known.items() if told}


@FOLDERS
@given(st.lists(st.tuples(runs(), st.sampled_from(sorted(RENDERED))), min_size=1, max_size=4), st.randoms())
def test_any_mix_of_formats_in_any_order_makes_the_same_union(tmp_path: Path, told: list, randomly):
    assume(all(run.lines for run, form in told if form == "lcov"))     # without a file it is refused
    files = [written(tmp_path, RENDERED[form](run), f"{place}.{form}", reader=form)
             for place, (run, form) in enumerate(told)]
    expected = truth([run for run, _ in told])
    coverage, reports, unread = read_all(files, mapping=Mapping())
    assert unread == []
    assert [report.format for report in reports] == [form for _, form in told]
    assert without_empty(lines(coverage)) == without_empty(expected)
    randomly.shuffle(files)
    again, _, _ = read_all([*files, *files], mapping=Mapping())
    assert again == coverage


@pytest.mark.parametrize("form", sorted(RENDERED))
@FOLDERS
@given(runs())
def test_each_format_tells_lines_branches_and_functions_alike(tmp_path: Path, form: str, run: Run):
    assume(run.lines or form != "lcov")     # without a file it is refused
    coverage, _ = read_one(written(tmp_path, RENDERED[form](run), reader=form))
    found = figures(coverage)
    known = [one for told in run.lines.values() for one in told.values()]
    assert found.lines == (sum(map(bool, known)), len(known))
    if form == "go":
        return
    ways = [ways if form != "llvm-cov" else ways[:len(ways) // 2 * 2]
            for told in run.branches.values() for ways in told.values()]
    assert found.branches == (sum(calls > 0 for each in ways for calls in each), sum(map(len, ways)))
    calls = [calls for told in run.functions.values() for calls in told.values()]
    assert found.functions == (sum(map(bool, calls)), len(calls))


COUNTS = st.integers(0, 4).flatmap(lambda every: st.tuples(st.integers(0, every), st.just(every)))
ARMS = st.integers(1, 4).flatmap(lambda every: st.tuples(st.integers(0, 2 ** every - 1), st.just(every)))
SUMMARIES = st.builds(Summary, lines=COUNTS, branches=st.none() | COUNTS, functions=st.none() | COUNTS)


@st.composite
def knowledge(draw: st.DrawFn) -> FileCoverage:
    found = FileCoverage(
        branches=draw(st.dictionaries(st.integers(1, 5), COUNTS)),
        functions=draw(st.dictionaries(st.tuples(st.sampled_from("ab"), st.integers(1, 3)), st.booleans())),
        summary=draw(st.none() | SUMMARIES),
        arms=draw(st.dictionaries(st.sampled_from(["lcov", "llvm-cov"]),
                                  st.dictionaries(st.integers(1, 5), ARMS, min_size=1))))
    for number, ran in draw(st.lists(st.tuples(st.integers(1, 60), st.booleans()))):
        found.lines.mark(number, ran=ran)
    return found


def joined(*parts: FileCoverage) -> FileCoverage:
    found = FileCoverage()
    for part in parts:
        join(found, part)
    return found


@given(knowledge(), knowledge(), knowledge())
def test_joining_is_commutative_associative_and_idempotent(one: FileCoverage, other: FileCoverage, third: FileCoverage):
    whole = joined(one, other, third)
    for order in itertools.permutations([one, other, third]):
        assert joined(*order) == whole
    assert joined(joined(one, other), third) == joined(one, joined(other, third)) == whole
    assert joined(whole, one, whole) == whole
    settle(whole)
    assert all(0 <= taken <= every for taken, every in whole.branches.values())


def test_two_runs_that_take_one_way_each_take_both(tmp_path: Path):
    one, other = Run(lines={"a.c": {1: 1}}, branches={"a.c": {1: [1, 0]}}), Run(
        lines={"a.c": {1: 1}}, branches={"a.c": {1: [0, 5]}})
    for form in ("lcov", "coverage-py", "istanbul", "llvm-cov"):
        files = [written(tmp_path, RENDERED[form](run), f"{place}", reader=form)
                 for place, run in enumerate((one, other))]
        assert figures(read_all(files, mapping=Mapping())[0]).branches == (2, 2)
    # Cobertura only counts ways, so which they were is not known; nor is it between formats.
    files = [written(tmp_path, RENDERED[form](run), form, reader=form)
             for form, run in (("cobertura", one), ("jacoco", other), ("lcov", one), ("istanbul", other))]
    assert figures(read_all(files, mapping=Mapping())[0]).branches == (1, 2)


def test_totals_of_a_file_only_count_where_no_report_tells_its_lines(tmp_path: Path):
    def counts(covered: int, total: int) -> dict:
        none = {"total": 0, "covered": 0}
        return {"lines": {"total": total, "covered": covered}, "statements": none, "functions": none, "branches": none}

    summary = written(tmp_path, json.dumps({"total": counts(20, 30), "a.js": counts(10, 10), "b.js": counts(10, 20)}),
                      "summary.json")
    told = written(tmp_path, "SF:a.js\nDA:1,0\nend_of_record\n", "lcov.info")
    for files in ([summary, told], [told, summary]):
        coverage, _, _ = read_all(files, mapping=Mapping())
        assert figures(coverage).lines == (10, 21)
        assert coverage["a.js"].summary is None


def test_a_total_of_everything_only_counts_where_nothing_else_does(tmp_path: Path):
    total = written(tmp_path, "<report name='r'><sessioninfo/><counter type='LINE' missed='1' covered='3'/></report>",
                    "total.xml")
    told = written(tmp_path, "SF:a.java\nDA:1,0\nend_of_record\n", "lcov.info")
    assert figures(read_all([total], mapping=Mapping())[0]).lines == (3, 4)
    assert figures(read_all([total, told], mapping=Mapping())[0]).lines == (0, 1)
