"""Results of the default branch's commits, as the history keeps them.

A record for each (suite, commit, kind of machine, set of benchmarks): jobs of a matrix that measure parts of a suite
leave a record each, and whoever reads puts them together again. The same benchmark measured again for the same commit
on the same kind of machine replaces what was there, so that a run that is repeated does not weigh twice.
"""
from __future__ import annotations

import hashlib
import math
import re
from dataclasses import asdict, replace
from statistics import median
from typing import TYPE_CHECKING, Any, get_args

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.performance_compare.facts import MOST_STANDING, Better, Seen
from repo_vitals.frozen import dataclass
from repo_vitals.sources.history_records import Record
from repo_vitals.sources.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.facts import Key, Result
    from repo_vitals.sources.history import History

COMMAND = "performance-compare"
VERSION = 1
MOST_SAMPLES = 8            # of a result that are kept
MOST_VALUES = 20_000        # benchmarks of a run that are kept
MOST_RUNS = 500             # that are read
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What is kept of one benchmark of a run, in the unit of its key."""

    value: float                                # the median of its samples
    spread: float = 0.0                         # their median absolute deviation from it
    count: int = 1                              # how many there were
    samples: tuple[float, ...] = ()             # at most MOST_SAMPLES of them, by rank, evenly spread; all where few
    better: Better = "lower"
    exact: bool = False
    regressed: bool = False                     # said to be slower than its baseline, and nobody accepted it for good
    tolerated: bool = False                     # nor did it fail then, since it was accepted for a time
    # Of how many runs of the commit it is made, each of which gave its median to `samples`; of one run its samples are
    # there. None: a record that does not say so.
    runs: int | None = 1
    seen: Seen | None = None                    # the regression that stood after this run


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one commit's suite said on one kind of machine."""

    commit: str
    at: datetime                                # when it was measured; of what `together` gives, when it was first
    suite: str
    machine: Machine
    values: Mapping[Key, Kept]
    committed_at: datetime | None = None        # as the committer's clock said
    first_at: datetime | None = None            # when it was measured first, where this is not the first time
    # What was measured in one step each, where that were several: jobs of a matrix. Else nothing, and all was.
    parts: tuple[frozenset[Key], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A change that somebody accepted for good: from `commit` on a new level is what runs are held to."""

    commit: str
    at: datetime
    key: Key | None = None                      # one benchmark's, or the whole suite's
    reason: str = ""                            # a stranger's text


class Memory:
    """What the history knows of a repository's runs. `notes` say what of it can't be used."""

    def __init__(self, history: History, repository: str) -> None:
        self._history = history
        self._repository = repository
        self._read: dict[str, tuple[list[Run], list[Accepted]]] = {}
        self.notes: list[str] = []

    def runs(self, suite: str) -> list[Run]:
        """The newest runs of a suite, by when they were measured, one for each commit and kind of machine.

        Raises CallerError where the history can't be read, and for a file that a newer version wrote.
        """
        return self._suite(suite)[0]

    def accepted(self, suite: str) -> list[Accepted]:
        """The changes of a suite that were accepted, oldest first. Raises as `runs`."""
        return self._suite(suite)[1]

    def keep(self, run: Run) -> None:
        """Have a run's results written, beside those of other benchmarks of the same commit and machine."""
        if len(run.values) > MOST_VALUES:
            self.notes.append(f"history: {len(run.values):,} benchmarks are more than the {MOST_VALUES:,} of a run "
                              "that it keeps; nothing of them is kept")
            return
        if run.values:
            self._history.add(COMMAND, self._repository, series_of(run.suite), [record_of(run)])

    def accept(self, suite: str, accepted: Accepted) -> None:
        """Have it remembered that a change is accepted."""
        row = {"v": VERSION, "kind": "accepted", "suite": suite, "commit": accepted.commit, "reason": accepted.reason,
               "benchmark": None if accepted.key is None else list(accepted.key)}
        self._history.add(COMMAND, self._repository, series_of(suite), [Record(
            key=f"accepted {accepted.commit} {_digest(accepted.key)}", at=accepted.at, row=row, pinned=True)])

    def _suite(self, suite: str) -> tuple[list[Run], list[Accepted]]:
        if suite not in self._read:
            records = self._history.records(COMMAND, self._repository, series_of(suite), most=MOST_RUNS)
            runs, accepted, unread = rows_of(records, suite)
            if unread:
                self.notes.append(f"history: {unread:,} record(s) of earlier runs were left out: they were changed, or "
                                  "a newer version wrote them")
            self._read[suite] = (together(runs), accepted)
        return self._read[suite]


def kept_of(result: Result, *, runs: int = 1) -> Kept:
    """What is kept of a result. The value to compare is made of these samples on both sides, so that a run is reduced
    in the same way whether it comes from a report or from the history.

    `runs`: how many the result is made of by `runs.together`. What these came to is kept in their order, not by rank.
    """
    ordered = sorted(result.samples)
    middle = float(median(ordered))
    count = len(ordered)
    few = result.samples[:MOST_SAMPLES] if count <= MOST_SAMPLES or runs > 1 else tuple(
        ordered[(2 * rank + 1) * count // (2 * MOST_SAMPLES)] for rank in range(MOST_SAMPLES))
    return Kept(value=middle, spread=float(median(abs(sample - middle) for sample in ordered)), count=count,
                samples=few if count > 1 else (), better=result.better, exact=result.exact, runs=runs)


def together(runs: Iterable[Run]) -> list[Run]:
    """Runs of one commit and kind of machine as one; of one benchmark what was measured last.

    By time, which is when a commit was first measured: a job that runs again years later takes nothing from its place.
    """
    found: dict[tuple[str, str, str], Run] = {}
    for run in sorted(runs, key=lambda one: one.at):
        key = (run.suite, run.commit, run.machine.kind)
        known = found.get(key)
        found[key] = run if known is None else replace(
            run, first_at=_first(known, run), values={**known.values, **run.values},
            committed_at=run.committed_at or known.committed_at,
            parts=(*(known.parts or (frozenset(known.values),)), frozenset(run.values)))
    placed = [replace(run, at=_first(run), first_at=None) for run in found.values()]
    return sorted(placed, key=lambda one: (one.at, one.commit, one.machine.kind))


def _first(*runs: Run) -> datetime:
    return min(run.first_at or run.at for run in runs)


def series_of(suite: str) -> str:
    """The name of a suite's folder in the history."""
    return suite if _PLAIN.fullmatch(suite) else f"suite-{_digest(suite)}"


def record_of(run: Run) -> Record:
    """A run as the history keeps it."""
    part = _digest(sorted(run.values))
    row = {"v": VERSION, "kind": "run", "suite": run.suite, "commit": run.commit, "machine": _machine(run.machine),
           "committed_at": None if run.committed_at is None else format_instant(run.committed_at),
           "first_at": None if run.first_at is None else format_instant(run.first_at),
           "values": [[*key, kept.better, kept.value, kept.spread, kept.count, list(kept.samples), kept.exact,
                       kept.regressed, kept.tolerated, kept.runs, *_seen_row(kept.seen)]
                      for key, kept in sorted(run.values.items())]}
    return Record(key=f"run {run.commit} {run.machine.kind} {part}", at=run.at, row=row,
                  group=f"{run.machine.kind} {part}")


def rows_of(records: Iterable[Record], suite: str) -> tuple[list[Run], list[Accepted], int]:
    """Runs and accepted changes of records, and how many are neither."""
    found = [_row(record, suite) for record in records]
    return ([row for row in found if isinstance(row, Run)], [row for row in found if isinstance(row, Accepted)],
            sum(row is None for row in found))


def _row(record: Record, suite: str) -> Run | Accepted | None:
    row = record.row
    try:
        if row["v"] != VERSION or row["suite"] != suite or _ID.fullmatch(row["commit"]) is None:
            return None
        if row["kind"] == "run":
            return _run(record, row)
        key = row["benchmark"]
        return Accepted(commit=row["commit"], at=record.at, reason=_text(row["reason"]),
                        key=None if key is None else _key(*key))
    except _DAMAGE:
        return None


def _run(record: Record, row: Mapping[str, Any]) -> Run:
    said = row["machine"]
    machine = Machine(runner=_text(said["runner"]), cpu=_text(said["cpu"]), cores=_count(said["cores"]),
                      memory=_count(said["memory"]),
                      versions={_text(name): _text(text) for name, text in said["versions"].items()})
    committed, first = row["committed_at"], row["first_at"]
    return Run(commit=row["commit"], at=record.at, suite=row["suite"], machine=machine,
               committed_at=None if committed is None else parse_instant(committed),
               first_at=None if first is None else parse_instant(first),
               values=dict(_kept(*value) for value in row["values"]))


def _kept(name: Any, unit: Any, better: Any, value: Any, spread: Any, count: Any, samples: Any,
          exact: Any, regressed: Any, tolerated: Any, runs: Any = None, seen: Any = None) -> tuple[Key, Kept]:
    flags = {type(exact), type(regressed), type(tolerated)}
    if better not in get_args(Better) or flags != {bool} or _count(count) is None:
        raise ValueError(better)
    return _key(name, unit), Kept(
        value=_number(value), spread=_number(spread), count=count, better=better, exact=exact, regressed=regressed,
        tolerated=tolerated, samples=tuple(_number(sample) for sample in samples), runs=_count(runs),
        seen=_seen(seen))


def _seen_row(seen: Seen | None) -> list[Any]:
    """Most benchmarks stand nowhere but where they stood: they take no place for it."""
    if seen is None:
        return []
    own, *older = ([format_instant(one.since), one.before, one.after, one.mended] for one in seen.all())
    return [[*own, *older]]


def _seen(row: Any) -> Seen | None:
    if row is None:
        return None
    found: Seen | None = None
    own, older = row[:4], row[4:]
    for since, before, after, mended in (*reversed(older[:MOST_STANDING]), own):
        found = Seen(since=parse_instant(since), before=_number(before), after=_number(after), under=found,
                     mended=0 if mended == 0 and type(mended) is int else _count(mended) or 0)
    return found


def _machine(machine: Machine) -> dict[str, Any]:
    return {**asdict(machine), "versions": dict(sorted(machine.versions.items()))}


def _key(name: Any, unit: Any) -> Key:
    return _text(name), _text(unit)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(value)
    return value


def _count(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or value < 1:
        raise ValueError(value)
    return value


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:12]
