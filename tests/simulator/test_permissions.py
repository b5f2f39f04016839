"""Who may see and do what."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator

PARTS = {
    "issues": "issues(first: 1) { totalCount }",
    "pull_requests": "pullRequests(first: 1) { totalCount }",
    "discussions": "discussions(first: 1) { totalCount }",
    "contents": 'object(expression: "HEAD") { oid }',
}


def query(part: str) -> str:
    return f'{{ repository(owner: "acme", name: "widget") {{ id {part} }} }}'


def scene_of_all() -> Scene:
    scene = Scene().commit(by="ann")
    scene.issue()
    scene.pull_request()
    scene.discussion()
    return scene


@pytest.mark.parametrize("permission", list(PARTS))
def test_each_part_needs_its_own_permission_and_no_other(
        simulated: Callable[..., Simulator], permission: str) -> None:
    simulator = simulated(scene_of_all())
    without: Any = {name: "read" for name in PARTS if name != permission}
    with asking(simulator, simulator.token({permission: "read"})) as just, \
            asking(simulator, simulator.token(without)) as other:
        assert "errors" not in just.graphql(query(PARTS[permission]))
        error = other.graphql(query(PARTS[permission]))["errors"][0]
        rest = [other.graphql(query(part)) for name, part in PARTS.items() if name != permission]
    assert (error["type"], error["message"]) == ("FORBIDDEN", "Resource not accessible by integration")
    assert error["path"][0] == "repository"
    assert len(error["path"]) == 2
    assert [answer for answer in rest if "errors" in answer] == []


def test_a_nullable_part_is_null_beside_the_error_and_a_connection_takes_the_repository_with_it(
        simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(scene_of_all())
    with asking(simulator, simulator.token({})) as client:
        assert client.graphql(query(PARTS["contents"]))["data"]["repository"]["object"] is None
        assert client.graphql(query(PARTS["issues"]))["data"] == {"repository": None}


def test_nodes_are_forbidden_one_by_one(simulated: Callable[..., Simulator]) -> None:
    scene = scene_of_all()
    ids = [scene.repository.threads[number].node_id for number in (1, 2, 3)]
    simulator = simulated(scene)
    with asking(simulator, simulator.token({"pull_requests": "read"})) as client:
        answer = client.graphql("query Some($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids)
    assert answer["data"]["nodes"] == [None, {"id": ids[1]}, None]
    assert [(error["type"], error["path"]) for error in answer["errors"]] == [
        ("FORBIDDEN", ["nodes", 0]), ("FORBIDDEN", ["nodes", 2])]


@pytest.mark.parametrize(("method", "path", "body", "accepted"), [
    ("GET", "issues", None, "issues=read"),
    ("GET", "commits", None, "contents=read"),
    ("GET", "issues/1/comments", None, "issues=read; pull_requests=read"),
    ("POST", "issues", {"title": "x"}, "issues=write"),
    ("POST", "issues/1/comments", {"body": "x"}, "issues=write; pull_requests=write"),
    ("PATCH", "issues/1", {"state": "closed"}, "issues=write; pull_requests=write"),
])
def test_rest_names_the_permission_that_would_do(
        simulated: Callable[..., Simulator], method: str, path: str, body: Any, accepted: str) -> None:
    granted: Any = {"discussions": "write"} if method == "GET" else {"issues": "read", "pull_requests": "read"}
    scene = scene_of_all()
    simulator = simulated(scene)
    with asking(simulator, simulator.token(granted)) as client:
        response = client.rest(method, path, json=body)
    assert (response.status_code, response.json()["message"]) == (403, "Resource not accessible by integration")
    assert response.headers["x-accepted-github-permissions"] == accepted
    assert (len(scene.repository.threads), len(scene.repository.threads[1].comments)) == (3, 0)


def test_a_private_repository_does_not_exist_for_who_may_not_see_it(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene(private=True))
    tokens = [simulator.token({"metadata": "none"}), simulator.token(repositories=["acme/other"])]
    for token in tokens:
        with asking(simulator, token) as client:
            assert client.get("").status_code == 404
            answer = client.graphql(query("name"))
            assert answer["errors"][0]["message"] == "Could not resolve to a Repository with the name 'acme/widget'."
    with asking(simulator, None) as stranger:
        assert stranger.get("").status_code == 404
    with asking(simulator, simulator.token(repositories=["Acme/Widget"])) as client:
        assert client.get("").status_code == 200


def test_where_permissions_are_as_lenient_as_githubs_anyone_reads_what_is_public(
        simulated: Callable[..., Simulator]) -> None:
    scene = scene_of_all()
    scene.state.strict_permissions = False
    simulator = simulated(scene)
    with asking(simulator, simulator.token({})) as client:
        assert client.graphql(query(PARTS["issues"]))["data"]["repository"]["issues"]["totalCount"] == 1
        assert client.get("issues").status_code == 200
        assert client.rest("POST", "issues", json={"title": "x"}).status_code == 403


def test_a_token_that_is_not_known_or_was_revoked_is_refused(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    simulator = simulated(scene)
    text = simulator.token()
    found = scene.state.token(text)
    assert found is not None
    scene.state.revoke(found)
    for token in (text, "ghs_unknown"):
        with asking(simulator, token) as client:
            assert (client.get("").status_code, client.get("").json()["message"]) == (401, "Bad credentials")
            assert client.post_graphql("{ viewer { login } }").status_code == 401


def test_without_a_token_there_is_no_graphql_and_a_small_rest(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(Scene()), None) as client:
        assert client.post_graphql("{ viewer { login } }").status_code == 401
        assert client.get("").headers["x-ratelimit-limit"] == "60"
        assert client.get("/user").status_code == 401
        assert client.rest("POST", "issues", json={"title": "x"}).status_code == 401


def test_a_permission_that_github_lacks_is_a_mistake_in_the_test() -> None:
    with pytest.raises(ValueError, match="karma"):
        Scene().state.add_token(permissions={"karma": "read"})


def test_no_token_is_ever_logged_or_shown(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    text = simulator.token()
    with asking(simulator, text) as client:
        client.get("")
        client.graphql("{ viewer { login } }")
        log = client.get("/_simulator/log").text
    assert text not in log + repr(simulator.log) + repr(simulator.state.token(text))
    assert simulator.log[0].token == simulator.log[1].token is not None
