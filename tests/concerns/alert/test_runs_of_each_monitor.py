"""One alert about all counts the runs of each monitor by themselves: failing ones fire it, healthy ones end it."""
from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.hearing import as_heard
from repo_vitals.concerns.alert.policy import wanted
from repo_vitals.concerns.alert.reconcile import reconcile
from repo_vitals.delivery import pace
from support.alert_configurations import policy
from support.alert_scene import AlertScene, alert
from support.alert_scene import failing as fails
from support.alert_scene import passing as passes
from support.alerts import HOUR, SETTINGS, START, GitHub, Words, carried_out
from support.reports import finding, report

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

HOURLY, DAILY = "ci-health", "security-summary"


class All:
    """One alert about all, an hour after another. `hear` gives whether it is open; F fails, h is healthy, - unknown."""

    def __init__(self, fire_after: str = "2", resolve_after: int = 1, more: str = "") -> None:
        self.github = GitHub(now=START)
        self.toml = f'[alert]\ngroup-by = "all"\nfire-after = "{fire_after}"\nresolve-after = {resolve_after}\n{more}'
        self.kept: dict[str, Any] = {}

    def hear(self, **said: str) -> bool:
        """With "again" the report of a monitor that an earlier run has read is read once more."""
        self.github.now += HOUR
        for monitor, outcome in said.items():
            if outcome != "again":
                self.kept[monitor] = _report(monitor.replace("_", "-"), outcome, self.github.now)
        return self.read([self.kept[monitor] for monitor in said])

    def read(self, reports: list[Any]) -> bool:
        issues, states, now = self.github.read(), memory.read_all(self.github.history), self.github.now
        known = as_heard(memory.merged(states, issues, now=now), issues, now)
        signals, treated = wanted(policy(self.toml), reports, known, now=now, known={
            one.key: one.is_open for one in sorted(issues, key=lambda one: one.is_open)})
        self.plan = reconcile(signals, treated, states, issues, now=now, settings=SETTINGS, texts=Words())
        for _ in carried_out(self.github, self.plan):
            pass
        return bool(self.github.ours("all", is_open=True))

    def downgrade(self) -> None:
        """What is remembered as it was before the runs of each monitor were."""
        self.github.history = _without_rows(self.github.history)
        for issue in self.github.issues:
            issue.body = _without_rows(issue.body)


def _without_rows(text: str) -> str:
    lines = []
    for line in text.split("\n"):
        begin, end = (memory.STATE, " -->") if line.startswith(memory.STATE) else ("", "")
        if "{" in line:
            found = json.loads(line.removeprefix(begin).removesuffix(end))
            found.pop("rows", None)
            line = f"{begin}{json.dumps(found)}{end}"
        lines.append(line)
    return "\n".join(lines)


def _report(monitor: str, outcome: str, at: datetime) -> Any:
    if outcome == "-":
        return report(monitor=monitor, status="unknown", generated_at=at)
    found = (finding(subject=f"{monitor} is red"),) if outcome == "F" else ()
    return report(monitor=monitor, status="fail" if found else "pass", generated_at=at, findings=found)


# -- fire-after --------------------------------------------------------------------------------------------------

def test_two_monitors_that_failed_once_each_are_not_one_that_failed_twice() -> None:
    stage = All("2")
    assert not stage.hear(ci_health="F")
    assert not stage.hear(security_summary="F")
    assert stage.hear(security_summary="F")


def test_another_monitors_healthy_runs_end_no_row_of_failing_ones() -> None:
    stage = All("2")
    assert not stage.hear(security_summary="F")
    assert not any(stage.hear(ci_health="h") for _ in range(5))
    assert stage.hear(security_summary="F")


def test_k_of_the_last_n_runs_are_a_monitors_own_too() -> None:
    stage = All("2 of 3")
    assert [stage.hear(ci_health=one, security_summary=other) for one, other in ("Fh", "hF", "hh", "hF", "FF")] == [
        False, False, False, True, True]


def test_a_report_that_is_read_again_beside_newer_ones_of_others_is_the_same_run() -> None:
    stage = All("2")
    assert not stage.hear(security_summary="F", ci_health="h")
    assert not any(stage.hear(security_summary="again", ci_health="h") for _ in range(4))
    assert stage.hear(security_summary="F")


def test_a_monitor_that_can_t_be_judged_by_a_report_that_is_read_again_was_so_once() -> None:
    stage = All()
    for said in ("-", *["again"] * 4):
        stage.hear(security_summary=said, ci_health="h")
    assert stage.github.ours(f"unknown/{DAILY}") == []


