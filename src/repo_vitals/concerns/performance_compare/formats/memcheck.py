"""Reports of valgrind's memcheck: its log, and its XML (protocol 4 and later).

*Leaked*: bytes definitely and indirectly lost, which is what LeakSanitizer counts too; *possibly lost* and *still
reachable* apart, where they are told. Errors are those in the use of memory; a leak is none. Heap allocations are calls
and bytes over the whole run, which only the log tells. XML leaves out still reachable blocks unless
`--show-leak-kinds` asks for them; the log always has them in its summary unless `--leak-check=no` is set: then leaks
are not known, and nothing is said of them. Suppressed leaks count nowhere.
The log's summary counts leaks among the errors, of the kinds that `--errors-for-leak-kinds` says, whether or not
`--show-leak-kinds` shows them. A leak is an error in a context of its own; so errors less contexts, plus the contexts
that the log shows and that are no leaks, are the errors in the use of memory.
A process that died by a signal, or whose part of the report has no end, is a failed measurement.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats import memcheck_xml
from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.programs import lines_of, program, report, whole
from repo_vitals.sources.report_files import Unreadable, head

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "memcheck"
_PREFIX = re.compile(r"(?:--|==|\*\*)(?:[\d:.]{12,20} )?(\d{1,10})(?:--|==|\*\*) ?(.*)")
_TITLE = "Memcheck, a memory error detector"
_HEAP = re.compile(r" *total heap usage: ([\d,]+) allocs, [\d,]+ frees, ([\d,]+) bytes allocated")
_LOST = re.compile(r" *(definitely lost|indirectly lost|possibly lost|still reachable): ([\d,]+) bytes in ([\d,]+) "
                   r"blocks")
_ALL_FREED = "All heap blocks were freed -- no leaks are possible"
_RECORD = re.compile(r".* in loss record [\d,]+ of [\d,]+")
_ERRORS = re.compile(r"ERROR SUMMARY: ([\d,]+) errors from ([\d,]+) contexts .*")
_FRAME = "   at 0x"        # what the first line of a stack begins with
_AGAIN = re.compile(r"[\d,]+ errors in context [\d,]+ of [\d,]+:")     # with -s or -v the errors come again at the end
_DIED = re.compile(r"Process terminating with default action of signal (\d{1,3}) .*")
_VERSION = re.compile(r"Using Valgrind-([\w.-]{1,40}) .*")
_MOST_PROCESSES = 10_000
_KINDS = ("definitely lost", "indirectly lost", "possibly lost", "still reachable")


def recognises(head: Head) -> bool:
    """Whether it is memcheck's log, told by its title after a process's number, or its XML."""
    if head.is_xml:
        return memcheck_xml.recognises(head)
    return any(_TITLE in line and (told := _PREFIX.fullmatch(line)) and told[2] == _TITLE for line in head.lines)


@dataclass(kw_only=True)
class _Process:
    """What the log says of one process."""

    command: str | None = None
    died: str = ""
    allocations: tuple[int, int] | None = None      # calls and bytes
    lost: dict[str, tuple[int, int]] = field(default_factory=dict)      # bytes and blocks by kind
    contexts: int = 0                               # shown ones of errors in the use of memory
    errors: tuple[int, int] | None = None           # and their contexts, leaks among them; None until its end
    before: str = ""                                # the line before
    is_again: bool = False                          # the error was shown before


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    if head(file, 64).startswith(b"<"):
        return memcheck_xml.read(file)
    processes: dict[str, _Process] = {}
    version, has_title = "", False
    for line, _ in lines_of(file):
        told = _PREFIX.fullmatch(line)
        if told is None:
            continue
        if len(processes) > _MOST_PROCESSES:
            raise Unreadable(f"tells of more than {_MOST_PROCESSES:,} processes")
        has_title = has_title or told[2] == _TITLE
        process = processes.setdefault(told[1], _Process())
        _line(process, told[2])
        if line.startswith("=="):       # The program's own messages and stacks begin with asterisks.
            _context(process, told[2])
        version = version or (stated[1] if (stated := _VERSION.fullmatch(told[2])) else "")
    if not has_title:
        raise Unreadable("is no report of memcheck: its title is missing")
    found = Found()
    for process in processes.values():
        _add(found, process)
    return report(found, file, NAME, tool=f"valgrind {version}".strip())


def _line(process: _Process, line: str) -> None:
    if line.startswith("Command: ") and process.command is None:
        process.command = line.removeprefix("Command: ")
    elif heap := _HEAP.fullmatch(line):
        process.allocations = whole(heap[1]), whole(heap[2])
    elif lost := _LOST.fullmatch(line):
        process.lost[lost[1]] = whole(lost[2]), whole(lost[3])
    elif line == _ALL_FREED:
        process.lost = dict.fromkeys(_KINDS, (0, 0))
    elif died := _DIED.fullmatch(line):
        process.died = died[1]
    elif errors := _ERRORS.fullmatch(line):
        process.errors = whole(errors[1]), whole(errors[2])


def _context(process: _Process, line: str) -> None:
    """Counts the stacks that errors begin with. What an error says besides (where a block is from) is indented."""
    if line.startswith(_FRAME):
        is_besides = process.before.startswith(" ") or _RECORD.fullmatch(process.before)
        process.contexts += not (is_besides or process.is_again)
    elif not line or _AGAIN.fullmatch(line):
        process.is_again = bool(line)
    process.before = line


def _add(found: Found, process: _Process) -> None:
    name = program(process.command or "a process without a command")
    if process.errors is None:
        found.fail(name, "has no end in the report (it was killed, or several processes write over one another; give "
                         "each its own by --log-file=name.%p)")
        return
    if process.command is None:
        found.fail(name, "begins in no line of the report (several processes write over one another; give each its own "
                         "by --log-file=name.%p)")
        return
    if process.died:
        found.fail(name, f"was terminated by signal {process.died}")
        return
    errors, contexts = process.errors
    if not process.contexts <= contexts <= errors:
        found.fail(f"{name}: memory errors", f"are unknown: the summary tells of {errors:,} errors from {contexts:,} "
                   f"contexts, and the report shows {process.contexts:,}")
    else:
        memcheck_xml.add_errors(found, name, errors - contexts + process.contexts)
    if process.allocations:
        found.add(f"{name}: heap allocations", process.allocations[0], "allocations")
        found.add(f"{name}: heap allocated in all", process.allocations[1], "bytes")
    if set(process.lost) == set(_KINDS):
        leaked = [process.lost["definitely lost"], process.lost["indirectly lost"]]
        memcheck_xml.add_leaks(found, name, leaked=sum(size for size, _ in leaked),
                               possibly=process.lost["possibly lost"][0],
                               reachable=process.lost["still reachable"][0])
        found.add(f"{name}: leaked blocks", sum(blocks for _, blocks in leaked), "count", better="lower", exact=True)
    else:
        found.note("it does not look for leaks (--leak-check=no), so it tells none")
