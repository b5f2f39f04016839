"""What the report of alerts says: how they stand, what is written, and nothing of what the monitors themselves say."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import jsonschema

from repo_vitals.concerns.alert import state as memory
from repo_vitals.concerns.alert.decide import decide
from repo_vitals.concerns.alert.definitions import METRICS
from repo_vitals.concerns.alert.facts import AlertState, Facts, OurIssue, Refused
from repo_vitals.concerns.alert.matching import Matcher
from repo_vitals.concerns.alert.policy import Policy
from repo_vitals.concerns.alert.rules import Escalate, Route
from repo_vitals.report.model import Finding, Report, check_names
from repo_vitals.report.schema import schema
from repo_vitals.report.status import overall
from support.alerts import DAY, SETTINGS, START, Words
from support.reports import report

POLICY = Policy(settings=SETTINGS, labels=("alert", "keep-open"))


def said(monitor: str, *, fails: bool) -> Report:
    findings = (Finding(rule="slow", subject="0123456789abcdef", severity="high", title="Too slow"),) if fails else ()
    return report(monitor=monitor, repository="octo/widgets", generated_at=START, findings=findings,
                  status="fail" if fails else "pass")


def decided(*reports: Report, policy: Policy = POLICY, **facts):
    found = decide(Facts(repository="octo/widgets", reports=reports, has_history=True, **facts), policy, Words(),
                   now=START + timedelta(hours=1))
    check_names(found.metrics, {one.name: one for one in METRICS})
    return found, {(*one.labels.values(), one.name)[0]: one.value for one in found.metrics}


def issue(state: AlertState, **given) -> OurIssue:
    body = f"{memory.marker(state.key)}\n{memory.hidden(state)}"
    return OurIssue(number=7, key=state.key, url="", title="", body=body, created_at=START - DAY, state=state,
                    **{"is_open": True, **given})


def test_a_firing_alert_is_a_figure_and_an_action_and_no_finding():
    found, figures = decided(said("ci-health", fails=True), said("coverage", fails=False))
    assert figures == {"pending": 0, "firing": 1, "silenced": 0, "resolved": 0, "alerts_opened": 1, "alerts_closed": 0}
    assert found.summary == "alerts: 1 firing, 1 opened, 0 closed (from 2 reports)"
    assert found.findings == ()
    assert overall(found.metrics, found.findings) == "pass"
    action, = found.data["actions"]
    assert {name: action[name] for name in ("verb", "target", "before")} == {
        "verb": "create-issue", "target": "octo/widgets", "before": None}
    assert action["after"]["labels"] == ["alert", "keep-open"]
    alert, = found.data["alerts"]
    assert (alert["key"], alert["state"], alert["severity"], alert["issue"]) == ("ci-health", "firing", "high", None)
    assert found.planned.writes[0].body == action["after"]["body"]
    whole = report(monitor="alert", metrics=found.metrics, data=found.data, summary=found.summary)
    jsonschema.Draft202012Validator(schema()).validate(whole.as_json())


def test_an_end_counts_as_closed_and_a_duplicate_does_not():
    fires = AlertState(key="ci-health", phase="firing", fired_at=START - DAY, updated_at=START - DAY, spells=1)
    both = (issue(fires), OurIssue(number=9, key="ci-health", url="", title="", body="", is_open=True,
                                   created_at=START))
    found, figures = decided(said("ci-health", fails=False), issues=both)
    assert (figures["alerts_closed"], figures["resolved"], figures["firing"]) == (1, 1, 0)
    assert [(action["verb"], action["target"], action["after"].get("state_reason"))
            for action in found.data["actions"]][::2] == [
        ("close-issue", "octo/widgets#9", "duplicate"), ("close-issue", "octo/widgets#7", "completed")]


def test_what_is_snoozed_or_was_closed_by_a_person_counts_as_silenced():
    fires = AlertState(key="ci-health", phase="firing", fired_at=START - DAY, updated_at=START - DAY, severity="high",
                       snoozed_until=START + DAY)
    assert decided(said("ci-health", fails=True), states={"ci-health": fires})[1]["silenced"] == 1
    left = issue(AlertState(key="ci-health", phase="firing", fired_at=START - DAY, severity="high"), is_open=False,
                 closed_at=START, closed_by_person=True)
    found, figures = decided(said("ci-health", fails=True), issues=(left,))
    assert (figures["silenced"], found.data["actions"]) == (1, [])


def test_a_report_that_could_not_be_used_is_told_and_makes_its_monitor_unknown():
    found, figures = decided(refused=(Refused(name="ci.json", why="is damaged or cut off", monitor="ci-health"),))
    assert [(one.rule, one.severity, one.title) for one in found.findings] == [
        ("report-refused", "low", "ci.json was not used")]
    assert figures["firing"] == 0
    assert found.planned.states[0].recent[-1][1] == "unknown"


def test_without_any_report_alerts_stay_as_they_are_and_the_report_says_why():
    found, figures = decided()
    assert [one.rule for one in found.findings] == ["no-reports"]
    assert set(figures.values()) == {None}
    found, figures = decided(said("ci-health", fails=True), silence="this run is of a pull request")
    assert found.summary == "no alert was looked at: this run is of a pull request"
    assert (found.planned.writes, found.data["actions"], set(figures.values())) == ((), [], {None})


def test_channels_that_are_not_given_are_named_while_something_fires_that_they_would_be_told_of():
    route = Route(of=Matcher(), channels=("oncall", "mail"))
    policy = replace(POLICY, routes=(route,), escalations=(
        Escalate(of=Matcher(), after=timedelta(minutes=5), channels=("boss",)),))

    quiet, _ = decided(said("coverage", fails=False), policy=policy)
    found, _ = decided(said("coverage", fails=True), policy=policy)

    assert "not given" not in quiet.summary
    told = "the channels mail, oncall are not given here: nobody was told by them"
    assert found.summary.endswith(f"; {told}")
    assert told in found.notes
