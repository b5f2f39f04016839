"""Histories of benchmarks with known steps, one kind of noise each, from a seed."""
from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Noise = Callable[[np.random.Generator, int], "np.ndarray"]


def _autocorrelated(rng: np.random.Generator, runs: int) -> np.ndarray:
    noise = rng.normal(0, 0.02, runs)
    for run in range(1, runs):
        noise[run] += 0.5 * noise[run - 1]
    return noise


KINDS: Mapping[str, Noise] = {
    "log-normal": lambda rng, runs: rng.normal(0, 0.02, runs),
    "uneven": lambda rng, runs: rng.normal(0, 0.02, runs) * rng.choice([0.5, 1, 2], runs),
    "with outliers": lambda rng, runs: (rng.normal(0, 0.01, runs)
                                        + (rng.random(runs) < 0.06) * rng.uniform(0.1, 0.8, runs)),
    "heavy-tailed": lambda rng, runs: 0.01 * rng.standard_t(3, runs),
    "autocorrelated": _autocorrelated,
    "drifting": lambda rng, runs: rng.normal(0, 0.02, runs) + np.linspace(0, 0.02, runs),
    "of two levels": lambda rng, runs: rng.normal(0, 0.01, runs) + 0.2 * (rng.random(runs) < 0.4),
}


def history(kind: str, seed: int, runs: int = 80, steps: Mapping[int, float] | None = None) -> list[float]:
    """Values about 0.01, multiplied from run `index` on by the factor of each step."""
    logs = KINDS[kind](np.random.default_rng([seed, *kind.encode()]), runs)
    for index, factor in (steps or {}).items():
        logs[index:] += np.log(factor)
    return [float(value) for value in 0.01 * np.exp(logs)]


def on_one_runner(seed: int, count: int, runs: int = 80) -> dict[str, list[float]]:
    """A suite whose runs fall on slow and fast machines, which moves all benchmarks by about a fifth."""
    rng = np.random.default_rng(seed)
    speed = 0.2 * (rng.random(runs) < 0.3) + rng.normal(0, 0.03, runs)
    return {f"b{index}": [float(value) for value in np.exp(rng.uniform(0.8, 1.2) * speed + rng.normal(0, 0.01, runs))]
            for index in range(count)}
