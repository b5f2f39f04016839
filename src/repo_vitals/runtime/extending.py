"""The configuration that several repositories share, which theirs name by `extends`: read once, and what it locks."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.config import common
from repo_vitals.config.declare import REPOSITORY
from repo_vitals.config.file import DEFAULT_PATH, parse, quoted
from repo_vitals.config.resolve import resolve
from repo_vitals.errors import CallerError, InputError, RepositoryNotFound, RepoVitalsError
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.runtime.world import World

EXTENDS, LOCKED = "extends", "locked"       # keys at the top of a configuration file
_REF = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,198}[A-Za-z0-9_])?")
_LOCK = re.compile(r"allow|[a-z][a-z-]*\.[a-z][a-z0-9-]*")
_FORM = "owner/repository or owner/repository@ref"
_COST = "cost of the shared configuration"


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What another repository's file says."""

    name: str                   # as it was named: acme/.github, acme/.github@v2
    text: str
    tables: Mapping[str, Any]
    locked: frozenset[str]      # `run.window`, and `allow` for the allowlist

    def table(self, name: str) -> Mapping[str, Any]:
        """One of its tables; empty where there is none."""
        found = self.tables.get(name)
        return found if isinstance(found, dict) else {}


def parse_extends(value: Any) -> tuple[str, str | None]:
    """The repository and the ref that a file extends. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"needs a string, {_FORM}")
    name, at, ref = value.strip().partition("@")
    try:
        repository = REPOSITORY.parse(name)
    except ValueError:
        repository = None
    if repository is None or (at and _REF.fullmatch(ref) is None):
        raise ValueError(f"{quoted(value)} is not {_FORM}")
    return repository, ref or None


def parse_locked(value: Any) -> frozenset[str]:
    """The keys that a file locks. Raises ValueError."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError('needs an array of keys such as "run.fail-on"')
    for one in value:
        if _LOCK.fullmatch(one) is None:
            raise ValueError(f'holds {quoted(one)}, which is not like "run.fail-on", nor "allow"')
    return frozenset(value)


def shared_configuration(value: Any, options: Mapping[str, str], world: World, *, place: str) -> Shared:
    """The file that `extends = value` names; asked for once in a process. `place` is whose value it is, for messages.

    The run's token goes to the API of GitHub, as with every request, and to nobody else. Raises InputError for a value
    that names no repository and for a file that can't be used, other kinds of CallerError where it is missing or
    refused, CouldNotMeasure where GitHub does not answer.
    """
    try:
        repository, ref = parse_extends(value)
    except ValueError as error:
        raise InputError(f"config: {place}: {EXTENDS} {error}") from None
    name = f"{repository}@{ref}" if ref else repository
    key = f"{EXTENDS} {name.lower()}"
    if key not in world.kept:
        try:
            world.kept[key] = _read(name, repository, ref, options, world)
        except RepositoryNotFound as error:
            raise RepositoryNotFound(
                f'config: {place}: {EXTENDS} = "{name}": {error}. A workflow\'s own token reads public repositories '
                "and its own; for another, give token one that may read it") from None
        except RepoVitalsError as error:
            raise type(error)(f'config: {place}: {EXTENDS} = "{name}": {error}') from None
    found: Shared = world.kept[key]
    return found


def claimed_cost(world: World) -> Cost:
    """What reading the shared file cost, for the first report that counts it; nothing from then on."""
    found: Cost = world.kept.pop(_COST, Cost())
    return found


def added(cost: Cost, other: Cost) -> Cost:
    """Both together, with the time of the first."""
    return Cost(requests=cost.requests + other.requests, graphql_points=cost.graphql_points + other.graphql_points,
                not_modified=cost.not_modified + other.not_modified, retries=cost.retries + other.retries,
                seconds=cost.seconds)


def _read(name: str, repository: str, ref: str | None, options: Mapping[str, str], world: World) -> Shared:
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.pipeline import connection
    from repo_vitals.sources.file_text import file_text

    inputs = (common.TOKEN, common.MAX_WAIT)
    given = {declared.name: options[declared.name] for declared in inputs if declared.name in options}
    values = resolve(inputs, options=given, environ=world.environ, table={}, command=EXTENDS, config_path=DEFAULT_PATH)
    path = DEFAULT_PATH.as_posix()
    github = connection(values, world, ActionsEnvironment(world.environ, world.stdout, world.stderr))
    try:
        text = file_text(github, repository, path, ref=ref)
    finally:
        world.kept[_COST] = added(world.kept.get(_COST, Cost()), github.cost)
        github.close()
    if text is None:
        where = f"at {ref}" if ref else "on its default branch"
        raise CallerError(f"there is no {path} {where}; put one there, or take {EXTENDS} out")
    tables = parse(text, path)
    if EXTENDS in tables:
        raise InputError(f"its {path} extends another one, which a shared configuration may not")
    try:
        locked = parse_locked(tables.pop(LOCKED, []))
    except ValueError as error:
        raise InputError(f"its {path}: {LOCKED} {error}") from None
    return Shared(name=name, text=text, tables=tables, locked=locked)
