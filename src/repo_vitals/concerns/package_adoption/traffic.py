"""GitHub's traffic of a repository: fourteen days of views and clones, and the top ten of who sends visitors where.

https://docs.github.com/en/rest/metrics/traffic . Days begin at midnight, UTC; a day without a visit may be left out.
The fourteen days begin at the hour of asking, so that the oldest day is told without its first hours
(https://github.com/jgehrcke/github-repo-stats saw 73 clones of a day become 18 as it left). It takes the permission
`administration: read`, which no workflow can grant its own token. Pure.
"""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.concerns.package_adoption import series
from repo_vitals.concerns.package_adoption.facts import Popular
from repo_vitals.concerns.package_adoption.ledger import count, days_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

WINDOW = 14
Kind = Literal["views", "clones"]
KINDS: tuple[Kind, ...] = ("views", "clones")


def days(document: Any, kind: Kind) -> tuple[dict[date, int], int]:
    """Visits by day, today's among them, and the people behind all of them as GitHub counts those."""
    return days_of((row["timestamp"], row["count"]) for row in document[kind]), count(document["uniques"])


def joined(known: Mapping[date, int], told: Mapping[date, int], today: date) -> dict[date, int]:
    """The full days that earlier runs knew with those that GitHub tells now.

    What it tells of a day only grows, until the day is cut off: that is not taken, and no count replaces a larger one.
    """
    whole = {day: max(count, known.get(day, 0)) for day, count in told.items()
             if today - timedelta(days=WINDOW) < day < today}
    return series.joined(known, whole)


def referrers(document: Any) -> tuple[Popular, ...]:
    """Who sends visitors."""
    return tuple(Popular(name=_word(row["referrer"]), count=count(row["count"]), uniques=count(row["uniques"]))
                 for row in _list(document))


def paths(document: Any) -> tuple[Popular, ...]:
    """Which pages are read."""
    return tuple(Popular(name=_word(row["path"]), title=_word(row["title"]), count=count(row["count"]),
                         uniques=count(row["uniques"])) for row in _list(document))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
