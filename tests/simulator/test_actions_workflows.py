"""Workflows over REST, and who may read what hangs on them."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.ci_scene import CiScene, ids
from support.simulated import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator


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
