from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from repo_vitals.errors import BudgetSpent, CouldNotMeasure, PermissionMissing, RepositoryNotFound, TokenRefused
from repo_vitals.sources.http import TooHeavy
from support.graphql_answers import PASSING_FAULTS, REPOSITORY, WHO, WRONG, data, failed
from support.scripted_server import answer, in_turn

TOO_MUCH = {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."}


def ask(there, **options):
    return there.github.graphql.query("repository", WHO, **options)


def test_an_answer_is_its_data_and_its_points_are_counted(connected):
    there = connected(in_turn(REPOSITORY))
    assert ask(there)["repository"] == {"nameWithOwner": "acme/widget"}
    assert (there.cost.requests, there.cost.graphql_points, there.cost.retries) == (1, 2, 0)
    sent = there.server.asked[0]
    assert (sent.method, sent.path) == ("POST", "/graphql")
    assert sent.json()["variables"] == WHO
    assert sent.json()["operationName"] == "Repository"
    assert sent.headers["user-agent"].startswith("repo-vitals/")


@pytest.mark.parametrize("fault", PASSING_FAULTS.values(), ids=PASSING_FAULTS.keys())
def test_a_query_is_asked_again_after(fault, connected):
    there = connected(in_turn(fault, REPOSITORY))
    assert ask(there)["repository"] == {"nameWithOwner": "acme/widget"}
    assert (there.cost.requests, there.cost.retries) == (2, 1)


@pytest.mark.parametrize("fault", PASSING_FAULTS.values(), ids=PASSING_FAULTS.keys())
def test_partial_data_is_never_used_and_five_tries_end_with_one_line(fault, connected):
    there = connected(in_turn(fault))
    with pytest.raises(CouldNotMeasure, match=r"^POST /graphql Repository: no usable answer from") as caught:
        ask(there)
    assert "after 5 tries" in str(caught.value)
    assert str(caught.value).isprintable()
    assert caught.value.exit_code == 3
    assert there.cost.requests == 5


def test_a_repository_that_github_does_not_know_is_the_callers_mistake(connected):
    there = connected(in_turn(failed(
        {"type": "NOT_FOUND", "path": ["repository"],
         "message": "Could not resolve to a Repository with the name 'acme/widget'."}, content={"repository": None})))
    with pytest.raises(RepositoryNotFound, match=r"^repository acme/widget: not found on GitHub") as caught:
        ask(there)
    assert caught.value.exit_code == 2
    assert there.cost.requests == 1


def test_a_refused_token_is_the_callers_mistake(connected):
    there = connected(in_turn(answer(401, {"message": "Bad credentials"})))
    with pytest.raises(TokenRefused, match="expired or revoked") as caught:
        ask(there)
    assert caught.value.exit_code == 2
    assert there.cost.requests == 1


@pytest.mark.parametrize(("path", "permission"), [
    (["repository", "issues"], "issues: read"),
    (["repository", "pullRequests", "nodes", 3, "reviews"], "pull-requests: read"),
    (["repository", "discussions", "nodes"], "discussions: read"),
    (["repository", "mailmap"], "contents: read"),
    (["repository", "defaultBranchRef", "target"], "contents: read"),
    (["t0", "comments"], "issues: read, pull-requests: read and discussions: read"),
    (["nodes", 0], "issues: read, pull-requests: read and discussions: read"),
])
def test_a_missing_permission_is_named(connected, path, permission):
    refused = {"type": "FORBIDDEN", "path": path, "message": "Resource not accessible by integration"}
    there = connected(in_turn(failed(refused, content={"repository": {"issues": None}})))
    with pytest.raises(PermissionMissing) as caught:
        ask(there)
    assert f'grant "{permission}" to the job' in str(caught.value)
    assert caught.value.exit_code == 2
    assert there.cost.requests == 1


def test_missing_scopes_are_named_as_github_names_them(connected):
    there = connected(in_turn(failed({"type": "INSUFFICIENT_SCOPES", "message":
        "Your token has not been granted the required scopes to execute this query. The 'login' field requires one of "
        "the following scopes: ['read:org'], but your token has only been granted the: ['repo'] scopes."})))
    with pytest.raises(PermissionMissing, match='grant "read:org"'):
        ask(there)


def test_an_organisations_policy_is_told_apart_from_a_permission(connected):
    there = connected(in_turn(failed({"type": "FORBIDDEN", "path": ["repository"], "message":
        "Resource protected by organization SAML enforcement. You must grant your token access to it."})))
    with pytest.raises(PermissionMissing, match="organisation's policy stands against it"):
        ask(there)


@pytest.mark.parametrize("error", [
    {"type": "RATE_LIMITED", "message": "API rate limit exceeded for installation ID 1."},
    {"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": "API rate limit already exceeded for user ID 1."},
    {"message": "API rate limit exceeded"},
], ids=["RATE_LIMITED", "RATE_LIMIT", "by its text"])
def test_spent_points_are_waited_for_when_their_reset_is_near(connected, error):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1769839290"}     # 2026-01-31T06:01:30Z
    there = connected(in_turn(failed(error, headers=headers), REPOSITORY))
    assert ask(there)["repository"]
    assert there.clock.sleeps == [91]

    there = connected(in_turn(failed(error, headers=headers)), max_wait=timedelta(minutes=1))
    with pytest.raises(BudgetSpent, match="come back at 2026-01-31T06:01:30Z"):
        ask(there)


@pytest.mark.parametrize("status", [200, 403])
def test_a_secondary_limit_in_a_graphql_answer_is_sat_out(connected, status):
    text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    refused = failed({"message": text}, status=200) if status == 200 else answer(403, {"message": text})
    there = connected(in_turn(refused, REPOSITORY))
    assert ask(there)["repository"]
    assert there.clock.sleeps == [60]


def test_points_beyond_this_runs_share_are_not_spent(connected):
    there = connected(in_turn(data({"repository": {}}, cost=3, remaining=7)))
    ask(there)
    ask(there)
    with pytest.raises(BudgetSpent, match=r"6 of 5 GraphQL points \(50% of the 10 that were left\); it resets at 2026"):
        ask(there)
    assert there.cost.graphql_points == 6


def test_a_server_without_rate_limits_sets_no_bounds(connected):
    there = connected(in_turn(answer(200, {"data": {"rateLimit": None, "repository": {}}})))
    for _ in range(3):
        ask(there)
    assert there.cost.graphql_points == 0


def test_a_query_that_the_server_does_not_understand_is_not_asked_again(connected):
    there = connected(in_turn(failed({"message": "Field 'isDraft' doesn't exist on type 'PullRequest'",
                                      "path": ["query"], "extensions": {"code": "undefinedField"}})))
    with pytest.raises(CouldNotMeasure, match="may be too old for it"):
        ask(there)
    assert there.cost.requests == 1


def test_an_address_without_a_graphql_api_says_what_to_check(connected):
    there = connected(in_turn(answer(404, body=b"<html>Not Found")))
    with pytest.raises(Exception, match="check GITHUB_API_URL and GITHUB_GRAPHQL_URL") as caught:
        ask(there)
    assert caught.value.exit_code == 2


def test_what_a_server_says_is_cut_and_made_printable(connected):
    text = "::error::\x1b[31m\u202e" + "x" * 5000 + "\n::set-output name=a::b"
    there = connected(in_turn(failed({"type": "WEIRD", "message": text})))
    with pytest.raises(CouldNotMeasure) as caught:
        ask(there)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_half_a_character_in_an_answer_becomes_a_replacement_character(connected):
    body = b'{"data": {"repository": {"nameWithOwner": "a\\ud83d/b"}}}'
    there = connected(in_turn(answer(200, body=body)))
    assert ask(there)["repository"]["nameWithOwner"] == "a\ufffd/b"


def test_a_renamed_host_path_is_followed_for_queries(connected):
    moved = answer(307, {}, headers={"location": "/new/graphql"})
    there = connected(in_turn(moved, REPOSITORY))
    assert ask(there)["repository"]
    assert there.server.asked[1].json() == there.server.asked[0].json()


# Nodes by id ----------------------------------------------------------------------------------------------------------

GONE = {"type": "NOT_FOUND", "message": "Could not resolve to a node with the global id of 'X'"}
THREADS = "query Threads { rateLimit { cost } t0: node(id: 1) { id } t1: node(id: 2) { id } }"


def test_nodes_that_were_deleted_come_back_as_none_where_that_is_allowed(connected):
    there = connected(in_turn(failed({**GONE, "path": ["nodes", 1]}, content={"nodes": [{"id": "a"}, None]})))
    assert there.github.graphql.query("bodies", {"ids": ["a", "b"]}, absent_nodes=True)["nodes"] == [{"id": "a"}, None]


def test_an_aliased_node_that_was_deleted_comes_back_as_none_where_that_is_allowed(connected):
    there = connected(in_turn(failed({**GONE, "path": ["t1"]}, content={"t0": {"id": "a"}, "t1": None})))
    assert there.github.graphql.run(THREADS, {}, absent_nodes=True)["t1"] is None


@pytest.mark.parametrize("absent_nodes", [True, False])
def test_a_null_node_without_a_reason_is_not_taken_for_a_deleted_one(connected, absent_nodes):
    there = connected(in_turn(data({"nodes": [{"id": "a"}, None]})))
    with pytest.raises(CouldNotMeasure, match="an entry of nodes is null"):
        there.github.graphql.query("bodies", {"ids": ["a", "b"]}, absent_nodes=absent_nodes)


def test_a_deleted_node_is_an_error_where_it_is_not_allowed(connected):
    there = connected(in_turn(failed({**GONE, "path": ["nodes", 1]}, content={"nodes": [{"id": "a"}, None]})))
    with pytest.raises(CouldNotMeasure, match=r"no longer knows what was asked for at nodes\.1"):
        there.github.graphql.query("bodies", {"ids": ["a", "b"]})


def test_a_deleted_node_beside_another_error_is_an_error(connected):
    mixed = failed({**GONE, "path": ["nodes", 1]}, {"message": WRONG}, content={"nodes": [{"id": "a"}, None]})
    there = connected(in_turn(mixed))
    with pytest.raises(CouldNotMeasure):
        there.github.graphql.query("bodies", {"ids": ["a", "b"]}, absent_nodes=True)


def test_a_caller_that_can_ask_for_less_hears_of_a_heavy_query_at_once(connected):
    there = connected(in_turn(failed(TOO_MUCH)))
    with pytest.raises(TooHeavy):
        there.github.graphql.run(THREADS, {}, may_shrink=True)
    assert there.cost.requests == 1


def test_the_client_starts_without_its_heavy_libraries():
    code = ("import json, sys, repo_vitals.sources.github_graphql, repo_vitals.sources.github_connection; "
            "print(json.dumps([name for name in ('requests', 'urllib3', 'github', 'ssl') if name in sys.modules]))")
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                            env={"PYTHONPATH": ":".join(sys.path)}).stdout
    assert json.loads(loaded) == []
