"""The configuration in use: the repository's own file, and the shared one that it extends."""
from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from repo_vitals.config import common
from repo_vitals.config.file import DEFAULT_PATH, load, table_for, table_mistakes
from repo_vitals.config.resolve import given, in_files, read, resolve
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line
from repo_vitals.registry import concerns
from repo_vitals.runtime.extending import EXTENDS, LOCKED, Shared, parse_locked, shared_configuration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Input, Values
    from repo_vitals.runtime.world import World

RUN = "run"     # the command that runs every monitor, and its table in the configuration
ALLOWLIST = "allow"     # the tables of the configuration that every monitor shares, and the input that they are


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The tables in use. The shared file's stand in, key by key, for what the own one lacks."""

    path: Path                      # of the own file, which need not be there
    own: Mapping[str, Any]
    shared: Shared | None = None

    @cached_property
    def tables(self) -> Mapping[str, Any]:
        """The tables of both."""
        theirs = {} if self.shared is None else self.shared.tables
        return {name: {**theirs[name], **self.own[name]}
                if isinstance(theirs.get(name), dict) and isinstance(self.own.get(name), dict)
                else self.own.get(name, theirs.get(name)) for name in (*theirs, *self.own)}

    def mistakes(self) -> Iterator[str]:
        """A line for each name at the top of either file that is no command's table."""
        yield from table_mistakes(_without_lists(self.own), path=self.path, commands=table_names())
        if self.shared is not None:
            yield from table_mistakes(_without_lists(self.shared.tables), path=self.shared.name, commands=table_names())

    def table(self, command: str) -> Mapping[str, Any]:
        """The `[<command>]` table; raises InputError where any table belongs to no command."""
        for mistake in self.mistakes():
            raise InputError(mistake)
        return table_for(command, _without_lists(self.tables), path=self.path, commands=table_names())

    def files(self, command: str) -> Mapping[str, str]:
        """The keys of a command's table that only the shared file gives, with its name."""
        if self.shared is None:
            return {}
        own = self.own.get(command)
        keys = set(self.shared.table(command)) - set(own if isinstance(own, dict) else ())
        if ALLOWLIST in self.shared.tables and ALLOWLIST not in self.own:
            keys.add(ALLOWLIST)
        return dict.fromkeys(keys, self.shared.name)

    def allowlist(self) -> Any:
        """The `[[allow]]` tables, which belong to no one monitor; raises InputError where one is wrong."""
        if ALLOWLIST not in self.tables:
            return None
        from repo_vitals.config.allowlist import read as read_tables

        try:
            read_tables(self.tables[ALLOWLIST])
        except ValueError as error:
            raise InputError(f"config: {self.place_of_allowlist}: [[{ALLOWLIST}]] {error}") from None
        return self.tables[ALLOWLIST]

    @property
    def place_of_allowlist(self) -> Path | str:
        """The file that the allowlist stands in."""
        return self.path if ALLOWLIST in self.own or self.shared is None else self.shared.name

    def locked(self, command: str, declared: Input[Any], *, in_run: bool) -> bool:
        """Whether the shared file locks an input; `in_run`: a lock on a key of [run] holds for its monitors too."""
        if self.shared is None or not in_files(declared):
            return False
        if declared.name == ALLOWLIST:
            return ALLOWLIST in self.shared.locked
        return f"{command}.{declared.name}" in self.shared.locked or (
            in_run and declared.name in _handed_on() and f"{RUN}.{declared.name}" in self.shared.locked)

    def broken_locks(self, command: str, inputs: Sequence[Input[Any]], values: Values, *, options: Mapping[str, str],
                     environ: Mapping[str, str], in_run: bool) -> Iterator[str]:
        """A line for each locked input of a command whose value is another than the shared file's.

        `in_run`: the command is a monitor of a run, in which keys of [run] stand in for those that its table lacks.
        """
        if self.shared is None:
            return
        common_keys = _handed_on() if in_run else ()
        theirs = {**{key: value for key, value in self.shared.table(RUN).items() if key in common_keys},
                  **self.shared.table(command)}
        if ALLOWLIST in self.shared.tables:
            theirs[ALLOWLIST] = self.shared.tables[ALLOWLIST]
        for declared in inputs:
            if not self.locked(command, declared, in_run=in_run) or declared.name not in values:
                continue
            wanted = read(declared, given(declared, options={}, environ={}, table=theirs),
                          f"{self.shared.name}: [{command}] {declared.name}")
            if values[declared] != wanted:
                source = given(declared, options=options, environ=environ, table={})
                yield (f"config: {source.name or self.path}: {command}.{declared.name} is locked by {self.shared.name}"
                       f"{_at(declared, wanted)}; leave it out")

    def unknown_locks(self, command: str, inputs: Sequence[Input[Any]]) -> Iterator[str]:
        """A line for each lock on an input that a command does not have."""
        known = {f"{command}.{declared.name}" for declared in inputs if in_files(declared)}
        for lock in sorted(self.shared.locked if self.shared is not None else ()):
            if lock.startswith(f"{command}.") and lock not in known:
                yield f'config: {self.shared.name if self.shared else ""}: {LOCKED} holds "{lock}", which is no input'


