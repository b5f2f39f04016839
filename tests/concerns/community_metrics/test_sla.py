"""Service levels of single items, by hand: when a phase ends, what stops its clock, and what is owed."""
from __future__ import annotations

from datetime import time, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import BusinessDays
from repo_vitals.concerns.community_metrics.definitions import SLA_METRICS
from repo_vitals.concerns.community_metrics.label_kinds import PHASE_LABELS
from repo_vitals.concerns.community_metrics.moves import Pauses
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.concerns.community_metrics.sla import Levels, Obligation, Terms, levels, obligations
from repo_vitals.concerns.community_metrics.sla_report import as_json, findings, metrics, severity
from repo_vitals.concerns.community_metrics.sla_rules import RULES
from repo_vitals.report.model import check_names
from repo_vitals.stats.business_time import BusinessHours
from support.community import GHOST, MONTH, NOW, ago, discussion, issue, pull_request, said

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Item


def terms(rules: str) -> Terms:
    return Terms(rules=RULES.parse(rules), pauses=Pauses.of(["status/needs-info", "status/blocked"]),
                 phase_labels={phase: frozenset(names) for phase, names in PHASE_LABELS.items()})


def owed(item: Item, rules: str) -> Obligation:
    (one,) = obligations(item, terms(rules), Policy(), as_of=NOW)
    return one


def state(item: Item, rules: str) -> str:
    return owed(item, rules).state


def found(*items: Item, rules: str, policy: Policy | None = None) -> Levels:
    return levels(items, terms(rules), policy or Policy(), MONTH)


# When a phase ends


@pytest.mark.parametrize(("answered", "expected"), [(80, "met"), (76, "met"), (75.9, "breached")])
def test_an_end_up_to_the_very_second_at_which_it_was_due_is_in_time(answered: float, expected: str) -> None:
    for phase in ("first-response", "acknowledge"):
        assert state(issue(opened=100, remarks=(said("bob", answered),)), f"{phase}: 24h") == expected


@pytest.mark.parametrize(("opened", "closed", "expected"), [
    (10, None, "pending"), (24, None, "pending"), (25, None, "breached"), (100, 90, "neither"), (100, 70, "breached"),
])
def test_what_never_ended_is_pending_late_or_neither(opened: float, closed: float | None, expected: str) -> None:
    shut = () if closed is None else ((closed, True),)
    assert state(issue(opened=opened, closed=closed, states=shut), "first-response: 24h") == expected


def test_triage_ends_with_the_first_priority_or_type_label_even_if_it_was_taken_off_again() -> None:
    item = issue(opened=100, labelled=((99, "good first issue"), (90, "bug"), (30, "P1")), unlabelled=((80, "bug"),),
                 labels=("P1", "good first issue"))
    assert (owed(item, "triage: 24h").state, owed(item, "triage: 24h").ended_at) == ("met", ago(90))


def test_an_issue_that_has_its_label_without_an_entry_in_its_history_was_triaged_from_the_start() -> None:
    assert owed(issue(opened=100, labels=("bug",)), "triage: 24h").ended_at == ago(100)


@pytest.mark.parametrize(("phase", "label"), [
    ("evaluation", "status/accepted"), ("investigate", "status/confirmed"), ("fix", "status/fixed"),
    ("disclose", "Status/Disclosed"),
])
def test_a_phase_ends_with_its_label_or_with_the_closing(phase: str, label: str) -> None:
    rules = f"{phase}: 24h"
    assert owed(issue(opened=100, labelled=((90, label),), labels=(label,)), rules).ended_at == ago(90)
    assert owed(issue(opened=100, closed=80, states=((80, True),)), rules).ended_at == ago(80)
    assert owed(issue(opened=100, closed=80, states=((80, True),), labelled=((90, label),), labels=(label,)),
                rules).ended_at == ago(90)
    assert state(issue(opened=100), rules) == "breached"


def test_resolution_is_the_last_closing_and_a_reopening_voids_those_before() -> None:
    assert state(issue(opened=100, closed=90, states=((90, True),)), "resolution: 24h") == "met"
    assert state(issue(opened=100, states=((90, True), (50, False))), "resolution: 24h") == "breached"
    assert owed(issue(opened=100, closed=10, states=((90, True), (50, False), (10, True))),
                "resolution: 24h").ran == timedelta(hours=90)


def test_a_transferred_issue_with_a_response_older_than_itself_has_no_first_response() -> None:
    transferred = issue(opened=50, remarks=(said("bob", 300),))
    assert list(obligations(transferred, terms("first-response: 24h\nacknowledge: 24h"), Policy(), as_of=NOW)) == []


def test_hidden_words_those_of_bots_and_those_of_a_deleted_account_on_its_own_issue_end_nothing() -> None:
    assert state(issue(opened=100, remarks=(said("bob", 99, minimised=True), said("ci[bot]", 98))),
                 "first-response: 24h") == "breached"
    assert state(issue(by=GHOST, opened=100, remarks=(said(GHOST, 99),)), "first-response: 24h") == "breached"
    assert state(issue(opened=100, remarks=(said(GHOST, 99),)), "first-response: 24h") == "met"


