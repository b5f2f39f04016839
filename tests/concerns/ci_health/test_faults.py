"""Whatever goes wrong between us and GitHub: the same facts as without it, or an error. Never other facts."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.ci_health.collect import collect
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.delivery.history_folder import write_folder
from repo_vitals.errors import RepoVitalsError
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import KINDS, Fault, FaultPlan
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
from repo_vitals.sources.http_wire import Timeouts
from support.ci import MONTH
from support.ci_scene import CiScene, sha
from support.simulated import REPOSITORY, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.concerns.ci_health.facts import Facts
    from repo_vitals.simulator.server import Simulator

# What may stay for ever without the result being out of reach; after the others the run must end in the code given.
HOPELESS = {"unauthorized": 2}
PLACES = ("/graphql", "*/actions/workflows", "*/actions/runs", "*/actions/workflows/*/runs", "*/attempts/*", "*/jobs")


@pytest.fixture(scope="module")
def github() -> Iterator[Simulator]:
    scene = CiScene()
    scene.workflow(text="on: {push: {}, schedule: [{cron: '0 3 1 1 *'}]}")
    for place in range(130):
        run = scene.run(*(("failure", "success") if place % 60 == 3 else ("success",)), at=-place - 1, sha=sha(place))
        if place < 4:
            scene.job(run)
    with serving(scene) as simulator:
        yield simulator


def facts(github: Simulator, *faults: Fault, history: History | None = None,
          max_wait: timedelta = timedelta(hours=3)) -> Facts:
    """The facts that are collected under some faults, without really waiting for anything but the network."""
    github.faults = FaultPlan(faults)
    environ = github.environment(github.token())     # a token of its own: the hour's limit is not what is tried here
    connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=max_wait,
                         sleep=lambda _: None, timeouts=Timeouts(connect=2, read=2, total=4))
    try:
        return collect(connection, repository=REPOSITORY, window=MONTH, policy=Policy(jobs=3), history=history)
    finally:
        github.faults = FaultPlan()
        connection.close()


@pytest.fixture(scope="module")
def truth(github: Simulator) -> Facts:
    return facts(github)


def fault(kind: str, **conditions: Any) -> Fault:
    more: dict[str, Any] = {"timeout": {"seconds": 3.0}, "latency": {"seconds": 0.05}, "heavy": {"above": 10},
                            "primary-limit": {"resets_in": 30}}.get(kind, {})
    return Fault(kind=kind, **{**more, **conditions})


# Every kind in a query and in a list, and at every place two, of which one spoils an answer; the rest are slow.
@pytest.mark.parametrize(("kind", "place"), [
    pytest.param(kind, place, marks=() if place in ("/graphql", "*/actions/runs") or kind in ("status", "truncated")
                 else pytest.mark.slow)
    for kind in KINDS if kind not in HOPELESS and kind != "timeout" for place in PLACES])
def test_a_fault_that_passes_changes_nothing(github: Simulator, truth: Facts, kind: str, place: str) -> None:
    passing = fault(kind, path=place, nth=(1,))
    assert facts(github, passing) == truth
    # What only GraphQL knows, and what is about large pages, hits nothing elsewhere.
    assert passing.fired == 1 or kind in ("heavy", "graphql-error", "partial-data")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_on_every_third_request_change_nothing(github: Simulator, truth: Facts, status: int) -> None:
    assert facts(github, fault("status", status=status, nth=tuple(range(1, 200, 3)))) == truth


@pytest.mark.parametrize(("kind", "place"), [
    pytest.param(kind, place, marks=() if place == "*/actions/runs" or kind == "status" else pytest.mark.slow)
    for kind in ("status", "reset", "truncated", "not-json", "empty", "secondary-limit", "unauthorized")
    for place in PLACES])
def test_a_fault_that_stays_ends_in_an_error_with_an_exit_code(
        github: Simulator, kind: str, place: str) -> None:
    with pytest.raises(RepoVitalsError) as caught:
        facts(github, fault(kind, path=place))
    assert caught.value.exit_code == HOPELESS.get(kind, 3)
    assert "\n" not in str(caught.value)


def test_a_run_that_broke_off_keeps_what_it_read_and_the_next_tells_the_truth(
        github: Simulator, truth: Facts, tmp_path: Path) -> None:
    history = History(Folder(tmp_path))
    with pytest.raises(RepoVitalsError):
        facts(github, fault("status", status=500, path="*/jobs"), history=history)
    write_folder(history)
    github.log.clear()
    found = facts(github, history=History(Folder(tmp_path)))
    assert replace(found, recorded=None) == truth
    assert len(github.log) < 15


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_under_any_faults_the_facts_are_the_true_ones_or_there_are_none(
        github: Simulator, truth: Facts, data: st.DataObject) -> None:
    faults = data.draw(st.lists(st.builds(
        fault, st.sampled_from([kind for kind in KINDS if kind not in ("timeout", "latency")]),
        path=st.sampled_from(PLACES), probability=st.sampled_from([0.2, 0.6, 1.0]),
        times=st.sampled_from([1, 2, 4, None]), seed=st.integers(0, 99)), min_size=1, max_size=4))
    try:
        found = facts(github, *faults)
    except RepoVitalsError as error:
        assert error.exit_code in (2, 3)
        assert error.exit_code == 3 or any(planned.kind in HOPELESS for planned in faults)
    else:
        assert found == truth
