"""Several report files: of one commit, of unlike suites and machines, in which order, and which of them are broken."""
from __future__ import annotations

import json
import random
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.performance_compare.comparing import compared
from repo_vitals.concerns.performance_compare.facts import Facts, Reference
from repo_vitals.concerns.performance_compare.history_reference import as_run
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.concerns.performance_compare.results import MOST_SAMPLES, Kept, Run, kept_of, record_of, rows_of
from repo_vitals.concerns.performance_compare.runs import as_runs, runs_of, together
from repo_vitals.sources.machine import Machine
from support.benchmarks import NOISE, Bench, result

if TYPE_CHECKING:
    from pathlib import Path

    from support.commands import Ended

AT = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
KEY = ("parse", "seconds")


def commit(values: list[float]) -> Run:
    """What the history keeps of a commit of which each report has one value."""
    kept = kept_of(together(runs_of([[[result(value=value)]] for value in values]))[KEY], runs=len(values))
    return Run(commit="a" * 40, at=AT, suite="default", machine=Machine(), values={KEY: kept})


def against_the_history(current: list[float], past: list[Run]) -> Facts:
    made = runs_of([[[result(value=value)]] for value in current])
    return Facts(repository="acme/widget", current=as_runs(made, samples=MOST_SAMPLES), results=together(made),
                 reference=Reference(how="the history", by_commit=True, runs=tuple(map(as_run, past))))


@pytest.mark.parametrize(("now", "before"), [(8, 8), (1, 8), (8, 1)])
def test_quiet_commits_cry_no_wolf_however_many_reports_each_has(now: int, before: int) -> None:
    chance = random.Random(7)
    verdicts = []
    for _ in range(25):
        past = [commit([chance.lognormvariate(0, 0.05) for _ in range(before)]) for _ in range(20)]
        current = [chance.lognormvariate(0, 0.05) for _ in range(now)]
        verdicts += [row.verdict for row in compared(against_the_history(current, past), Policy()).rows]

    assert sum(verdict in ("regressed", "improved") for verdict in verdicts) <= 1


def test_reports_of_one_commit_are_one_run_of_it_and_the_larger_side_is_cut_down_to_as_many() -> None:
    past = [commit([1.0 * noise, 5.0, 5.0]) for noise in (0.99, 1.0, 1.01, 1.005, 0.995)]

    [one] = compared(against_the_history([1.0], past), Policy()).rows
    [three] = compared(against_the_history([9.0, 5.0, 1.0], past), Policy()).rows

    assert (one.verdict, three.verdict, three.runs) == ("unchanged", "unchanged", (5, 1))


def test_a_record_that_does_not_say_how_many_runs_it_is_of_counts_with_its_median() -> None:
    row = record_of(commit([1.0, 2.0, 9.0])).row
    row["values"] = [value[:-1] for value in row["values"]]
    [run], _, _ = rows_of([record_of(commit([1.0])).__class__(key="x", at=AT, row=row)], "default")

    assert run.values[KEY] == Kept(value=2.0, spread=1.0, count=3, samples=(1.0, 2.0, 9.0), runs=None)
    assert (as_run(run).values[KEY], as_run(run).repeats[KEY]) == ((2.0,), (2.0,))


def go(package: str, nanoseconds: float) -> str:
    return f"goos: linux\npkg: m/{package}\nBenchmarkParse-8\t100\t{nanoseconds} ns/op\nPASS\nok  \tm/{package}\t1s\n"


def rows(ended: Ended) -> dict[str, str]:
    return {row["name"]: row["verdict"] for row in Bench.report(ended)["data"]["benchmarks"]}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "widget")


def test_packages_in_files_of_their_own_are_benchmarks_of_their_own(bench: Bench) -> None:
    for package, slower in (("a", 1), ("b", 3)):
        (bench.folder / f"now-{package}.txt").write_text(go(package, 100 * slower))
        for place, noise in enumerate(NOISE):
            (bench.folder / f"old-{package}-{place}.txt").write_text(go(package, 100 * noise))

    ended = bench.run("--current", "now-*.txt", "--baseline-reports", "old-*.txt")

    assert (ended.code, rows(ended)) == (1, {"m/a.BenchmarkParse-8": "unchanged", "m/b.BenchmarkParse-8": "regressed"})


