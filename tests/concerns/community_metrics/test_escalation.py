"""Which open issues are escalated, whose move it is, and what the agenda makes of all that is owed."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.community_metrics.agenda import Entry, agenda, escalated, owed
from repo_vitals.concerns.community_metrics.escalation import TRIGGERS, Escalation, Escalations, escalations
from repo_vitals.concerns.community_metrics.escalation_report import as_json, finding
from repo_vitals.concerns.community_metrics.moves import Move, Pauses, next_move
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.concerns.community_metrics.sla import Terms, levels
from repo_vitals.concerns.community_metrics.sla_rules import RULES
from support.community import GHOST, MONTH, NOW, ago, discussion, issue, pull_request, said

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Item

PAUSES = Pauses.of(["status/needs-info", "status/blocked"])
EVERYTHING = Escalations(triggers=frozenset(TRIGGERS), production_labels=frozenset({"production"}), pauses=PAUSES)
DAYS = 24


def caught(*items: Item, what: Escalations = EVERYTHING, policy: Policy | None = None) -> list[tuple[int, str, str]]:
    return [(one.item.number, one.trigger, one.severity) for one in every(*items, what=what, policy=policy)]


def every(*items: Item, what: Escalations = EVERYTHING, policy: Policy | None = None) -> tuple[Escalation, ...]:
    return escalations(items, what, policy or Policy(), as_of=NOW)


# Triggers


def test_an_issue_without_progress_for_more_than_thirty_days_is_escalated() -> None:
    assert caught(issue(1, opened=30 * DAYS), issue(2, opened=30 * DAYS + 0.1)) == [(2, "no-progress", "medium")]


@pytest.mark.parametrize("more", [{"remarks": (said("ann", 5),)}, {"remarks": (said(GHOST, 5),)},
                                  {"acts": ((5, "bob"),)}, {"acts": ((5, GHOST),)}])
def test_a_word_or_an_act_of_any_person_is_progress(more: dict[str, Any]) -> None:
    assert caught(issue(opened=90 * DAYS, **more)) == []


@pytest.mark.parametrize("more", [{"remarks": (said("stale[bot]", 5), said("bob", 4, minimised=True), said("bob", -1))},
                                  {"acts": ((5, "ci[bot]"), (4, "Helper"), (-1, "bob"))}])
def test_bots_hidden_words_and_what_came_later_are_none(more: dict[str, Any]) -> None:
    policy = Policy(ignored=frozenset({"helper"}))
    assert caught(issue(opened=90 * DAYS, **more), policy=policy) == [(1, "no-progress", "medium")]


@pytest.mark.parametrize(("labels", "hours", "expected"), [
    (("P1",), 7 * DAYS + 1, [(1, "urgent", "high")]), (("priority/critical",), 7 * DAYS + 1, [(1, "urgent", "high")]),
    (("P1",), 7 * DAYS, []), (("P2",), 29 * DAYS, []),
    (("security",), 25, [(1, "security", "high")]), (("security",), 24, []),
    (("security", "P0"), 25, [(1, "security", "critical")]),
    (("security", "P0"), 8 * DAYS, [(1, "urgent", "high"), (1, "security", "critical")]),
    (("Production",), 1, [(1, "production", "high")]),
])
def test_urgent_security_and_production_issues_are_escalated_after_their_time(
        labels: tuple[str, ...], hours: float, expected: list[tuple[int, str, str]]) -> None:
    assert caught(issue(opened=hours, labels=labels)) == expected


def test_only_open_issues_of_people_are_escalated() -> None:
    old = 90 * DAYS
    assert caught(issue(1, opened=old, closed=5, states=((5, True),)), issue(2, by="ci[bot]", opened=old),
                  issue(3, opened=old, is_ours=True), pull_request(4, opened=old), discussion(5, opened=old)) == []


def test_only_what_was_asked_for_is_escalated() -> None:
    some = issue(opened=90 * DAYS, labels=("security", "P0", "production"))
    assert [trigger for _, trigger, _ in caught(some)] == list(TRIGGERS)
    assert [trigger for _, trigger, _ in caught(some, what=Escalations(triggers=frozenset({"urgent"})))] == ["urgent"]
    assert caught(some, what=Escalations()) == []


def test_an_escalation_is_a_finding_that_says_whose_move_it_is() -> None:
    (one,) = every(issue(7, opened=40 * DAYS, remarks=(said("bob", 35 * DAYS),)))
    told = finding(one)
    assert (told.rule, told.subject, told.since) == ("escalation-no-progress", "issue 7", ago(5 * DAYS))
    assert told.detail == ("Nobody said or did anything for 35 d; the limit is 30 d. "
                           "The next move is for its author, since 2026-02-24.")
    assert as_json(one) == {
        "number": 7, "rule": "escalation-no-progress", "owes": "author", "since": "2026-02-24T12:00:00Z",
        "age_seconds": 35 * 86400.0, "title": "Title 7", "url": "https://github.com/acme/widget/issues/7"}


def test_the_age_of_an_impact_on_production_is_that_of_its_label() -> None:
    (one,) = every(issue(opened=20, labels=("production",), labelled=((5, "production"),)))
    assert (one.age, one.at) == (timedelta(hours=5), ago(5))


# Whose move it is


@pytest.mark.parametrize(("item", "owes", "since"), [
    (issue(opened=90), "maintainers", 90),
    (issue(opened=90, remarks=(said("ann", 80),)), "maintainers", 90),
    (issue(opened=90, remarks=(said("bob", 80), said("carol", 70))), "author", 70),
    (issue(opened=90, remarks=(said("bob", 80), said("ann", 60), said("Ann", 50))), "maintainers", 60),
    (issue(opened=90, remarks=(said("bob", 80), said("ann", 60), said("ci[bot]", 5),
                               said("bob", 4, minimised=True))), "maintainers", 60),
    (issue(opened=90, remarks=(said(GHOST, 80),)), "author", 80),
    (issue(by=GHOST, opened=90, remarks=(said(GHOST, 80),)), "maintainers", 90),
    (issue(opened=90, labels=("status/needs-info",), labelled=((40, "status/needs-info"),),
           remarks=(said("ann", 30),)), "author", 40),
    (issue(opened=90, labels=("status/blocked", "status/needs-info"),
           labelled=((40, "status/needs-info"), (20, "status/blocked"))), "outside", 20),
    (issue(opened=90, labelled=((40, "status/blocked"),), unlabelled=((30, "status/blocked"),)), "maintainers", 90),
    (issue(opened=90, labels=("status/blocked",)), "outside", 90),
    (issue(opened=90, remarks=(said("bob", 300),)), "author", 90),
])
def test_the_next_move_is_owed_by_whoever_is_waited_for(item: Item, owes: str, since: float) -> None:
    move = next_move(item, Policy(), PAUSES, as_of=NOW)
    assert (move.owes, move.since) == (owes, ago(since))


# The agenda


def test_the_agenda_has_a_row_an_item_with_the_most_pressing_first_and_the_rest_named() -> None:
    terms = Terms(rules=RULES.parse("first-response level=2: 24h\ntriage: 48h\nresolution: 1w"))
    old = issue(1, opened=40 * DAYS, labels=("bug", "P1"), remarks=(said("bob", 39 * DAYS),))
    done = levels([old, issue(2, opened=30), issue(3, opened=10), issue(4, opened=90, remarks=(said("bob", 89),))],
                  terms, Policy(), MONTH)
    rows = agenda([*map(owed, (*done.breaches, *done.due_soon)), *map(escalated, every(old))])
    assert [(row["number"], row["what"], row["also"]) for row in rows] == [
        (1, "resolution", ["urgent issue open for over 7 d", "no progress for over 30 d"]),
        (4, "triage", []), (2, "first response", ["triage"]), (3, "first response", [])]
    assert rows[2] == {
        "number": 2, "kind": "issue", "title": "Title 2", "url": "https://github.com/acme/widget/issues/2",
        "what": "first response", "due": "2026-03-31T06:00:00Z", "overdue_seconds": 6 * 3600.0, "owes": "maintainers",
        "since": "2026-03-30T06:00:00Z", "priority": "none", "type": "none", "level": 2, "also": ["triage"]}
    assert (rows[3]["overdue_seconds"], rows[3]["due"]) == (None, "2026-04-01T02:00:00Z")
    assert (rows[0]["priority"], rows[0]["type"], rows[0]["owes"]) == ("p1", "bug", "author")


def test_what_is_late_comes_before_what_was_due_earlier_but_on_a_day_off_is_not_late_yet() -> None:
    move = Move("maintainers", ago(90))
    rows = agenda([
        Entry(item=issue(1, opened=90), what="triage", due=ago(20), overdue=None, move=move),
        Entry(item=issue(2, opened=90), what="triage", due=ago(10), overdue=timedelta(hours=10), move=move),
        Entry(item=issue(3, opened=90), what="triage", due=ago(-1), overdue=None, move=move)])
    assert [row["number"] for row in rows] == [2, 1, 3]
