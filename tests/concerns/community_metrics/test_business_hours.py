"""Figures, verdicts and due moments where only business hours count. NOW is Tuesday, 2026-03-31, 12:00 UTC."""
from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.clock import BusinessDays, format_instant
from repo_vitals.concerns.community_metrics.judge import judge
from repo_vitals.concerns.community_metrics.measure import Measured, measure
from repo_vitals.concerns.community_metrics.responses import Clock, Policy, deadline
from repo_vitals.config.business_hours import parse_hours
from repo_vitals.stats.business_time import AROUND_THE_CLOCK, WEEKDAYS, BusinessHours
from support.community import HOUR, MONTH, NOW, discussion, facts, issue, pull_request, said

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Facts, Item
    from repo_vitals.report.model import Judgement

NINE_TO_FIVE = BusinessHours(zone=timezone.utc, days=frozenset(range(5)), opens=time(9), closes=time(17))
URGENT = frozenset({"p0", "critical", "security"})
WORKING = Policy(hours=NINE_TO_FIVE, always_on=URGENT)
CALENDAR_TIME = Policy(always_on=URGENT)
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def at(text: str) -> float:
    """Hours before NOW of a moment in March 2026, written as `27 16:00`: a Friday."""
    return (NOW - utc(f"2026-03-{text}")) / timedelta(hours=1)


def due(item: Item, target: timedelta | BusinessDays, policy: Policy = WORKING) -> str | None:
    found = deadline(item, target, policy, as_of=NOW).due
    return None if found is None else format_instant(found)


# What a target means for an item


@pytest.mark.parametrize(("target", "moment"), [
    (timedelta(hours=1), "2026-03-27T17:00:00Z"),
    (timedelta(hours=2), "2026-03-30T10:00:00Z"),
    (timedelta(hours=24), "2026-04-01T16:00:00Z"),      # three working days
    (BusinessDays(1), "2026-03-30T16:00:00Z"),
    (BusinessDays(1.5), "2026-03-31T12:00:00Z"),
])
def test_a_target_is_business_hours_after_opening_and_a_business_day_as_many_as_a_day_has(
        target: timedelta | BusinessDays, moment: str) -> None:
    assert due(issue(opened=at("27 16:00")), target) == moment


def test_without_business_hours_business_days_are_weekdays_and_hours_are_hours() -> None:
    friday = issue(opened=at("27 16:00"))
    assert due(friday, BusinessDays(1), CALENDAR_TIME) == "2026-03-30T16:00:00Z"
    assert due(friday, timedelta(hours=24), CALENDAR_TIME) == "2026-03-28T16:00:00Z"


@pytest.mark.parametrize("label", ["P0", "priority/critical", "type: security", "Security"])
@pytest.mark.parametrize("policy", [WORKING, CALENDAR_TIME])
def test_the_clock_of_what_is_always_on_never_stops_and_its_business_day_has_24_hours(
        label: str, policy: Policy) -> None:
    urgent = issue(opened=at("27 16:00"), labels=("help wanted", label))
    assert policy.calendar_of(urgent) is AROUND_THE_CLOCK
    assert due(urgent, timedelta(hours=24), policy) == due(urgent, BusinessDays(1), policy) == "2026-03-28T16:00:00Z"


def test_labels_that_are_not_always_on_leave_an_item_to_the_business_hours() -> None:
    for labels in ((), ("P1",), ("bug",), ("security review",)):
        assert WORKING.calendar_of(issue(opened=1, labels=labels)) is NINE_TO_FIVE


def test_the_time_as_a_draft_does_not_bring_a_due_moment_nearer() -> None:
    # Ready on Thursday from 9 to 11, then on Friday from 16 on.
    item = pull_request(opened=at("25 20:00"), drafts=((at("26 09:00"), False), (at("26 11:00"), True),
                                                       (at("27 16:00"), False)), is_draft=False)
    assert due(item, timedelta(hours=2)) == "2026-03-26T11:00:00Z"
    assert due(item, timedelta(hours=3)) == "2026-03-27T17:00:00Z"
    assert due(item, timedelta(hours=4)) == "2026-03-30T10:00:00Z"


def test_a_clock_that_stands_or_never_ran_has_no_due_moment() -> None:
    assert due(pull_request(opened=50, is_draft=True), timedelta(hours=1)) is None
    stands = pull_request(opened=at("27 09:00"), drafts=((at("27 11:00"), True),), is_draft=True)
    assert due(stands, timedelta(hours=2)) == "2026-03-27T11:00:00Z"
    assert due(stands, timedelta(hours=3)) is None


def test_what_is_never_reached_is_never_due() -> None:
    first = NOW.date()
    closed = BusinessHours(zone=timezone.utc, days=frozenset(range(7)), opens=time(9), closes=time(17),
                           holidays=frozenset(first + DAY * day for day in range(366 * 201)))
    assert due(issue(opened=0), timedelta(hours=1), Policy(hours=closed)) is None


