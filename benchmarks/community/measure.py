"""What a run of `community-metrics` costs, beside asking for every issue's comments, reviews and events one by one.

`python3 benchmarks/community/measure.py [issues …]` prints Markdown; 100, 1000 and 20000 unless said otherwise. Needs
Linux or macOS. Both ways meet the same simulated repository, whose process counts their requests and points.
"""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
OURS = ["bash", str(HERE.parent.parent / "bin" / "repo-vitals"), "community-metrics", "--fail-on", "never"]
ONE_BY_ONE = [sys.executable, "-I", str(HERE / "one_by_one.py")]
SIZES = {100: (60, 10), 1000: (600, 100), 20_000: (5000, 2000)}     # pull requests, discussions
HOUR = 1000             # requests, and points, that GitHub grants a workflow's token in an hour
UNLIMITED = 10**9
WINDOW_DAYS = 30        # the default
LATENCY = 0.08          # seconds
CHANGES = 50
LONGEST = 600           # seconds: what would take longer by latency alone is reckoned
UNITS_OF_MEMORY = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one way cost to get the whole report."""

    requests: int
    points: int
    seconds: float
    peak_bytes: int         # of the measuring process, not of the simulator
    hours: int              # of a token's limit, each with a run of its own
    medians: Mapping[str, float | None]


class Simulated:
    """The simulator's process, with a repository of that many issues."""

    def __init__(self, issues: int) -> None:
        pulls, discussions = SIZES.get(issues, (issues * 6 // 10, issues // 10))
        self.sizes = (issues, pulls, discussions)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", str(HERE / "simulated.py"), "--issues", str(issues),
             "--pull-requests", str(pulls), "--discussions", str(discussions)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._environment = self._answer()
        self.days: int = self._environment.pop("days")

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        """Have something done; what it says to that."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def change(self) -> None:
        """A day with changes."""
        self._environment["REPO_VITALS_NOW"] = self.ask("change", count=CHANGES)["REPO_VITALS_NOW"]

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the simulator ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def run(self, command: Sequence[str], folder: Path, *, limit: int) -> tuple[int, str, Run]:
        """Exit code, output and cost of a client in an hour that grants that much."""
        environ = {**os.environ, "GITHUB_ACTIONS": "", **self._environment, **self.ask("hour", limit=limit)}
        with (folder / "out").open("w+", encoding="utf-8") as out:
            begun = time.perf_counter()
            process = subprocess.Popen(command, env=environ, cwd=folder, stdout=out)
            _, status, usage = os.wait4(process.pid, 0)     # this child's memory alone, unlike getrusage
            seconds = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            output = out.read()
        return process.returncode, output, Run(**self.ask("used"), seconds=seconds, hours=1, medians={},
                                               peak_bytes=usage.ru_maxrss * UNITS_OF_MEMORY)


def ours(simulated: Simulated, folder: Path, *, days: int) -> Run:
    """`community-metrics` with the history in `folder`, run once an hour until its report is whole."""
    report, runs = folder / "report.json", []
    command = [*OURS, "--window", f"{days}d", "--history", str(folder / "history"), "--report", str(report)]
    code = 3
    while code == 3 and len(runs) < 50:
        code, _, cost = simulated.run(command, folder, limit=HOUR)
        runs.append(cost)
        if code == 3 and max(cost.requests, cost.points) < HOUR // 2:
            raise SystemExit("community-metrics gave up before its half of the hour was spent")
    if code != 0:
        raise SystemExit(f"community-metrics ended with {code}")
    found = {metric["name"]: metric["value"] for metric in json.loads(report.read_text(encoding="utf-8"))["metrics"]
             if metric["labels"].get("quantile") == "0.5"}
    return Run(
        requests=sum(run.requests for run in runs), points=sum(run.points for run in runs), hours=len(runs),
        seconds=sum(run.seconds for run in runs), peak_bytes=max(run.peak_bytes for run in runs),
        medians={kind: found[f"{kind}_first_response_answered_seconds"] for kind in ("issue", "pull_request")})


def one_by_one(simulated: Simulated, folder: Path, *, days: int) -> tuple[Run, dict[str, int]]:
    """The other way, with a limit that it can't meet; and what its requests were for."""
    code, output, run = simulated.run([*ONE_BY_ONE, str(days)], folder, limit=UNLIMITED)
    if code != 0:
        raise SystemExit(f"one_by_one.py ended with {code}")
    found = json.loads(output)
    return Run(**{**vars(run), "medians": found["medians"], "hours": -(-run.requests // HOUR)}), found["asked"]


@dataclass
class Row:
    """One way over one repository."""

    way: str
    runs: list[Run] = field(default_factory=list)       # without latency
    later: list[Run] = field(default_factory=list)      # with it; empty where it would take too long
    baseline: int = 0       # requests of the one-by-one way

    @property
    def worst(self) -> Run:
        """The most of everything."""
        every = [*self.runs, *self.later]
        return Run(medians={}, **{name: max(getattr(run, name) for run in every) for name in
                                  ("requests", "points", "seconds", "peak_bytes", "hours")})

    @property
    def ratio(self) -> float:
        """How many times fewer requests than one by one."""
        return self.baseline / self.worst.requests

    def cells(self) -> list[str]:
        """As the table shows it: seconds as medians, of all else the most."""
        worst, seconds = self.worst, [run.seconds for run in self.runs]
        slow = spread([run.seconds for run in self.later]) if self.later else (
            f"about {statistics.median(seconds) + worst.requests * LATENCY:,.0f}")
        return [self.way, f"{worst.requests:,}", f"{worst.points:,}", str(worst.hours), spread(seconds), slow,
                f"{worst.peak_bytes / 1e6:.0f}", f"{self.ratio:,.0f}" if self.ratio > 1 else ""]


def spread(values: Sequence[float]) -> str:
    """Median and range."""
    middle = f"{statistics.median(values):,.1f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):,.1f} to {max(values):,.1f})"


def measured(issues: int, *, whole_life: bool) -> tuple[list[Row], str]:
    """Cold, warm and one by one over a repository of that many issues; and what the last asked for."""
    simulated = Simulated(issues)
    rounds = 1 if whole_life or issues > 1000 else 3
    days = simulated.days + 30 if whole_life else WINDOW_DAYS       # room for the days of the changes
    cold, warm, single = Row("cold"), Row(f"warm, {CHANGES} changes later"), Row("one by one")
    asked: dict[str, int] = {}
    try:
        with TemporaryDirectory() as name:
            for latency in (0.0, LATENCY):
                simulated.ask("latency", seconds=latency)
                for place in range(rounds):
                    progress(f"{issues} issues, {days} days, {latency} s latency, round {place + 1} of {rounds}")
                    folder = Path(name) / f"{latency} {place}"
                    folder.mkdir()
                    (cold.later if latency else cold.runs).append(ours(simulated, folder, days=days))
                    if not latency or single.worst.requests * latency <= LONGEST:
                        found, asked = one_by_one(simulated, folder, days=days)
                        (single.later if latency else single.runs).append(found)
            compare(cold.runs[0], single.runs[0])
            for latency in (0.0, LATENCY):       # at the end: they change the repository
                simulated.ask("latency", seconds=latency)
                for _ in range(rounds):
                    simulated.change()
                    (warm.later if latency else warm.runs).append(ours(simulated, folder, days=days))
    finally:
        simulated.close()
    for row in (cold, warm, single):
        row.baseline = single.worst.requests
    sizes = " / ".join(f"{size:,}" for size in simulated.sizes)
    return [cold, warm, single], f"{sizes}, window {days}d: " + ", ".join(
        f"{count:,} for {what}" for what, count in sorted(asked.items(), key=lambda entry: -entry[1]))


def compare(one: Run, other: Run) -> None:
    """Both ways did the same work. Raises SystemExit where their medians differ."""
    if one.medians != other.medians:
        raise SystemExit(f"the medians differ: {one.medians} and {other.medians}")


def progress(text: str) -> None:
    """What is being done, for whoever waits."""
    sys.stderr.write(text + "\n")


def verdicts(rows: Mapping[int, Sequence[Row]]) -> Iterator[str]:
    """What each size is held to."""
    for issues, (cold, warm, _) in rows.items():
        checks = [(f"{cold.worst.requests:,} requests and {cold.worst.points:,} points at most {HOUR:,}",
                   max(cold.worst.requests, cold.worst.points) <= HOUR),
                  (f"{cold.worst.peak_bytes / 1e6:.0f} MB at most 200", cold.worst.peak_bytes <= 200e6),
                  (f"{cold.ratio:.0f} times fewer requests than one by one, at least 25", cold.ratio >= 25),
                  (f"{warm.worst.requests} requests after {CHANGES} changes, at most 10", warm.worst.requests <= 10)]
        for text, is_met in checks:
            yield f"- {issues:,} issues: {text}: {'met' if is_met else 'MISSED'}"


def main() -> int:
    """Measures and prints."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    subprocess.run([*OURS, "--help"], check=True, stdout=subprocess.DEVNULL)       # makes its environment
    for title, whole_life in (("The window of 30 days", False), ("A window of the whole life", True)):
        rows: dict[int, list[Row]] = {}
        lines, notes = [HEADERS, ["---"] * len(HEADERS)], []
        for issues in sizes:
            rows[issues], said = measured(issues, whole_life=whole_life)
            lines += [[said.partition(", ")[0], *row.cells()] for row in rows[issues]]
            notes.append(f"- One by one, {said}.")
        shown = ["| " + " | ".join(cells) + " |" for cells in lines]
        held_to = [] if whole_life else verdicts(rows)
        sys.stdout.write("\n".join([f"### {title}", "", *shown, "", *notes, *held_to, "", ""]))
        sys.stdout.flush()
    return 0


HEADERS = ["issues / pull requests / discussions", "way", "requests", "points", "hours", "seconds", "seconds at 80 ms",
           "peak MB", "times fewer requests"]

if __name__ == "__main__":
    sys.exit(main())
