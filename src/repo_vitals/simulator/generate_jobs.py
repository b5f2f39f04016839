"""The jobs of generated runs: how long they wait for which runner, and what they do there."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.people import HOSTILE

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from repo_vitals.simulator.actions_model import Conclusion, JobConclusion, WorkflowRun
    from repo_vitals.simulator.state import State

LINUX, ARM, LARGE = ("ubuntu-latest",), ("ubuntu-24.04-arm",), ("ubuntu-latest-8-cores",)
WINDOWS, MACOS, OWN = ("windows-latest",), ("macos-latest",), ("self-hosted", "linux", "gpu")
_WAITS: Mapping[tuple[str, ...], float] = {         # median seconds
    LINUX: 5, ARM: 9, LARGE: 30, WINDOWS: 12, MACOS: 70, OWN: 400}


@dataclass(frozen=True)
class Job:
    """A job to be: name, median seconds on the runner, and its runner's labels."""

    name: str
    seconds: float
    labels: tuple[str, ...] = LINUX
    steps: tuple[tuple[str, float], ...] = (("Install", 0.25), ("Test", 0.65))     # with their shares of the time


JOBS: Mapping[str, tuple[Job, ...]] = {
    "ci.yml": (Job("test (ubuntu)", 240), Job("test (windows)", 420, WINDOWS), Job("test (macos)", 300, MACOS)),
    "lint.yml": (Job("lint", 40, steps=(("Lint", 0.8),)),),
    "integration.yml": (Job("database", 500, LARGE), Job("gpu", 800, OWN)),
    "docs.yml": (Job("build", 90, steps=(("Build the book", 0.8),)), Job("deploy", 20, steps=(("Deploy", 0.5),))),
    "nightly.yml": (Job("fuzz", 1800), Job("arm", 700, ARM)),
    "security.yml": (Job("audit", 35, steps=(("Audit", 0.6),)),),
    "stale.yml": (Job("stale", 12, steps=(("Sweep", 0.5),)),),
    "benchmark.yml": (Job("benchmark", 900, OWN, steps=(("Measure", 0.9),)),),
    "links.yml": (Job("links", 60, steps=(("Check links", 0.8),)),),
    "dependabot-updates": (Job("Dependabot", 45, steps=(("Run Dependabot", 0.8),)),),
}
_SECOND = timedelta(seconds=1)


class Jobs:
    """Tells the jobs of one attempt after another."""

    def __init__(self, state: State, chance: random.Random, *, hostile: bool) -> None:
        self.state, self.chance = state, chance
        self._more = {job.name: f" {chance.choice(HOSTILE)}" for jobs in JOBS.values() for job in jobs if hostile}

    def called(self, job: Job) -> str:
        """The name that GitHub has of a job."""
        return job.name + self._more.get(job.name, "")

    def tell(self, run: WorkflowRun, jobs: Sequence[Job], conclusion: Conclusion) -> datetime | None:
        """The jobs of the newest attempt and the attempt's end; None where it still goes on. One job fails, if any."""
        begun, last = run.latest.started_at, run.latest.started_at
        culprit = self.chance.randrange(len(jobs)) if jobs else 0
        going_on = False
        for place, job in enumerate(jobs):
            said: JobConclusion = "success"
            if place == culprit and conclusion in ("failure", "timed_out", "cancelled", "neutral"):
                said = conclusion
            elif conclusion == "cancelled" or (conclusion == "failure" and place > culprit and job.seconds < 30):
                said = "cancelled" if conclusion == "cancelled" else "skipped"
            ended = self._job(run, job, begun, said)
            going_on = going_on or ended is None
            last = max(last, ended or last)
        at = last + timedelta(seconds=1 + self.chance.randrange(4))
        if going_on or at > self.state.now:
            run.latest.status = "in_progress"
            return None
        self.state.complete_run(run, at=at, conclusion=conclusion)
        return at

    def _job(self, run: WorkflowRun, job: Job, begun: datetime, said: JobConclusion) -> datetime | None:
        now, created = self.state.now, begun + self.chance.randrange(3) * _SECOND
        if said == "skipped":
            at = min(created, now)
            self.state.add_job(run, name=self.called(job), created_at=at, started_at=at, completed_at=at,
                               conclusion=said)
            return at
        started = created + timedelta(seconds=int(self.chance.lognormvariate(0, 0.9) * _WAITS[job.labels]))
        takes = self.chance.lognormvariate(0, 0.25) * job.seconds
        if said == "timed_out":
            takes = 6 * 3600
        elif said != "success":
            takes *= 0.2 + 0.7 * self.chance.random()
        ended = started + timedelta(seconds=int(takes) + 3)
        own = job.labels[0] == "self-hosted"
        told: dict[str, Any] = {"name": self.called(job), "created_at": min(created, now), "labels": job.labels}
        if own:
            told |= {"runner_name": f"gpu-{self.chance.randrange(3)}", "runner_group": "Default"}
        if said == "cancelled" and self.chance.random() < 0.3 and started <= now:   # before any runner had it
            self.state.add_job(run, completed_at=started, conclusion=said, **told)
            return started
        if started > now:
            self.state.add_job(run, **told)
            return None
        if ended > now:
            self.state.add_job(run, started_at=started, **told)
            return None
        self.state.add_job(run, started_at=started, completed_at=ended, conclusion=said,
                           steps=_steps(job, started, ended, said), **told)
        return ended


def _steps(job: Job, started: datetime, ended: datetime, said: JobConclusion) -> list[
        tuple[str, str | None, datetime | None, datetime | None]]:
    """Set-up, checkout, the job's own and the end; where it failed, its last own one did and nothing more came."""
    whole, at = ended - started, started + _SECOND
    steps: list[tuple[str, str | None, datetime | None, datetime | None]] = [
        ("Set up job", "success", started, at), ("Run actions/checkout@v5", "success", at, at + _SECOND)]
    at += _SECOND
    for place, (name, share) in enumerate(job.steps, 1):
        last = place == len(job.steps)
        until = ended if last else at + timedelta(seconds=int(whole.total_seconds() * share))
        until = min(until, ended)
        result = "success" if said in ("success", "neutral") or not last else \
            "cancelled" if said == "timed_out" else said
        steps.append((name, result, at, until))
        at = until
    steps.append(("Complete job", "success", at, at))
    return steps
