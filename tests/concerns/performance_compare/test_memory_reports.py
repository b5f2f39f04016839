"""Reports of memory, time and size: what each says, what it leaves open, and what is refused."""
from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.formats.head import Head
from repo_vitals.concerns.performance_compare.formats.programs import program, starts_others
from repo_vitals.concerns.performance_compare.reading import reader, recognised
from repo_vitals.sources.report_files import ReportFile, Unreadable
from support.report_files import kept, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Report

DATA = Path(__file__).parents[2] / "data" / "performance" / "memory"
SHARED = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
FORMATS = ("dhat", "gnu-time", "leak-sanitizer", "massif", "memcheck", "size")
# The programs say what is true. steady 40 holds 40 times 5,000 bytes and 320 at its peak. leaky 3 loses three nodes of
# 96 bytes, the first of which leads to the others, and twice 7 bytes; 56 bytes are possibly lost, 40 reachable.
LEAKS = {"leaked memory": 3 * 96 + 2 * 7, "possibly leaked memory": 56, "memory still reachable": 40}
EXPECTED: dict[str, tuple[str, Mapping[str, float]]] = {
    # ms_print's largest total; 5,000 bytes take 16 more of the allocator, 320 take 8.
    "massif_heap.out": ("massif", {"steady 40: peak heap": 200_968}),
    "massif_stacks.out": ("massif", {"steady 40: peak heap and stacks": 201_400}),
    "massif_pages.out": ("massif", {"steady 40: peak pages": 4_378_624}),
    "dhat_heap.json": ("dhat", {
        "steady 40: peak heap in use": 200_320, "steady 40: heap in use at the end": 0,
        "steady 40: heap allocations": 41, "steady 40: heap allocated in all": 200_320}),
    "memcheck_summary.txt": ("memcheck", {
        "leaky 3 x: memory errors": 1, "leaky 3 x: heap allocations": 8, "leaky 3 x: heap allocated in all": 414,
        "leaky 3 x: leaked blocks": 5, **{f"leaky 3 x: {name}": value for name, value in LEAKS.items()}}),
    "memcheck_full.txt": ("memcheck", {
        "leaky 3: memory errors": 0, "leaky 3: heap allocations": 8, "leaky 3: heap allocated in all": 414,
        "leaky 3: leaked blocks": 5, **{f"leaky 3: {name}": value for name, value in LEAKS.items()}}),
    "memcheck_no_leak_check.txt": ("memcheck", {
        "leaky 3: memory errors": 0, "leaky 3: heap allocations": 8, "leaky 3: heap allocated in all": 414}),
    "memcheck_clean.txt": ("memcheck", {
        "steady 3: memory errors": 0, "steady 3: heap allocations": 4, "steady 3: heap allocated in all": 15_024,
        "steady 3: leaked blocks": 0, **{f"steady 3: {name}": 0 for name in LEAKS}}),
    "memcheck_crash.txt": ("memcheck", {}),
    "memcheck_killed.txt": ("memcheck", {}),
    "memcheck_overwritten.txt": ("memcheck", {}),
    "memcheck_crash.xml": ("memcheck", {}),
    "memcheck_default.xml": ("memcheck", {
        "leaky 3: memory errors": 0, "leaky 3: leaked memory": 302, "leaky 3: possibly leaked memory": 56}),
    "memcheck_all_kinds.xml": ("memcheck", {
        "leaky 3 x: memory errors": 1, **{f"leaky 3 x: {name}": value for name, value in LEAKS.items()}}),
    "address_sanitizer_leaks.txt": ("leak-sanitizer", {
        "address_sanitizer_leaks: memory errors": 0, "address_sanitizer_leaks: leaked memory": 302,
        "address_sanitizer_leaks: leaked blocks": 5}),
    "address_sanitizer_use_after_free.txt": ("leak-sanitizer", {
        "address_sanitizer_use_after_free: memory errors": 1}),
    "leak_sanitizer.txt": ("leak-sanitizer", {
        "leak_sanitizer: leaked memory": 302, "leak_sanitizer: leaked blocks": 5}),
    "time_verbose_twice.txt": ("gnu-time", {
        **{f"steady {count}: {what} time": 0.0 for count in (40, 41) for what in ("elapsed", "user", "system")},
        "steady 40: peak resident memory": 1352 * 1024, "steady 41: peak resident memory": 1448 * 1024}),
    "time_verbose_signal.txt": ("gnu-time", {}),
    "time_verbose_status.txt": ("gnu-time", {}),
    "time_default_status.txt": ("gnu-time", {}),
    "time_default.txt": ("gnu-time", {
        "time_default: elapsed time": 0.0, "time_default: user time": 0.0, "time_default: system time": 0.0,
        "time_default: peak resident memory": 1380 * 1024}),
    "time_shell_bash.txt": ("gnu-time", {
        "time_shell_bash: elapsed time": 0.004, "time_shell_bash: user time": 0.001,
        "time_shell_bash: system time": 0.001}),
    "time_shell_posix.txt": ("gnu-time", {
        "time_shell_posix: elapsed time": 0.0, "time_shell_posix: user time": 0.0,
        "time_shell_posix: system time": 0.0}),
    "time_macos.txt": ("gnu-time", {
        "time_macos: elapsed time": 0.01, "time_macos: user time": 0.0, "time_macos: system time": 0.0,
        "time_macos: peak resident memory": 1_359_872, "time_macos: peak memory footprint": 917_888,
        "time_macos: instructions": 6_513_262}),
    **{f"size_{form}.txt": ("size", {
        f"{name}: {what}": size for name, sizes in {"leaky": (1786, 608, 24), "steady": (1809, 608, 8)}.items()
        if name == "leaky" or form != "hexadecimal"
        for what, size in zip(("text", "data", "bss", "loaded size"), (*sizes, sum(sizes)), strict=True)})
       for form in ("berkeley", "hexadecimal", "octal_totals")},
    "size_gnu.txt": ("size", {"leaky: loaded size": 2418}),
    "size_system_v.txt": ("size", {"leaky: all sections": 3993, "steady: all sections": 3814}),
}
MASSIF = "desc: (none)\ncmd: ./app\ntime_unit: i\n"
TIME = (
    '\tCommand being timed: "{command}"\n\tUser time (seconds): 0.00\n'
    "\tElapsed (wall clock) time (h:mm:ss or m:ss): {elapsed}\n"
    "\tMaximum resident set size (kbytes): {memory}\n\tExit status: {status}\n"
)


