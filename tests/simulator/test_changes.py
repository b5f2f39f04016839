"""The random changes that other tests live by: every kind happens, and none leaves what could not be at GitHub."""
from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings

from repo_vitals.simulator.model import PullRequest
from support.changes import KINDS, Sequence, change, sequences
from support.simulated import NOW, Scene, asking, serving

READ = """{ repository(owner: "acme", name: "widget") {
  issues(first: 100) { nodes { number stateReason labels(first: 9) { nodes { name } } reactionGroups { content }
    comments(first: 9) { nodes { author { login } isMinimized issue { number } } }
    timelineItems(first: 9) { nodes { __typename } } } }
  pullRequests(first: 100) { nodes { number state isDraft comments(first: 9) { nodes { issue { number } } }
    reviews(first: 9) { nodes { submittedAt reviewed: pullRequest { number } } } } }
  discussions(first: 100) { nodes { number category { name } isAnswered comments(first: 9) { nodes {
    discussion { number } replies(first: 9) { nodes { isMinimized } } } } } }
  defaultBranchRef { target { ... on Commit {
    history(first: 100) { nodes { author { email user { login } } } } } } } } }
"""


def test_every_kind_of_change_happens() -> None:
    scene = Scene()
    chance, at, words = random.Random(1), NOW, Counter[str]()
    for _ in range(2000):
        at += timedelta(minutes=chance.choice((0, 7, 300)))
        words[change(scene.state, scene.repository, chance, at).split()[0]] += 1
    assert set(words) == {kind.__name__.replace("_", "-") for kind in KINDS}
    assert min(words.values()) >= 10


def test_the_same_chance_makes_the_same_changes() -> None:
    def words(seed: int) -> list[tuple[str, str]]:
        scene = Scene()
        made = Sequence(random.Random(seed), (0, 1, 60) * 30).play(scene.state, scene.repository, begin=NOW)
        return [(at.isoformat(), word) for at, word in made]
    assert words(3) == words(3)
    assert words(3) != words(4)
    assert len({at for at, _ in words(3)}) == 61     # a third of them in the second of the one before


@given(sequences(most=60))
@settings(deadline=None)
def test_no_change_leaves_what_could_not_be(sequence: Sequence) -> None:
    scene = Scene()
    state, home = scene.state, scene.repository
    for at, _ in sequence.play(state, home, begin=NOW):
        assert state.now == at
        for number, thread in home.threads.items():
            assert (thread.number, thread.repository) == (number, home)
            assert state.node(thread.node_id) is thread
            assert thread.updated_at <= at
            assert [label for label in thread.labels if home.labels.get(label.name.lower()) is not label] == []
            assert all(state.node(said.node_id) is said and said.thread is thread for said in thread.said)
            if isinstance(thread, PullRequest):
                assert thread.merged_at in (None, thread.closed_at)
        moments = [commit.committed_at for commit in home.commits]
        assert moments == sorted(moments, reverse=True)
        assert max(moments, default=at) <= at


@pytest.mark.parametrize("seed", range(3))
def test_whatever_has_happened_the_answers_are_githubs(seed: int) -> None:
    scene = Scene()
    with serving(scene) as simulator, asking(simulator) as client:
        chance = random.Random(seed)
        for place in range(200):
            change(scene.state, scene.repository, chance, NOW + timedelta(minutes=place // 2))
            if place % 20 == 0:
                assert "errors" not in client.graphql(READ)
