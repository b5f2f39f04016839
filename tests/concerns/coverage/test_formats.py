"""What each format's reader takes, leaves out and refuses, by example."""
from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.formats import cobertura as cobertura_reader
from repo_vitals.concerns.coverage.formats import llvm_cov
from repo_vitals.concerns.coverage.reading import Mapping, read_all
from repo_vitals.sources.report_files import Unreadable
from support.coverage_reports import Figures, figures, lines, read_one, written

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.coverage.facts import FileCoverage

XML = '<?xml version="1.0"?>'


def read(folder: Path, content: str | bytes, reader: str | None = None) -> dict[str, FileCoverage]:
    return read_one(written(folder, content, reader=reader))[0]


def refused(folder: Path, content: str | bytes, reader: str | None = None) -> str:
    with pytest.raises(Unreadable) as error:
        read(folder, content, reader)
    return str(error.value)


def notes(folder: Path, content: str) -> tuple[str, ...]:
    return read_one(written(folder, content))[1].notes


def cobertura(classes: str, root: str = "") -> str:
    return (f"{XML}<coverage {root}><packages><package name='p'><classes>{classes}</classes></package></packages>"
            "</coverage>")


def a_class(inner: str, path: str = "a.py") -> str:
    return f'<class name="c" filename="{path}">{inner}</class>'


# --- Cobertura ---

def test_classes_of_one_file_are_one_file(tmp_path: Path):
    told = a_class('<lines><line number="1" hits="0"/><line number="2" hits="3"/></lines>')
    other = a_class('<lines><line number="1" hits="1"/><line number="3" hits="0"/></lines>')
    assert lines(read(tmp_path, cobertura(told + other))) == {"a.py": {1: True, 2: True, 3: False}}


def test_lines_of_methods_count_only_where_the_class_has_none(tmp_path: Path):
    methods = ('<methods><method name="f" signature="()"><lines><line number="9" hits="0"/><line number="10" hits="2"/>'
               "</lines></method><method name='g' signature='()'><lines><line number='20' hits='0'/></lines></method>"
               "</methods>")
    found = read(tmp_path, cobertura(a_class(methods + '<lines><line number="1" hits="1"/></lines>')
                                     + a_class(methods + "<lines/>", "b.py")))
    assert lines(found) == {"a.py": {1: True}, "b.py": {9: False, 10: True, 20: False}}
    assert found["a.py"].functions == {("f", 9): True, ("g", 20): False}


@pytest.mark.parametrize(("attributes", "expected"), [
    ('branch="true" condition-coverage="50% (1/2)"', (1, 2)),
    ('branch="True" condition-coverage="33.33% (1/3)"', (1, 3)),
    ('branch="true" condition-coverage="100%"', None),
    ('branch="true"', None),
    ('branch="false"', None),
    ('branch="true" condition-coverage="0% (0/0)"', None),
])
def test_branches_are_counted_where_the_counts_are_given(tmp_path: Path, attributes: str, expected: Any):
    found = read(tmp_path, cobertura(a_class(f'<lines><line number="1" hits="1" {attributes}/></lines>')))
    assert found["a.py"].branches == ({} if expected is None else {1: expected})


@pytest.mark.parametrize("hits", ["1", "18446744073709551615", "9" * 25, "007"])
def test_hits_of_any_size_are_a_line_that_ran(tmp_path: Path, hits: str):
    found = read(tmp_path, cobertura(a_class(f'<lines><line number="1" hits="{hits}"/></lines>')))
    assert found["a.py"].lines.covered == 1


@pytest.mark.parametrize(("inner", "said"), [
    (a_class('<lines><line number="1" hits="-1"/></lines>'), 'has "-1" for hits, which is no count'),
    (a_class('<lines><line number="1" hits="NaN"/></lines>'), 'has "NaN" for hits, which is no count'),
    (a_class('<lines><line number="1" hits="1e5"/></lines>'), 'has "1e5" for hits, which is no count'),
    (a_class('<lines><line number="1" hits="\u0661"/></lines>'), "for hits, which is no count"),
    (a_class('<lines><line number="1"/></lines>'), 'has "" for hits, which is no count'),
    (a_class(f'<lines><line number="1" hits="{"9" * 400}"/></lines>'), "has a number of 400 digits for hits"),
    (a_class('<lines><line number="-5" hits="1"/></lines>'), 'has "-5" for a line\'s number, which is no count'),
    (a_class('<lines><line number="2147483647" hits="1"/></lines>'), "names line 2,147,483,647; no more than"),
    (a_class('<lines><line number="1" hits="1" condition-coverage="200% (4/2)"/></lines>'),
     "counts 4 covered of 2 branches"),
    ('<class name="c"><lines/></class>', "has a class without filename"),
    (a_class("", "x" * 5000), "names a file by 5,000 characters"),
])
def test_what_cobertura_may_not_hold_is_refused(tmp_path: Path, inner: str, said: str):
    assert said in refused(tmp_path, cobertura(inner).encode())


