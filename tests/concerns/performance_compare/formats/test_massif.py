"""Profiles of massif: peaks, averages, and what is refused."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.memory_reports import DATA, EXPECTED, read, refused, values
from support.report_files import kept, written

if TYPE_CHECKING:
    from pathlib import Path

MASSIF = "desc: (none)\ncmd: ./app\ntime_unit: i\n"


def snapshot(number: int, time: int, heap: int, *, extra: int = 0, stacks: int = 0, tree: str = "empty") -> str:
    return (f"#-----------\nsnapshot={number}\n#-----------\ntime={time}\nmem_heap_B={heap}\nmem_heap_extra_B={extra}\n"
            f"mem_stacks_B={stacks}\nheap_tree={tree}\n")


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.startswith("massif")])
def test_the_average_of_massif_is_the_integral_of_its_snapshots_over_their_time(name: str):
    from numpy import trapezoid

    text = (DATA / name).read_text()
    columns = {key: [int(value) for value in re.findall(rf"^{key}=(\d+)$", text, re.MULTILINE)]
               for key in ("time", "mem_heap_B", "mem_heap_extra_B", "mem_stacks_B")}
    totals = [sum(row) for row in zip(*list(columns.values())[1:], strict=True)]
    time = columns["time"]
    [average] = [one for one in read(kept(DATA / name)).results if one.measures == "average_memory"]
    assert average.samples[0] == pytest.approx(float(trapezoid(totals, time)) / (time[-1] - time[0]), rel=1e-12)


def test_the_peak_is_the_largest_of_all_snapshots_whatever_massif_marks(tmp_path: Path):
    text = MASSIF + snapshot(0, 0, 10) + snapshot(1, 5, 900, extra=50, stacks=7) + snapshot(
        2, 9, 940, tree="peak") + "n1: 940 (heap allocation functions) malloc\n n0: 940 0x1: main (a.c:1)\n"
    assert values(read(written(tmp_path, text, name="m")))["app: peak heap"] == 957


def test_several_profiles_in_one_file_are_several_programs(tmp_path: Path):
    text = MASSIF + snapshot(0, 0, 5) + snapshot(1, 2, 7) + MASSIF.replace("./app", "/x/y/other -v") + snapshot(0, 0, 9)
    report = read(written(tmp_path, text, name="m"))
    assert values(report) == {"app: peak heap": 7, "app: average heap": 6, "other -v: peak heap": 9}
    assert report.notes == ("no time passes between its snapshots, so there is no average",)


def test_a_program_that_starts_others_is_told_in_a_note(tmp_path: Path):
    def notes(command: str) -> int:
        text = MASSIF.replace("./app", command) + snapshot(0, 0, 5) + snapshot(1, 2, 7)
        return len(read(written(tmp_path, text, name="m")).notes)

    commands = ("cargo test", "/bin/sh -c ./app", "./app cargo", "cargo-thing")
    assert [notes(command) for command in commands] == [1, 1, 0, 0]


def test_a_peak_of_nothing_is_told_in_a_note(tmp_path: Path):
    report = read(written(tmp_path, MASSIF + snapshot(0, 0, 0) + snapshot(1, 2, 0), name="m"))
    assert values(report)["app: peak heap"] == 0
    assert "soname-synonyms" in report.notes[0]


@pytest.mark.parametrize(("text", "why"), [
    (MASSIF, "is cut off before its first snapshot"),
    (MASSIF.rpartition("time_unit")[0], "is cut off before its first snapshot"),
    (MASSIF + snapshot(0, 0, 5) + snapshot(1, 5, 6).rpartition("heap_tree")[0], "is cut off in snapshot 1"),
    (MASSIF + snapshot(0, 0, 5) + "#-----------\nsnapshot=1\n#-----------\ntime", "is cut off in snapshot 1"),
    (MASSIF + snapshot(0, 0, 5, tree="detailed") + "n2: 5 (heap allocation functions)\n n0: 3 0x1: main\n",
     "is cut off in snapshot 1"),
    (MASSIF + snapshot(0, 9, 5) + snapshot(1, 8, 5), "can't be read: time goes back in snapshot 1"),
    (MASSIF + snapshot(0, 0, 10 ** 30), "holds a number that can't be"),
    (MASSIF + "hello\n", "can't be read in snapshot 0"),
])
def test_a_profile_that_is_not_whole_is_refused(tmp_path: Path, text: str, why: str):
    assert refused(tmp_path, text, "massif") == why
