"""The figures of earlier runs as a history keeps them: one line a figure and period, a file a month. Pure.

A file's first line is its head, `{"kind": "points", "schema": 1, "grain": "all"}`; each other line is a point. Of two
points of one period, name and labels the later one stands, so that a run that is repeated replaces what it said before.
Months that are over become coarser: after 90 days the last point of a day stays, after a year that of an ISO week.
"""
from __future__ import annotations

import json
import math
import re
from dataclasses import field
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.errors import CallerError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SCHEMA = 1
Grain = Literal["all", "day", "week"]
GRAINS: tuple[Grain, ...] = ("all", "day", "week")      # each coarser than the one before
DAILY_AFTER = timedelta(days=90)
WEEKLY_AFTER = timedelta(days=365)
RECENT = 5              # months that the last 90 days are in, and one more: what a run reads and writes

# What turns the rows of an older schema into those of the next: {1: rows of schema 1 -> rows of schema 2}.
STEPS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,199}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATED = re.compile(r"(?:199\d|[2-8]\d{3})-\d\d-\d\d(?:\Z|T[0-9:]+Z\Z)", re.ASCII)
_MONTH = re.compile(r"((?:199\d|[2-8]\d{3})-(?:0[1-9]|1[0-2]))\.jsonl", re.ASCII)

Key = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, kw_only=True)
class Point:
    """A figure of a report. `period` is a UTC day (`2026-01-31`) or an instant (`2026-01-31T06:00:00Z`).

    `value` None: there was nothing to measure. `at` is the report's clock.
    """

    period: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float | None
    samples: int
    at: datetime

    @property
    def key(self) -> Key:
        """What makes two points one: period, name and labels."""
        return self.period, self.name, tuple(sorted(self.labels.items()))

    @property
    def month(self) -> str:
        """`2026-01`."""
        return self.period[:7]

    @property
    def day(self) -> date:
        """The day of the period, UTC."""
        return date.fromisoformat(self.period[:10])


@dataclass(frozen=True, kw_only=True)
class Month:
    """What a file holds. `damaged` are lines that are no points, each with its number, as they stand there."""

    points: tuple[Point, ...] = ()
    grain: Grain = "all"
    damaged: tuple[tuple[int, str], ...] = ()


def file_of(month: str) -> str:
    """`2026-01.jsonl`."""
    return f"{month}.jsonl"


def month_of(name: str) -> str | None:
    """The month of a file's name; None for a file of something else."""
    found = _MONTH.fullmatch(name)
    return found.group(1) if found else None


def parse_month(text: str, *, path: str, schema: int = SCHEMA,
                steps: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = STEPS) -> Month:
    """A file's points, the last of each key, in order; rows of an older schema are brought up to `schema` by `steps`.

    Raises CallerError for a newer schema: what it means is not known here, so nothing of it is used or touched.
    """
    version, rows = schema, []
    grain: Grain = "all"
    damaged: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        row = _row(line)
        if row is None:
            damaged.append((number, line))
        elif row.get("kind") == "points":
            version, grain = _head(row, path=path, schema=schema)
        else:
            rows.append((number, line, row))
    points: dict[Key, Point] = {}
    for number, line, row in rows:
        try:
            for old in range(version, schema):
                row = steps[old](row)
            point = _point(row)
        except (KeyError, TypeError, ValueError, OverflowError):
            damaged.append((number, line))
            continue
        _take(points, point)
    return Month(points=in_order(points.values()), grain=grain, damaged=tuple(sorted(damaged)))


def is_coarser(content: bytes, grain: Grain) -> bool:
    """Whether a file is kept as coarse as that, or coarser, by its first line alone."""
    row = _row(content.split(b"\n", 1)[0].decode("utf-8", "replace"))
    held = next((known for known in GRAINS if row is not None and known == row.get("grain")), "all")
    return GRAINS.index(held) >= GRAINS.index(grain)


def write_month(month: Month) -> str:
    """The text of a file, damaged lines left out; the same points give the same bytes. Empty without points."""
    if not month.points:
        return ""
    head = {"grain": month.grain, "kind": "points", "schema": SCHEMA}
    return "".join(f"{_line(row)}\n" for row in (head, *map(_as_json, in_order(month.points))))


def merged(old: Iterable[Point], new: Iterable[Point]) -> tuple[Point, ...]:
    """Both, in order; of two with one key the later, and of two at the same instant the new one."""
    points: dict[Key, Point] = {}
    for point in (*old, *new):
        _take(points, point)
    return in_order(points.values())


def in_order(points: Iterable[Point]) -> tuple[Point, ...]:
    """By period, name and labels."""
    return tuple(sorted(points, key=lambda point: point.key))


def grain_of(month: str, now: datetime) -> Grain:
    """How fine a month is kept: as fine as its youngest day deserves."""
    year, number = int(month[:4]), int(month[5:7])
    over = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=timezone.utc)   # the first instant after it
    if now - over >= WEEKLY_AFTER:
        return "week"
    return "day" if now - over >= DAILY_AFTER else "all"


def thinned(points: Iterable[Point], grain: Grain) -> tuple[Point, ...]:
    """The last point of each day or ISO week for each name and labels; a week that two months share counts twice."""
    if grain == "all":
        return in_order(points)
    last: dict[Any, Point] = {}
    for point in sorted(points, key=lambda point: (point.period, point.at)):
        span: Any = point.day if grain == "day" else point.day.isocalendar()[:2]
        last[span, point.name, point.key[2]] = point
    return in_order(last.values())


def _take(points: dict[Key, Point], point: Point) -> None:
    known = points.get(point.key)
    if known is None or known.at <= point.at:
        points[point.key] = point


def _row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _head(row: Mapping[str, Any], *, path: str, schema: int) -> tuple[int, Grain]:
    version = row.get("schema")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        return schema, "all"
    if version > schema:
        raise CallerError(f"history: {quotable(path)} was written by a newer repo-vitals (schema {version}; this one "
                          f"knows up to {schema}); nothing was changed; use a newer version, or another history")
    return version, next((grain for grain in GRAINS if grain == row.get("grain")), "all")


def _point(row: Mapping[str, Any]) -> Point:
    period, name, value, samples, at = row["period"], row["name"], row["value"], row["samples"], row["at"]
    labels = row.get("labels", {})
    if _DAY.fullmatch(period) is None:
        parse_instant(period)
    if not isinstance(at, str) or _NAME.fullmatch(name) is None or not isinstance(labels, dict):
        raise ValueError(name)
    if _DATED.match(period) is None:
        raise ValueError(period)
    date.fromisoformat(period[:10])
    if not all(isinstance(text, str) for pair in labels.items() for text in pair):
        raise ValueError(labels)
    if value is not None and (isinstance(value, bool) or not math.isfinite(value)):
        raise ValueError(value)
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < 0:
        raise ValueError(samples)
    moment = parse_instant(at)
    if not 1990 <= moment.year < 9000:
        raise ValueError(at)
    return Point(period=period, name=name, labels=labels, value=value, samples=samples, at=moment)


def _as_json(point: Point) -> dict[str, Any]:
    row: dict[str, Any] = {"at": format_instant(point.at), "name": point.name, "period": point.period,
                           "samples": point.samples, "value": point.value}
    if point.labels:
        row["labels"] = dict(sorted(point.labels.items()))
    return row


def _line(row: Mapping[str, Any]) -> str:
    # Every line break that anything might see in a label is escaped by ensure_ascii.
    return json.dumps(row, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
