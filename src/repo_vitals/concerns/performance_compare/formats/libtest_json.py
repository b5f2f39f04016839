"""libtest's own JSON, an event a line: `cargo bench -- -Z unstable-options --format json`.

A "bench" event gives the median in ns. Its deviation is the largest sample less the smallest, and `mib_per_second`
(10⁶ bytes, whatever its name says) follows from the median; both are left out. A failed test, a suite without its last
event and an error of cargo's between the lines are failed ones. Events do not say which binary they are of, so a name
that comes again is another sample.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.sources.json_reading import lines
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import number

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "libtest-json"

_SUITE = "the suite"


def recognises(head: Head) -> bool:
    """By events of suites, tests and benchmarks."""
    return any(one.get("type") in ("suite", "test", "bench") and ("event" in one or "median" in one)
               for one in head.json.records)


def read(file: ReportFile) -> Report:
    """What the events say. Raises Unreadable."""
    found = Found(tool="libtest")
    is_open = False
    with opened(file) as stream:
        for line in lines(stream):
            if line.text is not None and line.text.startswith(("error: ", "error[")):
                found.fail(_SUITE, f"failed: {line.text.partition(': ')[2]}")
            if isinstance(line.value, dict):
                kind, event = line.value.get("type"), line.value.get("event")
                if kind == "suite":
                    is_open = event == "started"
                elif kind == "bench":
                    found.add(_name(line.value), number(line.value.get("median"), "a median"), "ns", statistic="median")
                elif kind == "test" and event in ("failed", "timeout"):
                    found.fail(_name(line.value), "failed" if event == "failed" else "took too long")
    if is_open:
        found.fail(_SUITE, "began and told no result")
    return found.report(file, NAME)


def _name(event: dict[str, Any]) -> str:
    name = event.get("name")
    if not isinstance(name, str):
        raise Unreadable("has an event without the name of its test")
    return name
