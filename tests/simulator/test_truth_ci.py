"""The simulator's truth of CI against figures worked out by hand. Hours are before the scene's now."""
from __future__ import annotations

import math
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.clock import format_instant
from repo_vitals.simulator.truth_ci import (
    CiRules,
    ci_truth,
    colour,
    counted_runs,
    flaky_commits,
    jobs_that_ran,
    newest_results,
    reds,
    started_minutes,
    wilson_bounds,
)
from support.ci_scene import CiScene, sha, tangled
from support.simulated import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator


def figure(scene: CiScene, name: str, rules: CiRules | None = None, **labels: str) -> Any:
    found = ci_truth(scene.state, rules or CiRules(now=scene.now))
    return found[name, tuple(sorted({"branch": "main", "workflow": "ci.yml", **labels}.items()))]


def runs_of(scene: CiScene, **more: Any) -> list[Any]:
    return counted_runs(scene.repository.workflows[0], CiRules(now=scene.now, **more))


def spans(scene: CiScene) -> list[tuple[float, float | None, str, bool]]:
    """Outages in hours, with the commit and whether the branch was known to be green before."""
    def hours(moment: Any) -> float:
        return round((moment - scene.now) / timedelta(hours=1), 3)
    return [(hours(span.since), span.until and hours(span.until), span.sha, span.after_green)
            for span in reds(runs_of(scene), CiRules(now=scene.now))]


# -- ratios ------------------------------------------------------------------------------------------------------

def test_only_decisive_completed_runs_are_in_the_ratio() -> None:
    scene = CiScene()
    for place, conclusion in enumerate(["success", "failure", "timed_out", "startup_failure", "cancelled", "skipped",
                                        "neutral", "stale", "action_required", None]):
        scene.run(conclusion, at=-20 + place)
    assert figure(scene, "ci_success_ratio") == 1 / 4
    assert [figure(scene, "ci_runs", conclusion=each) for each in ("success", "cancelled", "stale")] == [1, 1, 1]
    assert figure(scene, "ci_success_ratio", CiRules(now=scene.now, cancelled_is_failure=True)) == 1 / 5


def test_the_newest_so_many_decisive_runs_count_whatever_the_window() -> None:
    scene = CiScene()
    for at in (-2000, -1900):
        scene.run("failure", at=at)
    scene.run("success", at=-1800)
    scene.run("cancelled", at=-1)
    assert newest_results(runs_of(scene), CiRules(now=scene.now, last=2), first=False) == [True, False]
    assert figure(scene, "ci_success_ratio", CiRules(now=scene.now, last=2)) == 1 / 2


def test_nothing_decisive_is_no_ratio() -> None:
    scene = CiScene()
    scene.run("cancelled")
    for name in ("ci_success_ratio", "ci_first_attempt_success_ratio", "ci_flaky_ratio", "ci_flaky_runs",
                 "ci_red_seconds"):
        assert figure(scene, name) is None, name


def test_first_attempts_are_not_repaired_by_a_rerun_and_a_lost_one_is_left_out() -> None:
    scene = CiScene()
    scene.run("success", at=-9)
    scene.run("failure", "success", at=-8)
    scene.state.forget_attempt(scene.run("failure", "success", at=-5), 1)
    scene.run("cancelled", "success", at=-3)
    assert (figure(scene, "ci_success_ratio"), figure(scene, "ci_first_attempt_success_ratio")) == (1.0, 1 / 2)


