"""One alert from day to day, as its issue and its followers see it."""
from __future__ import annotations

from dataclasses import replace

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.facts import Command
from support.alerts import DAY, HOUR, LOUD, GitHub, run, signal


def test_an_alert_comes_grows_is_snoozed_goes_and_comes_back_in_one_issue():
    github = GitHub()
    severity = "high"
    told: list[str] = []

    def day(outcome: str) -> list[str]:
        github.now += DAY
        treatment = replace(LOUD, severity=severity, fire_after=(2, 3), channels=("chat",))
        plan = run(github, [signal(outcome, github.now)], {"ci-health": treatment})
        told.extend(notice.told.rpartition(" ")[0] or notice.told for notice in plan.notices)
        again = run(github, [signal(outcome, github.now)], {"ci-health": treatment})
        assert (again.writes, again.notices) == ((), ()), "the same reports again"
        return [write.verb for write in plan.writes]

    assert day("healthy") == day("failing") == []           # one blip is no alert
    assert day("failing") == ["create-issue"]
    issue = github.issues[0]
    severity = "critical"
    assert day("failing") == ["comment", "update-issue"]    # worse
    issue.commands.append(Command(id="1", kind="snooze", who="ada", at=github.now + HOUR, span=2 * DAY))
    assert day("failing") == ["update-issue"]               # snoozed: its text says so
    assert day("failing") == []
    assert day("failing") == ["update-issue"]               # the snooze is over, and nothing is worse than it was
    assert day("healthy") == ["close-issue", "comment"]     # fixed
    assert day("failing") == ["reopen-issue", "comment"]    # back within a day
    assert [one.number for one in github.issues] == [1]
    assert issue.is_open
    assert issue.comments == ["worse", "closed", "reopened"]
    assert told == ["firing high", "firing critical", "resolved", "firing critical"]
    state = memory.read_all(github.history)["ci-health"]
    assert (state.spells, state.number) == (2, 1)
    assert [event.what for event in state.timeline] == [
        "opened", "worse", "snoozed", "woken", "closed", "reopened"]
