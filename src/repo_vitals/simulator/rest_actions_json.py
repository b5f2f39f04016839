"""How REST shows workflows, runs and jobs. Every form is held to GitHub's OpenAPI description by the tests."""
from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.clock import format_instant

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.actions_model import Artifact, Attempt, Job, Step, Workflow, WorkflowRun
    from repo_vitals.simulator.model import PullRequest, Repository
    from repo_vitals.simulator.rest_json import Forms

_OF_REPOSITORY = ("id", "node_id", "name", "full_name", "private", "owner", "html_url", "description", "fork", "url")


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


class ActionsForms:
    """The forms of one answer; what a hundred runs share is made once."""

    def __init__(self, forms: Forms, *, pull_requests: bool = True) -> None:
        self.forms = forms
        self.pull_requests = pull_requests
        self._repositories: dict[int, dict[str, Any]] = {}
        self._accounts: dict[int | None, dict[str, Any]] = {}

    def workflow(self, workflow: Workflow) -> dict[str, Any]:
        """A workflow."""
        page = workflow.repository.url
        found = {
            "id": workflow.id, "node_id": workflow.node_id, "name": workflow.name, "path": workflow.path,
            "state": workflow.state, "created_at": format_instant(workflow.created_at),
            "updated_at": format_instant(workflow.updated_at), "url": self._workflow_url(workflow),
            "html_url": f"{page}/blob/main/{quote(workflow.path)}",
            "badge_url": f"{page}/workflows/{quote(workflow.name, safe='')}/badge.svg",
        }
        if workflow.deleted_at is not None:
            found["deleted_at"] = format_instant(workflow.deleted_at)
        return found

    def run(self, run: WorkflowRun, attempt: Attempt | None = None) -> dict[str, Any]:
        """A run as its newest attempt has it, or as an earlier one had."""
        shown = attempt or run.latest
        url, suite = f"{self.forms.of_repository(run.repository)}/actions/runs/{run.id}", run.suite
        assert suite is not None  # noqa: S101 -- every run is started with one
        asked = url if attempt is None else f"{url}/attempts/{shown.number}"
        before = f"{url}/attempts/{shown.number - 1}" if shown.number > 1 else None
        return {
            "id": run.id, "name": run.workflow.name, "node_id": run.node_id, "head_branch": run.branch,
            "head_sha": run.sha, "path": run.workflow.path, "display_title": run.title, "run_number": run.run_number,
            "event": run.event, "status": shown.status, "conclusion": shown.conclusion, "workflow_id": run.workflow.id,
            "check_suite_id": suite.id, "check_suite_node_id": suite.node_id, "url": url,
            "html_url": run.url if attempt is None else f"{run.url}/attempts/{shown.number}",
            "pull_requests": [self._pull_request(pull, run) for pull in run.pull_requests] if self.pull_requests
            else [],
            "created_at": format_instant(run.created_at), "updated_at": format_instant(shown.updated_at),
            "actor": self._account(run.actor), "run_attempt": shown.number, "referenced_workflows": [],
            "run_started_at": format_instant(shown.started_at), "triggering_actor": self._account(shown.actor),
            "jobs_url": f"{asked}/jobs", "logs_url": f"{asked}/logs",
            "check_suite_url": f"{self.forms.of_repository(run.repository)}/check-suites/{suite.id}",
            "artifacts_url": f"{url}/artifacts", "cancel_url": f"{url}/cancel", "rerun_url": f"{url}/rerun",
            "previous_attempt_url": before, "workflow_url": self._workflow_url(run.workflow),
            "head_commit": self._head_commit(run), "repository": self._repository(run.repository),
            "head_repository": self._repository(run.head_repository),
        }

    def job(self, job: Job) -> dict[str, Any]:
        """A job; one that still waits says that it started when it was created, as GitHub's do."""
        run, api = job.run, self.forms.of_repository(job.run.repository)
        return {
            "id": job.id, "run_id": run.id, "workflow_name": run.workflow.name, "head_branch": run.branch,
            "run_url": f"{api}/actions/runs/{run.id}", "run_attempt": job.attempt, "node_id": job.node_id,
            "head_sha": run.sha, "url": f"{api}/actions/jobs/{job.id}", "html_url": f"{run.url}/job/{job.id}",
            "status": job.status, "conclusion": job.conclusion, "created_at": format_instant(job.created_at),
            "started_at": format_instant(job.started_at or job.created_at), "completed_at": _when(job.completed_at),
            "name": job.name, "steps": [_step(number, step) for number, step in enumerate(job.steps, 1)],
            "check_run_url": f"{api}/check-runs/{job.id}", "labels": list(job.labels), "runner_id": job.runner_id,
            "runner_name": job.runner_name, "runner_group_id": job.runner_group_id,
            "runner_group_name": job.runner_group_name,
        }

    def artifact(self, artifact: Artifact) -> dict[str, Any]:
        """An artifact; its digest is GitHub's own, of what was uploaded."""
        run, api = artifact.run, self.forms.of_repository(artifact.repository)
        url = f"{api}/actions/artifacts/{artifact.id}"
        made = format_instant(artifact.created_at)
        return {"id": artifact.id, "node_id": artifact.node_id, "name": artifact.name, "size_in_bytes": artifact.size,
                "url": url, "archive_download_url": f"{url}/zip", "expired": artifact.expired, "created_at": made,
                "updated_at": made, "expires_at": format_instant(artifact.created_at + timedelta(days=90)),
                "digest": f"sha256:{hashlib.sha256(artifact.content).hexdigest()}",
                "workflow_run": {"id": run.id, "repository_id": run.repository.id, "head_branch": run.branch or "",
                                 "head_repository_id": run.head_repository.id, "head_sha": run.sha}}

    def _workflow_url(self, workflow: Workflow) -> str:
        return f"{self.forms.of_repository(workflow.repository)}/actions/workflows/{workflow.id}"

    def _repository(self, repository: Repository) -> dict[str, Any]:
        found = self._repositories.get(repository.id)
        if found is None:
            whole = self.forms.repository(repository)
            found = {name: value for name, value in whole.items() if name in _OF_REPOSITORY
                     or (name.endswith("_url") and name not in ("git_url", "ssh_url", "clone_url", "svn_url",
                                                                "mirror_url"))}
            self._repositories[repository.id] = found
        return found

    def _account(self, account: Account | None) -> dict[str, Any]:
        key = None if account is None or account.deleted else account.id
        if key not in self._accounts:
            self._accounts[key] = self.forms.account(account)
        return self._accounts[key]

    def _head_commit(self, run: WorkflowRun) -> dict[str, Any]:
        commit = run.head_commit
        if commit is None:
            login = "ghost" if run.actor is None else run.actor.login
            who = {"name": login, "email": f"{login}@example.org"}
            return {"id": run.sha, "tree_id": run.sha, "message": run.title,
                    "timestamp": format_instant(run.created_at), "author": who, "committer": who}
        who = {"name": commit.name, "email": commit.email}
        return {"id": run.sha, "tree_id": run.sha, "message": commit.message,
                "timestamp": format_instant(commit.committed_at), "author": who, "committer": who}

    def _pull_request(self, pull: PullRequest, run: WorkflowRun) -> dict[str, Any]:
        api = self.forms.of_repository(pull.repository)
        home = {"id": pull.repository.id, "url": api, "name": pull.repository.name}
        tip = pull.repository.commits[0].oid if pull.repository.commits else "0" * 40
        return {"id": pull.id, "number": pull.number, "url": f"{api}/pulls/{pull.number}",
                "head": {"ref": run.branch or "", "sha": run.sha, "repo": home},
                "base": {"ref": "main", "sha": tip, "repo": home}}


def _step(number: int, step: Step) -> dict[str, Any]:
    status = "completed" if step.conclusion else "in_progress" if step.started_at else "queued"
    return {"name": step.name, "status": status, "conclusion": step.conclusion, "number": number,
            "started_at": _when(step.started_at), "completed_at": _when(step.completed_at)}
