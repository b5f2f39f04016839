"""Bencher's metric format: {benchmark: {measure: {value, lower_value, upper_value}}}, or with parameters, in a list.

A measure's unit is not in the file. Those that Bencher and its readers of tools' output define are read, in the units
that it gives them; of any other the format does not tell which way is better, so such a benchmark counts as failed.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.pieces import (
    loose_number,
    part,
    size_in,
    with_parameters,
)
from repo_vitals.plain_text import quotable
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from repo_vitals.concerns.performance_compare.facts import Measures, Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "bencher-metric"
_METRIC = frozenset({"value", "lower_value", "upper_value"})
_ENTRY = frozenset({"parameters", "measures"})


class _Measure(NamedTuple):
    unit: str
    exact: bool = False
    measures: Measures = ""
    beside: str = ""        # what tells it from another measure of the same unit, in the benchmark's name


# https://bencher.dev/docs/explanation/benchmarking/#measure, and what its readers of valgrind's tools call theirs.
_KNOWN: Mapping[str, _Measure] = {
    "latency": _Measure("ns"),
    "throughput": _Measure("ops/s"),
    "build-time": _Measure("s", beside="build time"),
    "file-size": _Measure("B", exact=True, measures="binary_size", beside="file size"),
    "allocated": _Measure("B", beside="allocated"),
    "instructions": _Measure("instructions", exact=True),
    "estimated-cycles": _Measure("cycles", exact=True),
    "l1-hits": _Measure("L1 hits", exact=True),
    "l2-hits": _Measure("L2 hits", exact=True),
    "ll-hits": _Measure("LL hits", exact=True),
    "ram-hits": _Measure("RAM hits", exact=True),
    "l1-accesses": _Measure("L1 accesses", exact=True),
    "l2-accesses": _Measure("L2 accesses", exact=True),
    "ram-accesses": _Measure("RAM accesses", exact=True),
    "total-read-write": _Measure("reads and writes", exact=True),
    "total-bytes": _Measure("B", exact=True, beside="total bytes"),
    "at-t-gmax-bytes": _Measure("B", exact=True, measures="peak_memory", beside="at t-gmax bytes"),
}


def recognises(head: Head) -> bool:
    """Whether all that its beginning holds is of that form."""
    top = head.json.top
    if head.json.kind != "object" or not isinstance(top, dict) or not top:
        return False
    known = [_is_benchmark(one) for one in top.values()]
    # The last of what was met may be cut off.
    return known[0] and all(known[:-1])


def _is_benchmark(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], dict) and "measures" in value[0] and set(value[0]) <= _ENTRY
    return isinstance(value, dict) and bool(value) and all(
        isinstance(one, dict) and "value" in one and set(one) <= _METRIC for one in value.values())


def read(file: ReportFile) -> Report:
    """Each benchmark's measures."""
    found = Found()
    with opened(file) as stream:
        text = JsonText(stream)
        if text.peek() != "{":
            raise Unreadable("is no object")
        for name in text.members():
            for parameters, measures in _entries(text.value()):
                _add(found, name, parameters, measures)
        text.end()
    return found.report(file, NAME)


def _entries(value: object) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    if not isinstance(value, list):
        yield {}, part({"a benchmark": value}, "a benchmark")
        return
    for one in value:
        if not isinstance(one, dict):
            raise Unreadable("has a benchmark that is no object")
        yield part(one, "parameters"), part(one, "measures")


def _add(found: Found, name: str, parameters: Mapping[str, Any], measures: Mapping[str, Any]) -> None:
    name, size = with_parameters(name, parameters), size_in(parameters)
    if not measures:
        found.fail(name, "has no measures")
    for word, given in measures.items():
        metric = part({word: given}, word)
        known = _KNOWN.get(word)
        if known is None:
            found.fail(name, f'has the measure "{quotable(word, limit=60)}", of which Bencher\'s format does not tell '
                             "which way is better; an adapter can")
        elif metric.get("value") is None:
            found.fail(name, f"has no value of {word}")
        else:
            value = loose_number(metric["value"], "a value")
            found.add(f"{name} ({known.beside})" if known.beside else name, value, known.unit, statistic="mean",
                      interval=_interval(metric, value), size=size, exact=known.exact, measures=known.measures)


def _interval(metric: Mapping[str, Any], value: float) -> tuple[float, float] | None:
    if metric.get("lower_value") is None or metric.get("upper_value") is None:
        return None
    low = loose_number(metric["lower_value"], "a lower value")
    high = loose_number(metric["upper_value"], "an upper value")
    return (low, high) if low <= value <= high else None
