"""Which labels name a priority or a type."""
from __future__ import annotations

import pytest

from repo_vitals.concerns.community_metrics.labels import (
    Aliases,
    contradicts,
    is_urgent,
    priority,
    triages,
    type_of,
)
from support.community import issue


@pytest.mark.parametrize(("labels", "expected"), [
    (["priority/critical"], "critical"),
    (["priority-high"], "high"),
    (["Priority: Medium"], "medium"),
    (["prio/p2"], "p2"),
    (["P0"], "p0"),
    (["severity/low", "bug"], "low"),
    (["priority/low", "priority/critical"], "critical"),
    (["P3", "P1", "P2"], "p1"),
    (["priority/medium", "priority/high", "priority/urgent"], "urgent"),
    (["priority/whenever", "priority/asap"], "asap"),
    (["bug", "p10", "prioritise", "priority/"], "none"),
    ([], "none"),
])
def test_the_most_urgent_priority_label_is_an_items_priority(labels: list[str], expected: str) -> None:
    assert priority(labels) == expected


@pytest.mark.parametrize("name", ["bug", "Documentation", "type/bug", "type: feature", "kind/api-change", "P1",
                                  "priority/low", "feature request", "docs"])
def test_a_priority_or_type_label_is_triage(name: str) -> None:
    assert triages(name)


@pytest.mark.parametrize("name", ["good first issue", "stale", "typeset", "status/needs-info", "debug", ""])
def test_other_labels_are_not(name: str) -> None:
    assert not triages(name)


@pytest.mark.parametrize(("labels", "expected"), [
    (["type/bug"], "bug"),
    (["Kind: Security"], "security"),
    (["docs"], "documentation"),
    (["type/docs"], "documentation"),
    (["Feature request"], "feature"),
    (["kind/feature-request"], "feature"),
    (["enhancement"], "enhancement"),
    (["documentation", "question", "performance", "bug", "type/security"], "security"),
    (["documentation", "bug"], "bug"),
    (["type/refactor"], "refactor"),
    (["type/refactor", "enhancement"], "enhancement"),
    (["good first issue", "P1", "type/"], "none"),
    ([], "none"),
])
def test_the_type_that_is_answered_soonest_is_an_items_type(labels: list[str], expected: str) -> None:
    assert type_of(labels) == expected


@pytest.mark.parametrize(("labels", "torn"), [
    (["P0", "priority/critical"], False),
    (["docs", "type/documentation"], False),
    (["bug", "P2", "good first issue"], False),
    (["P0", "P1"], True),
    (["priority/high", "severity/low"], True),
    (["bug", "documentation"], True),
])
def test_two_priorities_or_two_types_contradict_each_other(labels: list[str], torn: bool) -> None:
    assert contradicts(labels) is torn


def test_high_and_all_before_it_are_urgent() -> None:
    assert [word for word in ("p0", "critical", "urgent", "p1", "high", "p2", "medium", "none", "asap")
            if is_urgent(word)] == ["p0", "critical", "urgent", "p1", "high"]


def test_an_alias_stands_for_a_label_whatever_its_case_now_and_in_history() -> None:
    ours = Aliases({"severity::1": "priority/critical"}).item(
        issue(opened=9, labels=("Severity::1", "bug"), labelled=((8, "severity::1"), (7, "bug"))))
    assert ours.labels == ("priority/critical", "bug")
    assert [change.name for change in ours.label_changes] == ["priority/critical", "bug"]
