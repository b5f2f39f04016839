"""Asking deps.dev about packages, within a budget, and remembering what it said."""
from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.dependency_health import ledger
from repo_vitals.concerns.dependency_health.facts import Advisory, Detail, Index, Project, Release
from repo_vitals.concerns.dependency_health.scores import severity_of_score
from repo_vitals.concerns.dependency_health.versions import newest_stable, parse
from repo_vitals.errors import BudgetSpent, CouldNotMeasure
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.dependency_health.facts import Ecosystem, Key, Package
    from repo_vitals.sources.deps_dev import DepsDev, PackageVersion
    from repo_vitals.sources.history import History

# A package with a younger release is at work, so that its repository is not asked about.
QUIET_AFTER = timedelta(days=180)


GIVE_UP_AFTER = 3       # failures in a row


class _LeftOut(Exception):
    """This question has no answer in this run; the next one may."""


class _Stop(Exception):
    """Nothing more is asked in this run; the text says why."""


class Memory:
    """The answers of earlier runs, and of this one."""

    def __init__(self, history: History, *, repository: str, now: datetime) -> None:
        self._history = history
        self._folder = f"dependency-health/{repository.lower()}"
        self._now = now
        self._shards: dict[str, ledger.Shard] = {}
        self._locked: set[str] = set()          # shards that a later version wrote
        self._changed: set[str] = set()
        self.notes: list[str] = []

    def recall(self, kind: str, name: str) -> ledger.Answer | None:
        """An answer that may still be used."""
        answer = self._shard(ledger.shard_of(name)).answers.get((kind, name))
        return answer if answer is not None and ledger.is_fresh(kind, name, answer, self._now) else None

    def learn(self, kind: str, name: str, said: Any) -> None:
        """Take in an answer."""
        key = ledger.shard_of(name)
        self._shard(key).answers[kind, name] = ledger.Answer(self._now, said)
        self._changed.add(key)

    def save(self) -> None:
        """Hand what changed to the history."""
        for key in sorted(self._changed - self._locked):
            self._history.keep(self._path(key), ledger.write(self._shards[key], self._now))

    def _path(self, key: str) -> str:
        return f"{self._folder}/deps-dev-{key}.jsonl"

    def _shard(self, key: str) -> ledger.Shard:
        if key not in self._shards:
            self._shards[key] = ledger.Shard()
            text = self._history.read(self._path(key))
            if text:
                try:
                    self._shards[key] = ledger.read(text)
                except FromTheFuture as error:
                    self._locked.add(key)
                    self.notes.append(f"history: {self._path(key)} is left as it is: {error}")
                except Unusable as error:
                    self.notes.append(f"history: {self._path(key)} can't be used: {error}; it is written anew")
        return self._shards[key]


def ask(
    packages: Sequence[Package], deps_dev: DepsDev, memory: Memory, *, budget: int, now: datetime,
    quiet_after: timedelta = QUIET_AFTER,
) -> Index:
    """What deps.dev says about packages: of the direct ones all, of the others their releases.

    At most `budget` requests, the direct ones first; what is left over is missing from the index, and `stopped` says
    why. What deps.dev fails on is left out and the rest asked, until it fails three times in a row or wants to be left
    alone; what it had said before counts all the same. `unavailable` is set then, and where it answered nothing.
    """
    asking = _Asking(deps_dev, memory, budget=budget, now=now, quiet_after=min(quiet_after, QUIET_AFTER))
    try:
        asking.all(packages)
    except _Stop as reason:
        asking.stopped = str(reason)
        asking.from_memory(packages)
    finally:
        memory.save()
    return Index(releases=asking.releases, details=asking.details, projects=asking.projects, stopped=asking.stopped,
                 failed=len(asking.failed), failure=asking.failure, unavailable=asking.unavailable)


