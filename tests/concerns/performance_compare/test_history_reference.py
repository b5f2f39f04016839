"""What the history gives a run to be compared with, and what it learns of it."""
from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.performance_compare import history_reference
from repo_vitals.concerns.performance_compare.comparing import Row, compared
from repo_vitals.concerns.performance_compare.history_reference import Past, order_of
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.delivery.history import InFolder
from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.machine import Machine
from repo_vitals.sources.workflow_event import PullRequest, WorkflowEvent
from support.benchmarks import facts, result
from support.checkouts import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.performance_compare.facts import Facts

AT = datetime(2026, 10, 1, tzinfo=timezone.utc)
HERE = Machine(runner="hosted", cpu="EPYC")
NAMES = ["a", "b", "c", "d"]
PULL = WorkflowEvent(name="pull_request", repository="acme/widget", ref="refs/pull/7/merge", default_branch="main",
                     pull_request=PullRequest(number=7, base_sha=f"{10:040x}", head_sha="e" * 40, head_ref="topic",
                                              head_repository="acme/widget", from_fork=False))


class Branch:
    """A default branch that is measured, commit after commit, an hour each; `a` is by so much slower."""

    def __init__(self, folder: Path) -> None:
        self.place = InFolder(folder)
        self.random = random.Random(1)  # noqa: S311 - noise

    def measure(self, number: int, slower: float = 1.0, *, event: WorkflowEvent | None = None, hours: int | None = None,
                without: str = "", policy: Policy | None = None, **said: Any) -> tuple[Facts, dict[str, Row]]:
        """Facts and verdicts of a commit, which is kept unless it is of an `event`."""
        history = self.place.history()
        past = Past(history, "acme/widget", "default", HERE, compare_unlike=False)
        now = AT + timedelta(hours=number if hours is None else hours)
        levels = {name: self.random.lognormvariate(0, 0.01) * (slower if name == "a" else 1)
                  for name in NAMES if name != without}
        known = past.known_to(facts([result(name, value) for name, value in levels.items()], None,
                                    commit=f"{number:040x}", has_history=True, **said),
                              None, event or WorkflowEvent(), base=None, most=30)
        if event is None:
            past.keep(known, policy or Policy(), now=now, committed_at=AT + timedelta(hours=number))
            self.place.write(history, at=now)
        return known, {row.key[0]: row for row in compared(known, policy or Policy()).rows}


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    made = Branch(tmp_path / "history")
    for number in range(14):
        made.measure(number)
    return made


def test_without_a_checkout_a_pull_request_has_no_baseline_since_nobody_says_what_comes_before_it(branch: Branch,
                                                                                                ) -> None:
    found, _ = branch.measure(40, 1.4, event=PULL)
    assert found.reference is not None
    assert (found.reference.runs, found.reference.why_none) == (
        (), ("no checkout says which commits come before the measured one (give the job actions/checkout with "
             "`fetch-depth: 0`)"))


def test_without_a_checkout_a_commit_that_is_measured_again_is_held_to_those_before_it(branch: Branch) -> None:
    found, _ = branch.measure(7, hours=100)
    assert found.reference is not None
    assert [int(run.commit or "", 16) for run in found.reference.runs] == list(range(7))


def test_a_whole_checkout_is_whole_however_many_commits_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_reference, "MOST_ANCESTORS", 3)
    repository = Repository(tmp_path)
    commits = [repository.commit({"code": str(number)}) for number in range(6)]
    order, why = order_of(Checkout(tmp_path, {}), WorkflowEvent(), None)
    assert order is not None
    assert (order.commits, order.is_whole, why) == ((commits[4], commits[3], commits[2]), True, "")


def test_what_regressed_and_then_is_gone_is_missing(branch: Branch) -> None:
    for number in (14, 15):
        assert branch.measure(number, 1.3)[1]["a"].verdict == "regressed"
    _, rows = branch.measure(16, without="a")
    assert (rows["a"].verdict, rows["b"].verdict) == ("missing", "unchanged")
    assert "a" not in branch.measure(17, without="a")[1]
