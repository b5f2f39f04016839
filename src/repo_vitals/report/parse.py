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
MOST_TREND = 5_000
MOST_SERIES = 200
MOST_POINTS = 50_000        # of all series together
_TARGET = re.compile(r"(<=|<|>=|>|==) (.+)")


class NotAReport(ValueError):
    """Why a document is no report, in words that follow its name: "is no report: $ lacks status"."""


def parse_report(document: Any, schema: Mapping[str, Any]) -> Report:
    """The report that plain JSON values are. A finding's `subject` is its id: what it was made of is not kept.

    Raises NotAReport for what breaks the schema or holds more of anything than the limits above.
    """
    _check_counts(document)
    broken = problem(document, schema)
    if broken is not None:
        raise NotAReport(f"is no report: {broken}")
    try:
        return _report(document)
    except (ValueError, OverflowError):     # of the form that an instant or a number needs, and none all the same
        raise NotAReport("is no report: it holds a date or a number that can't be") from None


def _check_counts(document: Any) -> None:
    """Hold a document of any shape to the limits, before each of its values is checked."""
    data = _member(document, "data")
    series = _entries(data, "series")
    for held, most, named in (
            (len(_entries(document, "metrics")), MOST_METRICS, "metrics"),
            (len(_entries(document, "findings")), MOST_FINDINGS, "findings"),
            (len(_entries(data, "trend")), MOST_TREND, "figures of the window before"),
            (len(series), MOST_SERIES, "series"),
            (sum(len(_entries(one, "points")) for one in series), MOST_POINTS, "points of series")):
        if held > most:
            raise NotAReport(f"holds {held:,} {named}, more than {most:,}")


def _entries(found: Any, name: str) -> list[Any]:
    held = _member(found, name)
    return held if isinstance(held, list) else []


def _member(found: Any, name: str) -> Any:
    return found.get(name) if isinstance(found, dict) else None


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
