"""Reactions as GraphQL and REST show them."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator

REACTED = """query Reacted($id: ID!) { node(id: $id) { ... on Reactable { databaseId
             reactionGroups { content createdAt reactors(first: 2) { totalCount nodes { __typename ... on User { login }
             ... on Bot { login } } } } } } }"""


def told(scene: Scene) -> dict[str, Any]:
    """One of everything that can be reacted to."""
    pull_request = scene.pull_request(at=-9).review(by="bob", at=-8)
    review = pull_request.last
    review.comments.extend(scene.state.review(pull_request.thread, by="bob", at=scene.when(-7),
                                              lines=[scene.when(-7)]).comments)
    discussion = scene.discussion(at=-9).comment(by="bob", at=-8)
    comment = discussion.last
    return {
        "issue": scene.issue(at=-9).thread, "comment": scene.issue(at=-9).comment(by="bob", at=-8).last,
        "pull request": pull_request.thread, "review": review, "review comment": review.comments[0],
        "discussion": discussion.thread, "discussion comment": comment,
        "reply": discussion.reply(by="cat", at=-7).last,
    }


@pytest.mark.parametrize("what", list(told(Scene())))
def test_everything_that_was_said_shows_all_eight_groups_used_or_not(
        simulated: Callable[..., Simulator], what: str) -> None:
    scene = Scene()
    subject = told(scene)[what]
    scene.state.react(subject, "HEART", by=scene.who("ann"), at=scene.when(-3))
    scene.state.react(subject, "HEART", by=scene.who("helper[bot]"), at=scene.when(-4))
    with asking(simulated(scene)) as client:
        node = client.graphql(REACTED, id=subject.node_id)["data"]["node"]
    groups = {group["content"]: group for group in node["reactionGroups"]}
    assert list(groups) == ["THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES"]
    assert groups.pop("HEART") == {"content": "HEART", "createdAt": "2026-01-31T02:00:00Z", "reactors": {
        "totalCount": 2, "nodes": [{"__typename": "Bot", "login": "helper"}, {"__typename": "User", "login": "ann"}]}}
    assert {(group["createdAt"], group["reactors"]["totalCount"]) for group in groups.values()} == {(None, 0)}
    assert node["databaseId"] == subject.id


def test_a_deleted_account_still_counts_among_the_reactors(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    story = scene.issue(at=-9).comment(by="bob", at=-8).react("EYES", by="gone")
    scene.delete("gone")
    with asking(simulated(scene)) as client:
        groups = client.graphql(REACTED, id=story.last.node_id)["data"]["node"]["reactionGroups"]
    assert groups[-1]["reactors"] == {"totalCount": 1, "nodes": [None]}


def test_rest_counts_reactions_by_its_own_words(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    story = scene.issue(at=-9).react("ROCKET").comment(by="bob", at=-8).react("THUMBS_UP", "THUMBS_DOWN")
    story.unreact("THUMBS_DOWN").react("THUMBS_UP", by="ann")
    with asking(simulated(scene)) as client:
        issue, comment = client.get("issues/1").json(), client.get("issues/1/comments").json()[0]

    def used(shown: dict[str, Any]) -> dict[str, int]:
        return {name: count for name, count in shown["reactions"].items() if name != "url" and count}
    assert (used(issue), used(comment)) == ({"total_count": 1, "rocket": 1}, {"total_count": 2, "+1": 2})
