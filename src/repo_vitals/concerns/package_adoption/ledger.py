"""What runs remember of a package beyond what its registry still tells, as the text of one file. Pure.

Two lines: JSON, and its digest, so that what was cut or changed by hand is known and not used. Days are kept by month,
a list with one entry a day and null where nothing was told: a year of a package takes some two kilobytes.
"""
from __future__ import annotations

from calendar import monthrange
from dataclasses import field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.frozen import dataclass
from repo_vitals.sources.ledger_lines import DAMAGE, Unusable, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA = 1
LARGEST = 10**15                # a count beyond it is no count
MOST_COUNTERS = 5_000
KEPT_WEEKS = timedelta(days=400)
APART = timedelta(days=7)       # between two snapshots
REACH = timedelta(days=35)      # of the oldest snapshot that is of use
ADVISORIES_FOR = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What is known of a package, or of the repository's traffic, from earlier runs."""

    days: Mapping[str, Mapping[date, int]] = field(default_factory=dict)      # by kind: downloads, mirrors, counted …
    total: int | None = None
    total_since: date | None = None                                           # of the first run that it was the same
    newest: str | None = None                                                 # the version that `weeks` are of
    weeks: Mapping[date, tuple[int, int]] = field(default_factory=dict)
    snapshots: Mapping[date, Mapping[str, int]] = field(default_factory=dict)  # totals by version, of some runs
    counters: Mapping[str, int] = field(default_factory=dict)                 # of each asset, at the last run
    gone: Mapping[str, int] = field(default_factory=dict)                     # of assets that were seen before that
    sums: Mapping[str, int] = field(default_factory=dict)                     # what was added to each release
    advisories: Mapping[str, tuple[date, tuple[str, ...]]] = field(default_factory=dict)    # by version
    unsettled: Mapping[str, tuple[date, tuple[str, ...]]] = field(default_factory=dict)     # not asked about yet
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)    # by URL: etag, and what was said


def with_total(remembered: Remembered, total: int, today: date) -> Remembered:
    """The same with the count of all time, and since when it is that."""
    since = remembered.total_since if total == remembered.total else None
    return replace(remembered, total=total, total_since=since or today)


def with_snapshot(remembered: Remembered, today: date, totals: Mapping[str, int]) -> Remembered:
    """The same with the totals of today, if the last ones are APART ago; of old ones just enough to reach back."""
    kept = dict(remembered.snapshots)
    if not kept or today - max(kept) >= APART:
        kept[today] = {version: count for version, count in totals.items() if count}
    useful = sorted(day for day in kept if today - day <= REACH)
    older = sorted(day for day in kept if today - day > REACH)
    return replace(remembered, snapshots={day: kept[day] for day in [*(older[-1:] if not useful else []), *useful]})


def snapshot_before(remembered: Remembered, today: date) -> tuple[date, Mapping[str, int]] | None:
    """The oldest totals that are between a week and REACH old."""
    found = sorted(day for day in remembered.snapshots if APART <= today - day <= REACH)
    return (found[0], remembered.snapshots[found[0]]) if found else None


def write(remembered: Remembered, *, name: str, today: date) -> str:
    """The text of a file. `name` says what it is about, for whoever looks at it."""
    return seal({
        "about": name,
        "days": {kind: _months(days) for kind, days in sorted(remembered.days.items()) if days},
        "total": remembered.total,
        "total_since": None if remembered.total_since is None else remembered.total_since.isoformat(),
        "newest": remembered.newest,
        "weeks": {day.isoformat(): list(pair) for day, pair in sorted(remembered.weeks.items())
                  if today - day <= KEPT_WEEKS},
        "snapshots": {day.isoformat(): dict(sorted(totals.items()))
                      for day, totals in sorted(remembered.snapshots.items())},
        "counters": dict(sorted(remembered.counters.items())[:MOST_COUNTERS]),
        "gone": dict(sorted(remembered.gone.items())[:MOST_COUNTERS]),
        "sums": dict(sorted(remembered.sums.items())),
        "advisories": _by_version(remembered.advisories, today),
        "unsettled": _by_version(remembered.unsettled, today),
        "answers": dict(sorted(remembered.answers.items())),
    }, schema_version=SCHEMA)


