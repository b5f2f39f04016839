"""Profiles of DHAT, tables of `size`, and what programs are called."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.performance_compare.formats.programs import program, starts_others
from support.memory_reports import DATA, read, refused, values
from support.report_files import written

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("change", "why"), [
    ({"dhatFileVersion": 3}, "is of another version of DHAT's files than 2"),
    ({"mode": "ad-hoc"}, "is no profile of the heap: DHAT ran in another mode"),
    ({"cmd": 7}, "is no profile of DHAT: its program points or its command is missing"),
    ({"pps": [1]}, "is no profile of DHAT: a program point is no object"),
    ({"pps": [{"gb": -1}]}, 'is no profile of the heap: a program point has no whole number as "gb"'),
    ({"pps": [{"gb": 1.5}]}, 'is no profile of the heap: a program point has no whole number as "gb"'),
])
def test_a_profile_of_dhat_that_is_none_of_the_heap_is_refused(tmp_path: Path, change: dict[str, object], why: str):
    text = {**json.loads((DATA / "dhat_heap.json").read_text()), **change}
    assert refused(tmp_path, json.dumps(text), "dhat") == why


def test_a_profile_of_the_rust_crate_is_read_as_valgrinds_own(tmp_path: Path):
    text = {**json.loads((DATA / "dhat_heap.json").read_text()), "mode": "rust-heap", "cmd": "target/release/app"}
    assert values(read(written(tmp_path, text)))["target/release/app: peak heap in use"] == 200_320


@pytest.mark.parametrize(("text", "why"), [
    ("   text\t   data\t    bss\t    dec\t    hex\tfilename\n      1\t      1\t      1\t      4\t      4\ta\n",
     "contradicts itself in line 2: text, data and bss do not make the total"),
    ("   text\t   data\t    bss\t    dec\t    hex\tfilename\n      1\t      1\n",
     "is no table of size, or is cut off, in line 2"),
    ("a  :\nsection  size  addr\n.text  5  0\n", "is cut off: a file's sections have no total"),
    ("   text\t   data\t    bss\t    dec\t    hex\tfilename\n", "holds no measurement"),
])
def test_a_table_of_sizes_that_is_not_whole_is_refused(tmp_path: Path, text: str, why: str):
    assert refused(tmp_path, text, "size") == why


def test_macos_tells_its_segments(tmp_path: Path):
    text = "__TEXT\t__DATA\t__OBJC\tothers\tdec\thex\n16384\t8\t0\t4294983680\t4295000072\t100008008\t\n"
    assert values(read(written(tmp_path, text, name="app.txt"))) == {
        "app: text": 16384, "app: data": 8, "app: loaded size": 4_295_000_072}


@pytest.mark.parametrize(("command", "name"), [
    ("/home/a/target/debug/deps/app-0123456789abcdef --test x", "app --test x"),
    ("target/debug/app", "target/debug/app"),
    ("./app  1\n2", "app 1 2"),
    ("app-0123456789abcde", "app-0123456789abcde"),
    ("/", "/"),
    ("", "?"),
])
def test_a_program_is_called_the_same_on_every_machine(command: str, name: str):
    assert program(command) == name


def test_long_commands_that_differ_at_their_ends_are_different_programs():
    one, other = (program(f"app {'x' * 5000} {end}") for end in "ab")
    assert one != other
    assert len(one) < 350


def test_only_the_program_itself_says_whether_it_starts_others():
    assert [starts_others(one) for one in ("make all", "/usr/bin/make", "./make-believe", "app make")] == [
        True, True, False, False]
