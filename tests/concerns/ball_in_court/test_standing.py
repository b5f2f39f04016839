"""Whether the label is to stand on an item: by example, and against a replay of whole histories, move by move."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.ball_in_court.decide import decide
from repo_vitals.concerns.ball_in_court.facts import Facts, Item, Labelling, Word
from repo_vitals.concerns.ball_in_court.standing import standing
from repo_vitals.stats.turns import Remark
from support.simulated import NOW, REPOSITORY
from support.waiting import ASKED, LABEL, US, actor, item, member, put, word

PUSHED_LATE = NOW - timedelta(hours=1)


def why(one: Item) -> str:
    return standing(one, ASKED, US, as_of=NOW).why


@pytest.mark.parametrize(("one", "expected"), [
    (item(), "unanswered"),
    (item(word("ann", 5)), "author-spoke"),
    (item(member(5)), "member-spoke"),
    (item(word("max", 5)), "member-spoke"),
    (item(member(5), word("ann", 4)), "author-spoke"),
    (item(member(5), word("Ann", 4)), "author-spoke"),
    (item(member(5), word("ann", 4), member(3)), "member-spoke"),
    (item(member(5), word("zoe", 4, association="CONTRIBUTOR")), "outsider-spoke"),
    (item(member(5), word("helper[bot]", 4), word("robo", 3), word("ann", 2, minimised=True)), "member-spoke"),
    (item(member(5, minimised=True)), "unanswered"),
    (item(member(5), word(None, 4)), "outsider-spoke"),
    (item(member(5), by="mia"), "author-spoke"),
    (item(member(5), by="renovate[bot]"), "bot"),
    (item(member(5), by="robo"), "bot"),
    (item(member(5), by=None), "author-gone"),
    (item(member(5), is_ours=True), "ours"),
    (item(member(5), kind="pull_request", is_draft=True), "draft"),
    (item(member(5, approves=True), kind="pull_request"), "approved"),
    (item(member(5, is_of_head=False), kind="pull_request"), "author-pushed"),
    (item(member(5), kind="pull_request", committed_at=PUSHED_LATE), "author-pushed"),
    (item(member(1), kind="pull_request", committed_at=PUSHED_LATE), "author-pushed"),
    (item(member(0.5), kind="pull_request", committed_at=PUSHED_LATE), "member-spoke"),
    # Of one second nobody knows the order.
    (item(word("ann", 5), member(5)), "author-spoke"),
    (item(member(5), labels=("Pinned",)), "exempt"),
    (item(member(5), labellings=(put("mia", 4, added=False),)), "taken-off"),
    (item(member(3), labellings=(put("mia", 4, added=False),)), "member-spoke"),
    (item(member(5), labellings=(put(US, 4, added=False),)), "member-spoke"),
    (item(labels=(LABEL,), labellings=(put("mia", 4),)), "by-hand"),
    (item(word("ann", 5), labels=(LABEL, "pinned"), labellings=(put("mia", 4),)), "by-hand"),
    (item(word("ann", 3), labels=(LABEL,), labellings=(put("mia", 4),)), "author-spoke"),
    (item(word("zoe", 3), labels=(LABEL,), labellings=(put("mia", 4),)), "by-hand"),
    (item(word("zoe", 3), labels=(LABEL,), labellings=(put(US, 4),)), "outsider-spoke"),
    (item(labels=("AWAITING-author",)), "by-hand"),
    (item(word("ann", 3), labels=(LABEL,)), "author-spoke"),
    (item(labels=(LABEL,), kind="pull_request", committed_at=PUSHED_LATE, labellings=(put(None, 4),)), "unanswered"),
])
def test_an_item_awaits_its_author_for_one_reason_and_does_not_for_another(one: Item, expected: str) -> None:
    assert why(one) == expected


# -- against a replay --------------------------------------------------------------------------------------------

MOVES = ("author", "member", "member", "outsider", "bot", "hidden", "approval", "push", "hand on", "hand off", "pinned",
         "unpinned", "run", "run")


class Replay:
    """A pull request whose moves are played one after another, with what anybody who watches would know."""

    def __init__(self) -> None:
        self.item = item(kind="pull_request", committed_at=NOW - timedelta(days=90))
        self.asks = self.by_hand = self.refused = False
        self.clock = NOW - timedelta(days=60)

    def play(self, move: str) -> None:
        self.clock += timedelta(minutes=1)
        said = {"author": ("ann", "COLLABORATOR"), "member": ("mia", "MEMBER"), "outsider": ("zoe", "NONE"),
                "bot": ("helper[bot]", "MEMBER"), "hidden": ("mia", "MEMBER"), "approval": ("mia", "MEMBER")}
        if move in said:
            login, association = said[move]
            remark = Remark(at=self.clock, by=actor(login), association=association, minimised=move == "hidden")
            self._with(words=(*self.item.words, Word(remark=remark, approves=move == "approval")))
        elif move == "push":
            self._with(committed_at=self.clock)
        elif move in ("pinned", "unpinned"):
            self._with(labels=tuple({*self.item.labels, "pinned"} - ({"pinned"} if move == "unpinned" else set())))
        elif move in ("hand on", "hand off"):
            self._label("mia", added=move == "hand on")
        if move == "member":
            self.asks, self.refused = True, False
        elif move in ("author", "outsider", "approval", "push"):
            self.asks = False
        if move in ("author", "push"):
            self.by_hand = False
        if move == "run":
            self._run()

    def _label(self, by: str, *, added: bool) -> None:
        if added == self.item.has(LABEL):
            return
        labels = {*self.item.labels, LABEL} if added else {*self.item.labels} - {LABEL}
        self._with(labels=tuple(labels), labellings=(*self.item.labellings, Labelling(
            at=self.clock, by=actor(by), name=LABEL, added=added)))
        if by != US:
            self.by_hand, self.refused = added, not added

    def _run(self) -> None:
        facts = Facts(repository=REPOSITORY, viewer=US, items=(self.item,), effects={})
        for write in decide(facts, replace(ASKED, pull_requests=True), now=self.clock).planned:
            self._label(US, added=write.verb == "add-labels")
        pinned = "pinned" in self.item.labels
        assert self.item.has(LABEL) == ((self.asks and not self.refused and not pinned) or self.by_hand)
        again = Facts(repository=REPOSITORY, viewer=US, items=(self.item,), effects={})
        assert decide(again, replace(ASKED, pull_requests=True), now=self.clock).planned == ()

    def _with(self, **more: Any) -> None:
        self.item = replace(self.item, **more)


@given(st.lists(st.sampled_from(MOVES), max_size=25))
def test_after_every_run_the_label_stands_where_the_author_owes_or_a_person_says_so(moves: list[str]) -> None:
    replay = Replay()
    for move in (*moves, "run"):
        replay.play(move)
