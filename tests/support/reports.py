"""Reports for tests of what is made of reports."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from repo_vitals.report.model import Cost, Finding, Metric, MetricDefinition, Report, Window

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)

DEFINITIONS = {
    "issues_open": MetricDefinition(name="issues_open", unit="count", definition="Open issues"),
    "issue_first_response_seconds": MetricDefinition(
        name="issue_first_response_seconds", unit="seconds", definition="Time to the first response",
        labels=("quantile",)),
    "issue_response_sla_ratio": MetricDefinition(
        name="issue_response_sla_ratio", unit="ratio", definition="Issues answered in time", labels=("priority",)),
    "binary_size_bytes": MetricDefinition(
        name="binary_size_bytes", unit="bytes", definition="Size of the binary", labels=("target",)),
}


def metric(name: str, value: float | None, *, samples: int | None = None, **labels: str) -> Metric:
    """A figure of one of DEFINITIONS."""
    return Metric(name=name, value=value, unit=DEFINITIONS[name].unit, labels=labels,
                  samples=samples if samples is not None else int(value is not None))


def finding(**given: Any) -> Finding:
    """A finding about issue 7, unless told otherwise."""
    plain: dict[str, Any] = {
        "rule": "awaiting-response", "subject": "issue 7", "severity": "high", "title": "It breaks"}
    return Finding(**{**plain, **given})


def report(**given: Any) -> Report:
    """A report that passes and holds nothing, unless told otherwise."""
    plain: dict[str, Any] = {
        "monitor": "community-metrics", "repository": "acme/widget", "generated_at": NOW,
        "window": Window(start=NOW - timedelta(days=30), end=NOW), "status": "pass", "summary": "all is well",
        "metrics": (), "findings": (), "data": {"complete": True}, "cost": Cost(),
    }
    return Report(**{**plain, **given})
