"""npm's downloads API: the days of packages, several without a scope in one question, and a week by version. Pure.

https://github.com/npm/registry/blob/main/docs/download-counts.md : `/downloads/range/{start}:{end}/{names}` for at most
18 months of one package and at most 365 days of up to 128 of them, none with a scope; `/versions/{name}/last-week` for
the downloads of each version in the last seven days. Each day has an entry: days before a package was there, and days
that are not counted yet or were lost, have 0.
"""
from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from repo_vitals.concerns.package_adoption.ledger import count, days_of
from repo_vitals.sources.statistics_api import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

WINDOW = 540            # days: within 18 months, whichever they are
WINDOW_OF_SEVERAL = 360
WINDOW_AGAIN = 90       # where a history has the rest: as far back as counts may be corrected
MOST_AT_ONCE = 100
WEEK = 7
T = TypeVar("T")
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def batches(names: Sequence[str], behind: Mapping[str, int]) -> list[tuple[list[str], int]]:
    """Which names to ask for together, and for how many days. `behind`: of those that the history has days of, how many
    days ago the newest was; all days since then are asked for again."""
    def alone(name: str) -> int:
        return WINDOW_AGAIN if behind.get(name, WINDOW) <= WINDOW_AGAIN else WINDOW
    plain = [name for name in names if not name.startswith("@")]
    # A history that ends longer ago than several are told at once has a gap that only a question of its own fills.
    single = [name for name in plain if behind.get(name, 0) > WINDOW_OF_SEVERAL]
    found = [([name], alone(name)) for name in names if name.startswith("@") or name in single]
    for length in (WINDOW_AGAIN, WINDOW):
        those = [name for name in plain if name not in single and alone(name) == length]
        for start in range(0, len(those), MOST_AT_ONCE):
            batch = those[start:start + MOST_AT_ONCE]
            found.append((batch, length if len(batch) == 1 else min(length, WINDOW_OF_SEVERAL)))
    return found


def period(today: date, days: int) -> str:
    """The days to ask for: `2025-01-01:2026-01-30`, today left out."""
    return f"{today - timedelta(days=days):%Y-%m-%d}:{today - timedelta(days=1):%Y-%m-%d}"


def range_question(address: str, names: Sequence[str], period: str) -> Question[dict[str, dict[date, int] | None]]:
    """For the days of packages, None for one that npm does not know. One of several whose days can't be read is left
    out."""
    return Question(service="npm's downloads API", address=address,
                    parts=("downloads", "range", period, ",".join(names)),
                    read=lambda document: read_range(document, names), make=make_range, absent=is_absence)


def read_range(document: Any, names: Sequence[str]) -> dict[str, Any]:
    """The days of each name; None where npm knows none of that name. A single package is not under its name."""
    listed = {names[0]: document} if len(names) == 1 else {name: document[name] for name in names if name in document}
    return _readable(listed, lambda name, one: [[row["day"], row["downloads"]] for row in _about(one, name)])


def make_range(said: Any) -> dict[str, dict[date, int] | None]:
    """Of what `read_range` took out."""
    return _readable(said, lambda _, rows: days_of(rows))


def _readable(listed: Mapping[str, Any], read: Callable[[str, Any], T]) -> dict[str, T | None]:
    """What is read of each, so that one that can't be read leaves the others alone. Raises ValueError for none."""
    found: dict[str, T | None] = {}
    for name, one in listed.items():
        with suppress(*_UNREADABLE):
            found[name] = None if one is None else read(name, one)
    if not found:
        raise ValueError("nothing to read")
    return found


def read_week(document: Any, asked: str) -> dict[str, Any]:
    """The wanted part of `last-week`, which has to be about the package that was `asked` for."""
    return dict(_about(document, asked))


def _about(document: Any, asked: str) -> Any:
    if document.get("package", asked) != asked:
        raise ValueError("another package")
    return document["downloads"]


def make_week(said: Any) -> dict[str, int]:
    """Downloads by version."""
    return {version: count(downloads) for version, downloads in said.items() if 0 < len(version) <= 200}


def is_absence(document: Any) -> bool:
    """Whether the body of a 404 is npm's own word for a package that is not there."""
    return isinstance(document["error"], str)
