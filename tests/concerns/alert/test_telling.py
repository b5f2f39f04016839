"""Who is told of an alert, when and how often: silences, commands of people, escalation, channels, and what is kept."""
from __future__ import annotations

from dataclasses import replace

import pytest

from repo_vitals.concerns.alert.facts import Command, Escalation
from repo_vitals.concerns.alert.state import MOST_PROBLEMS
from support.alerts import DAY, HOUR, KEY, LOUD, SETTINGS, Days, GitHub, carried_out, fired, planned, run, signal

# -- silence -----------------------------------------------------------------------------------------------------

def test_a_snoozed_alert_says_so_in_its_text_and_nowhere_else_and_tells_afterwards_what_got_worse():
    days = fired(channels=("chat",))
    days.command("snooze", span=3 * DAY)
    assert days.day(severity="critical") == ["update-issue"]
    assert days.plan.notices == ()
    assert (days.state.snoozed_by, days.state.severity) == ("ada", "high")
    assert days.day() == days.day() == []
    assert days.day() == ["comment: worse", "update-issue"]
    assert [notice.told[:15] for notice in days.plan.notices] == ["firing critical"]
    assert days.state.snoozed_until is None
    assert days.again() == []


def test_a_snooze_ends_when_a_person_says_so_and_no_command_is_obeyed_twice():
    days = fired()
    days.command("snooze", span=30 * DAY)
    days.day()
    days.command("wake")
    assert days.day(severity="critical") == ["comment: worse", "update-issue"]
    assert [event.what for event in days.state.timeline] == ["opened", "snoozed", "woken", "worse"]


@pytest.mark.parametrize("quiet", [{"inhibited_by": "service-health"}, {"silenced_until": GitHub().now + 90 * DAY}])
def test_a_silenced_or_inhibited_alert_opens_nothing_until_it_may_and_still_closes(quiet):
    days = Days(**quiet)
    assert days.day() == days.day() == []
    assert days.state.phase == "firing"
    assert days.day(inhibited_by="", silenced_until=None) == ["create-issue"]
    assert days.day("healthy", **quiet) == ["close-issue"]


# -- commands, escalation, repetition ----------------------------------------------------------------------------

def test_an_alert_that_nobody_acknowledges_is_escalated_each_step_once():
    days = fired(channels=("chat",), escalations=(
        Escalation(after=DAY, labels=("escalated",)),
        Escalation(after=3 * DAY, assignees=("boss",), channels=("pager", "chat"))))
    assert days.day() == ["add-labels", "comment: escalated", "update-issue"]
    assert days.plan.notices == ()
    assert days.day() == []
    assert days.day() == ["assign", "comment: escalated", "update-issue"]
    assert [notice.channel for notice in days.plan.notices] == ["chat", "pager"]    # also who knew of the alert
    days.again()
    assert days.plan.notices == ()
    other = fired(escalations=(Escalation(after=2 * DAY, labels=("escalated",)),))
    other.command("acknowledge")
    assert [other.day(), other.day(), other.day()] == [["update-issue"], [], []]
    assert other.state.acknowledged_by == "ada"
    other.day("healthy")
    other.day()
    assert (other.state.acknowledged_by, other.state.escalated) == ("", ()), "what comes back is nobody's yet"


def test_an_alert_that_can_t_be_judged_any_more_is_escalated_all_the_same():
    step = Escalation(after=2 * DAY, labels=("escalated",), channels=("pager",))
    days = fired(channels=("chat",), escalations=(step,))
    assert days.day("unknown") == ["update-issue"]
    assert days.day("unknown") == ["add-labels", "comment: escalated", "update-issue"]
    assert [notice.channel for notice in days.plan.notices] == ["pager"]
    assert days.again() == []
    assert days.plan.notices == ()
    fine = fired(resolve_after=9, escalations=(step,))
    assert [verb for _ in range(3) for verb in fine.day("healthy") if verb != "update-issue"] == []


def test_an_alert_that_goes_on_is_repeated_at_the_interval_and_counted_from_what_was_said_last():
    days = fired(repeat_every=2 * DAY, channels=("chat",))
    days.day(severity="critical")
    assert days.day() == []
    assert days.day() == ["comment: repeated", "update-issue"]
    assert len(days.plan.notices) == 1
    assert days.again() == []


def test_what_a_person_resolves_is_closed_as_if_that_person_had_closed_it():
    days = fired()
    days.command("resolve", text="The mirror is back")
    assert days.day() == ["close-issue"]
    last = days.state.timeline[-1]
    assert (last.what, last.text, last.who) == ("resolved", "The mirror is back", "ada")
    assert days.day() == []
    assert days.day(severity="critical") == ["reopen-issue", "comment: worse"]


