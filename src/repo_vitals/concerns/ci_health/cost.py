"""What the examined jobs would cost at list price, and how much of their time was for nothing. Pure.

An estimate over the jobs that were asked for: never the bill, which knows free minutes, contracts and storage.
"""
from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.ci_health.durations import job_seconds
from repo_vitals.concerns.ci_health.outcomes import FAILURES
from repo_vitals.concerns.ci_health.runner_prices import PER_MINUTE, SELF_HOSTED
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.ci_health.facts import Job, Run


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Jobs at list price."""

    dollars: float              # of the jobs whose price is known
    minutes: int                # rounded up by job, as GitHub counts them
    jobs: int
    unpriced: int               # jobs on runners of unknown price, which are in no sum but this


_CARRIED_OVER = timedelta(seconds=5)     # clocks of GitHub's own differ by less


def executed_once(jobs: Iterable[Job]) -> list[Job]:
    """Jobs without the copies that a re-run of failed jobs makes of those that it did not run again.

    Such a copy carries the times of the job that really ran, and so says that it started before it was created.
    """
    first: dict[tuple[object, ...], Job] = {}
    for job in sorted(jobs, key=lambda job: (job.attempt, job.id)):
        if job.started_at is not None and job.created_at - job.started_at > _CARRIED_OVER:
            continue
        times = (job.started_at, job.completed_at)
        alone = (job.attempt,) if None in times else ()     # what never ran has no times to be known by
        first.setdefault((job.run_id, job.name, *times, *alone), job)
    return sorted(first.values(), key=lambda job: (job.run_id, job.attempt, job.id))


def per_minute(job: Job, *, is_public: bool) -> float | None:
    """US dollars a minute of the job's runner; None for one whose price is not known.

    A self-hosted runner costs GitHub nothing, and a standard runner is free in a public repository.
    """
    labels = [label.lower() for label in job.labels]
    if SELF_HOSTED in labels:
        return 0.0
    known = [PER_MINUTE[label] for label in labels if label in PER_MINUTE]
    if len(known) != 1 or len(labels) != 1:
        return None
    return 0.0 if is_public else known[0]


def minutes(job: Job) -> int:
    """A job's time in minutes as GitHub counts them: begun ones are whole, and there is at least one; 0 if none ran."""
    seconds = job_seconds(job)
    return 0 if seconds is None else max(1, math.ceil(seconds / 60))


def estimate(jobs: Iterable[Job], *, is_public: bool) -> Cost:
    """The list price of jobs; give it `executed_once`."""
    dollars, total, priced, unpriced = [], 0, 0, 0
    for job in jobs:
        spent = minutes(job)
        if spent:
            rate = per_minute(job, is_public=is_public)
            total += spent
            priced += 1
            if rate is None:
                unpriced += 1
            else:
                dollars.append(spent * rate)
    return Cost(dollars=math.fsum(dollars), minutes=total, jobs=priced, unpriced=unpriced)


def wasted_seconds(jobs: Sequence[Job], runs: Mapping[int, Run]) -> dict[str, float]:
    """Runner time by the reason for which it was for nothing; give it `executed_once`.

    `rerun`: of attempts that were made again; of the newest attempt, `cancelled` and `failed` by the run's conclusion.
    Each second has one reason.
    """
    found: dict[str, float] = defaultdict(float, {"cancelled": 0.0, "failed": 0.0, "rerun": 0.0})
    carried = _carried(jobs, runs)
    for job in jobs:
        run = runs[job.run_id]
        seconds = job_seconds(job) or 0.0
        if job.attempt < run.attempt and job.id not in carried:
            found["rerun"] += seconds
        elif run.is_completed and run.conclusion == "cancelled":
            found["cancelled"] += seconds
        elif run.is_completed and run.conclusion in FAILURES:
            found["failed"] += seconds
    return dict(found)


def _carried(jobs: Iterable[Job], runs: Mapping[int, Run]) -> set[int]:
    """Jobs of earlier attempts that succeeded and were not run again: their work was kept."""
    again = {(job.run_id, job.name): job.attempt for job in sorted(jobs, key=lambda job: job.attempt)}
    return {job.id for job in jobs if job.conclusion == "success" and job.attempt < runs[job.run_id].attempt
            and again[job.run_id, job.name] == job.attempt}
