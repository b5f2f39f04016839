"""What channels are told: plain text without pings, and JSON that a reader of Alertmanager's webhooks takes."""
from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import jsonschema
import pytest
import tomli
import yaml
from hypothesis import given, settings

from repo_vitals.concerns.alert.body import IssueTexts
from repo_vitals.concerns.alert.channels import Sender
from repo_vitals.concerns.alert.channels_inputs import (
    CHANNEL_INPUTS,
    MAIL,
    NOTIFY,
    WEBHOOK,
    WEBHOOK_SECRET,
    Given,
    channels,
)
from repo_vitals.concerns.alert.facts import AlertState, Figure, Problem, Signal, Treatment
from repo_vitals.concerns.alert.incidents import REVIEW_WITHIN
from repo_vitals.concerns.alert.inputs import (
    ACKNOWLEDGE_WITHIN,
    ESCALATE,
    EXEMPT_LABEL,
    GROUP_BY,
    INPUTS,
    RESOLVE_WITHIN,
    ROUTE,
    UPDATE_WITHIN,
)
from repo_vitals.concerns.alert.plans import AlertView, Notice
from repo_vitals.concerns.alert.templates import FIELDS, parse_template
from repo_vitals.config.resolve import resolve
from repo_vitals.runtime import pipeline
from repo_vitals.runtime.actions_env import ActionsEnvironment
from repo_vitals.sources.channel_addresses import WebhookChannel, mail_channels
from support import hostile, runner
from support.tools import ROOT

NOW = datetime(2026, 3, 9, 6, tzinfo=timezone.utc)
RUN = "https://github.com/acme/widget/actions/runs/7"
SENDER = Sender(repository="acme/widget", run_url=RUN)

