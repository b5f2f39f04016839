"""A history on a branch of the simulated GitHub, with git or without."""
from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.report.model import Cost
from repo_vitals.runtime.history_on_github import on_branch
from repo_vitals.runtime.world import World
from repo_vitals.sources.github_connection import connect
from support.history_branches import AT, NAME, point

if TYPE_CHECKING:
    from repo_vitals.delivery.history import OnBranch
    from repo_vitals.simulator.accounts import Access
    from repo_vitals.simulator.server import Simulator

WITH_GIT, WITHOUT_GIT = "with git", "without git"


def place(simulator: Simulator, way: str = WITH_GIT, *, name: str = NAME, limit: int = 50_000_000,
          permissions: dict[str, Access] | None = None) -> OnBranch:
    from datetime import timedelta

    environ = {**os.environ, **simulator.environment(simulator.token(permissions))}
    if way == WITHOUT_GIT:
        environ["PATH"] = ""
    github = connect(token=environ.pop("GITHUB_TOKEN"), environ=environ, cost=Cost(), max_wait=timedelta(seconds=20))
    world = World(environ=environ, folder=Path())
    return on_branch(name, simulator.state.repositories()[0].full_name, github, world, limit=limit)


def record(where: OnBranch, value: float, *, name: str = "commits") -> None:
    history = where.history()
    history.record("ci-health", "acme/widget", [point(name, value)])
    where.write(history, at=AT)


def seen(simulator: Simulator, way: str) -> dict[str, float | None]:
    return {found.name: found.value for found in place(simulator, way).history().points("ci-health", "acme/widget", AT)}
