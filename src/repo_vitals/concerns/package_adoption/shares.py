"""Which versions downloads go to: shares, the newest one's half, and versions that nobody should pull. Pure."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption.per_cent import per_cent
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Adoption, Version

MOST_SHARES = 10            # versions that have a figure of their own; all others share one
OTHERS = "(others)"         # no version is called that: parentheses are in none's alphabet
HALF = 0.5
CHECKED = 0.95              # share of downloads of whose versions it has to be known whether they should be pulled
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


def pulled_yanked(adoption: Adoption) -> Pulled:
    """The share of downloads that goes to yanked versions, out of those of which it is told whether they are.

    Versions that are not told apart count as told where none of them is yanked.
    """
    counts, others = _counts(adoption)
    apart = [one for one in adoption.versions if one.version not in counts]
    if others and any(one.yanked for one in apart):
        bad = tuple(one for one in _largest(adoption.versions, counts) if one.yanked)
        return Pulled(ratio=None, versions=bad,
                      reason="the registry tells older versions apart only over time, from one run to a later one")
    told = others if apart and all(one.yanked is False for one in apart) else 0
    return _pulled(adoption, lambda one: one.yanked, told=told, words="it is told whether they are yanked")


def pulled_with_flaws(adoption: Adoption) -> Pulled:
    """The same of versions with known flaws, out of the versions that were looked up."""
    return _pulled(adoption, lambda one: None if one.advisories is None else bool(one.advisories), told=0,
                   words="it was looked up whether they have known flaws")


def _pulled(adoption: Adoption, is_bad: Callable[[Version], bool | None], *, told: int, words: str) -> Pulled:
    """`is_bad` None: not known. `told`: downloads of versions that are not told apart, and known to be good."""
    counts, others = _counts(adoption)
    total = sum(counts.values()) + others
    if not total:
        return Pulled(ratio=None, versions=(), reason="no downloads are told by version")
    checked = [one for one in adoption.versions if one.version in counts and is_bad(one) is not None]
    known = sum(counts[one.version] for one in checked) + told
    bad = tuple(one for one in _largest(checked, counts) if is_bad(one))
    if known < CHECKED * total:
        return Pulled(ratio=None, versions=bad,
                      reason=f"of versions with {per_cent(known / total)} of the downloads {words}, and "
                             f"{per_cent(CHECKED)} are needed")
    return Pulled(ratio=sum(counts[one.version] for one in bad) / known, versions=bad, samples=len(checked))


def _counts(adoption: Adoption) -> tuple[dict[str, int], int]:
    """Downloads by version, and of all that are not told apart: since an earlier run where there was one, which is
    known of every version, else the recent ones."""
    since = {one.version: one.since for one in adoption.versions if one.since is not None}
    if since:
        return since, 0
    return {one.version: one.recent for one in adoption.versions if one.recent is not None}, adoption.others or 0


def _largest(versions: Iterable[Version], counts: Mapping[str, int]) -> list[Version]:
    return sorted((one for one in versions if counts.get(one.version)),
                  key=lambda one: (-counts[one.version], one.version))
