"""Pull requests, from forks too, with the runs that measured them and what those left behind."""
from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from repo_vitals.report.model import Report, Target
from support.checkouts import in_actions
from support.ci_scene import CiScene
from support.reports import finding, metric, report
from support.simulated import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from repo_vitals.simulator.actions_model import WorkflowRun
    from repo_vitals.simulator.model import Comment, PullRequest

A, B = "a" * 40, "b" * 40
MARKER = "<!-- repo-vitals:comment:reports -->"
MAY_COMMENT = {"actions": "read", "pull_requests": "write"}
READS = {"actions": "read", "contents": "read", "metadata": "read", "pull_requests": "read", "issues": "read"}


def failing() -> Report:
    """A report that fails: one figure misses its target, and there are two findings."""
    return report(
        monitor="coverage", status="fail", summary="71 % of the lines are covered",
        metrics=(metric("issue_response_sla_ratio", 0.71, samples=100, priority="p1").judged(Target(">=", 0.9)),
                 metric("issues_open", 12)),
        findings=(finding(rule="below", severity="high", title="Below the limit", detail="71 % of 100 lines."),
                  finding(rule="note", subject="x", severity="info", title="A hint")))


def passing() -> Report:
    """A report that passes."""
    return report(monitor="security-summary", summary="nothing was found")


def text_of(made: Report) -> str:
    """A report as its file holds it."""
    return json.dumps(made.as_json(), ensure_ascii=False)


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """A zip archive, as an upload makes it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


REPORTS = packed({"coverage.json": text_of(failing()), "security-summary.json": text_of(passing())})


class PullScene(CiScene):
    """acme/widget, with a fork of zoe's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.state.account("zoe", kind="User")
        self.fork = self.state.add_repository("zoe/widget", fork=True)
        self.ci = self.workflow(file="tests.yml", name="Tests")

    def pull(self, *, by: str = "zoe", branch: str = "topic", sha: str = A, fork: bool = True) -> PullRequest:
        """An open pull request with that commit at its head."""
        return self.state.open_pull_request(
            self.repository, by=self.who(by), at=self.when(-2), branch=branch, sha=sha,
            fork=self.fork if fork else None)

    def measured(self, pull: PullRequest, content: bytes | None = REPORTS, *, conclusion: Any = "success",
                 name: str = "repo-vitals", event: str = "pull_request", sha: str | None = None) -> WorkflowRun:
        """The run of a pull request's commit, and the artifact that it left, if any."""
        run = self.state.start_run(self.ci, at=self.when(-1), branch=pull.head_ref, event=event, actor=pull.author,
                                   sha=sha or pull.head_sha, fork=pull.fork, pull_request=pull)
        if conclusion is not None:
            self.state.complete_run(run, at=self.when(-0.9), conclusion=conclusion)
        if content is not None:
            self.state.add_artifact(run, name, content)
        return run

    def said(self, pull: PullRequest, body: str, *, by: str = "github-actions[bot]", at: float = -0.5) -> Comment:
        """A comment that is there already."""
        return self.state.comment(pull, by=self.who(by), at=self.when(at), body=body)


def after(folder: Path, run: WorkflowRun) -> dict[str, str]:
    """The environment of a step in the workflow that runs after a run."""
    payload = {"action": "completed", "workflow_run": {
        "id": run.id, "event": run.event, "head_sha": run.sha, "head_branch": run.branch,
        "head_repository": {"full_name": run.head_repository.full_name}, "conclusion": run.conclusion}}
    return {**in_actions(folder, "workflow_run", payload, ref="refs/heads/main", repository=REPOSITORY),
            "GITHUB_RUN_ID": "999", "GITHUB_STEP_SUMMARY": str(folder / "summary")}


def within(folder: Path, pull: PullRequest, *, sha: str | None = None, actor: str | None = None,
           event: str = "pull_request") -> dict[str, str]:
    """The environment of a step in the run of a pull request."""
    login = "" if pull.author is None else pull.author.rest_login
    payload = {"pull_request": {
        "number": pull.number, "user": {"login": login},
        "base": {"sha": B, "ref": "main", "repo": {"full_name": REPOSITORY}},
        "head": {"sha": sha or pull.head_sha, "ref": pull.head_ref,
                 "repo": {"full_name": pull.head_repository.full_name}}}}
    return {**in_actions(folder, event, payload, ref=f"refs/pull/{pull.number}/merge", repository=REPOSITORY),
            "GITHUB_RUN_ID": "777", "GITHUB_ACTOR": actor or login, "GITHUB_STEP_SUMMARY": str(folder / "summary")}
