"""What the current runs are compared with where reports hold it: given ones, or what the current bring along. Pure."""
from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.facts import Reference
from repo_vitals.concerns.performance_compare.foreign_history import by_commit
from repo_vitals.concerns.performance_compare.results import MOST_SAMPLES
from repo_vitals.concerns.performance_compare.runs import (
    as_named_now,
    as_runs,
    baseline_of,
    comparable,
    current_of,
    runs_of,
    still_there,
)
from repo_vitals.concerns.performance_compare.words import counted
from repo_vitals.plain_text import quotable
from repo_vitals.sources.machine import reported

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from repo_vitals.concerns.performance_compare.baselines import Order
    from repo_vitals.concerns.performance_compare.facts import Key, Report, Result
    from repo_vitals.concerns.performance_compare.runs import Results
    from repo_vitals.sources.machine import Machine

_MOST_NAMED = 5


def of_baseline_reports(reports: Sequence[Report], machine: Machine, *, like: Callable[[Machine], Sequence[str]],
                        most: int, missing: Sequence[str] = (), head: str | None = None, order: Order | None = None,
                        why_no_order: str = "", current: Mapping[Key, Result] = MappingProxyType({})) -> Reference:
    """Given reports of the baseline, each a run, oldest first, of which the newest `most` of each benchmark count.
    `like` says what makes another machine unlike.

    Of a history, what it holds of one commit is one run, and commits that do not come before `head` by `order` do not
    count. `why_no_order`: why that is not known, in words that follow "since". `current`: the measured benchmarks,
    which tell of which of its suites they are; what was better the other way round is not compared with them.
    """
    newest: set[Key] = set()
    wanted: list[Report] = []
    left_out: list[str] = [f"no file matches {quotable(pattern, limit=120)} of `baseline-reports`"
                           for pattern in missing]
    number = 0
    others: list[set[Key]] = []         # what each report has that is no history
    for given in reports:
        report = _earlier(_as_named_now(given, current), head, order)
        if fewer := len(given.runs) - len(report.runs):
            left_out.append(f"{counted(fewer, 'run')} of {quotable(report.shown, limit=120)}: of commits that do not "
                            "come before the measured one")
        if report.run_commits and why_no_order:
            left_out.append(f"whether all runs of {quotable(report.shown, limit=120)} come before the measured commit "
                            f"is not known, since {why_no_order}")
        if why := like(reported(machine, report.machine)):
            number += 1
            if number <= _MOST_NAMED:
                left_out.append(f"{quotable(report.shown, limit=120)} is not compared: {'; '.join(why)} "
                                "(`compare-unlike` would)")
        else:
            newest |= _newest_of_suites(report, current)
            others += [] if report.run_commits else [_keys(current_of(report))]
            wanted.append(by_commit(report))
    if number > _MOST_NAMED:
        left_out.append(f"{number - _MOST_NAMED:,} more reports of the baseline are not compared, for the same reasons")
    newest |= still_there(others)
    runs = _newest(runs_of([comparable(run, current) for run in current_of(report)] for report in wanted), most)
    known = frozenset(key for report in reports for key in _keys(current_of(report)))
    why_none = "" if runs else (
        "no report of the baseline holds a benchmark" if not known else
        "all reports of the baseline are of unlike machines" if number and not wanted else
        "all benchmarks of the baseline are better the other way round now" if newest else
        "no run of the baseline is of a commit before the measured one")
    how = f"{counted(len(runs), 'run')} of the given baseline"
    if any(report.run_commits for report in wanted):
        how += ", a history that does not say on which machines they ran"
    return Reference(how=how, runs=as_runs(runs, samples=MOST_SAMPLES),
                     why_none=why_none, left_out=tuple(left_out), known=known, newest=frozenset(newest) or None,
                     by_commit=any(report.run_commits for report in wanted))


def _keys(runs: Iterable[Iterable[Result]]) -> set[Key]:
    return {result.key for run in runs for result in run}


def _as_named_now(report: Report, current: Mapping[Key, Result]) -> Report:
    return report if not report.run_commits else replace(
        report, runs=tuple(tuple(as_named_now(run, current)) for run in report.runs))


def _newest(runs: Sequence[Results], most: int) -> list[Results]:
    """The same with the newest `most` of each benchmark alone."""
    left: dict[Key, int] = {}
    found: list[Results] = []
    for run in reversed(runs):
        kept = {key: result for key, result in run.items() if left.setdefault(key, most) > 0}
        for key in kept:
            left[key] -= 1
        if kept:
            found.append(kept)
    return found[::-1]


def _newest_of_suites(report: Report, current: Collection[Key]) -> set[Key]:
    """What the newest run of each suite of a history has, of those that have something of `current`."""
    every: dict[str, set[Key]] = {}
    last: dict[str, set[Key]] = {}
    for suite, run in zip(report.run_suites, report.runs, strict=False):
        last[suite] = {result.key for result in run}
        every.setdefault(suite, set()).update(last[suite])
    return {key for suite, keys in last.items() if not every[suite].isdisjoint(current) for key in keys}


def _earlier(report: Report, head: str | None, order: Order | None) -> Report:
    """A history without the measured commit and, where the checkout tells, commits that do not come before it; in the
    order in which they came, and what the checkout does not know before what it knows."""
    if not report.run_commits:
        return report
    places = {} if order is None else {commit: place for place, commit in enumerate(order.commits)}
    suites = report.run_suites or ("",) * len(report.runs)
    kept = [(commit, run, suite) for commit, run, suite in zip(report.run_commits, report.runs, suites, strict=True)
            if not (head or "").startswith(commit) and (order is None or not order.is_whole or commit in places)]
    kept.sort(key=lambda one: (one[0] in places, -places.get(one[0], 0)))
    return replace(report, runs=tuple(run for _, run, _ in kept), run_commits=tuple(commit for commit, _, _ in kept),
                   run_suites=tuple(suite for _, _, suite in kept))


def of_reports(reports: Sequence[Report], current: Mapping[Key, Result] = MappingProxyType({})) -> Reference | None:
    """What the current reports hold of an earlier version; None where they hold nothing of one."""
    held = [baseline_of(report) for report in reports]
    runs = runs_of([comparable(run, current) for run in several] for several in held)
    if not runs:
        return None
    return Reference(how=f"{counted(len(runs), 'run')} that the reports themselves hold of an earlier version",
                     runs=as_runs(runs, samples=MOST_SAMPLES), known=frozenset(key for run in runs for key in run),
                     newest=frozenset(still_there([_keys(several) for several in held if several])))
