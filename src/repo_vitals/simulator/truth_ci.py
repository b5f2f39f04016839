"""The figures of CI as the state itself tells them: the judge of what the product measures.

Written apart from the product and in another way: what a branch was is worked out anew for every instant, flaky commits
by trying every pair of attempts, bounds by halving, all from the definitions in docs/metrics.md and nothing clever.
"""
from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.truth_figures import QUANTILES, type_7

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from repo_vitals.simulator.actions_model import Attempt, Job, Workflow, WorkflowRun
    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State
    from repo_vitals.simulator.truth_figures import Figures

BAD = ("failure", "timed_out", "startup_failure")
EVENTS = ("push", "schedule")
Z_95 = 1.959963984540054        # the normal distribution's 97.5 % point


@dataclass(frozen=True, kw_only=True)
class CiRules:
    """What is asked: which runs count, and over which time."""

    now: datetime
    window: timedelta = timedelta(days=30)
    branch: str = "main"
    events: Collection[str] = EVENTS
    last: int = 20
    cancelled_is_failure: bool = False

    @property
    def start(self) -> datetime:
        """Where the window begins."""
        return self.now - self.window

    def says(self, attempt: Attempt) -> bool | None:
        """Whether an attempt succeeded; None where it says nothing, goes on or is lost."""
        if attempt.lost or attempt.status != "completed":
            return None
        if attempt.conclusion == "success":
            return True
        bad = attempt.conclusion in BAD or (self.cancelled_is_failure and attempt.conclusion == "cancelled")
        return False if bad else None


@dataclass(frozen=True, kw_only=True)
class Red:
    """A span in which a branch was red. `until` None: it lasts; `after_green` False: what was before is not known."""

    since: datetime
    until: datetime | None
    sha: str
    run_id: int
    after_green: bool


def counted_runs(workflow: Workflow, rules: CiRules) -> list[WorkflowRun]:
    """The runs of a workflow that count, newest first: the repository's own, on the branch or in its merge queue."""
    queue = f"gh-readonly-queue/{rules.branch}/"
    return [run for run in reversed(workflow.repository.runs)
            if run.workflow is workflow and run.head_repository is workflow.repository and run.event in rules.events
            and run.branch is not None and (run.branch == rules.branch or run.branch.startswith(queue))]


def in_window(runs: Iterable[WorkflowRun], rules: CiRules) -> list[WorkflowRun]:
    """Those that were created in it."""
    return [run for run in runs if rules.start <= run.created_at < rules.now]


def newest_results(runs: Iterable[WorkflowRun], rules: CiRules, *, first: bool) -> list[bool]:
    """Of the newest `last` decisive runs, by their newest attempts or by their first."""
    said = [rules.says(run.attempts[0] if first else run.latest) for run in runs]
    return [result for result in said if result is not None][: rules.last]


def wilson_bounds(good: int, samples: int) -> tuple[float, float] | None:
    """The shares that are just not refused at 95 % by the score test, found by halving; None of nothing."""
    if not samples:
        return None
    share = good / samples

    def bound(refused: float) -> float:
        held = share
        for _ in range(200):
            tried = (held + refused) / 2
            far = (share - tried) ** 2 * samples > Z_95 ** 2 * tried * (1 - tried)
            held, refused = (held, tried) if far else (tried, refused)
        return held
    return bound(0.0), bound(1.0)


# -- red and green -----------------------------------------------------------------------------------------------

def colour(runs: Collection[WorkflowRun], rules: CiRules, at: datetime) -> tuple[bool, WorkflowRun] | None:
    """Whether the branch is green at an instant, and the run that says so: the newest that anything was decided of.

    Of that run the newest decided attempt counts. None while nothing was decided.
    """
    return _colour(_decisions(runs, rules), at)


def _decisions(runs: Collection[WorkflowRun], rules: CiRules) -> list[tuple[datetime, bool, WorkflowRun]]:
    """When what was decided of which run: the newest run first, and of a run the newest attempt."""
    return [(attempt.updated_at, said, run)
            for run in sorted(runs, key=lambda run: (run.created_at, run.id), reverse=True)
            for attempt in reversed(run.attempts) if (said := rules.says(attempt)) is not None]


def _colour(decisions: Iterable[tuple[datetime, bool, WorkflowRun]], at: datetime) -> tuple[bool, WorkflowRun] | None:
    return next(((said, run) for decided, said, run in decisions if decided <= at), None)


def reds(runs: Collection[WorkflowRun], rules: CiRules) -> list[Red]:
    """Every span in which the branch was red, the oldest first."""
    found: list[Red] = []
    begun: tuple[datetime, WorkflowRun, bool] | None = None
    was_green = False
    decisions = _decisions(runs, rules)
    for at in sorted({at for at, _, _ in decisions}):
        seen = _colour(decisions, at)
        assert seen is not None  # noqa: S101 -- something was decided at this instant
        green, run = seen
        if not green and begun is None:
            begun = (at, run, was_green)
        elif green and begun is not None:
            found.append(Red(since=begun[0], until=at, sha=begun[1].sha, run_id=begun[1].id, after_green=begun[2]))
            begun = None
        was_green = was_green or green
    if begun is not None:
        found.append(Red(since=begun[0], until=None, sha=begun[1].sha, run_id=begun[1].id, after_green=begun[2]))
    return found


# -- flaky -------------------------------------------------------------------------------------------------------