def test_a_command_of_an_earlier_spell_acknowledges_and_ends_nothing_now():
    days = fired()
    days.github.now += HOUR
    old = days.github.now
    days.day("healthy")
    days.day()
    for kind in ("acknowledge", "resolve", "severity"):
        days.issue.commands.append(Command(id=kind, kind=kind, who="ada", at=old, level=1))
    assert days.day() == ["update-issue"]
    assert (days.state.acknowledged_at, days.state.level) == (None, None)


# -- channels ----------------------------------------------------------------------------------------------------

def test_channels_hear_what_is_new_once_and_of_the_end():
    days = fired(channels=("chat", "mail"))
    assert [notice.channel for notice in days.plan.notices] == ["chat", "mail"]
    days.day(problems=("a", "b"))
    assert days.plan.notices == ()
    days.day("healthy")
    assert [notice.channel for notice in days.plan.notices] == ["chat", "mail"]
    assert {notice.told for notice in days.plan.notices} == {"resolved"}
    days.day()
    assert len(days.plan.notices) == 2


def test_in_quiet_hours_channels_hear_nothing_and_afterwards_what_still_holds():
    days = fired(channels=("chat",), quiet_until=GitHub().now + 2 * DAY)
    assert days.plan.notices == ()
    days.again(quiet_until=None)
    assert [notice.channel for notice in days.plan.notices] == ["chat"]
    gone = fired(channels=("chat",), quiet_until=GitHub().now + 90 * DAY)
    gone.day("healthy", quiet_until=None)
    assert gone.plan.notices == ()


def test_a_repeat_that_falls_into_quiet_hours_is_told_once_after_them_and_its_end_is_told_too():
    days = fired(repeat_every=DAY, channels=("chat",))
    assert days.day(quiet_until=GitHub().now + 90 * DAY) == ["comment: repeated", "update-issue"]
    assert days.plan.notices == ()
    assert days.again() == []
    days.again(quiet_until=None)
    assert [notice.told[:11] for notice in days.plan.notices] == ["firing high"]
    assert days.again() == []
    assert days.plan.notices == ()
    days.day(quiet_until=GitHub().now + 90 * DAY)
    days.day("healthy", quiet_until=None)
    assert [notice.told for notice in days.plan.notices] == ["resolved"]


def test_what_ended_in_silence_is_told_once_it_may_be_and_remembered_by_the_closed_issue():
    days = fired(channels=("chat",))
    days.github.has_history = False
    assert days.day("healthy", inhibited_by="service-health") == ["close-issue"]
    assert days.plan.notices == ()
    assert days.day("healthy", inhibited_by="") == ["update-issue"]
    assert [notice.told for notice in days.plan.notices] == ["resolved"]
    assert days.day("healthy") == []
    assert days.plan.notices == ()


def test_a_channel_that_was_not_reached_hears_of_it_in_the_next_run():
    days = Days(channels=("chat", "mail"))
    days.github.now += DAY
    days.said = [signal("failing", days.github.now)]
    plan = planned(days.github, days.said, {KEY: days.treatment})
    for _ in carried_out(days.github, plan, deaf=frozenset({"mail"})):
        pass
    days.github.now += HOUR
    assert days.again() == []
    assert [notice.channel for notice in days.plan.notices] == ["mail"]


# -- memory ------------------------------------------------------------------------------------------------------

def test_without_a_history_the_body_alone_remembers_and_an_alert_fires_at_its_first_failing_run():
    days = Days(fire_after=(3, 3), resolve_after=2)
    days.github.has_history = False
    assert days.day() == ["create-issue"]
    assert days.plan.notes[0].startswith("no history is kept, so that earlier runs are not known: an alert fires at")
    assert days.again() == []
    assert days.day("healthy") == ["update-issue"]
    assert days.day("healthy") == ["close-issue", "comment: closed"]
    assert days.day() == ["reopen-issue", "comment: reopened"]


def test_a_run_is_named_in_the_text_only_where_it_changed_something():
    days = Days()
    for number in (1, 2):
        plan = run(days.github, [signal("failing")], {KEY: LOUD},
                   replace(SETTINGS, run_url=f"https://github.com/octo/widgets/actions/runs/{number}"))
        assert len(plan.writes) == 2 - number
    assert "runs/1" in days.issue.body


def test_more_problems_than_are_remembered_change_nothing_but_the_text():
    days = fired()
    assert days.day(problems=[f"{number:016x}" for number in range(MOST_PROBLEMS + 50)]) == ["update-issue"]
    assert len(days.state.problems) == MOST_PROBLEMS
    assert days.again() == []
