"""GitHub's traffic of a repository: fourteen days of views and clones, and the top ten of who sends visitors where.

https://docs.github.com/en/rest/metrics/traffic . Days begin at midnight, UTC; a day without a visit may be left out. It
takes the permission `administration: read`, which no workflow can grant its own token. Pure.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.concerns.package_adoption.facts import Popular
from repo_vitals.concerns.package_adoption.ledger import count, day_of

if TYPE_CHECKING:
    from datetime import date

WINDOW = 14
Kind = Literal["views", "clones"]
KINDS: tuple[Kind, ...] = ("views", "clones")


def days(document: Any, kind: Kind) -> tuple[dict[date, int], int]:
    """Visits by day, today's among them, and the people behind all of them as GitHub counts those."""
    return {day_of(row["timestamp"]): count(row["count"]) for row in document[kind]}, count(document["uniques"])


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
