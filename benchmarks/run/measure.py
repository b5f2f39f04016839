"""What `run` over several monitors costs, beside the same monitors as steps of their own.

`python3 benchmarks/run/measure.py [rounds]` prints Markdown. Both ways meet the same simulated repository, and each has
a history on a branch of its own, empty at first.
"""
from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "bin")]
import bootstrap  # noqa: E402 -- found in bin/

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=timezone.utc)
OURS = ["bash", str(ROOT / "bin" / "repo-vitals")]
MONITORS = ("community-metrics", "ci-health", "security-summary", "dependency-health")
LATENCY = 0.08          # seconds, of every answer
UNLIMITED = 10**9
SIZES = {"issues": 300, "pull_requests": 200, "discussions": 30}


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a job's steps cost."""

    seconds: float
    requests: int       # to GitHub's API
    fetches: int        # of git: connections that read, and those that write
    pushes: int


def step(simulator: Simulator, folder: Path, *arguments: str) -> None:
    """One step. A limit that is breached is no failure of the measurement, anything else is."""
    environ = {**os.environ, **simulator.environment(), "GITHUB_REPOSITORY": "acme/widget", "GITHUB_ACTIONS": "true",
               "RUNNER_TEMP": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary"),
               "GITHUB_EVENT_NAME": "schedule", "GITHUB_REF": "refs/heads/main",
               "REPO_VITALS_NOW": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}
    environ["GITHUB_REPOSITORY"] = simulator.state.repositories()[0].full_name
    ended = subprocess.run([*OURS, *arguments, "--fail-on", "never"], cwd=folder, env=environ, capture_output=True,
                           check=False)
    if ended.returncode not in (0, 1):
        sys.exit(f"{arguments} ended with {ended.returncode}: {ended.stdout.decode()[-2000:]}{ended.stderr.decode()}")


def spent(simulator: Simulator, *steps: tuple[str, ...]) -> Spent:
    """What these steps of one job cost."""
    simulator.log.clear()
    with TemporaryDirectory() as folder:
        begun = time.monotonic()
        for one in steps:
            step(simulator, Path(folder), *one)
        seconds = time.monotonic() - begun
    git = [entry for entry in simulator.log if ".git/" in entry.path]
    return Spent(seconds=seconds, requests=len(simulator.log) - len(git),
                 fetches=sum(entry.path.endswith("/git-upload-pack") for entry in git),
                 pushes=sum(entry.path.endswith("/git-receive-pack") for entry in git))


def row(name: str, runs: list[Spent]) -> str:
    """A line of the table: medians."""
    cells = [f"{statistics.median(run.seconds for run in runs):.1f} s",
             *(f"{statistics.median(getattr(run, what) for run in runs):.0f}"
               for what in ("requests", "fetches", "pushes"))]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> int:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    folder = bootstrap.environment(("test",))     # what the simulator needs is among it
    if isinstance(folder, int):
        return folder
    sys.path[:0] = [str(ROOT / "src"), str(folder)]
    from repo_vitals.simulator.generate import generate
    from repo_vitals.simulator.server import Simulator

    found: dict[str, list[Spent]] = {}
    with Simulator(generate(**SIZES, now=NOW), latency=LATENCY) as simulator:
        simulator.limits.per_hour = {"core": UNLIMITED, "graphql": UNLIMITED}
        for number in range(rounds):
            ways = {"steps of their own": [(name, "--history", f"branch:apart-{number}") for name in MONITORS],
                    "`run`": [("run", "--monitors", ",".join(MONITORS), "--history", f"branch:together-{number}")]}
            for way, steps in ways.items():
                for time_of in ("first", "again"):
                    found.setdefault(f"{way}, {time_of}", []).append(spent(simulator, *steps))
    sys.stdout.write("| | wall time | requests | git fetches | git pushes |\n| --- | ---: | ---: | ---: | ---: |\n")
    for name in sorted(found):
        sys.stdout.write(row(name, found[name]) + "\n")
    for time_of in ("first", "again"):
        apart, together = found[f"steps of their own, {time_of}"], found[f"`run`, {time_of}"]
        pairs = list(zip(apart, together, strict=True))
        ratios = [f"{what} {statistics.median(getattr(a, what) / max(getattr(b, what), 1) for a, b in pairs):.2f}"
                  for what in ("seconds", "requests", "fetches", "pushes")]
        sys.stdout.write(f"\n{time_of}, apart over together: {', '.join(ratios)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
