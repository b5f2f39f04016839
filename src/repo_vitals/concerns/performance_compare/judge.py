"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare import definitions
from repo_vitals.concerns.performance_compare.facts import TIMED
from repo_vitals.concerns.performance_compare.findings import findings_of
from repo_vitals.concerns.performance_compare.report_data import data_of
from repo_vitals.concerns.performance_compare.words import notes_of, summary_of
from repo_vitals.report.model import Judgement, Target

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import Facts
    from repo_vitals.concerns.performance_compare.measure import Measured
    from repo_vitals.concerns.performance_compare.policy import Policy
    from repo_vitals.report.model import Metric

_NONE_WANTED = Target("==", 0)


def judge(measured: Measured, facts: Facts, policy: Policy, *, now: datetime) -> Judgement:
    """Judged metrics, findings and what the report says besides.

    No verdict is a pass: without a benchmark, without a baseline where one was asked for, with a report that is missing
    or broken off, and where the runs can't say of any benchmark whether it changed, the verdict is unknown.
    """
    return Judgement(
        repository=facts.repository,
        metrics=tuple(_judged(metric, measured, facts, policy) for metric in measured.metrics),
        findings=findings_of(measured, facts, policy, now),
        summary=summary_of(measured, facts),
        data=data_of(measured, facts, policy),
        notes=notes_of(measured, facts),
        is_kept=facts.is_kept,
    )


def _judged(metric: Metric, measured: Measured, facts: Facts, policy: Policy) -> Metric:
    verdict = metric.labels.get("verdict", "")
    if metric.name == definitions.BENCHMARKS and verdict == "regressed" and _is_judged(measured, facts):
        judged = metric.judged(_NONE_WANTED)
        is_open = _is_open(measured, facts, policy)
        return judged if judged.status == "fail" or not is_open else replace(judged, status="unknown")
    if metric.name == definitions.BENCHMARKS and verdict == "missing" and metric.value is not None:
        return metric.judged(_NONE_WANTED, breach=policy.missing)
    return metric


def _is_judged(measured: Measured, facts: Facts) -> bool:
    """Whether a comparison is wanted, or there is nothing else that could be judged."""
    return facts.reference is not None or bool(facts.missing) or not measured.limits.are_set


def _is_open(measured: Measured, facts: Facts, policy: Policy) -> bool:
    """Whether what is known leaves open if anything regressed: so does a kind of benchmarks, times and rates or another
    unit, of none of which the runs can tell. What is plain without them, as a file's size is, tells of nothing else.

    Where others are told, what is new, as a unit is that a tool was just asked for, and a step of a count that is too
    small to mean anything leave nothing open: of them there was nothing to be told yet."""
    compared = [row for row in measured.compared.rows if row.verdict not in ("new", "missing")]
    told = {_kind(row) for row in compared if row.verdict != "unsure" and not facts.results[row.key].exact
            and row.runs[0] >= policy.minimum_runs}
    unsure = {_kind(row) for row in compared if row.verdict == "unsure"
              and not (told and (row.is_slight or _is_new(row, facts, policy)))}
    return bool(facts.missing) or not compared or not unsure <= told


def _is_new(row: Row, facts: Facts, policy: Policy) -> bool:
    """Whether a benchmark has never had the runs that a verdict takes, be they of its present level or not."""
    return max(row.runs[0], sum(row.key in run.values for run in facts.past)) < policy.minimum_runs


def _kind(row: Row) -> str:
    return "" if row.key[1] in TIMED else row.key[1]
