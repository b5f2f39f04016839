"""Reports of leak checkers: what is lost, and what a report leaves open."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.memory_reports import DATA, failed, read, refused, values
from support.report_files import written

if TYPE_CHECKING:
    from pathlib import Path


def test_leaks_of_several_processes_in_one_report_are_summed(tmp_path: Path):
    text = (DATA / "leak_sanitizer.txt").read_text()
    assert values(read(written(tmp_path, text * 3, name="l.4711")))["l: leaked memory"] == 3 * 302
    assert refused(tmp_path, text.rpartition("SUMMARY")[0]) == "is cut off: a process's part has no summary"


def test_a_leak_checker_that_could_not_look_says_nothing_of_leaks(tmp_path: Path):
    text = "==7==LeakSanitizer has encountered a fatal error.\n"
    report = read(written(tmp_path, text, name="l"))
    assert report.results == ()
    assert list(failed(report)) == ["l"]


def memcheck_log(summary: str, *, records: str = "", again: str = "") -> str:
    """Two invalid reads, the second three times; as valgrind 3.19 wrote it, in short."""
    reads = "".join(
        f"{before}\nInvalid read of size 1\n   at 0x10919A: main (m.c:6)\n Address 0x4a4010a is 0 bytes after a block\n"
        "   at 0x48417B4: malloc (m.so)\n   by 0x109191: main (m.c:6)\n" for before in ("", "\nThread 2:"))
    text = (f"Memcheck, a memory error detector\nCommand: ./m\n{reads}\n{records}\nERROR SUMMARY: {summary} "
            f"(suppressed: 0 from 0)\n{again}")
    return "".join(f"==7== {line}\n" for line in text.splitlines()) + "**7** hello\n**7**    at 0x1: main (m.c:9)\n"


RECORDS = "".join(f"\n10 bytes in 1 blocks are {kind} in loss record {number} of 3\n   at 0x48417B4: malloc (m.so)\n"
                  for number, kind in enumerate(("definitely lost", "indirectly lost", "still reachable"), 1))


@pytest.mark.parametrize(("summary", "records"), [
    ("4 errors from 2 contexts", ""), ("4 errors from 2 contexts", RECORDS),   # --errors-for-leak-kinds=none
    ("5 errors from 3 contexts", RECORDS), ("7 errors from 5 contexts", RECORDS),
    ("5 errors from 3 contexts", ""),                                           # --show-leak-kinds=none
])
def test_errors_in_the_use_of_memory_are_the_same_whichever_leaks_are_shown_or_counted(
    tmp_path: Path, summary: str, records: str,
):
    again = "\n3 errors in context 1 of 2:\nThread 2:\nInvalid read of size 1\n   at 0x10919A: main (m.c:6)\n"
    for text in (memcheck_log(summary, records=records), memcheck_log(summary, records=records, again=again)):
        assert values(read(written(tmp_path, text, name="m.log"))) == {"m: memory errors": 4}


def test_a_summary_with_fewer_contexts_than_the_log_shows_tells_no_errors(tmp_path: Path):
    report = read(written(tmp_path, memcheck_log("1 errors from 1 contexts"), name="m.log"))
    assert failed(report) == {"m: memory errors": "are unknown: the summary tells of 1 errors from 1 contexts, and the "
                              "report shows 2"}


def test_leaks_that_a_report_leaves_out_are_not_none(tmp_path: Path):
    text = (DATA / "memcheck_default.xml").read_text().replace("--xml=yes", "--show-leak-kinds=reachable")
    report = read(written(tmp_path, text, name="m.xml"))
    assert values(report) == {"leaky 3: memory errors": 0}
    assert report.notes == ("--show-leak-kinds leaves out definite leaks, so it tells none",)


def test_memcheck_xml_that_is_cut_off_or_of_another_tool_is_refused(tmp_path: Path):
    text = (DATA / "memcheck_default.xml").read_text()
    assert refused(tmp_path, text[:-30]).startswith("is cut off")
    assert refused(tmp_path, text.replace("memcheck", "helgrind"), "memcheck") == (
        "is of another of valgrind's tools than memcheck")
