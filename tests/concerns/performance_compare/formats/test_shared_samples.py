"""Reports that the tools themselves wrote, with what each of them, or a peer's own test, says of it.

They are looked for in the folder that REPO_VITALS_SAMPLES names, in `bench-<kind>/manifest.json`.
"""
from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.performance_compare.reading import reader, recognised
from support.report_files import kept

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report

FOLDER = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
KINDS = {"bench-pytest", "bench-dotnet", "bench-jmh", "bench-hyperfine", "bench-js", "bench-custom"}
FILES = [(manifest.parent / one["file"], one["expected"]) for kind in sorted(KINDS)
         for manifest in FOLDER.glob(f"{kind}/manifest.json") for one in json.loads(manifest.read_text("utf-8"))]
RATE = "operations_per_second"


def told(expected: Any) -> dict[tuple[str, str], float]:
    """What is expected, as (name, unit) and mean in base units; of units that no name is for, only the name."""
    if isinstance(expected, list):      # hyperfine and Vitest
        return {(one["command"], "seconds") if "command" in one else (f"{one['group']} > {one['name']}", "seconds"):
                one["mean"] if "command" in one else one["mean_ms"] / 1000 for one in expected}
    if "benchmarks" in expected:        # pytest-benchmark
        return {(one["fullname"], "seconds"): one["mean"] for one in expected["benchmarks"]}
    if "benches" in expected:
        return dict(_of_action(one) for one in expected["benches"])
    # Of Vitest the peer tells the rate as well, which is 1 ÷ the time.
    return {(name, "seconds" if "latency" in metrics else RATE):
            metrics["latency"]["value"] * 1e-9 if "latency" in metrics else metrics["throughput"]["value"]
            for name, metrics in expected.get("metrics", {}).items()}


def _of_action(one: dict[str, Any]) -> tuple[tuple[str, str], float]:
    unit, value = one["unit"], one["value"]
    if unit == "iter/sec":      # that action's way of showing pytest's times
        return (one["name"], "seconds"), 1 / value
    factor, base = {"ns": (1e-9, "seconds"), "ops/s": (1, RATE), "ops/sec": (1, RATE), "Megabytes": (1e6, "bytes"),
                    }.get(unit, (1, unit))
    return (one["name"], base), value * factor


def means(report: Report) -> dict[tuple[str, str], float]:
    return {one.key: fmean(one.samples) for one in report.results}


def named_alike(name: str, theirs: str) -> bool:
    """Whether a name is the one that is expected: a peer leaves out JMH's parameters, and .NET's type."""
    return name.partition("(")[0] == theirs or name == theirs or (
        name.startswith(theirs.rpartition(".")[0]) and name.endswith(theirs.rpartition(".")[2]))


@pytest.mark.skipif(not FILES, reason="REPO_VITALS_SAMPLES names no folder of samples")
def test_shared_samples_give_what_the_tools_themselves_say() -> None:
    checked = 0
    for path, expected in FILES:
        file = kept(path)
        found = means(reader(recognised(file)).read(file))
        want = told(expected)
        if "names" in expected:
            assert [name for name, _ in found] == expected["names"]
        for (name, unit), value in want.items():
            (got,) = (mean for (mine, its), mean in found.items() if named_alike(mine, name) and its == unit)
            assert got == pytest.approx(value, rel=1e-9, abs=0), (path.name, name)
            checked += 1
        assert len(found) >= len(want), path.name
    assert checked >= 40


@pytest.mark.skipif(not FILES, reason="REPO_VITALS_SAMPLES names no folder of samples")
def test_directions_of_shared_samples() -> None:
    higher = {path.name: {one.better for one in reader(recognised(kept(path))).read(kept(path)).results}
              for path, _ in FILES}
    assert {name for name, better in higher.items() if better == {"higher"}} == {
        "ba_jmh_output.json", "bencher_java_jmh_six.json", "ba_benchmarkjs_output.txt", "bencher_js_benchmark_four.txt",
        "ba_customBiggerIsBetter_output.json"}
    assert all(len(better) == 1 for better in higher.values())
