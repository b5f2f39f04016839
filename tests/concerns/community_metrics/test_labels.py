"""Which labels name a priority or a type."""
from __future__ import annotations

import pytest

from repo_vitals.concerns.community_metrics.labels import priority, triages


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
                                  "priority/low", "feature request"])
def test_a_priority_or_type_label_is_triage(name: str) -> None:
    assert triages(name)


@pytest.mark.parametrize("name", ["good first issue", "stale", "typeset", "status/needs-info", "debug", ""])
def test_other_labels_are_not(name: str) -> None:
    assert not triages(name)
