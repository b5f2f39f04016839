"""What is written first, what is left, and what became of the items that another action marked and closed."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.ball_in_court.decide import decide
from repo_vitals.concerns.ball_in_court.facts import Facts, Item
from repo_vitals.concerns.ball_in_court.inputs import STALED, Request
from support.simulated import NOW, REPOSITORY
from support.waiting import ASKED, LABEL, US, item, member, put, word

if TYPE_CHECKING:
    from repo_vitals.report.model import Judgement


def decided(*items: Item, asked: Request = ASKED, effects: Any = None, gone: int = 0) -> Judgement:
    facts = Facts(repository=REPOSITORY, viewer=US, items=items, effects=effects or {}, gone=gone)
    return decide(facts, asked, now=NOW)


def figures(judgement: Judgement) -> dict[str, float | None]:
    return {"/".join([metric.name, *metric.labels.values()]): metric.value for metric in judgement.metrics}


def planned(judgement: Judgement) -> list[tuple[str, int, str]]:
    return [(write.verb, write.number, write.label) for write in judgement.planned]


def test_labels_come_off_first_and_what_waited_longest_comes_next_and_what_is_left_is_told() -> None:
    items = (item(member(5), number=1), item(member(50), number=2),
             item(word("ann", 3), number=3, labels=(LABEL, "Stale"), labellings=(put(US, 9), put(US, 8, name="Stale"))))

    whole, part = decided(*items), decided(*items, asked=replace(ASKED, limit=3))

    assert planned(whole) == [("remove-label", 3, "Stale"), ("remove-label", 3, LABEL), ("add-labels", 2, LABEL),
                              ("add-labels", 1, LABEL)]
    assert whole.findings == ()
    assert planned(part) == planned(whole)[:3]
    assert (figures(part)["awaiting_author_left"], part.data["left"]) == (1, 1)
    assert [(one.rule, one.title) for one in part.findings] == [("writes-left", "1 label is left to the next run")]
    assert [row["label"] for row in part.data["items"]] == ["to be put on by a later run", "put on", "taken off"]
    assert part.data["actions"][1] == {"verb": "remove-label", "target": "acme/widget#3",
                                       "before": {"labels": [LABEL]}, "after": None}


@pytest.mark.parametrize(("labellings", "stale_label"), [
    ((put(US, 9), put("mia", 8, name="Stale")), "Stale"), ((put(US, 9), put(US, 8, name="Stale")), None)])
def test_a_stale_label_of_a_person_or_where_none_is_named_is_let_alone(labellings: Any, stale_label: Any) -> None:
    one = item(word("ann", 3), labels=(LABEL, "Stale"), labellings=labellings)

    assert planned(decided(one, asked=replace(ASKED, stale_label=stale_label))) == [("remove-label", 1, LABEL)]


def test_nothing_told_is_unknown_and_nothing_marked_is_zero() -> None:
    untold, told = decided(item()), decided(item(), effects={"marked": (), "closed": ()})

    assert figures(untold)["stale_items/marked"] is None
    assert (figures(told)["stale_items/marked"], figures(told)["stale_items/closed"]) == (0, 0)
    assert "effect" not in untold.data
    assert figures(decided())["awaiting_author/issue"] is None


def test_what_was_marked_or_closed_although_its_author_had_answered_is_a_finding() -> None:
    marks = (put(US, 90), put(US, 10, name="Stale"))
    labels = (LABEL, "Stale")
    right = item(member(100), word("ann", 5), number=1, labels=labels, labellings=marks)
    wrong = item(member(100), word("ann", 11), number=2, labels=labels, labellings=marks)
    closed = item(member(100), word("ann", 11), number=3, closed_at=NOW - timedelta(hours=10), labellings=marks)
    late = item(member(100), word("ann", 9), number=4, closed_at=NOW - timedelta(hours=10), labellings=marks)

    done = decided(right, wrong, effects={"marked": (right, wrong), "closed": (closed, late)}, gone=1)

    assert [(one.rule, one.subject, one.severity) for one in done.findings] == [
        ("wrongly-marked", "#2", "medium"), ("wrongly-closed", "#3", "high")]
    assert done.findings[1].detail == ("It was closed although its author did not owe the next move: its author spoke "
                                       "last")
    assert {name: value for name, value in figures(done).items() if name.startswith("stale")} == {
        "stale_items/marked": 2, "stale_items_wrongly/marked": 1, "stale_items/closed": 2,
        "stale_items_wrongly/closed": 1}
    assert done.summary.endswith("2 marked (1 wrongly); 2 closed (1 wrongly)")
    assert done.notes == ("1 of what was told as marked or closed can't be found: deleted or moved",)


def test_what_a_dry_run_says_it_would_do_is_told_from_what_was_done() -> None:
    one, other = item(member(100), number=1, labels=(LABEL,), labellings=(put(US, 90),)), item(number=2)

    done = decided(one, other, effects={"marked": (one,), "closed": (other,)})

    assert [note.partition(":")[0] for note in done.notes] == [
        "1 of what was told as marked is not", "1 of what was told as closed is not"]
    assert [finding.detail.partition(" although")[0] for finding in done.findings] == ["It would have been closed"]


def test_numbers_are_taken_from_lists_of_numbers_and_of_whole_issues_alone() -> None:
    parse = STALED.kind.parse

    assert parse("[3, 1, 3]") == (3, 1)
    assert parse('[{"number": 7, "title": "::error::x"}]') == (7,)
    assert parse("[]") == ()
    for bad in ("7", "{}", '["7"]', "[0]", "[-1]", "[true]", "[1.5]", '[{"title": "x"}]', "[" * 100_000, "[1",
                "[1e999]", str(list(range(1, 1002)))):
        with pytest.raises(ValueError, match=r"JSON list|holds more than"):
            parse(bad)
