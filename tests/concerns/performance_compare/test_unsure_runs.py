"""Slow runs that nothing could be said of stay in the baseline: what they may do to it, and when they leave it."""
from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from statistics import median

import pytest

from repo_vitals.concerns.performance_compare.baselines import Baseline, baseline_of
from repo_vitals.concerns.performance_compare.results import Kept, Run
from repo_vitals.sources.machine import Machine
from repo_vitals.stats.change_points import change_points
from repo_vitals.stats.comparison import compare

AT = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
HERE = Machine(runner="hosted", cpu="EPYC")
KEY = ("a", "seconds")
STEP = 30               # the first run that is slower
SEEDS = range(8)


def history(seed: int, slow: int, *, by: float = 1.15, noise: float = 0.03, then: int = 0) -> list[Run]:
    """30 runs, some slow ones, none of which was said to have regressed, and some that are as before."""
    drawn = random.Random(seed)
    return [Run(commit=f"{number:040x}", at=AT + timedelta(hours=number), suite="s", machine=HERE, values={
        KEY: Kept(value=drawn.lognormvariate(0, noise) * (by if STEP <= number < STEP + slow else 1))})
        for number in range(STEP + slow + then)]


def slow_runs_in(baseline: Baseline) -> int:
    return sum(int(run.commit, 16) >= STEP for run in baseline.runs)


def ratio_to(baseline: Baseline, value: float) -> float:
    found = compare([{"a": run.values[KEY].value} for run in baseline.runs], [{"a": value}]).comparisons["a"].ratio
    assert found is not None
    return found


def test_a_step_that_no_verdict_was_sure_of_is_found_at_its_third_run_and_cuts_the_next_baseline() -> None:
    found = [change_points({"a": [run.values[KEY].value for run in history(seed, 3)]})["a"] for seed in SEEDS]
    seen = [seed for seed in SEEDS if any(abs(point.index - STEP) <= 1 for point in found[seed])]
    assert len(seen) >= 6
    left = [slow_runs_in(baseline_of(history(seed, 3), HERE, change_points=change_points)) for seed in seen]
    assert max(left) <= 1


@pytest.mark.parametrize("slow", [1, 2, 3])
def test_before_that_each_moves_what_a_run_is_held_to_by_its_share_of_the_thirty_runs_and_no_more(slow: int) -> None:
    moved = []
    for seed in SEEDS:
        whole = baseline_of(history(seed, slow), HERE)
        clean = baseline_of(history(seed, slow)[:STEP], HERE)
        assert slow_runs_in(whole) == slow
        moved.append(ratio_to(clean, 1.15) / ratio_to(whole, 1.15))
    assert median(moved) <= 1 + 1.2 * 0.15 * slow / 30
    assert max(moved) <= 1 + 2 * 0.15 * slow / 30


def test_one_that_was_a_spike_stays_and_moves_nothing() -> None:
    for seed in SEEDS:
        runs = history(seed, 1, by=2.0, then=10)
        whole = baseline_of(runs, HERE, change_points=change_points)
        assert len(whole.runs) == 30
        without = baseline_of([run for run in runs if run.commit != f"{STEP:040x}"], HERE)
        assert ratio_to(whole, 1.0) == pytest.approx(ratio_to(without, 1.0), rel=0.01)
