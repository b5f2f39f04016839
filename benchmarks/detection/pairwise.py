"""How often pairwise decisions cry wolf, how often they are unsure, and which slowdowns they find.

    python3 benchmarks/detection/pairwise.py [DIRECTORY] [--share 0.1]

DIRECTORY (or REPO_VITALS_PERF_DATA) holds `pairwise_*.json`: suites of runs with known truth. Needs numpy and scipy.
"""
from __future__ import annotations

import argparse
import json
import os
import sys
import zlib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
from repo_vitals.stats.comparison import compare

PERCENT = (5, 10, 20, 50)
Runs = list[dict[str, Any]]


def product(baseline: Runs, current: Runs, paired: bool) -> tuple[set[str], set[str]]:  # noqa: FBT001 - as all rules
    """The decision itself: what it calls slower, and what it leaves open."""
    found = compare(baseline, current, paired=paired).comparisons
    return ({name for name, one in found.items() if one.verdict == "regressed"},
            {name for name, one in found.items() if one.verdict == "unsure"})


def ratio(limit: float) -> Any:
    """The newest run over the one before it, as the popular action has it."""
    def rule(baseline: Runs, current: Runs, _: bool) -> tuple[set[str], set[str]]:  # noqa: FBT001
        before, after = baseline[-1], current[-1]
        return {name for name in before.keys() & after.keys()
                if np.mean(after[name]) > limit * np.mean(before[name])}, set()
    return rule


def by_test(test: Any) -> Any:
    """At 1 % for each benchmark, as those tests are used: one value a run, no correction."""
    def rule(baseline: Runs, current: Runs, _: bool) -> tuple[set[str], set[str]]:  # noqa: FBT001
        found = set()
        for name in baseline[0].keys() & current[0].keys():
            before, after = ([float(np.mean(run[name])) for run in runs if name in run] for runs in (baseline, current))
            if len(before) > 1 and test(before, after) < 0.01:
                found.add(name)
        return found, set()
    return rule


def student(before: list[float], after: list[float]) -> float:
    """The prediction interval of the mean of the current runs."""
    spread = np.std(before, ddof=1) * np.sqrt(1 / len(before) + 1 / len(after))
    return float(stats.t.sf((np.mean(after) - np.mean(before)) / spread, len(before) - 1)) if spread > 0 else 1.0


def mann_whitney(before: list[float], after: list[float]) -> float:
    """By ranks."""
    return float(stats.mannwhitneyu(after, before, alternative="greater").pvalue)


RULES = {"repo-vitals": product, "ratio 200 %": ratio(2), "ratio 110 %": ratio(1.1), "Student t": by_test(student),
         "Mann-Whitney": by_test(mann_whitney)}


def sides(case: dict[str, Any], table: dict[str, Any]) -> tuple[Runs, Runs]:
    """The two lists of runs of a case, with the slowdowns that it asks for."""
    names, rows = table["benches"], table["runs"]
    baseline, current = ([{name: value for name, value in zip(names, rows[row], strict=True) if value is not None}
                          for row in case[side]] for side in ("baseline", "current"))
    for name, slower in case.get("override", {}).items():
        for run, row in zip(current, slower, strict=True):
            run[name] = rows[row][names.index(name)]
    for name, percent in case.get("inject", {}).items():
        for run in current:
            if name in run:
                run[name] = (np.asarray(run[name]) * (1 + percent / 100)).tolist()
    return baseline, current


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", default=os.environ.get("REPO_VITALS_PERF_DATA"))
    parser.add_argument("--share", type=float, default=1.0, help="share of the cases, chosen by their names")
    chosen = parser.parse_args()
    if chosen.directory is None:
        parser.error("name the directory of the data, or set REPO_VITALS_PERF_DATA")
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for path in sorted(Path(chosen.directory).glob("pairwise_*.json")):
        held = json.loads(path.read_text("utf-8"))
        for case in held["cases"]:
            if zlib.crc32(case["id"].encode()) % 1000 >= chosen.share * 1000:
                continue
            baseline, current = sides(case, held["tables"][case["table"]])
            long = len(baseline) >= 10
            views = [case["group"] if long else "baselines below 10", *(["all from 10 runs"] if long else [])]
            for rule, decide in RULES.items():
                found, unsure = decide(baseline, current, case["paired"])
                for view in views:
                    tally(counts[view, rule], case["truth"], found, unsure, len(current[0]))
    sys.stdout.write("| Runs | Rule | Quiet suites | with a false alarm | unsure | 5 % | 10 % | 20 % "
                     "| 50 % slower found |\n"
                     "|---|---|---|---|---|---|---|---|---|\n")
    for (view, rule), count in sorted(counts.items()):
        found = " | ".join(share(count[f"found {percent}"], count[f"true {percent}"]) for percent in PERCENT)
        sys.stdout.write(f"| {view} | {rule} | {count['quiet']} | {share(count['wolf'], count['quiet'])} | "
                         f"{share(count['unsure'], count['compared'])} | {found} |\n")


def tally(count: Counter[str], truth: dict[str, int], found: set[str], unsure: set[str], size: int) -> None:
    """Add a case's outcome to a view's."""
    if not truth:
        count.update({"quiet": 1, "wolf": bool(found), "unsure": len(unsure), "compared": size})
    for name, percent in truth.items():
        count.update({f"true {percent}": 1, f"found {percent}": name in found})


def share(part: int, whole: int) -> str:
    """A part in per cent of the whole."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


if __name__ == "__main__":
    main()
