"""What an owner has: every page of it, the same under every fault, or an error that says why."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.errors import CouldNotMeasure, PermissionMissing, TokenRefused
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import KINDS, Fault, FaultPlan
from repo_vitals.simulator.state import State
from repo_vitals.sources.github_connection import GitHub, connect
from repo_vitals.sources.http_wire import Timeouts
from repo_vitals.sources.limits import Budget
from repo_vitals.sources.repositories import owned_by
from support.graphql_answers import WHO, data, failed
from support.scripted_server import Step, in_turn
from support.simulated import NOW, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.simulator.server import Simulator

NAMES = tuple(f"acme/r{number:03}" for number in range(230))


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """Two hundred and thirty repositories; besides a fork, an archived one, another owner's and an owner of none."""
    state = State(now=NOW)
    for name in reversed(NAMES):
        state.add_repository(name)
    state.add_repository("acme/fork", fork=True)
    state.add_repository("acme/r100-old", archived=True)
    state.add_repository("ann/notes")
    state.account("bob")
    with serving(state) as running:
        assert owned_by(client(running, timeouts=Timeouts()).graphql, "acme")    # the first answers are slow
        yield running


def client(simulator: Simulator, *faults: Fault, token: str | None = None, **changes: Any) -> GitHub:
    simulator.faults = FaultPlan(faults)
    environ = simulator.environment(token)
    settings = {"timeouts": Timeouts(connect=2, read=0.5, total=0.8), "budget": Budget(share=1), **changes}
    return connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(minutes=5),
                   sleep=lambda _: None, **settings)


def test_all_pages_come_by_name_without_forks_and_archived_ones(simulator: Simulator) -> None:
    github = client(simulator)
    assert owned_by(github.graphql, "acme") == NAMES
    assert (github.cost.requests, github.cost.retries) == (3, 0)


def test_a_person_is_an_owner_too_in_whatever_case(simulator: Simulator) -> None:
    assert owned_by(client(simulator).graphql, "ANN") == ("ann/notes",)


def test_an_owner_of_nothing_is_another_thing_than_none(simulator: Simulator) -> None:
    github = client(simulator)
    assert owned_by(github.graphql, "bob") == ()
    assert owned_by(github.graphql, "nobody") is None
    assert github.cost.retries == 0


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "unauthorized"])
def test_one_fault_on_any_page_changes_nothing(simulator: Simulator, kind: str, nth: int) -> None:
    github = client(simulator, Fault(kind=kind, nth=(nth,), seconds=1.0, resets_in=30))
    assert owned_by(github.graphql, "acme") == NAMES


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_for_ever_ends_in_an_error_or_in_the_same_names(simulator: Simulator, kind: str) -> None:
    github = client(simulator, Fault(kind=kind, seconds=0.1, resets_in=7200, above=10))
    if kind in ("latency", "heavy"):
        assert owned_by(github.graphql, "acme") == NAMES
        return
    with pytest.raises(TokenRefused if kind == "unauthorized" else CouldNotMeasure):
        owned_by(github.graphql, "acme")


def test_an_answer_with_null_for_the_owner_and_an_error_is_no_unknown_owner(simulator: Simulator) -> None:
    for seed in range(40):      # wherever the null falls, at the owner itself too
        github = client(simulator, Fault(kind="partial-data", nth=(1,), seed=seed))
        assert owned_by(github.graphql, "acme") == NAMES


def test_what_the_token_may_not_know_is_a_missing_permission() -> None:
    state = State(now=NOW)
    state.add_repository("acme/widget")
    with serving(state) as running:
        github = client(running, token=running.token({"metadata": "none"}), timeouts=Timeouts())
        with pytest.raises(PermissionMissing, match="metadata: read"):
            owned_by(github.graphql, "acme")


def owner_of(*nodes: Any) -> Step:
    return data({"repositoryOwner": {"repositories": {
        "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": list(nodes)}}})


@pytest.mark.parametrize("node", [{}, {"nameWithOwner": None, "isArchived": False},
                                  {"nameWithOwner": "../../etc/passwd", "isArchived": False},
                                  {"nameWithOwner": "acme/..", "isArchived": False},
                                  {"nameWithOwner": "acme/x"}, {"nameWithOwner": "acme/x", "isArchived": None}])
def test_a_list_that_lacks_what_was_asked_for_is_not_believed(connected: Any, node: dict[str, Any]) -> None:
    with pytest.raises(CouldNotMeasure, match="try again later"):
        owned_by(connected(lambda _: owner_of(node)).github.graphql, "acme")


def test_a_server_that_says_by_an_error_that_there_is_no_such_owner_is_understood(connected: Any) -> None:
    gone = {"type": "NOT_FOUND", "path": ["repositoryOwner"], "message": "Could not resolve to an owner"}
    there = connected(lambda _: failed(gone, content={"repositoryOwner": None}))
    assert owned_by(there.github.graphql, "nobody") is None
    assert there.cost.requests == 1


@pytest.mark.parametrize("content", [{}, {"repositoryOwner": {}}, {"repositoryOwner": {"repositories": None}},
                                     {"repositoryOwner": 3}])
def test_an_answer_without_a_list_is_asked_for_again(connected: Any, content: dict[str, Any]) -> None:
    there = connected(in_turn(data(content), owner_of({"nameWithOwner": "acme/x", "isArchived": False})))
    assert owned_by(there.github.graphql, "acme") == ("acme/x",)
    assert there.cost.retries == 1


def test_no_other_listing_may_be_without_its_beginning(connected: Any) -> None:
    there = connected(lambda _: data({"repository": None}))
    with pytest.raises(CouldNotMeasure, match="repository is null"):
        list(there.github.graphql.pages("issues", {**WHO, "comments": 1, "events": 1},
                                        connection=("repository", "issues")))
