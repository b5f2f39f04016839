"""Every value that the commands of a configuration file would work with, where it comes from, and every mistake."""
from __future__ import annotations

from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import now
from repo_vitals.config import common
from repo_vitals.config.allowlist import read_all
from repo_vitals.config.declare import Values
from repo_vitals.config.file import closest, quoted
from repo_vitals.config.resolve import Given, given, in_files, key_mistakes, read
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line
from repo_vitals.registry import concerns, monitors
from repo_vitals.runtime.configuration import ALLOWLIST, RUN, Configuration, configuration
from repo_vitals.runtime.paths import confine
from repo_vitals.runtime.pipeline import load_monitor
from repo_vitals.runtime.publishing import check_paths, clashes
from repo_vitals.runtime.run_all import ALERTS, INPUTS, MONITORS, REPORTS, handed_on
from repo_vitals.runtime.start import check_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Input
    from repo_vitals.runtime.world import World

_LONGEST = 100      # characters of a value that is shown
_WIDEST = 40        # columns that shorter values are given, so that the origins stand below one another


@dataclass(frozen=True, kw_only=True)
class Told:
    """One input: its name, its value as a person would write it, and where it was given, in words."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class Explained:
    """What a configuration comes to."""

    place: str                              # of the file
    tables: int                             # in it; those of [[allow]] are one
    commands: Mapping[str, Sequence[Told]]  # in the order of the registry, `run` first
    allowed: str                            # what [[allow]] holds, in words; empty for nothing
    mistakes: Sequence[str]                 # a line each, none twice


def explain(options: Mapping[str, str], world: World) -> Explained:
    """What `run` would work with, given these options of it. Raises InputError for a file that can't be read.

    Explained are `run`, the monitors that it would run, and whatever else the file has a table for. Nobody is asked
    but for the shared file that the own one extends; raises what that raises.
    """
    found = configuration(options, world)
    asking = _Asking(found=found, options=options, world=world)
    allowed = asking.allowlist()
    asking.mistakes += found.mistakes()
    asking.command(RUN, INPUTS, options, {}, world, in_run=False)
    run = {*asking.chosen(), *({ALERTS} & set(found.tables))}
    for command in concerns():
        if command.name not in run and command.name not in found.tables:
            continue
        monitor = load_monitor(command.name)
        own, shared, around = handed_on(monitor, options, asking.table(RUN), world)
        if command.name in run:
            asking.monitor(monitor, own, shared, around, in_run=True)
        else:
            asking.monitor(monitor, {}, {}, around, in_run=False)
    asking.clashes(name for name in (command.name for command in concerns()) if name in run)
    asking.locks()
    return Explained(place=asking.place, tables=len(found.tables), commands=asking.commands, allowed=allowed,
                     mistakes=tuple(dict.fromkeys(asking.mistakes)))


def lines(explained: Explained) -> Iterator[str]:
    """The explanation as text, a line each, free of what a terminal or a runner would obey."""
    for command, told in explained.commands.items():
        yield f"[{command}]"
        first = max(len(one.name) for one in told)
        second = min(max(len(one.value) for one in told), _WIDEST)
        for one in told:
            yield f"  {one.name.ljust(first)}  {one.value.ljust(second)}  {one.origin}"
        yield ""
    if explained.allowed:
        yield f"[[{ALLOWLIST}]]: {explained.allowed}"
        yield ""
    yield f"{explained.place}: {_counted(explained.tables, 'table')}, no mistakes"


@dataclass(kw_only=True)
class _Asking:
    """The file, and what was found out so far."""

    found: Configuration
    options: Mapping[str, str]
    world: World
    commands: dict[str, list[Told]] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)     # of each command those that can be read
    mistakes: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The file as a person knows it."""
        path = self.found.path
        inside = path.is_relative_to(self.world.folder)
        return one_line(str(path.relative_to(self.world.folder) if inside else path), limit=300)

    def table(self, name: str) -> Mapping[str, Any]:
        """A table of the file; empty where there is none, or something else."""
        table = self.found.tables.get(name)
        return table if isinstance(table, dict) else {}

    def allowlist(self) -> str:
        """What [[allow]] holds, in words; its mistakes are kept."""
        if ALLOWLIST not in self.found.tables:
            return ""
        allowed, mistakes = read_all(self.found.tables[ALLOWLIST])
        self.mistakes += map(self.found.allowlist_mistake, mistakes)
        expired = sum(one.expired(now(self.world.environ)) for one in allowed)
        return _counted(len(allowed), "table") + (f", {expired} of them expired" if expired else "")

    def chosen(self) -> set[str]:
        """The monitors that `run` would run; a name that is none is a mistake."""
        known = [command.name for command in monitors()]
        named: tuple[str, ...] = self.values[RUN].or_default(MONITORS)
        self.mistakes += [f"monitors: {quoted(name)} is not a monitor{closest(name, known)}"
                          for name in named if name not in known]
        return {name for name in known if name in named} or {name for name in known if name in self.found.tables} or {
            name for name in known if not load_monitor(name).needs}

    def monitor(self, monitor: Monitor[Any], options: Mapping[str, str], shared: Mapping[str, Any], world: World, *,
                in_run: bool) -> None:
        """Explain one command, and hold its values to one another."""
        name = monitor.name
        if ALLOWLIST in self.table(name):
            self.mistakes.append(f"config: {self.found.place(name, ALLOWLIST)}: [{name}] {ALLOWLIST} stands by itself; "
                                 f"write [[{ALLOWLIST}]]")
        self.command(name, monitor.inputs, options, shared, world, in_run=in_run)
        values = self.values[name]
        rules: tuple[str, ...] = values.or_default(common.RULES)
        self._rules(rules, name)
        self.mistakes += [f"config: {self.found.place(name, '')}: [{name}] lacks {needed.name}, which {name} needs"
                          for needed in monitor.needs
                          if in_run and needed.name in values and values[needed] == needed.default]
        whole = _filled(values, monitor)
        self._tried(lambda: check_paths(monitor, whole, world), name)
        self._tried(lambda: check_baseline(whole), name)

    def command(self, name: str, inputs: Sequence[Input[Any]], options: Mapping[str, str], shared: Mapping[str, Any],
                world: World, *, in_run: bool) -> None:
        """Keep every input of a command with its value and origin, or what is wrong with it."""
        own = {key: value for key, value in self.table(name).items() if key != ALLOWLIST}
        mistakes = key_mistakes(own, inputs, command=name, place=partial(self.found.place, name))
        known = {declared.name for declared in inputs if in_files(declared)}
        table = {key: value for key, value in {**shared, **own}.items() if key in known}
        told: list[Told] = []
        values: dict[str, Any] = {}
        origins: dict[str, str] = {}
        for declared in inputs:
            if declared.name == ALLOWLIST and ALLOWLIST in self.found.tables:
                table[ALLOWLIST] = self.found.tables[ALLOWLIST]
            source = given(declared, options=options, environ=world.environ, table=table)
            of = name if declared.name in own else RUN
            try:
                value = read(declared, source, partial(self.found.place, of), of)
            except InputError as error:
                # What is wrong with the allowlist was told for all.
                if declared.name != ALLOWLIST or source.origin != "configuration":
                    mistakes.append(str(error))
                continue
            values[declared.name], origins[declared.name] = value, source.origin
            told.append(Told(name=declared.name, value=shown(declared, value, source, command=name),
                             origin=self._origin(declared, source, of)
                             + self._lock(name, declared, source, of, in_run=in_run)))
        self.commands[name] = told
        self.mistakes += mistakes
        self.values[name] = Values(values, origins)
        self.mistakes += self.found.broken_locks(name, inputs, self.values[name], options=options,
                                                 environ=world.environ, in_run=in_run)
        if name == RUN and REPORTS.name in values:
            self._tried(lambda: confine(REPORTS, self.values[RUN], world), name)

    def _origin(self, declared: Input[Any], source: Given, of: str) -> str:
        if source.origin == "configuration":
            table = f"[[{ALLOWLIST}]]" if declared.name == ALLOWLIST else f"[{of}]"
            shared = self.found.files(of).get(declared.name)
            return f"{table} of {shared}" if shared else f"{self.place} {table}"
        return {"option": f"option {source.name}", "environment": f"environment {source.name}",
                "default": "default"}[source.origin]

    def _lock(self, name: str, declared: Input[Any], source: Given, of: str, *, in_run: bool) -> str:
        """What is said of a lock behind an origin."""
        if self.found.shared is None or not self.found.locked(name, declared, in_run=in_run):
            return ""
        is_theirs = source.origin == "configuration" and declared.name in self.found.files(of)
        return ", locked" if is_theirs else f", locked by {self.found.shared.name}"

    def locks(self) -> None:
        """Keep a line for each lock on what is no input of its command."""
        for name in sorted(self.found.lockers):
            self.mistakes += self.found.unknown_locks(name, INPUTS if name == RUN else load_monitor(name).inputs)

    def _tried(self, check: Callable[[], None], name: str) -> None:
        try:
            check()
        except InputError as error:
            self.mistakes.append(f"[{name}] {error}")

    def clashes(self, names: Iterable[str]) -> None:
        """Commands of one run that would write to one place."""
        folder = self.values[RUN].or_default(REPORTS)
        every = []
        for name in names:
            monitor = load_monitor(name)
            whole = _filled(self.values[name], monitor)
            every.append((monitor, whole.replaced({common.REPORT: f"{folder.rstrip('/')}/{name}"} if folder else {})))
        self.mistakes += [f"[{name}] {error}" for name, error in clashes(every, self.world).items()]

    def _rules(self, rules: Sequence[str], name: str) -> None:
        """Every rule that can't be used; each is tried alone only where not all can be used together."""
        if not rules:
            return
        first = _mistake_in(rules)
        if first:
            each = [_mistake_in([*[""] * number, rule]) for number, rule in enumerate(rules)]
            self.mistakes += [f"[{name}] {mistake}" for mistake in filter(None, each if any(each) else [first])]


def _filled(values: Values, monitor: Monitor[Any]) -> Values:
    """With defaults for what can't be read, which has no part in what comes of the others."""
    return values.replaced({declared: declared.default for declared in monitor.inputs if declared.name not in values},
                           origin="default")


def _mistake_in(rules: Sequence[str]) -> str:
    """What is wrong with the first rule that can't be used; empty where all can."""
    from repo_vitals.report.rules import parse_rules

    try:
        parse_rules(rules)
    except InputError as error:
        return str(error)
    return ""


def shown(declared: Input[Any], value: Any, source: Given, *, command: str) -> str:
    """A value on one line, as a person would write it; of a secret only whether there is one."""
    if declared.secret:
        return "given" if source.origin != "default" else "not given"
    if source.origin == "default":
        return one_line((declared.shown_default or "none").replace("<command>", command), limit=_LONGEST)
    text = one_line("; ".join(declared.kind.show(value).splitlines()), limit=_LONGEST)
    if not text and isinstance(value, tuple):
        return _counted(len(value), "table")
    return text or ("none" if value in (None, "") else "given")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