def test_other_branches_forks_and_events_do_not_count_and_the_merge_queue_only_where_it_is_named() -> None:
    scene = CiScene()
    fork = scene.state.add_repository("stranger/widget", fork=True)
    counted = [scene.run("success", at=-9), scene.run("failure", event="schedule", at=-8),
               scene.run("failure", event="merge_group", branch=f"gh-readonly-queue/main/pr-7-{sha(1)}", at=-7)]
    scene.run("failure", branch="topic")
    scene.run("failure", branch="main", event="pull_request", fork=fork)
    scene.run("failure", branch="main", event="push", fork=fork)
    scene.run("failure", branch=f"gh-readonly-queue/other/pr-7-{sha(1)}", event="merge_group")
    scene.run("failure", event="workflow_dispatch")
    assert runs_of(scene) == list(reversed(counted[:2]))
    assert figure(scene, "ci_success_ratio") == 1 / 2
    with_queue = CiRules(now=scene.now, events=("push", "schedule", "merge_group"))
    assert figure(scene, "ci_success_ratio", with_queue) == 1 / 3


def test_the_merge_queue_makes_the_branch_neither_red_nor_green() -> None:
    scene = CiScene()
    with_queue = CiRules(now=scene.now, events=("push", "merge_group"))
    queued = {"event": "merge_group", "branch": f"gh-readonly-queue/main/pr-7-{sha(1)}"}
    scene.run("failure", at=-9, **queued)
    assert figure(scene, "ci_red_seconds", with_queue) is None
    scene.run("success", at=-8)
    scene.run("failure", at=-7, **queued)
    assert figure(scene, "ci_red_seconds", with_queue) == 0


def test_a_deleted_workflow_has_no_figures() -> None:
    scene = CiScene()
    scene.run()
    scene.state.delete_workflow(scene.repository.workflows[0])
    assert ci_truth(scene.state, CiRules(now=scene.now)) == {}


@pytest.mark.parametrize(("good", "samples", "low", "high"), [
    (0, 10, 0.0, 0.27753), (10, 10, 0.72247, 1.0), (15, 20, 0.53130, 0.88814), (1, 1, 0.20654, 1.0)])
def test_wilson_bounds_are_those_of_the_tables(good: int, samples: int, low: float, high: float) -> None:
    found = wilson_bounds(good, samples)
    assert found is not None
    assert found == pytest.approx((low, high), abs=6e-5)


@given(samples=st.integers(1, 5000), data=st.data())
def test_wilson_bounds_agree_with_the_closed_form(samples: int, data: Any) -> None:
    good = data.draw(st.integers(0, samples))
    z = 1.959963984540054
    share = good / samples
    middle = (share + z * z / (2 * samples)) / (1 + z * z / samples)
    half = z / (1 + z * z / samples) * math.sqrt(share * (1 - share) / samples + z * z / (4 * samples * samples))
    assert wilson_bounds(good, samples) == pytest.approx((max(0, middle - half), min(1, middle + half)), abs=1e-9)


def test_no_samples_have_no_bounds() -> None:
    assert wilson_bounds(0, 0) is None


# -- durations, queues, cost -------------------------------------------------------------------------------------

def test_durations_are_of_the_newest_attempts_of_successes_in_the_window() -> None:
    scene = CiScene()
    scene.run("success", at=-5, took=1)
    scene.run("failure", "success", at=-4, took=0.5)
    scene.run("failure", at=-3, took=2)
    scene.run("success", at=-24 * 31, took=9)
    assert figure(scene, "ci_duration_seconds", quantile="0.5") == 0.75 * 3600
    assert figure(scene, "ci_duration_seconds", quantile="0.9") == pytest.approx(0.95 * 3600)


def test_queues_are_of_jobs_that_got_a_runner_and_what_was_carried_over_did_not_wait_again() -> None:
    scene = CiScene()
    run = scene.run("failure", at=-5)
    scene.job(run, "good", waits=10, takes=61, labels=("Self-Hosted", "gpu"))
    scene.job(run, "bad", waits=30, takes=20, conclusion="failure")
    scene.job(run, "skipped", waits=999, conclusion="skipped")
    scene.state.rerun(run, at=scene.when(-4), failed_only=True)
    scene.job(run, "bad", waits=50, takes=0)
    scene.state.add_job(run, name="still waiting")
    scene.state.add_job(run, name="cancelled while waiting", completed_at=scene.when(-3), conclusion="cancelled")
    assert [job.name for job in jobs_that_ran([run])] == ["good", "bad", "bad"]
    assert figure(scene, "ci_queue_seconds", quantile="0.5") == 30
    assert figure(scene, "ci_job_seconds") == 81
    assert started_minutes(jobs_that_ran([run])) == {"gpu self-hosted": 2, "ubuntu-latest": 2}
    found = ci_truth(scene.state, CiRules(now=scene.now))
    assert found["ci_queue_runner_seconds", (("quantile", "0.5"), ("runner", "ubuntu-latest"))] == 40
    assert found["ci_queue_runner_seconds", (("quantile", "0.5"), ("runner", "gpu self-hosted"))] == 10


