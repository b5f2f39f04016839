"""Suites of histories with known steps, one kind of noise each, from a seed."""
from __future__ import annotations

import math
import random
from typing import Any

KINDS = ("log-normal", "heteroscedastic", "two runner classes", "outliers", "autocorrelated", "drifting")
SIZES = (2, 5, 10, 20, 50)      # per cent, either way
APART = 12                      # runs between steps, and from either end


def suites(seed: int = 1, each: int = 6, series: int = 8) -> list[dict[str, Any]]:
    """`each` suites of every kind, in the form of the data that the README describes."""
    rng = random.Random(seed)
    return [_suite(kind, number, series, rng) for kind in KINDS for number in range(each)]


def _suite(kind: str, number: int, series: int, rng: random.Random) -> dict[str, Any]:
    runs = rng.choice((60, 120, 250))
    common = [rng.gauss(0, 0.01) for _ in range(runs)] if kind == "heteroscedastic" else [0.0] * runs
    if kind == "two runner classes":
        common = [rng.choice((0.0, 0.0, 0.15)) + rng.gauss(0, 0.02) for _ in range(runs)]
    values, truth = {}, {}
    for index in range(series):
        name = f"b{index}"
        steps = _steps(runs, rng)
        noise = _noise(kind, runs, rng.uniform(0.005, 0.05), rng)
        loading = rng.uniform(0.8, 1.2)
        level, history = math.log(10 ** rng.uniform(-6, 0)), []
        for run in range(runs):
            level += sum(math.log1p(step["pct"] / 100) for step in steps if step["index"] == run)
            history.append(math.exp(level + loading * common[run] + noise[run]))
        values[name], truth[name] = history, steps
    return {"id": f"{kind}-{number}", "group": kind, "series": values, "truth": truth}


def _steps(runs: int, rng: random.Random) -> list[dict[str, float]]:
    wanted = rng.choice((0, 0, 1, 1, 2))
    places: list[int] = []
    for _ in range(20):
        place = rng.randrange(APART, runs - APART + 1)
        if len(places) < wanted and all(abs(place - other) >= APART for other in places):
            places.append(place)
    faster = [rng.random() < 0.3 for _ in places]
    sizes = [rng.choice(SIZES) for _ in places]
    return [{"index": place, "pct": -100 * size / (100 + size) if down else size}
            for place, size, down in zip(sorted(places), sizes, faster, strict=True)]


def _noise(kind: str, runs: int, spread: float, rng: random.Random) -> list[float]:
    noise = [rng.gauss(0, spread) for _ in range(runs)]
    if kind == "heteroscedastic":
        noise = [value * rng.choice((0.5, 1.0, 2.0)) for value in noise]
    elif kind == "outliers":
        noise = [value + (rng.uniform(0.1, 0.8) if rng.random() < 0.08 else 0) for value in noise]
    elif kind == "autocorrelated":
        for run in range(1, runs):
            noise[run] = 0.5 * noise[run - 1] + math.sqrt(0.75) * noise[run]
    elif kind == "drifting":
        noise = [value + 0.03 * run / runs for run, value in enumerate(noise)]
    return noise
