"""A scene with Actions: `CiScene` tells runs in few words. Instants are hours from the scene's now, as in `Scene`."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from support.simulated import Scene

if TYPE_CHECKING:
    import random

    from repo_vitals.simulator.actions_model import Job, Workflow, WorkflowRun

SHA = "a" * 40


def sha(number: int) -> str:
    """A commit's hash that can be told from others."""
    return f"{number:040x}"


class CiScene(Scene):
    """A repository with workflows."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commit(by="ann", at=-2000)

    def workflow(self, file: str = "ci.yml", name: str = "CI", **options: Any) -> Workflow:
        return self.state.add_workflow(self.repository, path=f".github/workflows/{file}", name=name, **options)

    def run(self, *conclusions: Any, at: float = -1, took: float = 0.1, again: float = 1, of: Workflow | None = None,
            **options: Any) -> WorkflowRun:
        """A run with an attempt for each conclusion, the next begun `again` hours after the one before.

        Each takes `took` hours; None goes on. `of` is the first workflow, made where there is none.
        """
        workflow = of or (self.repository.workflows[0] if self.repository.workflows else self.workflow())
        made = self.state.start_run(workflow, at=self.when(at), **options)
        for place, conclusion in enumerate(conclusions or ("success",)):
            begun = at + place * again
            if place:
                self.state.rerun(made, at=self.when(begun))
            if conclusion is not None:
                self.state.complete_run(made, at=self.when(begun + took), conclusion=conclusion)
        return made

    def job(self, run: WorkflowRun, name: str = "build", *, waits: float = 5, takes: float = 60,
            conclusion: Any = "success", **options: Any) -> Job:
        """A job of the newest attempt that waits and takes so many seconds."""
        created = run.latest.started_at
        started = created + timedelta(seconds=waits)
        ended = None if conclusion is None else started + timedelta(seconds=takes)
        return self.state.add_job(run, name=name, created_at=created, started_at=started, completed_at=ended,
                                  conclusion=conclusion, **options)


def tangled(chance: random.Random, *, runs: int = 12, commits: int = 5) -> CiScene:
    """A past in which little is in order: re-runs, lost attempts, late ends, several runs of a commit, ties.

    All within the last four days, of one workflow on the default branch; some runs are still going on.
    """
    scene = CiScene()
    workflow = scene.workflow()
    for _ in range(runs):
        at = chance.randrange(-96, -24)
        run = scene.state.start_run(workflow, at=scene.when(at), sha=sha(chance.randrange(commits)))
        for number in range(chance.choice((1, 1, 2, 3))):
            if number:
                scene.state.rerun(run, at=scene.when(at))
            if chance.random() < 0.1:
                break
            at += chance.randrange(6)
            scene.state.complete_run(run, at=scene.when(at), conclusion=chance.choice(
                ("success", "success", "failure", "failure", "timed_out", "startup_failure", "cancelled", "skipped")))
        if len(run.attempts) > 1 and chance.random() < 0.2:
            scene.state.forget_attempt(run, chance.randrange(1, len(run.attempts)))
    return scene


def ids(document: dict[str, Any]) -> list[int]:
    return [run["id"] for run in document["workflow_runs"]]
