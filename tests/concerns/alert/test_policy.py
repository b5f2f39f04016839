"""What the configuration makes of what reports say."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import tomli

from repo_vitals.concerns.alert.body_parts import mentions
from repo_vitals.concerns.alert.facts import AlertState
from repo_vitals.concerns.alert.inputs import INPUTS, policy_of
from repo_vitals.concerns.alert.policy import wanted
from repo_vitals.concerns.alert.signals import EVERYTHING
from repo_vitals.concerns.alert.state import MOST_BLIND
from repo_vitals.config.file import DEFAULT_PATH
from repo_vitals.config.resolve import resolve
from repo_vitals.errors import InputError
from repo_vitals.report.model import Target
from support.reports import NOW, finding, metric, report

if TYPE_CHECKING:
    from repo_vitals.concerns.alert.facts import Signal, Treatment
    from repo_vitals.concerns.alert.policy import Policy
    from repo_vitals.report.model import Report

A, B = "a" * 16, "b" * 16


def policy(toml: str = "", channels: tuple[str, ...] = ()) -> Policy:
    """The policy of an [alert] table."""
    values = resolve(INPUTS, options={}, environ={}, table=tomli.loads(toml).get("alert", {}), command="alert",
                     config_path=DEFAULT_PATH)
    return policy_of(values, repository="acme/widget", has_history=True, channels=channels)


def failing(monitor: str = "ci-health", **given: Any) -> Report:
    return report(monitor=monitor, status="fail", findings=(finding(**{"subject": A, **given}),))


def asked(toml: str, *reports: Report, now: datetime = NOW, states: tuple[AlertState, ...] = (),
          channels: tuple[str, ...] = (), **given: Any) -> tuple[dict[str, Signal], dict[str, Treatment]]:
    found, treated = wanted(policy(toml, channels), reports, {state.key: state for state in states}, now=now, **given)
    return {one.key: one for one in found}, dict(treated)


def treatment(toml: str, *reports: Report, key: str = "ci-health", **given: Any) -> Treatment:
    return asked(toml, *(reports or (failing(),)), **given)[1][key]


# -- without a configuration ---------------------------------------------------------------------------------------

def test_by_default_an_alert_fires_at_once_with_the_labels_of_the_workflow_that_it_replaces() -> None:
    found = treatment("")

    assert found.labels == ("monitoring", "alert", "priority-high", "keep-open")
    assert (found.fire_after, found.resolve_after, found.repeat_every) == ((1, 1), 1, None)
    assert (found.silenced_until, found.inhibited_by, found.incident, found.channels) == (None, "", None, ())


def test_every_key_that_is_remembered_is_treated_and_every_monitor_may_be_unknown() -> None:
    _, treated = asked("", failing(), states=(AlertState(key="coverage", severity="critical"),))

    assert set(treated) == {"ci-health", "unknown/ci-health", "coverage"}
    assert treated["coverage"].severity == "critical"


# -- routes --------------------------------------------------------------------------------------------------------

ROUTES = """
[[alert.route]]
monitor = "ci-*"
severity = "medium"
assignees = ["ann"]
owners = "@acme/ci"

[[alert.route]]
labels = { workflow = "release.yml" }
severity = "critical"
fire-after = "2 of 3"
add-labels = ["release"]
assignees = ["@bob", "ann", "mona_octo"]
mentions = ["@acme/release", "mona_octo"]
"""


def test_of_routes_that_mean_a_problem_the_last_word_counts_and_lists_add_up() -> None:
    found = treatment(ROUTES, failing(labels={"workflow": "release.yml"}))

    assert (found.severity, found.fire_after, found.incident) == ("critical", (2, 3), 1)
    assert (found.assignees, found.owners) == (("ann", "bob", "mona_octo"), ("acme/ci",))
    assert found.mentions == ("acme/release", "mona_octo")
    assert mentions(found.mentions) == "@acme/release, @mona_octo"      # which pings managed users too
    assert found.labels[-1] == "release"


def test_a_route_can_make_a_problem_too_mild_to_alert() -> None:
    signals, _ = asked(ROUTES, failing(labels={"workflow": "nightly.yml"}))

    assert signals["ci-health"].outcome == "healthy"


def test_an_incident_can_be_ruled_out_or_in() -> None:
    assert treatment("[[alert.route]]\nincident = false", failing(severity="critical")).incident is None
    assert treatment("[[alert.route]]\nincident = 3").incident == 3
    assert treatment('[alert]\nincidents-from = "high"').incident == 2
    assert treatment('[alert]\nincidents-from = "never"', failing(severity="critical")).incident is None


def test_channels_are_all_unless_a_route_names_some() -> None:
    given = ("mail", "chat")

    assert treatment("", channels=given).channels == given
    assert treatment('[[alert.route]]\nchannels = "mail"', channels=given).channels == ("mail",)
    assert treatment("[[alert.route]]\nchannels = []", channels=given).channels == ()


def test_a_channel_that_is_not_given_is_a_mistake_where_it_is_spelt_like_one_and_else_lacks_its_secret() -> None:
    toml = '[[alert.route]]\nchannels = "mial"'

    with pytest.raises(InputError, match=r'channel "mial".*did you mean mail'):
        policy(toml, ("mail",))
    assert (treatment(toml).channels, treatment(toml).absent) == ((), ("mial",))
    other = treatment('[[alert.route]]\nchannels = ["oncall", "mail"]\n'
                      '[[alert.escalate]]\nafter = "1d"\nchannels = "boss"', channels=("mail",))
    assert (other.channels, other.absent, other.escalations[0].absent) == (("mail",), ("oncall",), ("boss",))


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


# -- owners and escalation -------------------------------------------------------------------------------------------

def test_codeowners_names_the_owners_of_the_files_that_fail() -> None:
    owned = failing(file="src/a.py")

    assert treatment("", owned, codeowners="*.py @ann @acme/core").owners == ("ann", "acme/core")
    assert treatment("[alert]\ncodeowners = false", owned, codeowners="*.py @ann").owners == ()


def test_escalations_come_in_the_order_of_their_times() -> None:
    found = treatment("""
