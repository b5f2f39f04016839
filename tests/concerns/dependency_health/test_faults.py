"""Whatever goes wrong between us and GitHub: the same facts as without it, or an error. Never other facts."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.errors import RepoVitalsError
from repo_vitals.report.model import Cost
from repo_vitals.simulator.deps_dev import DepsDevSimulator
from repo_vitals.simulator.faults import KINDS, Fault, FaultPlan
from repo_vitals.sources.github_connection import connect
from support.dependencies import LARGEST_IN_QUERY, dependabot, gathered, small_scene, small_world
from support.simulated import REPOSITORY, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.dependency_health.facts import Facts
    from repo_vitals.simulator.server import Simulator

OPERATIONS = ("DependencyOverview", "OpenPullRequests", "UpdatePullRequests", "VulnerabilityAlerts", "LockFiles")
ANSWERS = [kind for kind in KINDS if kind not in ("timeout", "unauthorized")]


def kinds_and_places(kinds: list[str]) -> list[Any]:
    """Every kind in the midst of what is asked, and one kind everywhere; all others are slow."""
    return [pytest.param(kind, operation, marks=() if operation == "UpdatePullRequests" or kind == "status"
                         else pytest.mark.slow) for kind in kinds for operation in OPERATIONS]


@pytest.fixture(scope="module")
def deps_dev() -> Iterator[DepsDevSimulator]:
    with DepsDevSimulator(small_world()) as running:
        yield running


@pytest.fixture(scope="module")
def github() -> Iterator[Simulator]:
    scene = small_scene()
    padding = "".join(f"# {number:060}\n" for number in range(LARGEST_IN_QUERY // 60))
    scene.state.put_file(scene.repository, "requirements.txt", padding + "attrs==23.1.0\n")
    for number in range(110):
        dependabot(scene, f"p{number}", "1.0.0", "1.0.1", "patch", at=-300 + number, checks="SUCCESS")
    for number in range(20):
        scene.state.warn(scene.repository, package=f"p{number}", severity="HIGH", at=scene.when(-400 + number),
                         pull_request=scene.repository.pull_requests[number])
    with serving(scene) as simulator:
        warm_up(simulator)
        yield simulator


def warm_up(simulator: Simulator) -> None:
    """The first answers are slow: GitHub's own descriptions are read to check them. The tests' time-outs are short."""
    environ = simulator.environment()
    patient = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=5))
    owner, name = REPOSITORY.split("/")
    assert patient.graphql.query("repository", {"owner": owner, "name": name, "commits": 1})
    assert patient.rest().get_repo(REPOSITORY).full_name == REPOSITORY
    patient.close()


def facts(github: Simulator, deps_dev: DepsDevSimulator, *faults: Fault) -> Facts:
    """The facts that are collected under some faults, without really waiting for anything but the network."""
    github.faults = FaultPlan(faults)
    try:
        return gathered(github, deps_dev, max_wait=timedelta(hours=3), environ={"GITHUB_TOKEN": github.token()})
    finally:
        github.faults = FaultPlan()


@pytest.fixture(scope="module")
def truth(github: Simulator, deps_dev: DepsDevSimulator) -> Facts:
    found = facts(github, deps_dev)
    assert [one.kind for one in found.updates].count("security") == 20
    assert len(found.updates) == 110
    assert len(found.locks) == 2
    return found


def fault(kind: str, **conditions: Any) -> Fault:
    more: dict[str, Any] = {"latency": {"seconds": 0.05}, "heavy": {"above": 10},
                            "primary-limit": {"resets_in": 30}}.get(kind, {})
    return Fault(kind=kind, **{**more, **conditions})


@pytest.mark.parametrize(("kind", "operation"), kinds_and_places(ANSWERS))
def test_a_fault_that_passes_changes_nothing(
    github: Simulator, deps_dev: DepsDevSimulator, truth: Facts, kind: str, operation: str,
) -> None:
    passing = fault(kind, operation=operation, nth=(1,))
    assert facts(github, deps_dev, passing) == truth
    assert passing.fired == 1 or kind == "heavy"


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind not in ("graphql-error", "partial-data", "heavy")])
def test_so_it_is_with_the_file_that_is_read_raw(
    github: Simulator, deps_dev: DepsDevSimulator, truth: Facts, kind: str,
) -> None:
    passing = fault(kind, path="*/contents/*", nth=(1,))
    assert facts(github, deps_dev, passing) == truth
    assert passing.fired == 1


@pytest.mark.parametrize(("kind", "operation"), kinds_and_places(
    [kind for kind in ANSWERS if kind not in ("latency", "heavy")]))
def test_a_fault_that_stays_ends_the_run_with_one_line(
    github: Simulator, deps_dev: DepsDevSimulator, truth: Facts, kind: str, operation: str,
) -> None:
    with pytest.raises(RepoVitalsError) as told:
        assert facts(github, deps_dev, fault(kind, operation=operation)) != truth
    assert told.value.exit_code == 3
    assert "\n" not in str(told.value)


def test_a_token_that_is_refused_is_the_callers_mistake(github: Simulator, deps_dev: DepsDevSimulator) -> None:
    with pytest.raises(RepoVitalsError) as told:
        facts(github, deps_dev, Fault(kind="unauthorized"))
    assert told.value.exit_code == 2


@pytest.mark.parametrize("seed", range(12))
def test_nulls_anywhere_in_an_answer_never_make_other_facts(
    github: Simulator, deps_dev: DepsDevSimulator, truth: Facts, seed: int,
) -> None:
    try:
        found = facts(github, deps_dev, Fault(kind="partial-data", type="SOMETHING", seed=seed, probability=0.4))
    except RepoVitalsError:
        return
    assert found == truth
