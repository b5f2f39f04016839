"""What the readers of lcov and of Go profiles take, leave out and refuse, by example."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.coverage_reports import Figures, figures, lines, read, read_one, refused, written

if TYPE_CHECKING:
    from pathlib import Path


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
