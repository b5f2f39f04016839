"""llvm-cov's JSON export (`llvm-cov export`, `cargo llvm-cov --json`).

Lines are counted from a file's segments as llvm-cov counts them for its own reports (`LineCoverageIterator` in LLVM's
CoverageMapping.cpp): a line's count is the largest of the regions that begin on it and of the one that reaches into it.
llvm-cov's totals add up functions instead, so a line that two functions share counts twice there. A function is known
by where its first region begins; instances of one template are one. An export of totals alone gives totals of files.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.coverage.facts import Summary
from repo_vitals.concerns.coverage.formats.found import (
    LARGEST_FILE,
    Found,
    mapping,
    number_of_line,
    part,
    sequence,
    whole_number,
)
from repo_vitals.concerns.coverage.union import united
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import FileCoverage
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "llvm-cov"
_TYPE = "llvm.coverage.json.export"


def recognises(head: Head) -> bool:
    """Whether it is llvm-cov's: by its type, which stands at the end unless keys were sorted, or by its data's keys."""
    if b'"llvm.coverage.json.export"' in head.text:
        return True
    data = head.shape.get("data", {}).get("*", {})
    file = data.get("files", {}).get("*", {})
    return ("filename" in file or {"branches", "expansions"} <= file.keys()) and (
        {"segments", "summary", "expansions"} & file.keys() != set())


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    found = Found(tool="llvm-cov")
    kind = None
    with opened(file) as stream:
        text = JsonText(stream)
        for key in text.members():
            if key == "data":
                for _ in text.elements():
                    _data(found, text)
            elif key == "type":
                kind = text.value()
            elif key == "cargo_llvm_cov":
                found.tool = "cargo-llvm-cov"
                text.skip()
            else:
                text.skip()
        text.end()
    if kind != _TYPE:
        raise Unreadable("is no export of llvm-cov: its type is missing")
    return found


def _data(found: Found, text: JsonText) -> None:
    for key in text.members():
        if key == "files":
            for value in text.values(largest=LARGEST_FILE):
                _file(found, mapping(value, "a file"))
        elif key == "functions":
            for value in text.values():
                _function(found, mapping(value, "a function"))
        elif key == "totals":
            stated = _counts(mapping(text.value(), "totals").get("lines"), "lines")
            if stated and stated[1] and found.root_ratio is None:
                found.root_lines = stated
                found.root_ratio = stated[0] / stated[1]
        else:
            text.skip()


def _file(found: Found, told: dict[str, Any]) -> None:
    name = told.get("filename")
    if not isinstance(name, str):
        raise Unreadable("has a file without filename")
    file = found.file(name)
    if "segments" not in told:
        _summarise(found, file, mapping(told.get("summary"), "a file's summary"))
        return
    held = file.lines.held
    for first, last, ran in lines([segment(one) for one in sequence(told["segments"], "segments")]):
        if first:
            file.lines.mark_range(first, last, ran=ran)
        found.holds(file.lines.held - held)
        held = file.lines.held
    arms: dict[int, dict[tuple[int, int, int], tuple[bool, bool]]] = {}
    for branch in sequence(told.get("branches", []), "branches"):
        values = [whole_number(value, "a branch") for value in sequence(branch, "a branch")]
        if len(values) < 6:
            raise Unreadable("has a branch that lacks a field")
        line, place = number_of_line(values[0]), (values[1], values[2], values[3])
        before = arms.setdefault(line, {}).get(place, (False, False))
        arms[line][place] = before[0] or values[4] > 0, before[1] or values[5] > 0
    known = file.arms.setdefault(NAME, {}) if arms else {}
    for line, places in arms.items():
        both = [taken for place in sorted(places) for taken in places[place]]
        bits = sum(1 << at for at, taken in enumerate(both) if taken)
        known[line] = united(known.get(line), (bits, len(both)))


def segment(value: object) -> tuple[int, int, bool, bool, bool]:
    """A segment: line, count, whether it has a count, whether a region begins, whether that is a gap."""
    fields = sequence(value, "a segment")
    if len(fields) < 5:
        raise Unreadable("has a segment that lacks a field")
    flags = []
    for flag in (*fields[3:6], False)[:3]:
        if flag not in (0, 1):
            raise Unreadable("has a segment with a flag that is neither true nor false")
        flags.append(bool(flag))
    return number_of_line(fields[0]), whole_number(fields[2], "a count"), flags[0], flags[1], flags[2]


def lines(segments: list[tuple[int, int, bool, bool, bool]]) -> list[tuple[int, int, bool]]:
    """Lines that can be covered, as ranges of the same outcome: first, last, whether they ran."""
    found: list[tuple[int, int, bool]] = []
    wrapped: tuple[int, int, bool, bool, bool] | None = None
    place = 0
    while place < len(segments):
        line = segments[place][0]
        here = []
        while place < len(segments) and segments[place][0] == line:
            here.append(segments[place])
            place += 1
        following = segments[place][0] if place < len(segments) else line + 1
        if following <= line:
            raise Unreadable("has segments out of order")
        begins = [one for one in here if one[2] and one[3] and not one[4]]
        is_skipped = here[0][3] and not here[0][2]
        is_mapped = (not is_skipped and bool((wrapped and wrapped[2]) or begins)) or any(
            one[2] and one[3] for one in here)
        if is_mapped:
            most = max([wrapped[1] if wrapped else 0, *(one[1] for one in begins)])
            found.append((line, line, most > 0))
        wrapped = here[-1]
        if wrapped[2] and following > line + 1:
            found.append((line + 1, following - 1, wrapped[1] > 0))
    return found


def _function(found: Found, told: dict[str, Any]) -> None:
    names, regions = sequence(told.get("filenames"), "filenames"), sequence(told.get("regions"), "regions")
    if not names or not regions:
        return
    region = sequence(regions[0], "a region")
    which = region[5] if len(region) > 5 else 0
    if not isinstance(which, int) or not 0 <= which < len(names) or not isinstance(names[which], str):
        raise Unreadable("has a function in no file")
    if names[which] in found.files:         # Exports can leave files out, and keep their functions.
        place = f"{number_of_line(region[0])}:{whole_number(region[1], 'a column')}" if len(region) > 1 else ""
        found.function(found.files[names[which]], place, number_of_line(region[0]),
                       ran=whole_number(told.get("count"), "a function's count") > 0)


def _summarise(found: Found, file: FileCoverage, told: dict[str, Any]) -> None:
    counts = _counts(told.get("lines"), "lines")
    if counts is None:
        raise Unreadable("has a file without lines")
    found.note("it counts lines without listing them")
    file.summary = Summary(lines=counts, branches=_counts(told.get("branches"), "branches"),
                           functions=_counts(told.get("functions"), "functions"))


def _counts(told: object, what: str) -> tuple[int, int] | None:
    if told is None:
        return None
    counts = mapping(told, what)
    return part(whole_number(counts.get("covered"), "covered"), whole_number(counts.get("count"), "count"), what)
