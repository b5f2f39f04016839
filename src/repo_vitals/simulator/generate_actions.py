"""A past of CI for a repository: outages, flaky jobs and re-runs, cancellations, queues, schedules that stopped.

The same arguments make the same past. Nothing happens after the state's now: what would is still going on.
"""
from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.generate_jobs import JOBS, Jobs
from repo_vitals.simulator.people import HOSTILE

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.actions_model import Conclusion, Workflow, WorkflowRun
    from repo_vitals.simulator.model import Commit, Repository
    from repo_vitals.simulator.state import State


@dataclass(frozen=True)
class Plan:
    """A workflow to be: its file, name and triggers; how often it fails of itself, and how often by chance."""

    file: str
    name: str
    on: str
    every: timedelta | None = None      # of a schedule
    breaks: float = 0.0                 # outages a month
    flakes: float = 0.0                 # share of runs that fail once


@dataclass(frozen=True)
class Start:
    """A run to be."""

    at: datetime
    file: str
    event: str
    sha: Commit | str
    by: Account
    branch: str = "main"
    fork: Repository | None = None


_DAY = timedelta(days=1)
PLANS = (
    Plan("ci.yml", "CI", "{push: {branches: [main]}, pull_request: {}, merge_group: {}}", breaks=5, flakes=0.05),
    Plan("lint.yml", "Lint", "[push, pull_request]", breaks=1),
    Plan("integration.yml", "Integration tests", "[push, merge_group]", breaks=3, flakes=0.15),
    Plan("docs.yml", "Docs", "{push: {branches: [main]}}", breaks=1, flakes=0.02),
    Plan("nightly.yml", "Nightly", "{schedule: [{cron: '0 3 * * *'}], workflow_dispatch: {}}", _DAY, 2, 0.1),
    Plan("security.yml", "Security audit", "{schedule: [{cron: '0 5 * * 1'}]}", 7 * _DAY, 1),
    Plan("stale.yml", "Close stale issues", "{schedule: [{cron: '30 1 * * *'}]}", _DAY),
    Plan("benchmark.yml", "Benchmarks", "{schedule: [{cron: '0 */6 * * *'}]}", timedelta(hours=6), 1),
    Plan("links.yml", "Check links", "{schedule: [{cron: '15 4 * * 0'}]}", 7 * _DAY),
)
ENOUGH_TO_GO_ON = 40        # runs; of fewer none is told that still goes on
MOST_ATTEMPTS = 4
OVERDUE, INACTIVE = "benchmark.yml", "links.yml"    # one stopped silently, one was disabled by GitHub
DEPENDABOT = "dynamic/dependabot/dependabot-updates"
_RARE: tuple[tuple[Conclusion, float], ...] = (
    ("timed_out", 0.006), ("startup_failure", 0.002), ("skipped", 0.01), ("neutral", 0.002), ("stale", 0.001))


def tell_ci(state: State, repository: Repository, chance: random.Random, *, runs: int, days: int = 30,
            people: Sequence[Account] = (), hostile: bool = False) -> None:
    """`runs` runs of ten workflows within the last `days`; a repository without commits gets a first one."""
    CiPast(state, repository, chance, days, people, hostile=hostile).tell(runs)


