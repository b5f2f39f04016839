"""Heap profiles of valgrind's DHAT and of the Rust crate dhat (`dhat.out.<pid>`, `dhat-heap.json`; file version 2).

*Peak*: the sum over all program points of the bytes in use at the moment of the global maximum (`gb`), which is exact.
Beside it what is in use at the end (`eb`), and calls (`tbk`) and bytes (`tb`) of the whole run. The allocator's own
bytes do not count, which massif counts as extra heap.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.programs import LARGEST, program, report, starts_others
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "dhat"
_MODES = ("heap", "rust-heap")
_SUMS = ("gb", "eb", "tb", "tbk")


def recognises(head: Head) -> bool:
    """Whether it has the version of such a file among its keys."""
    return head.json.kind == "object" and head.json.at("dhatFileVersion") is not None


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    known: dict[str, object] = {}
    sums = dict.fromkeys(_SUMS, 0)
    points = -1
    with opened(file) as stream:
        text = JsonText(stream)
        for key in text.members():
            if key in ("dhatFileVersion", "mode", "cmd"):
                known[key] = text.value()
            elif key == "pps" and points < 0:
                points = _points(text, sums)
            else:
                text.skip()
        text.end()
    if known.get("dhatFileVersion") != 2:
        raise Unreadable("is of another version of DHAT's files than 2")
    if known.get("mode") not in _MODES:
        raise Unreadable("is no profile of the heap: DHAT ran in another mode")
    command = known.get("cmd")
    if points < 0 or not isinstance(command, str):
        raise Unreadable("is no profile of DHAT: its program points or its command is missing")
    found = Found()
    name = program(command)
    if starts_others(command):
        found.note("it is of a program that starts others (a shell or a build tool); valgrind profiles these only with "
                   "--trace-children=yes, each into a file of its own")
    found.add(f"{name}: peak heap in use", sums["gb"], "bytes", measures="peak_memory")
    found.add(f"{name}: heap in use at the end", sums["eb"], "bytes")
    found.add(f"{name}: heap allocations", sums["tbk"], "allocations")
    found.add(f"{name}: heap allocated in all", sums["tb"], "bytes")
    return report(found, file, NAME, tool="dhat" if known["mode"] == "rust-heap" else "valgrind dhat")


def _points(text: JsonText, sums: dict[str, int]) -> int:
    count = 0
    for count, point in enumerate(text.values(), 1):  # noqa: B007 - The number of the last is wanted.
        if not isinstance(point, dict):
            raise Unreadable("is no profile of DHAT: a program point is no object")
        for key in _SUMS:
            value = point.get(key)
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LARGEST:
                raise Unreadable(f'is no profile of the heap: a program point has no whole number as "{key}"')
            sums[key] += value
    return count
