"""Facts from the registries, from GitHub and from what earlier runs kept. The one stage that asks the world."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption import github_asking
from repo_vitals.concerns.package_adoption.asking import Asking
from repo_vitals.concerns.package_adoption.facts import Adoption, Facts, Package
from repo_vitals.concerns.package_adoption.flaws import Flaws
from repo_vitals.concerns.package_adoption.memory import Memory
from repo_vitals.errors import CallerError, CouldNotMeasure, InputError, TokenRefused
from repo_vitals.frozen import dataclass
from repo_vitals.sources.deps_dev import PAUSE, DepsDev
from repo_vitals.sources.statistics_api import StatisticsApi

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Traffic
    from repo_vitals.concerns.package_adoption.ledger import Remembered
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History

_TRAFFIC = "traffic"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to read, and where."""

    packages: tuple[Package, ...]
    assets: tuple[str, ...]
    traffic: bool
    crates_io: str
    pypistats: str
    npm: str
    deps_dev: str | None
    deps_dev_requests: int


def collect(github: GitHub, wanted: Wanted, *, repository: str, today: date, history: History,
            pause: float = PAUSE) -> Facts:
    """Everything about the packages and the repository (owner/name). `today`: the day of the report's clock, in UTC.

    A service that does not answer is `unavailable` and leaves its figures unknown. Packages and a repository that do
    not exist, and releases that the token may not read, are the caller's `mistake`; all others are read. Raises
    InputError without packages and for `github` without a token, TokenRefused for a token that GitHub refuses.
    """
    if not wanted.packages:
        raise InputError("packages: none given; name some, such as crates:NAME, pypi:NAME, npm:@SCOPE/NAME or github")
    if github.anonymous and any(one.registry == "github" for one in wanted.packages):
        raise InputError("packages: github is read with a token, and there is none; in a workflow leave the input "
                         "token out, elsewhere set GITHUB_TOKEN")
    memory = Memory(history, repository=repository, today=today)
    known = {package: memory.recall(_key(package)) for package in wanted.packages}
    client = None if wanted.deps_dev is None else DepsDev(github.transport, wanted.deps_dev, pause=pause)
    answers = {url: answer for one in known.values() for url, answer in one.answers.items()}
    api = StatisticsApi(transport=github.transport, known=answers)
    asking = Asking(api=api, flaws=Flaws(client, budget=wanted.deps_dev_requests, today=today), today=today,
                    crates_io=wanted.crates_io, pypistats=wanted.pypistats, npm=wanted.npm)
    try:
        adoptions = _each(asking, api, wanted, known, memory)
    finally:
        api.close()
        if client is not None:
            client.close()
    failure, mistakes = asking.failure, _absent(asking.absent)
    for package in wanted.packages:
        if package.registry == "github":
            try:
                found = github_asking.released(github, repository, wanted.assets)
            except CouldNotMeasure as error:
                failure = failure or str(error)
                adoptions[package] = _without_answer(package, known[package], repository, str(error))
            except TokenRefused:
                raise
            except CallerError as error:
                mistakes.append(str(error))
                adoptions[package] = _without_answer(package, known[package], repository, str(error))
            else:
                adoptions[package], remembered = github_asking.adoption_of(
                    found, known[package], repository=repository, today=today)
                memory.keep(_key(package), remembered)
    visited: Traffic | None = None
    if wanted.traffic:
        visited, remembered, failed = github_asking.visits(github, repository, memory.recall(_TRAFFIC), today=today)
        if isinstance(failed, CallerError):
            mistakes.append(str(failed))
        else:
            failure = failure or (None if failed is None else str(failed))
        if remembered.days:
            memory.keep(_TRAFFIC, remembered)
    notes = list(memory.notes)
    if asking.flaws.is_spent:
        notes.append(f"the {wanted.deps_dev_requests} requests that `deps-dev-requests` allows are used up; "
                     + ("the next run goes on from there" if history.keeps else "with a history the next run would go "
                                                                                "on from there"))
    return Facts(
        repository=repository, adoptions=_once(adoptions[package] for package in wanted.packages), traffic=visited,
        unavailable=failure or asking.flaws.failure, mistake="; ".join(dict.fromkeys(mistakes)) or None,
        deps_dev_failed=asking.flaws.failure is not None, keeps=history.keeps, notes=tuple(notes))


def _absent(named: Sequence[str]) -> list[str]:
    """What to say of packages that do not exist, at most once."""
    more = len(named) - 1
    return [f"packages: {named[0]}" + (f"; and {more} more: {'; '.join(named[1:])}" if more else "")
            + "; check the name"] if named else []


def _each(asking: Asking, api: StatisticsApi, wanted: Wanted, known: Mapping[Package, Remembered],
          memory: Memory) -> dict[Package, Adoption]:
    found: dict[Package, Adoption] = {}
    npm = asking.npm_days([one for one in wanted.packages if one.registry == "npm"], known)
    for place, package in enumerate(wanted.packages):
        if package.registry == "github":
            continue
        asking.flaws.kept_back = sum(one.registry in ("pypi", "npm") for one in wanted.packages[place + 1:])
        asked_before = set(api.learned)
        if package.registry == "crates":
            found[package], remembered = asking.crate(package, known[package])
        elif package.registry == "pypi":
            found[package], remembered = asking.pypi(package, known[package])
        else:
            found[package], remembered = asking.npm_package(package, npm[package], known[package])
        learned = {url: answer for url, answer in api.learned.items() if url not in asked_before}
        # Where the registry failed, what it said before is still good for the next run.
        answers = learned if found[package].problem is None else {**known[package].answers, **learned}
        if remembered.days.get("downloads") or remembered.total is not None:
            memory.keep(_key(package), replace(remembered, answers=answers))
    return found


def _without_answer(package: Package, known: Remembered, repository: str, problem: str) -> Adoption:
    from repo_vitals.concerns.package_adoption.series import between

    counted = known.days.get("counted", {})
    return Adoption(package=replace(package, name=repository), problem=problem, total_before=known.total,
                    counted=counted, days=between(counted))


def _key(package: Package) -> str:
    return "github" if package.registry == "github" else str(package)


def _once(adoptions: Iterable[Adoption]) -> tuple[Adoption, ...]:
    """Each package once: crates.io knows a crate by - and by _ in its name."""
    found: dict[Package, Adoption] = {}
    for one in adoptions:
        found.setdefault(one.package, one)
    return tuple(found.values())
