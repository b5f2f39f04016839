"""The history that github-action-benchmark keeps: `window.BENCHMARK_DATA = {...}` in data.js, or the same as JSON.

It is read as JSON behind the assignment and never run. Each entry of a suite is a past run with its commit. Its figures
become what the tool's own reader here gives, so that they can be a baseline: pytest's iterations per second become
seconds (the tool writes 1 ÷ mean), and names lose what that action adds to them.
"""
from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from repo_vitals.concerns.performance_compare.facts import Report
from repo_vitals.concerns.performance_compare.formats import custom, go_bench
from repo_vitals.concerns.performance_compare.formats.found import Found, check_total
from repo_vitals.concerns.performance_compare.formats.pieces import (
    loose_number,
    named,
    objects,
    part,
    text_of,
    with_parameters,
)
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import moment, sequence, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.performance_compare.facts import Better, Failed, Result
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "data-js"
_ASSIGNMENT = re.compile(rb"\s*window\s*\.\s*BENCHMARK_DATA\s*=\s*")
_LONGEST_ASSIGNMENT = 200   # bytes
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
# The way of that action's tools, for units that have none of their own; of the custom ones it is the only one.
_BETTER: dict[str, Better] = {"customBiggerIsBetter": "higher", "benchmarkjs": "higher", "pytest": "higher"}
_GO_THREADS = re.compile(r"^([0-9]{1,5}) procs$", re.MULTILINE)
_GO_PACKAGE = re.compile(r"(?P<name>Benchmark\S*) \((?P<package>\S+)\)")
_JMH_PARAMETERS = re.compile(r"(?P<name>\S+) \( (?P<parameters>\{.*\}) \)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class PastRun:
    """One run that the history holds."""

    commit: str                     # as git names it
    at: datetime                    # when it was stored
    suite: str                      # as the user called it, on one line
    tool: str                       # that action's word for it: "cargo", "pytest" …
    results: tuple[Result, ...]
    failed: tuple[Failed, ...] = ()


def recognises(head: Head) -> bool:
    """Whether it assigns the history, or is what is assigned."""
    return bool(_ASSIGNMENT.match(head.text)) or (
        head.json.kind == "object" and {"repoUrl", "entries"} <= head.json.keys()
        and isinstance(head.json.at("entries"), dict))


def read(file: ReportFile) -> Report:
    """The past runs as runs of a report, in the order in which they were stored.

    What several suites of the history call by one name can't be told apart without the suite, and is left out.
    """
    past = sorted(runs(file), key=lambda run: run.at)
    suites: dict[tuple[str, str], set[str]] = defaultdict(set)
    for run in past:
        for one in run.results:
            suites[one.key].add(run.suite)
    shared = sum(len(names) > 1 for names in suites.values())
    kept = [(run, tuple(one for one in run.results if len(suites[one.key]) == 1)) for run in past]
    kept = [(run, results) for run, results in kept if results]
    notes = (f"{shared:,} of its benchmarks have the same name in several suites and are left out",) if shared else ()
    return Report(shown=file.shown, format=NAME, tool="github-action-benchmark",
                  runs=tuple(results for _, results in kept), run_commits=tuple(run.commit for run, _ in kept),
                  run_suites=tuple(run.suite for run, _ in kept), notes=notes)


def runs(file: ReportFile) -> list[PastRun]:
    """Every run of every suite, suite by suite, each suite's oldest first. Raises Unreadable."""
    found: list[PastRun] = []
    entries = False
    results = 0
    with opened(file) as stream:
        text = JsonText(_behind_assignment(stream))
        if text.peek() != "{":
            raise Unreadable("has something else than a history's object")
        for key in text.members():
            if key != "entries":
                text.skip()
                continue
            entries = True
            if text.peek() != "{":
                raise Unreadable('has something else than an object for "entries"')
            for suite in text.members():
                for one in objects(text):
                    found.append(_run(one, one_line(suite)))
                    results += len(found[-1].results)
                    check_total(results)
        if text.peek() != ";":      # which ends the assignment; nothing behind it is read
            text.end()
    if not entries:
        raise Unreadable('has no "entries"')
    return found


def _behind_assignment(stream: BinaryIO) -> BinaryIO:
    """The stream from the JSON on."""
    begin = stream.read(_LONGEST_ASSIGNMENT)
    match = _ASSIGNMENT.match(begin)
    return cast("BinaryIO", _Joined(begin[match.end() if match else 0:], stream))


class _Joined:
    """What was read of a stream already, and the rest of it."""

    def __init__(self, begin: bytes, rest: BinaryIO) -> None:
        self._begin, self._rest = begin, rest

    def read(self, size: int) -> bytes:
        if not self._begin:
            return self._rest.read(size)
        found, self._begin = self._begin[:size], self._begin[size:]
        return found


def _run(one: Mapping[str, Any], suite: str) -> PastRun:
    commit = text_of(part(one, "commit"), "id").lower()
    if not _COMMIT.fullmatch(commit):
        raise Unreadable(f"has a run of the commit {shown(commit)}, which is no commit's name")
    tool = text_of(one, "tool")
    found = Found()
    benches: list[Mapping[str, Any]] = []
    for bench in sequence(one.get("benches"), "a run's benches"):
        if not isinstance(bench, dict):
            raise Unreadable("has a benchmark that is no object")
        benches.append(bench)
    if tool == "go":
        _add_go(found, benches)
    else:
        for bench in benches:
            _add(found, bench, tool)
    return PastRun(commit=commit, at=_at(one), suite=suite, tool=one_line(tool, limit=60), results=found.results(),
                   failed=found.failed())


def _at(one: Mapping[str, Any]) -> datetime:
    """When it was stored, in milliseconds since 1970; where that is missing, the commit's own time."""
    stored = one.get("date")
    if isinstance(stored, (int, float)) and not isinstance(stored, bool):
        try:
            return datetime.fromtimestamp(stored / 1000, tz=timezone.utc)
        except (ValueError, OverflowError, OSError):
            pass
    told = moment(part(one, "commit").get("timestamp"))
    if told is None:
        raise Unreadable("has a run without a time")
    return told


def _add(found: Found, bench: Mapping[str, Any], tool: str) -> None:
    name, unit = named(bench, "name"), text_of(bench, "unit")
    if tool == "pytest" and base_unit(unit).name == "operations_per_second" and bench.get("value") is not None:
        rate = loose_number(bench["value"], "a value")
        if rate > 0:
            found.add(name, 1 / rate, "s", statistic="mean")
        else:
            found.fail(name, "has no rate above 0")
        return
    better = _BETTER.get(tool) if tool.startswith("custom") else custom.direction(unit) or _BETTER.get(tool)
    custom.add(found, bench, better=better or "lower", name=_plain_name(bench, name, unit, tool))


def _add_go(found: Found, benches: Sequence[Mapping[str, Any]]) -> None:
    """Each value under the name that the log itself gives it, and with a direction as there."""
    units: dict[str, list[str]] = defaultdict(list)
    named_so = [(bench, _plain_name(bench, named(bench, "name"), text_of(bench, "unit"), "go")) for bench in benches]
    for bench, name in named_so:
        units[name].append(text_of(bench, "unit"))
    apart = {(name, unit) for name, several in units.items() for unit in go_bench.alike(several)}
    for bench, name in named_so:
        unit = text_of(bench, "unit")
        custom.add(found, bench, better=go_bench.better_of(unit),
                   name=f"{name} [{unit}]" if (name, unit) in apart else name)


def _plain_name(bench: Mapping[str, Any], name: str, unit: str, tool: str) -> str:
    """The name as the tool itself writes it."""
    if tool == "go":
        # Of several units of one benchmark all but the first have theirs in the name; GOMAXPROCS, which Go writes
        # behind the name, stands in a line of its own.
        extra = bench.get("extra")
        threads = _GO_THREADS.search(extra) if isinstance(extra, str) else None
        plain = name.removesuffix(f" - {unit}") or name
        told = _GO_PACKAGE.fullmatch(plain)     # only where a log had several
        package, plain = (f"{told['package']}.", told["name"]) if told else ("", plain)
        return package + plain + (f"-{threads[1]}" if threads else "")
    match = _JMH_PARAMETERS.fullmatch(name) if tool == "jmh" else None
    if match is not None:
        try:
            parameters = json.loads(match["parameters"])
        except (ValueError, RecursionError):
            return name
        return with_parameters(match["name"], parameters)
    return name
