"""The code's findings, each once, where several reports of a tool tell of the same ones. Pure."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.severity import WORST_FIRST, as_grade

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from repo_vitals.concerns.security_summary.facts import CodeFinding, Report

_Alike = list["CodeFinding"]
_Weight = tuple[bool, bool, int]


def apart(reports: Iterable[Report]) -> Iterator[CodeFinding]:
    """The findings, without those that a second report of the same tool repeats: SARIF files and GitHub's list of code
    scanning alerts tell of the same ones. The order of the reports makes no difference.

    Findings are alike in tool, rule, file and line; without a file in the tool's fingerprint, and where there is none
    no two reports tell of the same one. Of those that are alike there are as many as in the report that has most of
    them, of each weight and heavier ones: what one report suppresses or calls mild and another does not counts as the
    other says. Files that are seen from different folders are different ones; where a report does not say which, they
    may be any.
    """
    places: dict[tuple[object, ...], dict[tuple[str, int], _Alike]] = {}
    for number, report in enumerate(reports):
        for one in report.code:
            where: tuple[object, ...] = (one.file, one.line or 0)
            if one.file is None:
                where = None, one.line or 0, one.fingerprint or number
            place = one.source.lower(), one.rule.lower(), *where
            places.setdefault(place, {}).setdefault((one.base or "", number), []).append(one)
    for told in places.values():
        if len(told) == 1:
            yield from next(iter(told.values()))
            continue
        by_base: dict[str, list[_Alike]] = defaultdict(list)
        for (base, _), alike in told.items():
            by_base[base].append(alike)
        loose = by_base.pop("", [])
        placed = list(chain.from_iterable(_most(by_base[base]) for base in sorted(by_base)))
        yield from _most([*([placed] if placed else []), *loose])


def _most(reports: Sequence[_Alike]) -> _Alike:
    """As many findings of each weight, and of the heavier ones with it, as the report has that has most."""
    if len(reports) == 1:
        return reports[0]
    found: _Alike = []
    so_far = 0
    for weight in sorted({_weight(one) for report in reports for one in report}):
        def reach(report: _Alike, weight: _Weight = weight) -> int:
            return sum(one.count for one in report if _weight(one) <= weight)
        most = max(reach(report) for report in reports)
        # Of reports that tell as much any will do: one and the same, whatever their order.
        full = [sorted((one for one in report if _weight(one) == weight), key=_order)
                for report in reports if reach(report) == most]
        fullest = min(full, key=lambda alike: [_order(one) for one in alike])
        needed = most - so_far
        for one in fullest:
            if needed > 0:
                found.append(one if one.count <= needed else replace(one, count=needed))
                needed -= one.count
        so_far = most
    return found


def _weight(one: CodeFinding) -> _Weight:
    """The heaviest first: what is about security, then what is not suppressed, then by severity."""
    return not one.security, one.suppressed is not None, WORST_FIRST.index(as_grade(one.level))


def _order(one: CodeFinding) -> tuple[bool, str]:
    """A tool's own report before GitHub's list."""
    return one.opened_at is not None, repr(one)
