"""crates.io's API as far as it tells of downloads: two questions a crate. Pure.

https://crates.io/api/openapi.json : `/crates/{name}` for the totals and every version with its own, and
`/crates/{name}/downloads` for ninety days, by day for each of the five newest versions and for all others together. A
day on which nothing was pulled has no row. A row's `version` is the version's number in the database, not its name.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.package_adoption.facts import Version
from repo_vitals.concerns.package_adoption.ledger import count, days_of
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

WINDOW = 90


@dataclass(frozen=True, kw_only=True)
class Crate:
    """A crate and its versions. `name`: as crates.io spells it, which tells - from _ only then."""

    name: str
    total: int
    newest: str | None
    versions: Mapping[int, Version]         # by the number that rows name them with


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Downloads by day: of versions by their number, and of all others together. Today's are among them."""

    versions: Mapping[int, Mapping[date, int]]
    others: Mapping[date, int]


def read_crate(document: Any, asked: str) -> dict[str, Any]:
    """The wanted part of `/crates/{name}`, which has to be about the crate that was `asked` for."""
    crate = document["crate"]
    if plain(crate["name"]) != plain(asked):
        raise ValueError("another crate")
    return {
        "name": crate["name"], "total": crate["downloads"],
        # The largest number without a pre-release, which is what cargo takes; only pre-releases: the largest.
        "newest": crate.get("max_stable_version") or crate.get("max_version"),
        "versions": [[one["id"], one["num"], one["downloads"], one["yanked"], one["created_at"]]
                     for one in document["versions"]],
    }


def make_crate(said: Any) -> Crate:
    """Of what `read_crate` took out."""
    versions = {}
    for number, version, total, yanked, created_at in said["versions"]:
        if not isinstance(yanked, bool):
            raise TypeError("not a flag")
        # A version's time is told to the microsecond: to the second is enough, and the same from the history.
        versions[count(number)] = Version(version=_word(version), total=count(total), yanked=yanked,
                                          published_at=parse_instant(format_instant(parse_instant(created_at))))
    newest = None if said["newest"] is None else _word(said["newest"])
    # Of a crate whose versions are all yanked crates.io tells 0.0.0.
    return Crate(name=_word(said["name"]), total=count(said["total"]), versions=versions,
                 newest=newest if newest in {one.version for one in versions.values()} else None)


def read_rows(document: Any) -> dict[str, Any]:
    """The wanted part of `/crates/{name}/downloads`."""
    return {"rows": [[one["version"], one["date"], one["downloads"]] for one in document["version_downloads"]],
            "others": [[one["date"], one["downloads"]] for one in document["meta"]["extra_downloads"]]}


def make_rows(said: Any) -> Rows:
    """Of what `read_rows` took out."""
    versions: dict[int, list[tuple[Any, Any]]] = {}
    for number, day, downloads in said["rows"]:
        versions.setdefault(count(number), []).append((day, downloads))
    return Rows(versions={number: days_of(rows) for number, rows in versions.items()}, others=days_of(said["others"]))


def is_absence(document: Any) -> bool:
    """Whether the body of a 404 is crates.io's own word for a crate that is not there."""
    return isinstance(document["errors"][0]["detail"], str)


def plain(name: str) -> str:
    """A name in the one spelling that stands for all that crates.io takes for it."""
    return name.lower().replace("-", "_")


def _word(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise TypeError("not a name")
    return value
