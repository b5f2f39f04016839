"""Pages of a connection: bounds, cursors, and what moves while someone pages."""
from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator

ISSUES = """query Page($first: Int, $after: String, $last: Int, $before: String, $direction: OrderDirection!,
                       $filter: IssueFilters, $states: [IssueState!]) {
  rateLimit { cost remaining }
  repository(owner: "acme", name: "widget") {
    issues(first: $first, after: $after, last: $last, before: $before, filterBy: $filter, states: $states,
           orderBy: {field: UPDATED_AT, direction: $direction}) {
      totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } nodes { number }
    }
  }
}"""



def page(answer: dict[str, Any]) -> tuple[list[int], dict[str, Any]]:
    issues = answer["data"]["repository"]["issues"]
    return [node["number"] for node in issues["nodes"]], issues["pageInfo"]


@pytest.mark.parametrize(("direction", "expected"), [("ASC", list(range(1, 251))), ("DESC", list(range(250, 0, -1)))])
@pytest.mark.parametrize("first", [1, 99, 100])
def test_pages_follow_each_other_without_gap_or_overlap(
        simulated: Callable[..., Simulator], direction: str, expected: list[int], first: int) -> None:
    scene, size = Scene(), 250 if first > 1 else 7
    for number in range(size):
        scene.issue(at=-1000 + number)
    seen: list[int] = []
    after = None
    with asking(simulated(scene)) as client:
        while True:
            numbers, info = page(client.graphql(ISSUES, first=first, after=after, direction=direction))
            seen += numbers
            after = info["endCursor"]
            if not info["hasNextPage"]:
                break
    assert seen == [number for number in expected if number <= size]


def test_pages_backwards_end_where_they_should(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    for number in range(5):
        scene.issue(at=-10 + number)
    with asking(simulated(scene)) as client:
        numbers, info = page(client.graphql(ISSUES, last=2, direction="ASC"))
        assert (numbers, info["hasPreviousPage"], info["hasNextPage"]) == ([4, 5], True, False)
        numbers, info = page(client.graphql(ISSUES, last=2, before=info["startCursor"], direction="ASC"))
        assert (numbers, info["hasPreviousPage"]) == ([2, 3], True)
        numbers, info = page(client.graphql(ISSUES, last=2, before=info["startCursor"], direction="ASC"))
        assert (numbers, info["hasPreviousPage"]) == ([1], False)


def test_the_last_page_that_is_exactly_full_says_that_nothing_follows(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    for number in range(100):
        scene.issue(at=-200 + number)
    with asking(simulated(scene)) as client:
        numbers, info = page(client.graphql(ISSUES, first=100, direction="ASC"))
    assert (len(numbers), info["hasNextPage"]) == (100, False)


def test_an_issue_updated_while_someone_pages_is_met_again_oldest_first(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    stories = [scene.issue(at=-100 + number) for number in range(4)]
    with asking(simulated(scene)) as client:
        first, info = page(client.graphql(ISSUES, first=2, direction="ASC"))
        stories[0].comment(by="bob", at=-1)
        rest, _ = page(client.graphql(ISSUES, first=100, after=info["endCursor"], direction="ASC"))
    assert (first, rest) == ([1, 2], [3, 4, 1])


def test_an_issue_updated_while_someone_pages_is_missed_newest_first(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    stories = [scene.issue(at=-100 + number) for number in range(4)]
    with asking(simulated(scene)) as client:
        first, info = page(client.graphql(ISSUES, first=2, direction="DESC"))
        stories[0].comment(by="bob", at=-1)
        rest, _ = page(client.graphql(ISSUES, first=100, after=info["endCursor"], direction="DESC"))
    assert (first, rest) == ([4, 3], [2])


def test_a_new_issue_is_there_at_the_next_look(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-9)
    with asking(simulated(scene)) as client:
        assert page(client.graphql(ISSUES, first=9, direction="ASC"))[0] == [1]
        scene.issue(at=-8)
        assert page(client.graphql(ISSUES, first=9, direction="ASC"))[0] == [1, 2]


def test_a_cursor_outlives_the_issue_that_it_stands_behind(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    stories = [scene.issue(at=-100 + number) for number in range(4)]
    with asking(simulated(scene)) as client:
        _, info = page(client.graphql(ISSUES, first=2, direction="ASC"))
        scene.state.delete_thread(stories[1].thread)
        assert page(client.graphql(ISSUES, first=9, after=info["endCursor"], direction="ASC"))[0] == [3, 4]


def test_since_is_inclusive_and_goes_by_update(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-50)
    scene.issue(at=-40)
    scene.issue(at=-60).comment(by="bob", at=-30)
    since = scene.when(-40).isoformat()
    with asking(simulated(scene)) as client:
        assert page(client.graphql(ISSUES, first=9, direction="ASC", filter={"since": since}))[0] == [2, 3]


def test_states_narrow_the_issues(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-50).close(at=-1)
    scene.issue(at=-40)
    with asking(simulated(scene)) as client:
        assert page(client.graphql(ISSUES, first=9, direction="ASC", states=["OPEN"]))[0] == [2]
        assert page(client.graphql(ISSUES, first=9, direction="ASC", filter={"states": ["CLOSED"]}))[0] == [1]


@pytest.mark.parametrize(("arguments", "kind", "message"), [
    ({"first": 101}, "EXCESSIVE_PAGINATION",
     "Requesting 101 records on the `issues` connection exceeds the `first` limit of 100 records."),
    ({}, "MISSING_PAGINATION_BOUNDARIES",
     "You must provide a `first` or `last` value to properly paginate the `issues` connection."),
    ({"first": 1, "last": 1}, "INVALID_PAGINATION",
     "Passing both `first` and `last` to paginate the `issues` connection is not supported."),
    ({"first": 1, "after": "nonsense"}, "INVALID_CURSOR_ARGUMENTS",
     "`nonsense` does not appear to be a valid cursor."),
    ({"first": 1, "after": base64.b64encode(b"cursor:v2:{}").decode()}, "INVALID_CURSOR_ARGUMENTS", None),
])
def test_bounds_that_github_refuses_are_refused(
        simulated: Callable[..., Simulator], arguments: dict[str, Any], kind: str, message: str | None) -> None:
    with asking(simulated(Scene())) as client:
        answer = client.graphql(ISSUES, direction="ASC", **arguments)
    assert answer["data"]["repository"] is None
    assert (answer["errors"][0]["type"], answer["errors"][0]["path"]) == (kind, ["repository", "issues"])
    assert message is None or answer["errors"][0]["message"] == message


def test_counting_needs_no_bound(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue()
    with asking(simulated(scene)) as client:
        answer = client.graphql('{ repository(owner: "acme", name: "widget") { issues { totalCount } } }')
    assert answer == {"data": {"repository": {"issues": {"totalCount": 1}}}}
