"""How a monitor's headline figures went in the last 90 days, from the history, for the charts of its report. Pure."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.monitor import Headline
    from repo_vitals.report.model import Report
    from repo_vitals.sources.history_points import Point

SPAN = timedelta(days=90)
FEWEST_DAYS = 3         # with fewer there is no course of things to see
MOST_SERIES = 3


def past_series(points: Sequence[Point], report: Report, headlines: Iterable[Headline]) -> list[dict[str, Any]]:
    """Entries for `data.series`: the last value of each day, today's being the report's own.

    Of the headlines the first three that have enough values; a day without a measurement is null.
    """
    today = report.generated_at.strftime("%Y-%m-%d")
    found: list[dict[str, Any]] = []
    for name, labels in headlines:
        now = next((metric for metric in report.metrics if metric.name == name and dict(metric.labels) == dict(labels)),
                   None)
        if now is None or len(found) == MOST_SERIES:
            continue
        days: dict[str, float | None] = {point.period[:10]: point.value for point in sorted(points, key=_order)
                                         if point.name == name and dict(point.labels) == dict(labels)}
        days[today] = now.value
        if sum(value is not None for value in days.values()) >= FEWEST_DAYS:
            found.append({"title": f"{_title(name, labels)}, last {SPAN.days} days", "unit": now.unit,
                          "points": [[day, days[day]] for day in sorted(days) if day <= today]})
    return found


def with_past(report: Report, points: Sequence[Point], headlines: Iterable[Headline]) -> Report:
    """The report with these series behind its own."""
    series = past_series(points, report, headlines)
    if not series:
        return report
    return replace(report, data={**report.data, "series": [*report.data.get("series", []), *series]})


def _order(point: Point) -> tuple[str, Any]:
    return point.period, point.at


def _title(name: str, labels: Mapping[str, str]) -> str:
    said = ", ".join(f"{label} {value}" for label, value in sorted(labels.items()))
    words = name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}" + (f" ({said})" if said else "")
