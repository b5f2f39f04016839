"""Every figure of community-metrics on cases small enough to work out by hand."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.community_metrics.definitions import METRICS
from repo_vitals.concerns.community_metrics.measure import Measured, measure
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.report.model import Window, check_names
from support.community import HOUR, MONTH, ago, commit, discussion, facts, issue, pull_request, said

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Facts

DAY = 24 * HOUR


def measured(some: Facts, *, policy: Policy | None = None, window: Window = MONTH) -> Measured:
    return measure(some, window=window, policy=policy or Policy(), response_target=timedelta(hours=24))


def figure(some: Facts, name: str, **labels: str) -> float | None:
    return only(measured(some), name, **labels)


def only(done: Measured, name: str, **labels: str) -> float | None:
    found = [metric for metric in done.metrics if metric.name == name and dict(metric.labels) == labels]
    assert len(found) == 1, (name, labels)
    return found[0].value


def samples(some: Facts, name: str, **labels: str) -> int:
    return next(m.samples for m in measured(some).metrics if m.name == name and dict(m.labels) == labels)


def waiting(some: Facts, **more: Policy) -> list[int]:
    return [case.item.number for case in measured(some, **more).awaiting if case.item.kind == "issue"]


def test_every_defined_metric_is_measured_and_nothing_else() -> None:
    done = measured(facts())
    check_names(done.metrics, {definition.name: definition for definition in METRICS})
    assert {metric.name for metric in done.metrics} == {definition.name for definition in METRICS}


def test_a_figure_with_nothing_to_measure_is_none_with_no_samples_and_a_count_is_zero() -> None:
    for metric in measured(facts()).metrics:
        if metric.unit == "count" and metric.name != "contributor_absence_factor":
            assert (metric.value, metric.samples) == ({"repository_stars": 10, "repository_forks": 2,
                                                       "repository_watchers": 3}.get(metric.name, 0), 1)
        else:
            assert (metric.value, metric.samples) == (None, 0), metric.name


# Awaiting a response


def test_an_issue_awaits_a_response_when_it_is_older_than_the_target_and_has_none() -> None:
    assert waiting(facts(issue(1, opened=24.1), issue(2, opened=23.9), issue(3, opened=24))) == [1]


def test_an_issue_of_any_age_can_await_a_response_and_the_longest_wait_comes_first() -> None:
    assert waiting(facts(issue(7, opened=30), issue(8, opened=24 * 900))) == [8, 7]


def test_a_comment_by_the_author_or_a_bot_clears_nothing() -> None:
    assert waiting(facts(issue(1, by="ann", opened=90, remarks=(said("ann", 89), said("ci[bot]", 80))))) == [1]


def test_a_closed_issue_awaits_nothing_and_a_reopened_one_does_again() -> None:
    assert waiting(facts(issue(1, opened=90, closed=10, states=((10, True),)),
                         issue(2, opened=90, states=((80, True), (70, False))))) == [2]


def test_issues_by_bots_await_nothing() -> None:
    assert waiting(facts(issue(1, by="dependabot[bot]", opened=90))) == []
    assert waiting(facts(issue(1, by="dependabot[bot]", opened=90)), policy=Policy(include_bots=True)) == [1]


def test_a_pull_request_awaits_a_response_only_while_it_is_ready() -> None:
    some = facts(pull_request(1, opened=90), pull_request(2, opened=90, is_draft=True),
                 pull_request(3, opened=90, drafts=((10, False),)))
    assert figure(some, "pull_requests_awaiting_response") == 1
    assert figure(some, "issues_awaiting_response") == 0


# First response


def test_one_answered_of_ten_has_no_median_though_the_answered_one_was_quick() -> None:
    some = facts(issue(1, opened=500, remarks=(said("bob", 499),)), *(issue(n, opened=500) for n in range(2, 11)))
    assert figure(some, "issue_first_response_seconds", quantile="0.5") is None
    assert samples(some, "issue_first_response_seconds", quantile="0.5") == 10
    assert figure(some, "issue_first_response_answered_seconds", quantile="0.5") == HOUR
    assert figure(some, "issue_first_response_answered_mean_seconds") == HOUR
    assert samples(some, "issue_first_response_answered_mean_seconds") == 1


def test_an_answer_after_zero_seconds_is_in_the_mean() -> None:
    some = facts(issue(1, opened=50, remarks=(said("bob", 50),)), issue(2, opened=50, remarks=(said("bob", 48),)))
    assert figure(some, "issue_first_response_answered_mean_seconds") == HOUR
    assert figure(some, "issue_first_response_seconds", quantile="0.5") == 0


def test_an_unanswered_issue_is_censored_when_it_was_closed() -> None:
    # At risk at 10 h are two, since the third was closed after 5 h: S(10 h) = 1/2.
    some = facts(issue(1, opened=100, remarks=(said("bob", 90),)), issue(2, opened=100),
                 issue(3, opened=100, closed=95, states=((95, True),)))
    assert figure(some, "issue_first_response_seconds", quantile="0.5") == 10 * HOUR


def test_only_items_opened_in_the_window_are_in_the_statistic() -> None:
    some = facts(issue(1, opened=24 * 30, remarks=(said("bob", 24 * 30 - 1),)),
                 issue(2, opened=24 * 30 + 0.01, remarks=(said("bob", 24 * 29),)))
    assert samples(some, "issue_first_response_seconds", quantile="0.5") == 1


def test_a_transferred_issue_with_comments_older_than_itself_is_answered_after_nobody_knows_how_long() -> None:
    some = facts(issue(1, opened=50, remarks=(said("bob", 300),)))
    assert waiting(some) == []
    assert figure(some, "issue_response_ratio") == 1
    assert samples(some, "issue_first_response_seconds", quantile="0.5") == 0
    assert figure(some, "issue_first_response_answered_mean_seconds") is None
    assert samples(some, "issue_response_sla_ratio", priority="none") == 0


def test_a_review_of_a_pull_request_counts_from_when_it_was_ready() -> None:
    some = facts(pull_request(1, opened=100, drafts=((60, False),), remarks=(said("bob", 55),)))
    assert figure(some, "pull_request_first_response_seconds", quantile="0.9") == 5 * HOUR


def test_pull_requests_in_draft_now_are_left_out_though_they_were_answered() -> None:
    some = facts(pull_request(1, opened=100, is_draft=True, drafts=((50, True),), remarks=(said("bob", 90),)))
    assert samples(some, "pull_request_first_response_seconds", quantile="0.5") == 0
    assert figure(some, "pull_requests_open") == 1


def test_a_reply_below_a_comment_answers_a_discussion() -> None:
    some = facts(discussion(1, opened=100, remarks=(said("ann", 99), said("bob", 97))))
    assert figure(some, "discussion_first_response_seconds", quantile="0.5") == 3 * HOUR


def test_answers_are_counted_where_the_category_takes_them() -> None:
    some = facts(discussion(1, opened=100, is_answerable=True, answered_at=ago(60)), discussion(2, opened=100))
    assert figure(some, "discussion_answer_seconds", quantile="0.5") == 40 * HOUR
    assert samples(some, "discussion_answer_seconds", quantile="0.5") == 1


# Service level, triage, resolution


def test_attainment_is_met_over_met_and_breached_with_pending_ones_outside() -> None:
    some = facts(
        issue(1, opened=100, remarks=(said("bob", 80),)),       # 20 h: met
        issue(2, opened=100, remarks=(said("bob", 70),)),       # 30 h: breached
        issue(3, opened=100),                                   # open and past due: breached
        issue(4, opened=10),                                    # open and not due: pending
        issue(5, opened=100, closed=90, states=((90, True),)),  # closed before it was due: outside
        issue(6, opened=100, closed=50, states=((50, True),)),  # closed when past due: breached
        issue(7, opened=100, remarks=(said("bob", 76),)),       # after 24 h to the second: met
    )
    assert figure(some, "issue_response_sla_ratio", priority="none") == pytest.approx(2 / 5)


def test_attainment_is_kept_apart_by_priority() -> None:
    some = facts(issue(1, opened=100, labels=("priority/critical", "P3"), remarks=(said("bob", 99),)),
                 issue(2, opened=100, labels=("bug",)))
    assert figure(some, "issue_response_sla_ratio", priority="critical") == 1
    assert figure(some, "issue_response_sla_ratio", priority="none") == 0


def test_triage_is_the_first_priority_or_type_label() -> None:
    some = facts(issue(1, opened=100, labelled=((99, "good first issue"), (90, "type/bug"), (80, "P1"))))
    assert figure(some, "issue_triage_seconds", quantile="0.5") == 10 * HOUR


def test_resolution_is_the_last_close_and_open_issues_are_censored() -> None:
    some = facts(issue(1, opened=100, states=((90, True), (80, False), (40, True)), closed=40),
                 issue(2, opened=100, states=((90, True), (80, False))))
    assert figure(some, "issue_resolution_seconds", quantile="0.5") == 60 * HOUR
    assert figure(some, "issue_resolution_seconds", quantile="0.9") is None
    assert figure(some, "issue_resolution_ratio") == 0.5


def test_a_pull_request_closed_without_a_merge_is_resolved_too() -> None:
    some = facts(pull_request(1, opened=100, closed=90, states=((90, True),)),
                 pull_request(2, opened=100, closed=70, merged=70, states=((70, True),)),
                 pull_request(3, opened=100, closed=60, merged=60, states=((60, True),)))
    assert figure(some, "pull_request_resolution_seconds", quantile="0.5") == 30 * HOUR
    assert figure(some, "pull_requests_merged") == 2
    assert figure(some, "pull_requests_closed_unmerged") == 1


def test_a_merge_after_the_clock_has_not_happened_to_a_pull_request_that_was_closed_before() -> None:
    some = facts(pull_request(1, opened=100, closed=-20, merged=-20, states=((90, True), (-10, False), (-20, True))))
    assert figure(some, "pull_requests_merged") == 0
    assert figure(some, "pull_requests_closed_unmerged") == 1


# Volume and backlog


def test_bots_and_our_own_items_are_counted_as_volume() -> None:
    some = facts(issue(1, by="ci[bot]", opened=5), issue(2, opened=5, is_ours=True), issue(3, opened=24 * 8))
    assert figure(some, "issues_open") == 3
    assert figure(some, "issues_opened") == 3
    assert figure(some, "issues_opened_recent", days="7") == 2


def test_closure_is_measured_against_what_was_open_at_the_start_and_what_came() -> None:
    some = facts(issue(1, opened=24 * 90), issue(2, opened=24 * 90, closed=10, states=((10, True),)),
                 issue(3, opened=24 * 90, closed=24 * 40, states=((24 * 40, True),)), issue(4, opened=20),
                 issue(5, opened=10))
    assert figure(some, "issue_closure_ratio") == pytest.approx(1 / 4)


def test_an_issue_closed_in_the_window_and_reopened_in_it_is_not_closed() -> None:
    assert figure(facts(issue(1, opened=50, states=((40, True), (30, False)))), "issues_closed") == 0


def test_what_happens_at_or_after_the_clock_has_not_happened() -> None:
    some = facts(issue(1, opened=0), issue(2, opened=-1), issue(3, opened=9, labelled=((-1, "bug"),)),
                 discussion(4, opened=9, is_answerable=True, answered_at=ago(-1)))
    assert figure(some, "issues_open") == 1
    assert figure(some, "issues_opened") == 1
    assert figure(some, "issue_triage_seconds", quantile="0.5") is None
    assert figure(some, "discussion_answer_seconds", quantile="0.5") is None


def test_backlog_age_is_that_of_open_issues_only() -> None:
    some = facts(issue(1, opened=10), issue(2, opened=20), issue(3, opened=900, closed=3, states=((3, True),)),
                 pull_request(4, opened=900))
    assert figure(some, "backlog_age_seconds", quantile="0.5") == 15 * HOUR


def test_an_earlier_window_is_measured_as_of_its_own_end() -> None:
    some = facts(issue(1, opened=24 * 40, remarks=(said("bob", 24 * 20),), closed=24 * 10, states=((24 * 10, True),)),
                 commits=(commit("ann", 24 * 40), commit("bob", 10)))
    before = measured(some, window=Window(start=ago(24 * 60), end=ago(24 * 30)))
    assert only(before, "issues_open") == 1
    assert only(before, "issues_awaiting_response") == 1
    assert only(before, "issue_first_response_seconds", quantile="0.5") is None
    assert only(before, "contributors_active") == 1


def test_disabled_issues_and_discussions_are_unknown_rather_than_zero() -> None:
    some = facts(repository={"issues_enabled": False, "discussions_enabled": False})
    assert figure(some, "issues_open") is None
    assert figure(some, "issues_awaiting_response") is None
    assert figure(some, "backlog_age_seconds", quantile="0.5") is None
    assert figure(some, "pull_requests_open") == 0


# Contributors


def test_contributors_are_active_new_or_returning_and_bots_are_none() -> None:
    some = facts(commits=(commit("ann", 10), commit("ann", 20), commit("bob", 30), commit("dependabot[bot]", 5),
                          commit("carol", 24 * 45)), seen_before=frozenset({"login:ann"}))
    assert [figure(some, name) for name in ("contributors_active", "contributors_new", "contributors_returning",
                                            "commits")] == [2, 1, 1, 3]


def test_an_empty_repository_has_unknown_contributors() -> None:
    some = facts(repository={"default_branch": None})
    assert figure(some, "contributors_active") is None
    assert figure(some, "commits") is None
