"""What reports say, as signals."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.alert.signals import signals
from repo_vitals.concerns.alert.spells import unjudged
from repo_vitals.report.model import Target
from support.reports import NOW, finding, metric, report

if TYPE_CHECKING:
    from repo_vitals.concerns.alert.facts import Problem, Signal
    from repo_vitals.report.model import Report

A, B = "a" * 16, "b" * 16


def own(problem: Problem) -> Any:
    return problem.severity


def signals_of(*reports: Report, group_by: str = "monitor", **given: Any) -> dict[str, Signal]:
    found = signals(reports, **{"group_by": group_by, "alert_from": "high", "severity": own, "now": NOW, **given})
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


FAILING = report(monitor="ci-health", status="fail", summary="1 of 2 fails",
                 findings=(finding(subject=A, labels={"workflow": "ci.yml"}), finding(subject=B, severity="low")))


def test_a_report_with_a_grave_finding_fails_and_one_without_is_healthy() -> None:
    found = signals_of(FAILING, report())

    assert {key: one.outcome for key, one in found.items()} == {"ci-health": "failing", "community-metrics": "healthy"}
    assert [problem.id for problem in found["ci-health"].problems] == [A]
    assert found["ci-health"].severity == "high"


def test_the_mildest_severity_that_alerts_is_the_users_choice() -> None:
    assert [problem.id for problem in signals_of(FAILING, alert_from="low")["ci-health"].problems] == [A, B]
    assert signals_of(FAILING, alert_from="critical")["ci-health"].outcome == "healthy"


def test_a_rule_of_the_users_decides_before_the_choice() -> None:
    def risen(problem: Problem) -> Any:
        return "critical" if problem.id == B else "info"

    found = signals_of(FAILING, severity=risen)["ci-health"]

    assert [(problem.id, problem.severity) for problem in found.problems] == [(B, "critical")]


def test_a_figure_beyond_its_target_is_a_problem_where_no_finding_speaks_of_it() -> None:
    ratio = metric("issue_response_sla_ratio", 0.5, samples=20, priority="p1").judged(Target(">=", 0.9))
    alone = signals_of(report(status="fail", metrics=(ratio,)))["community-metrics"]
    told = signals_of(report(status="fail", metrics=(ratio,), findings=(
        finding(subject=A, labels={"priority": "p1"}),)))["community-metrics"]
    other = signals_of(report(status="fail", metrics=(ratio,), findings=(
        finding(subject=A, labels={"priority": "p2"}),)))["community-metrics"]

    assert [problem.rule for problem in alone.problems] == ["target"]
    assert "50" in alone.problems[0].title
    assert "90" in alone.problems[0].title
    assert [problem.id for problem in told.problems] == [A]
    assert len(other.problems) == 2


def test_by_finding_a_figure_that_has_an_alert_fails_on_though_a_finding_comes_that_may_speak_of_it() -> None:
    ratio = metric("issue_response_sla_ratio", 0.5, samples=20).judged(Target(">=", 0.9))
    [key] = {key for key in signals_of(report(status="fail", metrics=(ratio,)), group_by="finding") if "/" in key}
    both = report(status="fail", metrics=(ratio,), findings=(finding(subject=A),))

    assert key not in signals_of(both, group_by="finding")
    assert signals_of(both, group_by="finding", known={key})[key].outcome == "failing"
    assert signals_of(report(), group_by="finding", known={key})[key].outcome == "healthy"
    assert signals_of(both, group_by="finding", known={key}, over={key})[key].outcome == "healthy"


def test_a_figures_problem_keeps_its_id_while_its_value_moves() -> None:
    def one(value: float) -> str:
        ratio = metric("issue_response_sla_ratio", value, samples=20, priority="p1").judged(Target(">=", 0.9))
        return signals_of(report(status="fail", metrics=(ratio,)))["community-metrics"].problems[0].id

    assert one(0.5) == one(0.6)


def test_what_could_not_be_judged_is_unknown_and_never_healthy() -> None:
    assert signals_of(report(status="unknown"))["community-metrics"].outcome == "unknown"
    assert signals_of(report(data={"complete": "the rules were not applied"}))["community-metrics"].outcome == "unknown"
    assert signals_of(unusable={"coverage": "it is damaged"})["coverage"].outcome == "unknown"
    assert signals_of(unusable={"coverage": "it is damaged"})["coverage"].said == ("it is damaged",)


def test_what_fails_is_told_though_the_rest_could_not_be_judged() -> None:
    assert signals_of(replace(FAILING, data={"complete": "cut off"}))["ci-health"].outcome == "failing"


def test_of_two_reports_of_a_monitor_the_newer_counts() -> None:
    newer = report(monitor="ci-health", generated_at=NOW + timedelta(hours=1))

    assert signals_of(newer, FAILING)["ci-health"].outcome == "healthy"
    assert signals_of(newer, FAILING)["ci-health"].at == newer.generated_at


def test_no_report_says_nothing() -> None:
    assert signals_of(known={"ci-health", "all"}) == {}


def test_by_finding_each_has_its_own_and_one_that_is_gone_is_healthy() -> None:
    found = signals_of(FAILING, group_by="finding", known={f"ci-health/{B}", "coverage/" + B})

    assert {key: one.outcome for key, one in found.items()} == {
        f"ci-health/{A}": "failing", f"ci-health/{B}": "healthy", "ci-health": "healthy"}


NOTHING = metric("issue_response_sla_ratio", None, priority="p1").judged(Target(">=", 0.9))
FINE = metric("issue_response_sla_ratio", 0.95, samples=20, priority="p2").judged(Target(">=", 0.9))


def test_by_finding_one_that_is_gone_from_a_report_that_lacks_something_is_unknown() -> None:
    found = signals_of(replace(FAILING, data={"complete": "cut off"}), group_by="finding", known={f"ci-health/{B}"})

    assert found[f"ci-health/{B}"].outcome == "unknown"


def test_a_figure_of_which_there_was_nothing_to_measure_makes_a_report_no_unknown_one_by_itself() -> None:
    quiet = signals_of(report(status="unknown", metrics=(NOTHING, FINE)))["community-metrics"]

    assert quiet.outcome == "healthy"
    assert len(quiet.blind) == 1
    assert signals_of(report(status="unknown", metrics=(NOTHING,)))["community-metrics"].outcome == "unknown"
    assert signals_of(report(status="pass", metrics=(FINE,)))["community-metrics"].blind == ()


def test_all_together_name_only_what_fails() -> None:
    found = signals_of(FAILING, report(), group_by="all")["all"]

    assert (found.outcome, found.monitors, found.said) == ("failing", ("ci-health",), ("1 of 2 fails",))


def test_all_together_are_unknown_where_one_is_and_none_fails() -> None:
    assert signals_of(report(), unusable={"coverage": "lost"}, group_by="all")["all"].outcome == "unknown"


def test_what_was_grouped_otherwise_before_is_over() -> None:
    known = {"all", f"ci-health/{A}", "unknown/ci-health", "coverage/" + A}
    found = signals_of(FAILING, known=known)

    assert {key: one.outcome for key, one in found.items()} == {
        "ci-health": "failing", "all": "healthy", f"ci-health/{A}": "healthy"}
    assert found["all"].said == ("alerts are grouped by monitor now",)
    assert (found["all"].is_moved, found["ci-health"].is_moved) == (True, False)
    # What the report does not name is over, or unknown where the report lacks something: no other key tells of it.
    gone = {f"ci-health/{'c' * 16}"}
    [whole], [lacking] = [[one for one in signals_of(report, known=gone).values() if "/" in one.key] for report in (
        FAILING, replace(FAILING, data={"complete": "cut off"}))]
    assert [(one.outcome, one.is_moved) for one in (whole, lacking)] == [("healthy", False), ("unknown", False)]
    # What can't be judged has no other key that tells of it.
    unknown = signals_of(report(monitor="ci-health", status="unknown"), known={"all", f"ci-health/{A}"})
    assert {(one.outcome, one.is_moved) for one in unknown.values()} == {("unknown", False)}
    moved = signals_of(FAILING, group_by="finding", known={"ci-health"})["ci-health"]
    assert (moved.outcome, moved.is_moved) == ("healthy", True)
    assert not signals_of(report(), group_by="finding", known={"community-metrics"})["community-metrics"].is_moved


def test_all_together_each_monitor_that_can_t_be_judged_is_unknown_whatever_the_others_say() -> None:
    found = signals_of(FAILING, report(), unusable={"coverage": "lost"}, group_by="all")
    unknown = {one.key: one.outcome for one in unjudged(tuple(found.values()))}

    assert unknown == {"unknown/ci-health": "healthy", "unknown/community-metrics": "healthy",
                       "unknown/coverage": "failing"}
