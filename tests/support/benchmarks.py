"""Benchmarks in few words: facts for the arithmetic, and report files for whole runs."""
from __future__ import annotations

import json
import os
import shutil
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Facts, Reference, Result
from repo_vitals.concerns.performance_compare.judge import judge
from repo_vitals.concerns.performance_compare.measure import measure
from repo_vitals.concerns.performance_compare.policy import Policy
from support.checkouts import Repository, push
from support.commands import read_report
from support.commands import run as run_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from repo_vitals.report.model import Judgement
    from support.commands import Ended

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


class Bench:
    """A project whose benchmarks are run by tests: one file of our own format a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = Repository(folder)
        if not (folder / ".gitignore").exists():
            self.repository.commit({".gitignore": "/*.json\n/base/\n/repo-vitals/\n/history/\n*.prom\n"})

    @classmethod
    def copied(cls, made: Path, folder: Path) -> Bench:
        """The same as another one, to go on from."""
        shutil.copytree(made, folder)
        return cls(folder)

    @staticmethod
    def now() -> datetime:
        return NOW

    def before(self, commit: str) -> str:
        return self.repository.git("rev-parse", f"{commit}^")

    def push(self, commit: str) -> dict[str, str]:
        """The environment of a run of a push of one commit to the default branch."""
        return {**push(self.folder, before=self.before(commit)), "GITHUB_SHA": commit}

    @staticmethod
    def noisy(levels: Mapping[str, float], place: int) -> dict[str, float]:
        """The levels in one run, each with noise of its own."""
        return {name: level * NOISE[(place + 3 * turn) % len(NOISE)]
                for turn, (name, level) in enumerate(levels.items())}

    def write(self, path: str, levels: Mapping[str, float], *, machine: Mapping[str, str] | None = None) -> None:
        """A report of a run, seconds."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({
            "format": "repo-vitals-benchmarks", "version": 1, "machine": dict(machine or {}), "benchmarks": [
                {"name": name, "unit": "s", "samples": [value]} for name, value in levels.items()]}), encoding="utf-8")

    def measure(self, levels: Mapping[str, float], *options: str, machine: Mapping[str, str] | None = None,
                environ: dict[str, str] | None = None, hours: float = 0, **more: Any) -> Ended:
        """A run of the command over a run of the benchmarks, so many hours from now."""
        self.write("bench.json", levels, machine=machine)
        moment = format_instant(NOW + timedelta(hours=hours))
        return self.run("--current", "bench.json", *options, environ={"REPO_VITALS_NOW": moment, **(environ or {})},
                        **more)

    def run(self, *options: str, environ: dict[str, str] | None = None, **more: Any) -> Ended:
        return run_command("performance-compare", *options, folder=self.folder,
                           environ={"PATH": os.environ["PATH"], **(environ or {})}, **more)

    def kept(self) -> dict[str, bytes]:
        """The history, by path."""
        folder = self.folder / "history"
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.jsonl")}

    @staticmethod
    def report(ended: Ended) -> dict[str, Any]:
        """The report, which is there and valid."""
        places = [ended.folder, ended.folder.parent]
        found = next((one for place in places if (one := read_report(
            place / "repo-vitals" / "performance-compare.json")) is not None), None)
        assert found is not None, ended.stderr
        return found
