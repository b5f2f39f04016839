"""What monitors remember of single runs, as lines that are merged: a file a month and series. Pure.

A file's first line is its head, `{"grain": "all", "kind": "records", "schema": 1}`; each other line is a record, which
stands for itself. Of two with one key the later stands, whoever wrote it: so runs that write at once lose nothing.

Months that are over become coarser as points do: of a group, after 90 days the last record of a day stays, after a year
that of an ISO week. The newest FULL of a group stay in any case, and what is pinned does.
"""
from __future__ import annotations

import json
from collections import Counter
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.errors import CallerError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.history_points import GRAINS, grain_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from repo_vitals.sources.history_points import Grain

SCHEMA = 1
FULL = 100                  # newest records of a group that are never thinned
_LONGEST_KEY = 500


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a run leaves of itself: `row` is JSON, in a form that its monitor knows; `at` is the run's clock."""

    key: str                                    # what makes two records one
    at: datetime
    row: Mapping[str, Any]
    group: str = ""                             # those that stand for each other when they are thinned
    pinned: bool = False                        # whether it stays however old it is

    @property
    def month(self) -> str:
        """`2026-01`."""
        return self.at.strftime("%Y-%m")


@dataclass(frozen=True, kw_only=True)
class Records:
    """What a file holds. `damaged` are lines that are no records, each with its number, as they stand there."""

    records: tuple[Record, ...] = ()
    grain: Grain = "all"
    damaged: tuple[tuple[int, str], ...] = field(default=())


def parse_records(text: str, *, path: str) -> Records:
    """A file's records, the last of each key, in order.

    Raises CallerError for a newer schema: what it means is not known here, so nothing of it is used or touched.
    """
    grain: Grain = "all"
    found: list[Record] = []
    damaged: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if row.get("kind") == "records" and "key" not in row:
                grain = _grain(row, path=path)
            else:
                found.append(_record(row))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            damaged.append((number, line))
    return Records(records=merged(found), grain=grain, damaged=tuple(damaged))


def write_records(records: Records) -> str:
    """The text of a file, damaged lines left out; the same records give the same bytes. Empty without any."""
    if not records.records:
        return ""
    head = {"grain": records.grain, "kind": "records", "schema": SCHEMA}
    return "".join(f"{_line(row)}\n" for row in (head, *map(_as_json, _in_order(records.records))))


def merged(*several: Iterable[Record]) -> tuple[Record, ...]:
    """All of them, in order; of two with one key the later, and of two at the same instant the one that comes last."""
    found: dict[str, Record] = {}
    for records in several:
        for record in records:
            known = found.get(record.key)
            if known is None or known.at <= record.at:
                found[record.key] = record
    return _in_order(found.values())


def largest_group(records: Iterable[Record]) -> int:
    """How many records the largest group has: of jobs of a matrix each leaves one for each run."""
    return max(Counter(record.group for record in records).values(), default=0)


def thinned(months: Mapping[str, Records], now: datetime) -> dict[str, Records]:
    """The months of one series that become coarser, as they are then. Months with damaged lines stay as they are."""
    full = _newest(record for records in months.values() for record in records.records)
    done = {}
    for month, records in months.items():
        due = grain_of(month, now)
        if records.damaged or GRAINS.index(records.grain) >= GRAINS.index(due):
            continue
        last: dict[Any, Record] = {}
        for record in sorted(records.records, key=lambda one: (one.at, one.key)):
            day = record.at.date()
            last[record.group, day if due == "day" else day.isocalendar()[:2]] = record
        standing = {record.key for record in last.values()} | full
        done[month] = replace(records, grain=due, records=tuple(
            record for record in records.records if record.pinned or record.key in standing))
    return done


def _newest(records: Iterable[Record]) -> set[str]:
    """Keys of the newest FULL records of each group."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.group, []).append(record)
    return {record.key for group in groups.values()
            for record in sorted(group, key=lambda one: (one.at, one.key))[-FULL:]}


def _in_order(records: Iterable[Record]) -> tuple[Record, ...]:
    return tuple(sorted(records, key=lambda record: (record.at, record.key)))


def _grain(row: Mapping[str, Any], *, path: str) -> Grain:
    version = row.get("schema")
    if type(version) is int and version > SCHEMA:
        raise CallerError(f"history: {quotable(path)} was written by a newer repo-vitals (schema {version}; this one "
                          f"knows up to {SCHEMA}); nothing was changed; use a newer version, or another history")
    return next((grain for grain in GRAINS if grain == row.get("grain")), "all")


def _record(row: Mapping[str, Any]) -> Record:
    key, group, pinned = row["key"], row.get("group", ""), row.get("pinned", False)
    if not (isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY and isinstance(group, str)
            and isinstance(pinned, bool) and isinstance(row["row"], dict)):
        raise ValueError(key)
    at = parse_instant(row["at"])
    if not 1990 <= at.year < 9000:
        raise ValueError(at)
    return Record(key=key, at=at, row=row["row"], group=group, pinned=pinned)


def _as_json(record: Record) -> dict[str, Any]:
    row: dict[str, Any] = {"at": format_instant(record.at), "key": record.key, "row": record.row}
    if record.group:
        row["group"] = record.group
    if record.pinned:
        row["pinned"] = True
    return row


def _line(row: Mapping[str, Any]) -> str:
    # Every line break that anything might see in a name is escaped by ensure_ascii; floats are read back as they were.
    return json.dumps(row, ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False)
