"""`performance-compare ab`: two versions run in turn, in random order, in one job, and which is slower."""
from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from repo_vitals import plain_text
from repo_vitals.clock import in_words, now
from repo_vitals.concerns.performance_compare.facts import Result
from repo_vitals.concerns.performance_compare.inputs import ERROR, TOLERANCE
from repo_vitals.concerns.performance_compare.pairs import Pair, judged, orders, table, written
from repo_vitals.config.common import FAIL_ON
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.errors import CallerError, InputError, RepoVitalsError
from repo_vitals.plain_text import quotable
from repo_vitals.runtime.ab_inputs import (
    FEWEST_PAIRS,
    FOLDER_A,
    FOLDER_B,
    INPUTS,
    LOGS,
    MOST_PAIRS,
    OUTPUT,
    PAIRS,
    REPORTS_A,
    REPORTS_B,
    SEED,
    TIME_LIMIT,
    WARM_UP,
    A,
    B,
)
from repo_vitals.sources.machine import this_machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from repo_vitals.concerns.performance_compare.comparing import Compared
    from repo_vitals.concerns.performance_compare.pairs import Order, Side
    from repo_vitals.config.declare import Values
    from repo_vitals.runtime.ab_reports import Reports
    from repo_vitals.runtime.world import World
    from repo_vitals.sources.timed_commands import Bash

_COMMAND = "performance-compare ab"
_MOST_NAMED = 200               # doubtful benchmarks that a command is told
_LONGEST_NAMES = 30_000         # bytes of them: Windows takes 32,767 characters of a variable, Linux 131,072 bytes
DOUBTFUL = "REPO_VITALS_BENCHMARKS"