def read(file: ReportFile) -> Report:
    return reader(file.reader or recognised(file)).read(file)


def values(report: Report) -> dict[str, float]:
    assert all(len(result.samples) == 1 for result in report.results)
    return {result.name: result.samples[0] for result in report.results}


def failed(report: Report) -> dict[str, str]:
    return {one.name: one.why for one in report.failed}


def refused(folder: Path, text: str | bytes, form: str | None = None) -> str:
    with pytest.raises(Unreadable) as error:
        read(written(folder, text, name="report.out", reader=form))
    return str(error.value)


def snapshot(number: int, time: int, heap: int, *, extra: int = 0, stacks: int = 0, tree: str = "empty") -> str:
    return (f"#-----------\nsnapshot={number}\n#-----------\ntime={time}\nmem_heap_B={heap}\nmem_heap_extra_B={extra}\n"
            f"mem_stacks_B={stacks}\nheap_tree={tree}\n")


# --- samples ---

def test_every_sample_has_figures():
    assert {path.name for path in DATA.iterdir() if path.suffix not in (".c", ".md")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_figures_are_what_the_programs_do_or_the_tools_say(name: str):
    form, expected = EXPECTED[name]
    file = kept(DATA / name)
    assert recognised(file) == form
    found = values(reader(form).read(file))
    assert {key: value for key, value in found.items() if ": average" not in key} == expected


@pytest.mark.parametrize("name", EXPECTED)
def test_each_reader_refuses_every_other_formats_sample(name: str):
    head = Head.of(kept(DATA / name))
    assert [form for form in FORMATS if reader(form).recognises(head)] == [EXPECTED[name][0]]
    for form in set(FORMATS) - {EXPECTED[name][0]}:
        with pytest.raises(Unreadable):
            reader(form).read(kept(DATA / name))


def test_no_report_of_another_tool_is_taken_for_one_of_memory():
    others = [path for path in sorted(DATA.parents[1].glob("*/**/*.*")) if path.parent != DATA and path.stat().st_size]
    assert len(others) > 50
    assert {path.name: form for path in others for head in [Head.of(kept(path))]
            for form in FORMATS if reader(form).recognises(head)} == {}


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


def test_failures_say_why_and_give_no_value():
    def why(name: str) -> dict[str, str]:
        return failed(read(kept(DATA / name)))

    assert why("memcheck_crash.txt") == why("memcheck_crash.xml") == {"crash": "was terminated by signal 11"}
    assert why("time_verbose_signal.txt") == {"crash": "terminated by signal 11"}
    assert why("time_verbose_status.txt") == {"nonexist": "exited with status 127"}
    assert why("time_default_status.txt") == {"time_default_status": "exited with status 4"}
    assert why("memcheck_killed.txt")["sleep 20"].startswith("has no end in the report")
    assert {name: reason.partition(" (")[0] for name, reason in why("memcheck_overwritten.txt").items()} == {
        "leaky 2": "has no end in the report", "a process without a command": "begins in no line of the report"}


def test_what_is_measured_is_told_so_that_budgets_find_it():
    def kinds(name: str) -> dict[str, str]:
        return {one.name.partition(": ")[2]: one.measures for one in read(kept(DATA / name)).results if one.measures}

    assert kinds("massif_heap.out") == {"peak heap": "peak_memory", "average heap": "average_memory"}
    assert kinds("dhat_heap.json") == {"peak heap in use": "peak_memory"}
    assert kinds("time_default.txt") == {"peak resident memory": "peak_memory"}
    assert kinds("memcheck_full.txt") == kinds("leak_sanitizer.txt") == {"leaked memory": "leaked"}
    assert kinds("size_berkeley.txt") == {}         # what is loaded is not the file


# --- massif ---

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


# --- time ---

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


# --- leaks ---

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


# --- dhat and size ---

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


# --- names ---

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


# --- hostile text ---

@given(name=st.sampled_from(sorted(EXPECTED)), data=st.data())
def test_a_damaged_report_is_facts_or_words(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    content = (DATA / name).read_bytes()
    begin = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(begin, min(len(content), begin + 40)))
    instead = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from([
        b"9" * 400, b"\x1b[31m", b"\xff\xfe", b"-1", b"0x", b"NaN", b"1e999", b"\n", b"==1== ", b"SUMMARY: "])))
    damaged = content[:begin] + instead + (b"" if data.draw(st.booleans()) else content[end:])
    file = written(tmp_path_factory.getbasetemp(), damaged, name="damaged")
    check_harmless(file, None)
    check_harmless(file, EXPECTED[name][0])


