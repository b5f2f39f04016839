"""Cobertura XML, as written by Cobertura, coverage.py, gcovr, coverlet, cargo-tarpaulin, PHPUnit, simplecov, nyc …

A file's lines are those of its classes; the same file may stand in several. Lines of methods are among them (nyc adds
the method's first line, which is no statement), so they only count where a class has none of its own, and tell whether
the method ran.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.facts import FileCoverage
from repo_vitals.concerns.coverage.formats.found import Found, count, line_number, part, ratio
from repo_vitals.concerns.coverage.formats.xml_report import read_xml
from repo_vitals.concerns.coverage.stale import instant
from repo_vitals.concerns.coverage.union import join
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "cobertura"
_MOST_SOURCES = 50
_PARTS = {
    b"number": rb' number="[1-9]\d{0,6}"', b"hits": rb' hits="(?:0|[1-9]\d{0,17})"',
    b"branch": rb'(?: branch="(?:[Ff]alse|[Tt]rue)")?', b"missing": rb'(?: missing-branches="[0-9a-z,]*")?',
    b"conditions": rb'(?: condition-coverage="[0-9.]{1,8}% \(\d{1,4}/\d{1,4}\)")?',
}
# As most tools write them, with the branch before the hits, and in alphabetical order.
_ORDERS = (rb"%(number)b%(hits)b%(branch)b%(conditions)b%(missing)b", rb"%(number)b%(branch)b%(hits)b%(conditions)b",
           rb"%(branch)b%(conditions)b%(hits)b%(missing)b%(number)b")
_LINE = re.compile(rb"<line(?:" + b"|".join(order % _PARTS for order in _ORDERS) + rb") ?/>")
_NUMBER = re.compile(rb'number="(\d+)')
_HITS = re.compile(rb'hits="(\d+)')
_BRANCHES = re.compile(rb'number="(\d+)"[^>]*(\(\d+/\d+\))|(\(\d+/\d+\))[^>]*number="(\d+)"')
_CONDITIONS = re.compile(r"\(\s*(\d+)\s*/\s*(\d+)\s*\)")


def recognises(head: Head) -> bool:
    """Whether it is Cobertura: `coverage` with packages or rates. Clover's `coverage` holds a project."""
    if head.root != "coverage":
        return False
    attributes = head.elements[0][1]
    return "project" not in head.names and (
        bool({"packages", "class", "sources"} & head.names) or "line-rate" in attributes or "lines-valid" in attributes)


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    return read_xml(file, _Taker, leaf=_LINE, text_of=frozenset({"source"}))


def _by_outcome(run: bytes) -> tuple[list[int], list[int]]:
    """Numbers of the lines of a run that ran, and of those that did not."""
    branches = run.count(b" branch=")
    values = run.split(b'"')
    step = 6 if branches else 4
    if b"%" in run or b"missing" in run or branches not in (0, run.count(b"<line")) or (
            set(values[2::step]) != {b" hits="}):
        numbers = list(map(int, _NUMBER.findall(run)))
        hits = _HITS.findall(run)
    else:
        # Each line has the same attributes, so their values stand at the same distance: much faster than patterns.
        numbers = list(map(int, values[1::step]))
        hits = values[3::step]
    return ([number for number, ran in zip(numbers, hits, strict=True) if ran != b"0"],
            [number for number, ran in zip(numbers, hits, strict=True) if ran == b"0"])


