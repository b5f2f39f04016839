"""Whose move it is, however long the thread: the real command against the simulator's truth."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from support.levels import Asked, both, promised
from support.simulated import NOW, Scene, Story, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Phases that may be anybody's move, for everything; and a first response that nothing shorter would tell.
ASKED = Asked(
    options=("--sla", "first-response: 1d\nfix: 1d\nresolution: 2d", "--window", "10d"),
    promises=(promised("first-response", timedelta(days=1)), promised("fix", timedelta(days=1)),
              promised("resolution", timedelta(days=2))),
    escalate=("no-progress",), window=timedelta(days=10))


def bots(story: Story, *, at: float, times: int) -> Story:
    return story.comment(by="helper[bot]", at=at, times=times, every=0.01)


def nobody_but_the_author(story: Story) -> Story:
    return story.comment(by="ann", at=-300, times=130, every=0.01)


def the_author_goes_on_and_on(story: Story) -> Story:
    return story.comment(by="bob", at=-390).comment(by="ann", at=-300, times=131, every=0.01)


def the_author_goes_on_for_a_while(story: Story) -> Story:
    return story.comment(by="ann", at=-395, times=9, every=0.01).comment(by="bob", at=-390) \
        .comment(by="ann", at=-300, times=21, every=0.01)


def somebody_spoke_in_the_middle(story: Story) -> Story:
    return bots(story, at=-390, times=60).comment(by="bob", at=-350).comment(by="ann", at=-300, times=70, every=0.01)


def bots_have_the_last_word(story: Story) -> Story:
    return bots(story.comment(by="bob", at=-390).comment(by="ann", at=-380).comment(by="cat", at=-370), at=-200,
                times=150)


def only_bots_speak(story: Story) -> Story:
    return bots(story, at=-390, times=140)


def the_last_words_are_hidden(story: Story) -> Story:
    return story.comment(by="bob", at=-390, times=12, every=0.01).comment(by="ann", at=-300) \
        .comment(by="bob", at=-200, times=40, every=0.01, minimised=True)


def a_deleted_account_spoke_last(story: Story) -> Story:
    return story.comment(by="bob", at=-390).comment(by="ann", at=-380, times=30, every=0.01) \
        .comment(by=None, at=-300).comment(by="ann", at=-200, times=30, every=0.01)


def all_in_one_second(story: Story) -> Story:
    return story.comment(by="bob", at=-390, times=11).comment(by="ann", at=-390, times=25).comment(by="cat", at=-390) \
        .comment(by="ann", at=-390, times=25)


TALES = [nobody_but_the_author, the_author_goes_on_and_on, the_author_goes_on_for_a_while, somebody_spoke_in_the_middle,
         bots_have_the_last_word, only_bots_speak, the_last_words_are_hidden, a_deleted_account_spoke_last,
         all_in_one_second]


def held(folder: Path, scene: Scene, asked: Asked = ASKED, *, hours_back: float = 0) -> list[dict[str, Any]]:
    """The agenda, all of the report being true."""
    with serving(scene) as github:
        said, true = both(folder, github, scene.repository, asked, NOW - timedelta(hours=hours_back))
    assert said == true
    return said["agenda"]


@pytest.mark.parametrize("begin", ["issue", "pull_request", "discussion"])
def test_every_word_of_a_long_thread_is_heard(tmp_path: Path, begin: str) -> None:
    scene = Scene()
    for tale in TALES:
        tale(getattr(scene, begin)(at=-400))
    tale_of_a_ghost(getattr(scene, begin)(at=-400, by=None))
    assert len(held(tmp_path, scene)) == len(TALES) + 1


def tale_of_a_ghost(story: Story) -> Story:
    return story.comment(by="bob", at=-390).comment(by=None, at=-300, times=140, every=0.01)
