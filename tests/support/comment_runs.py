"""The workflow that comments, run in act after a run of the simulated GitHub."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.pull_scene import MAY_COMMENT, PullScene
from support.simulated import NOW, serving

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.actions_model import WorkflowRun
    from support.act import Consumer, Run

_WORKFLOW = ".github/workflows/comment.yml"


def after(consumer: Consumer, example: Path, scene: PullScene, run: WorkflowRun) -> Run:
    """Run an example after a run, with the permissions that the action documents and no others."""
    consumer.add(_WORKFLOW, example.read_text(encoding="utf-8"))
    payload: dict[str, Any] = {
        "action": "completed", "repository": {"full_name": "acme/widget", "default_branch": "main"},
        "workflow_run": {"id": run.id, "name": "Pull request report", "event": run.event, "head_branch": run.branch,
                         "head_sha": run.sha, "conclusion": run.conclusion,
                         "head_repository": {"full_name": run.head_repository.full_name}}}
    with serving(scene) as github:
        environ = github.environment(github.token(MAY_COMMENT))  # type: ignore[arg-type]
        return consumer.run(_WORKFLOW, "workflow_run", token=environ.pop("GITHUB_TOKEN"), payload=payload,
                            environ={**environ, "REPO_VITALS_NOW": NOW.isoformat()})
