"""Rate limits: what is counted, what is said, and when it is over."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.simulator.limits import Limits
from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator

NAME = '{ repository(owner: "acme", name: "widget") { name } }'
HEADERS = ("limit", "remaining", "used", "resource", "reset")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_rest_and_graphql_are_counted_apart_and_by_token(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene(), limits=Limits(core=10, graphql=20, clock=Clock()))
    with asking(simulator) as client, asking(simulator, simulator.token()) as other:
        client.get("")
        rest = client.get("").headers
        points = client.post_graphql(NAME).headers
        assert [rest[f"x-ratelimit-{name}"] for name in HEADERS] == ["10", "8", "2", "core", "1003600"]
        assert [points[f"x-ratelimit-{name}"] for name in HEADERS] == ["20", "19", "1", "graphql", "1003600"]
        assert other.get("").headers["x-ratelimit-used"] == "1"


def test_a_spent_rest_limit_refuses_until_the_reset(simulated: Callable[..., Simulator]) -> None:
    clock = Clock()
    simulator = simulated(Scene(), limits=Limits(core=2, clock=clock))
    with asking(simulator) as client:
        assert [client.get("").status_code for _ in range(3)] == [200, 200, 403]
        refused = client.get("")
        assert refused.json()["message"].startswith("API rate limit exceeded for ")
        assert (refused.headers["x-ratelimit-remaining"], refused.headers["x-ratelimit-used"]) == ("0", "2")
        assert "retry-after" not in refused.headers
        clock.now = float(refused.headers["x-ratelimit-reset"])
        assert client.get("").status_code == 200


def test_a_spent_graphql_limit_is_an_error_with_status_200(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene(), limits=Limits(graphql=1))
    with asking(simulator) as client:
        assert "data" in client.graphql(NAME)
        refused = client.post_graphql(NAME)
        assert (refused.status_code, refused.headers["x-ratelimit-remaining"]) == (200, "0")
        assert refused.json()["errors"][0]["type"] == "RATE_LIMITED"
        assert "data" not in refused.json()
        assert client.get("").status_code == 200


def test_a_query_is_charged_its_points_and_the_answer_says_what_is_left(simulated: Callable[..., Simulator]) -> None:
    query = """{ rateLimit { cost limit remaining used resetAt nodeCount }
                 repository(owner: "acme", name: "widget") { issues(first: 100) { nodes { labels(first: 100) {
                 nodes { id } } comments(first: 100) { nodes { id } } } } } }"""
    simulator = simulated(Scene(), limits=Limits(graphql=50, clock=Clock()))
    with asking(simulator) as client:
        assert client.graphql(query)["data"]["rateLimit"] == {
            "cost": 2, "limit": 50, "remaining": 48, "used": 2, "nodeCount": 20_100,
            "resetAt": "1970-01-12T14:46:40Z"}
        assert client.graphql(query)["data"]["rateLimit"]["remaining"] == 46


def test_asking_for_the_limits_is_free(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene(), limits=Limits(core=5))
    with asking(simulator) as client:
        client.get("")
        for _ in range(3):
            found = client.get("/rate_limit").json()
        assert (found["resources"]["core"]["used"], found["rate"]["remaining"]) == (1, 4)


def test_a_test_may_spend_a_tokens_limit_itself(simulated: Callable[..., Simulator]) -> None:
    clock = Clock()
    simulator = simulated(Scene(), limits=Limits(clock=clock))
    token = simulator.token()
    simulator.limits.spend(token, "core", leaving=1, resets_in=30)
    with asking(simulator, token) as client:
        assert [client.get("").status_code for _ in range(2)] == [200, 403]
        assert client.get("").headers["x-ratelimit-reset"] == "1000030"
        clock.now += 31
        assert client.get("").headers["x-ratelimit-remaining"] == "999"


def test_too_many_writes_in_a_minute_meet_the_secondary_limit(simulated: Callable[..., Simulator]) -> None:
    clock = Clock()
    scene = Scene()
    simulator = simulated(scene, limits=Limits(writes_per_minute=2, clock=clock))
    with asking(simulator) as client:
        statuses = [client.rest("POST", "issues", json={"title": "x"}).status_code for _ in range(3)]
        assert (statuses, len(scene.repository.threads)) == ([201, 201, 403], 2)
        refused = client.rest("POST", "issues", json={"title": "x"})
        assert "secondary rate limit" in refused.json()["message"]
        assert refused.headers["retry-after"] == "60"
        assert int(refused.headers["x-ratelimit-remaining"]) > 0
        assert client.get("").status_code == 200
        clock.now += 61
        assert client.rest("POST", "issues", json={"title": "x"}).status_code == 201


def test_an_enterprise_server_may_count_nothing(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene(), limits=Limits(core=1, graphql=1, enabled=False))
    with asking(simulator) as client:
        assert [client.get("").status_code for _ in range(3)] == [200] * 3
        assert not [name for name in client.get("").headers if name.startswith("x-ratelimit")]
        assert client.get("/rate_limit").status_code == 404
        assert client.graphql("{ rateLimit { cost } viewer { login } }")["data"]["rateLimit"] is None
