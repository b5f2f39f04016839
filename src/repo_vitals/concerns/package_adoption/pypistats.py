"""pypistats.org's API as far as it tells of downloads: one question a package. Pure.

https://pypistats.org/api/ : `/api/packages/{name}/overall` for 180 days, each twice: `with_mirrors` holds what
`without_mirrors` counts and what mirrors fetched besides, so that the two are never added. Versions are not told.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.package_adoption.ledger import days_of
from repo_vitals.frozen import dataclass
from repo_vitals.sources.statistics_api import Question

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

WINDOW = 180
PAUSE = 2.0             # seconds: it answers thirty requests a minute
_CATEGORIES = ("without_mirrors", "with_mirrors")


@dataclass(frozen=True, kw_only=True)
class Overall:
    """Downloads by day."""

    without_mirrors: Mapping[date, int]
    with_mirrors: Mapping[date, int]


def question(address: str, name: str) -> Question[Overall]:
    """For the days of a package."""
    return Question(service="pypistats.org", address=address, parts=("api", "packages", name, "overall"),
                    read=lambda document: read(document, name), make=make, pause=PAUSE)


def read(document: Any, asked: str) -> dict[str, Any]:
    """The wanted part of `overall`, which has to be about the package that was `asked` for."""
    if document["type"] != "overall_downloads":
        raise ValueError("other downloads")
    if _plain(document.get("package", asked)) != _plain(asked):
        raise ValueError("another package")
    found: dict[str, Any] = {category: [] for category in _CATEGORIES}
    for row in document["data"]:
        found[row["category"]].append([row["date"], row["downloads"]])
    return found


def _plain(name: str) -> str:
    """As PyPI itself writes names, of which pypistats.org takes any spelling."""
    return re.sub(r"[-_.]+", "-", name).lower()


def make(said: Any) -> Overall:
    """Of what `read` took out."""
    return Overall(**{category: days_of(said[category]) for category in _CATEGORIES})
