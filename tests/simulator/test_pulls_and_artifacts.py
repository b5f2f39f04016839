"""What the simulator tells of artifacts and of pull requests by their head, as GitHub would."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.pull_scene import REPORTS, A, B, PullScene
from support.simulated import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator


def test_pull_requests_are_listed_by_state_and_head(simulated: Callable[..., Simulator]) -> None:
    scene = PullScene()
    theirs, ours = scene.pull(), scene.pull(sha=B, fork=False, by="ann")
    scene.state.close(scene.pull(branch="old"), at=scene.when(-1))
    with asking(simulated(scene)) as client:
        def numbers(query: str) -> list[int]:
            return [one["number"] for one in client.get(f"pulls?{query}").json()]
        assert numbers("") == [ours.number, theirs.number]
        assert numbers("head=zoe:topic") == [theirs.number]
        assert numbers("head=acme:topic&state=all") == [ours.number]
        assert numbers("head=topic") == numbers("")     # without an owner it is left out of account
        assert numbers("state=closed") == [3]
        [shown] = client.get("pulls?head=zoe:topic").json()
        assert client.get("pulls?state=odd").status_code == 422
    assert (shown["head"]["sha"], shown["head"]["repo"]["full_name"], shown["base"]["repo"]["full_name"]) == (
        A, "zoe/widget", "acme/widget")


def test_a_list_tells_merged_pull_requests_from_closed_ones(simulated: Callable[..., Simulator]) -> None:
    scene = PullScene()
    scene.state.close(scene.pull(branch="left"), at=scene.when(-2))
    scene.state.merge(scene.pull(branch="taken"), at=scene.when(-1))
    with asking(simulated(scene)) as client:
        shown = client.get("pulls?state=closed").json()
    assert {one["number"]: one["merged_at"] for one in shown} == {1: None, 2: "2026-01-31T05:00:00Z"}


def test_a_push_moves_the_head(simulated: Callable[..., Simulator]) -> None:
    scene = PullScene()
    pull = scene.pull()
    scene.state.push_to(pull, B, at=scene.when(-0.1))
    with asking(simulated(scene)) as client:
        [shown] = client.get("pulls").json()
    assert (shown["head"]["sha"], pull.updated_at) == (B, scene.when(-0.1))


def test_an_archive_is_had_by_a_signed_address_on_another_host(simulated: Callable[..., Simulator]) -> None:
    scene = PullScene()
    kept = scene.measured(scene.pull()).artifacts[0]
    with asking(simulated(scene)) as client:
        [listed] = client.get(f"actions/runs/{kept.run.id}/artifacts").json()["artifacts"]
        assert (listed["name"], listed["size_in_bytes"], listed["workflow_run"]["id"]) == (
            "repo-vitals", len(REPORTS), kept.run.id)
        sent = client.get(listed["archive_download_url"])
        place = sent.headers["location"]
        assert (sent.status_code, place.partition("://")[2].partition(":")[0]) == (302, "localhost")
        assert client.get(place).status_code == 400     # with a token
        del client.session.headers["Authorization"]
        assert client.get(place).content == REPORTS
        assert client.get(place.partition("?")[0]).status_code == 403


@pytest.mark.parametrize(("number", "status"), [("x", 404), ("1", 404)])
def test_an_archive_that_is_not_there_is_not_found(simulated: Callable[..., Simulator], number: str,
                                                   status: int) -> None:
    with asking(simulated(PullScene())) as client:
        assert client.get(f"actions/artifacts/{number}/zip").status_code == status


@pytest.mark.parametrize(("path", "permission"), [("pulls", "pull_requests"), ("actions/runs/{run}/artifacts",
                                                                              "actions")])
def test_each_needs_its_permission(simulated: Callable[..., Simulator], path: str, permission: Any) -> None:
    scene = PullScene()
    run = scene.measured(scene.pull())
    simulator = simulated(scene)
    for granted, status in (({permission: "read"}, 200), ({"contents": "write"}, 403)):
        with asking(simulator, simulator.token(granted)) as client:  # type: ignore[arg-type]
            assert client.get(path.format(run=run.id)).status_code == status


def test_a_deleted_run_takes_its_artifacts_along(simulated: Callable[..., Simulator]) -> None:
    scene = PullScene()
    kept = scene.measured(scene.pull()).artifacts[0]
    scene.state.delete_run(kept.run)
    with asking(simulated(scene)) as client:
        assert client.get(f"actions/artifacts/{kept.id}/zip").status_code == 404
