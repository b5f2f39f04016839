"""Catch2's table of benchmarks on a terminal (versions 2 and 3).

    benchmark name                            samples       iterations    est run time
                                              mean          low mean      high mean
                                              std dev       low std dev   high std dev
    Fibonacci 10                                      100           208     7.1968 ms
                                                   344 ns        341 ns        349 ns
                                                    19 ns         11 ns         29 ns

In earlier versions the first line ends with "estimated". The value is the mean with its bounds; with
--benchmark-no-analysis it stands in the first line. A long name goes over several lines, the last of them with the
figures; its parts are joined, by a space where no hyphen breaks a word. A name that stands in several test cases is a
benchmark in each. A failed assertion, a benchmark that failed, and a log without its last line, which tells how many
test cases passed, are failed ones.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, cast

from repo_vitals.concerns.performance_compare.formats.found import LONGEST_NAME, Found, decimal
from repo_vitals.concerns.performance_compare.formats.log_lines import log_lines

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "catch2"

_HEADER = re.compile(r"benchmark name\s+samples\s+iterations\s+(?P<last>est run time|estimated|mean)")
_RULE, _LAST_RULE = re.compile(r"-{20,}"), re.compile(r"={20,}")
_ENDS = ("test cases:", "All tests passed", "No tests ran", "No test cases matched", "Passed all ")
_VERSION = re.compile(r".{1,200} is a (?P<version>Catch2? v[0-9.]+\S*) host application\.?")
_UNITS = {"ns": "ns", "us": "us", "ms": "ms", "s": "s", "m": "min"}
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?|-?nan|-?inf)")
_FAILED = "Benchmark failed ("
_ASSERTED = (": FAILED:", ": PASSED:", ": warning:")
_BROKEN = 30        # characters of a name's part; a longer one that ends with a hyphen is broken within a word
_BINARY = "the test binary"


def recognises(head: Head) -> bool:
    """By the table's first line."""
    return any(_HEADER.fullmatch(line) for line in head.lines)


def read(file: ReportFile) -> Report:
    """What the log says."""
    log = _Log()
    for line in log_lines(file):
        log.line(line)
    log.end()
    return log.found.report(file, NAME)


class _Log:
    def __init__(self) -> None:
        self.found = Found()
        self._case = ""             # the test case
        # Where the line stands: a test case's name is between two rules, a table's columns are above one.
        self._place: Literal["", "case", "columns", "table"] = ""
        self._is_analysed = True
        self._name: list[str] = []  # parts of a benchmark's name
        self._length = 0            # of them together, at least
        self._is_measured = True    # there is no benchmark whose mean is to come
        self._has_ended = False

    def line(self, line: str) -> None:
        """Takes the next line."""
        if told := _HEADER.fullmatch(line):
            self._leave("columns")
            self._is_analysed = told["last"] != "mean"
        elif _RULE.fullmatch(line):
            self._leave({"columns": "table", "case": ""}.get(self._place, "case"))
        elif line.startswith(_ENDS) or _LAST_RULE.fullmatch(line):
            self._leave("")
            self._has_ended = self._has_ended or not line.startswith("=")
        elif line.endswith(_ASSERTED):
            self._leave("")
            if line.endswith(_ASSERTED[0]):
                self.found.fail(self._case or _BINARY, "has an assertion that failed")
        elif self._place == "case":
            # Sections are indented below it.
            if line.strip() and not line.startswith(" "):
                self._case = line.strip()[:LONGEST_NAME]
        elif self._place == "table":
            self._row(line)
        elif told := _VERSION.fullmatch(line):
            self.found.tool = told["version"]

    def _leave(self, place: str) -> None:
        self._fail_open()
        if self._name and self._place == "table":
            self._fail(self._joined(), "began and gave no value")
        self._place = cast("Literal['', 'case', 'columns', 'table']", place)

    def end(self) -> None:
        """Takes note of what never came to its end."""
        self._fail_open()
        if not self._has_ended:
            self.found.fail(_BINARY, "ended without telling how many test cases passed")

    def _row(self, line: str) -> None:
        if not line.strip():
            return
        if _FAILED in line:
            before, _, why = line.partition(_FAILED)
            for word in before.split():
                self._part(word)
            self._fail(self._joined(), f"failed: {why.rpartition(')')[0] or why}")
        elif len(times := _times(line)) == 3:
            if not self._is_measured:
                self._add(times[0], (times[1], times[2]))
        elif not self._begins(line):
            self._fail_open()
            self._part(line.strip())

    def _begins(self, line: str) -> bool:
        """Takes the line of a benchmark's name and the numbers behind it."""
        parts = line.rsplit(None, 4)
        samples, iterations, value, unit = parts[-4:] if len(parts) >= 4 else ("", "", "", "")
        if not (samples.isdigit() and iterations.isdigit() and _NUMBER.fullmatch(value) and unit in _UNITS):
            return False
        self._fail_open()
        if len(parts) == 5:
            self._part(parts[0].strip())
        self._is_measured = False
        if not self._is_analysed:
            self._add((value, unit), None)
        return True

    def _add(self, mean: tuple[str, str], bounds: tuple[tuple[str, str], tuple[str, str]] | None) -> None:
        self.found.add(self._joined(), _seconds(mean), "s", statistic="mean", scope=self._case,
                       interval=None if bounds is None else (_seconds(bounds[0]), _seconds(bounds[1])))
        self._clear()

    def _part(self, part: str) -> None:
        """Adds to a benchmark's name, up to where it is too long anyway, which is told when it is joined."""
        if self._length <= LONGEST_NAME:
            self._name.append(part[:LONGEST_NAME + 2])
            self._length += max(len(part) - 1, 1)       # a hyphen at its end can go

    def _clear(self) -> None:
        self._name, self._length, self._is_measured = [], 0, True

    def _joined(self) -> str:
        name = ""
        for part in self._name:
            name = f"{name} {part}" if name and not name.endswith("\0") else f"{name[:-2]}{part}" if name else part
            name += "\0" if len(part) >= _BROKEN and part.endswith("-") else ""
        return name.rstrip("\0") or self._case or _BINARY

    def _fail_open(self) -> None:
        if not self._is_measured:
            self._fail(self._joined(), "began and gave no value")

    def _fail(self, name: str, why: str) -> None:
        self.found.fail(name, why, scope=self._case)
        self._clear()


def _times(line: str) -> list[tuple[str, str]]:
    """The times of a line that holds nothing else."""
    parts = line.split()
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    are_times = len(parts) == 6 and all(_NUMBER.fullmatch(value) and unit in _UNITS for value, unit in pairs)
    return pairs if are_times else []


def _seconds(time: tuple[str, str]) -> float:
    from repo_vitals.concerns.performance_compare.units import base_unit

    return base_unit(_UNITS[time[1]]).in_base(decimal(time[0], "a time", thousands=""))
