"""How well `performance-compare detect`, apache-otava and asv find known steps in histories, in Markdown.

`python3 benchmarks/detection/series.py [folder of the data] [--peers FOLDER]`: without data simulated suites; without a
folder of the peers' environment a temporary one, made by pip with pinned versions. Needs what `bin/repo-vitals` needs.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import peers
import simulated

ROOT = Path(__file__).resolve().parents[2]
OURS = ["bash", str(ROOT / "bin" / "repo-vitals"), "performance-compare", "detect"]
NEAR = 2        # runs that a point may be away from the step
HEADERS = ("noise", "tool", "precision", "recall", "F1", "step-free series with a point", "ms a series")


@dataclass
class Score:
    """What a tool found in one kind of noise."""

    found: int = 0
    false: int = 0
    missed: int = 0
    free: int = 0           # series without a step
    alarmed: int = 0        # of them, with a point
    series: int = 0
    seconds: float = field(default=0.0)

    def add(self, suite: dict[str, Any], answer: dict[str, list[int]], seconds: float) -> None:
        """Counts one suite's answer; every step is matched with at most one point, the nearest."""
        self.seconds += seconds
        for name, steps in suite["truth"].items():
            points = sorted(answer.get(name, []))
            self.series += 1
            self.free += not steps
            self.alarmed += bool(points) and not steps
            for step in steps:
                near = [point for point in points if abs(point - step["index"]) <= NEAR]
                if near:
                    points.remove(min(near, key=lambda point: abs(point - step["index"])))
                    self.found += 1
                else:
                    self.missed += 1
            self.false += len(points)

    def row(self, noise: str, tool: str) -> str:
        """As a row of the table."""
        precision = self.found / max(1, self.found + self.false)
        recall = self.found / max(1, self.found + self.missed)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return (f"| {noise} | {tool} | {precision:.3f} | {recall:.3f} | {f1:.3f} | "
                f"{100 * self.alarmed / max(1, self.free):.1f} % | {1000 * self.seconds / max(1, self.series):.1f} |")


def asked(process: subprocess.Popen[str], suite: dict[str, Any]) -> tuple[dict[str, list[int]], float]:
    """The answer to one suite, and the seconds until it was there."""
    assert process.stdin is not None
    assert process.stdout is not None
    line = json.dumps({"task": "series", "suite": suite["series"]}) + "\n"
    begun = time.perf_counter()
    process.stdin.write(line)
    process.stdin.flush()
    answer = process.stdout.readline()
    return json.loads(answer)["change_points"], time.perf_counter() - begun


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--peers", type=Path)
    given = parser.parse_args()
    suites = simulated.suites() if given.data is None else [
        suite for path in sorted(given.data.glob("series_*.json")) for suite in json.loads(path.read_text())["suites"]]
    with TemporaryDirectory() as folder:
        python = peers.environment(given.peers or Path(folder))
        child = str(Path(__file__).parent / "peers.py")
        tools = {"performance-compare": OURS, "apache-otava": [str(python), child, "otava"],
                 "asv": [str(python), child, "asv"]}
        scores: dict[str, dict[str, Score]] = defaultdict(lambda: defaultdict(Score))
        for tool, command in tools.items():
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
                asked(process, {"series": {"warm-up": [1.0, 1.2, 0.9, 1.1, 1.0, 1.3, 1.2, 1.1]}})
                for suite in suites:
                    answer, seconds = asked(process, suite)
                    for noise in (suite["group"], "all"):
                        scores[noise][tool].add(suite, answer, seconds)
                assert process.stdin is not None
                process.stdin.close()
    print(f"| {' | '.join(HEADERS)} |\n|{' --- |' * len(HEADERS)}")  # noqa: T201
    for noise in [*(kind for kind in scores if kind != "all"), "all"]:
        for tool, score in scores[noise].items():
            print(score.row(noise, tool))  # noqa: T201


if __name__ == "__main__":
    main()