def test_what_happens_after_the_clock_has_not_happened() -> None:
    item = issue(opened=100, closed=-1, states=((-1, True),), remarks=(said("bob", -1),), labelled=((-1, "bug"),),
                 labels=("bug",))
    for phase in ("first-response", "triage", "resolution"):
        assert state(item, f"{phase}: 24h") == "breached"


# What stops the clock


def test_the_clock_of_resolution_stands_while_a_pausing_label_does() -> None:
    item = issue(opened=100, labelled=((90, "status/needs-info"),), unlabelled=((20, "status/needs-info"),))
    one = owed(item, "resolution: 48h")
    assert (one.state, one.ran, one.due) == ("pending", timedelta(hours=30), ago(-18))
    assert owed(item, "evaluation: 48h").ran == timedelta(hours=100)


def test_while_it_stands_still_nothing_is_due() -> None:
    one = owed(issue(opened=100, labelled=((90, "status/blocked"),), labels=("status/blocked",)), "resolution: 48h")
    assert (one.state, one.due, one.ran) == ("pending", None, timedelta(hours=10))


def test_a_pause_that_begins_after_it_was_due_excuses_nothing() -> None:
    one = owed(issue(opened=100, labelled=((10, "status/blocked"),), labels=("status/blocked",)), "resolution: 48h")
    assert (one.state, one.due, one.overdue) == ("breached", ago(52), timedelta(hours=42))


def test_two_pauses_at_once_are_one() -> None:
    item = issue(opened=100, labelled=((90, "status/blocked"), (80, "status/needs-info")),
                 unlabelled=((50, "status/needs-info"), (40, "status/blocked")))
    assert owed(item, "resolution: 48h").ran == timedelta(hours=50)


def test_a_pause_within_a_draft_is_no_longer_than_the_draft() -> None:
    item = pull_request(opened=100, drafts=((90, True), (40, False)), labelled=((80, "status/blocked"),),
                        unlabelled=((70, "status/blocked"),))
    assert owed(item, "resolution: 48h").ran == timedelta(hours=50)


def test_a_pausing_label_without_an_entry_counts_from_the_start_and_a_vanished_one_not_at_all() -> None:
    assert owed(issue(opened=100, labels=("status/blocked",)), "resolution: 48h").ran == timedelta(0)
    assert owed(issue(opened=100, unlabelled=((60, "status/blocked"),)),
                "resolution: 48h").ran == timedelta(hours=60)
    # Nobody took it off, and still it is not there: it was deleted from the repository, nobody knows when.
    assert owed(issue(opened=100, labelled=((90, "status/blocked"),)), "resolution: 200h").ran == timedelta(hours=100)


def test_a_pull_request_is_timed_from_when_it_was_ready() -> None:
    assert owed(pull_request(opened=100, drafts=((30, False),)), "first-response: 24h").due == ago(6)


def test_pull_requests_in_draft_now_are_left_out_ready_before_or_not() -> None:
    for drafts in ((), ((50, True),)):
        assert found(pull_request(opened=100, is_draft=True, drafts=drafts), rules="first-response: 24h").rows == ()


def test_a_target_in_business_days_leaves_the_weekend_out() -> None:
    # NOW is a Tuesday noon; 94 hours before is Friday, 14:00.
    one = owed(issue(opened=94), "first-response: 2bd")
    assert (one.rule.within, one.deadline.span) == (BusinessDays(2), timedelta(days=2))
    assert (one.state, one.ran, one.due) == ("pending", timedelta(hours=46), ago(-2))


@pytest.mark.parametrize("within", ["16h", "2bd"])
def test_with_business_hours_only_they_count_but_for_what_is_always_on(within: str) -> None:
    # From Monday, 10:00, to Tuesday, 12:00, are 7 and 3 hours of an office.
    office = BusinessHours(zone=timezone.utc, days=frozenset(range(5)), opens=time(9), closes=time(17))
    policy = Policy(hours=office, always_on=frozenset({"security"}))
    rules = terms(f"first-response: {within}\nfirst-response type=security: 16h")
    (one,) = obligations(issue(opened=26), rules, policy, as_of=NOW)
    assert (one.state, one.ran, one.due) == ("pending", timedelta(hours=10), ago(-22))
    (one,) = obligations(issue(opened=26, labels=("security",)), rules, policy, as_of=NOW)
    assert (one.state, one.due, one.overdue) == ("breached", ago(10), timedelta(hours=10))


def test_what_is_overdue_by_business_hours_is_told_in_them() -> None:
    office = BusinessHours(zone=timezone.utc, days=frozenset(range(5)), opens=time(9), closes=time(17))
    (told,) = findings(found(pull_request(opened=26), rules="first-response: 4h", policy=Policy(hours=office)))
    assert told.detail == ("First response of this pull request is overdue by 6 business hours; the target is "
                           "4 business hours. The next move is for the maintainers, since 2026-03-30.")


# Figures


