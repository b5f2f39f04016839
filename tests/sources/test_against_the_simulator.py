"""The client against the simulated GitHub: under every fault the fault-free result, or an error that says why."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.errors import BudgetSpent, CouldNotMeasure, PermissionMissing, RepositoryNotFound, TokenRefused
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import KINDS, Fault, FaultPlan
from repo_vitals.simulator.server import Simulator
from repo_vitals.sources.github_connection import GitHub, connect
from repo_vitals.sources.github_rest import translated
from repo_vitals.sources.http_wire import Timeouts
from repo_vitals.sources.limits import Budget
from repo_vitals.sources.writes import write_once
from support.simulated import REPOSITORY, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 250
OWNER, NAME = REPOSITORY.split("/")
ISSUES = {"owner": OWNER, "name": NAME, "comments": 1, "events": 1, "reactions": False}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    scene = Scene()
    for number in range(COUNT):
        scene.issue(at=-1000 + number, title=f"Issue {number}")
    with serving(scene) as running:
        warm_up(running)
        yield running


def warm_up(simulator: Simulator) -> None:
    """The first answers are slow: GitHub's own descriptions are read to check them. The tests' time-outs are short."""
    github = client(simulator, timeouts=Timeouts())
    by_graphql(github)
    by_rest(github)


class Waiting:
    """Sleeps at once, and keeps the clock of waits in step."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + timedelta(seconds=self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def client(simulator: Simulator, *faults: Fault, permissions=None, max_wait=timedelta(minutes=5), **changes) -> GitHub:
    simulator.faults = FaultPlan(faults)
    environ = {**simulator.environment(simulator.token(permissions)), **changes.pop("environ", {})}
    waiting = Waiting()
    settings = {"timeouts": Timeouts(connect=2, read=0.5, total=0.8), "budget": Budget(share=1), **changes}
    return connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=max_wait, sleep=waiting.sleep,
                   now=waiting.now, **settings)


def by_graphql(github: GitHub) -> list[int]:
    pages = github.graphql.pages("issues", ISSUES, connection=("repository", "issues"))
    return [issue["number"] for page in pages for issue in page]


def by_rest(github: GitHub) -> list[int]:
    with translated(github.transport.token):
        issues = github.rest().get_repo(REPOSITORY).get_issues(state="all", sort="created", direction="asc")
        return [issue.number for issue in issues]


EVERY = [*range(1, COUNT + 1)]


@pytest.mark.parametrize("read", [by_graphql, by_rest])
def test_without_faults_all_issues_come_in_three_requests(simulator, read):
    github = client(simulator)
    logged = len(simulator.log)
    assert read(github) == EVERY
    assert github.cost.requests == len(simulator.log) - logged == 3
    assert github.cost.retries == 0


@pytest.mark.parametrize("read", [by_graphql, by_rest])
# Every kind at a page that others stand on both sides of, and one at every page; the rest are slow.
@pytest.mark.parametrize(("kind", "nth"), [
    pytest.param(kind, nth, marks=() if nth == 2 or kind == "status" else pytest.mark.slow)
    for kind in KINDS if kind != "unauthorized" for nth in (1, 2, 3, 4)])
def test_one_fault_anywhere_changes_no_number(simulator, kind, nth, read):
    github = client(simulator, Fault(kind=kind, nth=(nth,), seconds=1.0, resets_in=30))
    logged = len(simulator.log)
    assert read(github) == EVERY
    if kind not in ("latency", "timeout"):      # what was given up is logged when its answer is due
        assert github.cost.requests == len(simulator.log) - logged


@pytest.mark.parametrize("read", [by_graphql, by_rest])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_for_ever_ends_in_an_error_or_in_the_same_numbers(simulator, kind, read):
    github = client(simulator, Fault(kind=kind, seconds=0.1, resets_in=7200, above=10), max_wait=timedelta(minutes=10))
    try:
        assert read(github) == EVERY
    except TokenRefused:
        assert kind == "unauthorized"
    except CouldNotMeasure:
        assert kind not in ("unauthorized", "latency")
    else:
        # A page may be too heavy only where pages can shrink; what touches only GraphQL does not touch REST.
        assert kind in ("latency", "heavy", "graphql-error", "partial-data")


@pytest.mark.parametrize("status", [0, 502, 504])
def test_pages_shrink_until_github_can_carry_them(simulator, status):
    github = client(simulator, Fault(kind="heavy", above=30, status=status, seconds=1.0))
    assert by_graphql(github) == EVERY
    assert max(entry.first for entry in simulator.log[-6:] if entry.status == 200) <= 30


FAULTS = st.builds(
    Fault, kind=st.sampled_from([kind for kind in KINDS if kind not in ("timeout", "latency", "unauthorized")]),
    nth=st.lists(st.integers(1, 12), min_size=1, max_size=4).map(tuple),
    status=st.sampled_from([500, 502, 503, 504, 429]), body=st.sampled_from(["html", "json", "empty"]),
    applied=st.booleans(), above=st.sampled_from([0, 20, 60]),
    retry_after=st.none() | st.integers(0, 30), resets_in=st.none() | st.integers(0, 120), seed=st.integers(0, 50),
    type=st.sampled_from([None, "INTERNAL", "RESOURCE_LIMITS_EXCEEDED", "RATE_LIMITED"]),
    data=st.sampled_from(["missing", "null"]),
)


