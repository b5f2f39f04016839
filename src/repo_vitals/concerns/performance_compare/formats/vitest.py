"""Vitest's benchmarks in JSON: times of a call in milliseconds.

From version 1 on (`vitest bench --outputJson`) the samples are there with `benchmark.includeSamples` only, else the
mean of them; before (`--reporter=json`) they always are. A benchmark that threw has no samples; skipped ones are not
written. A file that failed to load has no groups, like one whose benchmarks are all skipped, and is a failed one.

From version 5 on benchmarks are parts of tests and stand in the report of these (`vitest bench --reporter=json`), with
samples where they are told to retain them. A test that failed may lack some of its benchmarks. Files have their whole
paths there, which differ from machine to machine: of a name that several have, as many folders stay as tell them apart.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.pieces import (
    about,
    loose_number,
    mean_of,
    named,
    numbers,
    objects,
    part,
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
_RETAIN = "holds no samples, only means; retainSamples of Vitest's benchmarks keeps them"
_NONE = "gave no benchmark: it failed to load, or all are skipped"
_MEANS = "holds no samples, only means; Vitest's benchmark.includeSamples keeps them"


def recognises(head: Head) -> bool:
    """Whether its first file has groups of benchmarks or, from version 5 on, tests; before version 1, its first group
    benchmarks."""
    groups = head.json.at("testResults")
    if isinstance(groups, dict) and head.json.at("numTotalTests") is not None:
        group = next(iter(groups.values()), None)
        return isinstance(group, list) and bool(group) and isinstance(group[0], dict) and "rme" in group[0]
    if isinstance(groups, list):
        return head.json.at("numTotalTests") is not None and isinstance(
            head.json.at("testResults", 0, "assertionResults"), list)
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
            elif key == "testResults" and text.peek() == "[":
                _tests(found, text)
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
            found.fail(file_name(path.replace("\\", "/")) or "a file without a path", _NONE)


def _tests(found: Found, text: JsonText) -> None:
    """Takes the benchmarks of the tests of every file."""
    files = [_test_file(text) for _ in text.elements()]
    if not any(one.tasks for one in files):
        raise Unreadable("holds no benchmark")
    for one, file in zip(files, _short([one.path for one in files]), strict=True):
        for name, task in one.tasks:
            _add(found, f"{file} > {name}", part(task, "latency"), without=_RETAIN)
        for name in one.failed:
            found.fail(f"{file} > {name}", "failed, so that benchmarks of it may be missing")
        if one.is_broken:
            found.fail(file, _NONE)


@dataclass
class _TestFile:
    """A file of tests as the report has it."""

    path: str = ""
    tasks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)     # names behind the file's
    failed: list[str] = field(default_factory=list)
    is_broken: bool = False


def _test_file(text: JsonText) -> _TestFile:
    found = _TestFile()
    status, has_tests = "", False
    for key in text.members():
        if key == "assertionResults":
            for _ in text.elements():
                has_tests = True
                _test(found, text)
        elif key == "name":
            found.path = text_of({key: text.value()}, key)
        elif key == "status":
            status = text_of({key: text.value()}, key)
        else:
            text.skip()
    found.is_broken = status == "failed" and not has_tests
    return found


def _test(found: _TestFile, text: JsonText) -> None:
    said: dict[str, Any] = {}
    for key in text.members():
        if key == "benchmarks":
            for _ in text.elements():
                found.tasks += _benchmark(text)
        elif key in ("fullName", "status"):
            said[key] = text.value()
        else:
            text.skip()
    if said.get("status") == "failed":
        found.failed.append(named(said, "fullName"))


def _benchmark(text: JsonText) -> list[tuple[str, dict[str, Any]]]:
    """What was compared in one place, each with the names of its groups and test, which may stand behind it."""
    within = ""
    tasks: list[dict[str, Any]] = []
    for key in text.members():
        if key == "tasks":
            tasks += objects(text, "latency", "samples")
        elif key == "name":
            within = text_of({key: text.value()}, key)
        else:
            text.skip()
    return [(f"{within} > {named(one, 'name')}" if within else named(one, "name"), one) for one in tasks]


def _short(paths: list[str]) -> list[str]:
    """Names of files without the folders that all have; without any where the name is the only one of its kind."""
    parts = [path.replace("\\", "/").split("/") for path in paths]
    number = Counter(one[-1] for one in parts)
    shared = 0
    while len({tuple(one[:-1][:shared + 1]) for one in parts}) == 1 and all(len(one) > shared + 1 for one in parts):
        shared += 1
    return ["/".join(one[shared:] if number[one[-1]] > 1 else one[-1:]) or "a file without a path" for one in parts]


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


def _add(found: Found, name: str, one: Mapping[str, Any], *, without: str = _MEANS) -> None:
    samples = numbers(one.get("samples"))
    if "error" in one or one.get("sampleCount") == 0:
        found.fail(name, "threw an error")
    elif samples is not None:
        found.add(name, samples, "ms", typical=mean_of(one, "mean"))
    elif one.get("mean") is not None:
        mean = loose_number(one["mean"], "a mean")
        found.add(name, mean, "ms", statistic="mean", interval=about(mean, one.get("rme")))
        found.note(without)
    else:
        found.fail(name, "has no times")
