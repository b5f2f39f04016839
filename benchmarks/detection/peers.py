"""Answers for other tools, in an environment that has them, as `performance-compare detect` answers the task "series".

`python peers.py otava` or `python peers.py asv` reads standard input. Each tool's own function is called on each
series with its defaults, apache-otava's on the values that there are, for it knows no missing ones.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Series = Sequence[float | None]

PINNED = ("apache-otava==0.8.0", "asv==0.6.6")


def environment(folder: Path) -> Path:
    """The interpreter of an environment with both tools, made in the folder unless it is there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PINNED], check=True)
    return python


def otava() -> Callable[[Series], list[int]]:
    """Hunter's algorithm with its defaults: windows of 50, p below 0.001."""
    from otava.analysis import compute_change_points

    def found(series: Series) -> list[int]:
        runs = [run for run, value in enumerate(series) if value is not None]
        points, _ = compute_change_points([series[run] for run in runs])
        return sorted(runs[point.index] for point in points)

    return found


def asv() -> Callable[[Series], list[int]]:
    """asv's step detection: where one step ends and the next begins."""
    from asv.step_detect import detect_steps

    return lambda series: [step[0] for step in detect_steps(list(series))[1:]]


if __name__ == "__main__":
    detect = {"otava": otava, "asv": asv}[sys.argv[1]]()
    for line in sys.stdin:
        suite = json.loads(line)["suite"]
        sys.stdout.write(json.dumps({"change_points": {name: detect(series) for name, series in suite.items()}}) + "\n")
        sys.stdout.flush()
