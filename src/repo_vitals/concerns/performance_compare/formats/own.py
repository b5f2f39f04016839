"""Our own JSON of benchmarks, for any tool that can be taught to write it: with samples, directions and sizes.

docs/benchmark-results.md describes it. The same objects are what an adapter gives (`adapter.py`).
"""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from repo_vitals.concerns.performance_compare.facts import Better, Measures, Report, Statistic
from repo_vitals.concerns.performance_compare.formats.custom import direction
from repo_vitals.concerns.performance_compare.formats.found import Found, check_total, checked_name
from repo_vitals.concerns.performance_compare.formats.pieces import objects, part, text_of
from repo_vitals.sources.jq_adapters import Wrong, read_fields
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import moment, number, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "repo-vitals"
FORMAT = "repo-vitals-benchmarks"
VERSION = 1
_MOST_LOOKS = 1000
# `seed` and `order` say how pairs were run, for people: they are not read.
_KNOWN = frozenset({"$schema", "format", "version", "tool", "written_at", "machine", "benchmarks", "runs",
                    "baseline_runs", "paired", "looks", "seed", "order", "suite"})


def recognises(head: Head) -> bool:
    """Whether it says so."""
    return head.json.kind == "object" and head.json.at("format") == FORMAT


def read(file: ReportFile) -> Report:
    """What the report says; runs of both sides where it holds several."""
    top: dict[str, Any] = {}
    found = Found()
    several: dict[str, list[Found]] = {}
    with opened(file) as stream:
        text = JsonText(stream)
        if text.peek() != "{":
            raise Unreadable("is no object")
        for key in text.members():
            if key not in _KNOWN:
                raise Unreadable(f"has the key {shown(key)}, which is not known ({', '.join(sorted(_KNOWN))})")
            if key == "benchmarks":
                _benchmarks(found, text)
            elif key in ("runs", "baseline_runs"):
                several[key] = _runs(text)
            else:
                top[key] = text.value()
        text.end()
    if top.get("version") != VERSION or isinstance(top["version"], bool):
        raise Unreadable(f'has {shown(top.get("version"))} for "version"; {VERSION} is read')
    if several and (found.results() or found.failed()):
        raise Unreadable('has both "benchmarks" and "runs"; one of them is read')
    found.tool = text_of(top, "tool")
    found.machine = {key: value for key, value in part(top, "machine").items() if isinstance(value, str)}
    found.written_at = moment(top.get("written_at"))
    paired = top.get("paired", False)
    if not isinstance(paired, bool):
        raise Unreadable('has a "paired" that is neither true nor false')
    runs, before = several.get("runs", []), several.get("baseline_runs", [])
    if paired and not runs:
        raise Unreadable('is paired and has no "runs"')
    if paired and len(runs) != len(before):
        raise Unreadable("is paired and has more runs of one side than of the other")
    looks = top.get("looks", 1)
    if type(looks) is not int or not 1 <= looks <= _MOST_LOOKS:
        raise Unreadable(f'has a "looks" that is no whole number from 1 to {_MOST_LOOKS:,}')
    if "looks" in top and not paired:
        raise Unreadable('has "looks" and is not paired')
    for place, failed in enumerate((one.failed() for one in runs), start=1):
        for one in failed:
            found.fail(one.name, f"{one.why} (in run {place:,})")
    if number_before := len({(place, one.name) for place, run in enumerate(before) for one in run.failed()}):
        found.note(f"{number_before:,} benchmark(s) of the runs to compare with failed, and have no value there")
    if "suite" in top:
        for each in (found, *runs, *before):
            each.suite = checked_name(text_of(top, "suite"))
    return replace(found.report(file, NAME), runs=tuple(one.results() for one in runs),
                   baseline_runs=tuple(one.results() for one in before), paired=paired, looks=looks)


def _runs(text: JsonText) -> list[Found]:
    found: list[Found] = []
    results = 0
    if text.peek() not in ("[", ""):
        raise Unreadable("has something else than a list of runs")
    for _ in text.elements():
        one = Found()
        _benchmarks(one, text)
        found.append(one)
        results += one.number
        check_total(results)
    return found


def _benchmarks(found: Found, text: JsonText) -> None:
    place = 0
    try:
        for place, one in enumerate(objects(text, "samples"), start=1):  # noqa: B007 - the error names it
            add(found, one)
    except Wrong as error:
        raise Unreadable(f"has a benchmark (number {place:,}) that {error}") from None


# -- one benchmark ---------------------------------------------------------------------------------------------------

def add(found: Found, output: Any) -> None:
    """One benchmark's object. Raises Wrong, in words that follow "benchmark 7", and Unreadable for its values."""
    read = read_fields(output, _FIELDS)
    name, failed = read.get("name", ""), read.get("failed")
    if not name.strip():
        raise Wrong('has no "name"')
    if failed is not None:
        found.fail(name, f"failed: {failed}" if failed.strip() else "failed")
        return
    if "unit" not in read:
        raise Wrong('has no "unit"')
    samples = read.get("samples", read.get("value"))
    if samples is None or ("samples" in read and "value" in read):
        raise Wrong('has neither "samples" nor "value", or both')
    better = read.get("better") or direction(read["unit"])
    if better is None:
        raise Wrong(f'has the unit {shown(read["unit"])}, which does not tell what is better; add "better"')
    if why := found.unlike_before(name, read["unit"], better=better, measures=read.get("measures", "")):
        raise Wrong(f"{why}; give each a name of its own")
    found.add(name, samples, read["unit"], better=better, statistic=read.get("statistic", "sample"),
              interval=read.get("interval"), size=read.get("size"), exact=read.get("exact", False),
              measures=read.get("measures", ""))


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise Wrong(f'has a "{key}" that is no text')
    return value


def _number(value: Any, key: str) -> float:
    try:
        return number(value, "a value")
    except Unreadable:
        raise Wrong(f'has a "{key}" that is no number') from None


def _numbers(value: Any, key: str) -> list[float]:
    if not isinstance(value, list) or not value:
        raise Wrong(f'has "{key}" that are no list of numbers')
    return [_number(one, key) for one in value]


def _interval(value: Any, key: str) -> tuple[float, float]:
    found = _numbers(value, key)
    if len(found) != 2 or found[0] > found[1]:
        raise Wrong(f'has an "{key}" that is no list of a lower and an upper end')
    return found[0], found[1]


def _size(value: Any, key: str) -> float:
    found = _number(value, key)
    if found <= 0:
        raise Wrong(f'has a "{key}" that is not above 0')
    return found


def _truth(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f'has an "{key}" that is neither true nor false')
    return value


def _one_of(words: tuple[str, ...]) -> Callable[[Any, str], str]:
    def read(value: Any, key: str) -> str:
        if not isinstance(value, str) or value not in words:
            raise Wrong(f'has a "{key}" that is none of {", ".join(filter(None, words))}')
        return value
    return read


_FIELDS: Mapping[str, Callable[[Any, str], Any]] = {
    "name": _text, "unit": _text, "better": _one_of(get_args(Better)), "samples": _numbers, "value": _number,
    "statistic": _one_of(get_args(Statistic)), "interval": _interval, "size": _size, "exact": _truth,
    "measures": _one_of(get_args(Measures)), "failed": _text,
}