@pytest.mark.parametrize("read", [by_graphql, by_rest])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(FAULTS, max_size=4))
def test_under_any_plan_of_faults_the_numbers_are_the_same_or_it_is_an_error(simulator, read, plan):
    github = client(simulator, *plan)
    try:
        found = read(github)
    except CouldNotMeasure:
        return
    assert found == EVERY


NTH = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)
WRITE_FAULTS = st.builds(       # of these a write may have taken effect or not
    Fault, kind=st.sampled_from(["status", "reset"]), nth=NTH, status=st.sampled_from([500, 502, 503, 504]),
    applied=st.booleans(),
) | st.builds(
    Fault, kind=st.sampled_from(["truncated", "not-json", "empty", "secondary-limit", "primary-limit"]), nth=NTH,
    retry_after=st.just(1), resets_in=st.just(1),
)


@settings(max_examples=15, deadline=None)
@given(plan=st.lists(WRITE_FAULTS, max_size=4))
def test_under_any_plan_of_faults_an_issue_is_written_once_or_it_is_an_error(plan):
    with Simulator(Scene().state) as simulator:
        github = client(simulator, *plan)
        repository = github.rest(seconds_between_writes=0).get_repo(REPOSITORY)

        def ours() -> int | None:
            return next((issue.number for issue in repository.get_issues() if "mark" in (issue.body or "")), None)

        try:
            with translated(github.transport.token):
                number = write_once(
                    github.transport, lambda: repository.create_issue("ours", body="<!-- mark -->").number, ours)
        except CouldNotMeasure:
            number = None
        simulator.faults = FaultPlan()
        written = [issue.number for issue in client(simulator).rest().get_repo(REPOSITORY).get_issues()]
        assert written == ([number] if number is not None else written[:1])


# What is the caller's mistake -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("read", [by_graphql, by_rest])
def test_a_missing_permission_is_named(simulator, read):
    with pytest.raises(PermissionMissing, match='grant "issues: read') as caught:
        read(client(simulator, permissions={"metadata": "read", "contents": "read"}))
    assert caught.value.exit_code == 2


def test_a_missing_permission_to_write_is_named(simulator):
    github = client(simulator, permissions={"metadata": "read", "issues": "read"})
    with pytest.raises(PermissionMissing, match='grant "issues: write'), translated(github.transport.token):
        github.rest(seconds_between_writes=0).get_repo(REPOSITORY).create_issue("x")


@pytest.mark.parametrize("read", [by_graphql, by_rest])
def test_a_wrong_token_is_refused_at_once(simulator, read):
    github = client(simulator, environ={"GITHUB_TOKEN": "ghs_wrong"})
    with pytest.raises(TokenRefused):
        read(github)
    assert github.cost.requests == 1


def test_a_repository_that_does_not_exist_is_told_by_both_apis(simulator):
    github = client(simulator)
    with pytest.raises(RepositoryNotFound, match="repository acme/nothing: not found"):
        github.graphql.query("repository", {"owner": "acme", "name": "nothing", "commits": 1})
    with pytest.raises(RepositoryNotFound, match="repository acme/nothing: not found"), \
            translated(github.transport.token):
        list(github.rest().get_repo("acme/nothing").get_issues())


def test_a_renamed_repository_is_followed_by_both_apis():
    scene = Scene()
    scene.issue(title="still here")
    scene.state.rename_repository(scene.repository, "acme/gadget")
    with serving(scene) as simulator:
        github = client(simulator)
        found = github.graphql.query("repository", {"owner": OWNER, "name": NAME, "commits": 1})["repository"]
        assert found["nameWithOwner"] == "acme/gadget"
        assert by_rest(github) == [1]


def test_an_enterprise_servers_addresses_work_for_both_apis(simulator):
    environ = {"GITHUB_API_URL": simulator.enterprise_api_url, "GITHUB_GRAPHQL_URL": ""}
    github = client(simulator, environ=environ)
    assert github.endpoints.graphql_url == simulator.enterprise_graphql_url
    assert by_graphql(github) == EVERY
    assert by_rest(github) == EVERY


def test_a_spent_limit_says_when_to_come_back(simulator):
    with pytest.raises(BudgetSpent, match="come back at 20") as caught:
        by_graphql(client(simulator, Fault(kind="primary-limit", resets_in=1800), max_wait=timedelta(minutes=1)))
    assert caught.value.resets_at is not None


def test_an_unchanged_object_is_not_charged_again(simulator):
    github = client(simulator, etags={})
    for _ in range(3):
        assert github.rest().get_repo(REPOSITORY).full_name == REPOSITORY
        assert github.rest().get_repo(REPOSITORY).id
    assert github.cost.requests == 3
    assert github.cost.not_modified == 2
    assert github.transport.budget.used("core") == 1