class _Taker:
    def __init__(self) -> None:
        self.found = Found()
        self._root = False
        self._source: list[str] = []
        self._file: FileCoverage | None = None
        self._by_methods = FileCoverage()       # of the class
        self._has_lines = False                 # the class, besides its methods'
        self._in_methods = False
        self._method: str | None = None
        self._method_line = 0
        self._method_ran = False
        self._conditions: dict[str, tuple[int, int] | None] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "line":
            if self._file is not None:
                self._line(attributes)
        elif name == "method":
            self._begin_method(attributes)
        elif name == "methods":
            self._in_methods = True
        elif name == "class":
            self._begin_class(attributes)
        elif name == "source":
            self._source = []
        elif name == "project":
            raise Unreadable("is no Cobertura report: it has a project, as Clover's have")
        elif not self._root:
            self._begin(name, attributes)

    def end(self, name: str) -> None:
        if name == "method":
            self._end_method()
        elif name == "methods":
            self._in_methods = False
        elif name == "class":
            self._end_class()
        elif name == "source":
            source = "".join(self._source).strip()
            if source and source not in self.found.sources:
                if len(self.found.sources) < _MOST_SOURCES:
                    self.found.sources.append(source)
                else:
                    self.found.note(f"source folders beyond the {_MOST_SOURCES}th are not looked into")
        elif name == "coverage":
            self._end()

    def text(self, piece: str) -> None:
        self._source.append(piece)

    def take(self, run: bytes) -> None:
        if self._file is None:
            return
        into = self._into()
        held = into.lines.held
        covered, uncovered = _by_outcome(run)
        into.lines.mark_all(covered, ran=True)
        into.lines.mark_all(uncovered, ran=False)
        self.found.holds(into.lines.held - held)
        if self._method is not None:
            first = _NUMBER.search(run)
            self._method_line = self._method_line or int(first[1] if first else 0)
            self._method_ran = self._method_ran or bool(covered)
        if b"condition" in run:
            for number, conditions, conditions_before, number_behind in _BRANCHES.findall(run):
                self._branches(into, int(number or number_behind), (conditions or conditions_before).decode())

    # --- within ---

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._root = True
        if name != "coverage":
            raise Unreadable("is no Cobertura report: its outermost element is not coverage")
        stated = ratio(attributes.get("line-rate"), "the root's line-rate")
        ratio(attributes.get("branch-rate"), "the root's branch-rate")
        self.found.root_ratio = stated
        self.found.written_at = instant(attributes.get("timestamp"))
        covered, valid = attributes.get("lines-covered"), attributes.get("lines-valid")
        if covered and valid:
            self.found.root_lines = part(count(covered, "lines-covered"), count(valid, "lines-valid"), "lines")
        version = attributes.get("version", "")
        if version.startswith("gcovr"):
            self.found.tool = version[:40]

    def _begin_class(self, attributes: dict[str, str]) -> None:
        path = attributes.get("filename")
        if path is None:
            raise Unreadable("has a class without filename")
        if path.strip():
            self._file = self.found.file(path)
        else:
            self._file = None
            self.found.note("classes whose filename is empty are left out")
        self._by_methods = FileCoverage()
        self._has_lines = self._in_methods = False
        self._method = None

    def _end_class(self) -> None:
        if self._file is not None and not self._has_lines:
            held = self._file.lines.held
            join(self._file, self._by_methods)
            self.found.holds(self._file.lines.held - held)
        self._file = None

    def _begin_method(self, attributes: dict[str, str]) -> None:
        self._method = attributes.get("name", "")
        self._method_line = 0
        self._method_ran = False
        hits = attributes.get("hits")       # nyc and gcovr know calls
        if hits is not None:
            self._method_ran = count(hits, "hits") > 0
        elif (ratio(attributes.get("line-rate"), "a method's line-rate") or 0) > 0:
            self._method_ran = True

    def _end_method(self) -> None:
        if self._file is not None and self._method is not None:
            self.found.function(self._file, self._method, self._method_line, ran=self._method_ran)
        self._method = None

    def _line(self, attributes: dict[str, str]) -> None:
        number = line_number(attributes.get("number", ""))
        ran = count(attributes.get("hits", ""), "hits") > 0
        if self._method is not None:
            self._method_line = self._method_line or number
            self._method_ran = self._method_ran or ran
        into = self._into()
        if not number:
            self._on_no_line()
            return
        held = into.lines.held
        into.lines.mark(number, ran=ran)
        self.found.holds(into.lines.held - held)
        conditions = attributes.get("condition-coverage")
        if conditions:
            self._branches(into, number, conditions)

    def _into(self) -> FileCoverage:
        if self._in_methods or self._file is None:
            return self._by_methods
        self._has_lines = True
        return self._file

    def _on_no_line(self) -> None:
        self.found.note("line 0, which no file has, is left out")

    def _branches(self, into: FileCoverage, number: int, conditions: str) -> None:
        if conditions not in self._conditions:
            match = _CONDITIONS.search(conditions)
            if len(self._conditions) > 10_000:
                self._conditions.clear()
            self._conditions[conditions] = None if not match else part(
                count(match[1], "condition-coverage"), count(match[2], "condition-coverage"), "branches")
        counts = self._conditions[conditions]
        if counts is None or not counts[1]:
            return
        known = into.branches.get(number)
        into.branches[number] = counts if known is None else (max(known[0], counts[0]), max(known[1], counts[1]))

    def _end(self) -> None:
        if self.found.root_ratio is None and self.found.root_lines and self.found.root_lines[1]:
            self.found.root_ratio = self.found.root_lines[0] / self.found.root_lines[1]
