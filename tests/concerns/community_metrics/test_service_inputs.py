"""The inputs about labels, service levels and escalation, and what they change in the report."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.community_metrics import MONITOR
from repo_vitals.concerns.community_metrics.inputs import INPUTS
from repo_vitals.concerns.community_metrics.service_inputs import ESCALATE, LABEL_ALIASES, PHASE_LABELS_INPUT
from repo_vitals.config.declare import Values
from repo_vitals.report.model import check_names
from support.community import MONTH, discussion, facts, issue, pull_request, said

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Facts
    from repo_vitals.report.model import Judgement


def assessed(some: Facts, **given: str) -> Judgement:
    """The verdict with these inputs, `due_soon` for `due-soon`."""
    values: dict[str, Any] = {declared.name: declared.default for declared in INPUTS}
    for declared in INPUTS:
        text = given.pop(declared.name.replace("-", "_"), None)
        if text is not None:
            values[declared.name] = declared.kind.parse(text)
    assert not given
    done = MONITOR.assess(some, MONTH, Values(values, {}))
    check_names(done.metrics, {definition.name: definition for definition in MONITOR.metrics})
    return done


def rules(done: Judgement) -> list[tuple[str, str]]:
    return [(finding.rule, finding.subject) for finding in done.findings]


ANSWERED = (issue(1, opened=50, remarks=(said("bob", 49),)), pull_request(2, opened=50, remarks=(said("bob", 49),)))


# Labels


def test_aliases_are_lines_or_a_table_and_the_last_equals_sign_parts_them() -> None:
    text = LABEL_ALIASES.kind.parse("severity::1 = priority/critical\nkind=defect = bug")
    assert dict(text.ours) == {"severity::1": "priority/critical", "kind=defect": "bug"}
    assert LABEL_ALIASES.kind.from_toml({"Severity::1": "priority/critical", "kind=defect": "bug"}) == text
    assert LABEL_ALIASES.kind.from_toml(["severity::1 = priority/critical", "kind=defect = bug"]) == text
    assert LABEL_ALIASES.kind.parse(LABEL_ALIASES.kind.show(text)) == text


@pytest.mark.parametrize(("text", "said"), [
    ("bug = defect\nseverity::1", 'has no equals sign in line 2, "severity::1"'),
    ("= bug", "has an alias without a label"),
    ("a = bug\nA = question", 'gives "A" two meanings: "bug" and "question"'),
])
def test_an_alias_that_says_nothing_or_two_things_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        LABEL_ALIASES.kind.parse(text)
    assert said in str(refused.value)


def test_labels_of_a_phase_replace_those_of_that_phase_only() -> None:
    lines = PHASE_LABELS_INPUT.kind.parse("investigate: confirmed, reproduced")
    assert lines["investigate"] == ("confirmed", "reproduced")
    assert lines["fix"] == PHASE_LABELS_INPUT.default["fix"]
    assert PHASE_LABELS_INPUT.kind.from_toml({"investigate": ["confirmed", "reproduced"]}) == lines
    assert PHASE_LABELS_INPUT.kind.parse(PHASE_LABELS_INPUT.kind.show(lines)) == lines
    with pytest.raises(ValueError, match="did you mean investigate"):
        PHASE_LABELS_INPUT.kind.parse("investigat: confirmed")
    with pytest.raises(ValueError, match="names no label"):
        PHASE_LABELS_INPUT.kind.parse("fix:")


def test_aliases_count_wherever_labels_are_read() -> None:
    some = facts(*ANSWERED, issue(9, opened=10, labels=("Severity::1",), labelled=((9, "Severity::1"),)))
    done = assessed(some, label_aliases="severity::1 = priority/critical", sla="p0-p3")
    assert [row["number"] for row in done.data["awaiting_response"]] == [9]
    assert ("issue_response_sla_ratio", "critical") in {
        (metric.name, metric.labels.get("priority")) for metric in done.metrics}
    assert {metric.labels["phase"]: metric.value for metric in done.metrics if metric.name == "sla_breached"} == {
        "first-response": 1, "triage": 1}
    assert [row["number"] for row in done.data["sla"]["breaches"] if row["phase"] == "triage"] == [1]


def test_labels_can_be_configured_by_their_own_names_or_by_their_aliases() -> None:
    some = facts(*ANSWERED, issue(9, opened=500, remarks=(said("bob", 499),), labels=("waiting",),
                                  labelled=((499, "waiting"),)))
    for name in ("waiting", "status/blocked"):
        done = assessed(some, label_aliases="Waiting = status/blocked", pause_labels=name, sla="resolution: 2w")
        assert rules(done) == []
    assert rules(assessed(some, sla="resolution: 2w")) == [("sla-breach", "issue 9 resolution")]


def test_contradicting_labels_are_told_in_one_note_with_five_of_them() -> None:
    torn = (issue(number, opened=50, labels=("P1", "P2"), remarks=(said("bob", 49),)) for number in range(11, 17))
    quiet = (issue(21, opened=24 * 40, labels=("P1", "P2"), closed=24 * 35, states=((24 * 35, True),)),
             issue(22, by="ci[bot]", opened=50, labels=("P1", "P2")))
    assert assessed(facts(*ANSWERED, *torn, *quiet)).notes == ((
        "6 items have labels of two priorities or two types (#11, #12, #13, #14, #15 and others); "
        "the most urgent counts"),)
    assert assessed(facts(*ANSWERED, *quiet)).notes == ()


# Service levels


def test_without_rules_the_report_says_nothing_of_service_levels_but_has_its_agenda() -> None:
    done = assessed(facts(*ANSWERED, issue(9, opened=100), pull_request(8, opened=90)))
    assert not [metric for metric in done.metrics if metric.name.startswith("sla_")]
    assert "sla" not in done.data
    assert "sla_breached" not in done.data["definitions"]
    assert [(row["number"], row["kind"], row["what"], row["overdue_seconds"]) for row in done.data["agenda"]] == [
        (9, "issue", "first response", 76 * 3600.0), (8, "pull_request", "first response", 66 * 3600.0)]


def test_a_rule_for_first_responses_replaces_the_response_target_where_it_applies() -> None:
    some = facts(*ANSWERED, issue(7, opened=10, labels=("P0",)), issue(8, opened=30, labels=("P3",)),
                 issue(9, opened=30))
    done = assessed(some, sla="p0-p3")
    assert [(row["number"], row["due"]) for row in done.data["awaiting_response"]] == [
        (9, "2026-03-31T06:00:00Z"), (7, "2026-03-31T06:00:00Z")]
    assert [finding.detail for finding in done.findings if finding.rule == "awaiting-response"] == [
        "Open for 30 h without a response; the target is 24 h.", "Open for 10 h without a response; the target is 4 h."]
    assert {metric.labels["priority"]: metric.value for metric in done.metrics
            if metric.name == "issue_response_sla_ratio"} == {"none": 0.5, "p0": 0, "p3": None}
    assert done.summary.startswith("2 open issues await a response past the target")


def test_what_is_late_is_a_finding_and_the_figures_have_a_trend() -> None:
    late = issue(5, opened=24 * 20, labels=("bug",), labelled=((24 * 20, "bug"),), remarks=(said("bob", 24 * 20 - 1),))
    done = assessed(facts(*ANSWERED, late, discussion(6, opened=24 * 8)), sla="business")
    assert rules(done) == [("sla-breach", "issue 5 resolution"), ("sla-breach", "discussion 6 first-response")]
    assert done.data["sla"]["breaches"][0]["number"] == 5
    assert done.data["definitions"]["sla_breached"]
    assert {row["metric"] for row in done.data["trend"]} >= {"sla_breached", "sla_pending"}


# Escalation


@pytest.mark.parametrize(("text", "toml", "meant"), [
    ("true", True, {"no-progress", "urgent", "security", "production"}), ("all", ["all"], {
        "no-progress", "urgent", "security", "production"}),
    ("false", False, set()), ("none", ["none"], set()), ("Urgent, security", ["urgent", "security"],
                                                         {"urgent", "security"}),
])
def test_triggers_are_all_none_or_a_list(text: str, toml: Any, meant: set[str]) -> None:
    assert ESCALATE.kind.parse(text) == ESCALATE.kind.from_toml(toml) == meant


@pytest.mark.parametrize(("text", "said"), [
    ("urgnt", 'holds "urgnt", which is no trigger (did you mean urgent?)'), ("all, urgent", "mixes all with others"),
])
def test_other_words_are_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        ESCALATE.kind.parse(text)
    assert said in str(refused.value)


def test_nothing_is_escalated_unless_asked_for_and_then_by_the_times_given() -> None:
    some = facts(*ANSWERED, issue(9, opened=24 * 40, remarks=(said("bob", 24 * 35),)))
    assert rules(assessed(some)) == []
    assert assessed(some).data["escalations"] == []
    done = assessed(some, escalate="true")
    assert rules(done) == [("escalation-no-progress", "issue 9")]
    assert [row["rule"] for row in done.data["escalations"]] == ["escalation-no-progress"]
    assert [row["what"] for row in done.data["agenda"]] == ["no progress for over 30 d"]
    assert rules(assessed(some, escalate="true", escalate_no_progress="36d")) == []
    assert rules(assessed(some, escalate="security")) == []