def test_what_is_done_at_the_closing_hour_is_in_time_and_so_it_is_until_the_next_opening() -> None:
    limit = deadline(issue(opened=at("27 09:00")), BusinessDays(1), WORKING, as_of=NOW)
    assert limit.due == utc("2026-03-27 17:00")
    assert not limit.missed_by(utc("2026-03-27 17:00"))
    assert not limit.missed_by(utc("2026-03-30 09:00"))
    assert limit.missed_by(utc("2026-03-30 09:00:01"))


@given(st.sampled_from([NINE_TO_FIVE, AROUND_THE_CLOCK, WEEKDAYS]),
       st.lists(st.integers(0, 400), min_size=1, max_size=7, unique=True).map(sorted), st.integers(0, 60))
def test_the_due_moment_is_the_earliest_with_the_target_on_the_clock(
        calendar: Any, hours: list[int], target: int) -> None:
    start, *edges = (utc("2026-03-02 00:00") + hour * timedelta(hours=1) for hour in hours)
    pairs = [(begin, end) for begin, end in zip(edges[::2], [*edges[1::2], None], strict=False)]
    ticking = Clock(start, tuple(pairs), calendar)
    span = target * timedelta(hours=1)
    moment = ticking.due(span)
    if moment is None:
        assert pairs[-1][1] is None
        assert ticking.elapsed(pairs[-1][0] + 1000 * DAY) < span
    else:
        assert ticking.elapsed(moment) == span
        assert moment == start or ticking.elapsed(moment - timedelta(seconds=1)) < span


# Figures


def measured(*items: Item, policy: Policy = WORKING, target: timedelta | BusinessDays = timedelta(hours=24),
             limit: timedelta | BusinessDays = timedelta(hours=48)) -> Measured:
    return measure(facts(*items), window=MONTH, policy=policy, response_target=target, mean_limit=limit)


def value(done: Measured, name: str, **labels: str) -> float | None:
    (found,) = [metric for metric in done.metrics if metric.name == name and dict(metric.labels) == labels]
    return found.value


def test_every_time_of_an_item_is_working_time_but_for_the_age_of_the_backlog() -> None:
    weekend = issue(1, opened=at("27 16:00"), remarks=(said("bob", at("30 10:00")),),
                    labelled=((at("30 09:30"), "bug"),), states=((at("31 09:00"), True),), closed=at("31 09:00"))
    still_open = issue(2, opened=at("27 16:00"))
    review = pull_request(3, opened=at("26 16:00"), drafts=((at("27 16:00"), False),),
                          remarks=(said("bob", at("30 10:00")),))
    question = discussion(4, opened=at("27 16:00"), remarks=(said("bob", at("30 10:00")),), is_answerable=True,
                          answered_at=utc("2026-03-30 11:00"))
    done = measured(weekend, still_open, review, question)

    assert value(done, "issue_first_response_answered_mean_seconds") == 2 * HOUR
    assert value(done, "issue_first_response_seconds", quantile="0.5") == 2 * HOUR
    assert value(done, "issue_triage_seconds", quantile="0.5") == 1.5 * HOUR
    assert value(done, "issue_resolution_seconds", quantile="0.5") == 9 * HOUR
    assert value(done, "pull_request_first_response_seconds", quantile="0.5") == 2 * HOUR
    assert value(done, "discussion_first_response_seconds", quantile="0.5") == 2 * HOUR
    assert value(done, "discussion_answer_seconds", quantile="0.5") == 3 * HOUR
    assert value(done, "backlog_age_seconds", quantile="0.5") == 92 * HOUR


def test_an_urgent_item_is_timed_around_the_clock() -> None:
    urgent = issue(1, opened=at("27 16:00"), remarks=(said("bob", at("30 10:00")),), labels=("P0",))
    assert value(measured(urgent), "issue_first_response_answered_mean_seconds") == 66 * HOUR


def test_an_issue_awaits_a_response_when_more_working_time_than_the_target_has_passed() -> None:
    items = [issue(1, opened=at("27 16:00")), issue(2, opened=at("27 15:00")), issue(3, opened=at("27 16:00"),
                                                                                 labels=("security",))]
    for target in (timedelta(hours=12), BusinessDays(1.5)):
        # 12 h of working time until NOW; the second has 13, and the third's clock ran at the weekend too.
        assert [case.item.number for case in measured(*items, target=target).awaiting] == [3, 2]


def test_the_sla_counts_working_time_for_each_item_by_its_own_calendar() -> None:
    answer = (said("bob", at("30 10:00")),)
    done = measured(issue(1, opened=at("27 16:00"), remarks=answer), issue(2, opened=at("27 09:00"), remarks=answer),
                    issue(3, opened=at("27 16:00"), remarks=answer, labels=("P0",)), target=timedelta(hours=8))
    assert value(done, "issue_response_sla_ratio", priority="none") == 0.5
    assert value(done, "issue_response_sla_ratio", priority="p0") == 0


def test_a_target_in_business_days_spares_the_weekend_though_times_stay_calendar_time() -> None:
    over_the_weekend = issue(1, opened=at("27 16:00"), remarks=(said("bob", at("30 15:00")),))
    unanswered = issue(2, opened=at("27 16:00"))
    done = measured(over_the_weekend, unanswered, policy=CALENDAR_TIME, target=BusinessDays(1))
    assert value(done, "issue_response_sla_ratio", priority="none") == 0.5
    assert [case.item.number for case in done.awaiting] == [2]
    assert value(done, "issue_first_response_answered_seconds", quantile="0.5") == 71 * HOUR
    assert measured(unanswered, policy=CALENDAR_TIME, target=BusinessDays(2)).awaiting == ()


