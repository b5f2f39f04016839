"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.community_metrics import agenda, escalation_report, incidents, sla_report
from repo_vitals.concerns.community_metrics.definitions import (
    INCIDENT_METRICS,
    METRICS,
    RECENT_DAYS,
    SATISFACTION_SAMPLES,
    SATISFACTION_TARGET,
    SLA_METRICS,
)
from repo_vitals.concerns.community_metrics.measure import response_time
from repo_vitals.concerns.community_metrics.sla import Levels
from repo_vitals.concerns.community_metrics.sla_rules import FIRST_RESPONSE
from repo_vitals.concerns.community_metrics.words import spoken
from repo_vitals.report.model import Finding, Judgement, Metric, Target
from repo_vitals.stats.business_time import AROUND_THE_CLOCK, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.escalation import Escalation
    from repo_vitals.concerns.community_metrics.facts import Facts, Item
    from repo_vitals.concerns.community_metrics.measure import Case, Measured
    from repo_vitals.concerns.community_metrics.sla_rules import Duration
    from repo_vitals.config.business_hours import HoursSpec


def judge(
    measured: Measured, previous: Measured, facts: Facts, *, response_target: Duration, mean_limit: Duration,
    responders: str, business_hours: HoursSpec | None = None, always_on: Sequence[str] = (),
    satisfaction_target: float = SATISFACTION_TARGET, named: Mapping[str, Any] | None = None,
    escalated: Sequence[Escalation] = (),
) -> Judgement:
    """Findings, judged metrics and the report's data.

    `previous` is the window before, measured as of its own end; it serves the trend only. `business_hours` is what the
    facts' calendar was made from, `named` what the data has of people who are named on request.
    """
    in_hours, mean_seconds = business_hours is not None, _seconds(mean_limit, facts)
    notes = (*facts.notes, *([] if business_hours is None else [_HOURS_NOTE.format(business_hours.in_short)]))
    metrics = tuple(_judged(metric, mean_seconds, satisfaction_target) for metric in measured.metrics)
    issues = [case for case in measured.awaiting if case.item.kind == "issue"]
    findings = (
        *(_awaiting(case) for case in issues),
        *(_slow(metric, mean_limit, in_hours=in_hours)
          for metric in metrics if metric.name in _MEANS and metric.status == "fail"),
        *(() if measured.levels is None else sla_report.findings(measured.levels)),
        *map(escalation_report.finding, escalated),
    )
    definitions = (*METRICS, *(() if measured.levels is None else SLA_METRICS),
                   *(INCIDENT_METRICS if measured.incidents else ()))
    return Judgement(
        repository=facts.repository.name,
        metrics=metrics,
        findings=findings,
        summary=_summary(metrics, len(issues), _targets(measured, response_target, in_hours=in_hours),
                         in_hours=in_hours),
        data={
            "awaiting_response": [_awaiting_row(case) for case in measured.awaiting],
            "agenda": agenda.agenda([*_owed(measured), *map(agenda.escalated, escalated)]),
            "escalations": [escalation_report.as_json(one) for one in escalated],
            **_service_levels(measured),
            "items": [_item_row(case) for case in measured.cohort],
            "recent": [_recent_row(item) for item in _recent(facts, measured.window.end)],
            "trend": [{"metric": metric.name, "labels": dict(metric.labels), "previous": metric.value}
                      for metric in previous.metrics if metric.name in _TRENDS],
            "series": [{"title": "Open issues",
                        "points": [[format_instant(moment)[:10], count] for moment, count in measured.backlog]}],
            "definitions": {definition.name: definition.definition for definition in definitions},
            "responders": responders,
            **(named or {}),
            "business_hours": None if business_hours is None else str(business_hours),
            "always_on": list(always_on),
            "notes": list(notes),
            "complete": True,
        },
        notes=notes,
    )


_HOURS_NOTE = ("times to respond, triage and resolve count business hours only ({}); where they are given in days, a "
               "day is 24 of those hours")
_MEANS = {"issue_first_response_answered_mean_seconds": "issues",
          "pull_request_first_response_answered_mean_seconds": "pull requests"}
# Counters have no past without history. First and returning contributions of the window before would need its own past,
# and reactions carry no date: which of them stood at its end can't be known.
_TRENDS = frozenset(definition.name for definition in (*METRICS, *SLA_METRICS, *INCIDENT_METRICS)) - {
    "repository_stars", "repository_forks", "repository_watchers", "contributors_new", "contributors_returning",
    "issues_opened_recent", "pull_requests_opened_recent", "contributors_new_per_month", "contributor_retention_ratio",
    "satisfaction_ratio",
}


def _seconds(limit: Duration, facts: Facts) -> float:
    span = limit if isinstance(limit, timedelta) else (facts.hours or WEEKDAYS).day * limit.days
    return span.total_seconds()


def _judged(metric: Metric, mean_seconds: float, satisfaction_target: float) -> Metric:
    if metric.name == "issues_awaiting_response":
        return metric.judged(Target("<=", 0))
    if metric.name in _MEANS:
        return metric.judged(Target("<=", mean_seconds))
    # With too few samples it has no target at all: an unknown verdict would spoil that of every young repository.
    if metric.name == "satisfaction_ratio" and metric.samples >= SATISFACTION_SAMPLES:
        return metric.judged(Target(">=", satisfaction_target), breach="warn")
    return metric


