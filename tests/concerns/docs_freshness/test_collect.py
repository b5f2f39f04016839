"""What is asked of GitHub, by the real client from a simulated one."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.docs_freshness.collect import collect
from repo_vitals.concerns.docs_freshness.facts import Facts
from repo_vitals.errors import PermissionMissing, RepositoryNotFound
from repo_vitals.report.model import Cost
from repo_vitals.sources.github_connection import connect
from support.simulated import REPOSITORY, Scene, simulated  # noqa: F401

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator


def collected(github: Simulator, repository: str = REPOSITORY, **environment: str) -> Facts:
    environ = {**github.environment(), **environment}
    connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=5))
    return collect(connection, repository=repository)


def test_open_issues_are_counted_and_pull_requests_are_not(simulated: Any) -> None:  # noqa: F811
    scene = Scene()
    scene.issue(at=-3)
    scene.issue(at=-2).close(at=-1)
    scene.pull_request(at=-1)
    assert collected(simulated(scene)) == Facts(repository=REPOSITORY, open_issues=1)


def test_one_request_is_enough(simulated: Any) -> None:  # noqa: F811
    github = simulated(Scene())
    collected(github)
    assert len(github.log) == 1


def test_switched_off_issues_are_not_none_open(simulated: Any) -> None:  # noqa: F811
    scene = Scene()
    scene.repository.issues_enabled = False
    assert collected(simulated(scene)).open_issues is None


def test_the_permission_that_is_missing_is_named(simulated: Any) -> None:  # noqa: F811
    github = simulated(Scene())
    with pytest.raises(PermissionMissing, match="issues: read"):
        collected(github, GITHUB_TOKEN=github.token({"metadata": "read", "contents": "read"}))


def test_a_repository_that_is_not_there_is_said_to_be_missing(simulated: Any) -> None:  # noqa: F811
    with pytest.raises(RepositoryNotFound):
        collected(simulated(Scene()), "acme/gadget")
