"""Whose words count as a response, when, and on whose clock."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.community_metrics.responses import Policy, clock, closed_at, first_response, in_draft
from support.community import GHOST, NOW, ago, discussion, issue, pull_request, said

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Item

ANYONE = Policy()


def responder(item: Item, policy: Policy = ANYONE) -> str | None:
    found = first_response(item, policy, as_of=NOW)
    return "nobody" if found is None else found.by.login or "a deleted account"


def test_the_first_comment_by_another_person_is_the_response() -> None:
    item = issue(by="ann", opened=90, remarks=(said("ann", 89), said("bob", 80), said("carol", 70)))
    assert responder(item) == "bob"


def test_the_authors_own_comments_are_none_however_many_there_are() -> None:
    own = tuple(said("Ann", 89 - i / 10) for i in range(150))
    assert responder(issue(by="ann", opened=90, remarks=own)) == "nobody"
    assert responder(issue(by="ann", opened=90, remarks=(*own, said("bob", 1)))) == "bob"


def test_125_comments_by_bots_before_the_first_answer_are_none() -> None:
    bots = tuple(said("stale[bot]", 89 - i / 10) for i in range(125))
    assert responder(issue(opened=90, remarks=(*bots, said("bob", 2)))) == "bob"


def test_a_machine_user_is_a_bot_where_it_is_ignored_by_name() -> None:
    item = issue(opened=90, remarks=(said("Acme-CI", 80), said("bob", 70)))
    assert responder(item) == "Acme-CI"
    assert responder(item, Policy(ignored=frozenset({"acme-ci"}))) == "bob"


def test_a_bots_login_is_compared_without_its_suffix() -> None:
    assert responder(issue(opened=90, remarks=(said("renovate", 80),)),
                     Policy(ignored=frozenset({"renovate"}))) == "nobody"


def test_a_minimised_comment_is_no_response() -> None:
    assert responder(issue(opened=90, remarks=(said("spam", 80, minimised=True),))) == "nobody"


def test_a_deleted_account_is_a_person() -> None:
    assert responder(issue(by="ann", opened=90, remarks=(said(GHOST, 80),))) == "a deleted account"


def test_two_deleted_accounts_cant_be_told_from_each_other() -> None:
    item = issue(by=GHOST, opened=90, remarks=(said(GHOST, 80), said("bob", 70)))
    assert responder(item) == "bob"


def test_members_only_leaves_out_strangers_and_deleted_accounts() -> None:
    members = Policy(responders="members")
    item = issue(opened=90, remarks=(said(GHOST, 85), said("eve", 80, association="CONTRIBUTOR"),
                                     said("bob", 70, association="COLLABORATOR")))
    assert responder(item, members) == "bob"


def test_a_list_of_responders_is_compared_without_case() -> None:
    listed = Policy(responders="list", listed=frozenset({"bob"}))
    assert responder(issue(opened=90, remarks=(said("eve", 80), said("Bob", 70))), listed) == "Bob"


def test_an_answer_within_the_same_second_counts() -> None:
    item = issue(opened=90, remarks=(said("bob", 90),))
    assert clock(item, as_of=NOW).elapsed(ago(90)) == timedelta(0)
    assert responder(item) == "bob"


def test_a_reply_after_the_reports_clock_has_not_happened() -> None:
    item = issue(opened=90, remarks=(said("bob", -1),))
    assert responder(item) == "nobody"
    assert first_response(item, ANYONE, as_of=ago(-1)) is not None


def test_remarks_are_taken_by_time_not_by_place() -> None:
    # A review that was begun early and submitted late stands before others in GitHub's list.
    assert responder(issue(opened=90, remarks=(said("late", 10), said("early", 50)))) == "early"


# Drafts


def test_a_pull_requests_clock_starts_when_it_is_first_ready() -> None:
    item = pull_request(opened=100, drafts=((60, False),))
    assert clock(item, as_of=NOW).started_at == ago(60)
    assert clock(item, as_of=NOW).elapsed(ago(50)) == timedelta(hours=10)


def test_what_is_said_to_a_draft_is_no_response() -> None:
    item = pull_request(opened=100, drafts=((60, False),), remarks=(said("bob", 80),))
    assert responder(item) == "nobody"


def test_what_is_said_in_the_second_of_becoming_ready_is_one() -> None:
    item = pull_request(opened=100, drafts=((60, False),), remarks=(said("bob", 60),))
    assert responder(item) == "bob"


def test_what_is_said_in_the_second_of_becoming_a_draft_is_none() -> None:
    item = pull_request(opened=100, drafts=((60, True), (50, False)), remarks=(said("bob", 60),))
    assert responder(item) == "nobody"


def test_later_draft_spans_stand_still_and_what_is_said_in_them_does_not_count() -> None:
    item = pull_request(opened=100, drafts=((90, True), (70, False)), remarks=(said("bob", 80), said("carol", 60)))
    assert clock(item, as_of=NOW).started_at == ago(100)
    assert responder(item) == "carol"
    assert clock(item, as_of=NOW).elapsed(ago(60)) == timedelta(hours=20)     # 40 h less 20 h as a draft


def test_draft_ready_draft_ready_counts_the_two_ready_spans() -> None:
    item = pull_request(opened=100, drafts=((90, False), (80, True), (50, False)))
    assert clock(item, as_of=NOW).elapsed(NOW) == timedelta(hours=10 + 50)


def test_a_pull_request_that_is_a_draft_now_is_known_as_one() -> None:
    never_ready = pull_request(opened=100, is_draft=True)
    again = pull_request(opened=100, drafts=((90, True),), is_draft=True)
    assert in_draft(never_ready, as_of=NOW)
    assert clock(never_ready, as_of=NOW).started_at is None
    assert in_draft(again, as_of=NOW)
    assert not in_draft(again, as_of=ago(95))


def test_how_it_began_is_known_from_its_first_change_even_when_that_comes_later() -> None:
    item = pull_request(opened=100, drafts=((10, False),))
    assert in_draft(item, as_of=ago(50))


@given(st.lists(st.integers(1, 99), max_size=8, unique=True).map(sorted), st.booleans())
def test_time_on_the_clock_is_what_counting_hour_by_hour_gives(hours: list[int], began_draft: bool) -> None:
    changes = [(float(hour), bool(began_draft) == (place % 2 == 1))
               for place, hour in enumerate(sorted(hours, reverse=True))]
    item = pull_request(opened=100, drafts=tuple(changes), is_draft=changes[-1][1] if changes else began_draft)
    draft, counted = began_draft, 0
    for hour in range(100, 0, -1):      # the hour from `hour` ago on
        for at, becomes in changes:
            if at == hour:
                draft = becomes
        counted += not draft
    assert clock(item, as_of=NOW).elapsed(NOW) == timedelta(hours=counted)


# Closing and reopening


def test_a_reopening_voids_the_closings_before_it() -> None:
    twice = issue(opened=100, states=((90, True), (80, False), (70, True), (60, False), (50, True)), closed=50)
    assert closed_at(twice, as_of=NOW) == ago(50)
    assert closed_at(twice, as_of=ago(55)) is None
    assert closed_at(twice, as_of=ago(65)) == ago(70)
    assert closed_at(twice, as_of=ago(85)) == ago(90)


def test_a_closing_without_an_event_counts_too() -> None:
    assert closed_at(discussion(opened=100, closed=40), as_of=NOW) == ago(40)
    assert closed_at(discussion(opened=100, closed=40), as_of=ago(41)) is None


def test_closed_and_reopened_within_a_second_is_open() -> None:
    assert closed_at(issue(opened=100, states=((50, True), (50, False))), as_of=NOW) is None


@pytest.mark.parametrize("by", ["dependabot[bot]", "renovate"])
def test_items_by_bots_are_left_out_unless_asked_for(by: str) -> None:
    ignored = frozenset({"renovate"})
    assert Policy(ignored=ignored).leaves_out(issue(by=by, opened=1))
    assert not Policy(ignored=ignored, include_bots=True).leaves_out(issue(by=by, opened=1))


def test_our_own_marked_items_are_left_out() -> None:
    assert ANYONE.leaves_out(issue(by="ann", opened=1, is_ours=True))
    assert not ANYONE.leaves_out(issue(by="ann", opened=1))
