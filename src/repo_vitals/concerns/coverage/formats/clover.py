"""Clover XML, as written by OpenClover, PHPUnit and istanbul (nyc, jest, vitest).

Statements are lines that can be covered; a `method` line is a declaration and tells whether the method was called. A
condition with a `count` is istanbul's: a statement whose `truecount` and `falsecount` are the branches that were taken
and missed. Clover's own is no statement, as in Clover's totals, and says how often it was true and false. Tests' own
code (`testproject`) is left out, as Clover's totals leave it.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.formats.found import Found, count, line_number, part
from repo_vitals.concerns.coverage.formats.xml_report import read_xml
from repo_vitals.concerns.coverage.stale import instant
from repo_vitals.sources.report_files import Unreadable
from repo_vitals.sources.report_values import shown

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import FileCoverage
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "clover"
_COUNT = rb'count="(?:0|[1-9]\d{0,17})"'
_LINE = re.compile(rb'<line num="[1-9]\d{0,6}" (?:type="stmt" ' + _COUNT + rb"|" + _COUNT + rb' type="stmt") ?/>')
_VERSION = re.compile(r"\d{1,3}(?:\.\d{1,6}){1,4}")
_RAN = re.compile(rb'num="(\d+)"[^>]* count="[1-9]')
_DID_NOT = re.compile(rb'num="(\d+)"[^>]* count="0"')


def recognises(head: Head) -> bool:
    """Whether it is Clover: a `coverage` that holds a project."""
    return head.root == "coverage" and bool({"project", "testproject"} & head.names)


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    return read_xml(file, _Taker, leaf=_LINE)


class _Taker:
    def __init__(self) -> None:
        self.found = Found()
        self._root = self._has_project = False
        self._in_tests = False
        self._file: FileCoverage | None = None
        self._within: list[str] = []        # project and file, where open

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "line":
            self._line(attributes)
        elif name == "file":
            self._within.append(name)
            if not self._in_tests:
                self._file = self.found.file(attributes.get("path") or attributes.get("name") or "")
        elif name == "testproject":
            self._in_tests = True
        elif name in ("project", "package", "class"):
            self._within.append(name)
            self._has_project = self._has_project or name == "project"
        elif name == "metrics" and self._within == ["project"]:
            self._totals(attributes)
        elif not self._root:
            if name != "coverage":
                raise Unreadable("is no Clover report: its outermost element is not coverage")
            self._root = True
            self.found.written_at = instant(attributes.get("generated"))
            version = attributes.get("clover", "")
            if _VERSION.fullmatch(version):
                self.found.tool = f"Clover {version}"

    def end(self, name: str) -> None:
        if name == "file":
            self._file = None
        elif name == "testproject":
            self._in_tests = False
        elif name == "coverage" and not self._has_project:
            raise Unreadable("is no Clover report: it has no project")
        if name in ("project", "package", "class", "file") and self._within:
            self._within.pop()

    def text(self, piece: str) -> None:
        """The format holds no text."""

    def take(self, run: bytes) -> None:
        if self._in_tests:
            self.found.note("code of tests is left out")
        if self._file is None:
            return
        lines = self._file.lines
        held = lines.held
        lines.mark_all(list(map(int, _RAN.findall(run))), ran=True)
        lines.mark_all(list(map(int, _DID_NOT.findall(run))), ran=False)
        self.found.holds(lines.held - held)

    def _line(self, attributes: dict[str, str]) -> None:
        if self._in_tests:
            self.found.note("code of tests is left out")
        if self._file is None:
            return
        number = line_number(attributes.get("num", ""))
        kind = attributes.get("type", "stmt")
        calls = attributes.get("count")
        if kind == "method":
            name = attributes.get("name") or attributes.get("signature") or ""
            self.found.function(self._file, name, number, ran=count(calls or "", "count") > 0)
            return
        if kind not in ("stmt", "cond"):
            raise Unreadable(f"has a line of type {shown(kind)}")
        true, false = attributes.get("truecount"), attributes.get("falsecount")
        taken = every = 0
        if kind == "cond" and true is not None and false is not None:
            taken, every = count(true, "truecount"), count(false, "falsecount")
            taken, every = (taken, taken + every) if calls is not None else ((taken > 0) + (every > 0), 2)
        if number and every:
            known = self._file.branches.get(number, (0, 0))
            self._file.branches[number] = max(known[0], taken), max(known[1], every)
        if number and not (kind == "cond" and calls is None):
            held = self._file.lines.held
            self._file.lines.mark(number, ran=count(calls or "", "count") > 0)
            self.found.holds(self._file.lines.held - held)

    def _totals(self, attributes: dict[str, str]) -> None:
        """Statements of the project: several can stand on a line, so this is no more than a hint."""
        covered, valid = attributes.get("coveredstatements"), attributes.get("statements")
        if covered and valid:
            stated = part(count(covered, "coveredstatements"), count(valid, "statements"), "statements")
            if stated[1]:
                self.found.root_ratio = stated[0] / stated[1]
