"""What was already wrong when a repository began to be watched: until a date it fails no run, unless it grows. Pure.

Recorded are the findings and the figures beyond their targets of the first run. What goes away is forgotten, so that it
is new when it comes back.
"""
from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import ended_day, format_instant, parse_instant
from repo_vitals.frozen import dataclass
from repo_vitals.report.fingerprint import fingerprint
from repo_vitals.report.model import SEVERITIES, Finding, Metric, Report, Severity, Target
from repo_vitals.report.status import overall

if TYPE_CHECKING:
    from collections.abc import Mapping

FOR = timedelta(days=90)        # that a baseline lasts where no date is given
_SCHEMA_VERSION = 1
_HOLDS = SEVERITIES.index("low")        # what is info fails nothing
_ALIKE = 1e-9       # of a figure: what is nearer is the same one, summed in another order


class NotABaseline(ValueError):
    """Why a text is no baseline."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What was wrong at a moment. Findings by their ids, figures by name and labels as JSON."""

    since: datetime
    findings: Mapping[str, Severity]
    metrics: Mapping[str, float]


def begun(report: Report) -> Baseline:
    """The baseline that a report's breaches make."""
    return Baseline(
        since=report.generated_at,
        findings={_id(report, finding): finding.severity for finding in report.findings
                  if SEVERITIES.index(finding.severity) >= _HOLDS},
        metrics={_key(metric): metric.value for metric in report.metrics
                 if metric.value is not None and metric.status in ("fail", "warn")})


def carried(baseline: Baseline, report: Report) -> Baseline:
    """The baseline without what a whole report no longer names. One that could not judge all takes nothing away."""
    if report.data.get("complete", True) is not True or any(metric.status == "unknown" for metric in report.metrics):
        return baseline
    now = begun(report)
    return replace(
        baseline, findings={name: severity for name, severity in baseline.findings.items() if name in now.findings},
        metrics={name: value for name, value in baseline.metrics.items() if name in now.metrics})


def applied(report: Report, baseline: Baseline, until: datetime) -> Report:
    """The report in which what the baseline holds fails nothing, with a note and `data.baseline` that say so.

    A finding that is there since then, and no graver, becomes info; a figure that is no further from its target gets
    the recorded value as its target. From `until` on all count again.
    """
    ended = report.generated_at >= until
    findings = tuple(report.findings if ended else (_held(report, one, baseline) for one in report.findings))
    metrics = tuple(report.metrics if ended else (_relaxed(one, baseline) for one in report.metrics))
    held = [_id(report, one) for one, before in zip(findings, report.findings, strict=True) if one is not before]
    figures = [one.name for one, before in zip(metrics, report.metrics, strict=True) if one is not before]
    what = _counted(len(baseline.findings), len(baseline.metrics)) if ended else _counted(len(held), len(figures))
    said = f"it lasted until {_end(until)}, and {what} count again" if ended else (
        f"{what} that were there then fail nothing until {_end(until)}")
    note = f"baseline of {format_instant(baseline.since)[:10]}: {said}"
    data = {**report.data, "notes": [*report.data.get("notes", []), note], "baseline": {
        "since": format_instant(baseline.since), "until": format_instant(until), "ended": ended, "findings": held,
        "metrics": sorted(set(figures))}}
    return replace(report, findings=findings, metrics=metrics, data=data, status=overall(metrics, findings))


def _end(until: datetime) -> str:
    """`the end of 2027-03-31 (UTC)`, as people name a day that counts in full, or `2027-03-31 18:00 UTC`."""
    day = ended_day(until)
    return f"{until:%Y-%m-%d %H:%M} UTC" if day is None else f"the end of {day} (UTC)"


def _counted(findings: int, figures: int) -> str:
    return (f"{findings:,} {'finding' if findings == 1 else 'findings'} and {figures:,} "
            f"{'figure' if figures == 1 else 'figures'}")


def _held(report: Report, finding: Finding, baseline: Baseline) -> Finding:
    recorded = baseline.findings.get(_id(report, finding))
    if recorded is None or not _HOLDS <= SEVERITIES.index(finding.severity) <= SEVERITIES.index(recorded):
        return finding
    said = f"In the baseline of {format_instant(baseline.since)[:10]}, severity {finding.severity}"
    return replace(finding, severity="info", labels={**finding.labels, "baseline": finding.severity},
                   detail=f"{finding.detail} ({said})" if finding.detail else said)


def _relaxed(metric: Metric, baseline: Baseline) -> Metric:
    recorded = baseline.metrics.get(_key(metric))
    if recorded is None or metric.target is None or metric.value is None or metric.status not in ("fail", "warn"):
        return metric
    if metric.target.comparison == "==" and (recorded > metric.target.limit) != (metric.value > metric.target.limit):
        return metric       # beyond its target on the other side: that was not there then
    from_above = metric.target.comparison in ("<", "<=") or (
        metric.target.comparison == "==" and recorded > metric.target.limit)
    same = math.isclose(recorded, metric.value, rel_tol=_ALIKE, abs_tol=0.0)
    target = Target("<=" if from_above else ">=", metric.value if same else recorded)
    return replace(metric, target=target, status="pass") if target.met_by(metric.value) else metric


def _id(report: Report, finding: Finding) -> str:
    return fingerprint(report.monitor, finding.rule, finding.subject)


def _key(metric: Metric) -> str:
    return json.dumps([metric.name, dict(sorted(metric.labels.items()))], ensure_ascii=True, separators=(",", ":"))


def as_text(baseline: Baseline) -> str:
    """The baseline as a line of JSON for each thing, so that a change is a change of lines."""
    lines: list[Any] = [{"schema_version": _SCHEMA_VERSION, "since": format_instant(baseline.since)}]
    lines += [{"finding": name, "severity": severity} for name, severity in sorted(baseline.findings.items())]
    lines += [{"metric": name, "value": value} for name, value in sorted(baseline.metrics.items())]
    return "".join(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n" for line in lines)


def parse(text: str) -> Baseline:
    """A baseline from its text. Raises NotABaseline for what is none, or what a newer version wrote."""
    findings: dict[str, Severity] = {}
    metrics: dict[str, float] = {}
    try:
        head, *lines = [json.loads(line) for line in text.splitlines()]
        if head["schema_version"] != _SCHEMA_VERSION:
            raise NotABaseline("was written by a newer version")
        for line in lines:
            if "finding" in line:
                findings[str(line["finding"])] = SEVERITIES[SEVERITIES.index(line["severity"])]
            else:
                metrics[str(line["metric"])] = float(line["value"])
        return Baseline(since=parse_instant(head["since"]), findings=findings, metrics=metrics)
    except NotABaseline:
        raise
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        raise NotABaseline("is damaged") from None