def _owed(measured: Measured) -> Iterator[agenda.Entry]:
    yield from (agenda.owed(case.first) for case in measured.awaiting if case.first is not None)
    if measured.levels is not None:
        yield from map(agenda.owed, (*measured.levels.breaches, *measured.levels.due_soon))


def _service_levels(measured: Measured) -> dict[str, Any]:
    """`data.sla`, where anything was agreed or an incident is known."""
    if measured.levels is None and not measured.incidents:
        return {}
    found = sla_report.as_json(measured.levels or Levels(terms=measured.terms, rows=(), breaches=(), due_soon=(),
                                                         pending={}))
    if measured.incidents:
        rows = incidents.rows(measured.incidents, measured.window, measured.terms.due_soon)
        found |= {"rows": [*found["rows"], *rows], "incidents": incidents.as_json(measured.incidents, measured.window)}
    return {"sla": found}


def _targets(measured: Measured, target: Duration, *, in_hours: bool) -> str:
    """For how long an issue may wait, in the words of the summary."""
    levels = measured.levels
    if levels is not None and FIRST_RESPONSE in levels.terms.phases:
        return "past the target"
    return f"for over {spoken(target, in_hours=in_hours)}"


def _awaiting(case: Case) -> Finding:
    assert case.first is not None  # noqa: S101 - what awaits a response has an obligation
    in_hours = case.clock.calendar is not AROUND_THE_CLOCK
    return Finding(
        rule="awaiting-response",
        subject=f"issue {case.item.number}",
        severity="high",
        title=f"#{case.item.number} {case.item.title}",
        detail=f"Open for {spoken(case.waited, in_hours=in_hours)} without a response; the target is "
               f"{spoken(case.first.rule.within, in_hours=in_hours)}.",
        url=case.item.url,
        since=case.first.due,
        labels={"kind": case.item.kind, "number": str(case.item.number)},
    )


def _slow(metric: Metric, limit: Duration, *, in_hours: bool) -> Finding:
    mean = timedelta(seconds=metric.value or 0)
    return Finding(
        rule="mean-response",
        subject=_MEANS[metric.name],
        severity="high",
        title=f"{_MEANS[metric.name].capitalize()} were answered after {spoken(mean, in_hours=in_hours)} on average",
        detail=f"Mean of {metric.samples} answered {_MEANS[metric.name]}; the limit is "
               f"{spoken(limit, in_hours=in_hours)}.",
    )


def _summary(metrics: Iterable[Metric], awaiting: int, target: str, *, in_hours: bool) -> str:
    figure = {(metric.name, *sorted(metric.labels.values())): metric for metric in metrics}
    median = figure["issue_first_response_seconds", "0.5"]
    waiting = {0: "no open issue awaits a response", 1: "1 open issue awaits a response"}.get(
        awaiting, f"{awaiting} open issues await a response") + f" {target}"
    parts = [
        waiting if figure["issues_awaiting_response",].value is not None else "issues awaiting a response: unknown",
        "median first response " + (
            spoken(timedelta(seconds=median.value), in_hours=in_hours) if median.value is not None
            else "not reached" if median.samples else "unknown"),
        ", ".join(["open: " + _counted(figure["issues_open",].value, "issue"),
                   _counted(figure["pull_requests_open",].value, "pull request")]),
    ]
    return "; ".join(parts)


def _counted(value: float | None, noun: str) -> str:
    return f"unknown {noun}s" if value is None else f"{value:.0f} {noun}{'' if value == 1 else 's'}"


def _awaiting_row(case: Case) -> dict[str, Any]:
    due = None if case.first is None else case.first.due
    return {"number": case.item.number, "kind": case.item.kind, "age_seconds": case.waited.total_seconds(),
            "due": None if due is None else format_instant(due), "title": case.item.title, "url": case.item.url}


def _item_row(case: Case) -> dict[str, Any]:
    response, ready = case.response, case.clock.started_at
    return {
        "number": case.item.number,
        "kind": case.item.kind,
        "created_at": format_instant(case.item.created_at),
        "ready_at": None if ready is None else format_instant(ready),
        "first_response_at": None if response is None else format_instant(response.at),
        "first_response_seconds": None if (span := response_time(case)) is None else span.total_seconds(),
        "first_responder": None if response is None else response.by.login,
        "closed_at": None if case.closed_at is None else format_instant(case.closed_at),
        "state_reason": case.item.state_reason,
        "labels": list(case.item.labels),
    }


def _recent(facts: Facts, end: datetime) -> list[Item]:
    start = end - timedelta(days=RECENT_DAYS)
    return sorted((item for item in facts.items if start <= item.created_at < end and item.kind != "discussion"),
                  key=lambda item: (item.created_at, item.number), reverse=True)


def _recent_row(item: Item) -> dict[str, Any]:
    return {"number": item.number, "kind": item.kind, "created_at": format_instant(item.created_at),
            "title": item.title, "url": item.url}
