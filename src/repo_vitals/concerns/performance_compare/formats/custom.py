"""The custom JSON of github-action-benchmark: a list of {name, unit, value, range, extra}.

The format does not say which way is better; its user tells that action by the name of a tool. Here a file is forced to
`custom-smaller-is-better` or `custom-bigger-is-better`. Without that, only a unit can tell: a time, a number of bytes,
a rate and the like. A file with any other unit is refused, since a guess would take regressions for improvements.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.formats.found import Found, decimal
from repo_vitals.concerns.performance_compare.formats.pieces import loose_number, named, objects, text_of
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.plain_text import one_line
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
_KEYS = frozenset({"name", "unit", "value"})
_DIRECTED = frozenset({"seconds", "bytes", "instructions", "cycles", "allocations", "operations_per_second",
                       "bytes_per_second"})
_RANGE = re.compile(r"(?:±|\+/-|\+-)?\s*(?P<margin>\d[\d.,]*(?:[eE][+-]?\d+)?)\s*(?P<share>%)?")


def recognises(head: Head) -> bool:
    """Whether it is a list whose first entry is of that form."""
    first = head.json.at(0)
    return head.json.kind == "list" and isinstance(first, dict) and set(first) >= _KEYS and "benchmark" not in first


def read(file: ReportFile) -> Report:
    """Each value with its direction, forced or by its unit."""
    found = Found()
    forced = _FORCED.get(file.reader)
    with opened(file) as stream:
        text = JsonText(stream)
        for one in objects(text):
            add(found, one, better=forced)
        text.end()
    return found.report(file, NAME)


def add(found: Found, one: Mapping[str, Any], *, better: Better | None, name: str | None = None) -> None:
    """One entry. Without `better` its unit must have a direction, else Unreadable."""
    unit = text_of(one, "unit")
    better = better or direction(unit)
    if better is None:
        raise Unreadable(f"does not tell which way is better for the unit {shown(unit)}; name the file as "
                         "custom-smaller-is-better=path or custom-bigger-is-better=path")
    if one.get("value") is None:
        found.fail(name or named(one, "name"), "has no value")
        return
    value = loose_number(one["value"], "a value")
    found.add(name or named(one, "name"), value, unit, better=better, statistic="mean",
              interval=_interval(value, one.get("range")))


def direction(unit: str) -> Better | None:
    """Which way is better by the unit alone; None where that does not tell."""
    known = base_unit(unit)
    told = known.name in _DIRECTED or known.better == "higher" or known.name != one_line(unit, limit=60)
    return known.better if told and known.name != "count" else None


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
