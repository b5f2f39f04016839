"""Workflows, runs, attempts and jobs over REST."""
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.clock import format_instant
from repo_vitals.simulator.actions_model import CONCLUSIONS, STATUSES
from repo_vitals.simulator.created import read_created
from support.ci_scene import SHA, CiScene, sha
from support.simulated import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator


def ids(document: dict[str, Any]) -> list[int]:
    return [run["id"] for run in document["workflow_runs"]]


# -- workflows ---------------------------------------------------------------------------------------------------

def test_workflows_are_listed_with_their_states_and_found_by_number_and_by_file(
        simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    first, second = scene.workflow(), scene.workflow("nightly.yml", "Nightly: <b>all</b>")
    scene.state.disable_workflow(second)
    with asking(simulated(scene)) as client:
        listed = client.get("actions/workflows").json()
        by_file, by_number = client.get("actions/workflows/nightly.yml"), client.get(f"actions/workflows/{first.id}")
        missing = [client.get(f"actions/workflows/{name}").status_code for name in ("none.yml", "77", "-1")]
    assert listed["total_count"] == 2
    assert [(each["name"], each["path"], each["state"]) for each in listed["workflows"]] == [
        ("CI", ".github/workflows/ci.yml", "active"),
        ("Nightly: <b>all</b>", ".github/workflows/nightly.yml", "disabled_inactivity")]
    assert (by_file.json()["id"], by_number.json()["id"]) == (second.id, first.id)
    assert missing == [404, 404, 404]


def test_a_deleted_workflow_is_known_by_number_only_and_keeps_its_runs(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    workflow = scene.workflow()
    run = scene.run("failure")
    scene.state.delete_workflow(workflow)
    with asking(simulated(scene)) as client:
        assert client.get("actions/workflows").json() == {"total_count": 0, "workflows": []}
        assert client.get("actions/workflows/ci.yml").status_code == 404
        assert client.get(f"actions/workflows/{workflow.id}").json()["state"] == "deleted"
        assert ids(client.get("actions/runs").json()) == [run.id]
        assert client.get("contents/.github/workflows/ci.yml").status_code == 404


def test_a_workflow_whose_file_is_gone_may_still_be_listed_as_active(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    scene.state.delete_workflow(scene.workflow(), listed=True)
    with asking(simulated(scene)) as client:
        assert [each["state"] for each in client.get("actions/workflows").json()["workflows"]] == ["active"]
        assert client.get("contents/.github/workflows/ci.yml").status_code == 404


def test_enabling_and_disabling_need_write_access(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    workflow = scene.workflow(state="disabled_inactivity")
    simulator = simulated(scene)
    with asking(simulator, simulator.token({"actions": "read"})) as reader:
        refused = reader.rest("PUT", "actions/workflows/ci.yml/enable")
    assert (refused.status_code, refused.headers["x-accepted-github-permissions"]) == (403, "actions=write")
    assert workflow.state == "disabled_inactivity"
    with asking(simulator, simulator.token({"actions": "write"})) as client:
        assert client.rest("PUT", "actions/workflows/ci.yml/enable").status_code == 204
        assert workflow.state == "active"
        assert client.rest("PUT", f"actions/workflows/{workflow.id}/disable").status_code == 204
        assert workflow.state == "disabled_manually"


@pytest.mark.parametrize("path", ["workflows", "workflows/ci.yml", "workflows/ci.yml/runs", "runs", "runs/{run}",
                                  "runs/{run}/attempts/1", "runs/{run}/attempts/1/jobs", "runs/{run}/jobs",
                                  "jobs/{job}"])
def test_reading_needs_actions_read_and_nothing_else(simulated: Callable[..., Simulator], path: str) -> None:
    scene = CiScene()
    run = scene.run()
    path = "actions/" + path.format(run=run.id, job=scene.job(run).id)
    simulator = simulated(scene)
    with asking(simulator, simulator.token({"contents": "write", "issues": "write"})) as without, \
            asking(simulator, simulator.token({"actions": "read"})) as client:
        refused = without.get(path)
        assert client.get(path).status_code == 200
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
    assert refused.headers["x-accepted-github-permissions"] == "actions=read"


# -- runs --------------------------------------------------------------------------------------------------------

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


# -- attempts ----------------------------------------------------------------------------------------------------

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


# -- jobs --------------------------------------------------------------------------------------------------------

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


# -- created -----------------------------------------------------------------------------------------------------

def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(("text", "inside", "outside"), [
    ("2026-01-02..2026-01-03", ["2026-01-02", "2026-01-03T23:59:59"], ["2026-01-01T23:59:59", "2026-01-04"]),
    ("2026-01-02T10:00:00Z..2026-01-02T11:00:00Z", ["2026-01-02T10:00:00", "2026-01-02T11:00:00"],
     ["2026-01-02T09:59:59", "2026-01-02T11:00:01"]),
    ("2026-01-02T10:00:00Z..*", ["2026-01-02T10:00:00", "2030-01-01"], ["2026-01-02T09:59:59"]),
    ("*..2026-01-02", ["1999-01-01", "2026-01-02T23:59:59"], ["2026-01-03"]),
    (">=2026-01-02", ["2026-01-02"], ["2026-01-01T23:59:59"]),
    (">2026-01-02", ["2026-01-03"], ["2026-01-02T23:59:59"]),
    ("<=2026-01-02", ["2026-01-02T23:59:59"], ["2026-01-03"]),
    ("<2026-01-02", ["2026-01-01T23:59:59"], ["2026-01-02"]),
    (">2026-01-02T10:00:00Z", ["2026-01-02T10:00:01"], ["2026-01-02T10:00:00"]),
    ("<2026-01-02T10:00:00+01:00", ["2026-01-02T08:59:59"], ["2026-01-02T09:00:00"]),
    ("2026-01-02", ["2026-01-02T12:00:00"], ["2026-01-01", "2026-01-03"]),
])
def test_created_takes_the_syntax_of_githubs_search(text: str, inside: list[str], outside: list[str]) -> None:
    first, last = read_created(text)
    assert [moment for moment in inside if not first <= at(moment) <= last] == []
    assert [moment for moment in outside if first <= at(moment) <= last] == []


@pytest.mark.parametrize("text", ["yesterday", "..", ">=", "2026-13-01", "2026-01-01...2026-01-02", "*"])
def test_what_is_no_instant_is_refused(simulated: Callable[..., Simulator], text: str) -> None:
    with asking(simulated(CiScene())) as client:
        assert client.get("actions/runs", params={"created": text}).status_code == 422


@given(hours=st.lists(st.integers(0, 60), max_size=12), cut=st.integers(0, 60))
def test_slices_at_one_instant_hold_every_run_once(hours: list[int], cut: int) -> None:
    start = at("2026-01-01")
    made, edge = [start + timedelta(hours=hour) for hour in hours], start + timedelta(hours=cut)
    below, above = read_created(f"<{format_instant(edge)}"), read_created(f">={format_instant(edge)}")
    assert [sum(first <= moment <= last for first, last in (below, above)) for moment in made] == [1] * len(made)
