"""The custom JSON of github-action-benchmark: a list of {name, unit, value, range, extra}.

The format does not say which way is better; its user tells that action, once for a whole file, by the name of a tool.
Here a file is forced to `custom-smaller-is-better` or `custom-bigger-is-better`, or has that action's word in its name
(customSmallerIsBetter). Without either, only units can tell: times, numbers of bytes, rates and the like, if all of
them point one way. Any other file is refused, since a guess would take regressions for improvements.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found, decimal
from repo_vitals.concerns.performance_compare.formats.pieces import loose_number, named, objects, text_of
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Better, Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "custom"
_FORCED: dict[str | None, Better] = {"custom-bigger-is-better": "higher", "custom-smaller-is-better": "lower"}
_NAMED: dict[str, Better] = {"biggerisbetter": "higher", "smallerisbetter": "lower"}
_KEYS = frozenset({"name", "unit", "value"})
_RANGE = re.compile(r"(?:±|\+/-|\+-)?\s*(?P<margin>\d[\d.,]*(?:[eE][+-]?\d+)?)\s*(?P<share>%)?")


def recognises(head: Head) -> bool:
    """Whether it is a list whose first entry is of that form."""
    first = head.json.at(0)
    return head.json.kind == "list" and isinstance(first, dict) and set(first) >= _KEYS and "benchmark" not in first


def read(file: ReportFile) -> Report:
    """Each value with the file's direction."""
    found = Found()
    better = _FORCED.get(file.reader) or _by_name(file.shown)
    told = better is not None
    with opened(file) as stream:
        text = JsonText(stream)
        for one in objects(text):
            if not told:
                its = direction(text_of(one, "unit"))
                if its is None or better not in (None, its):
                    raise Unreadable(_untold(text_of(one, "unit")))
                better = its
            add(found, one, better=better or "lower")
        text.end()
    return found.report(file, NAME)


def _by_name(path: str) -> Better | None:
    word = re.sub(r"[^a-z]", "", path.replace("\\", "/").rpartition("/")[2].lower())
    found: set[Better] = {better for name, better in _NAMED.items() if name in word}
    return found.pop() if len(found) == 1 else None


def _untold(unit: str) -> str:
    return (f"does not tell which way is better (its units don't: {shown(unit)}); name the file as "
            "custom-smaller-is-better=path or custom-bigger-is-better=path")


def add(found: Found, one: Mapping[str, Any], *, better: Better | None, name: str | None = None) -> None:
    """One entry; `name` in place of its own."""
    unit = text_of(one, "unit")
    if one.get("value") is None:
        found.fail(name or named(one, "name"), "has no value")
        return
    value = loose_number(one["value"], "a value")
    found.add(name or named(one, "name"), value, unit, better=better, statistic="mean",
              interval=_interval(value, one.get("range")))


def direction(unit: str) -> Better | None:
    """Which way is better by the unit alone; None where that does not tell."""
    return base_unit(unit).better


def _interval(value: float, given: object) -> tuple[float, float] | None:
    """What a range such as "± 3" or "5%" means; None where it is something else."""
    match = _RANGE.fullmatch(given.strip()) if isinstance(given, str) else None
    if match is None:
        return None
    try:
        margin = decimal(match["margin"], "a range")
    except Unreadable:
        return None
    if match["share"]:
        margin = abs(value) * margin / 100
    return value - margin, value + margin
