"""Attempts and jobs over REST."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import format_instant
from support.ci_scene import CiScene
from support.simulated import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator


def test_a_rerun_moves_what_is_newest_and_leaves_when_the_run_was_created(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    ann, mia = scene.state.account("ann"), scene.state.account("mia")
    run = scene.run("failure", at=-9, actor=ann)
    scene.state.rerun(run, at=scene.when(-3), by=mia)
    scene.state.complete_run(run, at=scene.when(-2))
    with asking(simulated(scene)) as client:
        found = client.get(f"actions/runs/{run.id}").json()
        first, second = (client.get(f"actions/runs/{run.id}/attempts/{number}").json() for number in (1, 2))
        missing = [client.get(f"actions/runs/{run.id}/attempts/{number}").status_code for number in ("0", "3", "x")]
    when = [format_instant(scene.when(hours)) for hours in (-9, -8.9, -3, -2)]
    assert [found[name] for name in ("created_at", "run_started_at", "updated_at")] == [when[0], when[2], when[3]]
    assert (found["run_attempt"], found["conclusion"], found["actor"]["login"], found["triggering_actor"]["login"]) == (
        2, "success", "ann", "mia")
    assert [first[name] for name in ("created_at", "run_started_at", "updated_at", "conclusion", "run_attempt")] == [
        when[0], when[0], when[1], "failure", 1]
    assert (first["previous_attempt_url"], second["previous_attempt_url"]) == (None, f"{run_url(first)}/attempts/1")
    assert second["conclusion"] == "success"
    assert missing == [404, 404, 404]


def run_url(run: dict[str, Any]) -> str:
    return str(run["url"])


def test_a_run_that_goes_on_can_not_be_run_again() -> None:
    scene = CiScene()
    with pytest.raises(ValueError, match="before it is completed"):
        scene.state.rerun(scene.run(None), at=scene.now)


def test_an_attempt_may_be_lost(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run("failure", "success", at=-9)
    scene.state.forget_attempt(run, 1)
    with asking(simulated(scene)) as client:
        assert [client.get(f"actions/runs/{run.id}/attempts/{path}").status_code
                for path in ("1", "1/jobs", "2", "2/jobs")] == [404, 404, 200, 200]
        assert client.get(f"actions/runs/{run.id}").json()["run_attempt"] == 2


def test_jobs_tell_their_runner_and_their_steps(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run("failure")
    begun = run.created_at
    step = begun + timedelta(seconds=9)
    scene.job(run, "test", waits=7, conclusion="failure", labels=("self-hosted", "linux"), runner_name="box-1",
              runner_group="Default", steps=[("Set up job", "success", begun, step),
                                             ("Run make", "failure", step, step), ("Upload", "skipped", None, None)])
    with asking(simulated(scene)) as client:
        found = client.get(f"actions/runs/{run.id}/jobs").json()
        alone = client.get(f"actions/jobs/{found['jobs'][0]['id']}").json()
    assert found["total_count"] == 1
    assert alone == found["jobs"][0]
    assert (alone["runner_name"], alone["runner_group_name"], alone["labels"]) == (
        "box-1", "Default", ["self-hosted", "linux"])
    assert (alone["created_at"], alone["started_at"]) == (format_instant(begun),
                                                          format_instant(begun + timedelta(seconds=7)))
    assert [(each["number"], each["name"], each["conclusion"], each["started_at"]) for each in alone["steps"]] == [
        (1, "Set up job", "success", format_instant(begun)), (2, "Run make", "failure", format_instant(step)),
        (3, "Upload", "skipped", None)]


def test_a_waiting_job_says_that_it_started_when_it_was_created_and_others_saw_no_runner(
        simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run(None)
    scene.state.add_job(run, name="waits")
    scene.job(run, "goes on", conclusion=None)
    scene.job(run, "skipped", conclusion="skipped")
    scene.state.add_job(run, name="cancelled", completed_at=scene.when(-0.5), conclusion="cancelled")
    with asking(simulated(scene)) as client:
        waits, goes_on, skipped, cancelled = client.get(f"actions/runs/{run.id}/jobs").json()["jobs"]
    assert (waits["status"], waits["conclusion"], waits["started_at"], waits["runner_name"]) == (
        "queued", None, waits["created_at"], None)
    assert (goes_on["status"], goes_on["conclusion"], goes_on["completed_at"]) == ("in_progress", None, None)
    assert (skipped["status"], skipped["conclusion"], skipped["labels"], skipped["runner_name"]) == (
        "completed", "skipped", [], "")
    assert (cancelled["status"], cancelled["started_at"], cancelled["labels"], cancelled["runner_id"],
            cancelled["steps"]) == ("completed", cancelled["created_at"], ["ubuntu-latest"], 0, [])


def test_jobs_are_the_newest_attempts_unless_all_are_asked_for(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run("failure", at=-5)
    first = scene.job(run, conclusion="failure")
    scene.state.rerun(run, at=scene.when(-4))
    second = scene.job(run)
    with asking(simulated(scene)) as client:
        def jobs(path: str) -> list[tuple[int, int]]:
            found = client.get(f"actions/runs/{run.id}/{path}").json()["jobs"]
            return [(job["id"], job["run_attempt"]) for job in found]
        assert jobs("jobs") == jobs("jobs?filter=latest") == jobs("attempts/2/jobs") == [(second.id, 2)]
        assert jobs("attempts/1/jobs") == [(first.id, 1)]
        assert jobs("jobs?filter=all") == [(first.id, 1), (second.id, 2)]


def test_running_only_the_failed_jobs_again_carries_the_others_over_with_their_old_instants(
        simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run("failure", at=-5)
    good, _ = scene.job(run, "good"), scene.job(run, "bad", conclusion="failure")
    scene.state.rerun(run, at=scene.when(-4), failed_only=True)
    scene.job(run, "bad")
    with asking(simulated(scene)) as client:
        carried, again = client.get(f"actions/runs/{run.id}/jobs").json()["jobs"]
    assert [(job["name"], job["run_attempt"], job["conclusion"]) for job in (carried, again)] == [
        ("good", 2, "success"), ("bad", 2, "success")]
    assert carried["id"] != good.id
    assert (carried["started_at"], carried["created_at"]) == (
        format_instant(scene.when(-5) + timedelta(seconds=5)), format_instant(scene.when(-4)))
