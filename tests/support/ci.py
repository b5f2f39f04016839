"""Runs, attempts and facts in few words, and what ci-health makes of them. Instants are hours from NOW."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.ci_health.collect import collect
from repo_vitals.concerns.ci_health.facts import Attempt, Facts, Job, Run, Workflow
from repo_vitals.concerns.ci_health.judge import judge
from repo_vitals.concerns.ci_health.measure import measure
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.report.model import Cost, Judgement, Window
from repo_vitals.sources.github_connection import connect
from support.simulated import NOW, REPOSITORY

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.sources.history import History

MONTH = Window(start=NOW - timedelta(days=30), end=NOW)
DAY = 24
_NUMBERS = count(1)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def workflow(file: str = "ci.yml", **given: Any) -> Workflow:
    plain: dict[str, Any] = {"id": 1, "name": "CI", "path": f".github/workflows/{file}", "state": "active",
                             "created_at": at(-9000), "updated_at": at(-9000)}
    return Workflow(**{**plain, **given})


def run(conclusion: str | None = "success", hours: float = -1, **given: Any) -> Run:
    """A run that was created so many hours from NOW and took six minutes; without a conclusion it goes on."""
    number = given.pop("id", None) or next(_NUMBERS)
    took = given.pop("took", 0.1)
    plain: dict[str, Any] = {
        "id": number, "node_id": f"WFR_{number}", "workflow_id": 1, "path": ".github/workflows/ci.yml",
        "event": "push", "branch": "main", "sha": f"{number:040x}", "number": number, "attempt": 1,
        "status": "in_progress" if conclusion is None else "completed", "conclusion": conclusion,
        "created_at": at(hours), "started_at": at(hours), "updated_at": at(hours + took)}
    return Run(**{**plain, **given})


def attempt(conclusion: str | None, hours: float, *, number: int = 1, took: float = 0.1) -> Attempt:
    return Attempt(number=number, conclusion=conclusion, started_at=at(hours), completed_at=at(hours + took))


def job(of: Run, conclusion: str | None = "success", *, waits: float = 5, takes: float = 60, **given: Any) -> Job:
    """A job of a run's newest attempt that waits and takes so many seconds."""
    started = of.started_at + timedelta(seconds=waits)
    plain: dict[str, Any] = {
        "id": next(_NUMBERS), "run_id": of.id, "attempt": of.attempt, "name": "build", "conclusion": conclusion,
        "created_at": of.started_at, "started_at": started, "completed_at": started + timedelta(seconds=takes),
        "labels": ("ubuntu-latest",)}
    return Job(**{**plain, **given})


def facts(*runs: Run, **given: Any) -> Facts:
    measured = given.pop("measured", (workflow(),))
    plain: dict[str, Any] = {
        "repository": REPOSITORY, "url": f"https://github.com/{REPOSITORY}", "branch": "main",
        "default_branch": "main", "is_public": True, "workflows": given.get("workflows", measured),
        "measured": measured, "runs": runs, "jobs_of": tuple({job.run_id for job in given.get("jobs", ())})}
    return Facts(**{**plain, **given})


def judged(found: Facts, *, window: Window = MONTH, **policy: Any) -> Judgement:
    wanted = Policy(**policy)
    return judge(measure(found, window, wanted), found, window, wanted)


def value(judgement: Judgement, name: str, **labels: str) -> Any:
    """The value of the one figure of that name with these labels among its own."""
    (found,) = [metric for metric in judgement.metrics if metric.name == name
                and labels.items() <= dict(metric.labels).items()]
    return found.value


def status(judgement: Judgement, name: str, **labels: str) -> Any:
    (found,) = [metric for metric in judgement.metrics if metric.name == name
                and labels.items() <= dict(metric.labels).items()]
    return found.status


def rules(judgement: Judgement) -> list[str]:
    return [finding.rule for finding in judgement.findings]


def collected(
    github: Simulator, *, window: Window = MONTH, policy: Policy | None = None, history: History | None = None,
    repository: str = REPOSITORY, cost: Cost | None = None, environ: dict[str, str] | None = None, **given: Any,
) -> Facts:
    """The facts, by the real client from a simulated GitHub."""
    around = {**github.environment(), **(environ or {})}
    connection = connect(token=around["GITHUB_TOKEN"], environ=around, cost=cost or Cost(),
                         max_wait=timedelta(seconds=5))
    try:
        return collect(connection, repository=repository, window=window, policy=policy or Policy(), history=history,
                       **given)
    finally:
        connection.close()


def until(end: datetime, days: float = 30) -> Window:
    return Window(start=end - timedelta(days=days), end=end)


__all__ = ["DAY", "MONTH", "NOW", "at", "attempt", "collected", "facts", "job", "judged", "replace", "rules", "run",
           "status", "until", "value", "workflow"]
