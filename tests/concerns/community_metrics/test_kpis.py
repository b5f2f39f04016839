"""The guides' KPIs beside response and resolution, on cases to work out by hand and against counting hour by hour."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.community_metrics.kpis import APPROVING, DISAPPROVING, draft_time, label_time
from repo_vitals.concerns.community_metrics.measure import measure
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.report.model import Window
from support.community import (
    GHOST,
    HOUR,
    MONTH,
    NOW,
    ago,
    commit,
    discussion,
    facts,
    issue,
    pull_request,
    reviewed,
    said,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.community_metrics.facts import Facts, Item
    from repo_vitals.report.model import Metric

DAY = 24
MERGED = {"merged": 50, "closed": 50, "states": ((50, True),)}


def row(some: Facts, name: str, *, policy: Policy | None = None, window: Window = MONTH,
        labels: Sequence[str] = ("needs-info",), **wanted: str) -> Metric:
    measured = measure(some, window=window, policy=policy or Policy(), response_target=timedelta(hours=24),
                       time_in_labels=labels)
    [found] = [metric for metric in measured.metrics if metric.name == name and dict(metric.labels) == wanted]
    return found


def median_hours(some: Facts, name: str, *, policy: Policy | None = None, **wanted: str) -> tuple[float | None, int]:
    """A median in hours, and on how many observations it rests."""
    found = row(some, name, policy=policy, quantile="0.5", **wanted)
    return None if found.value is None else found.value / HOUR, found.samples


# First review


def first_review(*items: Item, policy: Policy | None = None) -> tuple[float | None, int]:
    return median_hours(facts(*items), "pull_request_first_review_seconds", policy=policy)


def test_a_comment_is_a_response_but_no_review() -> None:
    assert first_review(pull_request(opened=50, remarks=(said("bob", 49), reviewed("bob", 40)))) == (10, 1)
    assert first_review(pull_request(opened=50, remarks=(said("bob", 49),))) == (None, 1)


def test_the_first_of_several_reviews_counts() -> None:
    assert first_review(pull_request(opened=50, remarks=(reviewed("cyd", 20), reviewed("bob", 40)))) == (10, 1)


@pytest.mark.parametrize("remark", [
    reviewed("ann", 40), reviewed("ci[bot]", 40), reviewed("bob", 40, minimised=True), reviewed("bob", -1),
], ids=["by the author", "by a bot", "hidden", "after the clock"])
def test_what_would_be_no_response_is_no_review_either(remark: object) -> None:
    assert first_review(pull_request(opened=50, by="ann", remarks=(remark,))) == (None, 1)


def test_a_review_by_anyone_counts_whoever_may_respond() -> None:
    some = pull_request(opened=50, remarks=(reviewed("bob", 40),))
    assert first_review(some, policy=Policy(responders="members")) == (10, 1)
    assert first_review(some, policy=Policy(responders="list", listed=frozenset({"cyd"}))) == (10, 1)
    assert first_review(pull_request(opened=50, remarks=(reviewed(GHOST, 40),)),
                        policy=Policy(responders="members")) == (10, 1)


def test_a_review_while_a_draft_counts_for_nothing_and_the_clock_starts_when_it_is_ready() -> None:
    assert first_review(pull_request(opened=100, drafts=((60, False),),
                                     remarks=(reviewed("bob", 90), reviewed("bob", 55)))) == (5, 1)


def test_an_unreviewed_pull_request_is_censored_at_its_closing_or_now() -> None:
    # S drops to 1/2 at 10 h only because the one closed after 5 h is no longer at risk.
    some = (pull_request(1, opened=100, remarks=(reviewed("bob", 90),)), pull_request(2, opened=100),
            pull_request(3, opened=100, closed=95, states=((95, True),)))
    assert first_review(*some) == (10, 3)
    assert first_review(*some[:1], *some[1:2], pull_request(3, opened=100)) == (None, 3)


def test_a_review_older_than_its_pull_request_came_after_nobody_knows_how_long() -> None:
    assert first_review(pull_request(opened=50, remarks=(reviewed("bob", 300),))) == (None, 0)


def test_pull_requests_in_draft_now_by_bots_or_of_earlier_are_not_waiting_for_a_review() -> None:
    assert first_review(pull_request(1, opened=50, is_draft=True), pull_request(2, opened=50, by="ci[bot]"),
                        pull_request(3, opened=50, is_ours=True), pull_request(4, opened=DAY * 31)) == (None, 0)


# Drafts


def test_all_spans_as_a_draft_are_added_up_until_the_closing_or_now() -> None:
    assert draft_time(pull_request(opened=100, drafts=((90, False), (70, True), (40, False))), as_of=NOW) == timedelta(
        hours=40)
    assert draft_time(pull_request(opened=100, is_draft=True), as_of=NOW) == timedelta(hours=100)
    assert draft_time(pull_request(opened=100, is_draft=True, closed=70, states=((70, True),)), as_of=NOW) == timedelta(
        hours=30)


def test_drafts_take_part_and_those_that_never_were_one_count_as_zero() -> None:
    some = facts(pull_request(1, opened=20, is_draft=True), pull_request(2, opened=50), pull_request(3, opened=50))
    assert median_hours(some, "pull_request_draft_seconds") == (0, 3)
    assert row(some, "pull_request_draft_seconds", quantile="0.9").value == pytest.approx(16 * HOUR)


def test_drafts_of_bots_and_of_ours_are_left_out() -> None:
    some = facts(pull_request(1, opened=20, is_draft=True, by="ci[bot]"), pull_request(2, opened=20, is_ours=True))
    assert median_hours(some, "pull_request_draft_seconds") == (None, 0)


@given(st.lists(st.tuples(st.integers(-5, 60), st.booleans()), max_size=6), st.none() | st.integers(-5, 60))
def test_draft_time_is_what_counting_the_hours_gives(changes: list[tuple[int, bool]], closed: int | None) -> None:
    changes.sort(reverse=True)
    item = pull_request(opened=60, drafts=tuple(changes), is_draft=bool(changes and changes[-1][1]),
                        closed=closed, states=() if closed is None else ((closed, True),))
    begins = not changes[0][1] if changes else False
    last = 0 if closed is None or closed < 0 else closed

    def is_draft(hour: int) -> bool:
        return [begins, *(draft for at, draft in changes if at >= hour)][-1]
    assert draft_time(item, as_of=NOW) == timedelta(hours=sum(map(is_draft, range(60, last, -1))))


# Time in labels


def bearing(item: Item) -> Item:
    """The item with the labels that its history leaves on it."""
    last = {change.name: change.added for change in item.label_changes}
    return replace(item, labels=tuple(sorted(name for name, added in last.items() if added)))


def stood(item: Item) -> float | None:
    time = label_time(bearing(item), "needs-info", as_of=NOW)
    return None if time is None else time / timedelta(hours=1)


def test_a_label_stands_from_when_it_is_put_on_until_it_is_taken_off_each_time() -> None:
    assert stood(issue(opened=100, labelled=((90, "needs-info"), (40, "needs-info")),
                       unlabelled=((60, "needs-info"),))) == 70


def test_labels_are_compared_without_case_and_as_a_whole() -> None:
    assert stood(issue(opened=100, labelled=((90, "Needs-Info"),))) == 90
    assert stood(issue(opened=100, labelled=((90, "needs-info-2"),))) is None


def test_a_closing_stops_a_labels_time_and_a_reopening_resumes_it_if_the_label_still_stands() -> None:
    states = ((70, True), (50, False))
    assert stood(issue(opened=100, labelled=((90, "needs-info"),), states=states)) == 70
    assert stood(issue(opened=100, labelled=((90, "needs-info"),), unlabelled=((60, "needs-info"),),
                       states=states)) == 20


def test_a_closing_that_left_no_event_stops_it_too() -> None:
    assert stood(issue(opened=100, labelled=((90, "needs-info"),), closed=70)) == 20


def test_a_label_put_on_a_closed_issue_stood_for_no_time_and_one_not_put_on_yet_never_stood() -> None:
    assert stood(issue(opened=100, closed=90, states=((90, True),), labelled=((80, "needs-info"),))) == 0
    assert stood(issue(opened=100, labelled=((-1, "needs-info"),))) is None


def test_a_label_that_is_taken_off_without_having_been_put_on_stood_from_the_opening() -> None:
    assert stood(issue(opened=100, unlabelled=((60, "needs-info"),))) == 40


def test_of_a_label_deleted_from_the_repository_the_last_time_does_not_count() -> None:
    deleted = issue(opened=100, labelled=((90, "needs-info"), (50, "needs-info")), unlabelled=((70, "needs-info"),))
    assert label_time(deleted, "needs-info", as_of=NOW) == timedelta(hours=20)


moves = st.lists(st.tuples(st.integers(-5, 60), st.booleans()), max_size=8)
turns = st.lists(st.integers(-5, 59), max_size=8, unique=True).map(lambda hours: sorted(hours, reverse=True))


@given(turns, st.booleans(), moves)
def test_label_time_is_what_counting_the_hours_gives(
        turns: list[int], from_the_opening: bool, states: list[tuple[int, bool]]) -> None:
    labels = [(at, from_the_opening == bool(place % 2)) for place, at in enumerate(turns)]
    item = issue(opened=60, states=tuple(states), labelled=tuple((at, "needs-info") for at, on in labels if on),
                 unlabelled=tuple((at, "needs-info") for at, on in labels if not on))
    item = replace(item, labels=("needs-info",) if [from_the_opening, *(on for _, on in labels)][-1] else ())
    in_order = sorted(states, key=lambda change: -change[0])

    def is_on(hour: int) -> bool:
        return [from_the_opening, *(on for at, on in labels if at >= hour)][-1]

    def counts(hour: int) -> bool:
        return is_on(hour) and not [False, *(closed for at, closed in in_order if at >= hour)][-1]
    ever = any(is_on(hour) for hour in range(60, 0, -1)) or any(on and at == 0 for at, on in labels)
    time = label_time(item, "needs-info", as_of=NOW)
    assert time == (timedelta(hours=sum(map(counts, range(60, 0, -1)))) if ever else None)


def test_only_issues_that_ever_had_the_label_are_samples_and_each_label_has_its_row() -> None:
    some = facts(*map(bearing, (
        issue(1, opened=100, labelled=((90, "needs-info"), (20, "blocked"))), issue(2, opened=100),
        issue(3, opened=100, by="ci[bot]", labelled=((90, "blocked"),)),
        issue(4, opened=DAY * 31, labelled=((90, "blocked"),)))))
    labels = ("needs-info", "Blocked", "blocked", "never")
    found = {metric.labels["label"]: (metric.value, metric.samples)
             for metric in measure(some, window=MONTH, policy=Policy(), response_target=timedelta(hours=24),
                                   time_in_labels=labels).metrics
             if metric.name == "issue_label_seconds" and metric.labels["quantile"] == "0.5"}
    assert found == {"needs-info": (90 * HOUR, 1), "blocked": (20 * HOUR, 1), "never": (None, 0)}


# Endings


def test_merged_and_closed_unmerged_have_a_time_each_on_the_pull_requests_clock() -> None:
    some = facts(pull_request(1, opened=100, drafts=((90, False),), **MERGED),
                 pull_request(2, opened=100, closed=30, states=((30, True),)), pull_request(3, opened=100),
                 pull_request(4, opened=DAY * 31, **MERGED), pull_request(5, opened=100, by="ci[bot]", **MERGED))
    assert median_hours(some, "pull_request_merge_seconds") == (40, 1)
    assert median_hours(some, "pull_request_closed_unmerged_seconds") == (70, 1)


def test_a_pull_request_merged_after_the_clock_was_closed_unmerged_before_it() -> None:
    some = facts(pull_request(opened=100, closed=-20, merged=-20, states=((90, True), (-10, False), (-20, True))))
    assert median_hours(some, "pull_request_closed_unmerged_seconds") == (10, 1)
    assert median_hours(some, "pull_request_merge_seconds") == (None, 0)


def test_closed_issues_have_their_time_to_the_last_closing_by_reason() -> None:
    some = facts(
        issue(1, opened=100, state_reason="COMPLETED", states=((90, True), (80, False), (60, True)), closed=60),
        issue(2, opened=100, state_reason="COMPLETED", states=((40, True),), closed=40),
        issue(3, opened=100, state_reason="NOT_PLANNED", states=((99, True),), closed=99),
        issue(4, opened=100, states=((98, True),), closed=98),
        issue(5, opened=100, state_reason="REOPENED", states=((98, True), (97, False))))
    assert {metric.labels["reason"]: (metric.value, metric.samples)
            for metric in measure(some, window=MONTH, policy=Policy(), response_target=timedelta(hours=24)).metrics
            if metric.name == "issue_closed_seconds" and metric.labels["quantile"] == "0.5"} == {
        "completed": (50 * HOUR, 2), "not_planned": (HOUR, 1), "none": (2 * HOUR, 1)}


def test_without_a_closed_issue_there_is_a_row_that_says_so() -> None:
    assert median_hours(facts(issue(opened=5)), "issue_closed_seconds", reason="completed") == (None, 0)


# Answers of discussions


def test_the_answer_ratio_is_over_the_discussions_that_can_have_an_answer() -> None:
    some = facts(discussion(1, opened=90, is_answerable=True, answered_at=ago(80)),
                 discussion(2, opened=90, is_answerable=True), discussion(3, opened=90),
                 discussion(4, opened=90, is_answerable=True, answered_at=ago(-1)),
                 discussion(5, opened=90, is_answerable=True, by="ci[bot]"),
                 discussion(6, opened=DAY * 31, is_answerable=True))
    found = row(some, "discussion_answer_ratio")
    assert (found.value, found.samples) == (pytest.approx(1 / 3), 3)


# Satisfaction


def satisfaction(*drawn: frozenset[str] | set[str], **more: object) -> tuple[float | None, int]:
    items = [issue(number, opened=50, remarks=(said("bob", 40, node_id=f"C{number}"), said("cyd", 30, node_id="late")))
             for number in range(len(drawn))]
    some = facts(*items, reactions={"late": frozenset({"THUMBS_DOWN"}),
                                    **{f"C{number}": frozenset(one) for number, one in enumerate(drawn)}})
    found = row(some, "satisfaction_ratio", **more)  # type: ignore[arg-type]
    return found.value, found.samples


@pytest.mark.parametrize("word", ["THUMBS_UP", "HEART", "HOORAY", "ROCKET", "LAUGH"])
def test_a_first_response_with_such_a_reaction_is_approved(word: str) -> None:
    assert satisfaction({word, "EYES"}) == (1, 1)


@pytest.mark.parametrize("word", ["THUMBS_DOWN", "CONFUSED"])
def test_one_disapproving_reaction_outweighs_the_others(word: str) -> None:
    assert satisfaction({word, "THUMBS_UP", "HEART"}) == (0, 1)


def test_eyes_alone_or_no_reaction_or_no_response_say_nothing() -> None:
    assert satisfaction({"EYES"}, set()) == (None, 0)
    assert row(facts(issue(opened=9)), "satisfaction_ratio").samples == 0


def test_pull_requests_and_discussions_count_and_only_what_was_opened_in_the_window() -> None:
    remarks = (said("bob", 8, node_id="C"),)
    some = facts(pull_request(1, opened=9, remarks=remarks), discussion(2, opened=9, remarks=remarks),
                 issue(3, opened=DAY * 31, remarks=remarks), issue(4, opened=9, by="ci[bot]", remarks=remarks),
                 reactions={"C": frozenset({"HEART"})})
    assert row(some, "satisfaction_ratio").samples == 2


def test_whose_reactions_are_asked_depends_on_who_responds() -> None:
    some = facts(issue(opened=50, remarks=(said("bob", 40, node_id="C1"),
                                           said("cyd", 30, node_id="C2", association="MEMBER"))),
                 reactions={"C1": frozenset({"CONFUSED"}), "C2": frozenset({"HEART"})})
    assert row(some, "satisfaction_ratio").value == 0
    assert row(some, "satisfaction_ratio", policy=Policy(responders="members")).value == 1


WORDS = ("THUMBS_UP", "THUMBS_DOWN", "LAUGH", "HOORAY", "CONFUSED", "HEART", "ROCKET", "EYES")


@given(st.lists(st.frozensets(st.sampled_from(WORDS)), max_size=12))
def test_the_ratio_is_what_counting_the_responses_gives(drawn: list[frozenset[str]]) -> None:
    negative = sum(1 for one in drawn if "THUMBS_DOWN" in one or "CONFUSED" in one)
    positive = sum(1 for one in drawn if not one <= {"EYES", "THUMBS_DOWN", "CONFUSED"}
                   and "THUMBS_DOWN" not in one and "CONFUSED" not in one)
    total = positive + negative
    assert satisfaction(*drawn) == (positive / total if total else None, total)


def test_every_reaction_of_github_but_eyes_says_something() -> None:
    assert APPROVING | DISAPPROVING | {"EYES"} == set(WORDS)
    assert not APPROVING & DISAPPROVING


# Contributors and rates


def test_retention_is_who_came_back_of_those_of_the_window_before() -> None:
    some = facts(commits=(commit("ann", 5), commit("new", 5), commit("ann", DAY * 31), commit("bob", DAY * 40),
                          commit("ci[bot]", DAY * 40), commit("ci[bot]", 5), commit("old", DAY * 61)))
    found = row(some, "contributor_retention_ratio")
    assert (found.value, found.samples) == (0.5, 2)


def test_someone_who_changed_address_between_the_windows_came_back() -> None:
    # One commit of either window links both addresses to her account.
    some = facts(commits=(commit(None, 5, email="home@x.org"), commit("ann", 6, email="work@x.org"),
                          commit("ann", DAY * 40, email="home@x.org"), commit(None, DAY * 41, email="work@x.org")))
    assert (row(some, "contributor_retention_ratio").value, row(some, "contributor_retention_ratio").samples) == (1, 1)


def test_retention_without_anybody_before_or_without_commits_at_all_is_unknown() -> None:
    assert row(facts(commits=(commit("ann", 5),)), "contributor_retention_ratio").value is None
    assert row(facts(repository={"default_branch": None}), "contributor_retention_ratio").value is None


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 2 * DAY * 30)), max_size=20))
def test_retention_is_what_the_two_sets_of_people_give(made: list[tuple[str, int]]) -> None:
    some = facts(commits=tuple(commit(login, hours) for login, hours in made))
    now = {login for login, hours in made if hours <= DAY * 30}
    before = {login for login, hours in made if hours > DAY * 30}
    found = row(some, "contributor_retention_ratio")
    assert (found.value, found.samples) == (len(now & before) / len(before) if before else None, len(before))


@pytest.mark.parametrize(("days", "weekly", "monthly"), [(7, 2, 60 / 7), (30, 14 / 30, 2), (90, 14 / 90, 2 / 3)])
def test_rates_are_the_counts_of_the_window_brought_to_a_week_or_a_month(
        days: int, weekly: float, monthly: float) -> None:
    some = facts(*(one for number in (1, 2) for one in (issue(number, opened=5, by="ci[bot]"),
                                                        pull_request(number, opened=5), discussion(number, opened=5))),
                 commits=(commit("ann", 5), commit("bob", 5)))
    window = Window(start=NOW - timedelta(days=days), end=NOW)
    for kind in ("issues", "pull_requests", "discussions"):
        assert row(some, f"{kind}_opened_per_week", window=window).value == pytest.approx(weekly)
    assert row(some, "contributors_new_per_month", window=window).value == pytest.approx(monthly)
    assert row(some, "discussions_opened", window=window).value == 2


def test_a_rate_is_unknown_where_its_count_is() -> None:
    off = facts(repository={"issues_enabled": False, "discussions_enabled": False, "default_branch": None})
    for name in ("issues_opened_per_week", "discussions_opened_per_week", "contributors_new_per_month",
                 "discussions_opened"):
        assert (row(off, name).value, row(off, name).samples) == (None, 0)
    assert row(off, "pull_requests_opened_per_week").value == 0
