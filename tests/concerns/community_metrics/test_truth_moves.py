"""Whose move it is, however long the thread: the real command against the simulator's truth."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from support.levels import AgendaRow, Asked, both, promised
from support.simulated import NOW, Scene, Story, serving

if TYPE_CHECKING:
    from pathlib import Path

# Phases that may be anybody's move, for everything; and a first response that nothing shorter would tell.
FIRST = promised("first-response", timedelta(days=1))
ASKED = Asked(
    options=("--sla", "first-response: 1d\nfix: 1d\nresolution: 2d", "--window", "10d"),
    promises=(FIRST, promised("fix", timedelta(days=1)), promised("resolution", timedelta(days=2))),
    escalate=("no-progress",), window=timedelta(days=10))
LABELLED = Asked(
    options=("--sla", "triage: 1d\nfix: 1d\nresolution: 2d"),
    promises=(promised("triage", timedelta(days=1)), *ASKED.promises[1:]), escalate=("production",))


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


def a_ghost_talks_to_itself(story: Story) -> Story:
    return story.comment(by="bob", at=-390).comment(by=None, at=-300, times=140, every=0.01)


def held(folder: Path, scene: Scene, asked: Asked = ASKED, *, hours_back: float = 0) -> list[AgendaRow]:
    """The agenda, all of the report being true."""
    with serving(scene) as github:
        said, true = both(folder, github, scene.repository, asked, NOW - timedelta(hours=hours_back))
    assert said == true
    rows: list[AgendaRow] = said["agenda"]
    return rows


@pytest.mark.parametrize("begin", ["issue", "pull_request", "discussion"])
def test_every_word_of_a_long_thread_is_heard(tmp_path: Path, begin: str) -> None:
    scene = Scene()
    for tale in TALES:
        tale(getattr(scene, begin)(at=-400))
    a_ghost_talks_to_itself(getattr(scene, begin)(at=-400, by=None))
    assert len(held(tmp_path, scene)) == len(TALES) + 1


def test_a_reply_below_the_first_comment_can_be_the_last_word(tmp_path: Path) -> None:
    scene = Scene()
    talk = scene.discussion(at=-400).comment(by="bob", at=-399)
    above = talk.last
    talk.comment(by="bob", at=-390, times=20, every=0.01)
    for hours in (*range(-300, -280), -5):
        scene.state.comment(talk.thread, by=scene.who("ann"), at=scene.when(hours), reply_to=above)
    [row] = held(tmp_path, scene)
    assert (row.owes, row.since) == ("maintainers", "2026-01-18T18:00:00Z")


def test_a_review_that_was_begun_long_ago_can_be_the_last_word(tmp_path: Path) -> None:
    scene = Scene()
    pull = scene.pull_request(at=-400).review(by="bob", at=-399)
    for number in range(110):
        pull.review(by="cat", at=-398 + number, submitted=-5 if number == 20 else None)
    pull.comment(by="ann", at=-100, times=40, every=0.01)
    [row] = held(tmp_path, scene)
    assert (row.owes, row.since) == ("author", "2026-01-31T01:00:00Z")


def test_a_response_far_down_in_an_old_discussion_is_found(tmp_path: Path) -> None:
    scene = Scene()
    talk = bots(scene.discussion(at=-1200), at=-1190, times=120)
    above = talk.last
    bots(talk, at=-1100, times=20)
    for by in (*["helper[bot]"] * 30, "bob"):
        scene.state.comment(talk.thread, by=scene.who(by), at=scene.when(-300), reply_to=above)
    assert held(tmp_path, scene, Asked(options=("--sla", "first-response: 1d"), promises=(FIRST,))) == []


def test_open_discussions_that_nobody_touched_for_two_windows_are_unknown(tmp_path: Path) -> None:
    scene = Scene()
    scene.discussion(at=-500).comment(by="bob", at=-479.9)
    scene.discussion(at=-500).comment(by="bob", at=-480.1)
    assert [row.number for row in held(tmp_path, scene)] == [1]


@pytest.mark.parametrize("hours_back", [0, 100, 250, 350])
def test_a_report_as_of_a_moment_hears_nothing_that_was_said_later(tmp_path: Path, hours_back: float) -> None:
    scene = Scene()
    for begin in (scene.issue, scene.pull_request, scene.discussion):
        story = begin(at=-400).comment(by="bob", at=-390)
        for by, at in (("ann", -320), ("cat", -220), ("ann", -120), ("bob", -20)):
            story.comment(by=by, at=at, times=30, every=0.01)
        story.close(at=-10)
    rows = held(tmp_path, scene, hours_back=hours_back)
    assert [row.owes for row in rows] == {0: [], 100: 3 * ["maintainers"], 250: 3 * ["maintainers"],
                                          350: 3 * ["author"]}[hours_back]


def test_what_nobody_owes_is_not_read_to_its_end(tmp_path: Path) -> None:
    scene = Scene()
    scene.issue(at=-400).comment(by="bob", at=-399.5).comment(by="ann", at=-300, times=300, every=0.01)
    asked = Asked(options=("--sla", "first-response: 1d\nresolution type=bug: 2d"),
                  promises=(FIRST, promised("resolution", timedelta(days=2), type="bug")))
    with serving(scene) as github:
        said, true = both(tmp_path, github, scene.repository, asked, NOW)
        read_back = github.requests(operation="Newest")
    assert (said, read_back) == (true, [])


# Labels with gaps in their histories


def test_labels_are_read_backwards_whatever_became_of_them(tmp_path: Path) -> None:
    scene = Scene()
    elsewhere = scene.state.add_repository("acme/elsewhere")
    for name in ("status/blocked", "status/fixed", "bug", "production"):
        came = Story(scene, scene.state.open_issue(elsewhere, by=scene.who("ann"), at=scene.when(-400)))
        came.label(name, at=-390).transfer(scene.repository, at=-300)
        scene.issue(at=-400).label(name, at=-350).unlabel(name, at=-300)
        scene.issue(at=-400).label(name, at=-390).unlabel(name, at=-380).label(name, at=-350)
        again = scene.issue(at=-400).label(name, at=-350)
        scene.state.rename_label(elsewhere, name, f"renamed {name}")     # so that no entry tells of the label
        scene.issue(at=-400).label(name, at=-200).scene.delete_label(name)
        again.label(name, at=-100)
        scene.issue(at=-400).label(name, at=-90).close(at=-80).unlabel(name, at=-70).reopen(at=-60)
        came.label(name, at=-50).unlabel(name, at=-40)
    held(tmp_path, scene, LABELLED)


def test_two_labels_can_have_one_meaning(tmp_path: Path) -> None:
    scene = Scene()
    scene.issue(at=-400).label("Waiting", at=-390).label("on hold", at=-380).unlabel("Waiting", at=-300)
    scene.issue(at=-400).label("Waiting", at=-390).label("on hold", at=-380).unlabel("on hold", at=-300) \
        .unlabel("Waiting", at=-200)
    scene.issue(at=-400).label("on hold", at=-300).unlabel("on hold", at=-290).label("Waiting", at=-290)
    asked = Asked(
        options=("--sla", "resolution: 2d", "--pause-labels", "on hold", "--response-target", "500h",
                 "--label-aliases", "waiting = status/blocked\nOn Hold = status/blocked"),
        rules={"aliases": {"waiting": "status/blocked", "on hold": "status/blocked"},
               "response_target": timedelta(hours=500)},
        promises=ASKED.promises[2:], terms={"pauses": ("status/blocked",)})
    rows = held(tmp_path, scene, asked)
    assert [(row.number, row.owes, row.since) for row in rows] == [
        (3, "outside", "2026-01-18T18:00:00Z"), (2, "maintainers", "2026-01-14T14:00:00Z")]


def test_labels_of_discussions_end_nothing_and_pause_from_the_start(tmp_path: Path) -> None:
    scene = Scene()
    scene.discussion(at=-90).label("status/fixed", at=-80).label("bug", at=-80).comment(by="bob", at=-80)
    scene.discussion(at=-90).label("status/blocked", at=-10).comment(by="bob", at=-80)
    rows = held(tmp_path, scene)
    assert [(row.number, row.what, row.also, row.owes, row.since) for row in rows] == [
        (1, "fix", ("resolution",), "author", "2026-01-27T22:00:00Z"),
        (2, "fix", (), "outside", "2026-01-27T12:00:00Z")]


def test_what_was_closed_before_it_came_was_never_open_with_a_label(tmp_path: Path) -> None:
    scene = Scene()
    came = scene.issue(at=-400).label("status/blocked", at=-390).close(at=-300)
    scene.state.transfer(came.thread, scene.state.add_repository("acme/elsewhere"), at=scene.when(-200))
    scene.state.transfer(came.thread, scene.repository, at=scene.when(-100), created_at=scene.when(-100))
    held(tmp_path, scene)


@pytest.mark.parametrize("hours_back", [0, 60])
def test_of_a_discussion_only_the_closing_of_now_is_known(tmp_path: Path, hours_back: float) -> None:
    scene = Scene()
    scene.discussion(at=-90).close(at=-80).reopen(at=-50)
    scene.discussion(at=-90).close(at=-50)
    assert len(held(tmp_path, scene, hours_back=hours_back)) == {0: 1, 60: 2}[hours_back]
