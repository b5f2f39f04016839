"""Reports whose runs were taken in pairs, and what other reports add to them. Pure.

Within a pair the machine's state cancels out, so a run of any other report has no place among pairs: of a benchmark
that was run in pairs, the pairs alone count. What only other reports have is kept beside them, and compared with
nothing; nor is what was better the other way round.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.facts import Reference
from repo_vitals.concerns.performance_compare.results import MOST_SAMPLES
from repo_vitals.concerns.performance_compare.runs import (
    Results,
    as_runs,
    baseline_of,
    current_of,
    merged,
    runs_of,
    together,
)
from repo_vitals.concerns.performance_compare.words import counted
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.performance_compare.facts import Key, Report


def of_pairs(reports: Sequence[Report]) -> tuple[list[Results], Reference] | None:
    """The current runs and what they are compared with, run i of one beside run i of the other; None without pairs.

    Current runs beyond the last pair hold only what no pair has.
    """
    paired = [report for report in reports if report.paired]
    if not paired:
        return None
    after: list[Results] = []
    before: list[Results] = []
    keys: set[Key] = set()
    for report in paired:
        new = {result.key for run in (*report.runs, *report.baseline_runs) for result in run}
        # Both sides move together, or a run would stand beside another pair's.
        start = len(after) if new & keys else 0
        for side, runs in (after, report.runs), (before, report.baseline_runs):
            side += [{} for _ in range(start + len(runs) - len(side))]
            for place, run in enumerate(runs, start):
                side[place].update(merged(run))
        keys |= new
    pairs = len(after)
    others, left_out = _others([report for report in reports if not report.paired], keys)
    after += [{} for _ in range(len(others) - pairs)]
    for place, one in enumerate(others):
        after[place].update(one)
    known = {result.key for report in reports for run in baseline_of(report) for result in run}
    now = together(after)
    before = [{key: one for key, one in run.items() if key not in now or now[key].better == one.better}
              for run in before]
    return after, Reference(
        how=f"{counted(pairs, 'run')} of the baseline, taken in turn with the current ones", paired=True,
        looks=max(report.looks for report in paired), runs=as_runs(before, samples=MOST_SAMPLES),
        left_out=tuple(left_out), known=frozenset(known))


def _others(reports: Sequence[Report], keys: set[Key]) -> tuple[list[Results], list[str]]:
    """Runs of what no pair has, and in words what does not count."""
    left_out = []
    for report in reports:
        if twice := {result.key for run in current_of(report) for result in run} & keys:
            left_out.append(f"{counted(len(twice), 'benchmark')} of {quotable(report.shown, limit=120)}: only the "
                            "pairs that another report holds of them count")
        if baseline_of(report):
            left_out.append(f"what {quotable(report.shown, limit=120)} holds of an earlier version is not compared: "
                            "it was not run in pairs")
    return runs_of([[result for result in run if result.key not in keys] for run in current_of(report)]
                   for report in reports), left_out