def test_what_a_report_of_other_benchmarks_says_nothing_of_is_missing_and_what_its_own_kind_dropped_is_not(
    bench: Bench,
) -> None:
    for place in range(5):
        bench.write(f"base/a{place}.json", {"A": 1.0, "C": 1.0, **({"removed": 1.0} if place < 3 else {})})
        bench.write(f"base/b{place}.json", {"B": 1.0})

    ended = bench.measure({"A": 1.0, "C": 1.0}, "--baseline-reports", "base/*.json")

    assert rows(ended) == {"A": "unchanged", "B": "missing", "C": "unchanged"}
    assert Bench.report(ended)["status"] == "warn"


def test_a_benchmark_that_is_better_the_other_way_round_is_missing_as_it_was_and_new_as_it_is(bench: Bench) -> None:
    def write(path: str, better: str, value: float) -> None:
        (bench.folder / path).parent.mkdir(exist_ok=True)
        (bench.folder / path).write_text(json.dumps({"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": [
            {"name": "score", "unit": "points", "value": value, "better": better}]}))
    for place, noise in enumerate(NOISE):
        write(f"base/{place}.json", "higher", 100 * noise)
    write("now.json", "lower", 50)

    ended = bench.run("--current", "now.json", "--baseline-reports", "base/*.json")

    found = {row["verdict"]: (row["better"], row["why"]) for row in Bench.report(ended)["data"]["benchmarks"]}
    assert found == {"new": ("lower", None),
                     "missing": ("higher", "it was better when higher, and is when lower now")}


@pytest.mark.parametrize("history", ["history", ""])
def test_reports_of_unlike_machines_are_compared_with_nothing_and_kept_under_none(bench: Bench, history: str) -> None:
    for place in range(3):
        bench.write(f"base/{place}.json", {"A": 0.01}, machine={"cpu": "X"})
    bench.write("c1.json", {"A": 0.02}, machine={"cpu": "Y"})
    bench.write("c2.json", {"B": 0.02}, machine={"cpu": "X"})
    options = ("--history", "history") if history else ("--baseline-reports", "base/*.json")

    ended = bench.run("--current", "c?.json", *options)

    found = Bench.report(ended)
    assert (found["status"], "regressed" in rows(ended).values(), bench.kept()) == ("unknown", False, {})
    assert "the current reports are of unlike machines (processor Y and X)" in " ".join(found["data"]["notes"])


@pytest.mark.parametrize("times", [{}, {"run-10": "2026-01-01T00:00:00Z", "run-9": "2026-01-02T00:00:00Z"}])
def test_reports_are_ordered_by_their_times_or_by_the_numbers_in_their_names(bench: Bench, times: dict[str, str],
                                                                            ) -> None:
    names = [f"run-{number}" for number in (9, 10)]
    for name, value in (*zip(names, (1000, 2000), strict=True), ("now", 2000)):
        (bench.folder / f"{name}.json").write_text(json.dumps({
            "format": "repo-vitals-benchmarks", "version": 1, "written_at": times.get(name), "benchmarks": [
                {"name": "app", "unit": "B", "value": value, "exact": True}]}))

    ended = bench.run("--current", "now.json", "--baseline-reports", "run-*.json")

    assert rows(ended) == {"app": "regressed" if times else "unchanged"}


def test_a_report_of_the_baseline_that_is_broken_is_told(bench: Bench) -> None:
    for place in range(4):
        bench.write(f"base/{place}.json", {"A": 1.0})
    (bench.folder / "base/4.json").write_text('{"format": "repo-')

    ended = bench.measure({"A": 1.0}, "--baseline-reports", "base/*.json")

    found = Bench.report(ended)
    assert (ended.code, found["status"], [one["rule"] for one in found["findings"]]) == (
        0, "warn", ["report-unreadable"])
    assert found["data"]["complete"][0].startswith("of the baseline, base/4.json ")


def test_files_of_one_name_are_runs_unless_their_suites_differ_and_a_note_tells_of_what_is_far_apart(bench: Bench,
                                                                                                     ) -> None:
    for name, seconds in (("a", 0.0001), ("b", 0.03)):
        bench.write(f"{name}.json", {"parse": seconds})
    runs = Bench.report(bench.run("--current", "[ab].json"))["data"]
    for name in "ab":
        path = bench.folder / f"{name}.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "suite": name}))
    suites = Bench.report(bench.run("--current", "[ab].json"))["data"]

    assert [row["current_runs"] for row in runs["benchmarks"]] == [2]
    assert '"parse" is 100 µs in one current report and 30 ms in another' in runs["notes"][0]
    assert ([row["name"] for row in suites["benchmarks"]], suites["notes"]) == (["a: parse", "b: parse"], [])