class CiPast:
    """Tells the runs of a repository one after another."""

    def __init__(self, state: State, repository: Repository, chance: random.Random, days: int,
                 people: Sequence[Account], *, hostile: bool) -> None:
        self.state, self.repository, self.chance, self.days, self.hostile = state, repository, chance, days, hostile
        self.start = state.now - timedelta(days=days)
        self.people = list(people) or [state.account("ann"), state.account("bob")]
        self.bot = state.account("dependabot[bot]")
        self.jobs = Jobs(state, chance, hostile=hostile)
        self.fork = state.add_repository(f"{self.people[-1].login}/{repository.name}", fork=True,
                                         created_at=self.start - _DAY)
        self.commits = [commit for commit in repository.commits if commit.committed_at >= self.start]
        self.workflows = {plan.file: self._workflow(plan) for plan in PLANS}
        self.dependabot = state.add_workflow(repository, path=DEPENDABOT, name="Dependabot Updates")
        self.outages = {plan.file: self._outages(plan) for plan in PLANS}
        self.moments = 0

    def tell(self, runs: int) -> None:
        """Schedules first, as far as `runs` goes; the rest by pushes, pull requests and the merge queue.

        All are told in the order of their starts: at GitHub ids and numbers grow with time.
        """
        ticks = sorted((at, plan.file) for plan in PLANS for at in self._ticks(plan))[-(runs // 4):] if runs > 3 else []
        starts = [Start(at, file, "schedule", self._tip(at), self.people[0]) for at, file in ticks]
        for _ in range(min(runs // 30, 40)):
            at = self._some_time()
            starts.append(Start(at, self.dependabot.file, "dynamic", self._tip(at), self.bot))
        if runs >= ENOUGH_TO_GO_ON:
            starts += self._push(self.state.now - timedelta(seconds=150), known=False)
        while len(starts) < runs:
            starts += self._work()[: runs - len(starts)]
        for start in sorted(starts, key=lambda start: start.at):
            self._run(start)
        self.state.disable_workflow(self.workflows[INACTIVE], "disabled_inactivity", at=self.state.now - 3 * _DAY)

    # -- the ground ----------------------------------------------------------------------------------------------

    def _workflow(self, plan: Plan) -> Workflow:
        jobs = "\n".join(
            f"  {job.name.split(' (')[0]}:\n    runs-on: {list(job.labels) if len(job.labels) > 1 else job.labels[0]}\n"
            "    steps:\n      - run: make" for job in {j.name.split(" (")[0]: j for j in JOBS[plan.file]}.values())
        name = self.chance.choice(HOSTILE[5:10]).replace("\n", " ") if self.hostile else plan.name
        return self.state.add_workflow(self.repository, path=f".github/workflows/{plan.file}", name=name,
                                       text=f"name: {plan.name}\non: {plan.on}\njobs:\n{jobs}\n",
                                       at=self.start - 90 * _DAY)

    def _outages(self, plan: Plan) -> list[tuple[datetime, datetime]]:
        """When the default branch was broken for a workflow; the first's may be open to this day."""
        found = []
        for _ in range(int(plan.breaks * self.days / 30 + self.chance.random())):
            begun = self.start + timedelta(days=self.days) * self.chance.random()
            found.append((begun, begun + timedelta(hours=self.chance.lognormvariate(1.2, 1.0))))
        if plan.file == "integration.yml":
            found.append((self.state.now - timedelta(hours=19), self.state.now + _DAY))
        return found

    def _ticks(self, plan: Plan) -> list[datetime]:
        """When a schedule came round; GitHub is some minutes late, and more at the full hour."""
        if plan.every is None:
            return []
        until = self.state.now - {OVERDUE: 4 * _DAY, INACTIVE: 9 * _DAY}.get(plan.file, timedelta(0))
        at, found = self.start.replace(hour=3, minute=0, second=0, microsecond=0), []
        while at < until:
            late = at + timedelta(seconds=int(self.chance.expovariate(1 / 500)) + 60)
            if self.start <= late < until:
                found.append(late)
            at += plan.every
        return found

    def _tip(self, at: datetime) -> Commit | str:
        """The newest commit of the default branch at an instant."""
        return next((commit for commit in self.repository.commits if commit.committed_at <= at),
                    self.repository.commits[-1])

    def _sha(self) -> str:
        self.moments += 1
        return hashlib.sha1(f"{self.repository.id} push {self.moments}".encode(), usedforsecurity=False).hexdigest()

    def _title(self) -> str:
        return self.chance.choice(HOSTILE) if self.hostile else f"Change {self.moments}"

    # -- runs ----------------------------------------------------------------------------------------------------

    def _some_time(self) -> datetime:
        return (self.start + timedelta(days=self.days) * self.chance.random()).replace(microsecond=0)

    def _work(self) -> list[Start]:
        """The runs that one push, pull request or merge starts."""
        at, kind, by = self._some_time(), self.chance.random(), self.chance.choice(self.people)
        if kind < 0.42:
            return self._push(at)
        sha = self._sha()
        if kind < 0.52:
            branch = f"gh-readonly-queue/main/pr-{self.moments}-{sha}"
            return [Start(at, file, "merge_group", sha, by, branch) for file in ("ci.yml", "integration.yml")]
        branch = "main" if kind > 0.96 else f"topic/{self.moments}"
        fork = self.fork if kind > 0.9 else None
        return [Start(at, file, "pull_request", sha, by, branch, fork) for file in ("ci.yml", "lint.yml")]

    def _push(self, at: datetime, *, known: bool = True) -> list[Start]:
        """A push to the default branch: of a `known` commit, and when that was made, as long as there are any."""
        commit = self.commits.pop(self.chance.randrange(len(self.commits))) if known and self.commits else None
        sha: Commit | str = self._sha() if commit is None else commit
        by = commit.user if commit is not None and commit.user is not None else self.chance.choice(self.people)
        at = at if commit is None else min(commit.committed_at + timedelta(seconds=4), self.state.now)
        return [Start(at, file, "push", sha, by) for file in ("ci.yml", "lint.yml", "integration.yml", "docs.yml")]

    def _run(self, start: Start) -> None:
        workflow = self.workflows.get(start.file, self.dependabot)
        plan = next((plan for plan in PLANS if plan.file == start.file), Plan(start.file, "", "", flakes=0.1))
        run = self.state.start_run(workflow, at=start.at, branch=start.branch, event=start.event, sha=start.sha,
                                   actor=start.by, fork=start.fork,
                                   title=self._title() if isinstance(start.sha, str) else None)
        broken = start.event != "pull_request" and any(
            begin <= start.at < end for begin, end in self.outages.get(start.file, ()))
        conclusion = self._conclusion(plan, start, broken=broken)
        if conclusion in ("action_required", "startup_failure", "skipped"):     # of these no job tells
            self.state.complete_run(run, at=min(start.at + timedelta(seconds=2), self.state.now), conclusion=conclusion)
            return
        ended = self.jobs.tell(run, JOBS[plan.file], conclusion)
        by_chance = conclusion == "failure" and not broken
        while ended is not None and run.conclusion == "failure" and len(run.attempts) < MOST_ATTEMPTS \
                and self.chance.random() < (0.8 if by_chance else 0.25):
            ended = self._again(run, plan, ended, repaired=by_chance and self.chance.random() < 0.85)

    def _again(self, run: WorkflowRun, plan: Plan, ended: datetime, *, repaired: bool) -> datetime | None:
        """Somebody has it run again a while later, mostly the failed jobs only; when that ended."""
        at = ended + timedelta(seconds=int(self.chance.lognormvariate(7, 1)))
        if at >= self.state.now:
            return None
        self.state.rerun(run, at=at, by=self.chance.choice(self.people), failed_only=self.chance.random() < 0.7)
        done = {job.name for job in run.latest.jobs}
        return self.jobs.tell(run, [job for job in JOBS[plan.file] if self.jobs.called(job) not in done],
                              "success" if repaired else "failure")

    def _conclusion(self, plan: Plan, start: Start, *, broken: bool) -> Conclusion:
        chance, in_review = self.chance.random(), start.event == "pull_request"
        if start.fork is not None and chance < 0.2:
            return "action_required"
        if in_review and chance < 0.1:
            return "cancelled"
        for conclusion, share in _RARE:
            if self.chance.random() < share:
                return conclusion
        wrong = plan.flakes + (0.12 if in_review else 0.0)
        return "failure" if broken or self.chance.random() < wrong else "success"