def test_jobs_are_those_of_the_runs_that_were_examined() -> None:
    scene = CiScene()
    one, other = scene.run(at=-3), scene.run(at=-2)
    scene.job(one, takes=10)
    scene.job(other, takes=7)
    found = ci_truth(scene.state, CiRules(now=scene.now), jobs_of=[other.id])
    assert found["ci_job_seconds", (("branch", "main"), ("workflow", "ci.yml"))] == 7


# -- flaky -------------------------------------------------------------------------------------------------------

def commits(scene: CiScene) -> dict[str, bool | None]:
    found = flaky_commits(runs_of(scene), CiRules(now=scene.now))
    return {number.lstrip("0"): value for number, value in sorted(found.items())}


def test_a_commit_is_flaky_when_a_later_attempt_or_run_repaired_it() -> None:
    scene = CiScene()
    scene.run("failure", "success", at=-90, sha=sha(1))
    scene.run("failure", at=-80, sha=sha(2))
    scene.run("success", at=-70, sha=sha(2))
    scene.run("timed_out", "cancelled", "success", at=-60, sha=sha(3))
    assert commits(scene) == {"1": True, "2": True, "3": True}
    assert (figure(scene, "ci_flaky_runs"), figure(scene, "ci_flaky_ratio")) == (3, 1.0)


def test_a_commit_is_not_flaky_when_it_never_failed_or_failed_again() -> None:
    scene = CiScene()
    scene.run("success", at=-90, sha=sha(1))
    scene.run("failure", "failure", at=-80, sha=sha(2))
    scene.run("failure", at=-70, sha=sha(3))
    scene.run("failure", at=-60, sha=sha(3))
    assert commits(scene) == {"1": False, "2": False, "3": False}


def test_it_can_not_be_told_of_a_single_failure_or_where_an_attempt_is_lost() -> None:
    scene = CiScene()
    scene.run("failure", at=-90, sha=sha(1))
    scene.run("failure", "cancelled", at=-80, sha=sha(2))
    scene.run("success", at=-70, sha=sha(3))
    scene.run("failure", at=-69, sha=sha(3))
    scene.state.forget_attempt(scene.run("failure", "failure", "success", at=-60, sha=sha(4)), 1)
    scene.state.forget_attempt(scene.run("failure", "success", at=-50, sha=sha(5)), 1)
    scene.run("cancelled", at=-40, sha=sha(6))
    assert commits(scene) == {"1": None, "2": None, "3": None, "4": True, "5": None}
    assert (figure(scene, "ci_flaky_runs"), figure(scene, "ci_flaky_ratio")) == (1, 1.0)


def test_of_two_runs_that_ended_in_the_same_second_neither_is_later() -> None:
    scene = CiScene()
    scene.run("failure", at=-9, sha=sha(1))
    scene.run("success", at=-9, sha=sha(1))
    scene.run("failure", "success", at=-5, again=0, sha=sha(2))
    assert commits(scene) == {"1": None, "2": True}


# -- red and green -----------------------------------------------------------------------------------------------

