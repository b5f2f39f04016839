"""What the configuration makes of what reports say."""
from __future__ import annotations

from datetime import timedelta

import pytest

from repo_vitals.concerns.alert.body_parts import mentions
from repo_vitals.concerns.alert.facts import AlertState
from repo_vitals.errors import InputError
from support.alert_configurations import asked, failing, policy, treatment

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
