"""Instruction counts of Iai, Iai-Callgrind and Gungraun: on standard output as text, or as JSON summaries.

Everything is of the new run; what the tool compares with is left out. The counts are valgrind's and repeat exactly.
Read are instructions, hits of the simulated caches and of memory, estimated cycles, and DHAT's bytes and allocations;
rates and the counts of errors are not. Callgrind and Cachegrind both count instructions and hits, and not the same:
where a benchmark ran under both, those of the second have its name, `sum (cachegrind)`.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.gungraun_json import each_summary, is_summary, metrics_of
from repo_vitals.concerns.performance_compare.formats.log_lines import log_lines
from repo_vitals.concerns.performance_compare.formats.pieces import named, text_of
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Measures, Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "gungraun"
_MOST_NAME_LINES = 50


class _Figure(NamedTuple):
    unit: str
    beside: str = ""            # what tells it from another figure of the same unit, in the benchmark's name
    measures: Measures = ""


_IN_TEXT: Mapping[str, _Figure] = {
    "Instructions": _Figure("instructions"),
    "Estimated Cycles": _Figure("cycles"),
    "L1 Hits": _Figure("L1 hits"),
    "L2 Hits": _Figure("L2 hits"),
    "LL Hits": _Figure("LL hits"),
    "RAM Hits": _Figure("RAM hits"),
    "L1 Accesses": _Figure("L1 accesses"),
    "L2 Accesses": _Figure("L2 accesses"),
    "RAM Accesses": _Figure("RAM accesses"),
    "Total read+write": _Figure("reads and writes"),
    "Total bytes": _Figure("B", "total bytes"),
    "Total blocks": _Figure("allocations"),
    "At t-gmax bytes": _Figure("B", "at t-gmax bytes", "peak_memory"),
    "At t-end bytes": _Figure("B", "at t-end bytes"),
}
_IN_JSON: Mapping[str, _Figure] = {
    "Ir": _IN_TEXT["Instructions"],
    "EstimatedCycles": _IN_TEXT["Estimated Cycles"],
    "L1hits": _IN_TEXT["L1 Hits"],
    "LLhits": _IN_TEXT["LL Hits"],
    "RamHits": _IN_TEXT["RAM Hits"],
    "TotalRW": _IN_TEXT["Total read+write"],
    "TotalBytes": _IN_TEXT["Total bytes"],
    "TotalBlocks": _IN_TEXT["Total blocks"],
    "AtTGmaxBytes": _IN_TEXT["At t-gmax bytes"],
    "AtTEndBytes": _IN_TEXT["At t-end bytes"],
}
_METRIC = re.compile(r"\s+(?P<label>[A-Z][A-Za-z0-9 +-]*):\s+(?P<new>\d{1,20}|N/A)(?:\|(?:\d{1,20}|N/A))?(?:\s.*)?")
_TOOL = re.compile(r"\s+=+ (?P<tool>[A-Z]+) =+")
_PATH = re.compile(r"\S+::\S+(?:\s.*)?")


def recognises(head: Head) -> bool:
    """Whether it has a summary in JSON, or in text a benchmark's name above one of the tool's figures."""
    if any(is_summary(one) for one in head.json.records) or is_summary(head.json.at(0)):
        return True
    lines = head.lines
    return any(_figure(line) is not None for line in lines) or (
        '  "module_path": "' in "\n".join(lines) and any(line.strip().startswith('"benchmark_exe"') for line in lines))


def read(file: ReportFile) -> Report:
    """Each benchmark's counts."""
    found = Found()
    is_json = False
    for summary in each_summary(file):
        is_json = True
        _add_summary(found, summary)
    if not is_json:
        _add_text(found, file)
    return found.report(file, NAME)


# -- JSON ------------------------------------------------------------------------------------------------------------

def _add_summary(found: Found, summary: Mapping[str, Any]) -> None:
    identifier = text_of(summary, "id")
    path = named(summary, "module_path")
    name = f"{path} {identifier}" if identifier else path
    found.tool = f"Gungraun or Iai-Callgrind, summary {text_of(summary, 'version')}".rstrip()
    run = _Run(found, name)
    for tool, word, value in metrics_of(summary):
        figure = _IN_JSON.get(word)
        if figure is not None:
            run.add(figure, value, tool)
    if not run.tools:
        found.fail(name, "has no counts that are read")


class _Run:
    """A benchmark's run, perhaps under several tools."""

    def __init__(self, found: Found, name: str) -> None:
        self._found = found
        self._name = name
        self.tools: dict[_Figure, str] = {}     # the first that gave a figure

    def add(self, figure: _Figure, value: float, tool: str) -> None:
        """Adds a figure, under the tool's name too if another tool gave it before."""
        tool = tool.lower()
        is_another = self.tools.setdefault(figure, tool) != tool
        beside = ", ".join(filter(None, (figure.beside, tool if is_another else "")))
        self._found.add(f"{self._name} ({beside})" if beside else self._name, value, figure.unit, better="lower",
                        exact=True, measures=figure.measures)


# -- text ------------------------------------------------------------------------------------------------------------

def _figure(line: str) -> tuple[_Figure, str] | None:
    """The figure that a line gives, and its new value; none of a line that gives none or one that is not read."""
    match = _METRIC.fullmatch(line)
    if match is None or match["label"] not in _IN_TEXT:
        return None
    return _IN_TEXT[match["label"]], match["new"]


def _add_text(found: Found, file: ReportFile) -> None:
    above: list[str] = []       # what stands above the next figure and may be a benchmark's name
    name, tool = "", ""
    run = _Run(found, name)
    for line in log_lines(file):
        figure = _figure(line)
        told = _TOOL.fullmatch(line)
        if figure is None and told is None and not (name and _METRIC.fullmatch(line)):
            if not line or line[0].isspace():
                above = above if line else []
                continue
            above = [*above[-_MOST_NAME_LINES:], line]
            name = ""
            continue
        if not name:
            name, tool, above = _name(above), "", []
            run = _Run(found, name)
        tool = told["tool"] if told else tool
        # N/A: the old run has it and the new one does not.
        if figure is not None and figure[1] != "N/A":
            run.add(figure[0], float(figure[1]), tool)


def _name(above: list[str]) -> str:
    """A benchmark's name: Iai's is one line; that of the others begins with a path and can hold line ends."""
    begin = next((place for place in range(len(above) - 1, -1, -1) if _PATH.fullmatch(above[place])), len(above) - 1)
    if not above:
        raise Unreadable("has a count without the name of a benchmark above it")
    return "\n".join(above[begin:])
