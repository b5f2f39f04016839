"""What one run leaves wrong, by a lost call, a deletion or a run beside it, the next puts right."""
from __future__ import annotations

from dataclasses import replace

import pytest

from repo_vitals.concerns.alert.facts import Escalation
from support.alerts import DAY, HOUR, KEY, LOUD, carried_out, fired, planned, signal


@pytest.mark.parametrize("what", ["worse", "escalated"])
def test_a_comment_that_was_lost_is_made_by_the_next_run(what):
    days = fired()
    given = {"worse": {"severity": "critical"}, "escalated": {"escalations": (Escalation(after=DAY, labels=("b",)),)}}
    days.github.now += 2 * DAY
    reports = [signal("failing", days.github.now)]
    plan = planned(days.github, reports, {KEY: replace(LOUD, **given[what])})
    for _ in carried_out(days.github, plan, loses={0: "before"}):
        pass
    assert days.issue.comments == []
    days.said = reports
    assert f"comment: {what}" in days.again(**given[what])


def test_a_run_that_dies_on_its_way_has_opened_what_goes_on_before_it_closed_what_it_replaces():
    days = fired()
    days.github.now += DAY
    moved = replace(signal("healthy", days.github.now), is_moved=True)
    plan = planned(days.github, [moved, signal("failing", days.github.now, key="security-summary")])
    assert [(write.verb, write.key) for write in plan.writes][:2] == [
        ("create-issue", "security-summary"), ("close-issue", KEY)]


def test_an_older_issue_is_not_opened_again_for_one_that_was_deleted():
    days = fired()
    days.day("healthy")
    days.github.now += 30 * DAY
    assert [days.day(), days.day("healthy")] == [["create-issue"], ["close-issue", "comment: closed"]]
    days.github.issues.remove(days.issue)
    assert days.day() == ["create-issue"]


def test_an_issue_that_a_run_on_older_reports_opened_again_is_closed_though_all_was_over_before():
    days = fired()
    days.day("healthy")
    days.github.now += HOUR
    late = planned(days.github, [signal("failing", days.github.now)])
    days.github.now += HOUR
    fine = planned(days.github, [signal("healthy", days.github.now)])
    for plan in (late, fine):           # the second writes the history last, and knows of no alert
        for _ in carried_out(days.github, plan):
            pass
    assert days.issue.is_open
    assert days.day("healthy") == ["close-issue", "comment: closed"]
