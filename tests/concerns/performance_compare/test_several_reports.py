"""Several report files: of one commit, of unlike suites and machines, in which order, and which of them are broken."""
from __future__ import annotations

import random
from datetime import datetime, timezone

import pytest

from repo_vitals.concerns.performance_compare.comparing import compared
from repo_vitals.concerns.performance_compare.facts import Facts, Reference
from repo_vitals.concerns.performance_compare.history_reference import as_run
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.concerns.performance_compare.results import MOST_SAMPLES, Kept, Run, kept_of, record_of, rows_of
from repo_vitals.concerns.performance_compare.runs import as_runs, runs_of, together
from repo_vitals.sources.machine import Machine
from support.benchmarks import result

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
