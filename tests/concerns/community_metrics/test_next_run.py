"""A run that remembers: the figures of a run that reads everything, at the price of what changed."""
from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.clock import format_instant
from repo_vitals.simulator.generate import generate
from support.changes import change
from support.commands import Ended, run
from support.simulated import NOW, serving

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator
    from repo_vitals.simulator.state import State

OPTIONS: tuple[tuple[str, ...], ...] = (
    (), ("--responders", "members"), ("--include-bots",), ("--window", "7d"), ("--window", "90d"),
    ("--sla", "p0-p3, business", "--escalate", "no-progress, urgent, security, production"),
    ("--acknowledgements", "--mentors"), ("--ignore-users", "ann, maria-silva"),
)


def measured(github: Simulator, folder: Path, at: datetime, *options: str) -> Ended:
    """A run of the command, which must not fail."""
    folder.mkdir(exist_ok=True)
    ended = run("community-metrics", "--fail-on", "never", *options, "--repository",
                github.state.repositories()[0].full_name, folder=folder, at=github,
                environ={"REPO_VITALS_NOW": format_instant(at)})
    assert ended.code == 0, ended.stderr
    return ended


def without_cost(ended: Ended) -> dict[str, Any]:
    return {key: value for key, value in ended.report.items() if key != "cost"}


def held_to_full_runs(tmp_path: Path, state: State, chance: random.Random, *, rounds: int, changes: int,
                      options: tuple[str, ...]) -> list[int]:
    """After every round of changes a run that remembers says what one says that reads everything; what each cost."""
    repository, at = state.repositories()[0], NOW
    costs = []
    with serving(state) as github:
        for _ in range(rounds + 1):
            remembering = measured(github, tmp_path / "remembers", at, "--history", "history", *options)
            assert without_cost(remembering) == without_cost(measured(github, tmp_path / "full", at, *options))
            costs.append(remembering.report["cost"]["requests"])
            for _ in range(changes):
                at += timedelta(seconds=chance.choice([0, 0, 1, 60, 600, 3600]))
                change(state, repository, chance, at)
            at += timedelta(seconds=1)
    return costs[1:]


@pytest.mark.parametrize("seed", range(len(OPTIONS)))
def test_after_any_fifty_changes_a_run_says_what_a_full_run_says_in_ten_requests(tmp_path: Path, seed: int) -> None:
    state = generate(issues=150, pull_requests=90, discussions=30, seed=seed, now=NOW)
    costs = held_to_full_runs(tmp_path, state, random.Random(seed), rounds=3, changes=50, options=OPTIONS[seed])
    assert max(costs) <= 10


@pytest.mark.slow
@given(seed=st.integers(0, 10**9), changes=st.sampled_from([1, 5, 50]), options=st.sampled_from(OPTIONS))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_after_any_changes_to_any_repository_a_run_says_what_a_full_run_says(
        tmp_path_factory: pytest.TempPathFactory, seed: int, changes: int, options: tuple[str, ...]) -> None:
    state = generate(issues=60, pull_requests=45, discussions=15, seed=seed, now=NOW)
    held_to_full_runs(tmp_path_factory.mktemp("runs"), state, random.Random(seed), rounds=4, changes=changes,
                      options=options)
