"""Which jobs and steps fail most, and which steps take longest. Pure."""
from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from repo_vitals.concerns.ci_health.outcomes import FAILURES
from repo_vitals.frozen import dataclass
from repo_vitals.stats.quantiles import linear_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repo_vitals.concerns.ci_health.facts import Job, Run, Step

_BAD = FAILURES | {"cancelled"}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A job, or a step of it, that failed in the examined runs."""

    path: str                   # of the workflow
    job: str
    step: str | None            # None: no step failed, the job as a whole did (no runner, timed out, logs gone)
    count: int
    executed: int               # how often the job ran to a verdict
    newest: Job                 # the newest job that failed so


@dataclass(frozen=True, kw_only=True)
class SlowStep:
    """A step and the time that it takes."""

    path: str
    job: str
    step: str
    median: float               # seconds
    total: float
    count: int


def failing_step(job: Job) -> Step | None:
    """The step that made a job fail: the first that failed; else, of a job that timed out, the one broken off."""
    failed = next((step for step in job.steps if step.conclusion in FAILURES), None)
    if failed is None and job.conclusion == "timed_out":
        return next((step for step in job.steps if step.conclusion in _BAD), None)
    return failed


def ranked_failures(jobs: Iterable[Job], runs: Mapping[int, Run]) -> list[Failure]:
    """Failing jobs and steps, the most frequent first, then those that failed last."""
    failed: dict[tuple[str, str, str | None], list[Job]] = defaultdict(list)
    executed: dict[tuple[str, str], int] = defaultdict(int)
    for job in jobs:
        path = runs[job.run_id].path
        if job.conclusion in FAILURES or job.conclusion == "success":
            executed[path, job.name] += 1
        if job.conclusion in FAILURES:
            step = failing_step(job)
            failed[path, job.name, None if step is None else step.name].append(job)

    def when(job: Job) -> tuple[object, ...]:
        return (*runs[job.run_id].key, job.attempt, job.id)
    found = [Failure(path=path, job=name, step=step, count=len(some), executed=executed[path, name],
                     newest=max(some, key=when)) for (path, name, step), some in failed.items()]
    found.sort(key=lambda one: (one.path, one.job, one.step or ""))
    found.sort(key=lambda one: when(one.newest), reverse=True)
    return sorted(found, key=lambda one: -one.count)


def slowest_steps(jobs: Iterable[Job], runs: Mapping[int, Run], *, most: int) -> list[SlowStep]:
    """The `most` steps with the largest median time, of those that succeeded."""
    times: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for job in jobs:
        for step in job.steps:
            if step.conclusion == "success" and step.seconds is not None:
                times[runs[job.run_id].path, job.name, step.name].append(step.seconds)
    found = [SlowStep(path=path, job=job, step=step, median=linear_quantile(some, 0.5) or 0.0, total=sum(some),
                      count=len(some)) for (path, job, step), some in times.items()]
    return sorted(found, key=lambda one: (-one.median, -one.total, one.path, one.job, one.step))[:most]
