"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption import definitions, words
from repo_vitals.concerns.package_adoption.findings import findings
from repo_vitals.concerns.package_adoption.measure import metrics_of
from repo_vitals.concerns.package_adoption.report_data import data
from repo_vitals.errors import CallerError
from repo_vitals.plain_text import quotable
from repo_vitals.report.model import Judgement, Metric, Target

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Facts
    from repo_vitals.concerns.package_adoption.measure import Measured


def judge(measured: Sequence[Measured], facts: Facts, *, today: date, days: int, old: float) -> Judgement:
    """Judged metrics, findings and what the report says besides. What could not be told is unknown, never a pass.

    `old`: the largest share of downloads that may go to yanked versions, and to ones with known flaws. `days`: how far
    back the report's series go.
    """
    unread = {(one.adoption.package.registry, one.adoption.package.name) for one in measured
              if one.adoption.tells_versions and (facts.deps_dev_failed or one.adoption.problem is not None)}
    return Judgement(
        repository=facts.repository,
        metrics=tuple(_judged(metric, old, unread) for metric in metrics_of(measured, facts.traffic, today=today)),
        findings=tuple(findings(measured, old=old)),
        summary=words.summary(measured),
        data={**data(measured, facts, today=today, days=days), "mistake": facts.mistake},
        notes=words.notes(measured, facts),
        unavailable=None if facts.unavailable is None else
        f"not everything could be asked: {quotable(facts.unavailable, limit=400)}",
        failures=() if facts.mistake is None else (CallerError(facts.mistake),),
    )


def _judged(metric: Metric, old: float, unread: Container[tuple[str, str]]) -> Metric:
    if metric.name == definitions.ANOMALOUS:
        return metric.judged(Target("==", 0), breach="warn")
    if metric.name not in (definitions.YANKED, definitions.FLAWED):
        return metric
    # Not every registry tells which versions are pulled: what it never tells is no verdict that is missing.
    if metric.value is not None or (metric.labels["registry"], metric.labels["package"]) in unread:
        return metric.judged(Target("<=", old), breach="warn")
    return metric
