"""One run's questions to the registries, each package by itself: what fails for one leaves the others alone."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from repo_vitals.concerns.package_adoption import crates_io, npm_downloads, pypistats, witness
from repo_vitals.concerns.package_adoption.counters import added
from repo_vitals.concerns.package_adoption.facts import Adoption, Package, Version
from repo_vitals.concerns.package_adoption.ledger import snapshot_before, with_snapshot, with_total
from repo_vitals.concerns.package_adoption.series import (
    begun,
    counted_yet,
    joined,
    newest_full,
    span,
    stopped,
    with_proven,
)
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.sources.statistics_api import Absent, Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from repo_vitals.concerns.package_adoption.flaws import Flaws
    from repo_vitals.concerns.package_adoption.ledger import Remembered
    from repo_vitals.sources.deps_dev import PackageVersion
    from repo_vitals.sources.statistics_api import StatisticsApi

T = TypeVar("T")
SPAN = 28                   # days of which crates.io's versions are compared


@dataclass(kw_only=True)
class Asking:
    """What the questions share. `absent` and `failure` gather what the run has to say at its end."""

    api: StatisticsApi
    flaws: Flaws
    today: date
    crates_io: str
    pypistats: str
    npm: str
    absent: list[str] = field(default_factory=list)     # why a package can't be measured at all, each naming it
    failure: str | None = None                          # the first service that did not answer
    _witness: witness.Witness | None = None

    def crate(self, package: Package, known: Remembered) -> tuple[Adoption, Remembered]:
        """A crate."""
        problem, total_before = None, known.total
        crate: crates_io.Crate | None = None
        rows: crates_io.Rows | None = None
        try:
            crate = self.api.ask(Question(
                service="crates.io", address=self.crates_io, parts=("api", "v1", "crates", package.name),
                read=lambda document: crates_io.read_crate(document, package.name),
                make=crates_io.make_crate, absent=crates_io.is_absence))
            rows = self.api.ask(Question(
                service="crates.io", address=self.crates_io, parts=("api", "v1", "crates", package.name, "downloads"),
                read=crates_io.read_rows, make=crates_io.make_rows, absent=crates_io.is_absence))
        except Absent:
            problem = self._absent(package, "crates.io knows no such crate")
        except CouldNotMeasure as error:
            problem = self._failed(error)
        if crate is not None and crates_io.plain(crate.name) == crates_io.plain(package.name):
            package = Package("crates", crate.name)
        told = {} if rows is None else _summed([*rows.versions.values(), rows.others])
        days = joined(known.days.get("downloads", {}), _before(told, self.today))
        if crate is not None and rows is not None:
            known = with_total(known, crate.total, self.today)
            days = with_proven(days, known.total_since, self.today)
        adoption = Adoption(package=package, problem=problem, total=None if crate is None else crate.total,
                            total_before=total_before, days=days, partial=told.get(self.today), tells_versions=True)
        remembered = replace(known, days={"downloads": days})
        if crate is None:
            return adoption, remembered
        adoption = replace(adoption, versions=_newest_first(crate.versions.values()), newest=crate.newest)
        if rows is not None:
            through = newest_full(days, self.today)
            adoption = _with_rows(adoption, crate, rows, through)
            weeks = _weeks_of(crate, rows, through, self.today)
            adoption, remembered = _with_weeks(adoption, remembered, weeks)
        totals = {one.version: one.total or 0 for one in crate.versions.values()}
        adoption = with_since(adoption, remembered, totals, self.today)
        return self._with_flaws(adoption, with_snapshot(remembered, self.today, totals))

    def pypi(self, package: Package, known: Remembered) -> tuple[Adoption, Remembered]:
        """A package of PyPI's."""
        problem: str | None = None
        overall = pypistats.Overall(without_mirrors={}, with_mirrors={})
        listed: list[PackageVersion] = []
        try:
            overall = self.api.ask(pypistats.question(self.pypistats, package.name))
            listed = self.flaws.versions_if_told(package)
        except Absent:
            listed, problem = self._without_statistics(package, known)
        except CouldNotMeasure as error:
            problem = self._failed(error)
        # A day of which mirrors are told was counted: nobody else fetched it where there is no row without them.
        told = {**dict.fromkeys(overall.with_mirrors, 0), **overall.without_mirrors}
        days = joined(known.days.get("downloads", {}), _before(told, self.today))
        mirrors = joined(known.days.get("mirrors", {}), _before(overall.with_mirrors, self.today))
        if problem is None and (silent := stopped(days, self.today, witness.REACH) - days.keys()):
            days = dict(sorted({**days, **dict.fromkeys(silent & self._counted(package), 0)}.items()))
        versions, newest = _of_deps_dev(listed)
        return Adoption(
            package=package, problem=problem, days=days, mirrors=mirrors, partial=told.get(self.today),
            versions=versions, newest=newest,
            notes=("pypistats.org tells no downloads by version",),
        ), replace(known, days={"downloads": days, "mirrors": mirrors})

    def npm_days(self, packages: Sequence[Package], known: Mapping[Package, Remembered],
                 ) -> dict[Package, Mapping[date, int] | str]:
        """The days of packages of npm's, as many in one question as may be; a text says why there are none."""
        found: dict[Package, Mapping[date, int] | str] = {}
        behind = {package.name: (self.today - max(kept)).days for package in packages
                  if (kept := known[package].days.get("downloads"))}
        for names, days in npm_downloads.batches([package.name for package in packages], behind):
            try:
                told = self.api.ask(npm_downloads.range_question(
                    self.npm, names, npm_downloads.period(self.today, days)))
            except Absent:
                told = dict.fromkeys(names)
            except CouldNotMeasure as error:
                problem = self._failed(error)
                found |= {Package("npm", name): problem for name in names}
                continue
            for name in names:
                package = Package("npm", name)
                if name not in told:
                    found[package] = self._failed(CouldNotMeasure(
                        f'npm\'s downloads API did not tell the days of "{quotable(name, limit=120)}" as it is '
                        "described; try again later"))
                    continue
                each = told[name]
                found[package] = self._absent(package, "npm's downloads API knows no such package, or it is private") \
                    if each is None else each
        return found

    def npm_package(self, package: Package, days: Mapping[date, int] | str,
                    known: Remembered) -> tuple[Adoption, Remembered]:
        """A package of npm's, of whose days is known what `npm_days` gave."""
        if isinstance(days, str):
            return Adoption(package=package, days=known.days.get("downloads", {}), tells_versions=True,
                            problem=days), known
        versions, newest = _of_deps_dev(self.flaws.versions_if_told(package))
        published = min((one.published_at.date() for one in versions if one.published_at is not None), default=None)
        told = counted_yet(_before(days, self.today), self.today)
        joint = begun(joined(known.days.get("downloads", {}), told), published)
        silent = stopped(joint, self.today, witness.REACH, often=True)
        if silent and (counted := self._counted(package)):
            joint = dict(sorted({**{day: count for day, count in joint.items() if day not in silent},
                                 **dict.fromkeys(silent & counted, 0)}.items()))
        adoption = Adoption(package=package, days=joint, tells_versions=True)
        remembered = replace(known, days={"downloads": joint})
        try:
            week = self.api.ask(Question(
                service="npm's downloads API", address=self.npm, parts=("versions", package.name, "last-week"),
                read=lambda document: npm_downloads.read_week(document, package.name),
                make=npm_downloads.make_week, absent=npm_downloads.is_absence))
        except Absent:
            return replace(adoption, versions=versions, newest=newest,
                           notes=("npm's downloads API has no week by version of it",)), remembered
        except CouldNotMeasure as error:
            return replace(adoption, versions=versions, newest=newest, problem=self._failed(error)), remembered
        listed = {one.version: one for one in versions}
        every = [replace(one, recent=week.get(one.version, 0)) for one in versions]
        every += [Version(version=version, recent=count) for version, count in week.items() if version not in listed]
        adoption = replace(adoption, versions=tuple(every), newest=newest, recent_days=npm_downloads.WEEK, others=0)
        total = sum(week.values())
        weeks = {self.today - timedelta(days=1): (week.get(newest, 0), total)} if newest is not None and total else {}
        return self._with_flaws(*_with_weeks(adoption, remembered, weeks))

    def _with_flaws(self, adoption: Adoption, remembered: Remembered) -> tuple[Adoption, Remembered]:
        downloads = {one.version: (one.since if one.since is not None else one.recent) or 0
                     for one in adoption.versions}
        known, unsettled = self.flaws.advisories(adoption.package, downloads, dict(remembered.advisories),
                                                 dict(remembered.unsettled))
        versions = tuple(replace(one, advisories=known[one.version][1]) if one.version in known else one
                         for one in adoption.versions)
        return replace(adoption, versions=versions), replace(remembered, advisories=known, unsettled=unsettled)

    def _without_statistics(self, package: Package, known: Remembered) -> tuple[list[PackageVersion], str]:
        """What is known of a package that pypistats.org does not know, which has its figures from PyPI a day later.

        Its 404 does not tell whether it knows no such package or has lost what it knew of all of them.
        """
        if known.days.get("downloads"):
            return self.flaws.versions_if_told(package), self._failed(CouldNotMeasure(
                f'pypistats.org has no statistics of "{quotable(package.name, limit=120)}", of which it told earlier '
                "runs; try again later, and leave it out if it was deleted from PyPI"))
        try:
            listed = self.flaws.versions(package)
        except CouldNotMeasure as error:
            return [], f"pypistats.org has no statistics of it, and whether there is one is not known: {error}"
        if listed is None:
            return [], self._absent(package, "pypistats.org has no statistics of such a package")
        return listed, "pypistats.org has no statistics of it: it is new, or nobody has fetched it"

    def _counted(self, package: Package) -> frozenset[date]:
        if self._witness is None:
            self._witness = witness.Witness(api=self.api, today=self.today, pypistats=self.pypistats, npm=self.npm)
        try:
            return self._witness.counted(package)
        except CouldNotMeasure as error:
            self._failed(error)
            return frozenset()

    def _absent(self, package: Package, why: str) -> str:
        self.absent.append(f'"{quotable(str(package), limit=120)}": {why}')
        return why

    def _failed(self, error: CouldNotMeasure) -> str:
        self.failure = self.failure or str(error)
        return str(error)


