"""The report's `data`: JSON values only. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.ci_health import runner_prices
from repo_vitals.concerns.ci_health.decide import planned
from repo_vitals.concerns.ci_health.definitions import DURATION, METRICS, QUANTILES
from repo_vitals.concerns.ci_health.durations import queue_seconds, queues_by_label
from repo_vitals.concerns.ci_health.facts import label_of
from repo_vitals.concerns.ci_health.failures import ranked_failures, slowest_steps
from repo_vitals.concerns.ci_health.findings import run_url, workflow_url
from repo_vitals.concerns.ci_health.flaky import flaky_jobs
from repo_vitals.concerns.ci_health.junit import flaky_tests
from repo_vitals.concerns.ci_health.measure import counted_outages
from repo_vitals.concerns.ci_health.outcomes import FAILURES
from repo_vitals.stats.quantiles import linear_quantile, mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from repo_vitals.concerns.ci_health.facts import Facts, Job, Run
    from repo_vitals.concerns.ci_health.failures import Failure
    from repo_vitals.concerns.ci_health.measure import Figures, Health, Share
    from repo_vitals.concerns.ci_health.policy import Policy
    from repo_vitals.report.model import Window

_MOST = 50
_IN_SUMMARY = 10


def report_data(figures: Figures, facts: Facts, window: Window, policy: Policy) -> dict[str, Any]:
    """Everything that stands behind the figures."""
    runs = {run.id: run for run in facts.runs}
    jobs = [job for one in figures.health for job in one.jobs]
    failures = ranked_failures(jobs, runs)[:_MOST]
    slowest = slowest_steps(jobs, runs, most=_MOST)
    data: dict[str, Any] = {
        "definitions": {metric.name: metric.definition for metric in METRICS},
        "branch": facts.branch,
        "events": sorted(policy.events),
        "complete": True if not facts.missing else list(facts.missing),
        "workflows": [_workflow(one, facts, window) for one in figures.health],
        "left_out": dict(sorted(facts.left_out.items())),
        "security": [{
            "workflow": one.workflow.label, "state": one.workflow.state,
            "last": None if one.decided is None else _run(one.decided, facts),
            "last_success": None if one.succeeded is None else _run(one.succeeded, facts),
        } for one in figures.security],
        "failures": [_failure(one, facts) for one in failures],
        "flaky": _flaky(figures, facts, runs),
        "schedules": [{
            "workflow": one.workflow.label, "crons": list(one.crons), "state": one.state,
            "workflow_state": one.workflow.state, "expected": _when(one.expected),
            "last": None if one.last is None else _run(one.last, facts),
        } for one in figures.schedules],
        "silent_monitors": [{"command": one.command, "last": _when(one.last),
                             "longest_silence_seconds": one.longest.total_seconds()} for one in figures.silences],
        "slowest_steps": [{"workflow": label_of(one.path), "job": one.job, "step": one.step,
                           "median_seconds": one.median, "total_seconds": one.total, "samples": one.count}
                          for one in slowest],
        "queue": [{"runner": label, **_spread(waits)} for label, waits in queues_by_label(jobs).items()],
        "cost": _cost(figures, facts),
        "jobs_examined": {"runs": len(facts.jobs_of), "jobs": len(jobs), "limit": policy.jobs},
        "actions": planned(facts, policy),
        "trend": [{"metric": DURATION, "labels": {"workflow": one.workflow.label, "branch": facts.branch,
                                                  "quantile": shown},
                   "previous": linear_quantile(one.former_durations, q)}
                  for one in figures.health for shown, q in QUANTILES],
    }
    if facts.tests is not None:
        data["tests"] = {"files": facts.test_files, "tests": len(facts.tests), "flaky": [
            {"name": one.name, "failed": one.failed, "passed": one.passed} for one in flaky_tests(facts.tests)]}
    data["sections"] = _sections(data)
    return data


def _workflow(one: Health, facts: Facts, window: Window) -> dict[str, Any]:
    greens = [outage.seconds(window.end) for outage in counted_outages(one)]
    known = one.flakiness
    return {
        "workflow": one.workflow.label, "name": one.workflow.name, "path": one.workflow.path,
        "state": one.workflow.state, "branch": one.branch, "url": workflow_url(facts, one.workflow),
        "success": _share(one.success),
        "first_attempts": {**_share(one.first_attempts), "gone": one.first_attempts_gone},
        "runs": {**dict(sorted(one.conclusions.items())), "in_progress": one.in_progress},
        "last": None if one.decided is None else _run(one.decided, facts),
        "red": None if one.red is None else {
            "since": _when(one.red.since), "since_is_known": one.red.began_green, "sha": one.red.first.sha,
            "run": _run(one.red.first, facts), "seconds": one.red.seconds(window.end)},
        "time_to_green": {**_spread(greens), "worst_seconds": max(greens, default=None)},
        "duration": {**_spread(one.durations), "mean_seconds": mean(one.durations),
                     "p95_seconds": linear_quantile(one.durations, 0.95),
                     "shortest_seconds": min(one.durations, default=None),
                     "longest_seconds": max(one.durations, default=None)},
        "duration_change": {"previous_median_seconds": linear_quantile(one.former_durations, 0.5),
                            "previous_samples": len(one.former_durations), "ratio": one.change.ratio,
                            "p": one.change.p, "verdict": one.change.verdict},
        "queue": _spread([waited for job in one.jobs if (waited := queue_seconds(job)) is not None]),
        "flaky": {"flaky": len(known.flaky), "steady": known.steady, "unknown": known.unknown},
        "examined_runs": one.examined,
        "wasted_seconds": dict(sorted(one.wasted.items())),
    }


def _share(share: Share) -> dict[str, Any]:
    low, high = share.interval or (None, None)
    return {"ratio": share.value, "samples": share.samples, "low": low, "high": high}


def _spread(values: Sequence[float]) -> dict[str, Any]:
    return {"samples": len(values), "median_seconds": linear_quantile(values, 0.5),
            "p90_seconds": linear_quantile(values, 0.9)}


def _run(run: Run, facts: Facts) -> dict[str, Any]:
    return {"id": run.id, "number": run.number, "attempt": run.attempt, "event": run.event, "sha": run.sha,
            "conclusion": run.conclusion, "created_at": _when(run.created_at), "updated_at": _when(run.updated_at),
            "url": run_url(facts, run)}


def _failure(one: Failure, facts: Facts) -> dict[str, Any]:
    return {"workflow": label_of(one.path), "job": one.job, "step": one.step, "failures": one.count,
            "executed": one.executed, "newest": {
                "run": one.newest.run_id, "attempt": one.newest.attempt, "job": one.newest.id,
                "at": _when(one.newest.completed_at), "url": _job_url(one.newest, facts)}}


def _job_url(job: Job, facts: Facts) -> str:
    return f"{facts.url}/actions/runs/{job.run_id}/job/{job.id}"


def _flaky(figures: Figures, facts: Facts, runs: dict[int, Run]) -> list[dict[str, Any]]:
    found = []
    for one in figures.health:
        jobs: dict[str, list[str]] = {}
        for name, sha, _ in flaky_jobs(one.jobs, runs):
            jobs.setdefault(sha, []).append(name)
        found += [{
            "workflow": one.workflow.label, "sha": flaky.sha, "jobs": jobs.get(flaky.sha, []),
            "failed": {"run": flaky.failed.run.id, "attempt": flaky.failed.attempt, "at": _when(flaky.failed.at),
                       "url": run_url(facts, flaky.failed.run, attempt=flaky.failed.attempt)},
            "succeeded": {"run": flaky.succeeded.run.id, "attempt": flaky.succeeded.attempt,
                          "at": _when(flaky.succeeded.at),
                          "url": run_url(facts, flaky.succeeded.run, attempt=flaky.succeeded.attempt)},
        } for flaky in one.flakiness.flaky]
    return found


def _cost(figures: Figures, facts: Facts) -> dict[str, Any]:
    costs = [one.cost for one in figures.health]
    return {
        "estimate": True, "prices_as_of": runner_prices.AS_OF, "source": runner_prices.SOURCE, "currency": "USD",
        "free": facts.is_public, "runs": len(facts.jobs_of),
        "dollars": sum(one.dollars for one in costs), "minutes": sum(one.minutes for one in costs),
        "jobs": sum(one.jobs for one in costs), "unpriced_jobs": sum(one.unpriced for one in costs),
        "by_workflow": [{"workflow": one.workflow.label, "runs": one.examined, "dollars": one.cost.dollars,
                         "minutes": one.cost.minutes, "jobs": one.cost.jobs, "unpriced_jobs": one.cost.unpriced}
                        for one in figures.health],
    }


def _sections(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The tables of the summary."""
    workflows = [[row["workflow"], row["runs"].get("success", 0), sum(row["runs"].get(one, 0) for one in FAILURES),
                  row["flaky"]["flaky"],
                  _seconds(row["duration"]["median_seconds"]), row["duration_change"]["verdict"],
                  _seconds(row["time_to_green"]["median_seconds"]), _seconds(row["time_to_green"]["worst_seconds"])]
                 for row in data["workflows"]]
    failures = [[row["workflow"], row["job"], row["step"] or "", f"{row['failures']} of {row['executed']}",
                 row["newest"]["url"]] for row in data["failures"][:_IN_SUMMARY]]
    slowest = [[row["workflow"], row["job"], row["step"], _seconds(row["median_seconds"]), row["samples"]]
               for row in data["slowest_steps"][:_IN_SUMMARY]]
    queue = [[row["runner"], _seconds(row["median_seconds"]), _seconds(row["p90_seconds"]), row["samples"]]
             for row in data["queue"]]
    cost = data["cost"]
    rows = [[row["workflow"], row["minutes"], f"{row['dollars']:.2f}", row["unpriced_jobs"]]
            for row in cost["by_workflow"] if row["jobs"]]
    of = f"of the newest {cost['runs']} runs"
    return [
        {"title": "Workflows", "headers": ["Workflow", "Succeeded", "Failed", "Flaky commits", "Median duration",
                                           "Duration", "Median time to green", "Longest"], "rows": workflows},
        {"title": f"Failing jobs and steps {of}", "rows": failures,
         "headers": ["Workflow", "Job", "Step", "Failed", "Newest"]},
        {"title": f"Slowest steps {of}", "headers": ["Workflow", "Job", "Step", "Median", "Samples"], "rows": slowest},
        {"title": f"Queues by runner {of}", "headers": ["Runner", "Median", "p90", "Jobs"], "rows": queue},
        {"title": f"Estimated cost {of}, prices as of {cost['prices_as_of']}"
                  + (" (standard runners are free here)" if cost["free"] else ""),
         "headers": ["Workflow", "Minutes", "US dollars", "Jobs of unknown price"], "rows": rows},
    ]


def _seconds(value: float | None) -> str:
    from datetime import timedelta

    from repo_vitals.clock import in_words

    return "" if value is None else in_words(timedelta(seconds=value))


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)
