"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption import definitions, series, shares
from repo_vitals.concerns.package_adoption.traffic import KINDS, WINDOW
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric
from repo_vitals.stats.week_baseline import judge_week

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Adoption, Facts, Traffic, Visits
    from repo_vitals.stats.week_baseline import Span, WeekVerdict


LEAVE_OUT = frozenset({"crates", "pypi"})       # registries that have no row for a day on which nothing was fetched


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A package with all that is said of it."""

    adoption: Adoption
    through: date                       # the newest full day
    recent: tuple[series.Recent, ...]   # by definitions.RECENT_DAYS
    mirrors: tuple[series.Recent, ...]
    absent: frozenset[date]             # days that were not told, because nothing was fetched on them as it seems
    seen: int | None
    growth: series.Growth
    week: WeekVerdict
    by_version: dict[str, float]
    newest_share: float | None
    half: shares.Half
    yanked: shares.Pulled
    flawed: shares.Pulled

    @property
    def labels(self) -> dict[str, str]:
        """Of its figures."""
        return {"registry": self.adoption.package.registry, "package": self.adoption.package.name}

    @property
    def first(self) -> date:
        """The first day that is known. Before it there may have been no package."""
        return min(self.adoption.days, default=self.through)

    def lost(self, length: int) -> list[date]:
        """Of the last days those of which nothing is known, though there was a package and it was fetched."""
        return [day for day in series.span(self.through, length)
                if day > self.first and day not in self.adoption.days and day not in self.absent]


def measure(facts: Facts, *, today: date, weeks: int, change: float, quiet: Sequence[Span]) -> tuple[Measured, ...]:
    """Every package, in order. `weeks`, `change`, `quiet`: see stats.week_baseline."""
    return tuple(_measured(one, today=today, weeks=weeks, change=change, quiet=quiet) for one in facts.adoptions)


def _measured(adoption: Adoption, *, today: date, weeks: int, change: float, quiet: Sequence[Span]) -> Measured:
    through = series.newest_full(adoption.days, today)
    absent = series.likely_none(adoption.days, through, max(7 * (weeks + 1), 2 * series.GROWTH_DAYS)) \
        if adoption.package.registry in LEAVE_OUT else set()
    # Without the days of none, which no row tells, a package that is hardly fetched would be judged by its best days.
    days = {**adoption.days, **dict.fromkeys(absent, 0)}
    published = next((one.published_at for one in adoption.versions if one.version == adoption.newest), None)
    return Measured(
        adoption=adoption, through=through, absent=frozenset(absent),
        recent=tuple(_recent(adoption, through, today, days) for days in definitions.RECENT_DAYS),
        mirrors=tuple(series.recent(adoption.mirrors, through, days) for days in definitions.RECENT_DAYS),
        seen=_seen(adoption), growth=series.growth(days, through),
        week=judge_week(days, through, weeks=weeks, change=change, quiet=quiet),
        by_version=shares.shares(adoption), newest_share=shares.newest_share(adoption),
        half=shares.half(adoption.weeks, published),
        yanked=shares.pulled_yanked(adoption), flawed=shares.pulled_with_flaws(adoption),
    )


def _recent(adoption: Adoption, through: date, today: date, days: int) -> series.Recent:
    counted = series.recent_counted(adoption.counted, today, days)
    return counted if counted.total is not None else series.recent(adoption.days, through, days)


def _seen(adoption: Adoption) -> int | None:
    if adoption.counted:
        return adoption.counted[max(adoption.counted)] - adoption.counted[min(adoption.counted)] \
            if len(adoption.counted) > 1 else None
    return sum(adoption.days.values()) if adoption.days else None


def metrics_of(measured: Sequence[Measured], traffic: Traffic | None, *, today: date) -> tuple[Metric, ...]:
    """Every figure. One that can't be measured has the value None and no samples; zero is a measurement."""
    states = [one.week.verdict for one in measured]
    return (
        *(_figure(definitions.PACKAGES, "count", states.count(state), len(states), state=state)
          for state in ("usual", "drop", "spike", "unknown")),
        *(metric for one in measured for metric in _metrics(one)),
        *(() if traffic is None else _of_traffic(traffic, today)),
    )


def _metrics(one: Measured) -> Iterator[Metric]:
    labels, adoption = one.labels, one.adoption
    yield _figure(definitions.DOWNLOADS, "count", adoption.total, 1, **labels)
    yield _figure(definitions.SEEN, "count", one.seen, len(adoption.days), **labels)
    for found in one.recent:
        yield _figure(definitions.RECENT, "count", found.total, found.told, days=str(found.days), **labels)
        yield _figure(definitions.MISSING, "count", found.days - found.told if adoption.days else None, found.days,
                      days=str(found.days), **labels)
    for found in one.mirrors if adoption.package.registry == "pypi" else ():
        yield _figure(definitions.MIRRORS, "count", found.total, found.told, days=str(found.days), **labels)
    yield _figure(definitions.GROWTH, "ratio", one.growth.ratio, one.growth.pairs, **labels)
    yield _figure(definitions.WEEK, "ratio", one.week.ratio, one.week.weeks, **labels)
    off = None if one.week.verdict == "unknown" else float(one.week.verdict in ("drop", "spike"))
    yield _figure(definitions.ANOMALOUS, "count", off, one.week.weeks, **labels)
    for version, share in one.by_version.items():
        yield _figure(definitions.SHARE, "ratio", share, adoption.recent_days or 0, version=version, **labels)
    yield _figure(definitions.NEWEST_SHARE, "ratio", one.newest_share, adoption.recent_days or 0, **labels)
    yield Metric(name=definitions.HALF, value=one.half.seconds, unit="seconds", samples=one.half.samples, labels=labels)
    yield _figure(definitions.YANKED, "ratio", one.yanked.ratio, one.yanked.samples, **labels)
    yield _figure(definitions.FLAWED, "ratio", one.flawed.ratio, one.flawed.samples, **labels)


def _of_traffic(traffic: Traffic, today: date) -> Iterator[Metric]:
    names = {"views": (definitions.VIEWS, definitions.VIEWERS), "clones": (definitions.CLONES, definitions.CLONERS)}
    for kind in KINDS:
        visits: Visits | None = getattr(traffic, kind)
        count, uniques = names[kind]
        # A day without a visit has no entry, so that the days that are told add up to all there were, but for the
        # oldest, which is told only by an earlier run.
        total = None if visits is None else series.recent(visits.days, today - timedelta(days=1), WINDOW).total or 0
        is_whole = visits is not None and today - timedelta(days=WINDOW) in visits.days
        yield _figure(count, "count", total, WINDOW if is_whole else WINDOW - 1, days=str(WINDOW))
        yield _figure(uniques, "count", None if visits is None else visits.uniques, 1)


def _figure(name: str, unit: str, value: float | None, samples: int, **labels: str) -> Metric:
    return Metric(name=name, value=value, unit=unit, samples=0 if value is None else samples, labels=labels)
