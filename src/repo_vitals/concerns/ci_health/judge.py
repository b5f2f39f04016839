"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant
from repo_vitals.concerns.ci_health import definitions as names
from repo_vitals.concerns.ci_health.findings import findings
from repo_vitals.concerns.ci_health.measure import is_judged
from repo_vitals.concerns.ci_health.report_data import report_data
from repo_vitals.concerns.ci_health.selection import RUNS_US
from repo_vitals.report.model import Judgement, Target

if TYPE_CHECKING:
    from repo_vitals.concerns.ci_health.facts import Facts
    from repo_vitals.concerns.ci_health.measure import Figures, Health, Share
    from repo_vitals.concerns.ci_health.policy import Policy
    from repo_vitals.report.model import Metric, Status, Window


def judge(figures: Figures, facts: Facts, window: Window, policy: Policy) -> Judgement:
    """Judged metrics, findings and what the report says besides. Too few runs, or none lately, is never a pass."""
    by_label = {one.workflow.label: one for one in figures.health}
    metrics = tuple(_judged(metric, by_label.get(metric.labels.get("workflow", "")), window, policy)
                    for metric in figures.metrics)
    if not figures.health and not figures.security:
        metrics = tuple(metric.judged(Target(">=", policy.minimum_ratio)) if metric.name == names.LOWEST_RATIO
                        else metric for metric in metrics)
    return Judgement(
        repository=facts.repository,
        metrics=metrics,
        findings=tuple(findings(figures, facts, metrics, window, policy)),
        summary=_summary(figures, metrics, policy),
        data=report_data(figures, facts, window, policy),
        notes=tuple(_notes(figures, facts, window, policy)),
    )


def _judged(metric: Metric, one: Health | None, window: Window, policy: Policy) -> Metric:
    if metric.name == names.SECURITY_AGE:
        return metric.judged(Target("<=", policy.security_maximum_age.total_seconds()))
    limit, share = None, None
    if one is not None and metric.name == names.SUCCESS_RATIO:
        limit, share = policy.minimum_ratio, one.success
    elif one is not None and metric.name == names.FIRST_ATTEMPT_RATIO:
        limit, share = policy.minimum_first_attempt_ratio, one.first_attempts
    if limit is None or share is None or one is None:
        return metric
    # `judged` knows no interval and no age: it gives the target, and the status is said here.
    status: Status = _status(share, limit, policy) if is_judged(one, window, policy) else "unknown"
    return replace(metric.judged(Target(">=", limit)), status=status)


def _status(share: Share, limit: float, policy: Policy) -> Status:
    """By point: whether the ratio reaches the limit. By bound: whether all of its interval lies below."""
    if share.value is None or share.interval is None or share.samples < policy.minimum_runs:
        return "unknown"
    reached = share.value if policy.judge_by == "point" else share.interval[1]
    return "pass" if reached >= limit else "fail"


def _summary(figures: Figures, metrics: tuple[Metric, ...], policy: Policy) -> str:
    judged = [metric.status for metric in metrics if metric.name == names.SUCCESS_RATIO]
    good, unknown = judged.count("pass"), judged.count("unknown")
    succeed = "workflow succeeds" if len(judged) == 1 else "workflows succeed"
    said = [f"{good} of {len(judged)} {succeed} in at least {100 * policy.minimum_ratio:g} % of "
            f"{'its' if len(judged) == 1 else 'their'} runs" if judged else "no workflow was measured"]
    if unknown:
        said.append(f"{unknown} can't be judged")
    counts = (
        (sum(one.red is not None for one in figures.health), "{} red now"),
        (sum(len(one.flakiness.flaky) for one in figures.health), "flaky commits: {}"),
        (sum(one.state == "overdue" for one in figures.schedules), "overdue schedules: {}"),
        (sum(metric.value or 0 for metric in metrics if metric.name == names.DISABLED), "{} disabled by GitHub"),
        (sum(metric.status == "fail" for metric in metrics if metric.name == names.SECURITY_AGE),
         "security workflows out of date: {}"),
        (len(figures.silences), "silent monitors: {}"),
    )
    return "; ".join([*said, *(words.format(f"{count:g}") for count, words in counts if count)])


def _notes(figures: Figures, facts: Facts, window: Window, policy: Policy) -> list[str]:
    notes = [*facts.notes, *figures.problems]
    for one in figures.health:
        label = one.workflow.label
        if one.newest is None:
            notes.append(f"{label}: never ran on {facts.branch} by {', '.join(sorted(policy.events))}")
        elif one.decided is None:
            notes.append(f"{label}: none of its runs on {facts.branch} ended in success or failure yet")
        elif one.decided.updated_at < window.start:
            notes.append(f"{label}: last ran {format_instant(one.decided.updated_at)[:10]}, before the window; what "
                         "its success ratio says is out of date")
        elif one.success.samples < policy.minimum_runs:
            notes.append(f"{label}: {one.success.samples} decisive runs are too few to judge by "
                         f"(minimum-runs: {policy.minimum_runs})")
        if one.first_attempts_gone:
            notes.append(f"{label}: the first attempts of {one.first_attempts_gone} runs are gone; they are in no "
                         "first-attempt ratio")
        if one.workflow.state == "deleted":
            notes.append(f"{label}: the workflow was deleted; its old runs are measured since it was named")
    notes += [f"{label}: not measured, since {why}; name it in workflows to have it measured"
              for label, why in sorted(facts.left_out.items()) if why == RUNS_US]
    notes += [f"{one.workflow.label}: none of its runs on {facts.branch} ended in success or failure"
              for one in figures.security if one.decided is None]
    if facts.undecided:
        notes.append(f"{facts.undecided} runs were run again of which not all attempts were asked for; whether they "
                     "are flaky is not known")
    return notes
