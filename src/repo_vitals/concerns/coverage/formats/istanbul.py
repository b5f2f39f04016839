"""istanbul's coverage-final.json (nyc, jest, vitest, c8): each file's statements, functions and branches with counts.

A line can be covered if a statement begins on it; its count is the largest of those, as in istanbul's
`getLineCoverage`. A branch stands on the line where it begins, with a count for each way.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.coverage.formats.found import LARGEST_FILE, Found, number_of_line
from repo_vitals.concerns.coverage.union import united
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import mapping, sequence, whole_number

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import FileCoverage
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "istanbul"


def recognises(head: Head) -> bool:
    """Whether it is coverage-final.json: every value is a file with a map of statements."""
    return any("statementMap" in file for file in head.shape.values())


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    found = Found(tool="istanbul")
    with opened(file) as stream:
        text = JsonText(stream)
        for key in text.members():
            told = mapping(text.value(largest=LARGEST_FILE), "a file")
            if "statementMap" not in told and isinstance(told.get("data"), dict):
                told = told["data"]         # as older versions wrap it
            if "statementMap" not in told:
                raise Unreadable("has a file without statementMap")
            path = told.get("path", key)
            if not isinstance(path, str):
                raise Unreadable("has a file whose path is no text")
            _add(found, found.file(path), told)
        text.end()
    return found


def _add(found: Found, file: FileCoverage, told: dict[str, Any]) -> None:
    held = file.lines.held
    for place, count in _both(told, "statementMap", "s"):
        line = _line(place)
        if line:
            file.lines.mark(line, ran=whole_number(count, "a statement's count") > 0)
    found.holds(file.lines.held - held)
    for function, count in _both(told, "fnMap", "f"):
        name = function.get("name")
        line = _line(function.get("decl") or function.get("loc") or {}, function.get("line"))
        found.function(file, name if isinstance(name, str) else "", line,
                       ran=whole_number(count, "a function's count") > 0)
    arms: dict[int, list[bool]] = {}
    for branch, counts in _both(told, "branchMap", "b"):
        line = _line(branch.get("loc") or {}, branch.get("line"))
        arms.setdefault(line, []).extend(
            whole_number(count, "a branch's count") > 0 for count in sequence(counts, "a branch's counts"))
    known = file.arms.setdefault(NAME, {}) if arms else {}
    for line, ways in arms.items():
        if line and ways:
            bits = sum(1 << place for place, taken in enumerate(ways) if taken)
            known[line] = united(known.get(line), (bits, len(ways)))


def _both(told: dict[str, Any], places: str, counts: str) -> list[tuple[dict[str, Any], Any]]:
    """What stands somewhere, each with its count."""
    where, often = mapping(told.get(places, {}), places), mapping(told.get(counts, {}), counts)
    if where.keys() != often.keys():
        raise Unreadable(f"has {len(where):,} in a file's {places} and counts of {len(often):,} others")
    return [(mapping(place, places), often[key]) for key, place in where.items()]


def _line(place: object, otherwise: object = None) -> int:
    start = place.get("start") if isinstance(place, dict) else None
    line = start.get("line") if isinstance(start, dict) else None
    line = otherwise if line is None else line
    return 0 if line is None else number_of_line(line)      # A branch that was never met may stand nowhere.