def test_an_outage_lasts_from_the_end_of_the_first_failure_to_the_end_of_the_next_success() -> None:
    scene = CiScene()
    for at, conclusion in ((-10, "success"), (-9, "failure"), (-8, "cancelled"), (-7, "timed_out"), (-5, "success"),
                           (-3, "failure")):
        scene.run(conclusion, at=at, took=0.5, sha=sha(-at))
    assert spans(scene) == [(-8.5, -4.5, sha(9), True), (-2.5, None, sha(3), True)]
    assert figure(scene, "ci_red_seconds") == 2.5 * 3600
    assert figure(scene, "ci_time_to_green_seconds", quantile="0.5") == 3.25 * 3600


def test_a_green_branch_is_red_for_no_seconds() -> None:
    scene = CiScene()
    scene.run("success")
    assert figure(scene, "ci_red_seconds") == 0
    assert figure(scene, "ci_time_to_green_seconds", quantile="0.5") is None


def test_an_outage_without_a_success_before_it_has_no_known_length_once_it_ended() -> None:
    scene = CiScene()
    scene.run("failure", at=-9, took=1, sha=sha(9))
    scene.run("success", at=-5, took=1)
    assert spans(scene) == [(-8.0, -4.0, sha(9), False)]
    assert figure(scene, "ci_time_to_green_seconds", quantile="0.5") is None


def test_a_rerun_that_succeeds_ends_the_outage_where_no_newer_run_says_otherwise() -> None:
    scene = CiScene()
    scene.run("success", at=-12)
    scene.run("failure", "success", at=-10, took=1, again=4, sha=sha(1))
    assert spans(scene) == [(-9.0, -5.0, sha(1), True)]


def test_what_an_older_commit_says_late_changes_nothing() -> None:
    scene = CiScene()
    scene.run("success", at=-12)
    scene.run("failure", at=-10, took=8, sha=sha(1))     # ends at -2, after the newer run's success
    scene.run("success", at=-9, took=1, sha=sha(2))
    assert spans(scene) == []
    scene.run("failure", at=-7, took=1, sha=sha(3))
    assert spans(scene) == [(-6.0, None, sha(3), True)]  # the old one is run again and succeeds:
    old = scene.repository.runs[1]
    scene.state.rerun(old, at=scene.when(-1.5))
    scene.state.complete_run(old, at=scene.when(-1))
    assert spans(scene) == [(-6.0, None, sha(3), True)]


def test_a_rerun_under_way_or_cancelled_leaves_the_branch_as_it_was() -> None:
    scene = CiScene()
    scene.run("success", at=-12)
    run = scene.run("failure", "cancelled", None, at=-10, took=1, again=2, sha=sha(1))
    assert spans(scene) == [(-9.0, None, sha(1), True)]
    assert colour(runs_of(scene), CiRules(now=scene.now), scene.now) == (False, run)


def test_at_one_instant_the_newest_run_has_the_word() -> None:
    scene = CiScene()
    scene.run("success", at=-12)
    scene.run("failure", at=-9, took=1)
    scene.run("success", at=-8.5, took=0.5)
    assert spans(scene) == []


def test_outages_that_ended_before_the_window_are_history() -> None:
    scene = CiScene()
    for at, conclusion in ((-2000, "success"), (-1990, "failure"), (-1900, "success"), (-800, "failure"),
                           (-700, "success")):
        scene.run(conclusion, at=at, took=1)
    assert figure(scene, "ci_time_to_green_seconds", quantile="0.5") == 100 * 3600


# -- over the control endpoint -----------------------------------------------------------------------------------

