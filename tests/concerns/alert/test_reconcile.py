"""Each rule of an alert's life, one at a time: what a run writes, given what the reports say and what is there."""
from __future__ import annotations

import pytest

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.facts import Escalation
from repo_vitals.concerns.alert.policy import Policy, wanted
from repo_vitals.report.model import Target
from support.alerts import DAY, HOUR, KEY, LOUD, SETTINGS, Days, GitHub, carried_out, fired, planned, run, signal
from support.reports import finding, metric, report

# -- beginning and end -------------------------------------------------------------------------------------------

def test_an_alert_fires_when_k_of_the_last_n_runs_that_could_judge_failed():
    days = Days(fire_after=(2, 3))
    assert [days.day(said) for said in ("failing", "healthy", "unknown", "nothing", "healthy", "failing")] == [[]] * 6
    assert days.state.phase == "pending"
    assert days.day("unknown") == []
    assert days.day("failing") == ["create-issue"]
    assert days.state.since == days.github.now - 2 * DAY


def test_healthy_runs_take_a_failing_one_back_though_a_figure_has_never_had_anything_to_measure():
    days = Days()
    policy = Policy(settings=SETTINGS, fire_after=(2, 2))
    nothing = metric("issue_response_sla_ratio", None, priority="p1").judged(Target(">=", 0.9))
    fine = metric("issue_response_sla_ratio", 0.95, samples=3, priority="p2").judged(Target(">=", 0.9))

    def day(*findings):
        days.github.now += DAY
        reports = [report(status="fail" if findings else "unknown", metrics=(nothing, fine), findings=findings,
                          generated_at=days.github.now)]
        signals, treated = wanted(policy, reports, memory.read_all(days.github.history), now=days.github.now)
        return run(days.github, signals, treated).writes

    assert [day(finding()), *(day() for _ in range(4)), day(finding())] == [()] * 6
    assert [write.verb for write in day(finding())] == ["create-issue"]


def test_overdue_escalations_come_one_after_another_with_time_between_them():
    steps = tuple(Escalation(after=span * DAY, labels=(label,))
                  for span, label in ((1, "a"), (3, "b"), (3, "c"), (9, "d")))
    days = fired(escalations=steps)
    days.command("snooze", span=12 * DAY)

    def labels():
        days.day()
        return [label for write in days.plan.writes for label in write.labels]

    assert [label for _ in range(12) for label in labels()] == []
    assert [labels() for _ in range(6)] == [["a"], ["b", "c"], [], [], ["d"], []]
    assert len(days.state.escalated) == 3, "b and c are one step"
    days = fired(escalations=steps)
    assert [labels() for _ in range(9)] == [["a"], [], ["b", "c"], *[[]] * 5, ["d"]]


def test_each_escalation_is_carried_out_once_whatever_others_come_and_go_with_the_severity():
    late = Escalation(after=3 * DAY, labels=("late",))
    urgent = Escalation(after=HOUR, labels=("urgent",), of="critical")

    def labels(days, **given):
        days.day(**given)
        return [label for write in days.plan.writes for label in write.labels]

    days = fired(escalations=(late,))
    assert [labels(days) for _ in range(4)] == [[], [], ["late"], []]
    assert labels(days, severity="critical", escalations=(urgent, late)) == ["urgent"]
    assert labels(days) == []
    days = fired(severity="critical", escalations=(urgent, late))
    assert labels(days) == ["urgent"]
    assert [labels(days, severity="high", escalations=(late,)) for _ in range(3)] == [[], ["late"], []]


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
    assert days.day() == [], "a run like the last"
    assert [event.what for event in days.state.timeline] == ["opened", "worse", "better"]


@pytest.mark.parametrize("has_history", [True, False])
def test_what_time_alone_moves_in_a_text_is_brought_up_to_date_once_a_week(has_history):
    days = fired()
    days.github.has_history = has_history
    assert [days.day() for _ in range(6)] == [[]] * 6
    assert days.day() == ["update-issue"]
    assert days.day() == []
    assert days.day("healthy") == ["close-issue", "comment: closed"]


def test_a_text_that_says_it_is_over_stands_in_no_issue_that_another_run_has_opened_meanwhile():
    days = fired()
    days.close("person")
    days.day()
    healthy = planned(days.github, [signal("healthy", days.github.now + HOUR)])
    days.issue.is_open = True
    for _ in carried_out(days.github, healthy):
        pass
    assert (days.state.phase, days.issue.is_open) == ("resolved", False)


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
