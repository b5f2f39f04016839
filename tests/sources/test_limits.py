from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.errors import BudgetSpent
from repo_vitals.sources.limits import Budget, Limit, Patience, limit_in, reset_instant, retry_after, whole_number

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)
IN_90_S = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
ABUSE = "You have triggered an abuse detection mechanism. Please retry your request again later."
PRIMARY = "API rate limit exceeded for user ID 1."


@pytest.mark.parametrize(("status", "headers", "message", "expected"), [
    (403, IN_90_S, PRIMARY, ("primary", 91)),
    (429, IN_90_S, PRIMARY, ("primary", 91)),
    (429, IN_90_S, "", ("primary", 91)),
    (403, IN_90_S, "", ("primary", 91)),
    (403, {"x-ratelimit-remaining": "0"}, "API Rate Limit Exceeded for 192.0.2.1", ("primary", None)),
    (403, {"retry-after": "30"}, SECONDARY, ("secondary", 30)),
    (403, {**IN_90_S, "retry-after": "30"}, SECONDARY, ("secondary", 30)),
    (429, {"retry-after": "30"}, "", ("secondary", 30)),
    (403, {"x-ratelimit-remaining": "4000"}, SECONDARY, ("secondary", None)),
    (403, {}, ABUSE, ("secondary", None)),
    (429, {}, "", ("secondary", None)),
    (429, {}, "Too many requests", ("secondary", None)),
    (403, {"x-ratelimit-remaining": "4000"}, "Resource not accessible by integration", None),
    (403, IN_90_S, "Resource not accessible by integration", None),
    (403, IN_90_S, "Must have admin rights to Repository.", None),
    (403, {"retry-after": "30"}, "Resource protected by organization SAML enforcement.", None),
    (403, {}, "", None),
    (403, {}, "Repository was archived so is read-only.", None),
])
def test_a_limit_is_told_apart_from_a_refusal_and_waited_for_as_github_asks(status, headers, message, expected):
    limit = limit_in(status, headers, message, NOW)
    assert (None if limit is None else (limit.kind, limit.wait_seconds)) == expected


def test_a_wait_may_be_given_as_a_date():
    headers = {"date": "Sat, 31 Jan 2026 06:00:00 GMT", "retry-after": "Sat, 31 Jan 2026 06:00:40 GMT"}
    assert retry_after(headers, NOW - timedelta(days=3)) == 40


@given(text=st.text(max_size=30) | st.floats().map(str) | st.integers().map(str))
def test_headers_of_any_text_are_read_or_left_out(text):
    headers = {"retry-after": text, "x-ratelimit-reset": text, "x-ratelimit-remaining": text, "date": text}
    wait = retry_after(headers, NOW)
    assert wait is None or wait >= 0
    assert reset_instant(headers) is None or reset_instant(headers).tzinfo is not None
    assert whole_number(text) is None or whole_number(text) >= 0
    limit_in(403, headers, text, NOW)


@given(max_wait=st.floats(0, 600), asked=st.lists(st.one_of(st.none(), st.floats(0, 400)), max_size=30))
def test_all_sleeping_together_never_exceeds_max_wait(max_wait, asked):
    slept = []
    patience = Patience(max_wait=timedelta(seconds=max_wait), sleep=slept.append, random=Random(7))
    for count, seconds in enumerate(asked, 1):
        patience.back_off(count) if seconds is None else patience.wait(seconds)
    assert sum(slept) <= max_wait + 1e-6


def test_sitting_out_raises_when_the_wait_is_longer_than_what_is_left():
    slept = []
    patience = Patience(max_wait=timedelta(minutes=2), sleep=slept.append, random=Random(7))
    limit = Limit(kind="secondary", wait_seconds=70)
    patience.sit_out(limit, times_met=1, now=NOW)
    with pytest.raises(BudgetSpent, match="secondary rate limit is spent: come back at 2026-01-31T06:01:10Z") as caught:
        patience.sit_out(limit, times_met=2, now=NOW)
    assert slept == [70]
    assert caught.value.resets_at == NOW + timedelta(seconds=70)


def test_a_share_is_reckoned_from_what_remained_before_the_first_answer():
    budget = Budget()
    budget.observe("graphql", remaining=98, resets_at=NOW + timedelta(minutes=40), cost=2)
    assert budget.spent("graphql", NOW) is None
    budget.observe("graphql", remaining=50, resets_at=NOW + timedelta(minutes=40), cost=48)
    limit = budget.spent("graphql", NOW)
    assert limit is not None
    assert limit.wait_seconds == 40 * 60 + 1
    assert budget.spent("core", NOW) is None


def test_others_using_the_same_limit_do_not_shrink_this_runs_share():
    budget = Budget()
    budget.observe("core", remaining=999, resets_at=NOW + timedelta(hours=1), cost=1)
    budget.observe("core", remaining=520, resets_at=NOW + timedelta(hours=1), cost=1)
    assert budget.used("core") == 2
    assert budget.spent("core", NOW) is None


def test_a_new_hour_brings_a_new_share():
    budget = Budget()
    budget.observe("core", remaining=1, resets_at=NOW + timedelta(minutes=1), cost=1)
    assert budget.spent("core", NOW) is not None
    assert budget.spent("core", NOW + timedelta(minutes=2)) is None
    budget.observe("core", remaining=999, resets_at=NOW + timedelta(minutes=61), cost=1)
    assert budget.used("core") == 1
    assert budget.spent("core", NOW + timedelta(minutes=2)) is None
    budget.renew("core", NOW + timedelta(minutes=1))    # by another thread, which had waited for the same reset
    assert budget.used("core") == 1


def test_a_reset_that_moves_by_a_second_is_the_same_hour():
    budget = Budget()
    budget.observe("core", remaining=999, resets_at=NOW + timedelta(minutes=30), cost=1)
    budget.observe("core", remaining=998, resets_at=NOW + timedelta(minutes=30, seconds=1), cost=1)
    assert budget.used("core") == 2


@pytest.mark.parametrize("share", [0, -1, 1.01, float("nan")])
def test_a_share_is_above_zero_and_at_most_everything(share):
    with pytest.raises(ValueError, match="share"):
        Budget(share=share)
