"""A default branch that grows, takes in older work, or is pushed over."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.simulator.history import reachable
from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.model import Commit
    from repo_vitals.simulator.server import Simulator

HISTORY = """query History($id: ID!, $since: GitTimestamp) { node(id: $id) { ... on Commit { oid history(
             first: 100, since: $since) { totalCount nodes { oid } } } } }"""
TIP = """{ repository(owner: "acme", name: "widget") { defaultBranchRef { target { id oid ... on Commit {
         history(first: 100) { totalCount nodes { oid author { email user { login } } } } } } } } }"""


def hours(scene: Scene, commits: list[Commit]) -> list[float]:
    """When they were made, in hours from now."""
    return [(commit.committed_at - scene.now).total_seconds() / 3600 for commit in commits]


def test_old_work_that_is_merged_late_lies_at_its_own_date_and_is_not_seen_from_the_tip_before() -> None:
    scene = Scene().commit(by="ann", at=-90).commit(by="ann", at=-50)
    before = scene.repository.commits[0]
    scene.merge_branch(("bob", -80), ("bob", -60), at=-5)
    assert hours(scene, scene.repository.commits) == [-5, -50, -60, -80, -90]
    assert hours(scene, reachable(scene.repository.commits[0])) == [-5, -50, -60, -80, -90]
    assert hours(scene, reachable(before)) == [-50, -90]
    scene.commit(by="ann", at=-1)
    assert len(reachable(scene.repository.commits[0])) == 6


@pytest.mark.parametrize("work", [("bob", -3.0), None])
def test_a_merge_is_the_tip(work: tuple[str, float] | None) -> None:
    scene = Scene().commit(by="ann", at=-9)
    with pytest.raises(ValueError, match="can't be older"):
        scene.merge_branch(*([work] if work else []), at=-4 if work else -10)
    assert len(scene.repository.commits) == 1


def test_a_force_push_replaces_what_lay_on_the_oldest_change_and_keeps_the_rest(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    for hour in (-5, -4, -3, -2):
        scene.commit(by="ann", at=hour)
    newest, third, second, first = old = list(scene.repository.commits)
    ben = scene.state.account("ben")
    made = scene.state.rewrite(scene.repository, drop=[second],
                               replace_with={third: {"email": "ben@example.org", "user": ben}})
    assert [commit.replaces for commit in made] == [newest, third]
    assert scene.repository.commits == [*made, first]
    assert {commit.oid for commit in made}.isdisjoint(commit.oid for commit in old)
    with asking(simulated(scene)) as client:
        target = client.graphql(TIP)["data"]["repository"]["defaultBranchRef"]["target"]
        left = client.graphql(HISTORY, id=newest.node_id)["data"]["node"]
    assert [(node["oid"], node["author"]["user"]["login"]) for node in target["history"]["nodes"]] == [
        (made[0].oid, "ann"), (made[1].oid, "ben"), (first.oid, "ann")]
    # What was pushed away can still be asked for, as it was.
    assert [node["oid"] for node in left["history"]["nodes"]] == [commit.oid for commit in old]


def test_a_rewritten_merge_still_brings_what_it_brought_and_a_dropped_one_takes_it_away() -> None:
    scene = Scene().commit(by="ann", at=-90).commit(by="ann", at=-50).merge_branch(("bob", -80), at=-5)
    merge = scene.repository.commits[0]
    new, = scene.state.rewrite(scene.repository, replace_with={merge: {"message": "Merge, signed"}})
    assert hours(scene, reachable(new)) == [-5, -50, -80, -90]
    scene.state.rewrite(scene.repository, drop=[new])
    assert hours(scene, scene.repository.commits) == [-50, -90]
    assert hours(scene, reachable(scene.repository.commits[0])) == [-50, -90]
    assert hours(scene, reachable(merge)) == [-5, -50, -80, -90]


def test_only_what_is_on_the_branch_can_be_rewritten() -> None:
    scene = Scene().commit(by="ann", at=-9).commit(by="ann", at=-8)
    gone = scene.repository.commits[0]
    scene.state.rewrite(scene.repository, drop=[gone])
    with pytest.raises(ValueError, match="not on the default branch of acme/widget"):
        scene.state.rewrite(scene.repository, drop=[gone])
    assert scene.state.rewrite(scene.repository) == []


@given(st.lists(st.tuples(st.sampled_from(["commit", "merge", "rewrite"]), st.integers(0, 5)), max_size=12))
def test_the_history_of_a_tip_never_changes_whatever_happens_later(steps: list[tuple[str, int]]) -> None:
    scene = Scene().commit(by="ann", at=-100)
    seen: dict[Commit, list[Commit]] = {}
    for place, (step, number) in enumerate(steps):
        if step == "commit" or not scene.repository.commits:
            scene.commit(by="ann", at=-90 + place)
        elif step == "merge":
            scene.merge_branch(("bob", -95 + number), ("cat", -99), at=-90 + place)
        else:
            some = scene.repository.commits[number % len(scene.repository.commits)]
            scene.state.rewrite(scene.repository, drop=[some])
        if scene.repository.commits:
            tip = scene.repository.commits[0]
            assert reachable(tip) == scene.repository.commits
            seen[tip] = list(scene.repository.commits)
    assert {tip: reachable(tip) for tip in seen} == seen
