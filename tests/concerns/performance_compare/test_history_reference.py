"""What the history gives a run to be compared with, and what it learns of it."""
from __future__ import annotations

import random
import shutil
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare import history_reference
from repo_vitals.concerns.performance_compare.acceptance import Acceptance
from repo_vitals.concerns.performance_compare.clocks import advanced
from repo_vitals.concerns.performance_compare.comparing import Row, compared
from repo_vitals.concerns.performance_compare.history_reference import Past, newest_of, order_of
from repo_vitals.concerns.performance_compare.levels import worse_since
from repo_vitals.concerns.performance_compare.measure import Clock, measure
from repo_vitals.concerns.performance_compare.policy import Policy
from repo_vitals.concerns.performance_compare.results import Kept, Run, record_of, rows_of, together
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
NAMES = ["a", "b"]          # each in a unit of its own, so that neither has a part in what the other changed by
PULL = WorkflowEvent(name="pull_request", repository="acme/widget", ref="refs/pull/7/merge", default_branch="main",
                     pull_request=PullRequest(number=7, base_sha=f"{10:040x}", head_sha="e" * 40, head_ref="topic",
                                              head_repository="acme/widget", from_fork=False))


class MergedWith:
    """The checkout of GitHub's merge of the pull request with a commit of the branch."""

    is_shallow = False
    head = f"{40:040x}"

    def __init__(self, base: int) -> None:
        self.base = base

    def parents(self, _commit: str) -> tuple[str, ...]:
        return f"{self.base:040x}", "e" * 40

    def first_parents(self, commit: str, *, most: int) -> list[str]:
        return [f"{number:040x}" for number in range(int(commit, 16), -1, -1)][:most]

    def time(self, commit: str) -> datetime | None:
        return AT + timedelta(hours=int(commit, 16))


class Branch:
    """A default branch that is measured, commit after commit, an hour each; `a` is by so much slower."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = InFolder(folder)
        self.random = random.Random(1)

    def measure(self, number: int, slower: float = 1.0, *, event: WorkflowEvent | None = None, hours: int | None = None,
                checkout: Any = None, without: str = "", policy: Policy | None = None, size: float | None = None,
                ) -> tuple[Facts, dict[str, Row]]:
        """Facts and verdicts of a commit, which is kept unless it is of an `event`."""
        history = self.place.history()
        past = Past(history, "acme/widget", "default", HERE, compare_unlike=False)
        limits = policy or Policy()
        now = AT + timedelta(hours=number if hours is None else hours)
        levels = {name: self.random.lognormvariate(0, 0.01) * (slower if name == "a" else 1)
                  for name in NAMES if name != without}
        sizes = [] if size is None else [result("size", size, unit="bytes", exact=True)]
        known = past.known_to(facts([*(result(name, value, unit=f"{name}s") for name, value in levels.items()), *sizes],
                                    None, commit=f"{number:040x}", has_history=True),
                              checkout, event or WorkflowEvent(), base=None, most=30)
        if event is None:
            every = compared(known, limits).rows
            rows = [row for row in every if row.verdict == "regressed"]
            past.keep(known, rows, limits, now=now, committed_at=AT + timedelta(hours=number),
                      seen=advanced(every, known, limits.acceptances, now))
            self.place.write(history, at=now)
        return known, {row.key[0]: row for row in compared(known, limits).rows}


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The history of fourteen commits alike, and where chance stands after them."""
    made = Branch(tmp_path_factory.mktemp("steady") / "history")
    for number in range(14):
        made.measure(number)
    return made.folder, made.random.getstate()


@pytest.fixture
def branch(steady: tuple[Path, Any], tmp_path: Path) -> Branch:
    """A branch of fourteen commits alike."""
    folder, chance = steady
    made = Branch(shutil.copytree(folder, tmp_path / "history"))
    made.random.setstate(chance)
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


def test_a_size_that_creeps_by_tolerated_steps_regressed_once_they_are_too_much_together(tmp_path: Path) -> None:
    made = Branch(tmp_path / "history")
    for number in range(3):
        _, rows = made.measure(number, size=1000 * 1.004 ** number)
        assert rows["size"].verdict in ("new", "unchanged")
    _, pull = made.measure(40, event=PULL, checkout=MergedWith(2), size=1000 * 1.004 ** 3)
    _, rows = made.measure(3, size=1000 * 1.004 ** 3)
    assert (pull["size"].verdict, rows["size"].verdict, rows["size"].baseline) == ("unchanged", "regressed", 1000)
    assert rows["size"].why == f"the same code gives the same value, and it crept here since commit {0:012x}"


