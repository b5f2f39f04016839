"""The history of each benchmark: its values by run, where its level changed, and since when it is as it is. Pure."""
from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Facts, Key

MOST_RUNS = 400         # of the past that change points are looked for in
FEWEST_RUNS = 8         # in a series with fewer nothing is looked for
MOST_BENCHMARKS = 2000  # whose history is looked through


@dataclass(frozen=True, kw_only=True)
class Step:
    """A change of level. `index` counts the runs of `Levels.runs`; `before` and `after` are in the base unit."""

    key: Key
    index: int
    commit: str | None
    at: datetime | None
    before: float
    after: float
    ratio: float | None         # after ÷ before; None where that is no number
    p: float
    is_worse: bool


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The past and the current run as one history."""

    runs: tuple[BenchmarkRun, ...] = ()     # oldest first
    steps: tuple[Step, ...] = ()            # newest first
    looked_at: int = 0                      # benchmarks with enough runs


def levels(facts: Facts) -> Levels:
    """Where the level of benchmarks changed over the runs of the history and the current one."""
    runs = history_of(facts)
    if len(runs) < FEWEST_RUNS:
        return Levels(runs=runs)
    series = ((key, values_of(key, runs)) for key in sorted(facts.results))
    wanted = dict(islice(((key, values) for key, values in series
                          if sum(value is not None for value in values) >= FEWEST_RUNS), MOST_BENCHMARKS))
    if not wanted:
        return Levels(runs=runs)
    from repo_vitals.stats.change_points import change_points

    names = {str(number): key for number, key in enumerate(wanted)}
    found = change_points({name: wanted[key] for name, key in names.items()})
    steps = [Step(key=key, index=one.index, commit=runs[one.index].commit, at=runs[one.index].at, before=one.before,
                  after=one.after, ratio=one.ratio, p=one.p,
                  is_worse=(one.after > one.before) == (facts.results[key].better == "lower"))
             for name, key in names.items() for one in found.get(name, ())]
    return Levels(runs=runs, steps=tuple(sorted(steps, key=lambda step: (-step.index, step.key))),
                  looked_at=len(names))


def history_of(facts: Facts) -> tuple[BenchmarkRun, ...]:
    """The newest runs of the past with the current one, which stands once however often the commit was measured."""
    if not facts.past:
        return ()
    past = [run for run in facts.past if run.commit is None or run.commit != facts.commit]
    values = {key: tuple(run.median_of(key) for run in facts.current if run.values.get(key)) for key in facts.results}
    now = type(facts.past[-1])(values=values, commit=facts.commit)
    return (*past[-MOST_RUNS + 1:], now)


def values_of(key: Key, runs: Sequence[BenchmarkRun]) -> list[float | None]:
    """A value a run, the median of its samples; None where it lacks the benchmark."""
    return [run.median_of(key) if run.values.get(key) else None for run in runs]


def worse_since(row: Row, facts: Facts) -> datetime | None:
    """When a regression was first seen: when the first run of its stretch was measured. None: in this run."""
    _, first = stretch_of(row, facts)
    return None if first is None else first.at


def stretch_of(row: Row, facts: Facts) -> tuple[BenchmarkRun | None, BenchmarkRun | None]:
    """Of the unbroken stretch of runs before the current one, those without the benchmark left out, that are nearer to
    the current value than to the baseline: the run just before it, and the first of it. None: there is none."""
    if row.current is None or row.baseline is None:
        return None, None
    # By their ratio; from or to nothing, which has none, by their difference.
    border = (math.sqrt(row.current) * math.sqrt(row.baseline) if min(row.current, row.baseline) > 0 else
              row.current / 2 + row.baseline / 2)
    first = None
    for run in reversed(facts.past):
        if run.commit is not None and run.commit == facts.commit:
            continue
        if not run.values.get(row.key):
            continue
        if (run.median_of(row.key) > border) != (row.current > border):
            return run, first
        first = run
    return None, first
