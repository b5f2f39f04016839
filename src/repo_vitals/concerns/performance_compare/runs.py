"""Runs of a suite out of reports. Pure.

A report is one run of each benchmark that it has, unless it says itself that it holds several. The same benchmark in
several reports was run as often: its second appearance is in the second run, and so on. What a report repeats within
itself are samples of its one run.
"""
from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Failed, contradiction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repo_vitals.concerns.performance_compare.facts import Key, Report, Result

Results = dict["Key", "Result"]


def runs_of(groups: Iterable[Sequence[Sequence[Result]]]) -> list[Results]:
    """Runs of several reports, each given as its runs, oldest first."""
    found: list[Results] = []
    for runs in groups:
        new = [merged(run) for run in runs]
        if len(new) == 1:
            for key, result in new[0].items():
                place = next((place for place, run in enumerate(found) if key not in run), len(found))
                found += [{}] if place == len(found) else []
                found[place][key] = result
            continue
        # What one report says of a run stays in one run.
        clash = any(key in run for one in new for key in one for run in found)
        start = len(found) if clash else 0
        found += [{} for _ in range(start + len(new) - len(found))]
        for place, run in enumerate(new, start):
            found[place].update(run)
    return found


def current_of(report: Report) -> Sequence[Sequence[Result]]:
    """A report's runs of the current code."""
    return report.runs or ([report.results] if report.results else [])


def baseline_of(report: Report) -> Sequence[Sequence[Result]]:
    """What a report holds of an earlier version."""
    return report.baseline_runs or ([report.baseline] if report.baseline else [])


def contradictions(runs: Iterable[Results]) -> tuple[Failed, ...]:
    """Benchmarks that runs give different directions or meanings: a verdict on them would be of the last one's."""
    first: Results = {}
    found: dict[Key, str] = {}
    for run in runs:
        for key, result in run.items():
            before = first.setdefault(key, result)
            if why := contradiction((before.better, before.measures), (result.better, result.measures)):
                found.setdefault(key, why)
    return tuple(Failed(name=name, why=why) for (name, _), why in sorted(found.items()))


def as_runs(runs: Iterable[Results], *, samples: int) -> tuple[BenchmarkRun, ...]:
    """The same with samples alone, at most so many of each benchmark, evenly spread over their order, as the history
    keeps them: both sides of a comparison are then reduced alike. Of what that shortens, the median and the largest of
    all samples stay."""
    return tuple(_as_run(run, samples) for run in runs)


def _as_run(run: Results, most: int) -> BenchmarkRun:
    many = {key: result.samples for key, result in run.items() if len(result.samples) > most}
    return BenchmarkRun(values={key: thinned(result.samples, most) for key, result in run.items()},
                        medians={key: float(median(samples)) for key, samples in many.items()},
                        largest={key: max(samples) for key, samples in many.items()})


def together(runs: Sequence[Results]) -> Results:
    """Each benchmark once. Of several runs its samples are what each run comes to: one run never counts for more."""
    found: Results = {}
    values: dict[Key, list[float]] = {}
    for run in runs:
        for key, result in run.items():
            found[key] = result
            values.setdefault(key, []).append(float(median(result.samples)))
    return {key: result if len(values[key]) == 1 else replace(result, samples=tuple(values[key]), statistic="median")
            for key, result in found.items()}


def thinned(samples: Sequence[float], most: int) -> tuple[float, ...]:
    """At most so many samples, by rank and evenly spread; all of them in their order where they are few."""
    if len(samples) <= most:
        return tuple(samples)
    ordered = sorted(samples)
    return tuple(ordered[(2 * rank + 1) * len(ordered) // (2 * most)] for rank in range(most))


def merged(results: Iterable[Result]) -> Results:
    """One run's results, each benchmark once: what stands there twice adds samples."""
    found: Results = {}
    for result in results:
        before = found.get(result.key)
        found[result.key] = result if before is None else replace(result, samples=before.samples + result.samples)
    return found
