"""What a change leaves behind, `updated_at` above all: a client that asks only for what changed lives by it."""
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from support.simulated import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.simulated import Story


def labelled(scene: Scene) -> Story:
    return scene.pull_request(at=-90, draft=True).label("bug", at=-80).comment(by="bob", at=-70)


@pytest.mark.parametrize("change", [
    lambda story: story.comment(by="bob", at=-5),
    lambda story: story.label("P0", at=-5),
    lambda story: story.unlabel("bug", at=-5),
    lambda story: story.close(at=-5),
    lambda story: story.ready(at=-5),
    lambda story: story.draft(at=-5),
    lambda story: story.merge(at=-5),
    lambda story: story.review(by="bob", at=-6, submitted=-5),
    lambda story: story.assign("eve", at=-5),
    lambda story: story.edit(title="New", at=-5),
    lambda story: story.edit_last("New", at=-5),
    lambda story: story.scene.state.lock_thread(story.thread, at=story.scene.when(-5)),
])
def test_what_people_do_moves_the_time_of_update(change: Callable[[Story], Any]) -> None:
    story = labelled(Scene())
    change(story)
    assert story.thread.updated_at == story.scene.when(-5)


@pytest.mark.parametrize("change", [
    lambda story: story.minimise(),
    lambda story: story.minimise().unminimise(),
    lambda story: story.react("HEART", at=-5),
    lambda story: story.react("HEART", at=-5).unreact("HEART"),
    lambda story: story.scene.state.react(story.thread, "EYES", by=None, at=story.scene.when(-5)),
    lambda story: story.delete_last(),
    lambda story: story.scene.delete("bob"),
    lambda story: story.scene.rename_label("bug", "kind: bug"),
    lambda story: story.scene.delete_label("bug"),
    lambda story: story.transfer(story.scene.state.add_repository("acme/attic"), at=-5),
    lambda story: story.review(by="bob", at=-5, state="PENDING"),
    lambda story: story.label("bug", at=-5),
])
def test_what_github_does_not_count_as_an_update_moves_nothing(change: Callable[[Story], Any]) -> None:
    story = labelled(Scene())
    change(story)
    assert story.thread.updated_at == story.scene.when(-70)


def test_every_change_makes_readers_look_again() -> None:
    scene = Scene()
    story = labelled(scene)
    for change in (story.minimise, story.unminimise, lambda: story.react("HEART"), lambda: story.unreact("HEART"),
                   lambda: story.close(at=-3), lambda: scene.rename_label("bug", "defect"),
                   lambda: scene.delete_label("defect"), story.delete_last, lambda: scene.delete("ann")):
        before = scene.state.version
        change()
        assert scene.state.version > before


def test_reopening_takes_the_closing_back_and_leaves_the_events() -> None:
    story = Scene().issue(at=-9).close(at=-8, reason="NOT_PLANNED").reopen(at=-7)
    assert (story.thread.state, story.thread.closed_at, story.thread.state_reason) == ("OPEN", None, "REOPENED")
    assert [event.kind for event in story.thread.events] == ["closed", "reopened"]


def test_merging_closes() -> None:
    story = Scene().pull_request(at=-9).merge(at=-8)
    assert (story.thread.state, story.thread.closed_at) == ("MERGED", story.scene.when(-8))


def test_a_transferred_issue_has_a_new_number_and_id_and_comments_older_than_itself() -> None:
    scene = Scene()
    story = scene.issue(at=-90, labels=("bug",)).comment(by="bob", at=-80)
    before = story.thread.node_id
    attic = scene.state.add_repository("acme/attic")
    scene.state.open_issue(attic, by=None, at=scene.now)
    scene.state.transfer(story.thread, attic, at=scene.when(-10), created_at=scene.when(-10))
    assert (story.number, story.thread.repository, scene.repository.threads) == (2, attic, {})
    assert story.thread.comments[0].created_at < story.thread.created_at
    assert (scene.state.node(before), scene.state.node(story.thread.node_id)) == (None, story.thread)
    assert [label.name for label in story.thread.labels] == ["bug"]
    assert attic.labels["bug"] is story.thread.labels[0]


