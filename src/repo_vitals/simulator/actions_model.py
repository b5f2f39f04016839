"""What the simulated GitHub holds of Actions: workflows, their runs with attempts, and jobs with steps."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from repo_vitals.simulator.accounts import Node

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Commit, PullRequest, Repository

WorkflowState = Literal["active", "deleted", "disabled_fork", "disabled_inactivity", "disabled_manually"]
Status = Literal["queued", "in_progress", "completed", "waiting", "requested", "pending"]
JobConclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"]
Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required", "stale",
                     "startup_failure"]
STATUSES: tuple[Status, ...] = get_args(Status)
CONCLUSIONS: tuple[Conclusion, ...] = get_args(Conclusion)
DYNAMIC = "dynamic/"        # what the paths of workflows begin with that GitHub itself brings


@dataclass(eq=False, kw_only=True)
class ActionsNode(Node):
    """Anything of Actions that GraphQL knows."""

    repository: Repository = field(repr=False)


@dataclass(eq=False, kw_only=True)
class Workflow(ActionsNode):
    """A workflow. A deleted one keeps its runs; `listed` says whether the list of workflows still names it."""

    path: str
    name: str
    state: WorkflowState
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    listed: bool = True
    runs: int = 0               # how many were ever started

    PREFIX = "W"

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self.repository.url}/actions/workflows/{self.file}"


@dataclass(eq=False, kw_only=True)
class CheckSuite(ActionsNode):
    """The check suite behind a run: what GraphQL tells of its status and conclusion."""

    run: WorkflowRun = field(repr=False)

    PREFIX = "CS"


class Step(NamedTuple):
    """A step of a job."""

    name: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None


@dataclass(eq=False, kw_only=True)
class Job(Node):
    """A job of one attempt.

    A re-run of the failed jobs only brings the others into the new attempt as they were: as new jobs, which say that
    they started before they were created.
    """

    run: WorkflowRun = field(repr=False)
    attempt: int
    name: str
    status: Status
    conclusion: JobConclusion | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    labels: tuple[str, ...]
    steps: list[Step] = field(default_factory=list, repr=False)
    runner_id: int | None = None
    runner_name: str | None = None
    runner_group_id: int | None = None
    runner_group_name: str | None = None
    carried_from: Job | None = field(default=None, repr=False)

    PREFIX = "CR"

    @property
    def repository(self) -> Repository:
        """Where it ran."""
        return self.run.repository


@dataclass(eq=False, kw_only=True)
class Attempt:
    """One attempt at a run; `lost` is one that GitHub no longer has."""

    number: int
    started_at: datetime
    updated_at: datetime
    status: Status
    actor: Account | None
    conclusion: Conclusion | None = None
    jobs: list[Job] = field(default_factory=list, repr=False)
    lost: bool = False


@dataclass(eq=False, kw_only=True)
class Artifact(ActionsNode):
    """What a run kept: an archive. `size` is what GitHub says of its length, which need not be so."""

    run: WorkflowRun = field(repr=False)
    name: str
    content: bytes = field(repr=False)
    size: int
    created_at: datetime
    expired: bool = False

    PREFIX = "MDg"


@dataclass(eq=False, kw_only=True)
class WorkflowRun(ActionsNode):
    """A run. Re-running it adds an attempt, and what the run tells of itself is the newest attempt's."""

    workflow: Workflow = field(repr=False)
    run_number: int
    event: str
    branch: str | None
    sha: str
    title: str
    created_at: datetime
    actor: Account | None
    head_repository: Repository = field(repr=False)      # a fork, for its pull requests
    head_commit: Commit | None = field(default=None, repr=False)
    pull_requests: list[PullRequest] = field(default_factory=list, repr=False)
    attempts: list[Attempt] = field(default_factory=list, repr=False)
    suite: CheckSuite | None = field(default=None, repr=False)
    artifacts: list[Artifact] = field(default_factory=list, repr=False)

    PREFIX = "WFR"

    @property
    def latest(self) -> Attempt:
        """The newest attempt."""
        return self.attempts[-1]

    @property
    def status(self) -> Status:
        """Of the newest attempt."""
        return self.latest.status

    @property
    def conclusion(self) -> Conclusion | None:
        """Of the newest attempt; None until it is completed."""
        return self.latest.conclusion

    @property
    def updated_at(self) -> datetime:
        """Of the newest attempt."""
        return self.latest.updated_at

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self.repository.url}/actions/runs/{self.id}"

    def attempt(self, number: int) -> Attempt | None:
        """An attempt by its number; None where there is none, or no longer."""
        return next((found for found in self.attempts if found.number == number and not found.lost), None)
