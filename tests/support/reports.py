"""Reports for tests of what is made of reports."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from repo_vitals.clock import format_instant
from repo_vitals.report.model import Cost, Finding, Metric, MetricDefinition, Report, Target, Window

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


def sample() -> Report:
    """A report with something of everything, for whole-text snapshots."""
    return report(
        status="fail", summary="1 open issue awaits a response for over 24 h; median first response 3.2 h",
        metrics=(
            metric("issues_open", 1234),
            metric("issue_first_response_seconds", 11_520, samples=40, quantile="0.5").judged(Target("<=", 86_400)),
            metric("issue_first_response_seconds", None, samples=40, quantile="0.9"),
            metric("issue_response_sla_ratio", 0.89999, samples=20, priority="p1").judged(Target(">=", 0.9)),
            metric("issue_response_sla_ratio", None, priority="area|core").judged(Target(">=", 0.9)),
            metric("binary_size_bytes", 52_400_000, target="x86_64"),
        ),
        findings=(
            finding(rule="mean-response", subject="issues", severity="medium",
                    title="Issues were answered after 3 d on average", detail="Mean of 12; the limit is 2 d."),
            finding(severity="high", title="#7 `panic` in <main> | @acme/core",
                    detail="Open for 30 h without a response.",
                    url="https://github.com/acme/widget/issues/7", since=NOW - timedelta(hours=6)),
            finding(rule="user-rule", subject="many", severity="info", title="Many open issues",
                    since=NOW - timedelta(days=9)),
        ),
        data={
            "complete": "discussions: the last page was refused", "notes": ["acme/widget is archived"],
            "trend": [{"metric": "issues_open", "labels": {}, "previous": 1200},
                      {"metric": "issue_first_response_seconds", "labels": {"quantile": "0.5"}, "previous": 11_520},
                      {"metric": "issue_first_response_seconds", "labels": {"quantile": "0.9"}, "previous": None}],
            "series": [{"title": "Open issues", "points": [["2026-01-01", 1200], ["2026-01-11", None],
                                                           ["2026-01-21", 1250.5], ["2026-01-31", 1234]]}],
        },
        cost=Cost(requests=37, graphql_points=52, retries=1, seconds=8.25),
    )


def due(number: int = 7, hours: float = -6, **given: Any) -> dict[str, Any]:
    """A row of an agenda: due so many hours from NOW, overdue by as much when that is past."""
    plain: dict[str, Any] = {
        "number": number, "kind": "issue", "title": f"Title {number}",
        "url": f"https://github.com/acme/widget/issues/{number}", "what": "first-response",
        "due": format_instant(NOW + timedelta(hours=hours)), "overdue_seconds": -3600 * hours if hours < 0 else None,
        "owes": "maintainers", "since": format_instant(NOW + timedelta(hours=hours - 24)), "priority": "none",
        "type": "none", "level": None, "also": [],
    }
    return {**plain, **given}


def sample_with_agenda() -> Report:
    """`sample()` with an agenda, service levels and people, for whole-text snapshots."""
    plain = sample()
    return replace(plain, data={
        **plain.data,
        "trend": [{"metric": "issues_open", "labels": {}, "previous": 900},
                  {"metric": "issue_first_response_seconds", "labels": {"quantile": "0.5"}, "previous": 23_040}],
        "agenda": [
            due(3, -77, title="Wrong totals\n| @acme/core", priority="p1", type="bug", also=["triage"]),
            due(7, -6, title="`panic` in <main> | @acme/core", owes="author", what="resolution"),
            due(12, 5, kind="discussion", title="How do I *quote* a pipe?",
                url="https://github.com/acme/widget/discussions/12"),
        ],
        "sla": {"rows": [
            {"phase": "first-response", "channel": "issue", "type": None, "priority": "p1", "met": 17, "breached": 3,
             "pending": 2, "due_soon": 1, "attainment": 0.85},
            {"phase": "triage", "channel": None, "type": None, "priority": None, "met": 0, "breached": 0, "pending": 4,
             "due_soon": 0, "attainment": None}]},
        "sections": [
            {"title": "First responses by", "headers": ["Person", "First responses"],
             "rows": [["ann_b", 12], ["bob", 4]]},
            {"title": "Thanks to", "headers": ["Contributor", "Commits", "First time"],
             "rows": [["cy", 21, ""], ["Dee <dee@example.org>", 1, "yes"]]},
        ],
    })