def test_a_limit_in_business_days_makes_the_mean_count_their_time() -> None:
    over_the_weekend = issue(1, opened=at("27 16:00"), remarks=(said("bob", at("30 15:00")),))
    name = "issue_first_response_answered_mean_seconds"
    assert value(measured(over_the_weekend, policy=CALENDAR_TIME), name) == 71 * HOUR
    assert value(measured(over_the_weekend, policy=CALENDAR_TIME, limit=BusinessDays(2)), name) == 23 * HOUR
    assert value(measured(over_the_weekend, limit=BusinessDays(2)), name) == 7 * HOUR


# Verdicts and words


def judged(*items: Item, target: timedelta | BusinessDays, limit: timedelta | BusinessDays = timedelta(hours=48),
           policy: Policy = WORKING, **more: Any) -> Judgement:
    some: Facts = facts(*items, hours=policy.hours)
    figures = measure(some, window=MONTH, policy=policy, response_target=target, mean_limit=limit)
    asked = parse_hours("Mon-Fri 09:00-17:00 UTC 2026-12-24") if policy.hours else None
    return judge(figures, figures, some, response_target=target, mean_limit=limit, responders="anyone",
                 business_hours=asked, always_on=sorted(policy.always_on), **more)


def test_a_finding_says_the_working_time_and_since_when_the_response_is_due() -> None:
    (finding,) = judged(issue(9, opened=at("27 15:00")), target=timedelta(hours=8)).findings
    assert finding.detail == "Open for 13 business hours without a response; the target is 8 business hours."
    assert finding.since == utc("2026-03-30 15:00")
    (finding,) = judged(issue(9, opened=at("27 15:00")), target=BusinessDays(1)).findings
    assert finding.detail == "Open for 13 business hours without a response; the target is 1 business day."
    (finding,) = judged(issue(9, opened=at("27 15:00"), labels=("P0",)), target=timedelta(hours=8)).findings
    assert finding.detail == "Open for 3.9 d without a response; the target is 8 h."
    (finding,) = judged(issue(9, opened=at("27 15:00")), target=BusinessDays(1), policy=CALENDAR_TIME).findings
    assert finding.detail == "Open for 3.9 d without a response; the target is 1 business day."
    assert finding.since == utc("2026-03-30 15:00")


def test_the_list_of_those_who_wait_says_when_each_was_due() -> None:
    rows = judged(issue(9, opened=at("27 15:00")), pull_request(4, opened=at("30 16:00")),
                  target=timedelta(hours=3)).data["awaiting_response"]
    assert [(row["number"], row["age_seconds"], row["due"]) for row in rows] == [
        (9, 13 * HOUR, "2026-03-30T10:00:00Z"), (4, 4 * HOUR, "2026-03-31T11:00:00Z")]


def test_the_report_says_which_hours_counted() -> None:
    report = judged(target=timedelta(hours=8))
    assert report.data["business_hours"] == "Mon-Fri 09:00-17:00 UTC 2026-12-24"
    assert report.data["always_on"] == ["critical", "p0", "security"]
    note = ("times to respond, triage and resolve count business hours only (Mon-Fri 09:00-17:00 UTC); where they are "
            "given in days, a day is 24 of those hours")
    assert report.data["notes"] == list(report.notes) == [note]
    assert report.summary == ("no open issue awaits a response for over 8 business hours; median first response "
                              "unknown; open: 0 issues, 0 pull requests")
    plain = judged(target=BusinessDays(2), policy=CALENDAR_TIME)
    assert (plain.data["business_hours"], plain.notes) == (None, ())
    assert plain.summary.startswith("no open issue awaits a response for over 2 business days;")


@pytest.mark.parametrize(("policy", "limit", "seconds"), [
    (WORKING, BusinessDays(2), 16 * HOUR), (CALENDAR_TIME, BusinessDays(2), 48 * HOUR),
    (WORKING, timedelta(hours=48), 48 * HOUR),
])
def test_a_limit_of_the_mean_in_business_days_is_their_working_time(
        policy: Policy, limit: timedelta | BusinessDays, seconds: float) -> None:
    (mean,) = [metric for metric in judged(target=BusinessDays(1), limit=limit, policy=policy).metrics
               if metric.name == "issue_first_response_answered_mean_seconds"]
    assert mean.target is not None
    assert mean.target.limit == seconds


def test_a_mean_beyond_its_limit_is_told_in_business_hours() -> None:
    slow = issue(1, opened=at("26 09:00"), remarks=(said("bob", at("30 15:30")),))
    (finding,) = judged(slow, target=BusinessDays(5), limit=BusinessDays(2)).findings
    assert finding.title == "Issues were answered after 22.5 business hours on average"
    assert finding.detail == "Mean of 1 answered issues; the limit is 2 business days."
