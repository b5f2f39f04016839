"""Whose label or comment speaks of a regression of the default branch: that of the change which may have brought it."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.performance_compare import accepted_on_github
from repo_vitals.concerns.performance_compare.accepted_on_github import with_acceptances
from repo_vitals.concerns.performance_compare.comparing import compared
from repo_vitals.concerns.performance_compare.measure import measure
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.report.model import Cost
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.workflow_event import PullRequest, WorkflowEvent
from support.benchmarks import NOW, facts, result, run, runs
from support.simulated import Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.performance_compare.facts import Facts
    from repo_vitals.simulator.server import Simulator

MAIN = WorkflowEvent(name="push", repository="acme/widget", ref="refs/heads/main", default_branch="main")
NAMES = [f"bench {number}" for number in range(6)]


class Line:
    """A checkout of these commits, the newest first."""

    def __init__(self, commits: list[str]) -> None:
        self.commits = commits

    def first_parents(self, commit: str, *, most: int) -> list[str]:
        return self.commits[self.commits.index(commit):][:most]


class Asked:
    """Four commits, each brought by a merged pull request: the oldest is good, what came later is slower."""

    def __init__(self, simulator: Simulator, scene: Scene) -> None:
        self.simulator, self.scene = simulator, scene
        scene.repository.grants["mia"] = "write"
        self.pulls = []
        for place in range(4):
            scene.commit(by="mia", at=place - 10)
            self.pulls.append(scene.pull_request(by="zoe", at=-20))
        self.commits = sorted((one.oid for one in scene.repository.commits), key=self.written)
        for commit, pull in zip(self.commits, self.pulls, strict=True):
            pull.merge(at=-5, by="mia")
            pull.thread.merge_sha = commit

    def written(self, oid: str) -> object:
        return next(one.committed_at for one in self.scene.repository.commits if one.oid == oid)

    def facts(self, *, measured: tuple[int, ...], value: float = 1.5) -> Facts:
        """Of the last commit, where these were measured before it; all but the first are slower."""
        past = [run({name: value if name == NAMES[0] and place else 1.0 for name in NAMES}, ago=9 - place,
                    commit=self.commits[place]) for place in measured]
        return facts([result(name, value if name == NAMES[0] else 1.0) for name in NAMES],
                     runs(dict.fromkeys(NAMES, 1.0)), past=tuple(past), commit=self.commits[-1])

    def accepted(self, given: Facts, event: WorkflowEvent = MAIN) -> tuple[set[str], Facts]:
        """Benchmarks whose regression is accepted."""
        environ = self.simulator.environment()
        github = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=1))
        try:
            rows = [row for row in compared(given, Policy()).rows if row.verdict == "regressed"]
            found = with_acceptances(given, rows, Policy(), github, event, Line(self.commits[::-1]),  # type: ignore[arg-type]
                                     label="performance-accepted", now=NOW)
        finally:
            github.close()
        return {name for name, _ in measure(found, Policy(), NOW).accepted}, found


@pytest.fixture
def asked() -> Iterator[Asked]:
    scene = Scene()
    with serving(scene) as simulator:
        yield Asked(simulator, scene)


@pytest.mark.parametrize(("labelled", "measured", "is_accepted"), [
    (3, (0,), True),            # with the measured commit
    (2, (0,), True), (1, (0,), True),       # with one that was never measured, its run cancelled say
    (0, (0,), False),           # with the last one that was not slower
    (1, (0, 1, 2), True),       # afterwards, or when the first run could not tell yet
    (3, (0, 1, 2), False), (2, (0, 1, 2), False),       # with a later one, which did not bring it
    (2, (0, 2), True), (3, (0, 2), False),
])
def test_a_label_accepts_what_its_own_pull_request_may_have_brought(
    asked: Asked, labelled: int, measured: tuple[int, ...], is_accepted: bool,
) -> None:
    asked.pulls[labelled].label("performance-accepted", at=-4, by="mia")

    assert asked.accepted(asked.facts(measured=measured))[0] == ({NAMES[0]} if is_accepted else set())


def test_a_word_about_one_benchmark_says_nothing_of_those_that_its_commit_can_not_have_changed(asked: Asked) -> None:
    asked.pulls[3].label("performance-accepted", at=-4, by="mia")
    given = asked.facts(measured=(0, 1, 2))
    slower = {(NAMES[1], "seconds"): result(NAMES[1], 1.5)}
    given = replace(given, results={**given.results, **slower}, current=(replace(given.current[0], values={
        **given.current[0].values, (NAMES[1], "seconds"): (1.5,)}),))

    assert asked.accepted(given)[0] == {NAMES[1]}


def test_where_nothing_regressed_nobody_is_asked(asked: Asked) -> None:
    asked.accepted(asked.facts(measured=(0,), value=1.0))

    assert asked.simulator.log == []


def topic(asked: Asked, hours: float) -> PullRequest:
    """The last pull request in an event so many hours from now."""
    return PullRequest(number=asked.pulls[3].number, base_sha=None, head_sha=None, head_ref="x", head_repository="a/b",
                       from_fork=True, updated_at=NOW + timedelta(hours=hours))


def test_on_a_pull_request_only_those_are_asked_about_whose_word_is_about_what_regressed(asked: Asked) -> None:
    for who, name in (("zoe", "another"), ("mia", NAMES[0])):
        asked.pulls[3].comment(by=who, at=-4, body=f"/accept-performance {name} because x")
    pull = topic(asked, -5)

    quiet, _ = asked.accepted(replace(asked.facts(measured=(0,), value=1.0), pull_request=pull))
    assert (quiet, asked.simulator.log) == (set(), [])
    accepted, _ = asked.accepted(replace(asked.facts(measured=(0,)), pull_request=pull))
    assert (accepted, len(asked.simulator.log)) == ({NAMES[0]}, 2)


@pytest.mark.parametrize(("hours", "label", "expected"), [
    (-5, "", {NAMES[0]}), (-3, "", set()), (-3, "another", set()), (-3, "Performance-Accepted", {NAMES[0]})])
def test_a_label_counts_for_the_head_of_an_event_that_it_came_after_or_that_it_is(
    asked: Asked, hours: float, label: str, expected: set[str],
) -> None:
    asked.pulls[3].label("performance-accepted", at=-4, by="mia")
    given = replace(asked.facts(measured=(0,)), pull_request=topic(asked, hours))

    assert asked.accepted(given, replace(MAIN, label=label))[0] == expected


@pytest.mark.parametrize(("action", "from_fork", "counts"), [
    ("synchronize", False, False), ("opened", False, False), ("reopened", False, True), ("edited", False, True),
    ("labeled", False, True), ("reopened", True, False)])      # a fork's head may be younger than its date
def test_only_an_event_that_brings_a_head_says_when_it_came_unless_a_stranger_gave_it_its_date(
    asked: Asked, action: str, from_fork: bool, counts: bool,
) -> None:
    asked.pulls[3].label("performance-accepted", at=-4, by="mia")
    given = replace(asked.facts(measured=(0,)), pull_request=replace(topic(asked, -3), from_fork=from_fork))

    assert asked.accepted(given, replace(MAIN, action=action))[0] == ({NAMES[0]} if counts else set())


def test_more_commits_than_can_be_asked_are_named(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepted_on_github, "MOST_ASKED", 2)
    asked.pulls[1].label("performance-accepted", at=-4, by="mia")

    accepted, found = asked.accepted(asked.facts(measured=(0,)))

    assert (accepted, len(asked.simulator.log)) == (set(), 2)
    [note] = found.notes
    assert note == ("3 commits may have brought what regressed; the pull requests of 2 were asked whether somebody "
                    "accepts it")
