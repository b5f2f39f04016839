"""Runs over GraphQL, and everything of Actions as PyGithub reads it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from github import Auth, Github

from repo_vitals.clock import format_instant
from repo_vitals.simulator.actions_model import CONCLUSIONS
from support.ci_scene import SHA, CiScene
from support.simulated import asking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from github.Repository import Repository

    from repo_vitals.simulator.server import Simulator

RUN = """... on WorkflowRun { id databaseId runNumber event createdAt updatedAt url
  checkSuite { id status conclusion createdAt updatedAt workflowRun { id } repository { name } url }
  workflow { name databaseId state url } }"""
NODES = f"query Runs($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename {RUN} }} }}"


def nodes(simulator: Simulator, *ids: str) -> list[Any]:
    with asking(simulator) as client:
        found: list[Any] = client.graphql(NODES, ids=ids)["data"]["nodes"]
        return found


def test_a_run_tells_its_check_suite_and_its_workflow(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run("failure", at=-3, event="schedule")
    found = nodes(simulated(scene), run.node_id)[0]
    assert (found["__typename"], found["databaseId"], found["runNumber"], found["event"]) == (
        "WorkflowRun", run.id, 1, "schedule")
    assert (found["checkSuite"]["status"], found["checkSuite"]["conclusion"]) == ("COMPLETED", "FAILURE")
    assert found["checkSuite"]["workflowRun"]["id"] == run.node_id
    assert found["workflow"]["name"] == "CI"
    assert found["createdAt"] == format_instant(scene.when(-3))


@pytest.mark.parametrize("conclusion", CONCLUSIONS)
def test_every_conclusion_is_one_of_the_enum(simulated: Callable[..., Simulator], conclusion: str) -> None:
    scene = CiScene()
    run = scene.run(conclusion)
    assert nodes(simulated(scene), run.node_id)[0]["checkSuite"]["conclusion"] == conclusion.upper()


def test_a_rerun_moves_updated_at_and_never_created_at(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run("failure", at=-9)
    simulator = simulated(scene)
    before = nodes(simulator, run.node_id)[0]
    scene.state.rerun(run, at=scene.when(-2))
    after = nodes(simulator, run.node_id)[0]
    assert (before["createdAt"], format_instant(scene.when(-2))) == (after["createdAt"], after["updatedAt"])
    assert before["updatedAt"] < after["updatedAt"]
    assert (after["checkSuite"]["status"], after["checkSuite"]["conclusion"]) == ("IN_PROGRESS", None)


def test_check_suites_workflows_and_jobs_are_nodes_too(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run()
    job = scene.job(run, "build")
    assert run.suite is not None
    with asking(simulated(scene)) as client:
        found = client.graphql(
            "query Some($ids: [ID!]!) { nodes(ids: $ids) { id ... on CheckSuite { conclusion }"
            " ... on Workflow { state } ... on CheckRun { name status conclusion startedAt completedAt } } }",
            ids=[run.suite.node_id, run.workflow.node_id, job.node_id])["data"]["nodes"]
    assert [sorted(each) for each in found] == [
        ["conclusion", "id"], ["id", "state"], ["completedAt", "conclusion", "id", "name", "startedAt", "status"]]


def test_two_thousand_runs_are_asked_about_in_one_query(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    runs = [scene.run(at=-number / 100, sha=SHA).node_id for number in range(2000)]
    declared = ", ".join(f"$p{place}: [ID!]!" for place in range(20))
    asked = " ".join(f"p{place}: nodes(ids: $p{place}) {{ ... on WorkflowRun {{ id updatedAt }} }}"
                     for place in range(20))
    with asking(simulated(scene)) as client:
        found = client.graphql(f"query Many({declared}) {{ {asked} rateLimit {{ cost }} }}",
                               **{f"p{place}": runs[place * 100: place * 100 + 100] for place in range(20)})["data"]
    assert [run["id"] for place in range(20) for run in found[f"p{place}"]] == runs
    assert found["rateLimit"]["cost"] == 1


def test_a_deleted_run_is_missing_at_its_own_place(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    gone, kept = scene.run(), scene.run()
    scene.state.delete_run(gone)
    with asking(simulated(scene)) as client:
        answer = client.graphql(NODES, ids=[gone.node_id, kept.node_id])
    assert [node and node["databaseId"] for node in answer["data"]["nodes"]] == [None, kept.id]
    assert [(error["type"], error["path"]) for error in answer["errors"]] == [("NOT_FOUND", ["nodes", 0])]


def test_runs_need_actions_read(simulated: Callable[..., Simulator]) -> None:
    scene = CiScene()
    run = scene.run()
    assert run.suite is not None
    simulator = simulated(scene)
    with asking(simulator, simulator.token({"contents": "write"})) as client:
        answer = client.graphql("query Some($ids: [ID!]!) { nodes(ids: $ids) { id } }",
                                ids=[run.node_id, run.suite.node_id, scene.job(run).node_id])
    assert answer["data"]["nodes"] == [None, None, None]
    assert {error["type"] for error in answer["errors"]} == {"FORBIDDEN"}


@pytest.fixture
def scene() -> CiScene:
    return CiScene()


@pytest.fixture
def repository(scene: CiScene, simulated: Callable[..., Simulator]) -> Iterator[Repository]:
    """The scene as PyGithub sees it; it reads a run before it is told, since the state is asked each time."""
    simulator = simulated(scene)
    with Github(base_url=simulator.api_url, auth=Auth.Token(simulator.token()), retry=None, seconds_between_requests=0,
                per_page=100) as github:
        yield github.get_repo("acme/widget")


def test_pygithub_reads_workflows_runs_and_jobs(scene: CiScene, repository: Repository) -> None:
    ann = scene.state.account("ann")
    run = scene.run("failure", "success", at=-9, actor=ann, branch="main", sha=SHA)
    job = scene.job(run, "test", steps=[("Set up job", "success", scene.when(-8), scene.when(-7))])
    workflow = repository.get_workflows()[0]
    assert (workflow.id, workflow.name, workflow.path, workflow.state) == (
        run.workflow.id, "CI", ".github/workflows/ci.yml", "active")
    found = repository.get_workflow_runs(branch="main", status="success", created=">=2026-01-01", head_sha=SHA)
    assert (found.totalCount, [each.id for each in found]) == (1, [run.id])
    read = next(iter(workflow.get_runs(event="push")))
    assert (read.run_attempt, read.conclusion, read.created_at, read.run_started_at, read.updated_at) == (
        2, "success", scene.when(-9), scene.when(-8), run.updated_at)
    assert read.raw_data["head_commit"]["id"] == SHA
    assert read.raw_data["triggering_actor"]["login"] == "ann"
    jobs = list(read.jobs("all"))
    assert [(each.id, each.name, each.conclusion, each.steps[0].name) for each in jobs] == [
        (job.id, "test", "success", "Set up job")]
    assert jobs[0].raw_data["labels"] == ["ubuntu-latest"]


def test_pygithub_pages_through_many_runs(scene: CiScene, repository: Repository) -> None:
    made = [scene.run(at=-number).id for number in range(230)]
    assert [run.id for run in repository.get_workflow_runs()] == made


def test_pygithub_enables_a_workflow_and_reads_files(scene: CiScene, repository: Repository) -> None:
    workflow = scene.workflow(state="disabled_inactivity", text="on: {schedule: [{cron: '0 6 * * *'}]}\n")
    assert repository.get_workflow("ci.yml").enable()
    assert workflow.state == "active"
    file: Any = repository.get_contents(".github/workflows/ci.yml")
    assert file.decoded_content == b"on: {schedule: [{cron: '0 6 * * *'}]}\n"
    listed: Any = repository.get_contents("")
    assert [entry.path for entry in listed] == [".github"]
