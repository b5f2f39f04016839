"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.definitions import METRICS, OPEN_ISSUES
from repo_vitals.report.model import Finding, Judgement, Metric, Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.docs_freshness.facts import Facts


def judge(metrics: Iterable[Metric], facts: Facts, *, maximum: int) -> Judgement:
    """Judged metrics, findings and what the report says besides. Without a figure the verdict is unknown."""
    judged = tuple(metric.judged(Target("<=", maximum)) if metric.name == OPEN_ISSUES else metric
                   for metric in metrics)
    notes = () if facts.open_issues is not None else (f"issues are disabled in {facts.repository}",)
    return Judgement(
        repository=facts.repository,
        metrics=judged,
        findings=tuple(_too_many(metric, maximum) for metric in judged if metric.status == "fail"),
        summary=_summary(facts.open_issues, maximum),
        data={"definitions": {metric.name: metric.definition for metric in METRICS}, "complete": True},
        notes=notes,
    )


def _too_many(metric: Metric, maximum: int) -> Finding:
    return Finding(
        rule="too-many-open-issues",
        subject="open issues",      # the finding's stable id is made of it: no figure in it
        severity="high",
        title=f"{metric.value} issues are open",
        detail=f"The maximum is {maximum}.",
    )


def _summary(open_issues: int | None, maximum: int) -> str:
    return "open issues unknown" if open_issues is None else f"open issues: {open_issues}, at most {maximum} wanted"
