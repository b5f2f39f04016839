"""How often pairwise decisions cry wolf, how often they are unsure, and which slowdowns they find.

    python3 benchmarks/detection/pairwise.py [DIRECTORY] [--share 0.1] [--rules performance-compare] [--processes 2]
                                             [--cache FILE]

DIRECTORY (or REPO_VITALS_PERF_DATA) holds `pairwise_*.json`: suites of runs with known truth. Needs numpy and scipy.
FILE keeps each answer as soon as it is there, so that the next run goes on where this one was ended. Answers of other
code or about other data count for nothing: both are part of what an answer is kept under.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import zlib
from collections import Counter, defaultdict
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
from repo_vitals.stats.comparison import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PERCENT = (5, 10, 20, 50)
Runs = list[dict[str, Any]]
Sides = tuple[Runs, Runs, bool]                         # baseline, current, whether they are pairs
Answer = tuple[set[str], set[str]]                      # what regressed and what is unsure
Rule = "Callable[[Sides], Answer]"


def product(asked: Sides) -> Answer:
    """The decision of performance-compare, with its defaults."""
    baseline, current, paired = asked
    found = compare(baseline, current, paired=paired).comparisons
    return ({name for name, one in found.items() if one.verdict == "regressed"},
            {name for name, one in found.items() if one.verdict == "unsure"})


def ratio(limit: float) -> Rule:
    """More than so many times the last run's value."""
    def rule(asked: Sides) -> Answer:
        before, after = asked[0][-1], asked[1][-1]
        shared = before.keys() & after.keys()
        return {name for name in shared if np.mean(after[name]) > limit * np.mean(before[name])}, set()
    return rule


def by_test(test: Callable[[list[float], list[float]], float]) -> Rule:
    """At 1 % for each benchmark, as those tests are used: one value a run, no correction."""
    def rule(asked: Sides) -> Answer:
        found = set()
        for name in asked[0][0].keys() & asked[1][0].keys():
            before, after = ([float(np.mean(run[name])) for run in runs if name in run] for runs in asked[:2])
            if len(before) > 1 and test(before, after) < 0.01:
                found.add(name)
        return found, set()
    return rule


def student(before: list[float], after: list[float]) -> float:
    """The prediction interval of the mean of the current runs."""
    spread = np.std(before, ddof=1) * np.sqrt(1 / len(before) + 1 / len(after))
    return float(stats.t.sf((np.mean(after) - np.mean(before)) / spread, len(before) - 1)) if spread > 0 else 1.0


def mann_whitney(before: list[float], after: list[float]) -> float:
    """The rank-sum test."""
    return float(stats.mannwhitneyu(after, before, alternative="greater").pvalue)


RULES = {"performance-compare": product, "ratio 200 %": ratio(2), "ratio 110 %": ratio(1.1),
         "Student t": by_test(student), "Mann-Whitney": by_test(mann_whitney)}


def sides(case: dict[str, Any], table: dict[str, Any]) -> Sides:
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
    return baseline, current, case["paired"]


def views(case: dict[str, Any]) -> Iterator[str]:
    """The rows of the table that a case counts in."""
    before, after = len(case["baseline"]), len(case["current"])
    if before < 10:
        yield "baselines below 10 runs"
        return
    yield "all from 10 runs"
    yield case["group"]
    against = f"{before} pairs" if case["paired"] else f"{before} against {after}"
    if (case["group"], against) in (("syn-lognormal", "20 against 1"), ("syn-bimodal", "20 against 1"),
                                    ("gha-suite", "10 against 3")):
        yield f"{case['group']}, {against}"
    if case["paired"] and before == 20:
        yield against


def answered(asked: tuple[dict[str, Any], dict[str, Any], list[str]]) -> tuple[dict[str, Any], dict[str, Counter[str]]]:
    """What each of the rules says of a case, and the case without what it is asked about."""
    case, table, rules = asked
    both = sides(case, table)
    return ({part: case[part] for part in ("id", "group", "baseline", "current", "paired")},
            {rule: tally(case["truth"], *RULES[rule](both), len(both[1][0])) for rule in rules})


