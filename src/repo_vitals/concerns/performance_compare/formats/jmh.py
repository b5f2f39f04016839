"""JMH's JSON (`-rf json`): a score per mode and set of parameters, with the value of every iteration.

The mode tells which way is better (thrpt: higher; avgt, sample, ss: lower) and `scoreUnit` the unit. In mode `sample`
an iteration's value is the mean of its histogram. Of the secondary metrics those of the same unit as the primary one
are read (methods of a group, counters), and the bytes allocated per operation (`gc.alloc.rate.norm`).
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.pieces import (
    loose_number,
    mean_of,
    named,
    objects,
    part,
    size_in,
    text_of,
    told_apart,
    with_parameters,
)
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import sequence, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Better, Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "jmh"
_BETTER: dict[str, Better] = {"thrpt": "higher", "avgt": "lower", "sample": "lower", "ss": "lower"}
_ALLOCATED = "gc.alloc.rate.norm"


def recognises(head: Head) -> bool:
    """Whether it is a list whose first entry is a benchmark's."""
    first = head.json.at(0)
    return head.json.kind == "list" and isinstance(first, dict) and {"benchmark", "mode", "primaryMetric"} <= set(first)


def read(file: ReportFile) -> Report:
    """Each benchmark's iterations over all forks."""
    with opened(file) as stream:
        text = JsonText(stream)
        entries = list(objects(text))
        text.end()
    found = Found()
    names = told_apart((_name(one), base_unit(text_of(part(one, "primaryMetric"), "scoreUnit")).name,
                        [("mode", text_of(one, "mode")), ("threads", one.get("threads"))]) for one in entries)
    for name, one in zip(names, entries, strict=True):
        _add(found, name, one)
        if version := text_of(one, "jmhVersion"):
            found.tool = f"JMH {version}"
        jvm = " ".join(filter(None, (text_of(one, "vmName"), text_of(one, "vmVersion"))))
        told = {"versions.jdk": text_of(one, "jdkVersion"), "versions.jvm": jvm}
        found.machine |= {key: value for key, value in told.items() if value}
    return found.report(file, NAME)


def _name(one: Mapping[str, Any]) -> str:
    return with_parameters(named(one, "benchmark"), part(one, "params"))


def _add(found: Found, name: str, one: Mapping[str, Any]) -> None:
    mode = text_of(one, "mode")
    if mode not in _BETTER:
        raise Unreadable(f"has a benchmark of the mode {shown(mode)}; thrpt, avgt, sample and ss are read")
    size = size_in(part(one, "params"))
    primary = part(one, "primaryMetric")
    unit = text_of(primary, "scoreUnit")
    better = _BETTER[mode]
    if better == "higher" and base_unit(unit).name == "seconds":
        better = "lower"
        found.note("has the mode thrpt beside times of an operation, which are taken as times: lower is better")
    _add_metric(found, name, primary, unit=unit, better=better, size=size)
    for key, metric in part(one, "secondaryMetrics").items():
        # Older versions mark what a profiler found by a dot in front.
        plain = key.lstrip("·")
        if not isinstance(metric, dict):
            raise Unreadable("has a secondary metric that is no object")
        its_unit = text_of(metric, "scoreUnit")
        if plain == _ALLOCATED:
            _add_metric(found, f"{name}:{plain}", metric, unit=its_unit, better="lower", size=size)
        elif plain == key and its_unit == unit and "." not in key:
            _add_metric(found, f"{name}:{key}", metric, unit=its_unit, better=better, size=size)


def _add_metric(
    found: Found, name: str, metric: Mapping[str, Any], *, unit: str, better: Better, size: float | None,
) -> None:
    ends = metric.get("scoreConfidence")
    interval = None
    if isinstance(ends, list) and len(ends) == 2:
        interval = loose_number(ends[0], "an interval's end"), loose_number(ends[1], "an interval's end")
    samples = _samples(metric)
    if samples:
        found.add(name, samples, unit, better=better, interval=interval, size=size, typical=mean_of(metric, "score"))
    elif metric.get("score") is not None:
        found.add(name, loose_number(metric["score"], "a score"), unit, better=better, statistic="mean",
                  interval=interval, size=size)
        found.note("holds no values of iterations, only scores")
    else:
        found.fail(name, "has no score")


def _samples(metric: Mapping[str, Any]) -> list[float]:
    """The value of each iteration, fork by fork."""
    if metric.get("rawData") is not None:
        return [loose_number(one, "a value") for fork in sequence(metric["rawData"], "rawData")
                for one in sequence(fork, "a fork's values")]
    if metric.get("rawDataHistogram") is not None:
        return [mean for fork in sequence(metric["rawDataHistogram"], "rawDataHistogram")
                for iteration in sequence(fork, "a fork's values")
                if (mean := _mean(sequence(iteration, "a histogram"))) is not None]
    return []


def _mean(histogram: list[Any]) -> float | None:
    """The mean of (value, count) pairs."""
    total = count = 0.0
    for pair in histogram:
        value, times = (loose_number(one, "a histogram's value") for one in _pair(pair))
        total, count = total + value * times, count + times
    return total / count if count > 0 else None


def _pair(value: object) -> list[Any]:
    found = sequence(value, "a value and its count")
    if len(found) != 2:
        raise Unreadable("has a histogram of something else than pairs")
    return found
