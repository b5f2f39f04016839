"""What the current runs are compared with where reports hold it: given ones, or what the current bring along. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.facts import Reference
from repo_vitals.concerns.performance_compare.results import MOST_SAMPLES
from repo_vitals.concerns.performance_compare.runs import as_runs, baseline_of, current_of, runs_of
from repo_vitals.concerns.performance_compare.words import counted
from repo_vitals.plain_text import quotable
from repo_vitals.sources.machine import reported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.sources.machine import Machine

_MOST_NAMED = 5


def of_baseline_reports(reports: Sequence[Report], machine: Machine, *, like: Callable[[Machine], Sequence[str]],
                        most: int, missing: Sequence[str] = ()) -> Reference:
    """Given reports of the baseline, each a run, oldest first, of which the newest `most` count. `like` says what makes
    another machine unlike."""
    wanted: list[Report] = []
    left_out: list[str] = [f"no file matches {quotable(pattern, limit=120)} of `baseline-reports`"
                           for pattern in missing]
    number = 0
    for report in reports:
        if why := like(reported(machine, report.machine)):
            number += 1
            if number <= _MOST_NAMED:
                left_out.append(f"{quotable(report.shown, limit=120)} is not compared: {'; '.join(why)} "
                                "(`compare-unlike` would)")
        else:
            wanted.append(report)
    if number > _MOST_NAMED:
        left_out.append(f"{number - _MOST_NAMED:,} more reports of the baseline are not compared, for the same reasons")
    runs = runs_of(current_of(report) for report in wanted)[-most:]
    why_none = "" if runs else ("all reports of the baseline are of unlike machines" if number else
                                "no report of the baseline holds a benchmark")
    known = frozenset(result.key for report in reports for run in current_of(report) for result in run)
    return Reference(how=f"{counted(len(runs), 'run')} of the given baseline", runs=as_runs(runs, samples=MOST_SAMPLES),
                     why_none=why_none, left_out=tuple(left_out), known=known)


def of_reports(reports: Sequence[Report]) -> Reference | None:
    """What the current reports hold of an earlier version; None where they hold nothing of one."""
    runs = runs_of(baseline_of(report) for report in reports)
    if not runs:
        return None
    paired = [report for report in reports if report.paired]
    how = (f"{counted(len(runs), 'run')} of the baseline, taken in turn with the current ones" if paired else
           f"{counted(len(runs), 'run')} that the reports themselves hold of an earlier version")
    return Reference(how=how, runs=as_runs(runs, samples=MOST_SAMPLES), paired=bool(paired),
                     known=frozenset(key for run in runs for key in run))