class _Stopped(BaseException):
    """The process was told to end; its status as a shell says it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _OutOfTime(Exception):
    """The time limit is over."""


def main(arguments: Sequence[str], world: World) -> int:
    """Run the pairs, write them down, print the verdicts. Raises what ends it."""
    if arguments and arguments[0] in ("--help", "-h"):
        from repo_vitals.runtime.help_text import inputs_help

        world.stdout.write(inputs_help(_COMMAND, "Run two versions in turn, in random order, and say which is slower.",
                                       INPUTS).partition("\nEach may also be")[0] + "\nEach may also be the environment"
                           " variable INPUT_<NAME>; options win over it.\n")
        return 0
    values = resolve(INPUTS, options=read_options(arguments, INPUTS, command=_COMMAND), environ=world.environ, table={},
                     command=_COMMAND, config_path=world.folder)
    from repo_vitals.delivery.files import remove_older

    given = values[OUTPUT]
    output = world.path(given) if given else world.reports_folder / "ab.json"
    # However this ends: who reads the file next must not find pairs of another time.
    remove_older(output, named_by=OUTPUT.name)
    turns = _Turns.of(values, world)
    status, failure = 0, None
    with _stoppable():
        try:
            planned = orders(_most(values), turns.random)
            turns.run(planned[:values[PAIRS]], values[WARM_UP])
            if turns.looks > 1 and turns.doubtful():
                turns.run(planned[values[PAIRS]:], warm_up=False)
        except _OutOfTime:
            turns.say(f"the time limit of {in_words(values[TIME_LIMIT])} is over after {len(turns.pairs):,} pairs")
        except _Stopped as stopped:
            status = stopped.status
            turns.say(f"stopped after {len(turns.pairs):,} pairs, which are kept")
        except RepoVitalsError as error:
            failure = error
            if turns.pairs:
                turns.say(f"{len(turns.pairs):,} pairs were whole before that, which are kept")
    return _end(turns, values, world, output, status, failure)


def _most(values: Values) -> int:
    return max(values[MOST_PAIRS] or 2 * values[PAIRS], values[PAIRS])


def _end(turns: _Turns, values: Values, world: World, output: Path, status: int, failure: RepoVitalsError | None,
         ) -> int:
    from repo_vitals.delivery.files import write_aside

    if turns.pairs:
        write_aside(output, written(turns.pairs, seed=turns.seed, machine=this_machine(world.environ),
                                    at=now(world.environ), looks=turns.looks), named_by=OUTPUT.name)
        turns.say(f"{len(turns.pairs):,} pairs are in {quotable(str(output), limit=300)} (seed {turns.seed})")
    if len(turns.pairs) < FEWEST_PAIRS:
        if failure is not None:
            raise failure
        if status:
            return status
        raise CallerError(f"{_COMMAND}: {len(turns.pairs):,} pairs are too few for a verdict ({FEWEST_PAIRS} at "
                          "least); raise `time-limit`, or let the commands do less")
    found = turns.judge()
    world.stdout.write("".join(f"{line}\n" for line in table(found)))
    if failure is not None:
        raise failure
    if not status and not any(all(row.runs) for row in found.rows):
        raise CallerError(f"{_COMMAND}: the two versions have no benchmark in common, so that nothing was compared")
    regressed = any(row.verdict == "regressed" for row in found.rows)
    return status or int(regressed and values[FAIL_ON] != "never")


@dataclass(kw_only=True)
class _Version:
    """One of the two."""

    command: str
    folder: Path
    reports: Reports | None         # None: the command itself is measured


@dataclass(kw_only=True)
class _Turns:
    """The pairs, one after the other."""

    world: World
    versions: Mapping[Side, _Version]
    bash: Bash
    logs: Path
    seed: int
    random: Random
    limit: float                                        # seconds
    tolerance: float
    error: float
    looks: int                                          # how often the pairs are judged at most
    begun: float
    pairs: list[Pair] = field(default_factory=list)
    _names: tuple[str, ...] = ()                        # doubtful benchmarks, once that is known
    _noted: dict[Side, set[str]] = field(default_factory=lambda: {"a": set(), "b": set()})

    @classmethod
    def of(cls, values: Values, world: World) -> _Turns:
        from repo_vitals.runtime.ab_reports import Reports
        from repo_vitals.sources.timed_commands import Bash

        if not values[A]:
            raise InputError("a: none given; name the command that measures the version to compare with")
        seed = values[SEED]
        if seed is not None and not (seed.isascii() and seed.isdigit() and len(seed) <= 18):
            raise InputError(f'seed: "{quotable(seed, limit=60)}" is no whole number of at most 18 digits')
        def version(side: Side, command: str, folder: Path, patterns: tuple[str, ...]) -> _Version:
            return _Version(command=command, folder=folder, reports=None if not patterns else Reports(
                patterns=patterns, folder=folder, named_by=f"reports-{side}"))
        reports_a = values[REPORTS_A].patterns
        versions: dict[Side, _Version] = {
            "a": version("a", values[A], world.path(values[FOLDER_A]), reports_a),
            "b": version("b", values[B] or values[A], world.path(values[FOLDER_B]),
                         values[REPORTS_B].patterns or reports_a)}
        if not values[B] and versions["a"].folder.resolve() == versions["b"].folder.resolve():
            raise InputError("b: none given, and `folder-b` is the folder of `a`: nothing would be compared")
        if bool(versions["a"].reports) != bool(versions["b"].reports):
            raise InputError("reports-a: none given, while `reports-b` is")
        for side, one in versions.items():
            if not one.folder.is_dir():
                raise InputError(f'folder-{side}: "{quotable(str(one.folder), limit=300)}" is no folder')
        logs = values[LOGS]
        number = Random().getrandbits(32) if seed is None else int(seed)    # noqa: S311 - an order is no secret
        return cls(world=world, versions=versions, bash=Bash(world.environ), seed=number, random=Random(number),  # noqa: S311
                   logs=world.path(logs) if logs else world.reports_folder / "ab-logs",
                   limit=values[TIME_LIMIT].total_seconds(), tolerance=values[TOLERANCE],
                   error=values[ERROR], looks=2 if _most(values) > values[PAIRS] else 1, begun=time.monotonic())

    def run(self, planned: Sequence[Order], warm_up: bool) -> None:  # noqa: FBT001 - as the input
        """Raises InputError for a command that fails, _OutOfTime."""
        pairs = len(planned)
        if warm_up:
            self._pair(planned[0], "warm-up")
            self.say("warm-up done")
        done: list[float] = []
        for number, order in enumerate(planned, start=1):
            begun = time.monotonic()
            self.pairs.append(self._pair(order, f"pair-{len(self.pairs) + 1:03}"))
            done.append(time.monotonic() - begun)
            left = timedelta(seconds=sum(done) / len(done) * (pairs - number))
            self.say(f"pair {len(self.pairs):,} ({', then '.join(order)}) took {in_words(timedelta(seconds=done[-1]))}"
                     + (f"; about {in_words(left)} left for {pairs - number:,} more" if number < pairs else ""))

    def judge(self) -> Compared:
        """The verdicts so far."""
        return judged(self.pairs, tolerance=self.tolerance, error=self.error, looks=self.looks)

    def doubtful(self) -> bool:
        """Whether more pairs would tell more; from then on the commands are told of which benchmarks."""
        names = [row.key[0] for row in self.judge().rows if row.verdict == "unsure" and row.low is not None]
        self._names = tuple(dict.fromkeys(names))
        if names:
            self.say(f"{len(names):,} benchmarks are unsure after {len(self.pairs):,} pairs")
        return bool(names)

    def say(self, text: str) -> None:
        """A line of progress. Strangers' words in it have to be quotable; the runner obeys none of them."""
        self.world.stderr.write(plain_text.log_line(f"repo-vitals: {text}") + "\n")
        self.world.stderr.flush()

    def _pair(self, order: Order, name: str) -> Pair:
        found = {side: self._side(side, name) for side in order}
        return Pair(order=order, a=found["a"], b=found["b"])

    def _side(self, side: Side, name: str) -> tuple[Result, ...]:
        version, log = self.versions[side], self.logs / f"{name}-{side}.log"
        left = self.limit - (time.monotonic() - self.begun)
        if left <= 0:
            raise _OutOfTime
        before = {} if version.reports is None else version.reports.before()
        ended = self.bash.run(version.command, folder=version.folder, log=log, longest=left, extra=told(self._names))
        if ended.timed_out:
            raise _OutOfTime
        if ended.status:
            self._show(log)
            raise InputError(f"{side}: the command ended with status {ended.status} in {name}; its output is in "
                             f"{quotable(str(log), limit=300)}")
        if version.reports is not None:
            results, failed = version.reports.read(before)
            for benchmark in sorted(failed - self._noted[side]):
                self.say(f"{quotable(benchmark, limit=100)} gave no value in {side}")
            self._noted[side] |= failed
            return results
        found = [Result(name="wall time", unit="seconds", better="lower", samples=(ended.seconds,))]
        if ended.peak_memory is not None:
            found.append(Result(name="peak memory", unit="bytes", better="lower", measures="peak_memory",
                                samples=(ended.peak_memory,)))
        return tuple(found)

    def _show(self, log: Path) -> None:
        from repo_vitals.sources.timed_commands import last_lines

        for line in last_lines(log):
            for part in plain_text.lines(line):
                self.world.stderr.write(f"  | {plain_text.log_line(plain_text.cut(part, 500))}\n")


def told(names: Sequence[str]) -> dict[str, str]:
    """All names for a command's environment, or none where it can't hold them all: a command then runs everything."""
    text = "\n".join(names)
    try:
        length = len(os.fsencode(text))
    except UnicodeEncodeError:
        return {}
    if not 0 < len(names) <= _MOST_NAMED or length > _LONGEST_NAMES or any("\n" in name or "\0" in name
                                                                           for name in names):
        return {}
    return {DOUBTFUL: text}


@contextlib.contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a terminal that is closed raise _Stopped; whatever runs then is killed on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        raise _Stopped(128 + number)
    numbers = [signal.SIGINT, signal.SIGTERM]
    # Under nohup a closed terminal is to be outlived. Windows has no such signal.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
