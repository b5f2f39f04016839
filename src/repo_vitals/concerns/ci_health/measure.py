"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.ci_health import cost as costs
from repo_vitals.concerns.ci_health import definitions as names
from repo_vitals.concerns.ci_health.durations import (
    Change,
    change,
    job_seconds,
    queue_seconds,
    queues_by_label,
    run_seconds,
)
from repo_vitals.concerns.ci_health.flaky import Flakiness, first_is_gone, flakiness, newest_first_attempts
from repo_vitals.concerns.ci_health.junit import flaky_tests
from repo_vitals.concerns.ci_health.outcomes import (
    CONCLUSIONS,
    OTHER,
    Outage,
    decisions,
    newest_decisive,
    outages,
    outcome,
    runs_of,
)
from repo_vitals.concerns.ci_health.schedules import Schedule, Silence, schedules, silences, triggers_of
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric, Window
from repo_vitals.stats.quantiles import linear_quantile
from repo_vitals.stats.wilson import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.ci_health.facts import Facts, Job, Run, Workflow
    from repo_vitals.concerns.ci_health.policy import Policy

OWN = "ci-health"
_UNITS = {definition.name: definition.unit for definition in names.METRICS}


@dataclass(frozen=True, kw_only=True)
class Share:
    """A success ratio with its Wilson interval."""

    value: float | None
    samples: int
    interval: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class Health:
    """One workflow on the branch."""

    workflow: Workflow
    branch: str
    newest: Run | None                  # whatever became of it
    decided: Run | None                 # the newest decisive one
    success: Share
    first_attempts: Share
    first_attempts_gone: int            # runs whose first attempt can't be had, as far back as the ratio reaches
    conclusions: Mapping[str, int]      # of the window's completed runs
    in_progress: int
    durations: tuple[float, ...]        # of the window
    former_durations: tuple[float, ...]
    change: Change
    flakiness: Flakiness
    outages: tuple[Outage, ...]         # that ended in the window or last, the oldest first
    red: Outage | None
    is_decided: bool                    # any attempt was, so that the branch is red or green
    jobs: tuple[Job, ...]               # of the examined runs, each once
    examined: int                       # runs whose jobs were asked for
    cost: costs.Cost
    wasted: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Security:
    """A workflow that is to run, succeed and be enabled."""

    workflow: Workflow
    decided: Run | None                 # its newest decisive run on the branch itself, by any event
    succeeded: Run | None               # its newest success


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Everything that was measured."""

    metrics: tuple[Metric, ...]
    health: tuple[Health, ...]
    security: tuple[Security, ...]
    schedules: tuple[Schedule, ...]
    silences: tuple[Silence, ...]
    problems: tuple[str, ...]           # of workflow files, a line each


def measure(facts: Facts, window: Window, policy: Policy) -> Figures:
    """Every figure. One that can't be measured has the value None and no samples; zero is a measurement."""
    health = [_health(workflow, facts, window, policy) for workflow in facts.measured]
    security = tuple(_security(workflow, facts, policy) for workflow in facts.security)
    triggers, problems = triggers_of(facts.files)
    planned = schedules(facts, triggers, end=window.end, grace=policy.schedule_grace)
    silent = [] if facts.recorded is None else silences(facts.recorded, policy.watch, end=window.end, own=OWN)
    metrics = [metric for one in health for metric in _metrics(one, window)]
    metrics += [_one(names.SECURITY_AGE, None if one.succeeded is None else max(
        0.0, (window.end - one.succeeded.updated_at).total_seconds()), 1, **_labels(one.workflow, facts.branch))
        for one in security]
    metrics += [_one(names.QUEUE_BY_RUNNER, linear_quantile(waits, q), len(waits), runner=label, quantile=shown)
                for label, waits in queues_by_label(_all_jobs(health)).items() for shown, q in names.QUANTILES]
    ratios = [one.success.value for one in health
              if one.success.value is not None and is_judged(one, window, policy)]
    disabled = sum(workflow.state == "disabled_inactivity" for workflow in facts.workflows)
    metrics += [
        _one(names.LOWEST_RATIO, min(ratios, default=None), len(ratios)),
        _one(names.WORKFLOWS_RED, sum(one.red is not None for one in health) if any(
            one.is_decided for one in health) else None),
        _one(names.OVERDUE, sum(one.state == "overdue" for one in planned)),
        _one(names.DISABLED, disabled),
        _one(names.FLAKY_TESTS, None if facts.tests is None else len(flaky_tests(facts.tests))),
    ]
    return Figures(metrics=tuple(metrics), health=tuple(health), security=security, schedules=tuple(planned),
                   silences=tuple(silent), problems=tuple(problems))


def is_judged(one: Health, window: Window, policy: Policy) -> bool:
    """Whether a workflow's success ratio says something about now: enough runs, and the newest in the window."""
    return (one.decided is not None and one.success.samples >= policy.minimum_runs
            and one.decided.updated_at >= window.start)


def share(outcomes: Sequence[bool]) -> Share:
    """The share of successes with its Wilson interval at 95 %."""
    good = sum(outcomes)
    return Share(value=good / len(outcomes) if outcomes else None, samples=len(outcomes),
                 interval=wilson_interval(good, len(outcomes)))


