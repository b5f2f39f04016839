"""What LeakSanitizer and AddressSanitizer print (`SUMMARY: … byte(s) leaked in … allocation(s).`), of one or more
processes.

*Leaked*: bytes and allocations that the summaries count, directly and indirectly leaked, over all processes of the
report. *Memory errors*: what AddressSanitizer stopped at; it tells no leaks of such a process. Suppressed leaks count
nowhere. A process without leaks prints nothing, so a report that is missing or empty is no measurement.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.programs import lines_of, report, stem, whole
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "leak-sanitizer"
_BEGIN = re.compile(r"==(\d{1,10})==ERROR: (Address|Leak)Sanitizer: (.*)")
_LEAKS = "detected memory leaks"
_LEAKED = re.compile(r"SUMMARY: (Address|Leak|HWAddress)Sanitizer: (\d+) byte\(s\) leaked in (\d+) allocation\(s\)\.")
_OTHER = re.compile(r"SUMMARY: AddressSanitizer: (?!\d+ byte\(s\) leaked)\S.*")
_COULD_NOT = re.compile(r"==\d{1,10}==LeakSanitizer has encountered a fatal error\.?")


def recognises(head: Head) -> bool:
    """Whether it has what begins or ends a report of these sanitizers; what the program wrote may stand around it."""
    return any("Sanitizer" in line and (_BEGIN.fullmatch(line) or _LEAKED.fullmatch(line) or _COULD_NOT.fullmatch(line))
               for line in head.lines)


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    found = Found()
    name = stem(file)
    leaked: list[tuple[int, int]] = []
    errors = 0
    is_address = is_open = could_not = False
    for line, _ in lines_of(file):
        if "Sanitizer" not in line:
            continue
        if begin := _BEGIN.fullmatch(line):
            if is_open:
                raise Unreadable("is cut off: a process's part has no summary")
            is_open, is_address = True, is_address or begin[2] == "Address"
        elif summary := _LEAKED.fullmatch(line):
            is_open, is_address = False, is_address or summary[1] != "Leak"
            leaked.append((whole(summary[2]), whole(summary[3])))
        elif _OTHER.fullmatch(line):
            is_open, is_address = False, True
            errors += 1
        elif _COULD_NOT.fullmatch(line):
            could_not = True
    if is_open and not could_not:
        raise Unreadable("is cut off: a process's part has no summary")
    if could_not:
        found.fail(name, "could not be looked through for leaks (LeakSanitizer does not work under a debugger)")
        return report(found, file, NAME)
    if is_address:
        found.add(f"{name}: memory errors", errors, "count", better="lower", exact=True)
    if errors:
        found.note("AddressSanitizer stopped at an error, and tells no leaks of that process")
    if leaked:
        found.add(f"{name}: leaked memory", sum(size for size, _ in leaked), "bytes", measures="leaked", exact=True)
        found.add(f"{name}: leaked blocks", sum(blocks for _, blocks in leaked), "count", better="lower", exact=True)
    return report(found, file, NAME, tool="AddressSanitizer" if is_address else "LeakSanitizer")
