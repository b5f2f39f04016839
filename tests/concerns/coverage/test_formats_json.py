"""What the readers of JSON (coverage.py, llvm-cov, istanbul) take, leave out and refuse, by example."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.formats import llvm_cov
from support.coverage_reports import Figures, figures, lines, read, refused

if TYPE_CHECKING:
    from pathlib import Path


def coverage_py(**file: Any) -> str:
    told = {"executed_lines": [1, 2], "missing_lines": [3], "excluded_lines": []} | file
    return json.dumps({"meta": {"version": "7.0", "branch_coverage": True}, "files": {"a.py": told}, "totals": {}})


def test_excluded_lines_and_line_0_of_coverage_py_do_not_count(tmp_path: Path):
    told = coverage_py(executed_lines=[0, 1, 2, 9], excluded_lines=[9, 10], contexts={"1": ["", "test|run"]})
    assert lines(read(tmp_path, told)) == {"a.py": {1: True, 2: True, 3: False}}


def test_branches_of_coverage_py_go_from_a_line_also_to_an_exit(tmp_path: Path):
    told = coverage_py(executed_branches=[[1, 2], [2, -1]], missing_branches=[[1, 3]])
    assert read(tmp_path, told)["a.py"].branches == {1: (1, 2), 2: (1, 1)}


def test_which_tests_ran_a_line_may_be_long_and_is_passed_over(tmp_path: Path):
    contexts = {str(number): ["test_" + "x" * 1000] * 300 for number in range(100)}
    region = {"executed_lines": [1], "missing_lines": [], "excluded_lines": [], "contexts": contexts}
    found = read(tmp_path, coverage_py(contexts=contexts, functions={"f": region, "": region}))
    assert lines(found) == {"a.py": {1: True, 2: True, 3: False}}
    assert found["a.py"].functions == {("f", 1): True}


@pytest.mark.parametrize(("told", "said"), [
    (coverage_py(executed_lines=[-1]), "has -1 for a line's number, which is below 0"),
    (coverage_py(executed_lines=[1.5]), "which is no count"), (coverage_py(executed_lines=[True]), "which is no count"),
    (coverage_py(executed_lines="x"), "has no list for executed_lines"),
    (coverage_py(executed_branches=[[1]]), "for a branch"), (coverage_py(executed_lines=[10 ** 9]), "names line"),
    (coverage_py().replace('"totals": {}', '"totals": {"covered_lines": 3, "num_statements": 2}'), "counts 3 covered"),
    (coverage_py()[:-20], "is cut off"), (coverage_py() + "x", "goes on after its end"),
    (coverage_py().replace("[3]", "[NaN]"), "holds NaN"),
    (coverage_py().replace('"meta"', '"files": {}, "meta"'), 'holds the key "files" twice'),
    (coverage_py().replace("[3]", "[" * 300 + "]" * 300), "has more than 200 levels"),
])
def test_what_json_may_not_hold_is_refused(tmp_path: Path, told: str, said: str):
    assert said in refused(tmp_path, told, "coverage-py")


def test_lines_of_llvm_are_counted_from_segments_as_llvm_cov_counts_them():
    def told(*segments: tuple) -> dict[int, bool]:
        return {line: ran for first, last, ran in llvm_cov.lines([llvm_cov.segment(list(one)) for one in segments])
                for line in range(first, last + 1)}

    body = (1, 10, 1, True, True, False), (5, 2, 0, False, False, False)
    assert told(*body) == dict.fromkeys(range(1, 6), True)
    # A branch that did not run: its own line takes the larger count of the region around.
    assert told(body[0], (2, 5, 0, True, True, False), (4, 6, 1, True, False, False), body[1]) == {
        1: True, 2: True, 3: False, 4: False, 5: True}
    # A skipped region has no count; a gap does not count as the beginning of one.
    assert told(body[0], (3, 1, 0, False, True, False), (4, 1, 1, True, False, False), body[1]) == {
        1: True, 2: True, 5: True}
    assert told((1, 1, 0, True, True, False), (2, 1, 9, True, True, True), (3, 1, 0, False, False, False))[2] is False
    # Five fields are what older versions write.
    assert told((1, 1, 1, 1, 1), (2, 2, 0, 0, 0)) == {1: True, 2: True}
    assert told() == {}


def line_by_line(segments: list[tuple[int, int, bool, bool, bool]]) -> dict[int, bool]:
    """LLVM's LineCoverageIterator and LineCoverageStats, put into Python as they are written."""
    found: dict[int, bool] = {}
    line, wrapped, here, following = (segments[0][0] if segments else 0), None, [], 0
    while following < len(segments):
        if here:
            wrapped = here[-1]
        here = []
        while following < len(segments) and segments[following][0] == line:
            here.append(segments[following])
            following += 1
        least = 0
        for one in here:
            if least < 2 and not one[4] and one[2] and one[3]:
                least += 1
        begins_skipped = bool(here) and not here[0][2] and here[0][3]
        is_mapped = not begins_skipped and ((wrapped is not None and wrapped[2]) or least > 0)
        is_mapped |= any(one[3] and one[2] for one in here)
        if is_mapped:
            count = wrapped[1] if wrapped else 0
            if least:
                for one in here:
                    if not one[4] and one[2] and one[3]:
                        count = max(count, one[1])
            found[line] = count > 0
        line += 1
    return found


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 2), st.booleans(), st.booleans(), st.booleans())))
def test_lines_of_llvm_are_what_its_own_loop_finds(segments: list):
    segments.sort(key=lambda one: one[0])
    assert {line: ran for first, last, ran in llvm_cov.lines(segments) for line in range(first, last + 1)} == (
        line_by_line(segments))