def flaky_commits(runs: Iterable[WorkflowRun], rules: CiRules) -> dict[str, bool | None]:
    """Commits with a decision: True is flaky, False is known not to be, None can't be told."""
    runs = list(runs)
    found: dict[str, bool | None] = {}
    for sha in {run.sha for run in runs}:
        same = [run for run in runs if run.sha == sha]
        tries = [(run, attempt, said) for run in same for attempt in run.attempts
                 if (said := rules.says(attempt)) is not None]
        if not tries:
            continue
        repaired = any(
            not bad and good and (later.updated_at > earlier.updated_at
                                  or (one is other and later.number > earlier.number))
            for one, earlier, bad in tries for other, later, good in tries)
        lost = any(attempt.lost for run in same for attempt in run.attempts)
        failures = sum(1 for _, _, said in tries if not said)
        found[sha] = True if repaired else None if lost or failures == 1 else False
    return found


# -- jobs --------------------------------------------------------------------------------------------------------

def jobs_that_ran(runs: Iterable[WorkflowRun]) -> list[Job]:
    """The jobs of every attempt that got a runner, each once: what a re-run carried over did not run again."""
    return [job for run in runs for attempt in run.attempts if not attempt.lost for job in attempt.jobs
            if job.started_at is not None and job.conclusion != "skipped" and job.carried_from is None]


def waited(job: Job) -> int:
    """Seconds from a job's creation to its start; not less than none."""
    assert job.started_at is not None  # noqa: S101 -- of jobs that ran
    return max(0, _seconds(job.started_at - job.created_at))


def runner_of(job: Job) -> str:
    """The labels that a job asked for a runner by, in lower case and order."""
    return " ".join(sorted({label.lower() for label in job.labels})) or "unknown"


def ran(job: Job) -> int | None:
    """Seconds on the runner; None while it goes on."""
    return None if job.completed_at is None or job.started_at is None else \
        max(0, _seconds(job.completed_at - job.started_at))


def started_minutes(jobs: Iterable[Job]) -> dict[str, int]:
    """Minutes by runner, each job's rounded up, at least one."""
    found: dict[str, int] = {}
    for job in jobs:
        seconds = ran(job)
        if seconds is not None:
            found[runner_of(job)] = found.get(runner_of(job), 0) + max(1, -(-seconds // 60))
    return found


# -- all of it ---------------------------------------------------------------------------------------------------

def label_of(workflow: Workflow) -> str:
    """What a workflow is called in labels."""
    return workflow.path.removeprefix(".github/workflows/")


def ci_truth(state: State, rules: CiRules, *, repository: Repository | None = None,
             jobs_of: Collection[int] | None = None) -> Figures:
    """The figures of ci-health by name and sorted labels; None where there is nothing to measure.

    For every workflow that was not deleted. Jobs are those of the window's runs, or of the runs with the ids `jobs_of`.
    """
    home = repository or state.repositories()[0]
    found: Figures = {}
    everywhere: list[Job] = []
    for workflow in home.workflows:
        if workflow.state == "deleted":
            continue
        runs = counted_runs(workflow, rules)
        asked = in_window(runs, rules) if jobs_of is None else [run for run in runs if run.id in jobs_of]
        jobs = jobs_that_ran(asked)
        everywhere += jobs
        labels = {"workflow": label_of(workflow), "branch": rules.branch}
        for name, value in _of_workflow(runs, jobs, rules).items():
            metric, _, extra = name.partition("|")
            more = dict([extra.split("=")]) if extra else {}
            found[metric, tuple(sorted({**labels, **more}.items()))] = value
    for runner in {runner_of(job) for job in everywhere}:
        waits = [waited(job) for job in everywhere if runner_of(job) == runner]
        for quantile, q in QUANTILES:
            found["ci_queue_runner_seconds", (("quantile", quantile), ("runner", runner))] = type_7(waits, q)
    return found


def _of_workflow(runs: list[WorkflowRun], jobs: list[Job], rules: CiRules) -> dict[str, float | int | None]:
    recent = in_window(runs, rules)
    # A queue decides what comes into the branch, and not what is in it.
    inside = [run for run in runs if run.branch == rules.branch]
    spans = reds(inside, rules)
    red = next((span for span in spans if span.until is None), None)
    flaky = flaky_commits(recent, rules)
    known = [value for value in flaky.values() if value is not None]
    green_after = [_seconds((span.until or rules.now) - span.since) for span in spans
                   if span.until is None or (span.after_green and span.until >= rules.start)]
    took = [seconds for run in recent if run.status == "completed" and run.conclusion == "success"
            if (seconds := _seconds(run.updated_at - run.latest.started_at)) >= 0]
    figures: dict[str, float | int | None] = {
        "ci_success_ratio": _ratio(newest_results(runs, rules, first=False)),
        "ci_first_attempt_success_ratio": _ratio(newest_results(runs, rules, first=True)),
        "ci_flaky_runs": sum(known) if flaky else None,
        "ci_flaky_ratio": _ratio(known),
        "ci_red_seconds": None if colour(inside, rules, rules.now) is None else
        0 if red is None else _seconds(rules.now - red.since),
        "ci_job_seconds": sum(ran(job) or 0 for job in jobs) if jobs else None,
    }
    for conclusion in {run.conclusion for run in recent if run.status == "completed"}:
        figures[f"ci_runs|conclusion={conclusion}"] = sum(
            1 for run in recent if run.status == "completed" and run.conclusion == conclusion)
    for name, q in QUANTILES:
        figures[f"ci_duration_seconds|quantile={name}"] = type_7(took, q)
        figures[f"ci_queue_seconds|quantile={name}"] = type_7([waited(job) for job in jobs], q)
        figures[f"ci_time_to_green_seconds|quantile={name}"] = type_7(green_after, q)
    return figures


def _ratio(results: Collection[bool]) -> float | None:
    return float(Fraction(sum(results), len(results))) if results else None


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
