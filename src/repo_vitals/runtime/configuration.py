"""The configuration in use: the repository's own file, and the shared one that it extends."""
from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from repo_vitals.config import common
from repo_vitals.config.file import DEFAULT_PATH, closest, lines_of, list_lines_of, load, table_mistakes
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
    from repo_vitals.config.allowlist import Mistake
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
    own_locks: frozenset[str] = frozenset()     # for those that extend the own file

    @cached_property
    def tables(self) -> Mapping[str, Any]:
        """The tables of both."""
        theirs = {} if self.shared is None else self.shared.tables
        return {name: {**theirs[name], **self.own[name]}
                if isinstance(theirs.get(name), dict) and isinstance(self.own.get(name), dict)
                else self.own.get(name, theirs.get(name)) for name in (*theirs, *self.own)}

    def mistakes(self) -> Iterator[str]:
        """A line for each name at the top of either file, or in its locks, that is no command's table."""
        yield from table_mistakes(_without_lists(self.own), place=lambda name: self.place(name, ""),
                                  commands=table_names())
        yield from _locks_on_no_table(self.own_locks, self.path)
        if self.shared is not None:
            name, lines = self.shared.name, self._shared_lines
            yield from table_mistakes(_without_lists(self.shared.tables), commands=table_names(),
                                      place=lambda table: _with_line(name, lines, table, ""))
            yield from _locks_on_no_table(self.shared.locked, self.shared.name)

    def table(self, command: str) -> Mapping[str, Any]:
        """The `[<command>]` table; raises InputError where any table belongs to no command."""
        for mistake in self.mistakes():
            raise InputError(mistake)
        found: Mapping[str, Any] = self.tables.get(command, {})
        return found

    def files(self, command: str) -> Mapping[str, str]:
        """The keys of a command's table that only the shared file gives, with its name."""
        if self.shared is None:
            return {}
        own = self.own.get(command)
        keys = set(self.shared.table(command)) - set(own if isinstance(own, dict) else ())
        if ALLOWLIST in self.shared.tables and ALLOWLIST not in self.own:
            keys.add(ALLOWLIST)
        return dict.fromkeys(keys, self.shared.name)

    def place(self, command: str, key: str) -> str:
        """The file and the line of a key of a command's table, or of [run] where that has none; of the table, with an
        empty key. For messages, so that the lines are found only then."""
        if key in self.files(command):
            return _with_line(self.shared.name if self.shared else "", self._shared_lines, command, key)
        return _with_line(str(self.path), lines_of(self.path), command, key)

    @cached_property
    def _shared_lines(self) -> Mapping[tuple[str, str], int]:
        from repo_vitals.config.lines import key_lines

        return {} if self.shared is None else key_lines(self.shared.text)

    def allowlist(self) -> Any:
        """The `[[allow]]` tables, which belong to no one monitor; raises InputError where one is wrong."""
        if ALLOWLIST not in self.tables:
            return None
        from repo_vitals.config import allowlist

        try:
            allowlist.read(self.tables[ALLOWLIST])
        except allowlist.Mistake as error:
            raise InputError(self.allowlist_mistake(error)) from None
        return self.tables[ALLOWLIST]

    def allowlist_mistake(self, mistake: Mistake) -> str:
        """What is wrong with the allowlist, with the file that it stands in and the line."""
        from repo_vitals.config.lines import list_lines

        if ALLOWLIST in self.own or self.shared is None:
            name, lines, tables = str(self.path), lines_of(self.path), list_lines_of(self.path, ALLOWLIST)
        else:
            name, lines = self.shared.name, self._shared_lines
            tables = list_lines(self.shared.text, ALLOWLIST)
        table = tables[mistake.number - 1] if 0 < mistake.number <= len(tables) else {}
        line = table.get(mistake.key) or table.get("") or lines.get((ALLOWLIST, ""))
        return f"config: {name if line is None else f'{name}:{line}'}: [[{ALLOWLIST}]] {mistake}"

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
                          lambda key: _with_line(self.shared.name if self.shared else "", self._shared_lines, command,
                                                 key), command)
            if values[declared] != wanted:
                source = given(declared, options=options, environ=environ, table={})
                where = source.name or self.place(command, declared.name)
                yield (f"config: {where}: {command}.{declared.name} is locked by {self.shared.name}"
                       f"{_at(declared, wanted)}; leave it out")

    def unknown_locks(self, command: str, inputs: Sequence[Input[Any]]) -> Iterator[str]:
        """A line for each lock on an input that a command does not have."""
        known = {f"{command}.{declared.name}" for declared in inputs if in_files(declared)}
        theirs = [(self.shared.name, self.shared.locked)] if self.shared is not None else []
        for place, locks in [(self.path, self.own_locks), *theirs]:
            for lock in sorted(locks - known):
                if lock.startswith(f"{command}."):
                    yield f'config: {place}: {LOCKED} holds "{lock}", which is no input{closest(lock, known)}'

    @property
    def lockers(self) -> set[str]:
        """The commands of which either file locks inputs; what is no command is among the mistakes."""
        locks = self.own_locks | (frozenset() if self.shared is None else self.shared.locked)
        return {lock.partition(".")[0] for lock in locks} & {*table_names()} - {ALLOWLIST}


def _with_line(file: str, lines: Mapping[tuple[str, str], int], command: str, key: str) -> str:
    """`file:line`, as editors and terminals open it; the file alone where the key is not found."""
    line = lines.get((command, key)) or lines.get((RUN, key) if key else ("", ""))
    return file if line is None else f"{file}:{line}"


def _locks_on_no_table(locks: frozenset[str], place: Path | str) -> Iterator[str]:
    """A line for each name in locks that is no command's table: it would lock nothing."""
    # The allowlist has no keys: it is locked as a whole.
    names = {lock if lock.startswith(f"{ALLOWLIST}.") else lock.partition(".")[0] for lock in locks}
    for name in sorted(names - {*table_names()}):
        yield f'config: {place}: {LOCKED} names "{name}", which is no table{closest(name, table_names())}'


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
        locks = parse_locked(tables.pop(LOCKED, []))
    except ValueError as error:
        raise InputError(f"config: {place}: {LOCKED} {error}") from None
    if EXTENDS not in tables:
        return Configuration(path=path, own=tables, own_locks=locks)
    shared = shared_configuration(tables.pop(EXTENDS), options, world, place=place)
    return Configuration(path=path, own=tables, shared=shared, own_locks=locks)


def resolve_inputs(
    monitor: Monitor[Any], options: Mapping[str, str], world: World, shared: Mapping[str, Any] | None = None,
) -> Values:
    """The monitor's inputs from options, environment and configuration.

    `shared` holds TOML values that stand in for keys which the monitor's own table lacks.
    """
    found = configuration(options, world)
    table = {**(shared or {}), **found.table(monitor.name)}
    if ALLOWLIST in table:
        raise InputError(f"config: {found.place(monitor.name, ALLOWLIST)}: [{monitor.name}] {ALLOWLIST} stands by "
                         f"itself; write [[{ALLOWLIST}]]")
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
                     config_path=found.path, place=partial(found.place, command))
    for mistake in (*found.unknown_locks(command, inputs),
                    *found.broken_locks(command, inputs, values, options=options, environ=world.environ,
                                        in_run=in_run)):
        raise InputError(mistake)
    return values
