"""Reports of benchmarks as a project's runs might leave them: the past on runners that vary, and the newest one."""
from __future__ import annotations

import json
from random import Random

# Names with their seconds, and by how much the newest code changed them.
_BENCHMARKS = {
    "parse/small": (42e-6, 1.0), "parse/large": (3.1e-3, 1.18), "render/table": (880e-6, 1.0),
    "render/tree": (1.7e-3, 0.81), "engine/start": (0.19, 1.0), "engine/call": (310e-9, 1.0),
    "net/retry": (6.4e-3, 1.0), "sort/1024": (11e-6, 1.0), "sort/4096": (52e-6, 1.0), "sort/16384": (240e-6, 1.0),
}
PAST_RUNS = 20


def past_reports(*, seed: int) -> list[str]:
    """Reports of earlier runs, oldest first."""
    random = Random(f"benchmarks {seed}")       # noqa: S311 - a story, not a secret
    return [_report(random, changed=False) for _ in range(PAST_RUNS)]


def current_report(*, seed: int) -> str:
    """The report of the newest code: one benchmark is slower, one faster, and the runner slower as a whole."""
    return _report(Random(f"newest benchmarks {seed}"), changed=True, speed=1.06)     # noqa: S311 - the same


def _report(random: Random, *, changed: bool, speed: float = 1.0) -> str:
    runner = speed * random.lognormvariate(0, 0.03)
    benchmarks = []
    for name, (seconds, change) in _BENCHMARKS.items():
        level = seconds * runner * (change if changed else 1.0) * random.lognormvariate(0, 0.008)
        benchmarks.append({"name": name, "unit": "s", "samples": [
            level * random.lognormvariate(0, 0.004) for _ in range(5)]})
    return json.dumps({"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": benchmarks})
