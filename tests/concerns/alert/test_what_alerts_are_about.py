"""When an alert ends, goes on or moves, by what was judged of the things that it is about."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.alert.facts import AlertState, Failed, MonitorsRun, Signal, TakenOver
from repo_vitals.concerns.alert.signals import EVERYTHING
from repo_vitals.concerns.alert.spells import failed_of_all
from repo_vitals.concerns.alert.state import MOST_BLIND, MOST_PROBLEMS
from repo_vitals.report.model import Target
from support.alert_configurations import A, B, asked, failing
from support.alert_policies import Grouped, Reported, Rules
from support.alerts import problem
from support.reports import NOW, finding, metric, report

if TYPE_CHECKING:
    from repo_vitals.report.model import Report


def test_an_alert_ends_only_when_what_was_judged_as_it_failed_is_judged_again() -> None:
    fine = metric("issue_response_sla_ratio", 0.95, samples=20, priority="p2").judged(Target(">=", 0.9))
    nothing = metric("issue_response_sla_ratio", None, priority="p1").judged(Target(">=", 0.9))
    quiet = report(monitor="ci-health", status="unknown", metrics=(fine, nothing))
    as_it_failed = asked("", report(monitor="ci-health", status="fail", metrics=(fine, nothing),
                                    findings=(finding(subject=A),)))[0]["ci-health"]

    def outcome(blind: tuple[str, ...]) -> str:
        firing = AlertState(key="ci-health", phase="firing", severity="high", blind=blind)
        return asked("", quiet, states=(firing,))[0]["ci-health"].outcome

    assert outcome(as_it_failed.blind) == "healthy"
    assert outcome(()) == "unknown"
    assert outcome((EVERYTHING,)) == "healthy"
    # Of more than can be remembered those that are remembered tell.
    assert outcome(tuple(f"{place:016x}" for place in range(MOST_BLIND))) == "healthy"
    assert outcome(tuple(f"f{place:015x}" for place in range(MOST_BLIND))) == "unknown"
    assert asked("", quiet)[0]["ci-health"].outcome == "healthy"


def test_one_alert_about_all_ends_when_each_monitor_that_failed_was_heard_again() -> None:
    def outcome(*reports: Report, toml: str = '[alert]\ngroup-by = "all"', **given: Any) -> tuple[str, bool]:
        firing = AlertState(**{
            "key": "all", "phase": "firing", "monitors": {"ci-health": Failed(severity="high")}, **given})
        found = asked(toml, *reports, states=(firing,))[0]["all"]
        return found.outcome, found.is_moved

    other, well = report(monitor="coverage"), report(monitor="ci-health")
    assert outcome(other) == ("unknown", False)
    assert outcome(other, well) == ("healthy", False)
    assert outcome(other, left_at=NOW) == ("healthy", False)
    assert outcome(other, toml="") == ("unknown", False)
    assert outcome(failing("coverage"), toml="") == ("unknown", False)
    assert outcome(failing(), toml="") == ("healthy", True)


@pytest.mark.parametrize(("given", "carried"), [
    ({}, True), ({"problems": (B,)}, False), ({"phase": "pending"}, False),
    ({"left_at": NOW - timedelta(days=1)}, True),
])
def test_what_fires_under_another_key_goes_on_at_once_when_alerts_are_grouped_otherwise(
        given: dict[str, Any], carried: bool) -> None:
    before = AlertState(**{"key": "ci-health", "phase": "firing", "problems": (A,), **given})
    _, treated = asked('[alert]\ngroup-by = "finding"\nfire-after = "2 of 3"', failing(), states=(before,))

    assert treated[f"ci-health/{A}"].fire_after == ((1, 1) if carried else (2, 3))


@pytest.mark.parametrize(("first", "last"), list(permutations(["monitor", "finding", "all"], 2)))
@pytest.mark.parametrize("gap", [("a", "unknown"), ("", "ab"), ("a", "b and more")])
def test_whichever_run_last_judged_a_problem_it_moves_with_its_alert(
        first: str, last: str, gap: tuple[str, str]) -> None:
    for reports in ([gap], [], [gap, gap]):
        stage = Grouped()
        for happening in (Rules(first), Reported(("a", "ab")), *map(Reported, reports), Rules(last, (9, 9)),
                          Reported(gap), Reported(("a", "ab"))):
            stage.play(happening)
        assert {key.count("/") for key in stage.open} == {1 if last == "finding" else 0}
        stage.rest(("a", "ab"))


def test_one_alert_about_all_remembers_ids_of_each_monitor_though_one_has_more_than_there_is_room_for() -> None:
    many = tuple(replace(problem(f"{number:03}"), monitor="coverage") for number in range(MOST_PROBLEMS + 50))
    signal = Signal(key="all", outcome="failing", at=NOW, monitors=("coverage",), problems=many,
                    runs=(MonitorsRun(monitor="coverage", at=NOW, outcome="failing"),))
    known = failed_of_all(AlertState(key="all", monitors={"ci-health": Failed(severity="high", problems=(A,))}), signal)

    assert known["ci-health"].problems == (A,)
    assert len(known["coverage"].problems) == MOST_PROBLEMS - 1


def test_what_another_run_judged_makes_one_alert_about_all_no_milder_and_a_silence_of_it_does() -> None:
    def severity(toml: str = "", **given: Any) -> str:
        state = AlertState(**{"key": "all", "phase": "firing", "severity": "critical", "monitors": {
            "coverage": Failed(severity="critical", problems=(B,))}, **given})
        return asked('[alert]\ngroup-by = "all"\n' + toml, failing(), states=(state,))[1]["all"].severity

    assert severity() == "critical"
    assert severity(phase="resolved") == "high"
    assert severity(f'[[alert.silence]]\nid = "{B}"\nreason = "x"\nuntil = 2027-01-01') == "high"


def test_a_report_that_lacks_something_makes_an_alert_no_milder() -> None:
    state = AlertState(key="ci-health", phase="firing", severity="critical", problems=(A, B))
    whole = failing()

    assert asked("", whole, states=(state,))[1]["ci-health"].severity == "high"
    lacking = replace(whole, data={"complete": "cut off"})
    assert asked("", lacking, states=(state,))[1]["ci-health"].severity == "critical"


def test_what_people_said_of_an_alert_holds_under_its_new_key_if_they_said_it_of_all_that_it_holds() -> None:
    until, at = NOW + timedelta(days=2), NOW - timedelta(days=1)
    one = AlertState(key=f"ci-health/{A}", phase="firing", problems=(A,), since=at, acknowledged_at=at,
                     acknowledged_by="ann", snoozed_until=until, snoozed_by="mia", level=2)
    other = AlertState(key=f"ci-health/{B}", phase="firing", problems=(B,), since=NOW)
    both = report(monitor="ci-health", status="fail", findings=(finding(subject=A), finding(subject=B)))

    def taken(*states: AlertState, seen: Report = both) -> TakenOver | None:
        return asked("", seen, states=states)[1]["ci-health"].takes_over

    whole = TakenOver(since=at, acknowledged=(at, "ann"), snoozed=(until, "mia"), level=2)
    assert taken(one, seen=failing()) == whole
    assert taken(one) == taken(one, other) == TakenOver(since=at)
    assert taken(one, replace(one, key=other.key, problems=(B,), snoozed_until=NOW + timedelta(days=1))) == replace(
        whole, snoozed=(NOW + timedelta(days=1), "mia"))
    left = replace(other, left_at=at)
    assert taken(left, seen=report(monitor="ci-health", status="fail", findings=(finding(subject=B),))) == TakenOver(
        since=NOW, left_at=at)
    assert taken(left) is None
    assert taken(one, left) == TakenOver(since=at)


def test_a_figures_alert_that_is_over_does_not_come_back_beside_the_finding_that_speaks_of_it() -> None:
    toml = '[alert]\ngroup-by = "finding"'
    ratio = metric("issue_response_sla_ratio", 0.5, samples=20).judged(Target(">=", 0.9))
    [key] = {key for key in asked(toml, report(status="fail", metrics=(ratio,)))[0] if "/" in key}
    both = report(status="fail", metrics=(ratio,), findings=(finding(subject=A),))

    def outcome(phase: Any, *, is_open: bool) -> str:
        before = AlertState(key=key, phase=phase, spells=1)
        return asked(toml, both, states=(before,), known={key: is_open})[0][key].outcome

    assert outcome("resolved", is_open=False) == "healthy"
    assert [outcome("firing", is_open=True), outcome("firing", is_open=False), outcome("pending", is_open=False)] == [
        "failing"] * 3