def tally(truth: dict[str, int], found: set[str], unsure: set[str], size: int) -> Counter[str]:
    """Of one case: a suite without slowdowns says how often a rule cries wolf, one with them which it finds."""
    count = Counter[str]()
    if not truth:
        count.update({"quiet": 1, "wolf": bool(found), "unsure": len(unsure), "compared": size})
    for name, percent in truth.items():
        count.update({f"true {percent}": 1, f"found {percent}": name in found})
    return count


def cases(directory: Path, part: float) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Cases with the tables that they speak of."""
    for path in sorted(directory.glob("pairwise_*.json")):
        held = json.loads(path.read_text("utf-8"))
        for case in held["cases"]:
            if zlib.crc32(case["id"].encode()) % 1000 < part * 1000:
                whole = held["tables"][case["table"]]
                rows = sorted({row for rows in (case["baseline"], case["current"], *case.get("override", {}).values())
                               for row in rows})
                yield case, {"benches": whole["benches"], "runs": {row: whole["runs"][row] for row in rows}}


def code() -> str:
    """A digest of what decides: the product's arithmetic for its own rule, and this file for all."""
    stats_of = Path(__file__).resolve().parents[2] / "src" / "repo_vitals" / "stats"
    files = [Path(__file__).resolve(), *sorted(stats_of.glob("**/*.py"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def kept(path: Path | None, under: str) -> dict[str, dict[str, Counter[str]]]:
    """Answers of an earlier run of the same code, by case and rule. A line that was cut off is none."""
    found: dict[str, dict[str, Counter[str]]] = defaultdict(dict)
    for line in path.read_text("utf-8").splitlines() if path is not None and path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row["under"] == under:
            found[row["case"]].update({rule: Counter(count) for rule, count in row["counts"].items()})
    return found


def name_of(case: dict[str, Any]) -> str:
    """A case by all that it says, so that one that was changed is another."""
    return f"{case['id']} {hashlib.sha256(json.dumps(case, sort_keys=True).encode()).hexdigest()[:12]}"


def share(part: int, whole: int) -> str:
    """In percent, for the table."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def answers(chosen: argparse.Namespace) -> Iterator[tuple[dict[str, Any], dict[str, Counter[str]]]]:
    """Every chosen case with what every chosen rule says of it."""
    under = code()
    known = kept(chosen.cache, under)
    left = []
    for case, table in cases(Path(chosen.directory), chosen.share):
        name = name_of({**case, "table": table})
        before = {rule: known[name][rule] for rule in chosen.rules if rule in known.get(name, ())}
        yield case, before
        if rules := [rule for rule in chosen.rules if rule not in before]:
            left.append((name, case, table, rules))
    with Pool(chosen.processes) as pool:
        for (case, counts), (name, *_) in zip(pool.imap(answered, [tuple(one[1:]) for one in left], chunksize=4), left,
                                               strict=True):
            if chosen.cache is not None:
                with chosen.cache.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"under": under, "case": name, "counts": counts}) + "\n")
            yield case, counts


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("directory", nargs="?", default=os.environ.get("REPO_VITALS_PERF_DATA"))
    parser.add_argument("--share", type=float, default=1.0, help="share of the cases, chosen by their names")
    parser.add_argument("--rules", nargs="+", choices=RULES, default=list(RULES), help="which of them (all)")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="file of answers: what is in it isn't worked out again")
    chosen = parser.parse_args()
    if chosen.directory is None:
        parser.error("name the directory of the data, or set REPO_VITALS_PERF_DATA")
    totals: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case, counts in answers(chosen):
        for view in views(case):
            for rule, count in counts.items():
                totals[view, rule].update(count)
    lines = ["| runs | rule | quiet suites | with a false alarm | unsure | 5 % | 10 % | 20 % | 50 % slower found |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for (view, rule), count in sorted(totals.items(), key=lambda one: (one[0][0], list(RULES).index(one[0][1]))):
        found = " | ".join(share(count[f"found {percent}"], count[f"true {percent}"]) for percent in PERCENT)
        lines.append(f"| {view} | {rule} | {count['quiet']} | {share(count['wolf'], count['quiet'])} | "
                     f"{share(count['unsure'], count['compared'])} | {found} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
