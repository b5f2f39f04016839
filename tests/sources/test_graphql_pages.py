"""Paging through a connection: every node once, in order, however GitHub feels about the size of the pages."""
from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.github_graphql import PageSize
from repo_vitals.sources.http_wire import Timeouts
from support.graphql_answers import PASSING_FAULTS, WHO, WRONG, data, failed
from support.scripted_server import Step, answer, in_turn


class Issues:
    """A repository of issues that GitHub serves `carries` at a time; `faults` come first, one a request."""

    def __init__(self, count, *, carries=100, refusal=None, faults=()):
        self.count, self.carries, self.faults = count, carries, list(faults)
        self.refusal = refusal or answer(502, body=b"<html>")
        self.sizes = []

    def __call__(self, asked):
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        first, after = asked.json()["variables"]["first"], asked.json()["variables"]["after"]
        self.sizes.append(first)
        if first > (self.carries(int(after or 0)) if callable(self.carries) else self.carries):
            return self.refusal
        start = int(after or 0)
        end = min(start + first, self.count)
        nodes = [{"id": f"I{number}", "number": number} for number in range(start + 1, end + 1)]
        page = {"pageInfo": {"hasNextPage": end < self.count, "endCursor": str(end) if nodes else None}, "nodes": nodes}
        return data({"repository": {"issues": page}})


def pages(there, **options):
    return there.github.graphql.pages("issues", {**WHO, "comments": 10, "events": 10},
                                      connection=("repository", "issues"), **options)


def numbers(there, **options):
    return [issue["number"] for page in pages(there, **options) for issue in page]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_all_pages_come_once_and_in_order(connected, count):
    there = connected(Issues(count))
    assert numbers(there) == [*range(1, count + 1)]
    assert there.cost.requests == max(1, -(-count // 100))


def test_the_caller_may_stop_early(connected):
    there = connected(Issues(1000))
    assert len(next(pages(there))) == 100
    assert there.cost.requests == 1


def test_paging_may_begin_behind_a_cursor(connected):
    there = connected(Issues(120))
    found = there.github.graphql.pages("issues", {**WHO, "after": "115"}, connection=("repository", "issues"))
    assert [issue["number"] for page in found for issue in page] == [116, 117, 118, 119, 120]


TOO_MUCH = {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."}


HALF_A_PAGE = {"repository": {"issues": {"pageInfo": {"hasNextPage": False}, "nodes": [{"id": "half"}]}}}
REFUSALS = {
    "502": answer(502, body=b"<html>"),
    "504": answer(504, body=b""),
    "502 with errors": failed({"message": WRONG}, status=502),
    "RESOURCE_LIMITS_EXCEEDED with half the page": failed(TOO_MUCH, content=HALF_A_PAGE),
    "MAX_NODE_LIMIT_EXCEEDED": failed({"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "requests 1,010,100 nodes"}),
    "timedout": failed({"message": "timedout"}),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_page_too_heavy_for_github_shrinks_until_it_fits(connected, refusal):
    issues = Issues(60, carries=30, refusal=refusal)
    there = connected(issues)
    assert numbers(there) == [*range(1, 61)]
    assert issues.sizes[:3] == [100, 50, 25]


def test_a_page_too_heavy_for_time_shrinks(connected):
    issues = Issues(30, carries=60, refusal=Step(before=3))
    there = connected(issues, timeouts=Timeouts(connect=1, read=0.2, total=0.4))
    assert numbers(there) == [*range(1, 31)]
    assert issues.sizes == [100, 50]


def test_pages_grow_back_after_a_heavy_stretch(connected):
    issues = Issues(800, carries=lambda start: 20 if start < 50 else 100)
    there = connected(issues)
    assert numbers(there) == [*range(1, 801)]
    assert issues.sizes[-3:] == [100, 100, 100]


def test_a_long_heavy_stretch_costs_few_refused_pages(connected):
    issues = Issues(1000, carries=25)
    there = connected(issues)
    assert numbers(there) == [*range(1, 1001)]
    refused = sum(size > 25 for size in issues.sizes)
    assert refused <= 8, issues.sizes


def test_a_service_that_is_down_ends_the_paging_after_a_bounded_number_of_tries(connected):
    there = connected(in_turn(answer(502, body=b"")))
    with pytest.raises(CouldNotMeasure):
        numbers(there)
    assert there.cost.requests <= 6 + 5
    assert sum(there.clock.sleeps) <= 300


def test_a_single_heavy_item_is_an_error_not_a_gap(connected):
    there = connected(Issues(60, carries=lambda start: 0 if start <= 40 < start + 1 else 100))
    found = pages(there, first=40)
    assert len(next(found)) == 40
    with pytest.raises(CouldNotMeasure):
        next(found)


@pytest.mark.parametrize("cursors", ["A", "AB"], ids=["the same cursor again", "two cursors in turn"])
def test_pages_that_go_round_in_a_circle_are_an_error(connected, cursors):
    circle = itertools.cycle(cursors)
    there = connected(lambda asked: data({"repository": {"issues": {
        "pageInfo": {"hasNextPage": True, "endCursor": next(circle)}, "nodes": []}}}))
    with pytest.raises(CouldNotMeasure, match="go round in a circle"):
        numbers(there)
    assert there.cost.requests == len(cursors) + 1


@pytest.mark.parametrize("content", [
    {"repository": {}}, {"repository": {"issues": None}}, {"repository": {"issues": {"nodes": []}}},
    {"repository": {"issues": {"pageInfo": {"hasNextPage": False, "endCursor": None}}}},
    {"repository": {"issues": {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": ["x"]}}},
], ids=["no connection", "null", "no pageInfo", "no nodes", "nodes that are texts"])
def test_a_page_that_lacks_what_pages_have_is_never_taken_for_the_last_one(connected, content):
    there = connected(in_turn(data(content)))
    with pytest.raises(CouldNotMeasure):
        numbers(there)


FAULTS = [None, *PASSING_FAULTS.values(), failed(TOO_MUCH), answer(429, {"message": "secondary rate limit"}),
          answer(504, body=b"")]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.sampled_from(range(len(FAULTS))), max_size=14))
def test_whatever_goes_wrong_the_issues_are_all_there_or_it_is_an_error(connected, plan):
    there = connected(Issues(250, faults=[FAULTS[index] for index in plan]))
    try:
        found = numbers(there)
    except CouldNotMeasure:
        return
    assert found == [*range(1, 251)]


@given(events=st.lists(st.booleans(), max_size=200), first=st.integers(1, 100))
def test_the_page_size_stays_between_one_and_what_was_asked(events, first):
    size = PageSize(first)
    for good in events:
        before = size.size
        if good:
            size.went_well()
        else:
            assert size.shrink() == (before > 1)
        assert 1 <= size.size <= first