def test_what_was_better_the_other_way_round_is_new_until_it_has_runs_of_its_own(tmp_path: Path) -> None:
    made = Branch(tmp_path / "history")

    def measured(number: int, better: str) -> list[str]:
        history = made.place.history()
        past = Past(history, "acme/widget", "default", HERE, compare_unlike=False)
        known = past.known_to(facts([result("a", 1.0, unit="points", better=better)], None, commit=f"{number:040x}",
                                    has_history=True), None, WorkflowEvent(), base=None, most=30)
        past.keep(known, [], Policy(), now=AT + timedelta(hours=number), committed_at=None)
        made.place.write(history, at=AT + timedelta(hours=number))
        assert known.reference is not None
        reasons.append(known.reference.why_none)
        return [row.verdict for row in compared(known, Policy()).rows]
    reasons: list[str] = []
    before = [measured(number, "higher") for number in range(4)]
    assert (before[-1], [measured(number, "lower") for number in range(4, 8)]) == (
        ["unchanged"], [["new", "missing"], ["unsure"], ["unsure"], ["unchanged"]])
    assert reasons[3:6] == ["", "all benchmarks of the earlier runs are better the other way round now", ""]


def test_a_history_from_before_names_had_packages_is_that_of_the_benchmarks_that_alone_can_be_meant(tmp_path: Path,
                                                                                                  ) -> None:
    place = InFolder(tmp_path / "history")

    def measured(number: int, *names: str, value: float = 1.0) -> dict[str, str]:
        history = place.history()
        past = Past(history, "acme/widget", "default", HERE, compare_unlike=False)
        current = [result(name, value, unit="misses", within=name.partition(".")[2]) for name in names]
        known = past.known_to(facts(current, None, commit=f"{number:040x}", has_history=True), None, WorkflowEvent(),
                              base=None, most=30)
        past.keep(known, [], Policy(), now=AT + timedelta(hours=number), committed_at=None)
        place.write(history, at=AT + timedelta(hours=number))
        return {row.key[0]: row.verdict for row in compared(known, Policy()).rows}
    for number in range(3):
        measured(number, "x", "y")
    found = [measured(3 + place, "m/a.x", "m/b.y", "m/c.y") for place in range(2)]
    assert found == [{"m/a.x": "unchanged", "m/b.y": "new", "m/c.y": "new", "y": "missing"},
                     {"m/a.x": "unchanged", "m/b.y": "unsure", "m/c.y": "unsure"}]
    assert measured(5, "m/a.x", value=2.0)["m/a.x"] == "regressed"
    assert measured(6, "n.x")["n.x"] == "new"      # "x" may have been that of the other package


def test_what_another_job_of_the_same_commit_has_is_not_missing(branch: Branch) -> None:
    _, first = branch.measure(14, without="b")
    _, other = branch.measure(14, without="a")
    assert (first["b"].verdict, "a" in other) == ("missing", False)


@given(st.data())
def test_however_jobs_share_a_suite_the_same_benchmarks_are_missing_each_found_by_its_own_job(data: st.DataObject,
                                                                                             ) -> None:
    names = "abcdef"
    job_of = {name: data.draw(st.integers(0, 2), label=f"job of {name}") for name in names}
    jobs = [{name for name in names if job_of[name] == job} for job in range(3) if job in job_of.values()]
    runs = []
    for number in range(2):
        # In any order, and some of them twice.
        again = data.draw(st.lists(st.sampled_from(jobs), max_size=2))
        order = data.draw(st.permutations([*jobs, *again]))
        runs += [Run(commit=f"{number:040x}", at=AT + timedelta(hours=number, minutes=minute), suite="s", machine=HERE,
                     values={(name, "seconds"): Kept(value=1.0) for name in job})
                 for minute, job in enumerate(order)]
    records = {record.key: record for record in map(record_of, runs)}
    earlier = together(rows_of(records.values(), "s")[0])
    gone = data.draw(st.sets(st.sampled_from(names)))
    left = [job - gone for job in jobs]
    assume(all(left))

    found = [{name for name, _ in newest_of(earlier, {(name, "seconds") for name in job})} - job for job in left]
    assert found == [job & gone for job in jobs]


def test_a_job_that_is_new_misses_nothing_of_what_other_jobs_measure_and_one_of_a_whole_suite_all_of_it() -> None:
    def run(number: int, *names: str) -> Run:
        return Run(commit=f"{number:040x}", at=AT + timedelta(hours=number), suite="s", machine=HERE,
                   values={(name, "seconds"): Kept(value=1.0) for name in names})
    shared, whole = together([run(1, "a", "b"), run(1, "c")]), together([run(1, "a", "b", "c")])
    assert newest_of(shared, {("x", "seconds")}) == frozenset()
    assert newest_of(whole, {("x", "seconds")}) == whole[0].values.keys()
    # The job of "c" did not run for the newest commit.
    assert newest_of(together([*shared, run(2, "a", "b")]), {("c", "seconds")}) == {("c", "seconds")}


