"""A report read back from its JSON form, which may be a stranger's. Pure."""
from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.report.model import Cost, Finding, Metric, Report, Target, Window
from repo_vitals.report.validation import problem

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_METRICS = 5_000
MOST_FINDINGS = 20_000
_TARGET = re.compile(r"(<=|<|>=|>|==) (.+)")


class NotAReport(ValueError):
    """Why a document is no report, in words that follow its name: "is no report: $ lacks status"."""


def parse_report(document: Any, schema: Mapping[str, Any]) -> Report:
    """The report that plain JSON values are. A finding's `subject` is its id: what it was made of is not kept.

    Raises NotAReport for what breaks the schema or holds more than MOST_METRICS or MOST_FINDINGS.
    """
    if isinstance(document, dict):
        for name, most in (("metrics", MOST_METRICS), ("findings", MOST_FINDINGS)):
            held = document.get(name)
            if isinstance(held, list) and len(held) > most:
                raise NotAReport(f"holds {len(held):,} {name}, more than {most:,}")
    broken = problem(document, schema)
    if broken is not None:
        raise NotAReport(f"is no report: {broken}")
    try:
        return _report(document)
    except (ValueError, OverflowError):     # of the form that an instant or a number needs, and none all the same
        raise NotAReport("is no report: it holds a date or a number that can't be") from None


def _report(found: Mapping[str, Any]) -> Report:
    cost = found["cost"]
    return Report(
        monitor=found["monitor"], repository=found["repository"], generated_at=parse_instant(found["generated_at"]),
        window=Window(start=parse_instant(found["window"]["start"]), end=parse_instant(found["window"]["end"])),
        status=found["status"], summary=found["summary"],
        metrics=tuple(_metric(one) for one in found["metrics"]),
        findings=tuple(_finding(one) for one in found["findings"]), data=found["data"],
        cost=Cost(requests=int(cost["requests"]), graphql_points=int(cost["graphql_points"]),
                  not_modified=int(cost["not_modified"]), retries=int(cost["retries"]), seconds=cost["seconds"]))


def _metric(found: Mapping[str, Any]) -> Metric:
    return Metric(name=found["name"], value=found["value"], unit=found["unit"], samples=int(found["samples"]),
                  labels=found["labels"], status=found["status"],
                  target=None if found["target"] is None else _target(found["target"]))


def _target(text: str) -> Target:
    match = _TARGET.fullmatch(text)
    limit = math.inf if match is None else float(match[2])
    if match is None or not math.isfinite(limit):
        raise ValueError(text)
    return Target(match[1], limit)  # type: ignore[arg-type]


def _finding(found: Mapping[str, Any]) -> Finding:
    return Finding(rule=found["rule"], subject=found["id"], severity=found["severity"], title=found["title"],
                   detail=found["detail"], url=found["url"], labels=found["labels"], file=found.get("file"),
                   line=_whole(found.get("line")), end_line=_whole(found.get("end_line")),
                   since=None if found["since"] is None else parse_instant(found["since"]))


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
