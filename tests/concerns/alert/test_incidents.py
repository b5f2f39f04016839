"""What an alert's issue remembers of it as an incident, and the reminder of its review."""
from __future__ import annotations

import json
from dataclasses import replace

import pytest

from repo_vitals.concerns.alert import state as memory
from repo_vitals.report.incidents import Incident, incident_in
from support.alerts import DAY, HOUR, KEY, LOUD, MINUTE, Days, fired, run, signal

WITHIN = (("acknowledge", 15 * MINUTE), ("update", HOUR), ("resolve", DAY))


def incident(**treatment) -> Days:
    return fired(**{"incident": 1, "respond_within": WITHIN, **treatment})


def test_it_begins_with_the_alert_and_keeps_its_severity_and_limits_and_the_first_of_each_answer() -> None:
    days = incident()
    began = days.github.now
    assert incident_in(days.issue.body) == Incident(opened_at=began, level=1, within=WITHIN)
    days.command("acknowledge")
    days.command("status", text="We look at it")
    days.command("severity", level=3)
    assert days.day(respond_within=(("acknowledge", DAY),)) == ["update-issue"]
    days.command("status", text="Still at it")
    days.day("healthy", incident=None)
    assert incident_in(days.issue.body) == days.state.incident == Incident(
        opened_at=began, level=1, within=WITHIN, acknowledged_at=began + HOUR, updated_at=began + HOUR,
        turns=((days.github.now, True),))


def test_an_issue_that_is_opened_again_goes_on_with_its_incident_and_a_new_one_has_its_own() -> None:
    days = incident()
    began = days.github.now
    days.day("healthy")
    ended = days.github.now
    assert days.day() == ["reopen-issue", "comment: reopened"]
    back = days.github.now
    assert days.state.incident == Incident(
        opened_at=began, level=1, within=WITHIN, turns=((ended, True), (back, False)))
    days.day("healthy")
    days.github.now += 8 * DAY
    days.again()
    assert days.day() == ["create-issue"]
    assert days.state.incident == Incident(opened_at=days.github.now, level=1, within=WITHIN)


def test_what_is_no_incident_has_none_until_a_person_makes_it_one_which_counts_from_when_it_fired() -> None:
    days = fired(respond_within=WITHIN)
    assert '"incident"' not in days.issue.body
    began = days.github.now
    days.command("severity", level=2)
    days.day()
    assert incident_in(days.issue.body) == Incident(opened_at=began, level=2, within=WITHIN)


def test_what_becomes_an_incident_as_it_gets_worse_has_its_clocks_from_then_on() -> None:
    days = fired(respond_within=WITHIN)
    days.day()
    days.day(severity="critical", incident=1)
    assert incident_in(days.issue.body) == Incident(opened_at=days.github.now, level=1, within=WITHIN)
    began = days.github.now
    days.day()
    assert days.state.incident.opened_at == began


def test_one_that_fired_before_incidents_were_remembered_is_remembered_from_its_next_run_on() -> None:
    days = incident()
    known = days.state.incident
    days.issue.body = memory.remembering(days.issue.body, replace(days.state, incident=None))
    days.github.history = memory.write_all([replace(days.state, incident=None)])
    days.day()
    assert days.state.incident == incident_in(days.issue.body) == known


@pytest.mark.parametrize("change", [
    {"level": 4}, {"level": True}, {"opened_at": "yesterday"}, {"within": {"acknowledge": "15"}}, {"turns": [["x", 1]]},
    {"within": {"resolve": -1}}, {"within": {"resolve": 1e300}}, {"turns": 7}, {"level": None},
])
def test_a_memory_that_was_damaged_is_none(change) -> None:
    body = incident().issue.body
    text = body.rpartition("repo-vitals:state ")[2].partition(" -->")[0]
    state = json.loads(text)
    assert incident_in(body.replace(text, json.dumps({**state, "incident": {**state["incident"], **change}}))) is None
    assert incident_in(body.replace(text, json.dumps({**state, "key": "other"}))) is None
    assert incident_in(f"Mine\n{body}") is None


# -- review --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("has_history", [True, False])
def test_a_week_after_its_end_the_review_is_asked_for_once_in_the_closed_issue(has_history: bool) -> None:
    days = incident()
    days.github.has_history = has_history
    days.day("healthy")
    closed = days.issue.body
    days.github.now += 6 * DAY
    assert days.again() == []
    assert days.day("nothing") == ["comment: review-due", "update-issue"]
    assert days.day("healthy") == days.day("nothing") == []
    assert not days.issue.is_open
    assert memory.from_body(days.issue.body).reminded_at == days.github.now - 2 * DAY
    # But for what it remembers the text is as it was.
    assert days.issue.body.partition("<!-- repo-vitals:state")[0].split() == closed.partition(
        "<!-- repo-vitals:state")[0].split()
    # It comes back in an issue of its own, which is to be reviewed too.
    days.day()
    days.day("healthy")
    days.github.now += 6 * DAY
    assert days.day("healthy") == ["comment: review-due", "update-issue"]


@pytest.mark.parametrize("has_history", [True, False])
def test_a_review_that_was_noted_is_not_asked_for(has_history: bool) -> None:
    days = incident()
    days.github.has_history = has_history
    days.day("healthy")
    days.command("reviewed", text="https://example.org/post-mortem")
    assert days.day("healthy") == ["update-issue"]
    noted = memory.from_body(days.issue.body)
    assert [(event.what, event.text, event.who) for event in noted.timeline[-1:]] == [
        ("reviewed", "https://example.org/post-mortem", "ada")]
    days.github.now += 30 * DAY
    assert days.day("healthy") == []


def test_a_reminder_that_was_lost_is_made_up_for_and_one_is_not_due_while_snoozed_or_before_an_end() -> None:
    days = incident()
    days.command("reviewed")
    days.day("healthy")
    days.command("snooze", span=9 * DAY)
    days.github.now += 7 * DAY
    assert "comment: review-due" not in days.day("healthy")
    days.github.now += 2 * DAY
    before = days.issue.body, days.github.history
    assert days.day("healthy") == ["comment: review-due", "update-issue"]
    days.issue.body, days.github.history = before
    assert days.day("healthy") == ["comment: review-due", "update-issue"]
    # The history knows, and the body is brought up to it.
    days.issue.body = before[0]
    assert days.day("healthy") == ["update-issue"]


def test_an_alert_that_was_no_incident_is_not_reviewed() -> None:
    days = fired()
    days.day("healthy")
    days.command("reviewed")
    days.github.now += 8 * DAY
    assert run(days.github, [signal("healthy", days.github.now)], {KEY: LOUD}).writes == ()
