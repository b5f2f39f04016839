"""Runs of the comment command as a step of the workflow that runs after the one that measured."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.commands import Ended, read_report, run
from support.pull_scene import MAY_COMMENT, PullScene, after

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.actions_model import WorkflowRun
    from repo_vitals.simulator.model import PullRequest
    from repo_vitals.simulator.server import Simulator


def comment(simulated: Any, scene: PullScene, of: WorkflowRun, folder: Path, *arguments: str,
            permissions: dict[str, Any] | None = None, **options: Any) -> tuple[Ended, Simulator]:
    """Run the command as a step after a run, with the documented permissions and no others."""
    github = simulated(scene, **options)
    ended = again(github, of, folder, *arguments, permissions=permissions)
    return ended, github


def again(github: Simulator, of: WorkflowRun, folder: Path, *arguments: str,
          permissions: dict[str, Any] | None = None) -> Ended:
    """Run it once more on the same GitHub."""
    return run("comment", *arguments, folder=folder, at=github, environ=after(folder, of),
               token=github.token(MAY_COMMENT if permissions is None else permissions))


def bodies(pull: PullRequest) -> list[str]:
    """The comments of a pull request."""
    return [one.body for one in pull.comments]


def report_of(folder: Path) -> dict[str, Any]:
    """Its own JSON report, which must be there and valid."""
    found = read_report(folder / "repo-vitals" / "comment.json")
    assert found is not None
    return found