@pytest.mark.parametrize(("root", "said"), [
    ('line-rate="95.2"', 'has "95.2" for the root\'s line-rate, which is not between 0 and 1'),
    ('line-rate="-1"', "which is not between 0 and 1"), ('line-rate="x"', "which is no number"),
    ('line-rate="inf"', "which is not between 0 and 1"), ('lines-covered="3" lines-valid="2"', "counts 3 covered of 2"),
    ('lines-covered="-3" lines-valid="2"', "which is no count"),
])
def test_a_root_that_can_not_be_is_refused(tmp_path: Path, root: str, said: str):
    assert said in refused(tmp_path, cobertura("", root))


@pytest.mark.parametrize(("root", "said"), [
    ('line-rate="0.5"', ()), ('line-rate="0.504"', ()), ('line-rate="NaN"', ()), ('line-rate=""', ()),
    ('line-rate="0.51"', ("it states 51.00% of lines itself, but its lines make 50.00% (1 of 2)",)),
    ('line-rate="0.5" lines-covered="2" lines-valid="2"',
     ("it states 100.00% of lines itself, but its lines make 50.00% (1 of 2)",)),
])
def test_a_root_only_cross_checks(tmp_path: Path, root: str, said: tuple[str, ...]):
    told = cobertura(a_class('<lines><line number="1" hits="1"/><line number="2" hits="0"/></lines>'), root)
    assert notes(tmp_path, told) == said


def test_a_report_without_lines_has_none_whatever_its_root_says(tmp_path: Path):
    told = cobertura("", 'line-rate="1" lines-covered="5" lines-valid="5"')
    assert figures(read(tmp_path, told)) == Figures()
    assert notes(tmp_path, told) == ("it lists no lines, though it counts some",)
    assert notes(tmp_path, cobertura("", 'line-rate="1" lines-covered="0" lines-valid="0"')) == ()


def test_a_ratio_of_no_lines_counts_none(tmp_path: Path):
    assert notes(tmp_path, cobertura(a_class("<lines/>"), 'line-rate="1" lines-covered="0" lines-valid="0"')) == ()
    assert notes(tmp_path, cobertura(a_class("<lines/>"), 'line-rate="0.5" lines-covered="1" lines-valid="2"')) == (
        "it lists no lines, though it counts some",)


def test_a_class_of_no_file_is_left_out_and_told(tmp_path: Path):
    inner = ('<methods><method name="f" hits="1"/></methods><lines><line number="1" hits="1"/>'
             '<line number="2" hits="1" branch="false" other="x"/></lines>')
    told = cobertura(a_class(inner, "") + a_class('<lines><line number="1" hits="0"/></lines>'))
    assert lines(read(tmp_path, told)) == {"a.py": {1: False}}
    assert notes(tmp_path, told) == ("classes whose filename is empty are left out",)


@pytest.mark.parametrize("row", [
    '<line number="{n}" hits="{h}" branch="true" condition-coverage="50% (1/2)"/>',
    '<line number="{n}" branch="true" hits="{h}" condition-coverage="50% (1/2)"/>',
    '<line branch="true" condition-coverage="50% (1/2)" hits="{h}" number="{n}"/>'])
@pytest.mark.parametrize("plain", [
    '<line number="{n}" hits="{h}"/>', '<line hits="{h}" number="{n}"/>',
    '<line number="{n}" branch="false" hits="{h}"/>'])
def test_attributes_in_any_usual_order_are_taken_by_patterns(row: str, plain: str):
    run = "".join((row if number % 3 == 0 else plain).format(n=number, h=number % 2 * 10) for number in range(1, 13))
    assert re.fullmatch(rb"(?:" + cobertura_reader._LINE.pattern + rb")+", run.encode())
    taker = cobertura_reader._Taker()
    taker.start("coverage", {})
    taker.start("class", {"filename": "a.py"})
    taker.take(run.encode())
    found = taker.found.files["a.py"]
    assert dict(found.lines) == {number: number % 2 == 1 for number in range(1, 13)}
    assert found.branches == dict.fromkeys((3, 6, 9, 12), (1, 2))


def test_line_0_is_left_out_and_told(tmp_path: Path):
    told = cobertura(a_class('<lines><line number="0" hits="1"/><line number="1" hits="1"/></lines>'))
    assert lines(read(tmp_path, told)) == {"a.py": {1: True}}
    assert notes(tmp_path, told) == ("line 0, which no file has, is left out",)


