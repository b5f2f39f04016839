"""coverage.py's JSON (format 1, without a number, to 3).

Lines that ran or are missing can be covered, but for excluded ones, which coverage.py also lists among those that ran,
and line 0, which it names for an empty file. Branches go from a line to another one. Functions are told since format 3.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.coverage.formats.found import (
    LARGEST_FILE,
    Found,
    mapping,
    number_of_line,
    part,
    sequence,
    shown,
    whole_number,
)
from repo_vitals.concerns.coverage.union import united
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import FileCoverage
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "coverage-py"
_NEEDED = ("executed_lines", "missing_lines", "excluded_lines", "executed_branches", "missing_branches")


def recognises(head: Head) -> bool:
    """Whether it is coverage.py's: files with lines that ran, or its `meta` where there are none."""
    files = head.shape.get("files", {})
    if any("executed_lines" in file and "missing_lines" in file for file in files.values()):
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
                    _add(found, found.file(path), _told(text))
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


def _told(text: JsonText) -> dict[str, Any]:
    """A file or function without what can be long and is not needed: which tests ran each line."""
    told: dict[str, Any] = {}
    for key in text.members():
        if key in _NEEDED:
            told[key] = text.value(largest=LARGEST_FILE)
        elif key == "functions":
            told[key] = {name: _told(text) for name in text.members()}
        else:
            text.skip()
    return told


def _add(found: Found, file: FileCoverage, told: dict[str, Any]) -> None:
    ran, missing, excluded = (
        {number_of_line(line) for line in sequence(told.get(key, []), key)}
        for key in ("executed_lines", "missing_lines", "excluded_lines"))
    for key in ("executed_lines", "missing_lines"):
        if key not in told:
            raise Unreadable(f"has a file without {key}")
    held = file.lines.held
    file.lines.mark_all(sorted(ran - excluded - missing - {0}), ran=True)
    file.lines.mark_all(sorted(missing - {0}), ran=False)
    found.holds(file.lines.held - held)
    arms: dict[int, dict[int, bool]] = {}
    for key, taken in (("executed_branches", True), ("missing_branches", False)):
        for branch in sequence(told.get(key, []), key):
            start, end = _branch(branch)
            arms.setdefault(start, {})[end] = taken or arms.get(start, {}).get(end, False)
    known = file.arms.setdefault(NAME, {}) if arms else {}
    for line, ends in arms.items():
        bits = sum(1 << place for place, end in enumerate(sorted(ends)) if ends[end])
        known[line] = united(known.get(line), (bits, len(ends)))
    for name, region in told.get("functions", {}).items():
        if name:            # The nameless one is what stands outside of functions.
            _function(found, file, name, region)


def _branch(branch: object) -> tuple[int, int]:
    ends = sequence(branch, "a branch")
    # An end below 0 leaves the function that begins there.
    if len(ends) != 2 or not all(isinstance(end, int) and not isinstance(end, bool) for end in ends):
        raise Unreadable(f"has {shown(branch)} for a branch")
    return number_of_line(abs(ends[0])), int(ends[1])


def _function(found: Found, file: FileCoverage, name: str, region: dict[str, Any]) -> None:
    ran, missing, excluded = (
        {number_of_line(line) for line in sequence(region.get(key, []), key)}
        for key in ("executed_lines", "missing_lines", "excluded_lines"))
    ran -= excluded
    if ran or missing:      # One without statements can't run.
        found.function(file, name, min(ran | missing), ran=bool(ran))


def _totals(found: Found, totals: dict[str, Any]) -> None:
    if "covered_lines" in totals and "num_statements" in totals:
        found.root_lines = part(whole_number(totals["covered_lines"], "covered_lines"),
                                whole_number(totals["num_statements"], "num_statements"), "statements")
        if found.root_lines[1]:
            found.root_ratio = found.root_lines[0] / found.root_lines[1]
