"""istanbul's coverage-summary.json: totals of each file, without its lines."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.coverage.facts import Summary
from repo_vitals.concerns.coverage.formats.found import Found, part
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import mapping, whole_number

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "istanbul-summary"
_KEYS = frozenset({"lines", "statements", "functions", "branches"})


def recognises(head: Head) -> bool:
    """Whether it is a summary: a total, or files, of lines, statements, functions and branches."""
    return any(file.keys() >= _KEYS and "total" in file["lines"] for file in head.shape.values())


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    found = Found(tool="istanbul")
    total = None
    with opened(file) as stream:
        text = JsonText(stream)
        for path in text.members():
            told = mapping(text.value(), "a file")
            summary = Summary(lines=_counts(told, "lines"), branches=_counts(told, "branches"),
                              functions=_counts(told, "functions"))
            if path == "total":
                total = summary.lines
            else:
                found.file(path).summary = summary
        text.end()
    if total is None and not found.files:
        raise Unreadable("is no summary of istanbul: it has no total and no files")
    if total and not found.files and total[1]:
        # jest writes nothing but the total where it is told to.
        found.file("(all files)").summary = summary
        found.totals_only = True
    if total and total[1]:
        found.root_lines = total
        found.root_ratio = total[0] / total[1]
    return found


def _counts(told: dict[str, Any], key: str) -> tuple[int, int]:
    counts = mapping(told.get(key), key)
    return part(whole_number(counts.get("covered"), "covered"), whole_number(counts.get("total"), "total"), key)
