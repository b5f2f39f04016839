"""Vitest's benchmarks in JSON: times of a call in milliseconds.

From version 1 on (`vitest bench --outputJson`) the samples are there with `benchmark.includeSamples` only, else the
mean of them; before (`--reporter=json`) they always are. A benchmark that threw has no samples; skipped ones are not
written. A file that failed to load has no groups, like one whose benchmarks are all skipped, and is a failed one.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.pieces import (
    about,
    loose_number,
    mean_of,
    named,
    numbers,
    objects,
    text_of,
)
from repo_vitals.concerns.performance_compare.formats.programs import file_name
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "vitest"
_MEANS = "holds no samples, only means; Vitest's benchmark.includeSamples keeps them"


def recognises(head: Head) -> bool:
    """Whether its first file has groups of benchmarks, or, before version 1, its first group benchmarks."""
    groups = head.json.at("testResults")
    if isinstance(groups, dict) and head.json.at("numTotalTests") is not None:
        group = next(iter(groups.values()), None)
        return isinstance(group, list) and bool(group) and isinstance(group[0], dict) and "rme" in group[0]
    first = head.json.at("files", 0)
    return (head.json.kind == "object" and isinstance(first, dict) and "filepath" in first
            and isinstance(first.get("groups", []), list))


def read(file: ReportFile) -> Report:
    """Each benchmark's samples, or the mean of them."""
    found = Found(tool="Vitest")
    with opened(file) as stream:
        text = JsonText(stream)
        if text.peek() != "{":
            raise Unreadable("is no object")
        for key in text.members():
            if key == "files":
                _files(found, text)
            elif key == "testResults":
                for group in text.members():
                    for one in objects(text, "samples"):
                        _add(found, f"{group} > {named(one, 'name')}", one)
            else:
                text.skip()
        text.end()
    return found.report(file, NAME)


def _files(found: Found, text: JsonText) -> None:
    for _ in text.elements():
        path, has_any = "", False
        for key in text.members():
            if key == "groups":
                for _ in text.elements():
                    has_any = _group(found, text) or has_any
            elif key == "filepath":
                path = text_of({key: text.value()}, key)
            else:
                text.skip()
        if not has_any:
            found.fail(file_name(path.replace("\\", "/")) or "a file without a path",
                       "gave no benchmark: it failed to load, or all are skipped")


def _group(found: Found, text: JsonText) -> bool:
    """Takes a group's benchmarks, whose name may stand behind them; whether there are any."""
    group = ""
    benchmarks: list[dict[str, Any]] = []
    for key in text.members():
        if key == "benchmarks":
            benchmarks += objects(text, "samples")
        elif key == "fullName":
            group = text_of({key: text.value()}, key)
        else:
            text.skip()
    for one in benchmarks:
        name = named(one, "name")
        _add(found, f"{group} > {name}" if group else name, one)
    return bool(benchmarks)


def _add(found: Found, name: str, one: Mapping[str, Any]) -> None:
    samples = numbers(one.get("samples"))
    if "error" in one or one.get("sampleCount") == 0:
        found.fail(name, "threw an error")
    elif samples is not None:
        found.add(name, samples, "ms", typical=mean_of(one, "mean"))
    elif one.get("mean") is not None:
        mean = loose_number(one["mean"], "a mean")
        found.add(name, mean, "ms", statistic="mean", interval=about(mean, one.get("rme")))
        found.note(_MEANS)
    else:
        found.fail(name, "has no times")