def test_a_renamed_label_is_renamed_everywhere_and_a_deleted_one_stays_in_the_events() -> None:
    scene = Scene()
    story = scene.issue(at=-9).label("bug", at=-8)

    def seen() -> tuple[list[str], list[str]]:
        return ([label.name for label in story.thread.labels],
                [event.label.name for event in story.thread.events if event.label is not None])
    scene.rename_label("Bug", "defect")
    assert seen() == (["defect"], ["defect"])
    scene.delete_label("Defect")
    assert (seen(), scene.repository.labels) == (([], ["defect"]), {})


def test_a_label_can_take_its_own_name_in_other_letters_but_not_anothers() -> None:
    scene = Scene()
    scene.issue().label("bug", "question", at=0)
    assert list(scene.rename_label("bug", "Bug").repository.labels) == ["question", "bug"]
    with pytest.raises(ValueError, match="acme/widget has a label Question already"):
        scene.rename_label("bug", "Question")


def test_one_account_reacts_once_in_each_way() -> None:
    story = Scene().issue(at=-9).comment(by="bob", at=-8)
    story.react("HEART", "HEART", "EYES", by="ann").react("HEART", by="cat").react("HEART", by=None)
    assert [reaction.content for reaction in story.last.reactions] == ["HEART", "EYES", "HEART", "HEART"]
    with pytest.raises(ValueError, match="there is no such EYES to take back"):
        story.unreact("EYES", by="cat")
    with pytest.raises(ValueError, match="SHRUG is no reaction; use one of THUMBS_UP, "):
        story.react("SHRUG")


def test_comments_told_out_of_order_lie_in_order() -> None:
    story = Scene().issue(at=-9).comment(by="bob", at=-2).comment(by="cat", at=-5).comment(by="dan", at=-5)
    assert [comment.author.login for comment in story.thread.comments] == ["cat", "dan", "bob"]


def test_numbers_are_shared_and_never_given_twice() -> None:
    scene = Scene()
    first, second, third = scene.issue(), scene.pull_request(), scene.discussion()
    assert [first.number, second.number, third.number] == [1, 2, 3]
    scene.state.delete_thread(third.thread)
    assert scene.issue().number == 4
    with pytest.raises(ValueError, match="acme/widget#1 exists"):
        scene.state.open_issue(scene.repository, by=None, at=scene.now, number=1)


def test_a_deleted_thread_takes_what_was_said_along() -> None:
    scene = Scene()
    pull = scene.pull_request(at=-9).comment(by="bob", at=-8)
    review = scene.state.review(pull.thread, by=scene.who("bob"), at=scene.when(-7), lines=[scene.when(-7)])
    talk = scene.discussion(at=-9).comment(by="bob", at=-8).reply(by="cat", at=-7)
    said = [pull.last, review, review.comments[0], talk.last.reply_to, talk.last]
    assert [scene.state.node(each.node_id) for each in said] == said
    scene.state.delete_thread(pull.thread)
    scene.state.delete_thread(talk.thread)
    assert [scene.state.node(each.node_id) for each in said] == [None] * 5


def test_a_deleted_answer_takes_the_choice_with_it() -> None:
    story = Scene().discussion(at=-9).comment(by="bob", at=-8).answer(at=-7)
    story.scene.state.delete_comment(story.last)
    assert (story.thread.answer, story.thread.answer_chosen_at) == (None, None)


def test_only_an_answerable_discussion_takes_an_answer() -> None:
    with pytest.raises(ValueError, match="answerable"):
        Scene().discussion(at=-9, category="General").comment(by="bob", at=-8).answer(at=-7)


def test_a_login_is_free_again_once_its_account_is_deleted() -> None:
    scene = Scene()
    first = scene.who("ann")
    scene.delete("ann")
    assert scene.who("ann") is not first


def test_commits_lie_newest_first_however_they_are_told() -> None:
    scene = Scene()
    for hour in (-3, -9, -1, -5):
        scene.commit(by="ann", at=hour)
    assert [commit.committed_at for commit in scene.repository.commits] == [scene.when(h) for h in (-1, -3, -5, -9)]


def test_changes_from_many_threads_at_once_all_happen() -> None:
    scene = Scene()
    story = scene.issue(at=-9)

    def work(number: int) -> None:
        for place in range(50):
            scene.issue(at=-8)
            story.comment(by=f"person-{number}", at=-place / 60)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(scene.repository.threads) == list(range(1, 402))
    assert len({comment.id for comment in story.thread.comments}) == 400
