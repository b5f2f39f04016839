"""Times and memory of a command as `time` writes them in its several forms."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.performance_compare.reading import reader
from support.memory_reports import read, refused, values
from support.report_files import written

if TYPE_CHECKING:
    from pathlib import Path

TIME = (
    '\tCommand being timed: "{command}"\n\tUser time (seconds): 0.00\n'
    "\tElapsed (wall clock) time (h:mm:ss or m:ss): {elapsed}\n"
    "\tMaximum resident set size (kbytes): {memory}\n\tExit status: {status}\n"
)

BSD = ("        0.10 real         0.05 user         0.00 sys\n             1234567  maximum resident set size\n"
       "          1000  instructions retired\n              1000  peak memory footprint\n")
DEFAULT = "0.10user 0.20system 0:01.50elapsed 99%CPU (0avgtext+0avgdata 12maxresident)k\n"


@pytest.mark.parametrize(("text", "why"), [
    (f"time: command terminated abnormally\n{BSD}", "terminated abnormally"),
    (f"boomCommand terminated abnormally.\n{BSD}", "terminated abnormally"),
    (f"boomCommand exited with non-zero status 1\n{DEFAULT}", "exited with status 1"),
    (f"5Command terminated by signal 9\n{DEFAULT}", "terminated by signal 9"),
    ("0.10user\nCommand terminated by signal 9\n", "terminated by signal 9"),
])
def test_a_command_that_ended_badly_has_no_figures_whatever_it_wrote_before(tmp_path: Path, text: str, why: str):
    report = reader("gnu-time").read(written(tmp_path, text, name="t"))
    assert ({one.name: one.why for one in report.failed}, report.results) == ({"t": why}, ())


def test_figures_are_found_behind_what_was_written_without_a_line_end(tmp_path: Path):
    report = read(written(tmp_path, f"count 5{DEFAULT}", name="t"))
    assert values(report) == {
        "t: elapsed time": 1.5, "t: system time": 0.2, "t: peak resident memory": 12 * 1024}
    assert report.notes == ("the command wrote to the line of its times, so its user time can't be told",)
    assert values(read(written(tmp_path, f"count 5{BSD}", name="u")))["u: elapsed time"] == 0.1


def test_a_command_of_several_lines_keeps_its_own_figures_and_its_own_failure(tmp_path: Path):
    blocks = [TIME.format(command=command, elapsed="0:01.00", memory=1, status=status) for command, status in (
        ("./a", 0), ('sh -c echo "1"\nreal 1.00\n./b', 1), ('sh -c "c"\nd', 0), ("./e", 0))]
    blocks[1] = f"Command exited with non-zero status 1\n{blocks[1]}"
    report = read(written(tmp_path, f"{blocks[0]}{blocks[1]}{blocks[2]}boom{blocks[3]}", name="t"))
    assert {one.name: one.why for one in report.failed} == {
        'sh -c echo "1" real 1.00 ./b': "exited with status 1"}
    assert [name for name in values(report) if name.endswith("elapsed time")] == [
        "a: elapsed time", 'sh -c "c" d: elapsed time', "e: elapsed time"]


@pytest.mark.parametrize(("elapsed", "seconds"), [
    ("0:00.00", 0.0), ("0:03.02", 3.02), ("59:59.99", 3599.99), ("1:02:03", 3723.0), ("100:00:00", 360_000.0),
    ("0:03,02", 3.02),
])
def test_elapsed_time_is_read_in_each_of_its_forms(tmp_path: Path, elapsed: str, seconds: float):
    text = TIME.format(command="./app", elapsed=elapsed, memory=2048, status=0)
    assert values(read(written(tmp_path, text, name="t"))) == {
        "app: elapsed time": seconds, "app: user time": 0.0, "app: peak resident memory": 2048 * 1024}


def test_what_the_command_wrote_around_the_block_is_passed_over(tmp_path: Path):
    block = TIME.format(command="make", elapsed="1:00.00", memory=9, status=0)
    text = f"Compiling app\nExit status: 7\n{block}done\n"
    assert values(read(written(tmp_path, text, name="t")))["make: elapsed time"] == 60


def test_the_same_command_again_is_another_sample(tmp_path: Path):
    text = "".join(TIME.format(command="a", elapsed=f"0:0{one}.00", memory=one, status=0) for one in (1, 2, 3))
    [elapsed] = [one for one in read(written(tmp_path, text, name="t")).results if "elapsed" in one.name]
    assert elapsed.samples == (1.0, 2.0, 3.0)


def test_memory_in_an_unknown_unit_and_memory_that_is_not_told_are_left_out(tmp_path: Path):
    freebsd = "        0.50 real         0.00 user         0.00 sys\n      2048  maximum resident set size\n"
    for text in (freebsd, TIME.format(command="a", elapsed="0:01.00", memory=0, status=0)):
        report = read(written(tmp_path, text, name="t"))
        assert not [one for one in report.results if one.unit == "bytes"]
        assert len(report.notes) == 1


@pytest.mark.parametrize(("text", "why"), [
    (TIME.format(command="a", elapsed="0:61.00", memory=1, status=0), "holds a time that can't be read"),
    (TIME.format(command="a", elapsed="soon", memory=1, status=0), "holds a time that can't be read"),
    (TIME.format(command="a", elapsed="0:01.00", memory=10 ** 20, status=0), "holds a number that can't be"),
    (TIME.format(command="a", elapsed="0:01.00", memory=1, status=0).rpartition("\tExit")[0],
     "is cut off: a block of time -v has no exit status"),
    ("real\t0m1.000s\nuser\t0m1.000s\n", "is cut off: a time of the shell lacks one of real, user and sys"),
    ("make: nothing to be done\n", "holds no measurement"),
])
def test_a_time_that_is_not_whole_is_refused(tmp_path: Path, text: str, why: str):
    assert refused(tmp_path, text, "gnu-time") == why
