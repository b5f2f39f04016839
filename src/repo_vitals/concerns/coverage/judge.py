"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage import definitions
from repo_vitals.concerns.coverage.findings import findings_of
from repo_vitals.concerns.coverage.report_data import data_of
from repo_vitals.concerns.coverage.words import notes_of, summary_of
from repo_vitals.report.model import Judgement, Target

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import Facts
    from repo_vitals.concerns.coverage.measure import Measured
    from repo_vitals.concerns.coverage.policy import Policy
    from repo_vitals.report.model import Metric


def judge(measured: Measured, facts: Facts, policy: Policy) -> Judgement:
    """Judged metrics, findings and what the report says besides.

    Without a coverable line the verdict is unknown, and where a report is missing it is so whatever the others say:
    what is missing could only be guessed. Added lines and the base may be absent without harm: a change that adds
    nothing coverable passes, and so does one that nothing is known to compare with.
    """
    metrics = tuple(_judged(metric, measured, facts, policy) for metric in measured.metrics)
    return Judgement(
        repository=facts.repository,
        metrics=metrics,
        findings=findings_of(metrics, measured, facts, policy),
        summary=summary_of(metrics, measured, facts, policy),
        data=data_of(measured, facts, policy),
        notes=notes_of(measured, facts, policy),
        is_kept=facts.is_kept,
    )


def _judged(metric: Metric, measured: Measured, facts: Facts, policy: Policy) -> Metric:
    target = _target(metric, measured, policy)
    if target is None:
        return metric
    judged = metric.judged(target)
    # Of files without lines nobody knows whether what was added ran.
    is_partial = (metric.name == definitions.PATCH_RATIO and measured.patch is not None
                  and measured.patch.without_lines > 0)
    return replace(judged, status="unknown") if facts.missing or is_partial else judged


def _target(metric: Metric, measured: Measured, policy: Policy) -> Target | None:
    if metric.name == definitions.LINE_RATIO:
        return Target(">=", policy.minimum)
    if metric.name == definitions.BRANCH_RATIO:
        return _at_least(policy.minimum_branch)
    if metric.name == definitions.PATCH_RATIO:
        adds_nothing = measured.patch is not None and measured.patch.lines.valid == 0 and (
            not measured.patch.without_lines)
        return None if adds_nothing else _at_least(policy.minimum_patch)
    if metric.name == definitions.DROP_RATIO:
        return None if measured.drop is None else Target("<=", policy.maximum_drop)
    if metric.name == definitions.COMPONENT_RATIO:
        return _at_least(next(component.minimum for component in policy.components
                              if component.name == metric.labels["component"]))
    return None


def _at_least(limit: float | None) -> Target | None:
    return None if limit is None else Target(">=", limit)
