"""Benchmarks in few words: facts for the arithmetic, and report files for whole runs."""
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Facts, Reference, Result
from repo_vitals.concerns.performance_compare.judge import judge
from repo_vitals.concerns.performance_compare.measure import measure
from repo_vitals.concerns.performance_compare.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.report.model import Judgement

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=timezone.utc)
# Noise without chance: eleven runs of ± 2 %, mean 1.
NOISE = (1.004, 0.99, 1.012, 0.986, 1.0, 1.018, 0.982, 1.006, 0.996, 1.01, 0.996)


def result(name: str = "parse", value: float = 1.0, *, unit: str = "seconds", better: Any = "lower",
           **said: Any) -> Result:
    return Result(name=name, unit=unit, better=better, samples=(value,), **said)


def run(values: Mapping[str, float | Sequence[float]], *, unit: str = "seconds", ago: float | None = None,
        commit: str | None = None) -> BenchmarkRun:
    """A run, so many hours ago."""
    samples = {(name, unit): tuple(value) if isinstance(value, (tuple, list)) else (float(value),)  # type: ignore[arg-type]
               for name, value in values.items()}
    return BenchmarkRun(values=samples, commit=commit, at=None if ago is None else NOW - timedelta(hours=ago))


def runs(levels: Mapping[str, float], *, unit: str = "seconds", noise: Iterable[float] = NOISE,
         ) -> tuple[BenchmarkRun, ...]:
    """Runs of benchmarks at their levels, each one's noise in another order."""
    factors = list(noise)
    return tuple(run({name: level * factors[(place + 3 * turn) % len(factors)]
                      for turn, (name, level) in enumerate(levels.items())}, unit=unit)
                 for place in range(len(factors)))


def facts(current: Iterable[Result], baseline: Sequence[BenchmarkRun] | None = (), **said: Any) -> Facts:
    """One run of the current code; `baseline` None: nobody asked for a comparison."""
    results = {one.key: one for one in current}
    said.setdefault("reference", None if baseline is None else Reference(
        how=f"{len(baseline)} runs of the history", runs=tuple(baseline),
        why_none="" if baseline else "the history knows no run", known=frozenset(
            key for one in baseline for key in one.values)))
    return Facts(repository="acme/widget", results=results, **{"current": (
        BenchmarkRun(values={key: one.samples for key, one in results.items()}),) if results else (), **said})


def judged(given: Facts, **policy: Any) -> Judgement:
    limits = Policy(**policy)
    return judge(measure(given, limits, NOW), given, limits, now=NOW)


def verdicts(given: Facts, **policy: Any) -> dict[str, str]:
    return {row["name"]: row["verdict"] for row in judged(given, **policy).data["benchmarks"]}


def hyperfine(times: Mapping[str, Sequence[float]]) -> str:
    """A report of hyperfine, seconds."""
    return json.dumps({"results": [
        {"command": name, "mean": sum(taken) / len(taken), "stddev": 0.0, "median": sorted(taken)[len(taken) // 2],
         "user": 0.0, "system": 0.0, "min": min(taken), "max": max(taken), "times": list(taken),
         "exit_codes": [0] * len(taken)} for name, taken in times.items()]})
