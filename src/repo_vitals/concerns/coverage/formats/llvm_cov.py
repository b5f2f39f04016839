"""llvm-cov's JSON export (`llvm-cov export`, `cargo llvm-cov --json`).

Lines are counted from a file's segments as llvm-cov counts them for its own reports (`LineCoverageIterator` in LLVM's
CoverageMapping.cpp): a line's count is the largest of the regions that begin on it and of the one that reaches into it.
llvm-cov's totals add up functions instead, so a line that two functions share counts twice there. A function is known
by where its first region begins; instances of one template are one. An export of totals alone gives totals of files.
"""
from __future__ import annotations

from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.coverage.facts import FileCoverage, Summary
from repo_vitals.concerns.coverage.formats.found import MOST_ARMS, MOST_BRANCHES, Found, number_of_line, part
from repo_vitals.concerns.coverage.union import join
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import batches, mapping, sequence, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    # With its keys in order, a file's branches come first, and there may be more of them than a beginning holds.
    return ("filename" in file and {"segments", "summary", "expansions"} & file.keys() != set()) or "branches" in file


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
            for _ in text.elements():
                _file(found, text)
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


def _file(found: Found, text: JsonText) -> None:
    """A file, whose lists may be long and may stand before its name."""
    if text.peek() != "{":
        raise Unreadable("has no object for a file")
    told = FileCoverage()
    arms: dict[int, dict[tuple[int, int, int], int]] = {}
    name = summary = None
    is_listed = False
    for key in text.members():
        if key == "filename":
            name = text.value()
        elif key == "segments":
            is_listed = True
            segments = (segment(one) for batch in batches(text, "segments") for one in batch)
            _mark(found, told, lines(segments))
        elif key == "branches":
            _arms(arms, (one for batch in batches(text, "branches") for one in batch))
        elif key == "summary":
            summary = text.value()
        else:
            text.skip()
    if not isinstance(name, str):
        raise Unreadable("has a file without filename")
    file = found.file(name)
    if not is_listed:
        _summarise(found, file, mapping(summary, "a file's summary"))
        return
    join(file, told)
    found.branches(file, NAME, {line: _bits(places) for line, places in arms.items()})


def _mark(found: Found, told: FileCoverage, ranges: Iterable[tuple[int, int, bool]]) -> None:
    held = told.lines.held
    for first, last, ran in ranges:
        if first:
            told.lines.mark_range(first, last, ran=ran)
        found.holds(told.lines.held - held)
        held = told.lines.held


def _arms(arms: dict[int, dict[tuple[int, int, int], int]], branches: Iterable[object]) -> None:
    """Takes note of each branch by its place: 1 for true that was met, 2 for false."""
    many = 0
    for branch in branches:
        values = [whole_number(value, "a branch") for value in sequence(branch, "a branch")]
        if len(values) < 6:
            raise Unreadable("has a branch that lacks a field")
        places = arms.setdefault(number_of_line(values[0]), {})
        place = values[1], values[2], values[3]
        before = places.get(place)
        many += before is None
        if many > MOST_BRANCHES or len(places) > MOST_ARMS:
            raise Unreadable(f"has more than {MOST_BRANCHES:,} branches in one file, or {MOST_ARMS:,} on one line")
        places[place] = (before or 0) | (values[4] > 0) | (values[5] > 0) << 1


def _bits(places: dict[tuple[int, int, int], int]) -> tuple[int, int]:
    bits = sum(places[place] << 2 * at for at, place in enumerate(sorted(places)))
    return bits, 2 * len(places)


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


def lines(segments: Iterable[tuple[int, int, bool, bool, bool]]) -> Iterator[tuple[int, int, bool]]:
    """Lines that can be covered, as ranges of the same outcome: first, last, whether they ran."""
    wrapped: tuple[int, int, bool, bool, bool] | None = None
    line = 0
    for following, group in groupby(segments, key=itemgetter(0)):
        if wrapped:
            if following <= line:
                raise Unreadable("has segments out of order")
            if wrapped[2] and following > line + 1:
                yield line + 1, following - 1, wrapped[1] > 0
        line = following
        first = last = next(group)
        most, begins, maps = (wrapped[1] if wrapped else 0), False, False
        for one in chain((first,), group):
            last = one
            if one[2] and one[3]:
                maps = True
                if not one[4]:
                    begins = True
                    most = max(most, one[1])
        is_skipped = first[3] and not first[2]
        if maps or (not is_skipped and (begins or bool(wrapped and wrapped[2]))):
            yield line, line, most > 0
        wrapped = last


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
