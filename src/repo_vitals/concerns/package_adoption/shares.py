"""Which versions downloads go to: shares, the newest one's half, and versions that nobody should pull. Pure."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption.per_cent import per_cent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Adoption, Version

MOST_SHARES = 10            # versions that have a figure of their own; all others share one
OTHERS = "(others)"         # no version is called that: parentheses are in none's alphabet
HALF = 0.5
CHECKED = 0.95              # share of downloads whose versions have to be looked up for a verdict on flaws
_FIRST_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Half:
    """How long the newest version took to half of the downloads. `seconds` None with samples: it has not yet."""

    seconds: float | None
    samples: int


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """Downloads of versions that nobody should pull. `ratio` None: it can't be told."""

    ratio: float | None
    versions: tuple[Version, ...]       # those of them that were downloaded, the most downloaded first
    samples: int = 0
    reason: str = ""                    # why there is no ratio


def shares(adoption: Adoption) -> dict[str, float]:
    """The share of each version in the downloads that are told, the largest first, the rest under OTHERS; may be empty.
    """
    told = {one.version: one.recent for one in adoption.versions if one.recent}
    total = sum(told.values()) + (adoption.others or 0)
    if not total:
        return {}
    largest = sorted(told, key=lambda version: (-told[version], version))
    kept = largest[:MOST_SHARES]
    if adoption.newest in told and adoption.newest not in kept:
        kept[-1] = adoption.newest
    found = {version: told[version] / total for version in kept}
    rest = total - sum(told[version] for version in kept)
    return {**found, OTHERS: rest / total} if rest else found


def newest_share(adoption: Adoption) -> float | None:
    """The newest version's share; 0 where others were downloaded and it was not; None where that can't be told."""
    told = [one for one in adoption.versions if one.recent is not None]
    total = sum(one.recent or 0 for one in told) + (adoption.others or 0)
    newest = next((one for one in told if one.version == adoption.newest), None)
    return None if newest is None or not total else (newest.recent or 0) / total


def half(weeks: Mapping[date, tuple[int, int]], published_at: datetime | None) -> Half:
    """Time from publication to the end of the first day whose last seven days went to it by half or more.

    Where the first week that is known was there already, and is not its first week, nobody saw the moment: there is no
    figure. Later weeks in which it had less again do not count.
    """
    if published_at is None:
        return Half(seconds=None, samples=0)
    seen = [(day, new / every) for day, (new, every) in sorted(weeks.items())
            if every and day >= published_at.date()]
    before: datetime | None = published_at
    for place, (day, share) in enumerate(seen):
        end = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + timedelta(days=1)
        if share >= HALF:
            seen_coming = before is not None and end - before <= _FIRST_WEEK + timedelta(days=1)
            return Half(seconds=(end - published_at).total_seconds() if seen_coming else None,
                        samples=place + 1 if seen_coming else 0)
        before = end
    return Half(seconds=None, samples=len(seen))


def pulled(adoption: Adoption, is_old: Callable[[Version], bool]) -> Pulled:
    """The share of downloads that goes to versions of a kind: of those since an earlier run where there was one, which
    are known of every version, else of the recent ones."""
    every = [one for one in adoption.versions if one.since is not None]
    counts = {one.version: one.since for one in every} if every else \
        {one.version: one.recent for one in adoption.versions if one.recent is not None}
    others = 0 if every else adoption.others or 0
    total = sum(count or 0 for count in counts.values()) + others
    if not total:
        return Pulled(ratio=None, versions=(), reason="no downloads are told by version")
    bad = sorted((one for one in adoption.versions if is_old(one) and counts.get(one.version)),
                 key=lambda one: (-(counts[one.version] or 0), one.version))
    if others and any(is_old(one) and one.version not in counts for one in adoption.versions):
        return Pulled(ratio=None, versions=tuple(bad), samples=0,
                      reason="the registry tells older versions apart only over time, from one run to a later one")
    return Pulled(ratio=sum(counts[one.version] or 0 for one in bad) / total, versions=tuple(bad), samples=len(counts))


def pulled_with_flaws(adoption: Adoption) -> Pulled:
    """The same of versions with known flaws, out of the versions that were looked up."""
    def count(one: Version) -> int:
        return (one.since if one.since is not None else one.recent) or 0
    since = any(one.since is not None for one in adoption.versions)
    total = sum(map(count, adoption.versions)) + (0 if since else adoption.others or 0)
    checked = [one for one in adoption.versions if one.advisories is not None]
    looked_up = sum(map(count, checked))
    if not total:
        return Pulled(ratio=None, versions=(), reason="no downloads are told by version")
    bad = sorted((one for one in checked if one.advisories and count(one)),
                 key=lambda one: (-count(one), one.version))
    if looked_up < CHECKED * total:
        return Pulled(ratio=None, versions=tuple(bad),
                      reason=f"versions with {per_cent(looked_up / total)} of the downloads were looked up for known "
                             f"flaws, and {per_cent(CHECKED)} are needed")
    return Pulled(ratio=sum(map(count, bad)) / looked_up, versions=tuple(bad), samples=len(checked))
