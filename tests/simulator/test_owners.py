"""All that one owner has, as a run over an organisation asks for it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.state import State
from support.simulated import NOW, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator
    from support.simulated import Asking

OWNED = """query Owned($login: String!, $first: Int = 100, $after: String, $last: Int, $before: String,
  $order: RepositoryOrder, $archived: Boolean, $fork: Boolean, $privacy: RepositoryPrivacy,
  $whose: [RepositoryAffiliation]) {
  repositoryOwner(login: $login) { __typename login repositories(first: $first, after: $after, last: $last,
    before: $before, orderBy: $order, isArchived: $archived, isFork: $fork, privacy: $privacy,
    ownerAffiliations: $whose) {
    totalCount pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
    nodes { nameWithOwner isArchived isFork isPrivate isEmpty } } } }"""


def of_several() -> State:
    """An organisation, a person, and repositories of both, made in another order than that of their names."""
    state = State(now=NOW)
    state.account("ann")
    state.add_repository("acme/widget")
    state.add_repository("acme/Attic", archived=True)
    state.add_repository("acme/vendored", fork=True)
    state.add_repository("acme/secret", private=True)
    state.add_repository("ann/notes")
    return state


def names(client: Asking, login: str = "acme", **variables: Any) -> list[str]:
    """The names of what an owner has, without the owner."""
    found = client.graphql(OWNED, login=login, **variables)["data"]["repositoryOwner"]["repositories"]
    return [node["nameWithOwner"].split("/")[1] for node in found["nodes"]]


def test_an_owner_has_its_own_repositories_and_what_they_are(simulated: Callable[..., Simulator]) -> None:
    state = of_several()
    state.commit(state.repositories()[0], NOW, email="ann@example.org")
    with asking(simulated(state)) as client:
        answer = client.graphql(OWNED, login="ACME")["data"]["repositoryOwner"]
        anns = client.graphql(OWNED, login="ann", whose=["OWNER"])["data"]["repositoryOwner"]
    assert (answer["__typename"], answer["login"], answer["repositories"]["totalCount"]) == ("Organization", "acme", 4)
    assert [list(node.values()) for node in answer["repositories"]["nodes"]] == [
        # name, archived, fork, private, empty
        ["acme/widget", False, False, False, False],
        ["acme/Attic", True, False, False, True],
        ["acme/vendored", False, True, False, True],
        ["acme/secret", False, False, True, True]]
    assert (anns["__typename"], [node["nameWithOwner"] for node in anns["repositories"]["nodes"]]) == (
        "User", ["ann/notes"])


@pytest.mark.parametrize(("asked", "expected"), [
    ({"archived": False}, ["widget", "vendored", "secret"]),
    ({"archived": True}, ["Attic"]),
    ({"fork": False, "archived": False}, ["widget", "secret"]),
    ({"privacy": "PUBLIC"}, ["widget", "Attic", "vendored"]),
    ({"privacy": "PRIVATE"}, ["secret"]),
    ({"whose": ["COLLABORATOR"]}, []),
    ({"order": {"field": "NAME", "direction": "ASC"}}, ["Attic", "secret", "vendored", "widget"]),
    ({"order": {"field": "CREATED_AT", "direction": "DESC"}}, ["secret", "vendored", "Attic", "widget"]),
    ({"order": {"field": "STARGAZERS", "direction": "DESC"}}, ["vendored", "secret", "Attic", "widget"]),
])
def test_repositories_come_by_filter_and_in_order(
        simulated: Callable[..., Simulator], asked: dict[str, Any], expected: list[str]) -> None:
    state = of_several()
    state.repositories()[2].stars = 9
    with asking(simulated(state)) as client:
        assert names(client, **asked) == expected


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_pages_by_name_miss_and_repeat_nothing_though_repositories_are_added(
        simulated: Callable[..., Simulator], direction: str) -> None:
    state = State(now=NOW)
    for number in range(7):
        state.add_repository(f"acme/r{number}")
    order = {"field": "NAME", "direction": direction}
    with asking(simulated(state)) as client:
        seen: list[str] = []
        after = None
        while True:
            page = client.graphql(OWNED, login="acme", first=3, after=after, order=order)["data"]["repositoryOwner"]
            seen += [node["nameWithOwner"] for node in page["repositories"]["nodes"]]
            after = page["repositories"]["pageInfo"]["endCursor"]
            if not page["repositories"]["pageInfo"]["hasNextPage"]:
                break
            state.add_repository(f"acme/a{len(seen)}" if direction == "ASC" else f"acme/z{len(seen)}")
    expected = [f"acme/r{number}" for number in range(7)]
    assert seen == (expected if direction == "ASC" else expected[::-1])


@pytest.mark.parametrize("login", ["nobody", "dependabot", "gone"])
def test_who_owns_nothing_is_null_without_an_error(simulated: Callable[..., Simulator], login: str) -> None:
    state = of_several()
    state.account("dependabot[bot]")
    state.delete_account(state.account("gone"))
    with asking(simulated(state)) as client:
        assert client.graphql(OWNED, login=login) == {"data": {"repositoryOwner": None}}


def test_a_token_sees_only_the_private_repositories_it_is_for(simulated: Callable[..., Simulator]) -> None:
    state = of_several()
    state.add_repository("acme/vault", private=True)
    simulator = simulated(state)
    with asking(simulator, simulator.token(repositories=["acme/vault"])) as client:
        assert names(client) == ["widget", "Attic", "vendored", "vault"]


def test_without_metadata_nothing_of_an_owner_may_be_read(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(of_several())
    with asking(simulator, simulator.token({"metadata": "none"})) as client:
        answer = client.graphql(OWNED, login="acme")
    assert answer["data"] == {"repositoryOwner": None}
    assert (answer["errors"][0]["type"], answer["errors"][0]["path"]) == ("FORBIDDEN", [
        "repositoryOwner", "repositories"])


def test_entries_need_a_bound(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(of_several())) as client:
        answer = client.graphql(OWNED, login="acme", first=None)
    assert answer["errors"][0]["type"] == "MISSING_PAGINATION_BOUNDARIES"


def test_a_renamed_owner_takes_its_repositories_along_and_old_names_lead_there(
        simulated: Callable[..., Simulator]) -> None:
    state = of_several()
    acme = state.account("acme")
    state.repositories()[0].roles["acme"] = "OWNER"
    state.rename_account(acme, "Umbrella")
    assert state.repositories()[0].roles == {"umbrella": "OWNER"}
    with pytest.raises(ValueError, match="the login ann is in use"):
        state.rename_account(acme, "ann")
    with asking(simulated(state)) as client:
        assert sorted(names(client, "umbrella")) == ["Attic", "secret", "vendored", "widget"]
        assert client.graphql(OWNED, login="acme")["data"]["repositoryOwner"] is None
        moved = client.graphql('{ repository(owner: "acme", name: "widget") { nameWithOwner } }')
    assert moved["data"]["repository"]["nameWithOwner"] == "Umbrella/widget"
