"""What is to raise no alert: silences, maintenance, quiet hours, and what another alert explains."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from repo_vitals.concerns.alert.facts import AlertState
from repo_vitals.concerns.alert.inputs import INPUTS, policy_of
from repo_vitals.config.file import DEFAULT_PATH
from repo_vitals.config.resolve import resolve
from repo_vitals.report.model import Target
from support.alert_configurations import A, B, asked, failing, treatment
from support.reports import NOW, finding, metric, report

# -- silence and maintenance ----------------------------------------------------------------------------------------

SILENCE = f"""
[[alert.silence]]
id = "{A}"
reason = "freeze"
until = 2026-02-10
"""


def test_a_silenced_problem_raises_no_alert_until_the_day_is_over() -> None:
    before = treatment(SILENCE, now=datetime(2026, 2, 10, 23, 59, tzinfo=timezone.utc))
    after = treatment(SILENCE, now=datetime(2026, 2, 11, tzinfo=timezone.utc))

    assert before.silenced_until == datetime(2026, 2, 11, tzinfo=timezone.utc)
    assert before.silenced_by == "silence 1: freeze"
    assert after.silenced_until is None


def test_of_an_alert_of_several_only_the_silenced_problem_is_silent() -> None:
    both = report(monitor="ci-health", status="fail", findings=(finding(subject=A), finding(subject=B)))
    signals, treated = asked(SILENCE, both)

    assert [problem.id for problem in signals["ci-health"].problems] == [B]
    assert treated["ci-health"].silenced_until is None


def test_who_silences_a_part_has_not_silenced_the_figure_of_the_whole() -> None:
    whole = metric("issue_response_sla_ratio", 0.5, samples=20).judged(Target(">=", 0.9))
    part = metric("issue_response_sla_ratio", 0.4, samples=9, priority="p1").judged(Target(">=", 0.9))
    seen = report(monitor="ci-health", status="fail", metrics=(whole, part), findings=(
        finding(subject=A, labels={"priority": "p1"}),))
    silence = '[[alert.silence]]\nreason = "x"\nuntil = 2027-01-01\n'

    def loud(toml: str) -> list[str]:
        found, treated = asked(toml, seen)
        quiet = treated["ci-health"].silenced_until is not None
        return [] if quiet else [one.labels.get("figure", one.id) for one in found["ci-health"].problems]

    assert loud("") == [A]
    assert loud(f'{silence}id = "{A}"') == ["issue_response_sla_ratio"]
    assert loud(f'{silence}id = "{A}"\n{silence}labels = {{ figure = "issue_*" }}') == []
    assert loud(f'{silence}monitor = "ci-health"') == []


@pytest.mark.parametrize(("moment", "until"), [
    ("2026-02-01T00:59:59Z", None),
    ("2026-02-01T01:00:00Z", "2026-02-01T03:00:00Z"),
    ("2026-02-01T02:59:59Z", "2026-02-01T03:00:00Z"),
    ("2026-02-01T03:00:00Z", None),
    ("2026-02-02T02:00:00Z", None),
])
def test_maintenance_comes_back_every_week_by_its_zones_clock(moment: str, until: str | None) -> None:
    found = treatment('[[alert.maintenance]]\nevery = "Sun 02:00-04:00 Europe/Berlin"',
                      now=datetime.fromisoformat(moment.replace("Z", "+00:00")))

    assert found.silenced_until == (None if until is None else datetime.fromisoformat(until.replace("Z", "+00:00")))


def test_maintenance_once_ends_where_it_says() -> None:
    toml = '[[alert.maintenance]]\nfrom = 2026-01-31T05:00:00Z\nuntil = 2026-01-31T07:00:00Z\nreason = "move"'

    assert treatment(toml).silenced_by == "maintenance 1: move"
    assert treatment(toml, now=NOW + timedelta(hours=1)).silenced_until is None


def test_quiet_hours_keep_channels_quiet_but_not_for_what_is_critical() -> None:
    toml = '[alert]\nquiet-hours = "Mon-Sun 22:00-07:00 UTC"'

    assert treatment(toml).quiet_until == datetime(2026, 1, 31, 7, tzinfo=timezone.utc)
    assert treatment(toml, failing(severity="critical")).quiet_until is None
    assert treatment(toml, now=NOW + timedelta(hours=1)).quiet_until is None


def test_quiet_hours_of_a_whole_week_have_an_end_all_the_same() -> None:
    assert treatment('[alert]\nquiet-hours = "Mon-Sun 00:00-24:00 UTC"').quiet_until is not None


def test_tables_can_be_given_by_the_environment_as_toml() -> None:
    values = resolve(INPUTS, options={}, environ={"INPUT_SILENCE": SILENCE.replace("alert.", "")}, table={},
                     command="alert", config_path=DEFAULT_PATH)
    found = policy_of(values, repository="acme/widget", has_history=False)

    assert [silence.reason for silence in found.silences] == ["freeze"]


# -- inhibition ------------------------------------------------------------------------------------------------------

INHIBIT = """
[[alert.inhibit]]
when = { monitor = "service-health" }
inhibits = { monitor = "ci-*" }
"""


def test_what_another_trouble_explains_raises_no_alert_of_its_own() -> None:
    _, treated = asked(INHIBIT, failing(), failing("service-health"))
    _, alone = asked(INHIBIT, failing(), report(monitor="service-health"))

    assert treated["ci-health"].inhibited_by == "service-health"
    assert treated["service-health"].inhibited_by == ""
    assert alone["ci-health"].inhibited_by == ""


def test_a_silenced_trouble_explains_nothing() -> None:
    toml = INHIBIT + '[[alert.silence]]\nmonitor = "service-health"\nreason = "x"\nuntil = 2027-01-01'

    assert asked(toml, failing(), failing("service-health"))[1]["ci-health"].inhibited_by == ""


def test_of_troubles_that_explain_one_another_one_speaks() -> None:
    toml = INHIBIT + '[[alert.inhibit]]\nwhen = { monitor = "*" }\ninhibits = { monitor = "*" }'
    _, treated = asked(toml, failing(), failing("service-health"), failing("coverage"))

    assert [key for key in sorted(treated) if not (treated[key].inhibited_by or key.startswith("unknown/"))] == [
        "ci-health"]


OTHERS = AlertState(key="service-health", phase="firing", severity="high", number=7, problems=(A,))


def test_an_alert_that_another_workflow_raised_explains_for_as_long_as_it_is_open() -> None:
    def explained_by(*states: AlertState, known: dict[str, bool], toml: str = INHIBIT) -> str:
        return asked(toml, failing(), states=states, known=known)[1]["ci-health"].inhibited_by

    assert explained_by(OTHERS, known={"service-health": True}) == "service-health"
    assert explained_by(replace(OTHERS, number=None), known={}) == "service-health"     # where it could not be opened
    assert explained_by(OTHERS, known={"service-health": False}) == ""
    assert explained_by(OTHERS, known={}) == ""
    assert explained_by(replace(OTHERS, phase="resolved"), known={"service-health": False}) == ""
    by_rule = INHIBIT.replace('"service-health"', '"service-health", rule = "down"')
    assert explained_by(OTHERS, known={"service-health": True}, toml=by_rule) == ""
    by_id = INHIBIT.replace('"service-health"', f'"service-health", id = "{A}"')
    assert explained_by(OTHERS, known={"service-health": True}, toml=by_id) == "service-health"
    silenced = INHIBIT + '[[alert.silence]]\nmonitor = "service-health"\nreason = "x"\nuntil = 2027-01-01'
    assert explained_by(OTHERS, known={"service-health": True}, toml=silenced) == ""


@pytest.mark.parametrize("labels", ["", ', labels = { zone = "*" }'])
def test_of_a_circle_over_two_workflows_one_speaks_in_both(labels: str) -> None:
    toml = "".join(f'[[alert.inhibit]]\nwhen = {{ monitor = "{one}" }}\ninhibits = {{ monitor = "{other}"{labels} }}\n'
                   for one, other in (("ci-health", "service-health"), ("service-health", "ci-health")))

    def silent(monitor: str, other: str) -> str:
        state = AlertState(key=other, phase="firing", number=7, problems=(A,))
        seen = asked(toml, failing(monitor, labels={"zone": "eu"}), states=(state,), known={other: True})
        return seen[1][monitor].inhibited_by

    assert [silent("ci-health", "service-health"), silent("service-health", "ci-health")] == ["", "ci-health"]
