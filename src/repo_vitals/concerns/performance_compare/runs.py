"""Runs of a suite out of reports. Pure.

A report is one run of each benchmark that it has, unless it says itself that it holds several. The same benchmark in
several reports was run as often: its second appearance is in the second run, and so on. What a report repeats within
itself are samples of its one run.
"""
from __future__ import annotations

import re
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Failed, contradiction, short_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.performance_compare.facts import Better, Key, Report, Result

Results = dict["Key", "Result"]
_FAR_APART = 4.0        # times; what one benchmark's runs differ by on the noisiest machines is less
_DIGITS = re.compile(r"([0-9]+)")
_BREAK = re.compile(r"[\W_]\s*")      # what may stand between a package or binary and a name


def in_order(reports: Sequence[Report]) -> list[Report]:
    """Oldest first: by when they were written, where all of them say it, else by their names, run-2 before run-10."""
    def name(report: Report) -> list[str | int]:
        return [int(part) if part.isdigit() and part.isascii() else part for part in _DIGITS.split(report.shown)]

    times = [report.written_at for report in reports if report.written_at is not None]
    if len(times) < len(reports):
        return sorted(reports, key=name)
    return [report for _, _, report in sorted(
        ((at, name(report), report) for at, report in zip(times, reports, strict=True)), key=lambda one: one[:2])]


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


def turned(results: Mapping[Key, Result], before: Mapping[Key, Better]) -> set[Key]:
    """Benchmarks that were better the other way round before: they are not those that they were."""
    return {key for key, result in results.items() if before.get(key, result.better) != result.better}


def directions(runs: Iterable[Iterable[Result]]) -> dict[Key, Better]:
    """Which way each benchmark is better, by its last run."""
    return {result.key: result.better for run in runs for result in run}


def comparable(run: Iterable[Result], current: Mapping[Key, Result]) -> list[Result]:
    """A run's results without those that are better the other way round now."""
    return [one for one in run if one.key not in current or current[one.key].better == one.better]


def as_named_now(run: Iterable[Result], current: Mapping[Key, Result]) -> list[Result]:
    """Results of a history that knows no packages or binaries under the names that they have with these, where just one
    current benchmark can be meant."""
    run = list(run)
    named = named_now((one.key for one in run), current)
    return [replace(one, name=named[one.key][0]) if one.key in named else one for one in run]


def named_now(keys: Iterable[Key], current: Mapping[Key, Result]) -> dict[Key, Key]:
    """Of the benchmarks of a history those that it knows without their packages or binaries, each with what it is
    called now: where just one current benchmark can be meant, and none that the history has besides."""
    meant = {(short, key[1]): key for key, short in short_names(current).items()}
    keys = set(keys)
    found = {key: meant[key] for key in keys if key in meant and key not in current}
    if not found:
        return found
    # What else the history has under a longer name: a package that is gone may have had it.
    longer = {(name[place.end():], unit) for name, unit in keys - current.keys() for place in _BREAK.finditer(name)}
    return {key: now for key, now in found.items() if key not in longer}


def still_there(reports: Sequence[set[Key]]) -> set[Key]:
    """What reports, oldest first, have had up to now: a benchmark is gone where a later report lacks it that has more
    than half of what its last report has, so that reports of other benchmarks say nothing of it."""
    found: set[Key] = set()
    seen: set[Key] = set()
    for place in range(len(reports) - 1, -1, -1):
        keys = reports[place]
        if keys - seen and not any(2 * len(keys & later) > len(keys) for later in reports[place + 1:]):
            found |= keys - seen
        seen |= keys
    return found


def far_apart(runs: Sequence[Results]) -> list[tuple[Key, float, float]]:
    """Benchmarks whose runs are so far apart that they may be several of one name, each with its least and largest."""
    values: dict[Key, list[float]] = {}
    for run in runs:
        for key, result in run.items():
            values.setdefault(key, []).append(float(median(result.samples)))
    return [(key, min(several), max(several)) for key, several in sorted(values.items())
            if 0 < min(several) < max(several) / _FAR_APART]


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