def test_source_folders_lead_to_files(tmp_path: Path):
    told = cobertura(a_class('<lines><line number="1" hits="1"/></lines>', "b.py")).replace(
        "<packages>", "<sources><source>/ci/demo</source><source> /ci/demo/src\n</source></sources><packages>")
    coverage, _ = read_one(written(tmp_path, told), Mapping(tree=frozenset({"src/b.py"}), checkout="/ci/demo"))
    assert coverage.keys() == {"src/b.py"}


@pytest.mark.parametrize(("mark", "encoding"), [
    (b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")])
def test_every_encoding_with_a_mark_is_read(tmp_path: Path, mark: bytes, encoding: str):
    rows = "".join(f'<line number="{number}" hits="{number % 2}"/>\r\n' for number in range(1, 9000))
    told = cobertura(a_class(f"<lines>{rows}</lines>", "zwölf.py")).replace(
        XML, f'<?xml version="1.0" encoding="{encoding[:6].rstrip("-")}"?>')
    assert figures(read(tmp_path, mark + told.encode(encoding))).lines == (4500, 8999)
    coverage, _, _ = read_all([written(tmp_path, mark + "SF:zwölf.py\nDA:1,1\nend_of_record\n".encode(encoding))],
                              mapping=Mapping())
    assert coverage.keys() == {"zwölf.py"}


# --- lcov ---

@pytest.mark.parametrize(("told", "expected"), [
    ("FN:1,f\nFN:5,g\nFNDA:2,f\nFNDA:0,g\n", {("f", 1): True, ("g", 5): False}),
    ("FN:1,4,f\nFNDA:2,f\n", {("f", 1): True}),
    ("FN:1,int f(int, int)\nFNDA:2,int f(int, int)\n", {("int f(int, int)", 1): True}),
    ("FN:1,f\n", {("f", 1): False}),
    ("FNDA:1,f\n", {("f", 0): True}),
    ("FN:1,f\nFN:9,f\nFNDA:0,f\nFNDA:3,f\n", {("f", 1): False, ("f", 9): True}),
    ("FN:8,_Z1fIiE\nFN:8,_Z1fIdE\nFNDA:0,_Z1fIiE\nFNDA:1,_Z1fIdE\nFNF:1\nFNH:1\n", {("", 8): True}),
    ("FNL:0,3,9\nFNA:0,0,f\nFNA:0,2,alias\nFNL:1,12\nFNA:1,0,g\nFNF:2\nFNH:1\n", {("", 3): True, ("", 12): False}),
])
def test_functions_of_lcov_1_and_2(tmp_path: Path, told: str, expected: dict):
    assert read(tmp_path, f"TN:\nSF:a.c\n{told}DA:1,1\nend_of_record\n")["a.c"].functions == expected


@pytest.mark.parametrize(("told", "expected"), [
    ("BRDA:3,0,0,1\nBRDA:3,0,1,0\n", {3: (1, 2)}),
    ("BRDA:3,0,0,-\nBRDA:3,0,1,-\n", {3: (0, 2)}),
    ("BRDA:3,e0,0,-\nBRDA:3,0,1,7\n", {3: (1, 2)}),
    ("BRDA:3,0,jump to line 4,1\nBRDA:3,0,if (a, b),0\n", {3: (1, 2)}),
    ("BRDA:3,0,0,0\nBRDA:3,0,0,2\n", {3: (1, 1)}),
    ("BRDA:3,0,0,1\nBRDA:3,1,0,1\nBRDA:4,0,0,0\n", {3: (2, 2), 4: (0, 1)}),
])
def test_branches_of_lcov(tmp_path: Path, told: str, expected: dict):
    assert read(tmp_path, f"SF:a.c\n{told}DA:3,1\nend_of_record\n")["a.c"].branches == expected


@pytest.mark.parametrize(("told", "expected"), [
    ("DA:1,1\nDA:2,0\n", {1: True, 2: False}),
    ("DA:1,1,checksum\r\nDA:2,0,sum\r\n", {1: True, 2: False}),
    ("DA:1,00\nDA:2,18446744073709551615\n", {1: False, 2: True}),
    ("DA:1,1.84467440737096e+19\nDA:2,0.0\nDA:3,0e5\n", {1: True, 2: False, 3: False}),
    ("DA:2,0\nDA:1,0\nDA:2,4\n", {1: False, 2: True}),
    ("VER:1\nDA:1,1\nMCDC:1,2,t,1,0,a\nMCF:2\nMCH:1\nLF:1\nLH:1\n", {1: True}),
    ("# comment\n\nDA:1,1\n", {1: True}),
    ("DA:1,1\nDA:0,1\n", {1: True}),
])
def test_lines_of_lcov(tmp_path: Path, told: str, expected: dict):
    assert lines(read(tmp_path, f"SF:a.c\n{told}end_of_record\n")) == {"a.c": expected}


@pytest.mark.parametrize(("told", "said"), [
    ("TN:\rSF:a.c\rDA:1,1\rend_of_record\r", "line 1 holds a carriage return"),
    ("SF:a.c\nDA:1,1\rDA:2,0\nend_of_record\n", "line 2 holds a carriage return"),
    ("TN:\n", "is no lcov: it names no source file")])
def test_lcov_without_lines_or_files_is_refused(tmp_path: Path, told: str, said: str):
    assert said in refused(tmp_path, told)


def test_records_of_one_file_are_one_file(tmp_path: Path):
    told = "SF:a.c\nDA:1,1\nDA:2,0\nend_of_record\nTN:other\nSF:a.c\nDA:1,0\nDA:2,5\nend_of_record"
    assert lines(read(tmp_path, told)) == {"a.c": {1: True, 2: True}}


@pytest.mark.parametrize(("told", "said"), [
    ("SF:a.c\nDA:1,1\n", "is cut off: its last record has no end"),
    ("SF:a.c\nDA:1,1\nSF:b.c\nend_of_record\n", "line 3 begins a file before the one before it ended"),
    ("TN:\nDA:1,1\n", "line 2 belongs to no file"),
    ("TN:\nend_of_record\n", "line 2 ends a record that did not begin"),
    ("SF:a.c\nDA:1,-5\nend_of_record\n", 'line 2 has "-5" for a count'),
    ("SF:a.c\nDA:1,x\nend_of_record\n", 'line 2 has "x" for a count'),
    ("SF:a.c\nDA:1,\nend_of_record\n", 'line 2 has "" for a count'),
    ("SF:a.c\nDA:1,nan\nend_of_record\n", 'line 2 has "nan" for a count'),
    ("SF:a.c\nDA:1\nend_of_record\n", "line 2 lacks a field"),
    ("SF:a.c\nDA:-1,1\nend_of_record\n", 'has "-1" for a line\'s number'),
    ("SF:a.c\nDA:99999999,1\nend_of_record\n", "names line 99,999,999"),
    (f"SF:a.c\nDA:1,{'9' * 99}\nend_of_record\n", "has a number of 99 digits"),
    ("SF:a.c\nBRDA:1,0,1\nend_of_record\n", "line 2 lacks a field"),
    ("SF:a.c\nhello\nend_of_record\n", "line 2 is no lcov"),
    ("SF:\nend_of_record\n", "names a file without a name"),
    ("SF:a.c\nDA:1,1\nLF:1\nLH:2\nend_of_record\n", "counts 2 covered of 1 lines"),
    ("SF:a.c\n#" + "x" * 2_000_000, "line 2 is too long"),
])
def test_what_lcov_may_not_hold_is_refused(tmp_path: Path, told: str, said: str):
    assert said in refused(tmp_path, told)


# --- JaCoCo ---

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


# --- Clover ---

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


# --- JSON ---

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


# --- Go ---

def test_blocks_of_go_cover_all_lines_they_lie_on(tmp_path: Path):
    told = "mode: set\nm/a.go:1.10,3.2 2 1\nm/a.go:3.5,4.9 1 0\nm/a.go:6.1,9.1 4 0\nm/a.go:12.1,12.5 0 1\n"
    assert lines(read(tmp_path, told)) == {
        "m/a.go": {1: True, 2: True, 3: True, 4: False, 6: False, 7: False, 8: False}}


def test_profiles_put_together_are_one(tmp_path: Path):
    told = "mode: count\nm/a.go:1.1,2.2 2 0\nmode: count\r\nm/a.go:1.1,2.2 2 7\nm/b.go:1.1,2.2 3 0\n\n"
    coverage, report = read_one(written(tmp_path, told))
    assert lines(coverage) == {"m/a.go": {1: True, 2: True}, "m/b.go": {1: False, 2: False}}
    assert report.notes == ("by statements, as go tool cover counts, 2 of 5 ran",)


@pytest.mark.parametrize(("told", "said"), [
    ("m/a.go:3.1,2.2 1 1", "the block in line 2 ends before it begins"),
    ("m/a.go:1.1,900000.2 1 1", "ends before it begins or never"), ("m/a.go:1.1,2.2 1 -1\n", "is no block"),
    ("m/a.go:1.1,2.2 1", "is cut off in line 2"), ("m/a.go:1.1,2.2 1\n", "is no block"),
    ("m/a.go:1.1,2.2 99999999999 1", "ends before it begins or never"), ("what\n", "is no block")])
def test_what_a_profile_may_not_hold_is_refused(tmp_path: Path, told: str, said: str):
    assert said in refused(tmp_path, f"mode: set\n{told}")


def test_a_profile_without_blocks_has_no_lines(tmp_path: Path):
    assert figures(read(tmp_path, "mode: set\n")) == Figures()
