"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness import definitions
from repo_vitals.concerns.docs_freshness.findings import findings_of
from repo_vitals.concerns.docs_freshness.report_data import data_of
from repo_vitals.concerns.docs_freshness.words import notes_of, summary_of
from repo_vitals.report.model import Judgement, Target

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.facts import Facts
    from repo_vitals.concerns.docs_freshness.measure import Measured
    from repo_vitals.concerns.docs_freshness.policy import Policy
    from repo_vitals.report.model import Metric, Status

_NONE = Target("<=", 0)


def judge(measured: Measured, facts: Facts, policy: Policy) -> Judgement:
    """Judged metrics, findings and what the report says besides.

    Without a document the verdict is unknown, and so it is where the age of one is not known. What nobody states (a
    version) and nobody named (a site) has no target.
    """
    metrics = tuple(_judged(metric, measured, facts, policy) for metric in measured.metrics)
    return Judgement(
        repository=facts.repository,
        metrics=metrics,
        findings=findings_of(measured, facts, policy),
        summary=summary_of(measured, facts, policy),
        data=data_of(measured, facts),
        notes=notes_of(measured, facts, policy),
        unavailable=facts.unavailable or None,
        is_kept=facts.is_kept,
    )


def _judged(metric: Metric, measured: Measured, facts: Facts, policy: Policy) -> Metric:
    if metric.name == definitions.FILES:
        return metric.judged(Target(">=", 1))
    if metric.name == definitions.STALE:
        return metric.judged(_NONE, breach=policy.stale)
    if metric.name == definitions.LINKS and metric.labels["state"] == "broken" and policy.links != "none":
        return replace(metric.judged(_NONE), status=_links(metric, measured, policy))
    if metric.name == definitions.MISMATCHES and metric.samples:
        return metric.judged(_NONE, breach=policy.version_mismatches)
    if metric.name == definitions.SITES and facts.sites:
        return metric.judged(_NONE, breach=policy.sites)
    return metric


def _links(metric: Metric, measured: Measured, policy: Policy) -> Status:
    """Broken links inside fail; external ones as the policy says, alone."""
    if metric.value is None:
        return "unknown"
    broken = [link for link in measured.links if link.state == "broken"]
    if any(not link.is_external for link in broken):
        return "fail"
    return policy.external_links if broken else "pass"
