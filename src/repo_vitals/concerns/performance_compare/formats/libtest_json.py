"""libtest's own JSON, an event a line: `cargo bench -- -Z unstable-options --format json`.

A "bench" event gives the median in ns. Its deviation is the largest sample less the smallest, and `mib_per_second`
(10⁶ bytes, whatever its name says) follows from the median; both are left out. A failed test, a suite without its last
event and an error of cargo's between the lines are failed ones. Events do not say which binary they are of: suites of
the same tests are one that ran again, others are others (see `suites`).
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.suites import Suites
from repo_vitals.sources.json_lines import lines
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
    suites = Suites(found=found)
    with opened(file) as stream:
        for line in lines(stream):
            if line.text is not None and line.text.startswith(("error: ", "error[")):
                found.fail(_SUITE, f"failed: {line.text.partition(': ')[2]}")
            if isinstance(line.value, dict):
                _take(suites, line.value)
    suites.end(unless=_SUITE)
    return found.report(file, NAME)


def _take(suites: Suites, event: dict[str, Any]) -> None:
    kind, what = event.get("type"), event.get("event")
    if kind == "suite":
        suites.end(unless=_SUITE if what == "started" else "")
        if what == "started":
            suites.begin()
    elif kind == "bench":
        suites.measured(_name(event), number(event.get("median"), "a median"), "ns")
    elif kind == "test" and what in ("failed", "timeout"):
        suites.failed(_name(event), "failed" if what == "failed" else "took too long")
    elif kind == "test":
        suites.test(_name(event))


def _name(event: dict[str, Any]) -> str:
    name = event.get("name")
    if not isinstance(name, str):
        raise Unreadable("has an event without the name of its test")
    return name