def test_what_a_route_says_of_a_monitors_gravest_problem_counts_for_its_own_runs() -> None:
    stage = All("3", more='[[alert.route]]\nmonitor = "ci-health"\nseverity = "critical"\nfire-after = "2"')
    assert not stage.hear(security_summary="F")
    assert not stage.hear(security_summary="F", ci_health="F")
    assert stage.hear(ci_health="F")


# -- resolve-after -----------------------------------------------------------------------------------------------

def test_it_ends_when_each_monitor_that_had_failed_was_healthy_in_so_many_runs_of_its_own() -> None:
    stage = All("1", 2)
    assert stage.hear(ci_health="F", security_summary="F")
    assert stage.hear(ci_health="h")
    assert stage.hear(security_summary="h")
    assert stage.hear(ci_health="h"), "the other one was healthy once"
    assert not stage.hear(security_summary="h")


def test_healthy_runs_of_a_monitor_that_never_failed_end_nothing() -> None:
    stage = All("1", 2)
    assert stage.hear(security_summary="F", ci_health="h")
    assert stage.hear(security_summary="h", ci_health="h")
    assert all(stage.hear(ci_health="h") for _ in range(5))
    assert all(stage.hear(ci_health="h", security_summary="again") for _ in range(5))
    assert not stage.hear(security_summary="h")


def test_what_failed_before_this_trouble_began_is_not_waited_for() -> None:
    stage = All("2", 2)
    assert [stage.hear(security_summary=one) for one in "Fh"] == [False, False]
    assert [stage.hear(ci_health=one) for one in "FFhh"] == [False, True, True, False]


def test_runs_with_nothing_new_write_nothing_however_many_healthy_ones_another_monitor_has() -> None:
    stage = All("1", 2)
    stage.hear(ci_health="F", security_summary="F")
    stage.hear(ci_health="h")
    stage.hear(ci_health="h")
    for _ in range(30):
        assert stage.hear(ci_health="h")
        assert stage.plan.writes == ()


# -- an upgrade --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("fire_after", ["1", "2", "2 of 3"])
@pytest.mark.parametrize("resolve_after", [1, 2, 3])
@pytest.mark.parametrize("before", ["F", "FF", "FFh", "FFhh", "FFhhh", "FFhF", "Fh", "h"])
def test_what_was_remembered_before_closes_and_opens_nothing_that_would_not_have(
        fire_after: str, resolve_after: int, before: str) -> None:
    steady, upgraded = All(fire_after, resolve_after), All(fire_after, resolve_after)
    for stage in (steady, upgraded):
        was_open = [stage.hear(ci_health=one, security_summary="h") for one in before][-1]
    upgraded.downgrade()
    assert upgraded.hear(ci_health="again", security_summary="again") == was_open
    assert {write.verb for write in upgraded.plan.writes} <= {"update-issue"}, "its text may remember more now"
    for outcome in "hhFF":
        steady_is_open = steady.hear(ci_health=outcome, security_summary="h")
        is_open = upgraded.hear(ci_health=outcome, security_summary="h")
        if was_open:
            assert is_open == steady_is_open
        assert is_open <= steady_is_open, "it opened too early"
        was_open = is_open
    assert upgraded.hear(ci_health="F", security_summary="h"), "three in a row fire under each of these rules"


def test_what_was_pending_before_the_upgrade_counts_once_for_each_monitor_that_failed() -> None:
    stage = All("2")
    stage.hear(security_summary="F")
    stage.downgrade()
    assert not stage.hear(ci_health="F")
    assert stage.hear(security_summary="F")


# -- by the command ----------------------------------------------------------------------------------------------

def test_the_command_opens_its_one_alert_when_one_monitor_has_failed_twice(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impatient: None) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)
    scene = AlertScene()
    github = simulated(scene)

    def states(*made: Any) -> list[str]:
        ended = alert(github, tmp_path, *made, group_by="all", fire_after="2", resolve_after="2",
                      history=str(tmp_path / "history"))
        assert ended.code == 0, ended.stdout[-2000:]
        scene.later(hours=1)
        return [one.state for one in scene.alerts]

    assert states(fails(HOURLY, at=scene.now)) == []
    daily = fails(DAILY, at=scene.now)
    assert states(daily) == []
    assert states(daily, passes(HOURLY, at=scene.now + timedelta(minutes=1))) == []
    assert states(fails(DAILY, at=scene.now)) == ["OPEN"]
    assert states(passes(DAILY, at=scene.now)) == ["OPEN"]
    assert states(passes(HOURLY, at=scene.now)) == ["OPEN"]
    assert states(passes(DAILY, at=scene.now)) == ["CLOSED"]
