"""coverage.py's JSON (format 1, without a number, to 3).

Lines that ran or are missing can be covered, but for excluded ones, which coverage.py also lists among those that ran,
and line 0, which it names for an empty file. Branches go from a line to another one. Functions are told since format 3.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.coverage.formats.found import MOST_ARMS, MOST_BRANCHES, Found, number_of_line, part
from repo_vitals.concerns.coverage.lines import Lines
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import batches, mapping, sequence, shown, whole_number

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import FileCoverage
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "coverage-py"
_LINES = ("executed_lines", "missing_lines", "excluded_lines")
_BRANCHES = ("executed_branches", "missing_branches")


def recognises(head: Head) -> bool:
    """Whether it is coverage.py's: files with lines that ran, or its `meta` where there are none."""
    files = head.shape.get("files", {})
    # The first file may have more lines that ran than a beginning holds.
    if any("executed_lines" in file for file in files.values()):
        return True
    return not files and "files" in head.shape and "branch_coverage" in head.shape.get("meta", {})


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    found = Found(tool="coverage.py")
    has_files = False
    with opened(file) as stream:
        text = JsonText(stream)
        for key in text.members():
            if key == "files":
                has_files = True
                for path in text.members():
                    _add(found, found.file(path), text)
            elif key == "meta":
                version = mapping(text.value(), "meta").get("version")
                found.tool = f"coverage.py {version[:20]}" if isinstance(version, str) else found.tool
            elif key == "totals":
                _totals(found, mapping(text.value(), "totals"))
            else:
                text.skip()
        text.end()
    if not has_files:
        raise Unreadable("is no report of coverage.py: it has no files")
    return found


def _add(found: Found, file: FileCoverage, text: JsonText) -> None:
    """A file, whose lists may be long; which tests ran each line is longer still and not needed."""
    told = {key: Lines() for key in _LINES}
    given = set()
    arms: dict[int, dict[int, bool]] = {}
    for key in text.members():
        given.add(key)
        if key in _LINES:
            _mark(told[key], text, key)
        elif key in _BRANCHES:
            _arms(arms, text, key)
        elif key == "functions":
            for name in text.members():
                _function(found, file, name, text)
        else:
            text.skip()
    for key in ("executed_lines", "missing_lines"):
        if key not in given:
            raise Unreadable(f"has a file without {key}")
    held = file.lines.held
    missing = told["missing_lines"]
    excluded = told["excluded_lines"]
    last = max((number for lines in (missing, excluded) for number, _ in lines), default=0)
    others = bytearray(last + 1)
    for lines in (missing, excluded):
        for number, _ in lines:
            others[number] = 1
    for number, _ in told["executed_lines"]:
        if number > last or not others[number]:
            file.lines.mark(number, ran=True)
    for number, _ in missing:
        file.lines.mark(number, ran=False)
    found.holds(file.lines.held - held)
    found.branches(file, NAME, {
        line: (sum(1 << place for place, end in enumerate(sorted(ends)) if ends[end]), len(ends))
        for line, ends in arms.items()})


def _mark(lines: Lines, text: JsonText, key: str) -> None:
    for batch in batches(text, key):
        lines.mark_all([number for number in map(number_of_line, batch) if number], ran=True)


def _arms(arms: dict[int, dict[int, bool]], text: JsonText, key: str) -> None:
    many = sum(map(len, arms.values()))
    for batch in batches(text, key):
        for branch in batch:
            start, end = _branch(branch)
            ends = arms.setdefault(start, {})
            many += end not in ends
            if many > MOST_BRANCHES or len(ends) >= MOST_ARMS:
                raise Unreadable(f"has more than {MOST_BRANCHES:,} branches in one file, or {MOST_ARMS:,} on one line")
            ends[end] = key == "executed_branches" or ends.get(end, False)


def _branch(branch: object) -> tuple[int, int]:
    ends = sequence(branch, "a branch")
    # An end below 0 leaves the function that begins there.
    if len(ends) != 2 or not all(isinstance(end, int) and not isinstance(end, bool) for end in ends):
        raise Unreadable(f"has {shown(branch)} for a branch")
    return number_of_line(abs(ends[0])), int(ends[1])


def _function(found: Found, file: FileCoverage, name: str, text: JsonText) -> None:
    told = {key: Lines() for key in _LINES}
    for key in text.members():
        if key in _LINES:
            _mark(told[key], text, key)
        else:
            text.skip()
    if not name:            # The nameless one is what stands outside of functions.
        return
    excluded = {number for number, _ in told["excluded_lines"]}
    ran = next((number for number, _ in told["executed_lines"] if number not in excluded), None)
    missing = next((number for number, _ in told["missing_lines"]), None)
    first = min((number for number in (ran, missing) if number is not None), default=None)
    if first is not None:   # One without statements can't run.
        found.function(file, name, first, ran=ran is not None)


def _totals(found: Found, totals: dict[str, Any]) -> None:
    if "covered_lines" in totals and "num_statements" in totals:
        found.root_lines = part(whole_number(totals["covered_lines"], "covered_lines"),
                                whole_number(totals["num_statements"], "num_statements"), "statements")
        if found.root_lines[1]:
            found.root_ratio = found.root_lines[0] / found.root_lines[1]