def test_a_summary_of_llvm_gives_totals_of_files(tmp_path: Path):
    counts = {"count": 10, "covered": 7, "percent": 70}
    told = {"data": [{"files": [{"filename": "a.rs", "summary": {"lines": counts, "functions": counts}}],
                      "totals": {"lines": counts}}], "type": "llvm.coverage.json.export", "version": "2.0.1"}
    assert figures(read(tmp_path, json.dumps(told))) == Figures((7, 10), (0, 0), (7, 10), files=1)
    assert "its type is missing" in refused(tmp_path, json.dumps(told | {"type": "x"}), "llvm-cov")


@pytest.mark.parametrize(("segments", "said"), [
    ([[2, 1, 1, True, True], [1, 1, 0, False, False]], "out of order"), ([[1, 1, 1]], "lacks a field"),
    ([[1, 1, -1, True, True]], "below 0"), ([[1, 1, 1, 5, True]], "neither true nor false"),
    ([[1, 1, 1, True, True], [99_999_999, 1, 0, False, False]], "names line 99,999,999"), ("x", "has no list")])
def test_segments_that_can_not_be_are_refused(tmp_path: Path, segments: Any, said: str):
    told = {"data": [{"files": [{"filename": "a.rs", "segments": segments}]}], "type": "llvm.coverage.json.export"}
    assert said in refused(tmp_path, json.dumps(told))


def test_statements_that_begin_on_one_line_are_one_line_of_istanbul(tmp_path: Path):
    def place(line: int) -> dict:
        return {"start": {"line": line, "column": 0}, "end": {"line": line + 5, "column": 0}}

    told = {"/a.js": {"path": "/a.js", "statementMap": {"0": place(1), "1": place(1), "2": place(2)},
                      "s": {"0": 0, "1": 3, "2": 0}, "fnMap": {"0": {"name": "f", "line": 2}}, "f": {"0": 0},
                      "branchMap": {"0": {"line": 1, "locations": []}, "1": {"loc": {"start": {}}}},
                      "b": {"0": [1, 0], "1": [0]}}}
    found = read(tmp_path, json.dumps(told))
    assert lines(found) == {"/a.js": {1: True, 2: False}}
    assert (found["/a.js"].branches, found["/a.js"].functions) == ({1: (1, 2)}, {("f", 2): False})
    told["/a.js"]["s"]["9"] = 1
    assert "has 3 in a file's statementMap" in refused(tmp_path, json.dumps(told))
    wrapped = {"/a.js": {"data": told["/a.js"] | {"s": {"0": 0, "1": 3, "2": 0}}}}
    assert lines(read(tmp_path, json.dumps(wrapped), "istanbul")) == {"/a.js": {1: True, 2: False}}


@pytest.mark.parametrize(("covered", "said"), [(11, "counts 11 covered of 10 lines"), (-1, "which is below 0"),
                                               ("Unknown", "which is no count"), (None, "which is no count")])
def test_a_summary_of_istanbul_that_can_not_be_is_refused(tmp_path: Path, covered: Any, said: str):
    part = {"total": 10, "covered": 5, "skipped": 0, "pct": 50}
    told = {"total": {"lines": part | {"covered": covered}, "statements": part, "functions": part, "branches": part}}
    assert said in refused(tmp_path, json.dumps(told))
