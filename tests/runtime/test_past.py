"""The course of headline figures over the days before, as a report shows it."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.report.model import Metric
from repo_vitals.runtime.past import past_series
from support.history_branches import AT, point
from support.reports import report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.report.model import Report

HEADLINES: list[tuple[str, Mapping[str, str]]] = [("commits", {})]


def told(value: float | None = 9, **labels: str) -> Report:
    return report(metrics=[Metric(name="commits", value=value, unit="count", samples=0 if value is None else 1,
                                  labels=labels)], generated_at=AT)


def days(*values: float | None) -> list[tuple[int, float | None]]:
    return [(len(values) - place, value) for place, value in enumerate(values)]


def before(*values: float | None, **labels: str) -> list[object]:
    return [point("commits", value, at=AT - timedelta(days=back), labels=labels) for back, value in days(*values)]


def test_the_days_before_and_today_stand_in_a_row() -> None:
    [series] = past_series(before(1, 2), told(), HEADLINES)  # type: ignore[arg-type]
    assert series == {"title": "Commits, last 90 days", "unit": "count",
                      "points": [["2026-11-18", 1], ["2026-11-19", 2], ["2026-11-20", 9]]}


def test_todays_value_is_the_reports_own_even_where_an_earlier_run_of_the_day_left_one() -> None:
    earlier = point("commits", 5, at=AT - timedelta(hours=3))
    assert past_series([*before(1, 2), earlier], told(None), HEADLINES) == []  # type: ignore[list-item]
    [series] = past_series([*before(1, 2, 3), earlier], told(None), HEADLINES)  # type: ignore[list-item]
    assert series["points"][-1] == ["2026-11-20", None]


def test_of_several_runs_of_a_day_the_last_counts() -> None:
    runs = [point("commits", hour, at=AT - timedelta(days=1, hours=-hour), period=f"2026-11-19T{6 + hour:02}:00:00Z")
            for hour in (2, 0, 1)]
    [series] = past_series([*before(1, 8), *runs], told(), HEADLINES)  # type: ignore[list-item]
    assert series["points"] == [["2026-11-18", 1], ["2026-11-19", 2], ["2026-11-20", 9]]


def test_fewer_than_three_days_show_no_course_of_things() -> None:
    assert past_series(before(1), told(), HEADLINES) == []  # type: ignore[arg-type]
    assert past_series(before(1, None), told(), HEADLINES) == []  # type: ignore[arg-type]


def test_only_a_headlines_own_labels_count() -> None:
    points = [*before(1, 2, kind="a"), *before(3, 4, kind="b")]
    [series] = past_series(points, told(kind="b"), [("commits", {"kind": "b"})])  # type: ignore[arg-type]
    assert (series["title"], series["points"][0]) == ("Commits (kind b), last 90 days", ["2026-11-18", 3])
    assert past_series(points, told(kind="b"), [("commits", {"kind": "c"})]) == []  # type: ignore[arg-type]
