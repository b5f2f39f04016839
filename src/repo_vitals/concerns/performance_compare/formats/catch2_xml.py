"""Catch2's XML (`-r xml`; root Catch in version 2, Catch2TestRun in version 3).

Each BenchmarkResults gives a mean in ns with its bounds. A name that stands in several test cases is a benchmark in
each. A test case that failed and a benchmark that did are failed ones; a report that is cut off, as a crash leaves it,
is damage.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import LONGEST_NAME, Found, decimal
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.xml_reading import walk

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "catch2-xml"

_ROOTS = ("Catch", "Catch2TestRun")


def recognises(head: Head) -> bool:
    """By the root."""
    return head.is_xml and bool(head.elements) and head.elements[0][0] in _ROOTS


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    tree = _Tree()
    with opened(file, as_declared=True) as stream:
        walk(stream, tree.start, tree.end)
    return tree.found.report(file, NAME)


class _Tree:
    def __init__(self) -> None:
        self.found = Found()
        self._is_begun = False
        self._case = ""
        self._name = ""
        self._is_measured = True

    def start(self, element: str, attributes: dict[str, str]) -> None:
        """Takes the beginning of an element."""
        if not self._is_begun:
            self._is_begun = True
            if element not in _ROOTS:
                raise Unreadable("is no report of Catch2")
            version = attributes.get("catch2-version")
            self.found.tool = f"Catch2 {version[:40]}" if version else "Catch2"
        elif element == "TestCase":
            self._case = attributes.get("name", "").strip()[:LONGEST_NAME]
        elif element == "BenchmarkResults":
            self._name, self._is_measured = attributes.get("name", ""), False
        elif element == "mean" and not self._is_measured:
            low, high = attributes.get("lowerBound"), attributes.get("upperBound")
            self.found.add(self._name, _number(attributes.get("value")), "ns", statistic="mean", scope=self._case,
                           interval=None if low is None or high is None else (_number(low), _number(high)))
            self._is_measured = True
        elif element == "failed" and not self._is_measured:
            self.found.fail(self._name, f"failed: {attributes.get('message', '')}", scope=self._case)
            self._is_measured = True
        elif element == "OverallResult" and attributes.get("success") == "false" and self._case:
            self.found.fail(self._case, "failed")

    def end(self, element: str) -> None:
        """Takes the end of an element."""
        if element == "BenchmarkResults" and not self._is_measured:
            self.found.fail(self._name, "began and gave no value", scope=self._case)
            self._is_measured = True
        elif element == "TestCase":
            self._case = ""


def _number(stated: str | None) -> float:
    return decimal(stated or "", "a time", thousands="")
