"""What Cobertura's reader takes, leaves out and refuses, by example."""
from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.coverage.formats import cobertura as cobertura_reader
from repo_vitals.concerns.coverage.reading import Mapping, read_all
from support.coverage_reports import XML, Figures, figures, lines, notes, read, read_one, refused, written

if TYPE_CHECKING:
    from pathlib import Path


def cobertura(classes: str, root: str = "") -> str:
    return (f"{XML}<coverage {root}><packages><package name='p'><classes>{classes}</classes></package></packages>"
            "</coverage>")


def a_class(inner: str, path: str = "a.py") -> str:
    return f'<class name="c" filename="{path}">{inner}</class>'


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
