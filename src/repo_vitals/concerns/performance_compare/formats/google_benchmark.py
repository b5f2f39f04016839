"""Google Benchmark's JSON (--benchmark_format=json, --benchmark_out).

A benchmark's value is `real_time` in its `time_unit`; repetitions are samples. What `SetBytesProcessed`,
`SetItemsProcessed` and a memory manager give (bytes_per_second, items_per_second, allocs_per_iter, max_bytes_used) are
results of their own. Other counters are left out: nothing tells which way of theirs is better. Aggregates are left out,
but where a run kept nothing else the median or else the mean is its one sample; fits of complexity (BigO, RMS) always
are. `error_occurred` is a failed benchmark, a skipped one is none. Counters and aggregates can be NaN, as in a
variation of times that are all 0; what is read can not.

The table that it prints on a terminal has two or three digits, too few to compare, and is refused.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found, size_of
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import batches, mapping, moment, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.performance_compare.facts import Report, Statistic
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "google-benchmark"

_CONSOLE = re.compile(r"Benchmark\s+Time\s+CPU(?:\s+Time Old)?\s+Iterations.*")
# Keys of an iteration that are units of results, besides its time.
_COUNTED = {"bytes_per_second": "B/s", "items_per_second": "items/s", "allocs_per_iter": "allocs",
            "max_bytes_used": "B"}
_TOLD = frozenset({
    "name", "run_name", "run_type", "family_index", "per_family_instance_index", "repetitions", "repetition_index",
    "threads", "iterations", "real_time", "cpu_time", "time_unit", "label", "aggregate_name", "aggregate_unit",
    "total_allocated_bytes", "net_heap_growth", *_COUNTED})
# What a name holds besides arguments.
_SETTING = re.compile(r"(?:threads|repeats|iterations|min_time|min_warmup_time|process_time|real_time|manual_time).*")
_ZONE = re.compile(r"[-+]\d\d:?\d\d$|Z$")
_OLD_AGGREGATES = ("_mean", "_median", "_stddev", "_cv")    # before `run_type` told them, by the end of the name


def recognises(head: Head) -> bool:
    """By its context beside benchmarks; or by the table's head."""
    first = head.json.at("benchmarks", 0)
    if isinstance(first, dict):
        told = {"real_time", "cpu_time", "error_occurred", "rms", "cpu_coefficient"} & first.keys()
        return head.json.at("context") is not None and bool(told)
    if {"benchmarks", "context"} <= head.json.keys():
        return "library_build_type" in head.json.keys("context")
    return any(_CONSOLE.fullmatch(line) for line in head.lines)


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    found = Found(tool="Google Benchmark")
    rows = _Rows(found)
    is_there = False
    with opened(file) as stream:
        text = JsonText(stream, keeps_constants=True)
        if text.peek() != "{":
            raise Unreadable("is no JSON: the table for a terminal is too coarse to compare; write "
                             "--benchmark_out=file.json")
        for key in text.members():
            if key == "benchmarks":
                is_there = True
                for batch in batches(text, "the benchmarks"):
                    for row in batch:
                        rows.add(mapping(row, "a benchmark"))
            elif key == "context":
                _context(found, mapping(text.value(), "the context"))
            else:
                text.skip()
        text.end()
    if not is_there:
        raise Unreadable("has no list for the benchmarks")
    rows.end()
    return found.report(file, NAME)


def _context(found: Found, context: dict[str, Any]) -> None:
    date = context.get("date")
    if isinstance(date, str) and _ZONE.search(date[-6:]):      # Without one it is a local time.
        found.written_at = moment(date)
    version = context.get("library_version")
    if isinstance(version, str) and version:
        found.tool = f"Google Benchmark {version[:40]}"
        found.machine["versions.google-benchmark"] = version
    if isinstance(context.get("num_cpus"), int):
        found.machine["cpus"] = str(context["num_cpus"])[:20]
    if context.get("library_build_type") == "debug":
        found.note("its library is a debug build, so its times are longer than a program's own")


class _Rows:
    def __init__(self, found: Found) -> None:
        self._found = found
        self._untyped: list[dict[str, Any]] = []
        self._aggregates: dict[str, dict[str, dict[str, Any]]] = {}     # by run, then by kind
        self._measured: set[str] = set()
        self._has_counters = False

    def add(self, row: dict[str, Any]) -> None:
        """Takes a benchmark's row."""
        if "rms" in row or "big_o" in row or "cpu_coefficient" in row:
            return
        kind = row.get("run_type")
        if kind == "aggregate":
            if row.get("aggregate_name") in ("median", "mean"):
                self._aggregates.setdefault(_name(row, "run_name"), {})[row["aggregate_name"]] = row
        elif kind == "iteration":
            self._iteration(_name(row, "name"), row, "sample")
        else:
            self._untyped.append(row)

    def end(self) -> None:
        """Takes what could not be told before all rows were there."""
        names = {_name(row, "name") for row in self._untyped}
        for row in self._untyped:
            name = _name(row, "name")
            stem, end = _stem(name)
            if stem in names or (stem and all(f"{stem}{one}" in names for one in _OLD_AGGREGATES[:3])):
                if end in ("_mean", "_median"):
                    self._aggregates.setdefault(stem, {})[end[1:]] = row
            else:
                self._iteration(name, row, "sample")
        for name, kinds in self._aggregates.items():
            if name not in self._measured:
                kind: Statistic = "median" if "median" in kinds else "mean"
                self._iteration(name, kinds[kind], kind)
        if self._has_counters:
            self._found.note("counters of its own are left out, since nothing tells which way of theirs is better")

    def _iteration(self, name: str, row: dict[str, Any], statistic: Statistic) -> None:
        self._measured.add(name)
        if row.get("error_occurred"):
            self._found.fail(name, f"failed: {row.get('error_message') or 'no reason given'}")
            return
        if row.get("skipped"):
            return
        unit = row.get("time_unit", "ns")
        if not isinstance(unit, str):
            raise Unreadable("has a benchmark whose time_unit is no text")
        size = size_of(*(part for part in name.split("/")[1:] if not _SETTING.fullmatch(part)))
        self._found.add(name, number(row.get("real_time"), "a real_time"), unit, statistic=statistic, size=size)
        for key in _COUNTED.keys() & row.keys():
            self._found.add(name, number(row[key], key), _COUNTED[key], statistic=statistic, size=size)
        self._has_counters = self._has_counters or _has_counters(row.keys())


def _has_counters(keys: Iterable[str]) -> bool:
    return any(key not in _TOLD for key in keys)


def _stem(name: str) -> tuple[str, str]:
    end = next((one for one in _OLD_AGGREGATES if name.endswith(one)), "")
    return (name[:-len(end)], end) if end else ("", "")


def _name(row: dict[str, Any], key: str) -> str:
    name = row.get(key, row.get("name"))
    if not isinstance(name, str):
        raise Unreadable("has a benchmark without its name")
    return name
