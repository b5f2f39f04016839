"""Each rule of an alert's life, one at a time: what a run writes, given what the reports say and what is there."""
from __future__ import annotations

from dataclasses import replace

import pytest

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.facts import Command, Escalation
from repo_vitals.concerns.alert.state import MOST_PROBLEMS
from support.alerts import DAY, HOUR, LOUD, SETTINGS, GitHub, carried_out, planned, run, signal

KEY = "ci-health"


class Days:
    """A GitHub on which a run takes place each day; `day` gives the verbs of what it wrote."""

    def __init__(self, **treatment) -> None:
        self.github = GitHub()
        self.treatment = replace(LOUD, **treatment)

    def day(self, outcome: str = "failing", *, problems=("a",), **treatment) -> list[str]:
        self.github.now += DAY
        self.said = [] if outcome == "nothing" else [signal(outcome, self.github.now, problems=problems)]
        return self.again(**treatment)

    def again(self, **treatment) -> list[str]:
        self.treatment = replace(self.treatment, **treatment)
        self.plan = run(self.github, self.said, {KEY: self.treatment})
        return [f"comment: {write.comment}" if write.verb == "comment" else write.verb for write in self.plan.writes]

    def command(self, kind: str, **given) -> None:
        at = self.github.now + HOUR
        self.issue.commands.append(Command(id=f"{at}{kind}", kind=kind, who="ada", at=at, **given))

    def close(self, closer: str) -> None:
        self.github.now += HOUR
        self.github.close(self.issue, closer)

    @property
    def issue(self):
        return self.github.issues[-1]

    @property
    def state(self):
        return memory.read_all(self.github.history)[KEY]


def fired(**treatment) -> Days:
    days = Days(**treatment)
    assert days.day() == ["create-issue"]
    return days


# -- beginning and end -------------------------------------------------------------------------------------------

def test_an_alert_fires_when_k_of_the_last_n_runs_that_could_judge_failed():
    days = Days(fire_after=(2, 3))
    assert [days.day(said) for said in ("failing", "healthy", "unknown", "nothing", "healthy", "failing")] == [[]] * 6
    assert days.state.phase == "pending"
    assert days.day("unknown") == []
    assert days.day("failing") == ["create-issue"]
    assert days.state.since == days.github.now - 2 * DAY


def test_the_issue_is_opened_once_with_labels_and_assignees_and_the_same_reports_again_write_nothing():
    days = Days(labels=("alert", "priority-high"), assignees=("ada",), fire_after=(1, 1))
    assert days.day() == ["create-issue"]
    made = days.plan.writes[0]
    assert (made.labels, made.assignees, made.title) == (("alert", "priority-high"), ("ada",), "ci-health: 1 problems")
    days.github.now += HOUR
    assert days.again() == []
    assert len(days.state.recent) == 1


def test_other_problems_change_the_text_in_place_and_only_severity_is_told():
    days = fired()
    assert days.day(problems=("a", "b")) == ["update-issue"]
    assert "Problem b" in days.issue.body
    assert days.day(severity="critical") == ["comment: worse", "update-issue"]
    assert days.day(severity="medium") == ["comment: better", "update-issue"]
    assert days.day() == ["update-issue"]
    assert [event.what for event in days.state.timeline] == ["opened", "worse", "better"]


def test_it_is_over_after_so_many_healthy_runs_in_a_row_and_then_closed_with_its_text_in_one_call():
    days = fired(resolve_after=2)
    assert days.day("healthy") == ["update-issue"]
    assert days.again() == []
    assert days.day() == ["update-issue"]
    assert days.day("healthy") == ["update-issue"]
    assert days.day("unknown") == ["update-issue"]
    assert days.day("healthy") == ["close-issue", "comment: closed"]
    closing = days.plan.writes[0]
    assert closing.reason == "completed"
    assert closing.body.startswith("<!-- repo-vitals:alert:ci-health -->\n\nresolved")
    assert not days.issue.is_open


def test_what_comes_back_within_a_week_opens_its_issue_again_and_counts():
    days = fired()
    days.day("healthy")
    days.github.now += 6 * DAY
    assert days.day() == ["reopen-issue", "comment: reopened"]
    assert (days.state.spells, days.state.number, days.state.fired_at) == (2, 1, days.github.now)


def test_what_comes_back_later_gets_an_issue_of_its_own_that_names_the_earlier_one():
    days = fired()
    days.day("healthy")
    days.github.now += 7 * DAY
    assert days.day() == ["create-issue"]
    assert (days.state.number, days.state.earlier) == (2, 1)
    assert "earlier: `1`" in days.issue.body


def test_what_cannot_be_judged_neither_fires_nor_resolves_and_nothing_said_changes_nothing():
    days = Days()
    assert days.day("unknown") == []
    days.day()
    assert days.day("unknown") == ["update-issue"]
    assert days.day("nothing") == []
    assert days.issue.is_open


def test_what_cannot_be_judged_three_runs_in_a_row_is_an_alert_until_it_can():
    days = Days()
    assert [days.day(said) for said in ("unknown", "unknown", "healthy", "unknown", "unknown", "nothing")] == [[]] * 6
    assert days.again() == []
    assert days.day("unknown") == ["create-issue"]
    assert days.issue.key == "unknown/ci-health"
    assert days.day("healthy") == ["close-issue", "comment: closed"]


def test_reports_that_newer_ones_have_overtaken_say_nothing():
    days = fired()
    late = signal("healthy", days.github.now - HOUR)
    assert run(days.github, [late], {KEY: LOUD}).writes == ()
    assert len(days.state.recent) == 1


