"""What happens in Actions: workflows come and go, runs start, jobs end, somebody runs them again."""
from __future__ import annotations

from bisect import insort
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.simulator.actions_model import (
    DYNAMIC,
    Artifact,
    Attempt,
    CheckSuite,
    Conclusion,
    Job,
    JobConclusion,
    Status,
    Step,
    Workflow,
    WorkflowRun,
    WorkflowState,
)
from repo_vitals.simulator.files import Files
from repo_vitals.simulator.model import Commit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import PullRequest, Repository

_PLAIN = """\
name: {name}
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
"""


class Actions(Files):
    """`Files` with workflows and their runs. Instants are parameters; a run's history is told from its start on."""

    def add_workflow(self, repository: Repository, *, path: str = ".github/workflows/ci.yml", name: str = "CI",
                     state: WorkflowState = "active", text: str | bytes | None = None,
                     at: datetime | None = None) -> Workflow:
        """A workflow and its file, a plain one unless `text` is given; what begins with `dynamic/` has no file."""
        with self.lock:
            if not path.startswith(DYNAMIC):
                self.put_file(repository, path, _PLAIN.format(name=name) if text is None else text)
            since = at or repository.created_at
            made = self._keep(Workflow(id=self._new_id(), repository=repository, path=path, name=name, state=state,
                                       created_at=since, updated_at=since))
            repository.workflows.append(made)
            return made

    def disable_workflow(self, workflow: Workflow, state: WorkflowState = "disabled_inactivity", *,
                         at: datetime | None = None) -> None:
        """No run starts any more: by hand, or by GitHub after 60 days without a commit."""
        with self.lock:
            self._changed()
            workflow.state, workflow.updated_at = state, at or self.now

    def enable_workflow(self, workflow: Workflow, *, at: datetime | None = None) -> None:
        """Active again."""
        self.disable_workflow(workflow, "active", at=at)

    def delete_workflow(self, workflow: Workflow, *, at: datetime | None = None, listed: bool = False) -> None:
        """Its file is gone and its runs stay. With `listed` it goes on as if active, as GitHub sometimes has it."""
        with self.lock:
            self._changed()
            workflow.listed = listed
            if not listed:
                workflow.state, workflow.deleted_at = "deleted", at or self.now
                workflow.updated_at = workflow.deleted_at
            workflow.repository.files.pop(workflow.path, None)

    def start_run(self, workflow: Workflow, *, at: datetime, branch: str | None = "main", event: str = "push",
                  sha: str | Commit | None = None, actor: Account | None = None, title: str | None = None,
                  fork: Repository | None = None, pull_request: PullRequest | None = None,
                  status: Status = "in_progress") -> WorkflowRun:
        """A run's first attempt begins. `sha` is the tip's unless given; `fork` is where a stranger's branch lies.

        A pull request of a fork is not named by the run, as at GitHub.
        """
        with self.lock:
            home = workflow.repository
            commit = sha if isinstance(sha, Commit) else home.commits[0] if sha is None and home.commits else None
            oid = sha if isinstance(sha, str) else commit.oid if commit is not None else "0" * 40
            told = commit.message.split("\n", 1)[0] if commit is not None else workflow.name
            workflow.runs += 1
            made = self._keep(WorkflowRun(
                id=self._new_id(), repository=home, workflow=workflow, run_number=workflow.runs, event=event,
                branch=branch, sha=oid, title=title if title is not None else told, created_at=at, actor=actor,
                head_repository=fork or home, head_commit=commit,
                pull_requests=[pull_request] if pull_request is not None and fork is None else []))
            made.suite = self._keep(CheckSuite(id=self._new_id(), repository=home, run=made))
            made.attempts.append(Attempt(number=1, started_at=at, updated_at=at, status=status, actor=actor))
            insort(home.runs, made, key=lambda run: (run.created_at, run.id))
            return made

    def add_job(self, run: WorkflowRun, *, name: str = "build", created_at: datetime | None = None,
                started_at: datetime | None = None, completed_at: datetime | None = None,
                conclusion: JobConclusion | None = None, labels: Iterable[str] = ("ubuntu-latest",),
                steps: Iterable[tuple[str, str | None, datetime | None, datetime | None]] = (),
                runner_name: str | None = None, runner_group: str = "GitHub Actions") -> Job:
        """A job of the run's newest attempt; queued until it started, in progress until it has a conclusion.

        Each step is its name, conclusion, start and end. A job that was skipped, or cancelled before it started, saw
        no runner: its runner's number is 0 and its name empty.
        """
        with self.lock:
            attempt, number = run.latest, self._new_id()
            status: Status = "completed" if conclusion else "in_progress" if started_at else "queued"
            skipped = conclusion == "skipped"
            made = self._keep(Job(
                id=number, run=run, attempt=attempt.number, name=name, status=status, conclusion=conclusion,
                created_at=created_at or attempt.started_at, started_at=started_at, completed_at=completed_at,
                labels=() if skipped else tuple(labels), steps=[Step(*step) for step in steps]))
            if started_at is not None and not skipped:
                made.runner_id, made.runner_name = number % 997, runner_name or f"GitHub Actions {number % 997}"
                made.runner_group_id = 0 if runner_group == "GitHub Actions" else 1
                made.runner_group_name = runner_group
            elif conclusion:
                made.runner_id, made.runner_name, made.runner_group_id, made.runner_group_name = 0, "", 0, ""
            attempt.jobs.append(made)
            run.latest.updated_at = max(run.latest.updated_at, made.completed_at or made.started_at or made.created_at)
            return made

    def complete_run(self, run: WorkflowRun, *, at: datetime, conclusion: Conclusion = "success") -> None:
        """The newest attempt ends."""
        with self.lock:
            self._changed()
            run.latest.status, run.latest.conclusion, run.latest.updated_at = "completed", conclusion, at

    def add_artifact(self, run: WorkflowRun, name: str, content: bytes, *, at: datetime | None = None,
                     size: int | None = None, expired: bool = False) -> Artifact:
        """An archive that the run kept, as long as `size` says unless that is told otherwise."""
        with self.lock:
            made = self._keep(Artifact(id=self._new_id(), repository=run.repository, run=run, name=name,
                                       content=content, size=len(content) if size is None else size,
                                       created_at=at or run.latest.updated_at, expired=expired))
            run.artifacts.append(made)
            return made

    def rerun(self, run: WorkflowRun, *, at: datetime, by: Account | None = None, failed_only: bool = False,
              status: Status = "in_progress") -> Attempt:
        """A new attempt at a completed run. With `failed_only` the jobs that succeeded are carried over as they were.

        Raises ValueError for a run that goes on.
        """
        with self.lock:
            before = run.latest
            if before.status != "completed":
                raise ValueError(f"run {run.id} can't be run again before it is completed")
            self._changed()
            made = Attempt(number=before.number + 1, started_at=at, updated_at=at, status=status, actor=by or run.actor)
            run.attempts.append(made)
            for job in before.jobs if failed_only else ():
                if job.conclusion in ("success", "skipped", "neutral"):
                    made.jobs.append(self._keep(replace(job, id=self._new_id(), attempt=made.number, created_at=at,
                                                        carried_from=job)))
            return made

    def forget_attempt(self, run: WorkflowRun, number: int) -> None:
        """An earlier attempt can't be asked for any more, nor its jobs."""
        with self.lock:
            self._changed()
            lost = run.attempts[number - 1]
            lost.lost = True
            for job in lost.jobs:
                self._nodes.pop(job.id, None)

    def delete_run(self, run: WorkflowRun) -> None:
        """Gone, with its jobs."""
        with self.lock:
            self._changed()
            run.repository.runs.remove(run)
            jobs = [job.id for attempt in run.attempts for job in attempt.jobs]
            artifacts = [artifact.id for artifact in run.artifacts]
            for number in (run.id, *([run.suite.id] if run.suite else ()), *jobs, *artifacts):
                self._nodes.pop(number, None)
