"""What every figure of docs-freshness means, in a sentence each."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

OPEN_ISSUES = "docs_freshness_open_issues"

METRICS: tuple[MetricDefinition, ...] = (
    MetricDefinition(name=OPEN_ISSUES, unit="count", definition="Open issues, pull requests not among them"),
)

# Outputs of the action, each the value of one metric.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    "open-issues": (OPEN_ISSUES, {}),
}
