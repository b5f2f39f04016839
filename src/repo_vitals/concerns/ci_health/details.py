"""Asks for what a listing of runs does not tell: earlier attempts, and jobs, of the runs whose figures need them."""
from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest
from typing import TYPE_CHECKING

from repo_vitals.concerns.ci_health import parse
from repo_vitals.concerns.ci_health.flaky import attempts_wanted
from repo_vitals.concerns.ci_health.ledger import JobsOf
from repo_vitals.concerns.ci_health.outcomes import runs_of
from repo_vitals.sources.github_actions import A_PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.ci_health.facts import Attempt, Job, Run, Workflow
    from repo_vitals.concerns.ci_health.memory import Memory
    from repo_vitals.concerns.ci_health.policy import Policy
    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_actions import Actions

# What a first run may take as a rule: this many requests and those of `jobs`, 120 by default.
_REQUESTS = 70
_BESIDES = 12               # of these for all but pages of runs, attempts and jobs
_LEAST_ATTEMPTS, LEAST_JOBS = 36, 20
# Runs in which no job ever began.
_WITHOUT_JOBS = frozenset({"skipped", "stale", "action_required", "startup_failure"})


def requests_left(policy: Policy, *, listed: int) -> int:
    """How many requests a first run has for attempts and jobs, by the number of runs that it had to list.

    What is remembered plays no part in it, so that a history changes the cost and nothing else.
    """
    return max(_LEAST_ATTEMPTS + min(policy.jobs, LEAST_JOBS),
               _REQUESTS + policy.jobs - _BESIDES - -(-listed // A_PAGE))


def earlier_attempts(
    actions: Actions, memory: Memory, workflows: Sequence[Workflow], runs: Sequence[Run], *, window: Window,
    policy: Policy, most: int,
) -> tuple[Mapping[int, Mapping[int, Attempt | None]], int]:
    """The earlier attempts that the figures need, `most` of them, and the number of runs of which others were left.

    First come those that the ratios of the newest runs need, the newest first. The same are chosen whatever is
    remembered.
    """
    found: dict[int, dict[int, Attempt | None]] = defaultdict(dict)
    by_workflow = [runs_of(workflow, runs, policy) for workflow in workflows]
    in_window = [[run for run in some if run.created_at in window] for some in by_workflow]
    left = most
    while True:
        wanted = sorted(((run, number) for some, newest in zip(by_workflow, in_window, strict=True)
                         for run, number in attempts_wanted(some, newest, found, policy)),
                        key=lambda one: (one[0].key, -one[1]), reverse=True)
        for run, number in wanted[:left]:
            entry = memory.entries[run.id]
            if number not in entry.earlier:
                node = actions.attempt(run.id, number)
                entry.earlier[number] = None if node is None else parse.attempt(node)
            found[run.id][number] = entry.earlier[number]
        if not wanted or len(wanted) >= left:
            return found, len({run.id for run, _ in wanted[left:]})
        left -= len(wanted)


def chosen_for_jobs(
    workflows: Sequence[Workflow], runs: Sequence[Run], *, window: Window, policy: Policy, most: int,
) -> list[Run]:
    """The runs whose jobs are asked for: completed ones of the window, the newest of each workflow in turn."""
    queues = [[run for run in runs_of(workflow, runs, policy) if run.is_completed and run.created_at in window
               and run.conclusion not in _WITHOUT_JOBS] for workflow in workflows]
    in_turn = [run for row in zip_longest(*queues) for run in row if run is not None]
    return in_turn[:min(policy.jobs, most)]


def jobs_of(actions: Actions, memory: Memory, runs: Sequence[Run]) -> tuple[list[Job], list[int]]:
    """The jobs of all attempts of some runs, and the ids of the runs that they are known of."""
    jobs: list[Job] = []
    known: list[int] = []
    for run in runs:
        remembered = memory.jobs.get(run.id)
        if remembered is None or (remembered.attempt, remembered.updated_at) != (run.attempt, run.updated_at):
            nodes = actions.jobs(run.id)
            if nodes is None:       # deleted since it was listed
                continue
            remembered = JobsOf(run.attempt, run.updated_at, tuple(parse.job(node) for node in nodes))
            memory.jobs[run.id] = remembered
        # A job that began after the run was read belongs to an attempt of which nothing else is known.
        jobs += [job for job in remembered.jobs if job.attempt <= run.attempt and job.run_id == run.id]
        known.append(run.id)
    return jobs, known