[[alert.escalate]]
after = "3d"
mentions = ["acme/leads"]
[[alert.escalate]]
after = "4h"
add-labels = ["escalated"]
[[alert.escalate]]
monitor = "coverage"
after = "1h"
assignees = ["bob"]
""")

    assert [(one.after, one.labels, one.mentions) for one in found.escalations] == [
        (timedelta(hours=4), ("escalated",), ()), (timedelta(days=3), (), ("acme/leads",))]


# -- what can't be seen ----------------------------------------------------------------------------------------------

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
        firing = AlertState(**{"key": "all", "phase": "firing", "monitors": ("ci-health",), **given})
        found = asked(toml, *reports, states=(firing,))[0]["all"]
        return found.outcome, found.is_moved

    other, well = report(monitor="coverage"), report(monitor="ci-health")
    assert outcome(other) == ("unknown", False)
    assert outcome(other, well) == ("healthy", False)
    assert outcome(other, left_at=NOW) == ("healthy", False)
    assert outcome(other, toml="") == ("unknown", False)
    assert outcome(failing("coverage"), toml="") == ("unknown", False)
    assert outcome(failing(), toml="") == ("healthy", True)


# -- mistakes --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("toml", "said"), [
    ("[[alert.silence]]\nreason = 'x'", "silence: table 1: needs `reason` and `until`"),
    ("[[alert.silence]]\nreason = 'x'\nuntil = 'soon'", 'until: "soon" is no moment'),
    ("[[alert.silence]]\nreazon = 'x'\nuntil = 2027-01-01", 'unknown key "reazon" (did you mean reason'),
    ("[[alert.maintenance]]\nevery = 'Sun 02:00'", "maintenance: table 1: every"),
    ("[[alert.maintenance]]\nfrom = 2026-01-02\nuntil = 2026-01-01T00:00:00Z", "ends before it begins"),
    ("[[alert.maintenance]]\nevery = 'Sun 02:00-03:00 Mars/Base'", "unknown zone"),
    ("[[alert.inhibit]]\nwhen = {}\ninhibits = { rule = 'x' }", "when: needs a table"),
    ("[[alert.route]]\nseverity = 'grave'", 'severity: "grave" is not one of info, low'),
    ("[[alert.route]]\nassignees = ['acme/team']", 'assignees: "acme/team" is no login'),
    ("[[alert.route]]\nmentions = ['everyone here']", "no login and no organisation/team"),
    ("[[alert.route]]\nfire-after = '3 of 2'", "fire-after"),
    ("[[alert.route]]\nincident = true", "incident: needs 1, 2 or 3, or false"),
    ("[[alert.route]]\nincident = 1.0", "incident: needs 1, 2 or 3, or false"),
    ("[[alert.silence]]\nreason = 'x'\nuntil = 2027-01-01\nmonitor = []", "monitor: is empty, which would mean"),
    ("[[alert.inhibit]]\nwhen = { labels = {} }\ninhibits = { rule = 'x' }", "when: labels: is empty"),
    ("[[alert.route]]\nadd-labels = ['a,b']", "can't be a label"),
    ("[[alert.escalate]]\nafter = '3d'", "does nothing"),
    ("[[alert.escalate]]\nafter = 'soon'\nadd-labels = ['x']", "after"),
    ("[alert]\nroute = 3", "is no list of tables; write each entry below a line [[alert.route]]"),
    ("[alert]\nlabels = ['" + "x" * 51 + "']", "can't be a label"),
    ("[alert]\nquiet-hours = 'Mon-Fri 22:00-07:00 UTC DE'", "holidays don't count here"),
    ("[alert]\nfire-after = '0'", "between 1 and 20"),
])
def test_a_mistake_is_named_in_one_line(toml: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        policy(toml)

    assert said in str(caught.value).replace(": [alert] ", ": ").replace("silence table", "silence: table").replace(
        "maintenance table", "maintenance: table")
    assert "\n" not in str(caught.value)


def test_tables_can_be_given_by_the_environment_as_toml() -> None:
    values = resolve(INPUTS, options={}, environ={"INPUT_SILENCE": SILENCE.replace("alert.", "")}, table={},
                     command="alert", config_path=DEFAULT_PATH)
    found = policy_of(values, repository="acme/widget", has_history=False)

    assert [silence.reason for silence in found.silences] == ["freeze"]
