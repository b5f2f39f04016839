"""Runs over REST: their order, filters, pages and fields."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import format_instant
from repo_vitals.simulator.actions_model import CONCLUSIONS, STATUSES
from support.ci_scene import SHA, CiScene, ids, sha
from support.simulated import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator


def test_runs_come_newest_first_whatever_the_order_they_were_told_in(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    older, newer, tied = scene.run(at=-5), scene.run(at=-1), scene.run(at=-5)
    with asking(simulated(scene)) as client:
        assert ids(client.get("actions/runs").json()) == [newer.id, tied.id, older.id]


def test_a_run_that_goes_on_has_no_conclusion(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run(None, status="queued")
    with asking(simulated(scene)) as client:
        found = client.get(f"actions/runs/{run.id}").json()
        assert (found["status"], found["conclusion"]) == ("queued", None)
        assert client.get(f"actions/runs/{run.id}/jobs").json() == {"total_count": 0, "jobs": []}


@pytest.mark.parametrize("conclusion", CONCLUSIONS)
def test_every_conclusion_of_githubs_can_be_told_and_asked_for(
        simulated: Callable[..., Simulator], conclusion: str) -> None:
    scene = CiScene()
    scene.run(None)
    run = scene.run(conclusion)
    with asking(simulated(scene)) as client:
        found = client.get(f"actions/runs?status={conclusion}").json()
        assert client.get("actions/runs?status=completed").json()["workflow_runs"] == found["workflow_runs"]
    assert [(each["id"], each["conclusion"]) for each in found["workflow_runs"]] == [(run.id, conclusion)]


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "completed"])
def test_every_status_of_githubs_can_be_asked_for(simulated: Callable[..., Simulator], status: Any) -> None:
    scene = CiScene()
    scene.run("success")
    run = scene.run(None, status=status)
    with asking(simulated(scene)) as client:
        assert ids(client.get(f"actions/runs?status={status}").json()) == [run.id]
        assert client.get("actions/runs?status=succeeded").status_code == 422


def test_the_filters_narrow_by_workflow_branch_event_actor_and_commit(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    other = scene.workflow("docs.yml", "Docs")
    ann, bot = scene.state.account("ann"), scene.state.account("dependabot[bot]")
    runs = {
        "actor=ann": scene.run(of=other, actor=ann, branch="a", event="push", sha=sha(1)),
        "branch=topic/x": scene.run(of=other, actor=bot, branch="topic/x", event="push", sha=sha(2)),
        "event=merge_group": scene.run(of=other, actor=bot, branch="gh-readonly-queue/main/pr-7-" + sha(3), sha=sha(3),
                                       event="merge_group"),
        f"head_sha={SHA}": scene.run(of=other, actor=bot, branch="b", event="push", sha=SHA),
    }
    scene.run(of=scene.workflow(), actor=bot, branch="c", event="schedule", sha=sha(9))
    suite = runs["actor=ann"].suite
    assert suite is not None
    runs[f"check_suite_id={suite.id}"] = runs["actor=ann"]
    with asking(simulated(scene)) as client:
        for asked, run in runs.items():
            assert ids(client.get(f"actions/runs?{asked}").json()) == [run.id], asked
            assert ids(client.get(f"actions/workflows/ci.yml/runs?{asked}").json()) == []
        assert client.get("actions/workflows/docs.yml/runs").json()["total_count"] == 4
        assert client.get("actions/runs?actor=dependabot%5Bbot%5D").json()["total_count"] == 4


def test_a_pull_request_of_a_fork_may_come_from_a_branch_named_main(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    fork = scene.state.add_repository("stranger/widget", fork=True)
    run = scene.run("failure", event="pull_request", branch="main", fork=fork,
                    pull_request=scene.pull_request().thread)
    with asking(simulated(scene)) as client:
        found = client.get("actions/runs?branch=main").json()["workflow_runs"]
    assert [(each["id"], each["event"], each["head_repository"]["full_name"], each["repository"]["full_name"],
             each["pull_requests"]) for each in found] == [
        (run.id, "pull_request", "stranger/widget", "acme/widget", [])]


def test_the_pull_requests_of_the_repository_itself_are_named_unless_they_are_not_wanted(
        simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    scene.run(event="pull_request", branch="topic", pull_request=scene.pull_request().thread)
    with asking(simulated(scene)) as client:
        named = client.get("actions/runs").json()["workflow_runs"][0]["pull_requests"]
        assert [(pull["number"], pull["head"]["ref"], pull["base"]["ref"]) for pull in named] == [(1, "topic", "main")]
        found = client.get("actions/runs?exclude_pull_requests=true").json()["workflow_runs"][0]
        assert found["pull_requests"] == []


def test_a_listing_ends_after_a_thousand_runs_and_counts_them_all(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    made = [scene.run(at=-number / 10, sha=SHA) for number in range(1003)]
    with asking(simulated(scene)) as client:
        last = client.get("actions/runs?per_page=100&page=10")
        beyond = client.get("actions/runs?per_page=100&page=11").json()
        rest = client.get("actions/runs", params={"created": f"<{format_instant(made[999].created_at)}"}).json()
    assert ids(last.json()) == [run.id for run in made[900:1000]]
    assert last.json()["total_count"] == 1003
    assert "next" not in last.links
    assert (beyond["total_count"], beyond["workflow_runs"]) == (1003, [])
    assert ids(rest) == [run.id for run in made[1000:]]


def test_pages_are_linked_with_the_filters_that_were_asked(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    for number in range(5):
        scene.run(at=-number, branch="a b")
    with asking(simulated(scene)) as client:
        url, found = "actions/runs?branch=a+b&per_page=2", []
        while url:
            answer = client.get(url)
            found += ids(answer.json())
            url = answer.links.get("next", {}).get("url", "")
    assert found == [run.id for run in reversed(scene.repository.runs)]


def test_an_answer_that_did_not_change_costs_nothing(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run("failure")
    with asking(simulated(scene)) as client:
        for path in ("actions/runs", f"actions/runs/{run.id}/jobs", "actions/workflows", "actions/workflows/ci.yml"):
            etag = client.get(path).headers["etag"]
            assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
        etag = client.get("actions/runs").headers["etag"]
        scene.state.rerun(run, at=scene.now)
        assert client.get("actions/runs", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(("kind", "options", "expected"), [
    ("status", {"status": 502}, 502), ("primary-limit", {}, 403), ("secondary-limit", {"retry_after": 7}, 403),
    ("unauthorized", {}, 401)])
def test_faults_fire_for_these_routes_as_for_others(
        simulated: Callable[..., Simulator], kind: str, options: dict[str, Any], expected: int) -> None:
    simulator = simulated(CiScene())
    rule = simulator.faults.add(kind, path="/repos/*/actions/*", times=1, **options)
    with asking(simulator) as client:
        assert [client.get("actions/runs").status_code for _ in range(2)] == [expected, 200]
    assert rule.fired == 1


def test_a_truncated_listing_ends_before_its_length(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    scene.run()
    simulator = simulated(scene)
    simulator.faults.add("truncated", path="*/actions/runs")
    with asking(simulator) as client:
        answer = client.get("actions/runs", stream=True, headers={"Accept-Encoding": "identity"})
        body = answer.raw.read(decode_content=False, amt=10**6)
        assert 0 < len(body) < int(answer.headers["content-length"])
        with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
            json.loads(body)

# The fields of a run and of a job that api.github.com was recorded with, in the replay data of PyGithub's tests.
RUN_FIELDS = """
actor artifacts_url cancel_url check_suite_id check_suite_node_id check_suite_url conclusion created_at
display_title event head_branch head_commit head_repository head_sha html_url id jobs_url logs_url name
node_id path previous_attempt_url pull_requests referenced_workflows repository rerun_url run_attempt
run_number run_started_at status triggering_actor updated_at url workflow_id workflow_url
"""

JOB_FIELDS = """
check_run_url completed_at conclusion created_at head_branch head_sha html_url id labels name node_id
run_attempt run_id run_url runner_group_id runner_group_name runner_id runner_name started_at status steps url
workflow_name
"""


def test_runs_and_jobs_have_the_fields_of_recorded_ones_and_no_other(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run()
    scene.job(run, steps=[("Set up job", "success", scene.now, scene.now)])
    with asking(simulated(scene)) as client:
        job = client.get(f"actions/runs/{run.id}/jobs").json()["jobs"][0]
        listed = client.get("actions/runs").json()["workflow_runs"][0]
    assert sorted(listed) == RUN_FIELDS.split()
    assert sorted(job) == JOB_FIELDS.split()
    assert sorted(job["steps"][0]) == ["completed_at", "conclusion", "name", "number", "started_at", "status"]
    assert sorted(listed["head_commit"]) == ["author", "committer", "id", "message", "timestamp", "tree_id"]


def test_a_deleted_run_is_gone_with_its_jobs(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run, kept = scene.run(), scene.run()
    job = scene.job(run)
    scene.state.delete_run(run)
    with asking(simulated(scene)) as client:
        assert ids(client.get("actions/runs").json()) == [kept.id]
        assert [client.get(f"actions/{path}").status_code for path in (
            f"runs/{run.id}", f"runs/{run.id}/jobs", f"jobs/{job.id}", f"runs/{kept.id}")] == [404, 404, 404, 200]


def test_a_run_of_another_repository_is_not_found(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run, job = scene.run(), scene.job(scene.run())
    scene.state.add_repository("acme/other")
    with asking(simulated(scene)) as client:
        assert [client.get(f"/repos/acme/other/actions/{path}").status_code for path in (
            f"runs/{run.id}", f"jobs/{job.id}")] == [404, 404]
