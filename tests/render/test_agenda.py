"""The agenda: read from the report, put into words, sorted and grouped."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.render.agenda import agenda_of, arranged, counts, listed_and_other, shares
from repo_vitals.render.view import View
from support.reports import NOW, due, finding, report


def rows(*entries: Any) -> Any:
    return agenda_of(report(data={"agenda": list(entries)}))


def numbers(*entries: Any, **view: str) -> list[tuple[str, list[int]]]:
    return [(title, [row.number for row in group]) for title, group in arranged(rows(*entries), View(**view))]


def test_a_report_of_a_monitor_without_an_agenda_has_none():
    assert agenda_of(report()) is None
    assert agenda_of(report(data={"agenda": "x"})) is None


@pytest.mark.parametrize("entry", [None, 3, "x", [], {}, {"number": "7"}, {"number": True}, {"number": None}])
def test_an_entry_of_another_shape_is_left_out(entry):
    assert [row.number for row in rows(entry, due(7))] == [7]


@pytest.mark.parametrize("changes", [
    {"due": "soon", "overdue_seconds": "much", "since": 3, "also": "x", "title": None, "what": 4, "owes": 5, "url": 6},
    {"due": "9999-99-99", "overdue_seconds": float("nan"), "priority": 1, "type": [], "also": [1, None], "kind": {}},
    {"due": None, "overdue_seconds": 10**400, "also": None}, {"overdue_seconds": 1e300}, {"overdue_seconds": -5},
])
def test_fields_of_another_shape_are_taken_as_not_said(changes):
    [row] = rows(due(7, **changes))
    assert row.also == ()
    assert isinstance(row.due_in_words(NOW), str)
    for view in ({"group_by": "type"}, {"sort": "priority"}, {"sort": "age"}):
        assert [number for _, group in numbers(due(7, **changes), **view) for number in group] == [7]


@pytest.mark.parametrize(("hours", "changes", "said"), [
    (-77, {}, "overdue 3.2 d (2026-01-28)"), (5, {}, "in 5 h (2026-01-31)"), (0, {}, "now (2026-01-31)"),
    (-1 / 3600, {}, "overdue 1 s (2026-01-31)"),
    (-64, {"overdue_seconds": 3600}, "overdue 1 h (2026-01-28)"),       # the clock stood still over a weekend
    (-1, {"overdue_seconds": 0}, "overdue 0 s (2026-01-31)"),
    (1, {"due": None}, "\N{EN DASH}"), (-1, {"due": None}, "overdue 1 h"),
])
def test_when_it_is_due_in_words(hours, changes, said):
    assert rows(due(hours=hours, **changes))[0].due_in_words(NOW) == said


def test_what_else_is_due_on_the_same_item_is_said_with_it():
    assert rows(due(what="first-response"))[0].said == "first response"
    [row] = rows(due(what="triage", also=["resolution", "no-progress"]))
    assert row.said == "triage (also resolution, no progress)"


def test_the_longest_overdue_comes_first_and_what_has_no_date_last():
    assert numbers(due(1, 5), due(2, -5), due(3, due=None), due(4, -9)) == [("", [4, 2, 1, 3])]


@pytest.mark.parametrize(("sort", "order"), [
    ("due", [2, 4, 3, 1]), ("age", [4, 1, 2, 3]), ("number", [1, 2, 3, 4]), ("priority", [3, 4, 2, 1])])
def test_a_reader_can_have_another_order(sort, order):
    entries = (due(1, 9, priority=None, since="2026-01-02T00:00:00Z"),
               due(2, -9, priority="Odd", since="2026-01-03T00:00:00Z"),
               due(3, 1, priority="P0", since=None), due(4, -1, priority="high", since="2026-01-01T00:00:00Z"))
    assert numbers(*entries, sort=sort) == [("", order)]


def test_priorities_of_both_scales_are_one():
    words = ["low", "p3", "none", "p1", "HIGH", "medium", "critical", "p0", "p2", "later"]
    entries = [due(number, priority=word) for number, word in enumerate(words)]
    [(_, order)] = numbers(*entries, sort="priority")
    assert [words[number] for number in order] == [
        "critical", "p0", "HIGH", "p1", "medium", "p2", "low", "p3", "later", "none"]


@pytest.mark.parametrize(("group_by", "groups"), [
    ("kind", [("Issues", [1, 4]), ("Pull requests", [3]), ("Discussions", [2])]),
    ("priority", [("p0", [3]), ("high", [2]), ("Without a priority", [1, 4])]),
    ("type", [("bug", [2]), ("feature", [3]), ("Without a type", [1, 4])]),
    ("owes", [("Owed by maintainers", [2, 3]), ("Owed by author", [1]), ("Owed by nobody", [4])]),
])
def test_a_reader_can_have_it_in_groups(group_by, groups):
    entries = (due(1, -9, owes="author"), due(2, -8, kind="discussion", priority="high", type="bug"),
               due(3, -7, kind="pull_request", priority="p0", type="feature"), due(4, -6, owes=None, type=None))
    assert numbers(*entries, group_by=group_by) == groups


def test_an_empty_agenda_has_no_groups():
    assert numbers(group_by="kind") == numbers() == []


@pytest.mark.parametrize(("sizes", "total", "given_out"), [
    ([40, 10], 15, [8, 7]), ([40, 2, 1], 15, [12, 2, 1]), ([3], 15, [3]), ([1, 1, 1], 2, [1, 1, 0]), ([], 15, []),
    ([5, 5], 0, [0, 0])])
def test_rows_are_shared_out_evenly_among_groups(sizes, total, given_out):
    assert shares(sizes, total) == given_out


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(0, 120))
def test_as_many_rows_are_shown_as_may_be(sizes, total):
    shown = shares(sizes, total)
    assert sum(shown) == min(total, sum(sizes))
    assert all(part <= size for part, size in zip(shown, sizes, strict=True))
    larger = shares(sizes, total + 1)
    assert all(fewer <= more for fewer, more in zip(shown, larger, strict=True))


@pytest.mark.parametrize(("entries", "said"), [
    ([due(1, -5), due(2, -1), due(3, 7), due(4, 2)], "2 overdue; 2 coming up, the next in 2 h"),
    ([due(1, -5)], "1 overdue"), ([due(1, 2)], "1 coming up, the next in 2 h"),
    # Due on Friday evening, and not late before Monday's first hour: business hours.
    ([due(1, -5, overdue_seconds=None)], "1 coming up, the next now"), ([due(1, 2, due=None)], "")])
def test_how_much_is_late_in_one_line(entries, said):
    assert counts(rows(*entries), NOW) == said


def test_findings_about_items_of_the_agenda_are_told_from_others():
    about, other, without = (finding(subject=str(number), url=url, since=NOW - timedelta(hours=number))
                             for number, url in enumerate((due(7)["url"], "https://github.com/acme/widget/issues/8",
                                                           None)))
    assert listed_and_other([about, other, without], rows(due(7), due(9, url=None))) == ([about], [other, without])
