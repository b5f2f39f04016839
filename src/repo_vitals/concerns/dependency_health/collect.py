"""Facts from GitHub and deps.dev. The one stage that asks the world."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.dependency_health import lock_files, reading
from repo_vitals.concerns.dependency_health.asking import Memory, ask
from repo_vitals.concerns.dependency_health.bot_files import (
    DEPENDABOT_FILES,
    RENOVATE_FILES,
    read_dependabot,
    read_renovate,
)
from repo_vitals.concerns.dependency_health.facts import Facts, Index
from repo_vitals.concerns.dependency_health.locks import ecosystem_of, together
from repo_vitals.concerns.dependency_health.silence import logins_of, silent_after
from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.sources.deps_dev import PAUSE, DepsDev

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.dependency_health.facts import BotSetup, LockFile, Update
    from repo_vitals.concerns.dependency_health.lock_files import Found
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History

_LONGEST_LOOK_BACK = timedelta(days=400)
_CONFIGURATIONS = (*DEPENDABOT_FILES, *RENOVATE_FILES)


def collect(
    github: GitHub, *, repository: str, now: datetime, bots: Sequence[str], wanted: Sequence[str],
    silence: timedelta | None, deps_dev: str | None, budget: int, quiet_after: timedelta, history: History,
    pause: float = PAUSE,
) -> Facts:
    """The facts about `repository` (owner/name).

    `wanted` are paths and patterns of lock files, none for the usual places; `deps_dev` its address, None to leave it
    out; `budget` how often it may be asked; `quiet_after` after how long without a release the repository of a package
    is asked about; `silence` after how long a silent bot is one, None for what its schedule
    says. Raises what the client raises, CallerError for a named file that can't be used, and CouldNotMeasure for an
    answer that lacks what was asked for.
    """
    found = _overview(github, repository, [path for path in wanted if not lock_files.is_glob(path)])
    owner, name = found.repository.split("/")
    variables = {"owner": owner, "name": name}
    setups = _setups(found.configurations)
    updates, notes = _updates(github, variables, bots)
    back_to = now - min(max((silent_after(setup, silence) for setup in setups), default=timedelta(days=30)),
                        _LONGEST_LOOK_BACK)
    looked_for = [logins_of(setup, bots) for setup in setups if not setup.off]
    last = reading.last_by_bot(github.graphql, variables, found.recent, frozenset(bots), looked_for, back_to)
    for one in updates:
        last[one.bot] = max(last.get(one.bot, one.created_at), one.created_at)
    locks = _locks(github, found, wanted)
    packages = together(package for lock in locks for package in lock.packages)
    index, more = Index(off=deps_dev is None), list[str]()
    if deps_dev is not None and packages:
        client = DepsDev(github.transport, deps_dev, pause=pause)
        memory = Memory(history, repository=found.repository, now=now)
        try:
            index = ask(packages, client, memory, budget=budget, now=now, quiet_after=quiet_after)
        finally:
            client.close()
        more = memory.notes
    return Facts(
        repository=found.repository, updates=updates, setups=setups, last_by_bot=last, looked_back_to=back_to,
        locks=tuple(locks), packages=packages, index=index, notes=(*notes, *more),
    )


class _Overview:
    """The first answer: who the repository is, its files, its configurations, its newest pull requests."""

    def __init__(self, node: Mapping[str, Any], named: Sequence[str]) -> None:
        self.repository: str = node["nameWithOwner"]
        branch = node["defaultBranchRef"]
        self.commit: str | None = None if branch is None else branch["target"]["oid"]
        self.tree = node["object"]
        blobs = [node[f"object_{place}"] for place in range(len(_CONFIGURATIONS) + len(named))]
        self.configurations = {path: blob for path, blob in zip(_CONFIGURATIONS, blobs, strict=False) if blob}
        self.named = dict(zip(named, blobs[len(_CONFIGURATIONS):], strict=True))
        self.recent = node["pullRequests"]


def _overview(github: GitHub, repository: str, named: Sequence[str]) -> _Overview:
    owner, name = repository.split("/")
    asked = [*(f"HEAD:{path}" for path in _CONFIGURATIONS), *(f"HEAD:{path}" for path in named)]
    places = range(len(asked))
    query = "\n".join([
        "query DependencyOverview($owner: String!, $name: String!, "
        + ", ".join(f"$path_{place}: String!" for place in places) + ") {",
        "  rateLimit { cost limit remaining resetAt }",
        "  repository(owner: $owner, name: $name) {",
        "    nameWithOwner",
        "    defaultBranchRef { name target { oid } }",
        '    object(expression: "HEAD:") { ... on Tree { entries { name type size',
        "      object { ... on Tree { entries { name type size } } } } } }",
        *(f"    object_{place}: object(expression: $path_{place}) {{ ... on Blob "
          f"{{ byteSize {'text isTruncated isBinary' if place < len(_CONFIGURATIONS) else ''} }} }}"
          for place in places),
        "    pullRequests(first: 100, orderBy: {field: CREATED_AT, direction: DESC}) {",
        "      pageInfo { hasNextPage endCursor }",
        "      nodes { createdAt author { ...ActorFields } }",
        "    }",
        "  }", "}"])
    answer = github.graphql.run(query, {"owner": owner, "name": name,
                                        **{f"path_{place}": text for place, text in zip(places, asked, strict=True)}})
    try:
        return _Overview(answer["repository"], named)
    except (KeyError, TypeError) as error:
        raise CouldNotMeasure(f"GitHub's answer about {repository} lacks what was asked for "
                              f"({type(error).__name__}); try again later") from error


def _setups(configurations: Mapping[str, Mapping[str, Any]]) -> tuple[BotSetup, ...]:
    """The configuration of each bot: of several files the first, as the bots take it."""
    setups = []
    for paths, read in ((DEPENDABOT_FILES, read_dependabot), (RENOVATE_FILES, read_renovate)):
        path = next((path for path in paths if path in configurations), None)
        if path is not None:
            blob = configurations[path]
            text = blob.get("text")
            setups.append(read(path, text if isinstance(text, str) and not blob.get("isTruncated") else "\0"))
    return tuple(setups)


def _updates(
    github: GitHub, variables: Mapping[str, Any], bots: Sequence[str],
) -> tuple[tuple[Update, ...], list[str]]:
    nodes = reading.open_updates(github.graphql, variables, frozenset(bots))
    if not nodes:
        return (), []
    alerts, note = reading.alerts(github.graphql, variables)
    linked, by_package = reading.severities(alerts)
    return tuple(reading.update(node, linked, by_package) for node in nodes), [] if note is None else [note]


def _locks(github: GitHub, found: _Overview, wanted: Sequence[str]) -> list[LockFile]:
    try:
        files = lock_files.find(found.tree, wanted)
        for path, blob in found.named.items():
            files.append(_named(path, blob))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CouldNotMeasure(f"GitHub's list of the files of {found.repository} lacks what was asked for "
                              f"({type(error).__name__}); try again later") from error
    if not files or found.commit is None:
        return []
    return lock_files.read(github, found.repository, found.commit, list({one.path: one for one in files}.values()))


def _named(path: str, blob: Mapping[str, Any] | None) -> Found:
    shown = quotable(path, limit=200)
    if ecosystem_of(path) is None:
        raise CallerError(f"lock-files: {shown} is not named as a lock file that can be read is (Cargo.lock, uv.lock, "
                          "package-lock.json, *requirements*.txt)")
    if not blob or "byteSize" not in blob:
        raise CallerError(f"lock-files: {shown} is not a file of the default branch")
    return lock_files.Found(path=path, size=int(blob["byteSize"]), named=True)

