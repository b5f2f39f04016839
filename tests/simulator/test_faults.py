"""Faults on request: each kind, and which requests it hits."""
from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from repo_vitals.errors import InputError
from repo_vitals.simulator.exchange import Request
from repo_vitals.simulator.faults import KINDS, RESOURCE_LIMITS, Fault, FaultPlan, read_rules
from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator

NAME = 'query Name { repository(owner: "acme", name: "widget") { name isArchived owner { login } } }'
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", ["html", "json", "empty"])
def test_a_server_error_has_the_status_and_body_asked_for(
        simulated: Callable[..., Simulator], status: int, body: str) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("status", status=status, body=body)
    with asking(simulator) as client:
        rest, query = client.get(""), client.post_graphql(NAME)
    assert (rest.status_code, query.status_code) == (status, status)
    if body == "json":
        assert (rest.json()["message"], query.json()["data"]) == ("Server Error", None)
    else:
        assert rest.content.startswith(b"<!DOCTYPE html>") is (body == "html")


def test_a_reset_happens_before_or_after_the_write(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    simulator = simulated(scene)
    with asking(simulator) as client:
        for applied, expected in ((False, 0), (True, 1)):
            simulator.faults.clear()
            simulator.faults.add("reset", method="POST", applied=applied)
            with pytest.raises(BROKEN):
                client.rest("POST", "issues", json={"title": "x"})
            assert len(scene.repository.threads) == expected
        simulator.faults.clear()
        assert client.get("issues").status_code == 200
    assert [entry.status for entry in simulator.log] == [0, 0, 200]


def test_a_server_error_may_hide_a_write_that_was_made(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    simulator = simulated(scene)
    simulator.faults.add("status", status=502, applied=True, times=1)
    with asking(simulator) as client:
        assert client.rest("POST", "issues", json={"title": "x"}).status_code == 502
    assert len(scene.repository.threads) == 1


def test_a_truncated_body_ends_before_its_length(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("truncated")
    with asking(simulator) as client:
        response = client.get("", stream=True, headers={"Accept-Encoding": "identity"})
        assert response.status_code == 200
        assert len(response.raw.read(decode_content=False, amt=10**6) or b"") < int(response.headers["content-length"])


def test_a_body_may_be_no_json_or_nothing(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("not-json", nth=1)
    simulator.faults.add("empty")
    with asking(simulator) as client:
        first, second = client.get(""), client.get("")
    assert (first.status_code, first.text[:9], second.status_code, second.content) == (200, "<!DOCTYPE", 200, b"")


def test_partial_data_has_null_where_its_error_says(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    paths = set()
    for seed in range(12):
        simulator.faults.clear()
        simulator.faults.add("partial-data", seed=seed, type="INTERNAL")
        with asking(simulator) as client:
            answer = client.graphql(NAME)
        error = answer["errors"][0]
        at = answer["data"]
        for step in error["path"]:
            at = at[step]
        assert (at, error["type"]) == (None, "INTERNAL")
        paths.add(tuple(error["path"]))
    assert len(paths) > 2


@pytest.mark.parametrize(("more", "expected"), [
    ({}, {"errors"}), ({"data": "null"}, {"data", "errors"}),
])
def test_graphql_may_fail_with_status_200(
        simulated: Callable[..., Simulator], more: dict[str, Any], expected: set[str]) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("graphql-error", operation="Name", **more)
    with asking(simulator) as client:
        answer = client.graphql(NAME)
        assert set(answer) == expected
        assert answer["errors"][0]["message"].startswith("Something went wrong while executing your query")
        assert client.get("").status_code == 200


def test_a_resource_limit_is_an_error_with_its_type(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("graphql-error", error=RESOURCE_LIMITS, type="RESOURCE_LIMITS_EXCEEDED")
    with asking(simulator) as client:
        assert client.graphql(NAME)["errors"] == [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": RESOURCE_LIMITS}]


@pytest.mark.parametrize(("status", "retry_after"), [(403, None), (403, 7), (429, None), (429, 7)])
def test_secondary_limits_come_with_or_without_a_time_to_wait(
        simulated: Callable[..., Simulator], status: int, retry_after: int | None) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("secondary-limit", status=status, retry_after=retry_after)
    with asking(simulator) as client:
        rest, query = client.get(""), client.post_graphql(NAME)
    for response in (rest, query):
        assert response.status_code == status
        assert "secondary rate limit" in response.json()["message"]
        assert response.headers.get("retry-after") == (None if retry_after is None else "7")


def test_primary_limits_name_their_reset_or_not(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    simulator.limits.clock = lambda: 5000.0
    simulator.faults.add("primary-limit", resets_in=90, nth=(1, 2))
    simulator.faults.add("primary-limit", status=429, type="RATE_LIMIT")
    with asking(simulator) as client:
        rest, query, late, newer = client.get(""), client.post_graphql(NAME), client.get(""), client.post_graphql(NAME)
    assert (rest.status_code, rest.headers["x-ratelimit-remaining"], rest.headers["x-ratelimit-reset"]) == (
        403, "0", "5090")
    assert (query.status_code, query.json()["errors"][0]["type"]) == (200, "RATE_LIMITED")
    assert (late.status_code, late.headers.get("x-ratelimit-reset")) == (429, None)
    assert newer.json()["errors"][0]["type"] == "RATE_LIMIT"


def test_a_token_may_be_refused_half_way(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("unauthorized", nth=2)
    with asking(simulator) as client:
        assert [client.get("").status_code for _ in range(3)] == [200, 401, 200]


def test_latency_delays_a_true_answer_and_a_timeout_gives_none(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("latency", seconds=0.2, nth=1)
    simulator.faults.add("timeout", seconds=30)
    with asking(simulator) as client:
        begun = time.monotonic()
        assert client.get("").json()["name"] == "widget"
        assert time.monotonic() - begun >= 0.2
        with pytest.raises(requests.Timeout):
            client.session.get(f"{client.base}/repos/acme/widget", timeout=0.2)


def test_stopping_frees_whoever_waits_for_a_timeout() -> None:
    from support.simulated import serving
    begun = time.monotonic()
    with serving(Scene()) as simulator, asking(simulator) as client:
        simulator.faults.add("timeout", seconds=60)
        with pytest.raises(requests.Timeout):
            client.session.get(f"{client.base}/repos/acme/widget", timeout=0.1)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("status", [502, 504])
def test_a_page_too_heavy_fails_until_it_is_asked_for_in_smaller_ones(
        simulated: Callable[..., Simulator], status: int) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("heavy", above=25, status=status)
    query = """query Page($first: Int!) { repository(owner: "acme", name: "widget") {
               issues(first: $first) { nodes { comments(first: 100) { totalCount } } } } }"""
    with asking(simulator) as client:
        statuses = [client.post_graphql(query, first=first).status_code for first in (100, 50, 26, 25, 1)]
        assert client.post_graphql(NAME).status_code == 200
    assert statuses == [status, status, status, 200, 200]
    assert [entry.first for entry in simulator.log] == [100, 50, 26, 25, 1, 0]


def test_a_page_too_heavy_may_end_in_a_timeout_instead(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    simulator.faults.add("heavy", above=25, status=0)
    query = '{ repository(owner: "acme", name: "widget") { issues(first: %d) { nodes { id } } } }'
    with asking(simulator) as client:
        with pytest.raises(requests.Timeout):
            client.session.post(simulator.graphql_url, json={"query": query % 26}, timeout=0.2)
        assert "errors" not in client.graphql(query % 25)


def request(method: str = "GET", path: str = "/repos/acme/widget", operation: str = "") -> Request:
    return Request(method=method, path=path, operation=operation)


def fired(rule: Fault, *asked: Request) -> list[bool]:
    return [rule.hits(each) for each in asked]


def test_a_rule_hits_the_nth_of_the_requests_that_it_is_about() -> None:
    rule = Fault(kind="reset", method="POST", nth=(2, 3))
    assert fired(rule, request(), request("POST"), request("POST"), request(), request("POST"), request("POST")) == [
        False, False, True, False, True, False]


def test_a_rule_goes_by_path_and_operation_as_patterns() -> None:
    by_path = Fault(kind="reset", path="/repos/*/issues*")
    assert fired(by_path, request(path="/repos/a/b/issues/1"), request(path="/repos/a/b")) == [True, False]
    by_operation = Fault(kind="reset", operation="Iss*")
    assert fired(by_operation, request(operation="Issues"), request(operation="Discussions")) == [True, False]


def test_a_rule_fires_at_most_so_often() -> None:
    assert fired(Fault(kind="reset", times=2), *[request()] * 4) == [True, True, False, False]


def test_chance_comes_from_the_seed() -> None:
    def run(seed: int) -> list[bool]:
        return fired(Fault(kind="reset", probability=0.5, seed=seed), *[request()] * 64)
    assert run(1) == run(1) != run(2)
    assert 10 < sum(run(1)) < 54


def test_the_first_rule_that_fires_wins() -> None:
    plan = FaultPlan([Fault(kind="reset", nth=2), Fault(kind="empty")])
    picked = [plan.pick(request()) for _ in range(3)]
    assert [rule and rule.kind for rule in picked] == ["empty", "reset", "empty"]


@pytest.mark.parametrize(("text", "complaint"), [
    ("{", "not JSON"),
    ("{}", "needs an array"),
    ("[1]", "needs an array"),
    ('[{"kind": "reset"}, {"kind": "karma"}]', 'unknown kind "karma"'),
    ('[{"kind": "reset", "nht": 1}]', "rule 1 has unknown field 'nht'"),
    ('[{"method": "GET"}]', "rule 1 has no kind"),
])
def test_rules_that_make_no_sense_are_refused_with_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read_rules(text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for_in_json(kind: str) -> None:
    assert read_rules(json.dumps([{"kind": kind, "nth": [1, 2], "path": "/x"}]))[0].nth == (1, 2)


def test_faults_log_and_truth_are_there_for_other_processes(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-30)
    simulator = simulated(scene)
    with asking(simulator) as client:
        rules = client.rest("POST", "/_simulator/faults", json=[{"kind": "status", "status": 503, "times": 1}]).json()
        assert [(rule["kind"], rule["fired"]) for rule in rules] == [("status", 0)]
        assert [client.get("").status_code for _ in range(2)] == [503, 200]
        assert client.get("/_simulator/faults").json()[0]["fired"] == 1
        assert client.rest("DELETE", "/_simulator/faults").json() == []
        assert [(e["path"], e["status"], e["fault"]) for e in client.get("/_simulator/log").json()] == [
            ("/repos/acme/widget", 503, "status"), ("/repos/acme/widget", 200, None)]
        figures = client.get("/_simulator/truth?repository=acme/widget&response-target=24h").json()
        assert {"name": "issues_awaiting_response", "labels": {}, "value": 1} in figures
        earlier = client.get("/_simulator/truth?now=2026-01-30T12:00:00Z").json()
        assert {"name": "issues_awaiting_response", "labels": {}, "value": 0} in earlier
        assert client.rest("DELETE", "/_simulator/log").status_code == 200
        assert client.get("/_simulator/log").json() == []
        assert [client.get(f"/_simulator/{path}").status_code for path in
                ("karma", "truth?window=x", "truth?repository=no/body")] == [404, 400, 404]
        assert client.rest("POST", "/_simulator/faults", data="[{}]").status_code == 400