def test_what_regressed_and_then_is_gone_is_missing(branch: Branch) -> None:
    for number in (14, 15):
        assert branch.measure(number, 1.3)[1]["a"].verdict == "regressed"
    _, rows = branch.measure(16, without="a")
    assert (rows["a"].verdict, rows["b"].verdict) == ("missing", "unchanged")
    assert "a" not in branch.measure(17, without="a")[1]


def test_what_is_accepted_until_a_day_begins_no_new_level_so_that_it_fails_again_after_it(branch: Branch) -> None:
    until = Policy(acceptances=(Acceptance(pattern="a", reason="a repair is coming", by="accept",
                                           expires=AT + timedelta(hours=26)),))
    for number in range(14, 28):        # twelve runs before that day, and two after it
        found, rows = branch.measure(number, 1.3, policy=until)
        assert (rows["a"].verdict, rows["a"].runs) == ("regressed", (14, 1))
    standing = measure(found, until, AT + timedelta(hours=27)).standing()
    assert [row.key[0] for row in standing] == ["a"]
    for number in range(28, 40):        # failed for ten runs, and nobody minded: that is the way it is
        _, rows = branch.measure(number, 1.3, policy=until)
    assert (rows["a"].verdict == "regressed", rows["a"].runs[0] > 10) == (False, True)


def test_what_is_accepted_for_good_begins_a_new_level_at_the_first_run_that_has_it(branch: Branch) -> None:
    for number in (14, 15):
        branch.measure(number, 1.3)
    for_good = Policy(acceptances=(Acceptance(pattern="a", reason="safer", by="allowlist"),))
    assert branch.measure(16, 1.3, policy=for_good)[1]["a"].verdict == "regressed"
    assert branch.measure(17, 1.3)[1]["a"].runs == (3, 1)


@pytest.mark.parametrize(("slower", "verdict"), [(1.3, "unchanged"), (1.6, "regressed"), (1.0, "improved")])
def test_a_pull_request_upon_a_branch_that_regressed_is_told_what_it_changes_itself(branch: Branch, slower: float,
                                                                                    verdict: str) -> None:
    for number in range(14, 20):
        assert branch.measure(number, 1.3)[1]["a"].verdict == "regressed"
    found, rows = branch.measure(40, slower, event=PULL, checkout=MergedWith(19))
    assert rows["a"].verdict == verdict
    assert "1 benchmark had regressed before this change" in " ".join(found.notes)


def test_a_pull_request_from_before_the_regression_is_held_to_what_it_starts_from(branch: Branch) -> None:
    for number in range(14, 20):
        branch.measure(number, 1.3)
    found, rows = branch.measure(40, 1.3, event=PULL, checkout=MergedWith(13))
    assert (rows["a"].verdict, rows["a"].runs, found.notes) == ("regressed", (14, 1), ())


def test_a_job_that_runs_again_leaves_its_commit_where_it_stands_and_the_clock_of_what_it_began(branch: Branch) -> None:
    branch.measure(14, 1.3)
    branch.measure(15, 1.3)
    branch.measure(14, 1.3, hours=40)
    found, rows = branch.measure(16, 1.3, hours=41)
    assert [int(run.commit or "", 16) for run in found.past] == list(range(16))
    assert worse_since(rows["a"], found) == AT + timedelta(hours=14)


def test_a_regression_is_known_since_its_first_run_however_long_it_stands_until_it_is_mended(branch: Branch) -> None:
    def clock(number: int, slower: float) -> Clock | None:
        found, _ = branch.measure(number, slower)
        clocks = measure(found, Policy(), AT + timedelta(hours=number)).clocks.get(("a", "as"))
        return clocks[0] if clocks else None

    clocks = [clock(number, 1.3) for number in range(14, 30)]
    assert {one and one.since for one in clocks} == {AT + timedelta(hours=14)}
    # Ten runs later runs are held to the new level, and it is still nobody's choice.
    assert [one and one.state for one in clocks] == ["regressed"] * 10 + ["settled"] * 6
    mended = [clock(number, 1.0) for number in range(30, 42)]
    # Three runs have to agree, and one of the first four can't say against the slower level.
    assert [one and one.state for one in mended] == ["mending"] * 3 + [None] * 9
    assert clock(42, 1.3) == Clock(since=AT + timedelta(hours=42), root_cause_due=AT + timedelta(hours=66),
                                   fix_due=AT + timedelta(hours=114), before=pytest.approx(1, rel=0.03),
                                   state="regressed")
