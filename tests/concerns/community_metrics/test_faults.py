"""Whatever goes wrong between us and GitHub: the same facts as without it, or an error. Never other facts."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.community_metrics.collect import collect
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.errors import RepoVitalsError
from repo_vitals.report.model import Cost, Window
from repo_vitals.simulator.faults import KINDS, Fault, FaultPlan
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.http_wire import Timeouts
from support.simulated import NOW, REPOSITORY, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.community_metrics.facts import Facts
    from repo_vitals.simulator.server import Simulator

MONTH = Window(start=NOW - timedelta(days=30), end=NOW)
OPERATIONS = ("Repository", "Issues", "PullRequests", "Discussions", "Threads", "Commits", "Authors")

# What may stay for ever without the result being out of reach; after the others the run must end in the code given.
HOPELESS = {"unauthorized": 2}


@pytest.fixture(scope="module")
def github() -> Iterator[Simulator]:
    scene = Scene()
    for number in range(130):
        scene.issue(by="ann", at=-700 + number, title=f"Issue {number}").comment(by="bob", at=-100 + number / 2)
    scene.issue(by="ann", at=-90).comment(by="ann", at=-89, times=130, every=0.1).comment(by="carol", at=-5)
    for number in range(30):
        scene.pull_request(by="bob", at=-600 + number).review(by="ann", at=-90)
    scene.discussion(by="ann", at=-50).comment(by="ann", at=-49).reply(by="bob", at=-40)
    for number in range(120):
        scene.commit(by=f"p{number % 9}", at=-1 - number)
    with serving(scene) as simulator:
        yield simulator


def facts(github: Simulator, *faults: Fault, max_wait: timedelta = timedelta(hours=3),
          timeouts: Timeouts = Timeouts(connect=2, read=2, total=4)) -> Facts:  # noqa: B008 - frozen
    """The facts that are collected under some faults, without really waiting for anything but the network."""
    github.faults = FaultPlan(faults)
    environ = github.environment(github.token())     # a token of its own: the hour's limit is not what is tried here
    connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=max_wait,
                         sleep=lambda _: None, timeouts=timeouts)
    try:
        return collect(connection, repository=REPOSITORY, window=MONTH, policy=Policy())
    finally:
        github.faults = FaultPlan()
        connection.close()


@pytest.fixture(scope="module")
def truth(github: Simulator) -> Facts:
    # The first answers are slow: GitHub's own descriptions are read to check them.
    return facts(github, timeouts=Timeouts())


def fault(kind: str, **conditions: Any) -> Fault:
    more: dict[str, Any] = {"timeout": {"seconds": 3.0}, "latency": {"seconds": 0.05}, "heavy": {"above": 10},
                            "primary-limit": {"resets_in": 30}}.get(kind, {})
    return Fault(kind=kind, **{**more, **conditions})


# In a plain run each kind of fault meets two operations or three, and each operation a third of the kinds; with the
# slow ones it is all of both. Mixtures are tried below.
def plain(kind: str, operation: str, kinds: Sequence[str] = tuple(KINDS)) -> Any:
    shifted = kinds.index(kind) + OPERATIONS.index(operation)
    return pytest.param(kind, operation, marks=() if shifted % 3 == 0 else pytest.mark.slow)


@pytest.mark.parametrize(("kind", "operation"), [
    # A time-out is waited for in earnest: one page stands for the others.
    (kind, operation) if kind == "timeout" else plain(kind, operation) for kind in KINDS for operation in OPERATIONS
    if kind not in HOPELESS and (kind != "timeout" or operation == "Issues")
])
def test_a_fault_that_passes_changes_nothing(github: Simulator, truth: Facts, kind: str, operation: str) -> None:
    passing = fault(kind, operation=operation, nth=(1,))
    assert facts(github, passing) == truth
    assert passing.fired == 1 or kind == "heavy"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_on_every_third_request_change_nothing(github: Simulator, truth: Facts, status: int) -> None:
    every_third = fault("status", status=status, nth=tuple(range(1, 200, 3)))
    assert facts(github, every_third) == truth


def test_pages_that_are_always_too_heavy_are_read_in_small_ones(github: Simulator, truth: Facts) -> None:
    assert facts(github, fault("heavy", above=10, operation="Issues")) == truth


STAYING = ("status", "reset", "truncated", "not-json", "empty", "partial-data", "graphql-error", "secondary-limit",
           "unauthorized")


@pytest.mark.parametrize(("kind", "operation"), [
    plain(kind, operation, STAYING) for kind in STAYING for operation in OPERATIONS])
def test_a_fault_that_stays_ends_in_an_error_with_an_exit_code(github: Simulator, kind: str, operation: str) -> None:
    with pytest.raises(RepoVitalsError) as caught:
        facts(github, fault(kind, operation=operation))
    assert caught.value.exit_code == HOPELESS.get(kind, 3)
    assert "\n" not in str(caught.value)


def test_a_limit_that_resets_too_late_says_when(github: Simulator) -> None:
    with pytest.raises(RepoVitalsError, match=r"20\d\d-\d\d-\d\d") as caught:
        facts(github, fault("primary-limit", resets_in=3000), max_wait=timedelta(minutes=5))
    assert caught.value.exit_code == 3


@given(st.lists(st.builds(
    fault, st.sampled_from([kind for kind in KINDS if kind not in ("timeout", "latency")]),
    operation=st.sampled_from(OPERATIONS), probability=st.sampled_from([0.2, 0.6, 1.0]),
    times=st.sampled_from([1, 2, 4, None]), seed=st.integers(0, 99)), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_under_any_faults_the_facts_are_the_true_ones_or_there_are_none(
        github: Simulator, truth: Facts, faults: list[Fault]) -> None:
    try:
        found = facts(github, *faults)
    except RepoVitalsError as error:
        assert error.exit_code in (2, 3)
        assert error.exit_code == 3 or any(planned.kind in HOPELESS for planned in faults)
    else:
        assert found == truth