def read(text: str, *, name: str) -> Remembered:
    """What `write` wrote about `name`. Raises Unusable, and FromTheFuture for what a later version wrote."""
    fields = unseal(text, name="it", schema_version=SCHEMA)
    try:
        if fields["about"] != name:
            raise Unusable("it is about something else")
        total, newest, since = fields["total"], fields["newest"], fields.get("total_since")
        return Remembered(
            days={_word(kind): _days(months) for kind, months in fields["days"].items()},
            total=None if total is None else count(total),
            total_since=None if since is None else _day(since),
            newest=None if newest is None else _word(newest),
            weeks={_day(day): (count(pair[0]), count(pair[1])) for day, pair in fields["weeks"].items()},
            snapshots={_day(day): _counts(totals) for day, totals in fields["snapshots"].items()},
            counters=_counts(fields["counters"]), gone=_counts(fields.get("gone", {})), sums=_counts(fields["sums"]),
            advisories=_advisories(fields["advisories"]), unsettled=_advisories(fields.get("unsettled", {})),
            answers={_word(url): {"etag": _word(answer["etag"]), "said": answer["said"]}
                     for url, answer in fields["answers"].items()},
        )
    except DAMAGE:
        raise Unusable("it holds something else than it should") from None


def count(value: Any) -> int:
    """A whole number that can be a count. Raises TypeError or ValueError."""
    if type(value) is not int:
        raise TypeError("not a whole number")
    if not 0 <= value <= LARGEST:
        raise ValueError("no count")
    return value


def days_of(rows: Iterable[tuple[Any, Any]]) -> dict[date, int]:
    """Counts by day, of rows of both. Raises TypeError or ValueError, also for a day of which two counts are told."""
    found: dict[date, int] = {}
    for text, number in rows:
        day = day_of(text)
        if found.setdefault(day, count(number)) != number:
            raise ValueError("two counts of a day")
    return found


def day_of(text: Any) -> date:
    """A day that a service names, `2026-01-31`, with or without a time. Raises TypeError or ValueError."""
    return _possible(parse_instant(_word(text)).date())


def _months(days: Mapping[date, int]) -> dict[str, list[int | None]]:
    found: dict[str, list[int | None]] = {}
    for day, number in sorted(days.items()):
        month = found.setdefault(f"{day:%Y-%m}", [None] * monthrange(day.year, day.month)[1])
        month[day.day - 1] = number
    return found


def _days(months: Mapping[str, Any]) -> dict[date, int]:
    found: dict[date, int] = {}
    for month, numbers in months.items():
        first = _day(f"{month}-01")
        if len(numbers) != monthrange(first.year, first.month)[1]:
            raise ValueError(month)
        found |= {first + timedelta(days=place): count(number)
                  for place, number in enumerate(numbers) if number is not None}
    return found


def _day(text: Any) -> date:
    return _possible(date.fromisoformat(_word(text)))


def _possible(day: date) -> date:
    if not 1990 <= day.year < 9000:     # spans of weeks around it have to be days too
        raise ValueError(day)
    return day


def _by_version(advisories: Mapping[str, tuple[date, tuple[str, ...]]], today: date) -> dict[str, list[Any]]:
    return {version: [at.isoformat(), list(ids)] for version, (at, ids) in sorted(advisories.items())
            if today - at <= 2 * ADVISORIES_FOR}


def _advisories(value: Any) -> dict[str, tuple[date, tuple[str, ...]]]:
    return {_word(version): (_day(at), tuple(map(_word, ids))) for version, (at, ids) in value.items()}


def _counts(value: Any) -> dict[str, int]:
    return {_word(name): count(number) for name, number in value.items()}


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
