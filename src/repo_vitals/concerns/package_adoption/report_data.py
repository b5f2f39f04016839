"""What the report's data holds of each package, as JSON values. Pure."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, in_words
from repo_vitals.concerns.package_adoption import definitions, series
from repo_vitals.concerns.package_adoption.per_cent import per_cent
from repo_vitals.concerns.package_adoption.traffic import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Facts, Popular, Traffic, Version, Visits
    from repo_vitals.concerns.package_adoption.measure import Measured

MOST_VERSIONS = 100         # rows of a package: the newest, and the most downloaded
MOST_DAYS = 550             # of a series
_HEADERS = ("Package", "All time", "7 days", "28 days", "Growth", "Against usual", "Newest", "Its share", "Half after")
_VERSION_HEADERS = ("Package", "Version", "Published", "Downloads", "Share", "Said of it")


def data(measured: Sequence[Measured], facts: Facts, *, today: date, days: int) -> dict[str, Any]:
    """The parts of the report's data that are this monitor's own. `days`: how far back series go."""
    length = max(1, min(days, MOST_DAYS))
    visited = facts.traffic
    return {
        "packages": [_package(one, today, length) for one in measured],
        "versions": [row for one in measured for row in _versions(one)],
        "series": [*(_series(one, today, length) for one in measured),
                   *([] if visited is None else _visits(visited, today, length))],
        "traffic": None if visited is None else {
            "problem": visited.problem, "referrers": [_popular(one) for one in visited.referrers],
            "paths": [{**_popular(one), "title": one.title} for one in visited.paths]},
        "sections": list(_sections(measured, visited)),
        "definitions": {metric.name: metric.definition for metric in definitions.METRICS},
        "complete": _complete(measured),
    }


def _complete(measured: Sequence[Measured]) -> list[str] | bool:
    unread = [f"downloads of {one.adoption.package}: {one.adoption.problem}" for one in measured
              if one.adoption.problem is not None]
    return unread or True


def _package(one: Measured, today: date, length: int) -> dict[str, Any]:
    adoption, week = one.adoption, one.week
    return {
        "registry": adoption.package.registry, "package": adoption.package.name, "problem": adoption.problem,
        "through": one.through.isoformat(), "since": min(adoption.days).isoformat() if adoption.days else None,
        "today_so_far": adoption.partial, "newest": adoption.newest,
        "versions_days": adoption.recent_days, "versions_untold": adoption.others,
        "totals_days": adoption.since_days,
        "growth_pairs": one.growth.pairs,
        "with_mirrors": [[day.isoformat(), adoption.mirrors.get(day)]
                         for day in series.span(today - timedelta(days=1), length)] if adoption.mirrors else None,
        "week": {"verdict": week.verdict, "ratio": week.ratio, "off_days": week.off_days,
                 "off_ratio": week.off_ratio, "scatters": week.scatters, "weeks": week.weeks,
                 "reason": week.reason or None},
        "yanked_reason": one.yanked.reason or None, "vulnerable_reason": one.flawed.reason or None,
    }


def _versions(one: Measured) -> Iterator[dict[str, Any]]:
    for version in _listed(one):
        yield {
            "registry": one.adoption.package.registry, "package": one.adoption.package.name,
            "version": version.version,
            "published_at": None if version.published_at is None else format_instant(version.published_at),
            "newest": version.version == one.adoption.newest, "yanked": version.yanked,
            "advisories": None if version.advisories is None else list(version.advisories),
            "downloads": version.total, "recent": version.recent, "since_last": version.since,
            "share": _share(one, version),
        }


def _listed(one: Measured) -> list[Version]:
    """The newest versions and the most downloaded ones, newest first."""
    versions = one.adoption.versions
    if len(versions) <= MOST_VERSIONS:
        return list(versions)
    pulled = sorted(versions, key=lambda version: -((version.since if version.since is not None else version.recent)
                                                    or 0))
    chosen = {version.version for version in (*versions[:MOST_VERSIONS // 2], *pulled[:MOST_VERSIONS // 2])}
    return [version for version in versions if version.version in chosen]


def _share(one: Measured, version: Version) -> float | None:
    known = sum(each.recent or 0 for each in one.adoption.versions) + (one.adoption.others or 0)
    return None if version.recent is None or not known else version.recent / known


def _series(one: Measured, today: date, length: int) -> dict[str, Any]:
    adoption, package = one.adoption, one.adoption.package
    wanted = [*series.span(today - timedelta(days=1), length), today]
    usual = {day.weekday(): level for day, level in (one.week.usual or {}).items()}
    return {
        "title": f"Downloads a day, {package}", "unit": "count", "labels": one.labels,
        # Today is not over: its count so far stands by itself, so that nobody takes it for a day's.
        "points": [[day.isoformat(), None if day == today else adoption.days.get(day)] for day in wanted],
        "partial": {today.isoformat(): adoption.partial},
        "missing": [day.isoformat() for day in wanted if day != today and day not in adoption.days],
        # What is usual for the weekday now, so that a reader sees the rhythm that the last week is held against.
        "levels": [usual[day.weekday()] for day in wanted] if len(usual) == 7 else [],
    }


def _visits(traffic: Traffic, today: date, length: int) -> Iterator[dict[str, Any]]:
    for kind in KINDS:
        visits: Visits | None = getattr(traffic, kind)
        if visits is not None:
            wanted = series.span(today - timedelta(days=1), length)
            yield {"title": f"{kind.capitalize()} of the repository a day", "unit": "count", "labels": {"kind": kind},
                   "points": [[day.isoformat(), visits.days.get(day)] for day in wanted],
                   "missing": [day.isoformat() for day in wanted if day not in visits.days]}


def _popular(one: Popular) -> dict[str, Any]:
    return {"name": one.name, "count": one.count, "uniques": one.uniques}


def _sections(measured: Sequence[Measured], traffic: Traffic | None) -> Iterator[dict[str, Any]]:
    yield {"title": "Packages", "headers": list(_HEADERS), "rows": [_cells(one) for one in measured]}
    rows = [cells for one in measured for cells in _version_cells(one)]
    yield {"title": "Versions", "headers": list(_VERSION_HEADERS), "rows": rows}
    if traffic is not None:
        for title, popular in (("Referrers, 14 days", traffic.referrers), ("Popular paths, 14 days", traffic.paths)):
            yield {"title": title, "headers": ["Name", "Views", "People"],
                   "rows": [[one.name, f"{one.count:,}", f"{one.uniques:,}"] for one in popular]}


def _cells(one: Measured) -> list[str]:
    recent = {found.days: found for found in one.recent}
    half = one.half
    return [
        str(one.adoption.package), _count(one.adoption.total), *(_recent(one, recent[days]) for days in (7, 28)),
        "" if one.growth.ratio is None else per_cent(one.growth.ratio - 1, digits=1, sign=True),
        "" if one.week.ratio is None else per_cent(one.week.ratio), one.adoption.newest or "",
        "" if one.newest_share is None else per_cent(one.newest_share, digits=1),
        in_words(timedelta(seconds=half.seconds)) if half.seconds is not None else "not yet" if half.samples else "",
    ]


def _recent(one: Measured, found: series.Recent) -> str:
    """The sum, with what it is not a sum of: days that were lost. A young package has none of before it was there."""
    if found.total is None or found.told == found.days:
        return _count(found.total)
    lost = len(one.lost(found.days))
    said = [*([f"since {one.first}"] if one.first > series.span(one.through, found.days)[0] else []),
            *([f"{lost} {'day' if lost == 1 else 'days'} missing"] if lost else [])]
    return _count(found.total) + (f" ({', '.join(said)})" if said else "")


def _version_cells(one: Measured) -> Iterator[list[str]]:
    by_name: Mapping[str, Version] = {version.version: version for version in one.adoption.versions}
    every = sum(version.recent or 0 for version in one.adoption.versions) + (one.adoption.others or 0)
    rest = every - sum(by_name[name].recent or 0 for name in one.by_version if name in by_name)
    for name, share in one.by_version.items():
        version = by_name.get(name)
        said = [] if version is None else [
            *(["newest"] if name == one.adoption.newest else []), *(["yanked"] if version.yanked else []),
            *(version.advisories or ())[:3]]
        published = None if version is None else version.published_at
        recent = rest if version is None else version.recent
        yield [str(one.adoption.package), name, "" if published is None else f"{published:%Y-%m-%d}", _count(recent),
               per_cent(share, digits=1), ", ".join(said)]


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
