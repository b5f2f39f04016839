"""What the collector hands to the arithmetic: plain values, nothing of GitHub's API left in them. Times are UTC."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

WORKFLOWS_FOLDER = ".github/workflows/"
QUEUE_PREFIX = "gh-readonly-queue/"     # then the target branch: where a merge queue's runs happen


def label_of(path: str) -> str:
    """What a workflow is called in labels: its file's name; the whole path of one that GitHub runs without a file."""
    return path.removeprefix(WORKFLOWS_FOLDER)


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A workflow as the repository has it."""

    id: int
    name: str
    path: str                           # .github/workflows/ci.yml, or dynamic/… without a file
    state: str                          # active, disabled_manually, disabled_inactivity, disabled_fork, deleted
    created_at: datetime
    updated_at: datetime

    @property
    def label(self) -> str:
        """Its name in labels."""
        return label_of(self.path)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt of a run that was made again since."""

    number: int
    conclusion: str | None
    started_at: datetime
    completed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Run:
    """A workflow run as its newest attempt left it."""

    id: int
    node_id: str
    workflow_id: int
    path: str                           # of the workflow's file
    event: str
    branch: str                         # the head's
    sha: str
    number: int                         # within its workflow
    attempt: int                        # the newest one's number, from 1
    status: str                         # completed, or queued, in_progress, waiting …
    conclusion: str | None
    created_at: datetime                # stays when it is run again
    started_at: datetime                # of the newest attempt
    updated_at: datetime                # its completion, when it is completed

    @property
    def key(self) -> tuple[datetime, int]:
        """The order of runs: by creation, then by id."""
        return (self.created_at, self.id)

    @property
    def is_completed(self) -> bool:
        """Whether its newest attempt is over."""
        return self.status == "completed"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a job."""

    name: str
    number: int
    conclusion: str | None
    seconds: float | None               # None: not started, or not over


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job of one attempt of a run."""

    id: int
    run_id: int
    attempt: int
    name: str
    conclusion: str | None              # None: not over
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    labels: tuple[str, ...]             # what `runs-on` asked for
    group: str | None = None            # the runner's group
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WorkflowFile:
    """A workflow's file on the default branch. Text None: it can't be read, and `problem` says why."""

    text: str | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """When a monitor of ours recorded its figures in the history."""

    last: datetime
    longest_gap: timedelta | None = None    # between two of its recent records; None: too few to say


@dataclass(frozen=True, kw_only=True)
class CaseResults:
    """What became of one test in one report file."""

    name: str
    passed: int = 0
    failed: int = 0


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A repository's runs on one branch, and what is needed to judge them."""

    repository: str                     # owner/name, as GitHub spells it
    url: str                            # its page
    branch: str                         # the measured one
    default_branch: str
    is_public: bool
    workflows: tuple[Workflow, ...]     # all that the repository has
    measured: tuple[Workflow, ...]      # those to be measured; deleted ones only where they were named
    security: tuple[Workflow, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)           # label to why it is not measured
    files: Mapping[str, WorkflowFile] = field(default_factory=dict)     # by path, of the default branch
    runs: tuple[Run, ...] = ()          # on the branch or in its merge queue, whatever their event
    earlier: Mapping[int, Mapping[int, Attempt | None]] = field(default_factory=dict)  # asked for; None: it is gone
    undecided: int = 0                  # runs that were run again and whose attempts were not asked for any more
    scheduled: Mapping[int, Run | None] = field(default_factory=dict)   # newest run by schedule, by workflow
    jobs: tuple[Job, ...] = ()
    jobs_of: tuple[int, ...] = ()       # ids of runs whose jobs were asked for
    recorded: Mapping[str, Recorded] | None = None      # by command; None: no history
    tests: tuple[CaseResults, ...] | None = None        # None: no report files were named, or none was found
    test_files: int = 0
    missing: tuple[str, ...] = ()       # what could not be read, a line each
    notes: tuple[str, ...] = ()