def _handed_on() -> Collection[str]:
    """The keys of [run] that go for every monitor."""
    from repo_vitals.runtime.run_all import HANDED_ON

    return {declared.name for declared in HANDED_ON}


def _at(declared: Input[Any], value: Any) -> str:
    """The value that is locked, where it can be told in a few words."""
    if value is None or value == declared.default:
        return f" at its default{f', {declared.shown_default}' if declared.shown_default else ''}"
    shown = one_line(declared.kind.show(value), limit=60)
    return f" at {shown}" if shown else ""


def _without_lists(tables: Mapping[str, Any]) -> dict[str, Any]:
    return {name: table for name, table in tables.items() if name != ALLOWLIST}


def table_names() -> list[str]:
    """The names that may stand at the top of a configuration file."""
    return [*(command.name for command in concerns()), RUN, ALLOWLIST]


def configuration(options: Mapping[str, str], world: World) -> Configuration:
    """The file that option or environment name, else the one in its usual place, which need not be there.

    The shared file that it extends is read over the API of GitHub, once in a process. Raises what that raises.
    """
    values = resolve((common.CONFIG,), options={name: text for name, text in options.items()
                                                if name == common.CONFIG.name},
                     environ=world.environ, table={}, command=RUN, config_path=DEFAULT_PATH)
    path = world.path(values[common.CONFIG] or str(DEFAULT_PATH))
    tables = load(path, named=bool(values[common.CONFIG]))
    place = one_line(str(path), limit=300)
    try:
        # The file of a shared configuration is that repository's own one too.
        parse_locked(tables.pop(LOCKED, []))
    except ValueError as error:
        raise InputError(f"config: {place}: {LOCKED} {error}") from None
    if EXTENDS not in tables:
        return Configuration(path=path, own=tables)
    shared = shared_configuration(tables.pop(EXTENDS), options, world, place=place)
    return Configuration(path=path, own=tables, shared=shared)


def resolve_inputs(
    monitor: Monitor[Any], options: Mapping[str, str], world: World, shared: Mapping[str, Any] | None = None,
) -> Values:
    """The monitor's inputs from options, environment and configuration.

    `shared` holds TOML values that stand in for keys which the monitor's own table lacks.
    """
    found = configuration(options, world)
    table = {**(shared or {}), **found.table(monitor.name)}
    if ALLOWLIST in table:
        raise InputError(f"config: {found.path}: [{monitor.name}] {ALLOWLIST} stands by itself; write [[{ALLOWLIST}]]")
    allowlist = found.allowlist()
    if allowlist is not None and any(declared.name == ALLOWLIST for declared in monitor.inputs):
        table[ALLOWLIST] = allowlist
    return held(found, monitor.name, monitor.inputs, options, world, table, in_run=shared is not None)


def held(
    found: Configuration, command: str, inputs: Sequence[Input[Any]], options: Mapping[str, str], world: World,
    table: Mapping[str, Any], *, in_run: bool = False,
) -> Values:
    """A command's inputs, held to what the shared file locks. Raises InputError."""
    values = resolve(inputs, options=options, environ=world.environ, table=table, command=command,
                     config_path=found.path, files=found.files(command))
    for mistake in (*found.unknown_locks(command, inputs),
                    *found.broken_locks(command, inputs, values, options=options, environ=world.environ,
                                        in_run=in_run)):
        raise InputError(mistake)
    return values
