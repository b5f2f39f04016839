"""Points as lines of files: what is read back, what replaces what, what becomes coarser, and what is damaged."""
from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.errors import CallerError
from repo_vitals.sources.history import History
from repo_vitals.sources.history_points import (
    Month,
    Point,
    grain_of,
    merged,
    parse_month,
    thinned,
    write_month,
)
from support.history_branches import AT, point

PATH = "points/ci-health/acme/widget/2026-11.jsonl"
HEAD = '{"grain":"all","kind":"points","schema":1}'


def parse(text: str) -> Month:
    return parse_month(text, path=PATH)


def instants(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    return st.integers(0, int((last - first).total_seconds())).map(lambda seconds: first + timedelta(seconds=seconds))


@st.composite
def some_points(draw: st.DrawFn) -> Point:
    at = draw(instants(AT - timedelta(days=60), AT))
    value = draw(st.none() | st.integers(-10**12, 10**12) | st.floats(allow_nan=False, allow_infinity=False))
    return Point(period=at.strftime("%Y-%m-%d") if draw(st.booleans()) else at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                 name=draw(st.sampled_from(["commits", "ci_runs"])), value=value, at=at,
                 labels=draw(st.dictionaries(st.sampled_from(["branch", "workflow"]), st.text(max_size=5))),
                 samples=0 if value is None else draw(st.integers(0, 100)))


@given(st.lists(some_points(), max_size=20))
def test_what_is_written_is_read_back(points: list[Point]) -> None:
    wanted = merged((), points)
    text = write_month(Month(points=wanted))
    assert parse(text) == Month(points=wanted)
    assert write_month(parse(text)) == text
    assert text.count("\n") == len(text.splitlines())      # no line break hides inside a line


@given(st.lists(some_points(), max_size=8), st.lists(some_points(), max_size=8))
def test_of_each_key_the_latest_stands_however_they_come(one: list[Point], other: list[Point]) -> None:
    found = {point.key: point for point in merged(one, other)}
    assert set(found) == {point.key for point in (*one, *other)}
    for key, kept in found.items():
        assert kept.at == max(point.at for point in (*one, *other) if point.key == key)
    again = merged(merged(one, other), other)
    assert again == merged(one, other)


def test_a_second_run_of_the_day_replaces_the_first_and_only_what_it_says() -> None:
    morning = [point("commits", 1), point("issues_open", 5)]
    evening = [point("commits", 2, at=AT + timedelta(hours=9))]
    assert [(p.name, p.value) for p in merged(morning, evening)] == [("commits", 2), ("issues_open", 5)]
    assert merged(evening, morning) == merged(morning, evening)


ROW = {"at": "2026-11-20T06:00:00Z", "name": "x", "period": "2026-11-20", "samples": 1, "value": 1}
CHANGES: list[dict[str, object]] = [
    {"name": "../x"}, {"name": "X"}, {"name": 5}, {"period": "2026-13-01"}, {"period": "20261101"}, {"period": ""},
    {"period": "2026-11-20T99:00:00Z"}, {"period": 5}, {"samples": -1}, {"samples": True}, {"samples": 1.5},
    {"value": "1"}, {"value": True}, {"value": [1]}, {"labels": []}, {"labels": {"a": 1}}, {"at": "yesterday"},
    {"at": None}, {"at": 1},
]


@pytest.mark.parametrize("line", [
    "{", "[]", "null", '"text"', "\ufffd\x00", "[" * 100_000, HEAD.replace("points", "items"),
    *(json.dumps({**ROW, **change}) for change in CHANGES),
    *(json.dumps({key: value for key, value in ROW.items() if key != left_out}) for left_out in ROW),
    *(json.dumps(ROW).replace('"value": 1', f'"value": {number}') for number in ("NaN", "1e999", "-Infinity")),
], ids=lambda line: line[:60])
def test_a_line_that_is_no_point_is_damage_and_the_rest_goes_on(line: str) -> None:
    good = write_month(Month(points=(point(),)))
    found = parse(f"{good}{line}\n")
    assert found.points == (point(),)
    assert found.damaged == ((3, line),)


def test_without_a_head_the_lines_are_read_all_the_same() -> None:
    text = write_month(Month(points=(point(),))).split("\n", 1)[1]
    assert parse(text).points == (point(),)
    assert parse("") == Month()


def test_a_newer_schema_is_refused() -> None:
    text = write_month(Month(points=(point(),))).replace('"schema":1', '"schema":2')
    with pytest.raises(CallerError, match=r"written by a newer repo-vitals \(schema 2; this one knows up to 1\)"):
        parse(text)


def test_rows_of_an_older_schema_are_brought_up_step_by_step() -> None:
    def to_2(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "value": row["figure"]}

    def to_3(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "name": row["name"].lower()}
    row = {"at": "2026-11-20T06:00:00Z", "name": "COMMITS", "period": "2026-11-20", "samples": 1, "figure": 4}
    broken = {**row, "period": "2026-11-21"}
    del broken["figure"]
    text = f"{HEAD}\n{json.dumps(row)}\n{json.dumps(broken)}\n"
    found = parse_month(text, path=PATH, schema=3, steps={1: to_2, 2: to_3})
    assert found.points == (point(value=4),)
    assert found.damaged == ((3, json.dumps(broken)),)


@pytest.mark.parametrize(("month", "grain"), [
    ("2026-11", "all"), ("2026-08", "all"), ("2026-07", "day"), ("2025-12", "day"), ("2025-11", "day"),
    ("2025-10", "week"), ("2021-01", "week"), ("2027-01", "all"),
])
def test_a_month_is_kept_as_fine_as_its_youngest_day_deserves(month: str, grain: str) -> None:
    assert grain_of(month, AT) == grain


@given(st.lists(some_points(), max_size=30), st.sampled_from(["all", "day", "week"]))
def test_thinning_keeps_the_last_of_each_span_and_doing_it_again_changes_nothing(points: list[Point], grain: Any,
                                                                                ) -> None:
    whole = merged((), points)
    kept = thinned(whole, grain)
    assert thinned(kept, grain) == kept
    assert all(p in whole for p in kept)

    def span(point: Point) -> object:
        return point.key if grain == "all" else (point.name, point.key[2], point.day.isocalendar()[:2]
                                                 if grain == "week" else point.day)
    assert {span(p) for p in kept} == {span(p) for p in whole}
    assert len({span(p) for p in kept}) == len(kept)
    for p in kept:
        assert (p.period, p.at) == max((q.period, q.at) for q in whole if span(q) == span(p))


class Held:
    """A history in memory."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def read(self, path: str) -> bytes | None:
        return self.files[path].encode("utf-8", "surrogateescape") if path in self.files else None

    def sizes(self) -> dict[str, int]:
        return {path: len(text) for path, text in self.files.items()}

    def bring(self, paths: object) -> None:
        """All is here."""

    def below(self, folder: str) -> list[str]:
        return sorted(path for path in self.files if path.startswith(f"{folder}/"))


def told() -> History:
    def month(*points: Point) -> str:
        return write_month(Month(points=points))
    old = AT - timedelta(days=40)
    return History(Held({
        "points/ci-health/acme/widget/2026-10.jsonl": month(point(value=1, at=old)),
        "points/ci-health/acme/widget/2026-11.jsonl": month(point(value=2)) + "{broken\n",
        "points/ci-health/acme/other/2026-11.jsonl": month(point(value=3)),
        "points/community-metrics/acme/widget/2026-10.jsonl": month(point(value=4, at=old)),
        "points/service-health/acme/widget/notes.txt": "x",
        "ci-health/acme/widget/head.json": "{}",
    }))


def test_the_figures_of_one_monitor_and_repository_come_oldest_first() -> None:
    history = told()
    assert [p.value for p in history.points("ci-health", "Acme/Widget", AT - timedelta(days=90))] == [1, 2]
    assert [p.value for p in history.points("ci-health", "acme/widget", AT)] == [2]
    assert history.points("ci-health", "acme/widget", AT + timedelta(seconds=1)) == []
    assert history.points("ci-health", "acme/nothing", AT) == []


def test_damaged_lines_are_named_once() -> None:
    history = told()
    for _ in range(2):
        history.points("ci-health", "acme/widget", AT)
    [note] = history.notes
    assert note == ("history: 1 damaged line(s) of points/ci-health/acme/widget/2026-11.jsonl were left out (3); they "
                    "are kept in damaged/ when the file is next written")


def test_when_each_monitor_last_recorded_anything_is_known() -> None:
    history = told()
    assert history.recorded("acme/widget") == {"ci-health": AT, "community-metrics": AT - timedelta(days=40)}
    assert history.last_run("ci-health", "acme/widget") == AT
    assert history.last_run("service-health", "acme/widget") is None
    assert History().recorded("acme/widget") == {}


def test_without_a_history_nothing_is_recorded() -> None:
    history = History()
    history.record("ci-health", "acme/widget", [point()])
    assert history.added == {}
    assert history.points("ci-health", "acme/widget", AT) == []


def test_a_figure_that_is_not_finite_never_gets_into_a_file() -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_month(Month(points=(point(value=math.inf),)))


def test_an_instant_of_another_zone_is_the_same_instant() -> None:
    row = {"at": "2026-11-20T07:00:00+01:00", "name": "commits", "period": "2026-11-20", "samples": 1, "value": 1}
    assert parse(json.dumps(row)).points == (point(at=datetime(2026, 11, 20, 6, tzinfo=timezone.utc)),)