def test_the_truth_can_be_asked_for_from_another_process(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    scene.run("failure", at=-800)
    scene.run("success", at=-2)
    with asking(simulated(scene)) as client:
        found = client.get("/_simulator/truth-ci", params={"repository": "acme/widget", "last": "1"}).json()
        shorter = client.get("/_simulator/truth-ci", params={"branch": "other"}).json()
        assert client.get("/_simulator/truth-ci", params={"last": "x"}).status_code == 400
    values = {entry["name"]: entry["value"] for entry in found if entry["labels"] == {
        "branch": "main", "workflow": "ci.yml"}}
    assert values["ci_success_ratio"] == 1.0
    assert {entry["value"] for entry in shorter} == {None}


@given(said=st.lists(st.sampled_from(["success", "failure", "timed_out", "cancelled", "skipped"]), max_size=12))
def test_of_runs_that_follow_each_other_an_outage_is_what_the_definition_says(said: list[str]) -> None:
    scene = CiScene()
    scene.workflow()
    for place, conclusion in enumerate(said):
        scene.run(conclusion, at=-100 + place, took=0.5, sha=sha(place))
    expected: list[Any] = []
    decided = [(place, conclusion == "success") for place, conclusion in enumerate(said)
               if conclusion in ("success", "failure", "timed_out")]
    for number, (place, good) in enumerate(decided):
        first_of_its_kind = number == 0 or decided[number - 1][1] != good
        if not good and first_of_its_kind:
            expected.append((-99.5 + place, None, sha(place), number > 0))
        elif good and first_of_its_kind and number:
            expected[-1] = (expected[-1][0], -99.5 + place, *expected[-1][2:])
    assert spans(scene) == expected


@given(seed=st.integers(0, 10**6))
def test_outages_follow_each_other_and_the_branch_is_red_exactly_within_them(seed: int) -> None:
    scene = tangled(random.Random(seed))
    rules = CiRules(now=scene.now)
    runs, second = counted_runs(scene.repository.workflows[0], rules), timedelta(seconds=1)
    found = reds(runs, rules)
    edges = [moment for span in found for moment in (span.since, span.until) if moment is not None]
    assert edges == sorted(set(edges))
    assert [span.until is None for span in found[:-1]] == [False] * len(found[:-1])
    for hour in range(-97, 30):
        at = scene.when(hour)
        for moment in (at, at - second):
            inside = any(span.since <= moment and (span.until is None or moment < span.until) for span in found)
            seen = colour(runs, rules, moment)
            assert inside == (seen is not None and not seen[0])


@given(seed=st.integers(0, 10**6))
def test_a_commit_is_flaky_only_where_a_failure_and_a_later_success_can_be_shown(seed: int) -> None:
    scene = tangled(random.Random(seed))
    rules = CiRules(now=scene.now)
    runs = counted_runs(scene.repository.workflows[0], rules)
    for commit, flaky in flaky_commits(runs, rules).items():
        results = [(attempt.updated_at, rules.says(attempt)) for run in runs if run.sha == commit
                   for attempt in run.attempts if rules.says(attempt) is not None]
        first_failure = min((at for at, good in results if not good), default=None)
        last_success = max((at for at, good in results if good), default=None)
        if flaky:
            assert first_failure is not None
            assert last_success is not None
            assert first_failure <= last_success
        elif first_failure is not None and last_success is not None:
            assert last_success <= first_failure
        if flaky is False and first_failure is not None:
            assert len([good for _, good in results if not good]) > 1


@pytest.mark.parametrize("seed", range(3))
def test_the_api_tells_all_that_the_truth_is_made_of(simulated: Callable[..., Simulator], seed: int) -> None:
    scene = tangled(random.Random(seed))
    with asking(simulated(scene)) as client:
        told = [(run["id"], attempt["run_attempt"], attempt["conclusion"], attempt["status"], attempt["run_started_at"],
                 attempt["updated_at"], attempt["created_at"], attempt["head_sha"])
                for run in client.get("actions/runs?branch=main&event=push&per_page=100").json()["workflow_runs"]
                for number in range(1, run["run_attempt"] + 1)
                if (answer := client.get(f"actions/runs/{run['id']}/attempts/{number}")).status_code == 200
                for attempt in [answer.json()]]
    assert told == [
        (run.id, attempt.number, attempt.conclusion, attempt.status, format_instant(attempt.started_at),
         format_instant(attempt.updated_at), format_instant(run.created_at), run.sha)
        for run in reversed(scene.repository.runs) for attempt in run.attempts if not attempt.lost]
