"""What a run of `ci-health` costs, beside listing the runs and asking for each one's jobs.

`python3 benchmarks/ci/measure.py [runs …]` prints Markdown; 500 and 5000 unless said otherwise. Needs Linux or macOS.
Both ways meet the same simulated repository, whose process counts their requests and points.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
OURS = ["bash", str(HERE.parent.parent / "bin" / "repo-vitals"), "ci-health", "--fail-on", "never"]
ONE_BY_ONE = [sys.executable, "-I", str(HERE / "one_by_one.py")]
WINDOW_DAYS, LATENCY = 30, 0.08         # the default; seconds
ROUNDS = 5                              # of runs with a history
DAYS = 60                               # over which the runs are spread
HEADERS = ("runs", "way", "requests", "points", "seconds", "seconds at 80 ms", "peak MB", "times fewer requests")
UNITS_OF_MEMORY = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one way cost."""

    requests: int
    points: int
    seconds: float
    peak_bytes: int         # of the measuring process, not of the simulator


class Simulated:
    """The simulator's process, with a repository of that many runs."""

    def __init__(self, runs: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", str(HERE / "simulated.py"), "--runs", str(runs)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._environment = self._answer()
        self.again: int = self._environment.pop("again")
        self.ask("unlimited")

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

    def wait(self, hours: int, runs: int) -> None:
        """So many hours with their share of `runs` and at least one; an older one is run again and one is deleted."""
        self._environment.update(self.ask("wait", hours=hours, runs=max(1, runs * hours // (24 * DAYS)), again=1,
                                          deleted=1))

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the simulator ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def run(self, command: list[str], folder: Path) -> tuple[str, Run]:
        """Output and cost of a client, which must succeed."""
        environ = {**os.environ, "GITHUB_ACTIONS": "", **self._environment, **self.ask("hour")}
        with (folder / "out").open("w+", encoding="utf-8") as out:
            begun = time.perf_counter()
            process = subprocess.Popen(command, env=environ, cwd=folder, stdout=out)
            _, status, usage = os.wait4(process.pid, 0)     # this child's memory alone, unlike getrusage
            seconds = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            if process.returncode != 0:
                raise SystemExit(f"{command[-2:]} ended with {process.returncode}")
            return out.read(), Run(**self.ask("used"), seconds=seconds, peak_bytes=usage.ru_maxrss * UNITS_OF_MEMORY)


def ours(simulated: Simulated, folder: Path) -> tuple[dict[str, float], Run]:
    """`ci-health` with the history in `folder`: the success ratios by workflow, and the cost."""
    report = folder / "report.json"
    _, cost = simulated.run([*OURS, "--window", f"{WINDOW_DAYS}d", "--history", str(folder / "history"), "--report",
                             str(report)], folder)
    metrics = json.loads(report.read_text(encoding="utf-8"))["metrics"]
    return {metric["labels"]["workflow"]: metric["value"] for metric in metrics
            if metric["name"] == "ci_success_ratio"}, cost


def measured(runs: int) -> tuple[list[tuple[str, Run, Run | None]], str]:
    """Cold, warm and one by one over a repository of that many runs; what the last asked for, and each round."""
    simulated = Simulated(runs)
    try:
        with TemporaryDirectory() as name:
            folders = [Path(name) / part for part in ("plain", "late")]
            for folder in folders:
                folder.mkdir()
            ratios, cold = ours(simulated, folders[0])
            output, single = simulated.run([*ONE_BY_ONE, str(WINDOW_DAYS)], folders[0])
            found = json.loads(output)
            if found["ratios"] != ratios:
                raise SystemExit(f"the ratios differ: {ratios} and {found['ratios']}")
            simulated.ask("latency", seconds=LATENCY)
            _, slow_cold = ours(simulated, folders[1])
            later: list[tuple[str, Run, Run | None]] = []
            rounds: list[str] = []
            for way, hours in (("at once again", 0), ("an hour later", 1), ("a day later", 24)):
                pairs = [remembering(simulated, folders, hours, runs) for _ in range(ROUNDS if hours else 1)]
                later.append((way, *(max(some, key=lambda run: run.requests) for some in zip(*pairs, strict=True))))
                rounds.append(f"- {runs:,} runs, {way}: "
                              f"{', '.join(str(run.requests) for run, _ in pairs)} requests in each round.")
    finally:
        simulated.close()
    asked = ", ".join(f"{count:,} for {what}" for what, count in sorted(found["asked"].items(),
                                                                        key=lambda one: -one[1]))
    return ([("cold", cold, slow_cold), *later, ("one by one", single, None)],
            "\n".join([f"- One by one, {runs:,} runs ({simulated.again} of them made again): {asked}.", *rounds]))


def remembering(simulated: Simulated, folders: list[Path], hours: int, runs: int) -> tuple[Run, Run]:
    """Runs with a history after some hours, without and with latency."""
    if hours:
        simulated.wait(hours, runs)
    found = []
    for folder, latency in zip(folders, (0.0, LATENCY), strict=True):
        simulated.ask("latency", seconds=latency)
        found.append(ours(simulated, folder)[1])
    return found[0], found[1]


def main() -> int:
    """Measures and prints."""
    sizes = [int(size) for size in sys.argv[1:]] or [500, 5000]
    subprocess.run([*OURS, "--help"], check=True, stdout=subprocess.DEVNULL)       # makes its environment
    lines, notes = [list(HEADERS), ["---"] * len(HEADERS)], []
    for runs in sizes:
        rows, said = measured(runs)
        single = rows[-1][1]
        notes.append(said)
        for way, run, slow in rows:
            late = run.seconds + run.requests * LATENCY if slow is None else slow.seconds
            lines.append([f"{runs:,}", way, f"{run.requests:,}", f"{run.points:,}", f"{run.seconds:.1f}",
                          f"{'about ' if slow is None else ''}{late:,.1f}", f"{run.peak_bytes / 1e6:.0f}",
                          f"{single.requests / run.requests:,.0f}" if run.requests < single.requests else ""])
        cold, warm = rows[0][1].requests, rows[2][1].requests
        for text, is_met in ((f"{cold} requests the first time, at most 120", cold <= 120),
                             (f"{warm} requests an hour later, at most 10", warm <= 10)):
            notes.append(f"- {runs:,} runs: {text}: {'met' if is_met else 'MISSED'}")
    sys.stdout.write("\n".join([*("| " + " | ".join(cells) + " |" for cells in lines), "", *notes, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