def check_harmless(file: ReportFile, form: str | None) -> None:
    try:
        report = reader(form or recognised(file)).read(file)
    except Unreadable as error:
        assert str(error).isprintable()
    else:
        assert report.results or report.failed
        assert all(one.isprintable() for one in report.notes)
        assert all(0 <= sample < 1e30 for one in report.results for sample in one.samples)


# --- samples that are not in the tree ---

RECORDED = [(folder, told) for folder in ("memory-massif", "memory-gnu-time", "memory-binary-size")
            for path in [SHARED / folder / "manifest.json"] if path.is_file() for told in json.loads(path.read_text())]


@pytest.mark.skipif(not RECORDED, reason="REPO_VITALS_SAMPLES names no folder of samples")
def test_recorded_samples_have_their_expected_values():
    for folder, told in RECORDED:
        path, expected = SHARED / folder / told["file"], told["expected"]
        if path.name.startswith("ms_print"):
            continue
        report = read(kept(path))
        found = {one.name.partition(": ")[2] if folder != "memory-binary-size" else one.name: one.samples[0]
                 for one in report.results}
        if folder == "memory-massif":
            assert {value for key, value in found.items() if "peak" in key} == {expected["max_total_B"]}, path
        elif folder == "memory-binary-size":
            assert {name: {what: found[f"{name}: {what}"] for what in ("text", "data", "bss")}
                    | {"total": found[f"{name}: loaded size"]} for name in expected} == expected, path
        elif expected.get("exit_status"):
            assert list(failed(report).values()) == [f"exited with status {expected['exit_status']}"], path
        else:
            assert found["peak resident memory"] == expected["max_rss_kbytes"] * 1024, path
    assert refused_words(SHARED / "malformed" / "massif_truncated.out") == "is cut off in snapshot 23"
    comma = values(read(kept(SHARED / "malformed" / "time_v_comma_locale.txt")))
    assert (comma["x: elapsed time"], comma["x: peak resident memory"]) == (3723.0, 2048 * 1024)


def refused_words(path: Path) -> str:
    with pytest.raises(Unreadable) as error:
        read(kept(path))
    return str(error.value)