# From the template data of Alertmanager's documentation: all of these are always there, in these types.
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
SHAPE = {
    "type": "object", "additionalProperties": False,
    "required": ["version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels",
                 "commonAnnotations", "externalURL", "alerts"],
    "properties": {
        "version": {"const": "4"}, "groupKey": {"type": "string"}, "truncatedAlerts": {"const": 0},
        "status": {"enum": ["firing", "resolved"]}, "receiver": {"type": "string"}, "groupLabels": _TEXTS,
        "commonLabels": _TEXTS, "commonAnnotations": _TEXTS, "externalURL": {"type": "string"},
        "alerts": {"type": "array", "minItems": 1, "items": {
            "type": "object", "additionalProperties": False,
            "required": ["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"],
            "properties": {
                "status": {"enum": ["firing", "resolved"]}, "labels": _TEXTS, "annotations": _TEXTS,
                "startsAt": _INSTANT, "endsAt": _INSTANT, "generatorURL": {"type": "string"},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{16}$"}}}}}}


def view(words: str = "success ratio below 90 %", *, many: int = 1, **state) -> AlertView:
    one = Problem(id="0" * 16, monitor="ci-health", rule="success-ratio", severity="high", title=words, detail=words)
    return AlertView(
        repository="acme/widget", now=NOW,
        signal=Signal(key="ci-health", outcome="failing", at=NOW, monitors=("ci-health",), problems=(one,) * many,
                      figures=(Figure(title=words, value="87 %", target="≥ 90 %", status="fail"),), subject=words),
        state=replace(AlertState(key="ci-health", phase="firing", number=12, since=NOW - timedelta(days=1),
                                 fired_at=NOW - timedelta(days=1), spells=2), **state),
        treatment=Treatment(severity="high", labels=(), owners=("@acme/ops", words), incident=2,
                            respond_within=(("acknowledge", timedelta(minutes=15)),)))


def notice(seen: AlertView, told: str = "firing high") -> Notice:
    [one] = IssueTexts(repository="acme/widget", run_url=RUN).notices(seen, ("ops",), told)
    return one


def test_a_channel_is_told_what_since_when_who_and_where() -> None:
    one = notice(view(many=12))

    assert one.subject == "[firing, high] SEV 2: ci-health: success ratio (acme/widget)"
    lines = SENDER.message(one).text.splitlines()
    assert lines[:6] == ["SEV 2: ci-health: success ratio", "Repository: acme/widget", "Severity: high",
                         "Failing since 2026-03-08 06:00 UTC, for the 2nd time",
                         "Incident of severity 2: acknowledge by 2026-03-08 06:15 UTC (15 min)", ""]
    assert lines.count("- high: success ratio below 90 %: success ratio below 90 %") == 10
    assert "and 2 more in the report" in lines
    assert "success ratio below 90 %: 87 %, target ≥ 90 %" in lines
    assert lines[-3:] == ["Owners: acme/ops, success ratio below 90 %", f"Run: {RUN}",
                          "Issue: https://github.com/acme/widget/issues/12"]
    assert "Escalated: nobody has acknowledged it" in notice(view(escalated=("86400",))).text.splitlines()
    taken = notice(view(escalated=("86400",), acknowledged_at=NOW, acknowledged_by="ann")).text.splitlines()
    assert "Acknowledged on 2026-03-09 06:00 UTC by ann" in taken
    assert not any(line.startswith("Escalated") for line in taken)


def test_the_end_of_an_alert_is_told_with_its_duration() -> None:
    over = notice(view(phase="resolved", resolved_at=NOW), "resolved")

    assert (over.status, over.ends_at, over.told) == ("resolved", NOW, "resolved")
    assert "Resolved on 2026-03-09 06:00 UTC after 24 h" in over.text.splitlines()
    assert "- high" not in over.text
    [alert] = SENDER.payload(over)["alerts"]
    assert (alert["status"], alert["endsAt"]) == ("resolved", "2026-03-09T06:00:00Z")


def test_the_json_is_of_alertmanagers_shape_and_an_alert_keeps_its_fingerprint() -> None:
    firing = SENDER.payload(notice(view()))

    jsonschema.validate(firing, SHAPE)
    assert firing["groupKey"] == '{}:{alertname="ci-health", repository="acme/widget"}'
    assert firing["receiver"] == "ops"
    assert firing["commonLabels"] == {"alertname": "ci-health", "incident": "2", "monitor": "ci-health",
                                      "repository": "acme/widget", "severity": "high"}
    assert firing["alerts"][0]["startsAt"] == "2026-03-08T06:00:00Z"
    assert firing["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"
    assert firing["alerts"][0]["generatorURL"] == "https://github.com/acme/widget/issues/12"
    assert firing["commonAnnotations"]["run_url"] == RUN
    later = SENDER.payload(replace(notice(view("other words")), number=None, severity="low"))
    assert later["alerts"][0]["fingerprint"] == firing["alerts"][0]["fingerprint"]
    assert later["alerts"][0]["generatorURL"] == "https://github.com/acme/widget"


def test_the_same_thing_told_again_has_the_same_id_and_anything_else_another() -> None:
    one = notice(view())
    others = [replace(one, told="firing critical"), replace(one, channel="x"), replace(one, said_at=NOW),
              replace(one, starts_at=NOW), notice(view(resolved_at=NOW), "resolved")]

    assert SENDER.message(one).id == replace(SENDER, run_url=f"{RUN}8").message(replace(one, text="of another run")).id
    assert len({SENDER.message(each).id for each in (one, *others)}) == 6
    assert SENDER.message(one).thread == SENDER.message(others[0]).thread


@settings(deadline=None, max_examples=40)
@given(hostile.short)
def test_strangers_words_ping_nobody_and_are_no_link_in_a_channel(words) -> None:
    message = SENDER.message(notice(view(words, many=3)))

    jsonschema.validate(json.loads(json.dumps(message.payload)), SHAPE)
    assert message.subject.splitlines() == [message.subject]
    ours = re.compile(r"^(?:Run|Issue): https://github\.com/acme/widget/\S+$", re.MULTILINE)
    for said in (message.subject, ours.sub("", message.text)):
        for pattern in (r"@\w", r"<[!@#\w]", r"://\S", r"(?i)www\.", "[\x00-\x09\x0b-\x1f\u202a-\u202e\ud800-\udfff]"):
            assert re.search(pattern, said) is None
    assert len(message.text) < 20_000


# -- inputs --------------------------------------------------------------------------------------------------------

def resolved(tmp_path, **given):
    return resolve(CHANNEL_INPUTS, options={}, table={}, command="alert", config_path=tmp_path / "c.toml", environ={
        f"INPUT_{name.upper()}": text for name, text in given.items()})


def test_channels_come_from_four_inputs_by_name(tmp_path) -> None:
    found = channels(resolved(
        tmp_path, notify="chat = slack://a/b/c", webhook="https://h.example/x", webhook_secret="0123456789abcdef",
        mail="smtps://h.example?from=a@b.example&to=c@d.example")).channels

    assert list(found) == ["chat", "webhook", "mail"]
    assert found["webhook"] == WebhookChannel(name="webhook", url="https://h.example/x", written="https://h.example/x",
                                              key="0123456789abcdef")
    assert channels(resolved(tmp_path)) == Given(channels={})
    assert channels(resolved(tmp_path, notify="", mail="\n")) == Given(channels={})     # a fork's secrets are empty


@pytest.mark.parametrize(("given", "complaint"), [
    ({"notify": "a = slack://hunter2", "webhook": "a = https://hunter2.example"},
     "webhook: the channel a is named by another input too; give each its own name"),
    ({"mail": "smtp://hunter2"}, "mail: line 1 needs to=, with 1 to 50 addresses, parted by commas"),
    ({"webhook_secret": "hunter2"},
     "webhook-secret: is not of 16 to 1,000 bytes; take a random one, as of `openssl rand -hex 32`"),
])
def test_what_can_t_be_used_is_told_without_the_secret(tmp_path, given, complaint) -> None:
    values = resolved(tmp_path, **given)

    assert [fault.why for fault in channels(values).faults] == [complaint]
    assert "hunter2" not in repr(channels(values).faults)


def test_every_input_of_a_channel_is_a_secret_that_no_file_may_hold() -> None:
    assert CHANNEL_INPUTS == (NOTIFY, WEBHOOK, WEBHOOK_SECRET, MAIL)
    assert all(declared.secret and not declared.kind.quotable for declared in CHANNEL_INPUTS)


def test_a_log_hides_each_address_and_the_password_in_it_before_anything_is_written(tmp_path) -> None:
    log = io.StringIO()
    values = resolved(tmp_path, mail="smtps://me:p%40ssword@h.example?to=c@d.example&from=a@b.example",
                      webhook_secret="0123456789abcdef")
    pipeline._mask(SimpleNamespace(inputs=CHANNEL_INPUTS), values, ActionsEnvironment({"GITHUB_ACTIONS": "true"}, log))

    assert sorted(command.message for command in runner.commands(log.getvalue()) if command.name == "add-mask") == [
        "0123456789abcdef", "p%40ssword", "p@ssword", "smtps://me:p%40ssword@h.example?to=c@d.example&from=a@b.example"]


# -- what docs/alerts.md shows ---------------------------------------------------------------------------------------

PAGE = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")


def shown(language: str) -> str:
    [block] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return block


def test_the_json_that_the_page_shows_is_what_is_sent() -> None:
    seen = view("success ratio of ci.yml below 90 %")
    one = replace(notice(replace(seen, treatment=replace(seen.treatment, incident=None))), channel="oncall")
    sent = SENDER.payload(one)
    for holder in (sent["commonAnnotations"], sent["alerts"][0]["annotations"]):
        holder["description"] = "…"

    assert json.loads(shown("json")) == sent


def test_the_configuration_and_the_template_that_the_page_shows_are_accepted(tmp_path) -> None:
    table = tomli.loads(shown("toml"))["alert"]
    values = resolve(INPUTS, options={}, table=table, command="alert", config_path=tmp_path / "c.toml", environ={})

    assert len(values[ROUTE]) == len(values[ESCALATE]) == 1
    assert parse_template(yaml.safe_load(shown("yaml"))["template"]).startswith("**{severity}** for {owners}")
    assert set(re.findall(r"`\{([a-z]+)\}`", PAGE)) == set(FIELDS)


def test_the_defaults_that_the_page_names_are_those_of_the_inputs() -> None:
    clocks = re.findall(r"^\| \w+ \| `([a-z-]+)` \| (\d+) (\w+) \|", PAGE, re.MULTILINE)
    [mail] = mail_channels("smtp://h.example?from=a@b.example&to=c@d.example")

    assert {name: timedelta(**{unit: int(number)}) for name, number, unit in clocks} == {
        one.name: one.default for one in (ACKNOWLEDGE_WITHIN, UPDATE_WITHIN, RESOLVE_WITHIN)}
    assert f"`{GROUP_BY.name}: {GROUP_BY.default}`, the default" in PAGE
    assert f"label `{EXEMPT_LABEL.default}` tells such a workflow" in " ".join(PAGE.split())
    assert f"by default on port {mail.port}, is STARTTLS" in PAGE
    assert (REVIEW_WITHIN.days, "until when to review it: within a week" in PAGE) == (7, True)
