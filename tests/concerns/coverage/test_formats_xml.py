"""What the readers of JaCoCo and Clover take, leave out and refuse, by example."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.coverage_reports import XML, lines, notes, read, refused

if TYPE_CHECKING:
    from pathlib import Path


def jacoco(inner: str) -> str:
    return (f"{XML}<!DOCTYPE report PUBLIC '-//JACOCO//DTD Report 1.1//EN' 'report.dtd'>"
            f"<report name='r'>{inner}</report>")


def counter(kind: str, missed: int, covered: int) -> str:
    return f'<counter type="{kind}" missed="{missed}" covered="{covered}"/>'


def test_a_line_of_jacoco_is_covered_where_any_instruction_ran(tmp_path: Path):
    rows = ('<line nr="1" mi="3" ci="1" mb="1" cb="1"/><line nr="2" mi="3" ci="0" mb="0" cb="0"/>'
            '<line nr="3" mi="0" ci="0" mb="0" cb="0"/><line nr="4" ci="2"/>')
    inner = f"<package name='a/b'><sourcefile name='C.java'>{rows}</sourcefile></package>"
    found = read(tmp_path, jacoco(f"<group name='g'><group name='h'>{inner}</group></group>"))
    assert lines(found) == {"a/b/C.java": {1: True, 2: False, 4: True}}
    assert found["a/b/C.java"].branches == {1: (1, 2)}


def test_methods_of_jacoco_are_functions_of_their_classs_source(tmp_path: Path):
    def method(name: str, missed: int, desc: str = "()V") -> str:
        return f"<method name='{name}' desc='{desc}' line='3'>{counter('METHOD', missed, 1 - missed)}</method>"

    found = read(tmp_path, jacoco(
        "<package name='p'><class name='p/A' sourcefilename='A.java'>" + method("f", 0) + method("f", 1, "(I)V")
        + "</class><class name='p/A$B' sourcefilename='A.java'>" + method("f", 1)
        + "</class><class name='p/NoDebug'>" + method("f", 0)
        + "</class><sourcefile name='A.java'><line nr='3' mi='0' ci='1' mb='0' cb='0'/></sourcefile></package>"))
    assert {path: sorted(known.functions.values()) for path, known in found.items()} == {
        "p/A.java": [False, False, True], "p/NoDebug": [True]}


@pytest.mark.parametrize(("inner", "expected"), [
    ("<package name='p'><sourcefile name='A.java'>" + counter("LINE", 1, 3) + counter("BRANCH", 2, 2)
     + "</sourcefile></package>", {"p/A.java": (3, 4)}),
    ("<package name='p'><class name='p/A' sourcefilename='A.java'>" + counter("LINE", 1, 3) + "</class>"
     "<class name='p/A$B' sourcefilename='A.java'>" + counter("LINE", 2, 0) + "</class>"
     + counter("LINE", 3, 3) + "</package>", {"p/A.java": (3, 6)}),
    ("<package name='p'>" + counter("LINE", 1, 3) + "</package><package name='q'>" + counter("LINE", 1, 0)
     + "</package>" + counter("LINE", 2, 3), {"report: p": (3, 4), "report: q": (0, 1)}),
    ("<group name='g'>" + counter("LINE", 1, 3) + "</group>", {"report: g": (3, 4)}),
    (counter("LINE", 1, 3), {"report: r": (3, 4)}),
])
def test_reports_of_counters_alone_give_totals(tmp_path: Path, inner: str, expected: dict):
    found = read(tmp_path, jacoco(inner))
    assert {path: known.summary.lines for path, known in found.items() if known.summary} == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(("inner", "said"), [
    ("<package name='p'><sourcefile name='A'><line nr='1' mi='-1' ci='1'/></sourcefile></package>", "is no count"),
    ("<package name='p'><sourcefile name='A'><line nr='x' mi='1' ci='1'/></sourcefile></package>", "is no count"),
    ("<package name='p'><sourcefile name='A'><line mi='1' ci='1'/></sourcefile></package>", "which is no count"),
    ("<package name='p'>" + counter("LINE", -1, 3) + "</package>", 'has "-1" for missed'),
    ("<package name='p'><sourcefile><line nr='1' mi='0' ci='1'/></sourcefile></package>", "a file without a name"),
])
def test_what_jacoco_may_not_hold_is_refused(tmp_path: Path, inner: str, said: str):
    assert said in refused(tmp_path, jacoco(inner))


def clover(rows: str, around: str = "{}") -> str:
    file = f'<file name="A.java" path="src/A.java">{rows}</file>'
    return f"{XML}<coverage clover='4.4.1'><project>{around.format(file)}</project></coverage>"


@pytest.mark.parametrize(("row", "lines_told", "branches"), [
    ('<line num="1" type="stmt" count="2"/>', {1: True}, {}),
    ('<line num="1" count="0" type="stmt"/>', {1: False}, {}),
    ('<line num="1" type="cond" truecount="5" falsecount="0"/>', {}, {1: (1, 2)}),
    ('<line num="1" type="cond" count="1" truecount="1" falsecount="3"/>', {1: True}, {1: (1, 4)}),
    ('<line num="1" type="method" signature="f()" count="1"/>', {}, {}),
])
def test_lines_of_clover_by_their_type(tmp_path: Path, row: str, lines_told: dict, branches: dict):
    for around in ("{}", "<package name='p'>{}</package>"):
        found = read(tmp_path, clover(row, around))
        assert lines(found) == {"src/A.java": lines_told}
        assert found["src/A.java"].branches == branches


def test_clovers_test_code_is_left_out(tmp_path: Path):
    told = clover('<line num="1" type="stmt" count="2"/>').replace(
        "</project>", "</project><testproject><package name='t'><file name='T' path='T'>"
        "<line num='1' type='stmt' count='1'/></file></package></testproject>")
    assert read(tmp_path, told).keys() == {"src/A.java"}
    assert notes(tmp_path, told) == ("code of tests is left out",)


@pytest.mark.parametrize(("row", "said"), [
    ('<line num="1" type="stmt" count="-2"/>', "which is no count"),
    ('<line num="1" type="stmt"/>', "which is no count"),
    ('<line num="1" type="what" count="1"/>', 'has a line of type "what"'),
    ('<line type="stmt" count="1"/>', "which is no count"),
])
def test_what_clover_may_not_hold_is_refused(tmp_path: Path, row: str, said: str):
    assert said in refused(tmp_path, clover(row))