def test_an_alert_that_fires_is_never_forgotten_and_a_finding_that_is_gone_after_a_while_is():
    github, key = GitHub(), "coverage/00000000000000ab"
    run(github, [signal("failing", github.now, key=key)])
    github.now += 100 * DAY
    run(github, [])
    assert memory.read_all(github.history)[key].phase == "firing"
    for _ in range(4):
        github.now += 40 * DAY
        run(github, [signal("healthy", github.now, key=key), signal("healthy", github.now)])
    assert list(memory.read_all(github.history)) == [KEY, "unknown/ci-health"]


# -- people ------------------------------------------------------------------------------------------------------

def test_what_a_person_closed_rests_until_it_is_graver():
    days = fired()
    days.close("person")
    assert days.day(problems=("a", "b")) == []
    assert days.state.left_at == days.issue.closed_at
    assert days.day(severity="medium") == days.day(severity="high") == []
    assert days.day(severity="critical") == ["reopen-issue", "comment: worse"]
    assert (days.state.left_at, days.state.spells) == (None, 1)


def test_what_a_person_closed_comes_back_once_it_was_healthy_whatever_the_threshold():
    days = fired(resolve_after=3)
    days.close("person")
    assert days.day("healthy") == ["update-issue"]
    assert days.issue.comments == []
    assert days.day() == ["reopen-issue", "comment: reopened"]


def test_what_a_bot_closed_while_it_fires_is_opened_again_without_a_word():
    days = fired()
    days.close("bot")
    assert days.day("unknown") == []
    assert days.day() == ["reopen-issue"]
    assert days.state.timeline[-1].what == "kept"


def test_what_a_person_opened_again_while_it_is_healthy_stays_open_until_it_has_come_and_gone():
    days = fired()
    days.day("healthy")
    days.issue.is_open = True
    assert days.day("healthy") == []
    assert len(days.plan.notes) == 1
    assert days.plan.notes[0].startswith("#1 is open though nothing fires: a person opened it again, so it stays until")
    assert days.day() == ["comment: reopened", "update-issue"]
    assert days.day("healthy") == ["close-issue", "comment: closed"]


def test_a_persons_reopening_ends_their_leaving_it():
    days = fired()
    days.close("person")
    days.day()
    days.issue.is_open = True
    assert days.day() == ["update-issue"]
    assert days.state.left_at is None


def test_titles_of_people_stay_and_ours_follow_what_fails():
    days = fired()
    days.day(problems=("a", "b"))
    assert days.issue.title == "ci-health: 2 problems"
    days.issue.title = "Look at this"
    days.day(problems=("a", "b", "c"))
    assert days.issue.title == "Look at this"


def test_a_locked_issue_is_kept_up_to_date_and_closed_without_comments_and_the_report_says_so():
    days = fired()
    days.issue.is_locked = True
    assert days.day(severity="critical") == ["update-issue"]
    assert days.plan.notes == ("#1 is locked, so that no comment tells what became of it; its text does",)
    assert days.day("healthy") == ["close-issue"]


@pytest.mark.parametrize("loss", ["deleted", "marker taken out"])
def test_an_issue_that_is_no_longer_ours_is_left_alone_and_a_new_one_is_made(loss):
    days = fired()
    if loss == "deleted":
        days.github.issues.clear()
    else:
        days.issue.body = f"Mine\n{days.issue.body}"
    assert days.day() == ["create-issue"]
    assert days.state.number == 2
    assert days.again() == []


def test_of_two_open_issues_of_a_key_the_lower_stays_and_the_other_is_found_no_more():
    days = fired()
    other = days.github.make(days.issue.title, days.issue.body, "us")
    assert days.again()[0] == "close-issue"
    assert other.comments == ["This alert goes on in #1, so this issue is closed as its duplicate."]
    closing = days.plan.writes[0]
    assert (closing.number, closing.reason) == (2, "duplicate")
    assert other.key is None
    other.is_open = True
    assert days.again() == []


def test_an_open_issue_that_was_robbed_of_its_state_is_taken_for_a_firing_alert():
    days = fired()
    days.github.history = ""
    days.issue.body = memory.marker(KEY)
    assert days.day("unknown") == []
    assert days.day() == ["update-issue"]
    days.github.history = ""
    days.issue.body = memory.marker(KEY)
    assert days.day("healthy") == ["close-issue", "comment: closed"]


def test_a_body_as_github_gives_it_back_is_no_change():
    days = fired()
    days.issue.body = days.issue.body.replace("\n", "\r\n") + "\r\n"
    assert days.again() == []


# -- silence -----------------------------------------------------------------------------------------------------

def test_a_snoozed_alert_says_so_in_its_text_and_nowhere_else_and_tells_afterwards_what_got_worse():
    days = fired(channels=("chat",))
    days.command("snooze", span=3 * DAY)
    assert days.day(severity="critical") == ["update-issue"]
    assert days.plan.notices == ()
    assert (days.state.snoozed_by, days.state.severity) == ("ada", "high")
    assert days.day() == days.day() == ["update-issue"]
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
        Escalation(after=3 * DAY, assignees=("boss",), channels=("pager",))))
    assert days.day() == ["add-labels", "comment: escalated", "update-issue"]
    assert days.day() == ["update-issue"]
    assert days.day() == ["assign", "comment: escalated", "update-issue"]
    assert [notice.channel for notice in days.plan.notices] == ["pager"]
    other = fired(escalations=(Escalation(after=2 * DAY, labels=("escalated",)),))
    other.command("acknowledge")
    assert [other.day(), other.day(), other.day()] == [["update-issue"]] * 3
    assert other.state.acknowledged_by == "ada"


def test_an_alert_that_goes_on_is_repeated_at_the_interval_and_counted_from_what_was_said_last():
    days = fired(repeat_every=2 * DAY, channels=("chat",))
    days.day(severity="critical")
    assert days.day() == ["update-issue"]
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