def with_since(adoption: Adoption, known: Remembered, totals: Mapping[str, int], today: date) -> Adoption:
    """The same with what each version's total grew by since an earlier run, where one is old enough."""
    snapshot = snapshot_before(known, today)
    if snapshot is None:
        return adoption
    grown = added(snapshot[1], totals)
    return replace(adoption, since_days=float((today - snapshot[0]).days),
                   versions=tuple(replace(one, since=grown.get(one.version, 0)) for one in adoption.versions))


def _with_rows(adoption: Adoption, crate: crates_io.Crate, rows: crates_io.Rows, through: date) -> Adoption:
    """The same with the recent downloads of the versions that have days of their own."""
    wanted = span(through, SPAN)
    recent = {crate.versions[number].version: sum(days.get(day, 0) for day in wanted)
              for number, days in rows.versions.items() if number in crate.versions}
    strangers = [days for number, days in rows.versions.items() if number not in crate.versions]
    others = sum(days.get(day, 0) for days in [rows.others, *strangers] for day in wanted)
    # Where the others have nothing, each of them has nothing.
    return replace(adoption, recent_days=SPAN, others=others, versions=tuple(
        replace(one, recent=recent.get(one.version, None if others else 0)) for one in adoption.versions))


def _weeks_of(crate: crates_io.Crate, rows: crates_io.Rows, through: date, today: date,
              ) -> dict[date, tuple[int, int]]:
    number = next((number for number, one in crate.versions.items() if one.version == crate.newest), None)
    newest = {} if number is None else rows.versions.get(number, {})
    every = _summed([*rows.versions.values(), rows.others])
    if not newest or not every:
        return {}
    begun = min(one.published_at.date() for one in crate.versions.values() if one.published_at is not None)
    # Before the first version there was nothing to fetch; of an older crate what was before the window is not told.
    first = begun if begun > today - timedelta(days=crates_io.WINDOW) else min(every) + timedelta(days=6)
    return {day: (sum(newest.get(one, 0) for one in span(day, 7)), sum(every.get(one, 0) for one in span(day, 7)))
            for day in span(through, crates_io.WINDOW) if day >= first}


