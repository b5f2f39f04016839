"""How long runs and jobs take, and whether that changed. Pure."""
from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.stats.quantiles import linear_quantile
from repo_vitals.stats.rank_sum import rank_sum_p

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repo_vitals.concerns.ci_health.facts import Job, Run

SIGNIFICANCE = 0.01         # of all workflows' tests together
WORTH_SAYING = 0.1          # a median that moved by less is nobody's business, however sure it is


def run_seconds(runs: Iterable[Run]) -> list[float]:
    """`updated_at - run_started_at` of the runs that succeeded; what would be negative is no time and left out."""
    found = ((run.updated_at - run.started_at).total_seconds() for run in runs
             if run.is_completed and run.conclusion == "success")
    return [seconds for seconds in found if seconds >= 0]


@dataclass(frozen=True, kw_only=True)
class Change:
    """Durations of a window beside those of the window before."""

    ratio: float | None         # of the medians, now by before; None where either is missing or before is 0
    p: float | None             # of the Mann-Whitney test, corrected for the number of workflows; None: too few runs
    verdict: str                # slower, faster, unchanged or unknown


def change(now: Sequence[float], before: Sequence[float], *, tests: int) -> Change:
    """Whether runs became slower or faster beyond noise.

    Mann-Whitney, two-sided, Bonferroni's correction for `tests` workflows: a change is one below SIGNIFICANCE whose
    medians differ by WORTH_SAYING of the former or more.
    """
    median, former = linear_quantile(now, 0.5), linear_quantile(before, 0.5)
    ratio = median / former if median is not None and former else None
    p = rank_sum_p(now, before)
    if p is None or ratio is None:
        return Change(ratio=ratio, p=p if p is None else min(1.0, p * tests), verdict="unknown")
    p = min(1.0, p * tests)
    if p >= SIGNIFICANCE or abs(ratio - 1) < WORTH_SAYING:
        return Change(ratio=ratio, p=p, verdict="unchanged")
    return Change(ratio=ratio, p=p, verdict="slower" if ratio > 1 else "faster")


def queue_seconds(job: Job) -> float | None:
    """`started_at - created_at` of a job that got a runner; None for one that never did.

    GitHub's clocks are a second apart at times: a job that seems to start before it was made waited 0 seconds.
    """
    if job.started_at is None or job.conclusion == "skipped":
        return None
    return max(0.0, (job.started_at - job.created_at).total_seconds())


def job_seconds(job: Job) -> float | None:
    """How long a job had a runner; None for one that had none, or has it still."""
    if job.started_at is None or job.completed_at is None or job.conclusion == "skipped":
        return None
    return max(0.0, (job.completed_at - job.started_at).total_seconds())


def runner_label(job: Job) -> str:
    """The labels that the job asked for, in order of the alphabet, as one."""
    return " ".join(sorted({label.lower() for label in job.labels})) or "unknown"


def queues_by_label(jobs: Iterable[Job]) -> dict[str, list[float]]:
    """Queue times of jobs by runner label."""
    found: dict[str, list[float]] = defaultdict(list)
    for job in jobs:
        seconds = queue_seconds(job)
        if seconds is not None:
            found[runner_label(job)].append(seconds)
    return dict(sorted(found.items()))
