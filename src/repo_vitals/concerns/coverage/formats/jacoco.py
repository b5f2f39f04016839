"""JaCoCo XML. A line is covered where any of its instructions ran (`ci` above 0), as JaCoCo counts lines itself.

A source file's path is its package's with its name, below source folders that the report does not know. Methods stand
in classes, which name their source file. A report that lists no lines, as some tools cut it, gives totals of source
files, or of what else it counts.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.facts import FileCoverage, Summary
from repo_vitals.concerns.coverage.formats.found import LONGEST_NAME, Found, count, line_number
from repo_vitals.concerns.coverage.formats.xml_report import read_xml
from repo_vitals.concerns.coverage.stale import instant
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "jacoco"
_LINE = re.compile(rb'<line nr="\d{1,7}" mi="\d{1,9}" ci="\d{1,9}" mb="\d{1,6}" cb="\d{1,6}" ?/>')
_VALUES = re.compile(rb'"(\d+)" mi="(\d+)" ci="(\d+)" mb="(\d+)" cb="(\d+)"')
_HOLDERS = ("report", "group", "package", "class", "sourcefile", "method")
_COUNTERS = frozenset({"LINE", "BRANCH", "METHOD"})


@dataclass(kw_only=True)
class _Holder:
    """An element that is open, and what it counts: covered and all, by kind."""

    kind: str
    name: str
    attributes: dict[str, str]
    counters: dict[str, tuple[int, int]] = field(default_factory=dict)


def recognises(head: Head) -> bool:
    """Whether it is JaCoCo: a `report` with packages, groups, counters or sessions."""
    return head.root == "report" and bool({"package", "group", "counter", "sessioninfo"} & head.names)


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    return read_xml(file, _Taker, leaf=_LINE)


class _Taker:
    def __init__(self) -> None:
        self.found = Found(tool="JaCoCo", paths="package")
        self._open: list[_Holder] = []
        self._file: FileCoverage | None = None
        self._totals: dict[str, dict[str, dict[str, tuple[int, int]]]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "line":
            self._line(attributes.get("nr", ""), *(attributes.get(key, "0") for key in ("mi", "ci", "mb", "cb")))
        elif name == "counter":
            self._counter(attributes)
        elif name in _HOLDERS:
            self._begin(name, attributes)
        elif name == "sessioninfo":
            # Of several runs the last.
            dumped, before = instant(attributes.get("dump")), self.found.written_at
            self.found.written_at = max(filter(None, (dumped, before)), default=None)
        elif not self._open:
            raise Unreadable("is no JaCoCo report: its outermost element is not report")

    def end(self, name: str) -> None:
        if name not in _HOLDERS or not self._open:
            return
        holder = self._open.pop()
        if name == "method":
            self._end_method(holder)
        elif name == "sourcefile":
            self._file = None
            self._add_totals(name, self._path(holder.name), holder)
        elif name == "class":
            self._add_totals(name, self._path_of_class(holder), holder)
        elif name in ("package", "group"):
            self._add_totals(name, holder.name, holder)
        elif not self._open:
            self._end(holder)

    def text(self, piece: str) -> None:
        """The format holds no text."""

    def take(self, run: bytes) -> None:
        for one in _VALUES.findall(run):
            self._line(*(value.decode() for value in one))

    # --- within ---

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name != "report":
            raise Unreadable("is no JaCoCo report: its outermost element is not report")
        self._open.append(_Holder(kind=name, name=attributes.get("name", ""), attributes=attributes))
        if name == "sourcefile":
            self._file = self.found.file(self._path(attributes.get("name", "")))

    def _line(self, number: str, missed: str, ran: str, branches_missed: str, branches_taken: str) -> None:
        if self._file is None:
            return
        at = line_number(number)
        covered = count(ran, "ci")
        if not at or not covered + count(missed, "mi"):
            return          # Without instructions there is nothing to cover.
        lines = self._file.lines
        held = lines.held
        lines.mark(at, ran=covered > 0)
        self.found.holds(lines.held - held)
        if branches_missed != "0" or branches_taken != "0":
            taken = count(branches_taken, "cb")
            every = taken + count(branches_missed, "mb")
            known = self._file.branches.get(at, (0, 0))
            if every:
                self._file.branches[at] = max(known[0], taken), max(known[1], every)

    def _counter(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "")
        if kind in _COUNTERS and self._open:
            covered = count(attributes.get("covered", ""), "covered")
            self._open[-1].counters[kind] = covered, covered + count(attributes.get("missed", ""), "missed")

    def _package(self) -> str:
        return next((holder.name for holder in reversed(self._open) if holder.kind == "package"), "")

    def _path(self, name: str) -> str:
        if not name:
            raise Unreadable("names a file without a name")
        package = self._package()
        return self._key(f"{package}/{name}" if package else name)

    def _key(self, path: str) -> str:
        """Several modules may have a file of that path: their groups tell them apart."""
        group = "/".join(holder.name for holder in self._open if holder.kind == "group" and holder.name)
        if not group:
            return path
        key = f"{group[:LONGEST_NAME]}\0{path}"
        self.found.groups[key] = group[:LONGEST_NAME]
        return key

    def _path_of_class(self, holder: _Holder) -> str:
        # Without debug information a class does not know its source.
        source = holder.attributes.get("sourcefilename")
        return self._path(source) if source else self._key(holder.name)

    def _end_method(self, method: _Holder) -> None:
        holder = self._open[-1] if self._open else None
        counted = method.counters.get("METHOD")
        if holder is None or holder.kind != "class" or not counted:
            return
        name = f"{holder.name}.{method.name}{method.attributes.get('desc', '')}"
        self.found.function(self.found.file(self._path_of_class(holder)), name,
                            line_number(method.attributes.get("line", "0")), ran=counted[0] > 0)

    def _add_totals(self, kind: str, name: str, holder: _Holder) -> None:
        """Adds up what elements of one name count: classes of one source file, packages of several groups."""
        if not holder.counters:
            return
        totals = self._totals.setdefault(kind, {}).setdefault(name, {})
        for counter, (covered, valid) in holder.counters.items():
            known = totals.get(counter, (0, 0))
            totals[counter] = known[0] + covered, known[1] + valid

    def _end(self, report: _Holder) -> None:
        lines = report.counters.get("LINE")
        if lines and lines[1]:
            self.found.root_lines = lines
            self.found.root_ratio = lines[0] / lines[1]
        if report.counters:
            self._totals["report"] = {report.name: report.counters}
        for kind in ("sourcefile", "class"):
            self._summarise(kind)
            if any(file.lines.valid or file.summary for file in self.found.files.values()):
                return
        self.found.totals_only = any(map(self._summarise, ("package", "group", "report")))

    def _summarise(self, kind: str) -> bool:
        """Gives totals to what is counted, but has no lines: some tools tell no instructions of lines (gcovr)."""
        is_any = False
        for name, totals in self._totals.get(kind, {}).items():
            if totals.get("LINE", (0, 0))[1] and not (name in self.found.files and self.found.files[name].lines.valid):
                self.found.file(name or "(no name)").summary = Summary(
                    lines=totals["LINE"], branches=totals.get("BRANCH"), functions=totals.get("METHOD"))
                self.found.note("it counts lines without listing which of them ran")
                is_any = True
        return is_any