def _with_weeks(adoption: Adoption, known: Remembered, weeks: Mapping[date, tuple[int, int]],
                ) -> tuple[Adoption, Remembered]:
    """Both with the newest version's weeks: those of earlier runs, where it was the newest then too, and these.

    Where nobody tells which is the newest now, what was known of it stays for later runs.
    """
    if adoption.newest is None:
        return adoption, known
    before = known.weeks if known.newest == adoption.newest else {}
    joint = dict(sorted({**before, **weeks}.items()))
    return replace(adoption, weeks=joint), replace(known, newest=adoption.newest, weeks=joint)


def _of_deps_dev(listed: Iterable[PackageVersion]) -> tuple[tuple[Version, ...], str | None]:
    every = list(listed)
    newest = next((one.version for one in every if one.is_default), None)
    return _newest_first(Version(version=one.version, published_at=one.published_at,
                                 yanked=one.is_deprecated) for one in every), newest


def _newest_first(versions: Iterable[Version]) -> tuple[Version, ...]:
    return tuple(sorted(versions, key=lambda one: (one.published_at is None, -_seconds(one), one.version)))


def _seconds(one: Version) -> float:
    return 0.0 if one.published_at is None else one.published_at.timestamp()


def _summed(several: Iterable[Mapping[date, int]]) -> dict[date, int]:
    found: dict[date, int] = {}
    for days in several:
        for day, number in days.items():
            found[day] = found.get(day, 0) + number
    return found


def _before(days: Mapping[date, int], today: date) -> dict[date, int]:
    """Full days only: today has hours to come, and what lies ahead of our clock is no day yet."""
    return {day: number for day, number in days.items() if day < today}