def test_attainment_is_met_over_met_and_breached_of_the_items_opened_in_the_window() -> None:
    done = found(
        issue(1, opened=100, labels=("P0", "bug"), remarks=(said("bob", 99),)),
        issue(2, opened=100, labels=("P0", "bug"), remarks=(said("bob", 50),)),
        issue(3, opened=10, labels=("P0", "bug")),
        issue(4, opened=100, labels=("P0", "bug"), closed=90, states=((90, True),)),
        issue(5, opened=24 * 40, labels=("P0", "bug")),
        issue(6, by="dependabot[bot]", opened=100, labels=("P0", "bug")),
        issue(7, opened=100, labels=("P0", "bug"), is_ours=True),
        pull_request(8, opened=20, labels=("security",)),
        rules="first-response: 24h")
    assert [(row.phase, row.channel, row.type, row.priority, row.met, row.breached, row.pending, row.due_soon,
             row.attainment) for row in done.rows] == [
        ("first-response", "issue", "bug", "p0", 1, 1, 1, 1, 0.5),
        ("first-response", "pull_request", "security", "none", 0, 0, 1, 1, None)]
    assert [one.item.number for one in done.breaches] == [5]
    assert [(one.item.number, one.due) for one in done.due_soon] == [(8, ago(-4)), (3, ago(-14))]
    figures = {(metric.name, *metric.labels.values()): metric.value for metric in metrics(done)}
    assert figures == {
        ("sla_attainment_ratio", "first-response", "issue", "bug", "p0"): 0.5,
        ("sla_attainment_ratio", "first-response", "pull_request", "security", "none"): None,
        ("sla_breached", "first-response"): 1, ("sla_due_soon", "first-response"): 2,
        ("sla_pending", "first-response"): 2}
    check_names(metrics(done), {definition.name: definition for definition in SLA_METRICS})


def test_due_soon_ends_at_the_span_itself() -> None:
    for hours, soon in ((48, 1), (47.9, 0)):
        assert len(found(issue(opened=hours), rules="first-response: 72h").due_soon) == soon


def test_what_is_late_but_done_is_no_breach_to_act_on_though_it_counts_in_the_ratio() -> None:
    done = found(issue(opened=100, remarks=(said("bob", 10),)), rules="first-response: 24h")
    assert (done.breaches, done.rows[0].attainment) == ((), 0)


def test_a_phase_of_what_is_switched_off_is_not_measured() -> None:
    done = found(rules="triage: 24h\nfirst-response: 24h\nacknowledge channel=discussion: 4h")
    figures = {(metric.name, *metric.labels.values()): (metric.value, metric.samples)
               for metric in metrics(done, issues_enabled=False, discussions_enabled=False)}
    assert figures["sla_breached", "triage"] == figures["sla_pending", "acknowledge"] == (None, 0)
    assert figures["sla_breached", "first-response"] == (0, 1)


# Findings and rows


def test_each_late_phase_is_a_finding_but_the_first_response_of_issues_which_has_one_of_its_own() -> None:
    done = found(issue(12, opened=500), pull_request(13, opened=500), discussion(14, opened=500),
                 rules="first-response: 24h\nresolution channel=issue: 2w")
    assert [(one.rule, one.subject) for one in findings(done)] == [
        ("sla-breach", "pull request 13 first-response"), ("sla-breach", "discussion 14 first-response"),
        ("sla-breach", "issue 12 resolution")]
    last = findings(done)[-1]
    assert (last.severity, last.since) == ("medium", ago(164))
    assert last.detail == ("Resolution of this issue is overdue by 6.8 d; the target is 14 d. "
                           "The next move is for the maintainers, since 2026-03-10.")


@pytest.mark.parametrize(("labels", "expected"), [
    (("security", "P0"), "critical"), (("security", "priority/critical"), "critical"), (("security",), "high"),
    (("security", "P3"), "high"), (("P0",), "high"), (("bug", "priority/high"), "high"), (("bug", "P2"), "medium"),
    ((), "medium"),
])
def test_how_grave_it_is_depends_on_type_and_priority(labels: tuple[str, ...], expected: str) -> None:
    assert severity(owed(issue(opened=100, labels=labels), "resolution: 24h")) == expected


def test_the_report_holds_rules_rows_and_what_is_owed() -> None:
    told: dict[str, Any] = as_json(found(issue(5, opened=100, labels=("bug",)),
                                        rules="resolution type=bug level=2: 1d-3d"))
    assert told["rules"] == [{"rule": "resolution type=bug level=2: 24h-3d", "phase": "resolution", "priority": None,
                              "type": "bug", "channel": None, "level": 2}]
    assert told["rows"] == [{"phase": "resolution", "channel": "issue", "type": "bug", "priority": "none", "met": 0,
                             "breached": 1, "pending": 0, "due_soon": 0, "attainment": 0.0}]
    assert told["breaches"] == [{
        "number": 5, "kind": "issue", "title": "Title 5", "url": "https://github.com/acme/widget/issues/5",
        "phase": "resolution", "priority": "none", "type": "bug", "level": 2, "target_seconds": 259200.0,
        "elapsed_seconds": 360000.0, "due": "2026-03-30T08:00:00Z", "overdue_seconds": 100800.0, "owes": "maintainers",
        "since": "2026-03-27T08:00:00Z"}]
    assert told["due_soon"] == []