class _Asking:
    def __init__(
        self, deps_dev: DepsDev, memory: Memory, *, budget: int, now: datetime, quiet_after: timedelta,
    ) -> None:
        self._quiet_after = quiet_after
        self._deps_dev = deps_dev
        self._memory = memory
        self._left = self._budget = budget
        self._now = now
        self.releases: dict[tuple[Ecosystem, str], Release | None] = {}
        self.details: dict[Key, Detail | None] = {}
        self.projects: dict[str, Project | None] = {}
        self.stopped: str | None = None
        self.failed: set[tuple[str, str]] = set()
        self.failure: str | None = None
        self._unavailable: str | None = None
        self._in_a_row = self._answered = 0

    @property
    def unavailable(self) -> str | None:
        return self._unavailable or (self.failure if not self._answered else None)

    def all(self, packages: Sequence[Package]) -> None:
        # Where a lock file does not tell what is direct, everything may be.
        direct = [one for one in packages if one.direct is not False]
        used = _used(packages)
        for one in direct:
            with contextlib.suppress(_LeftOut):
                self._detail(one.key)
            with contextlib.suppress(_LeftOut):
                self._release((one.ecosystem, one.name), used)
        for key in used:
            with contextlib.suppress(_LeftOut):
                self._release(key, used)
        for one in direct:
            with contextlib.suppress(_LeftOut):
                self._project(one)

    def from_memory(self, packages: Sequence[Package]) -> None:
        """Fill in what earlier runs learned, without asking."""
        self._left = 0
        used = _used(packages)
        for one in packages:
            with contextlib.suppress(_Stop, _LeftOut):
                self._release((one.ecosystem, one.name), used)
            if one.direct is not False:
                with contextlib.suppress(_Stop, _LeftOut):
                    self._detail(one.key)
                with contextlib.suppress(_Stop, _LeftOut):
                    self._project(one)

    def _release(self, key: tuple[Ecosystem, str], used: Mapping[tuple[Ecosystem, str], frozenset[str]]) -> None:
        if key in self.releases:
            return
        ecosystem, name = key
        kept = self._memory.recall("package", f"{ecosystem}/{name}")
        # An answer is reduced to the versions that were in use then.
        if kept is not None and (kept.said is None or used[key] <= set(kept.said["used"])):
            said = kept.said
        else:
            listed = self._asked("package", f"{ecosystem}/{name}", lambda: self._deps_dev.versions(ecosystem, name))
            said = None if listed is None else _reduced(ecosystem, listed, used[key])
            self._memory.learn("package", f"{ecosystem}/{name}", said)
        self.releases[key] = None if said is None else _release(said)

    def _detail(self, key: Key) -> None:
        if key in self.details:
            return
        ecosystem, name, version = key
        said = self._known("version", f"{ecosystem}/{name}/{version}",
                           lambda: self._deps_dev.version(ecosystem, name, version), lambda found: {
                               "licenses": found.licenses, "advisories": found.advisories,
                               "deprecated": found.is_deprecated, "project": found.project})
        if said is None:
            self.details[key] = None
            return
        advisories = tuple(self._advisory(one) for one in said["advisories"])
        self.details[key] = Detail(licenses=tuple(said["licenses"]), advisories=advisories,
                                   deprecated=said["deprecated"], project=said["project"])

    def _advisory(self, advisory: str) -> Advisory:
        kept = self._memory.recall("advisory", advisory)
        if kept is None:
            found = self._asked("advisory", advisory, lambda: self._deps_dev.advisory(advisory))
            # One that deps.dev names and does not know otherwise is a flaw without a score.
            said = {"score": None, "aliases": [], "standing": "vulnerability"} if found is None else \
                {"score": found.score, "aliases": list(found.aliases), "standing": found.standing}
            self._memory.learn("advisory", advisory, said)
        else:
            said = kept.said
        score = said["score"]
        return Advisory(id=advisory, severity=None if score is None else severity_of_score(score),
                        aliases=tuple(said["aliases"]), standing=said["standing"])

    def _project(self, package: Package) -> None:
        detail = self.details.get(package.key)
        release = self.releases.get((package.ecosystem, package.name))
        project = None if detail is None else detail.project
        if project is None or project in self.projects:
            return
        if release is not None and release.last_at is not None and self._now - release.last_at < self._quiet_after:
            return
        said = self._known("project", project, lambda: self._deps_dev.project(project),
                           lambda found: {"maintained": found.maintained, "archived": found.is_archived})
        self.projects[project] = None if said is None else Project(maintained=said["maintained"],
                                                                   archived=said["archived"])

    def _known(self, kind: str, name: str, question: Callable[[], Any], write: Callable[[Any], Any]) -> Any:
        kept = self._memory.recall(kind, name)
        if kept is not None:
            return kept.said
        found = self._asked(kind, name, question)
        said = None if found is None else write(found)
        self._memory.learn(kind, name, said)
        return said

    def _asked(self, kind: str, name: str, question: Callable[[], Any]) -> Any:
        if (kind, name) in self.failed:
            raise _LeftOut
        if self._left <= 0:
            raise _Stop(f"the {self._budget} requests that `deps-dev-requests` allows are used up; the next run with "
                        "this history goes on from there")
        self._left -= 1
        try:
            answer = question()
        except CouldNotMeasure as error:
            self.failed.add((kind, name))
            self.failure = self.failure or str(error)
            self._in_a_row += 1
            if isinstance(error, BudgetSpent) or self._in_a_row >= GIVE_UP_AFTER:
                self._unavailable = str(error)
                raise _Stop(str(error)) from error
            raise _LeftOut from error
        self._in_a_row = 0
        self._answered += 1
        return answer


def _used(packages: Iterable[Package]) -> dict[tuple[Ecosystem, str], frozenset[str]]:
    found: dict[tuple[Ecosystem, str], set[str]] = {}
    for one in packages:
        found.setdefault((one.ecosystem, one.name), set()).add(one.version)
    return {key: frozenset(versions) for key, versions in found.items()}


def _reduced(ecosystem: Ecosystem, listed: Sequence[PackageVersion], used: Iterable[str]) -> dict[str, Any]:
    """What is kept of a package's versions: enough for every figure about the versions in use.

    `used` holds a date, null for a version without one, and false for a version that the list lacks.
    """
    by_text = {one.version: one for one in listed}
    newest = newest_stable(ecosystem, [(one.version, one.is_default) for one in listed])
    dates = [one.published_at for one in listed if one.published_at is not None]
    found: dict[str, Any] = {}
    for version in sorted(used):
        one = by_text.get(version) or _same(ecosystem, version, listed)
        found[version] = False if one is None else _text(one.published_at)
    last = by_text.get(newest or "")
    return {"newest": newest, "newest_at": _text(last.published_at if last else None),
            "last_at": _text(max(dates, default=None)), "used": found,
            "deprecated": last.is_deprecated if last else None}


def _same(ecosystem: Ecosystem, version: str, listed: Sequence[PackageVersion]) -> PackageVersion | None:
    """The entry that spells a version otherwise: 1.0 is 1.0.0 to PEP 440."""
    wanted = parse(ecosystem, version)
    if wanted is None or ecosystem != "pypi":
        return None
    return next((one for one in listed if parse(ecosystem, one.version) == wanted), None)


def _release(said: Mapping[str, Any]) -> Release:
    return Release(
        newest=said["newest"], newest_at=_instant(said["newest_at"]), last_at=_instant(said["last_at"]),
        used={version: _instant(at) for version, at in said["used"].items() if at is not False},
        deprecated=said["deprecated"],
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
