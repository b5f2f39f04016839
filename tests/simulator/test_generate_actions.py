"""A generated past of CI: the same for the same seed, quick, and with every hard case in it."""
from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.generate import generate
from repo_vitals.simulator.generate_actions import tell_ci
from repo_vitals.simulator.people import HOSTILE
from repo_vitals.simulator.state import State
from repo_vitals.simulator.truth_ci import CiRules, ci_truth
from support.simulated import NOW, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.server import Simulator


def past(seed: int = 7, runs: int = 5000, **more: Any) -> State:
    state = State(now=NOW)
    home = state.add_repository("acme/widget")
    for day in range(60):
        state.commit(home, NOW - timedelta(days=60 - day), email="ann@example.org", user=state.account("ann"))
    tell_ci(state, home, random.Random(seed), runs=runs, **more)
    return state


@pytest.fixture(scope="module")
def home() -> Repository:
    return past().repositories()[0]


def told(state: State) -> list[Any]:
    return [(run.id, run.workflow.name, run.event, run.branch, run.sha, run.created_at, run.title,
             [(attempt.updated_at, attempt.conclusion, [(job.name, job.started_at) for job in attempt.jobs])
              for attempt in run.attempts]) for run in state.repositories()[0].runs]


def test_the_same_seed_tells_the_same_past_and_another_seed_another() -> None:
    assert told(past(3, 200)) == told(past(3, 200))
    assert told(past(3, 200)) != told(past(4, 200))


@pytest.mark.parametrize("runs", [0, 1, 3, 4, 39, 40, 500])
def test_it_holds_as_many_runs_as_were_asked_for(runs: int) -> None:
    assert len(past(runs=runs).repositories()[0].runs) == runs


def test_five_thousand_runs_are_told_in_a_few_seconds() -> None:
    begun = time.process_time()
    home = past().repositories()[0]
    assert time.process_time() - begun < 5
    assert len(home.runs) == 5000
    assert len({run.workflow.id for run in home.runs}) == len(home.workflows) == 10


def test_nothing_happens_after_now_or_before_the_past_begins(home: Repository) -> None:
    attempts = [attempt for run in home.runs for attempt in run.attempts]
    jobs = [job for attempt in attempts for job in attempt.jobs]
    moments = [*(run.created_at for run in home.runs), *(attempt.started_at for attempt in attempts),
               *(attempt.updated_at for attempt in attempts), *(job.created_at for job in jobs),
               *(job.started_at for job in jobs if job.started_at),
               *(job.completed_at for job in jobs if job.completed_at),
               *(step.completed_at for job in jobs for step in job.steps if step.completed_at)]
    assert NOW - timedelta(days=30) <= min(moments) <= max(moments) <= NOW
    assert {moment.microsecond for moment in moments} == {0}


def test_ids_and_numbers_grow_with_time(home: Repository) -> None:
    assert [run.id for run in home.runs] == sorted(run.id for run in home.runs)
    for workflow in home.workflows:
        numbers = [run.run_number for run in home.runs if run.workflow is workflow]
        assert numbers == list(range(1, len(numbers) + 1))


def test_attempts_follow_each_other_and_only_the_newest_goes_on(home: Repository) -> None:
    for run in home.runs:
        assert [attempt.number for attempt in run.attempts] == list(range(1, len(run.attempts) + 1))
        assert all(attempt.status == "completed" for attempt in run.attempts[:-1])
        ends = [moment for attempt in run.attempts for moment in (attempt.started_at, attempt.updated_at)]
        assert ends == sorted(ends)
        assert (run.conclusion is None) == (run.status != "completed")


def test_every_hard_case_is_there(home: Repository) -> None:
    attempts = [attempt for run in home.runs for attempt in run.attempts]
    assert set(Counter(attempt.conclusion for attempt in attempts)) == {
        "success", "failure", "cancelled", "skipped", "neutral", "timed_out", "action_required", "stale",
        "startup_failure", None}
    assert {run.event for run in home.runs} == {"push", "pull_request", "merge_group", "schedule", "dynamic"}
    assert any(run.branch == "main" and run.head_repository is not home for run in home.runs)
    assert any(len(run.attempts) > 2 for run in home.runs)
    jobs = [job for attempt in attempts for job in attempt.jobs]
    assert {job.status for job in jobs} == {"queued", "in_progress", "completed"}
    assert any(job.carried_from is not None for job in jobs)
    assert len({job.labels for job in jobs}) >= 6
    assert any(not attempt.jobs for attempt in attempts)
    assert any(job.conclusion == "cancelled" and job.started_at is None for job in jobs)


def test_one_schedule_stopped_and_another_was_disabled(home: Repository) -> None:
    newest = {workflow.file: max(run.created_at for run in home.runs if run.workflow is workflow)
              for workflow in home.workflows}
    assert NOW - newest["benchmark.yml"] > timedelta(days=3)
    assert NOW - newest["stale.yml"] < timedelta(days=2)
    assert {workflow.file: workflow.state for workflow in home.workflows if workflow.state != "active"} == {
        "links.yml": "disabled_inactivity"}
    assert "cron: '0 */6 * * *'" in home.files[".github/workflows/benchmark.yml"].text


def test_the_past_says_something() -> None:
    state = past()
    found = ci_truth(state, CiRules(now=NOW))
    labels = (("branch", "main"), ("workflow", "integration.yml"))
    assert (found["ci_red_seconds", labels] or 0) > 3600
    assert 0 < (found["ci_flaky_ratio", labels] or 0) < 0.4
    assert (found["ci_success_ratio", labels] or 0) < 0.5
    assert (found["ci_success_ratio", (("branch", "main"), ("workflow", "ci.yml"))] or 0) > 0.7


def test_a_generated_repository_has_a_past_of_ci_and_an_empty_one_has_none() -> None:
    def runs(**sizes: int) -> int:
        return len(generate(now=NOW, **sizes).repositories()[0].runs)
    assert runs(issues=60, pull_requests=40, discussions=0) == 50
    assert runs(issues=60, pull_requests=40, discussions=0, runs=7) == 7
    assert runs(issues=0, pull_requests=0, discussions=0) == 0


def test_its_past_of_ci_leaves_the_rest_of_a_generated_repository_alone() -> None:
    def threads(runs: int) -> list[Any]:
        home = generate(issues=60, pull_requests=40, discussions=5, now=NOW, runs=runs).repositories()[0]
        return [(thread.id, thread.title, thread.updated_at) for thread in home.threads.values()] + [
            commit.oid for commit in home.commits]
    assert threads(0) == threads(80)


def test_hostile_names_are_served_as_they_are(simulated: Callable[..., Simulator]) -> None:
    state = past(runs=60, hostile=True)
    with asking(simulated(state)) as client:
        runs = client.get("actions/runs?per_page=100").json()["workflow_runs"]
        jobs = client.get(f"actions/runs/{runs[-1]['id']}/jobs").json()["jobs"]
    assert any(run["display_title"] in HOSTILE for run in runs)
    assert any(word in job["name"] for job in jobs for word in HOSTILE)