def _health(workflow: Workflow, facts: Facts, window: Window, policy: Policy) -> Health:
    runs = runs_of(workflow, facts.runs, policy)
    before = Window(start=window.start - (window.end - window.start), end=window.start)
    in_window = [run for run in runs if run.created_at in window]
    decisive = newest_decisive(runs, policy)
    firsts = newest_first_attempts(runs, facts.earlier, policy)
    reach = firsts[-1][0].key if len(firsts) == policy.last else None
    now = run_seconds(in_window)
    former = run_seconds(run for run in runs if run.created_at in before)
    # What fails in the merge queue is kept out of the branch: it says nothing about what the branch now has.
    decided = decisions((run for run in runs if run.branch == facts.branch), facts.earlier, policy)
    all_outages = outages(decided)
    examined = {run.id: run for run in runs if run.id in set(facts.jobs_of)}
    jobs = tuple(costs.executed_once(job for job in facts.jobs if job.run_id in examined))
    return Health(
        workflow=workflow, branch=facts.branch, newest=runs[0] if runs else None,
        decided=decisive[0] if decisive else None,
        success=share([bool(outcome(run, policy)) for run in decisive]),
        first_attempts=share([said for _, said in firsts]),
        first_attempts_gone=sum(first_is_gone(run, facts.earlier) and (reach is None or run.key >= reach)
                                for run in runs),
        conclusions=Counter(run.conclusion if run.conclusion in CONCLUSIONS else OTHER
                            for run in in_window if run.is_completed),
        in_progress=sum(not run.is_completed for run in runs),
        durations=tuple(now), former_durations=tuple(former),
        change=change(now, former, tests=len(facts.measured)),
        flakiness=flakiness(in_window, facts.earlier, policy),
        outages=tuple(one for one in all_outages if one.until is None or one.until >= window.start),
        red=all_outages[-1] if all_outages and all_outages[-1].until is None else None,
        is_decided=bool(decided), jobs=jobs, examined=len(examined),
        cost=costs.estimate(jobs, is_public=facts.is_public), wasted=costs.wasted_seconds(jobs, examined),
    )


def _security(workflow: Workflow, facts: Facts, policy: Policy) -> Security:
    # On the branch itself: what a merge queue ran may never have come into it.
    decided = sorted((run for run in facts.runs if run.workflow_id == workflow.id and run.branch == facts.branch
                      and outcome(run, policy) is not None), key=lambda run: run.key, reverse=True)
    return Security(workflow=workflow, decided=decided[0] if decided else None,
                    succeeded=next((run for run in decided if run.conclusion == "success"), None))


def counted_outages(one: Health) -> list[Outage]:
    """The outages whose length is known or still grows: not those that end, but were there before anything known."""
    return [outage for outage in one.outages if outage.began_green or outage.until is None]


def _metrics(one: Health, window: Window) -> list[Metric]:
    labels = _labels(one.workflow, one.branch)
    waits = [waited for job in one.jobs if (waited := queue_seconds(job)) is not None]
    greens = [outage.seconds(window.end) for outage in counted_outages(one)]
    spent = [seconds for job in one.jobs if (seconds := job_seconds(job)) is not None]
    known = len(one.flakiness.flaky) + one.flakiness.steady
    return [
        _one(names.SUCCESS_RATIO, one.success.value, one.success.samples, **labels),
        _one(names.FIRST_ATTEMPT_RATIO, one.first_attempts.value, one.first_attempts.samples, **labels),
        *(_one(names.RUNS, one.conclusions.get(conclusion, 0), 1, conclusion=conclusion, **labels)
          for conclusion in (*CONCLUSIONS, OTHER)
          if conclusion in ("success", "failure") or one.conclusions.get(conclusion)),
        *_quantiles(names.DURATION, one.durations, labels),
        *_quantiles(names.QUEUE, waits, labels),
        _one(names.FLAKY_RUNS, len(one.flakiness.flaky) if known + one.flakiness.unknown else None, 1, **labels),
        _one(names.FLAKY_RATIO, len(one.flakiness.flaky) / known if known else None, known, **labels),
        *_quantiles(names.TIME_TO_GREEN, greens, labels),
        _one(names.RED, None if not one.is_decided else 0 if one.red is None else one.red.seconds(window.end), 1,
             **labels),
        _one(names.JOBS, sum(spent) if spent else None, len(spent), **labels),
        *(_one(names.WASTED, seconds if spent else None, len(spent), reason=reason, **labels)
          for reason, seconds in sorted(one.wasted.items())),
    ]


def _quantiles(name: str, values: Sequence[float], labels: Mapping[str, str]) -> list[Metric]:
    return [_one(name, linear_quantile(values, q), len(values), quantile=shown, **labels)
            for shown, q in names.QUANTILES]


def _one(name: str, value: float | None, samples: int = 1, **labels: Any) -> Metric:
    """A figure without a value has no samples; a count is one reading."""
    unit = _UNITS[name]
    taken = 0 if value is None else 1 if unit == "count" else samples
    return Metric(name=name, value=value, unit=unit, samples=taken, labels=labels)


def _labels(workflow: Workflow, branch: str) -> dict[str, str]:
    return {"workflow": workflow.label, "branch": branch}


def _all_jobs(health: Sequence[Health]) -> list[Job]:
    return [job for one in health for job in one.jobs]
