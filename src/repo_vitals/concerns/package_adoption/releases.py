"""GitHub's releases as versions whose downloads are counted by asset. Pure.

An asset has one count, of all time. So what was downloaded on a day is known only between two runs with a history.
"""
from __future__ import annotations

import hashlib
import re
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.package_adoption.ledger import count
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Release:
    """A published release. `counters`: the count of each asset that counts, and `since` when it began to, by its id."""

    tag: str
    published_at: datetime | None
    is_prerelease: bool
    counters: Mapping[str, int]
    since: Mapping[str, datetime]
    assets: int                     # all of them

    @property
    def total(self) -> int:
        """Downloads of all time."""
        return sum(self.counters.values())


def counts(name: str, patterns: Sequence[str]) -> bool:
    """Whether an asset of that name counts: the last pattern that fits decides."""
    counted = False
    for pattern in patterns:
        if _compiled(pattern.removeprefix("!")).fullmatch(name):
            counted = not pattern.startswith("!")
    return counted


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def read(node: Mapping[str, Any], assets: Iterable[Mapping[str, Any]], patterns: Sequence[str]) -> Release | None:
    """A release of a node of GitHub's and of all its assets; None for a draft. Raises what comes of another shape."""
    if node["isDraft"]:
        return None
    tag, published = node["tagName"], node["publishedAt"]
    counters: dict[str, int] = {}
    since: dict[str, datetime] = {}
    at = None if published is None else parse_instant(published)
    every = list(assets)
    for asset in every:
        if counts(asset["name"], patterns):
            # The id stays where an asset or its release is renamed, and is another where it is uploaded again. Some of
            # a node's ids are long: the history keeps a digest.
            key = hashlib.sha256(asset["id"].encode()).hexdigest()[:16]
            counters[key] = count(asset["downloadCount"])
            uploaded = parse_instant(asset["createdAt"])
            since[key] = uploaded if at is None else max(at, uploaded)
    return Release(tag=tag, published_at=at, is_prerelease=node["isPrerelease"] is True, counters=counters, since=since,
                   assets=len(every))


def newest(releases: Iterable[Release]) -> str | None:
    """The tag of the release that was published last and is no pre-release; where all are, the last of them."""
    dated = [one for one in releases if one.published_at is not None]
    stable = [one for one in dated if not one.is_prerelease] or dated
    return max(stable, key=lambda one: (one.published_at, one.tag)).tag if stable else None
