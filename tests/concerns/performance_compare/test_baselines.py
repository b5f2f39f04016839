"""Which earlier runs a measurement is held to: those before it, on like machines, at the present level."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.baselines import SETTLED, Baseline, Order, baseline_of
from repo_vitals.concerns.performance_compare.results import Accepted, Kept, Run
from repo_vitals.sources.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

AT = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
HERE, THERE = Machine(runner="hosted", cpu="EPYC"), Machine(runner="hosted", cpu="Xeon")
A, B = ("a", "seconds"), ("b", "seconds")


def run(number: int, machine: Machine = HERE, *, at: datetime | None = None, committed: datetime | None = None,
        **values: float) -> Run:
    """The run of commit `number`, a minute a commit."""
    return Run(commit=f"{number:040x}", at=at or AT + timedelta(minutes=number), suite="s", machine=machine,
               committed_at=committed, values={(name, "seconds"): Kept(value=value)
                                               for name, value in (values or {"a": 1}).items()})


def order(*numbers: int, is_whole: bool = True) -> Order:
    return Order(commits=tuple(f"{number:040x}" for number in numbers), is_whole=is_whole)


def numbers(baseline: Baseline, key: tuple[str, str] = A) -> list[int]:
    return [int(one.commit, 16) for one in baseline.runs if key in one.values]


@dataclass(frozen=True)
class Found:
    index: int


def steps(**found: list[int]):  # type: ignore[no-untyped-def]
    """A detector that finds these steps, by benchmarks in order of their names."""
    def change_points(suite: Mapping[str, Sequence[float | None]]) -> Mapping[str, Sequence[Found]]:
        assert list(suite) == [str(number) for number in range(len(suite))]
        return {str(number): [Found(index) for index in found.get(name, [])]
                for number, name in zip(range(len(suite)), "ab", strict=False)}
    return change_points


def test_the_window_ends_at_the_base_and_goes_back_along_first_parents() -> None:
    runs = [run(number) for number in range(10)]
    found = baseline_of(runs, HERE, order=order(6, 5, 3, 2, 1, 0), most=3)
    assert (numbers(found), found.distance) == ([3, 5, 6], 0)
    found = baseline_of([one for one in runs if one.commit != f"{6:040x}"], HERE, order=order(6, 5, 3, 2, 1, 0), most=3)
    assert (numbers(found), found.distance) == ([2, 3, 5], 1)


def test_the_measured_commit_is_never_held_to_itself() -> None:
    runs = [run(number) for number in range(4)]
    assert numbers(baseline_of(runs, HERE, head=f"{3:040x}", order=order(3, 2, 1, 0))) == [0, 1, 2]
    assert baseline_of(runs[3:], HERE, head=f"{3:040x}").why == "the history knows no earlier run of the suite"


def test_clocks_that_go_backwards_do_not_change_the_order_of_commits() -> None:
    runs = [run(number, at=AT - timedelta(days=number)) for number in range(5)]
    assert numbers(baseline_of(runs, HERE, order=order(4, 3, 2, 1, 0), most=2)) == [3, 4]


def test_without_a_checkout_commits_are_in_the_order_of_their_own_clocks_up_to_the_measured_one() -> None:
    runs = [run(1, committed=AT + timedelta(hours=3)), run(2, committed=AT + timedelta(hours=1)),
            run(3, at=AT + timedelta(hours=2)), run(4, committed=AT + timedelta(hours=9))]
    assert numbers(baseline_of(runs, HERE, until=AT + timedelta(hours=4))) == [2, 3, 1]
    assert baseline_of(runs, HERE).distance is None


def test_of_a_shallow_checkout_commits_beyond_its_end_count_by_the_clock_before_those_that_it_has() -> None:
    runs = [run(1), run(2, committed=AT + timedelta(days=9)), run(3), run(4)]
    found = baseline_of(runs, HERE, order=order(4, 3, is_whole=False), until=AT + timedelta(hours=1))
    assert numbers(found) == [1, 3, 4]
    assert numbers(baseline_of(runs, HERE, order=order(4, 3), until=AT + timedelta(hours=1))) == [3, 4]


def test_a_commit_that_stands_twice_in_the_order_is_where_it_stands_first() -> None:
    runs = [run(1), run(2)]
    found = baseline_of(runs, HERE, order=order(2, 1, 2))
    assert (numbers(found), found.distance) == ([1, 2], 0)


def test_commits_of_another_branch_or_project_are_none_before_the_measured_one() -> None:
    found = baseline_of([run(7), run(8)], HERE, order=order(3, 2, 1))
    assert found == Baseline(why="the history knows no run of the suite for a commit before the measured one")


def test_runs_on_unlike_machines_are_left_out_and_named_with_both_sides() -> None:
    runs = [run(number, THERE if number % 2 else HERE) for number in range(6)]
    found = baseline_of(runs, HERE)
    assert numbers(found) == [0, 2, 4]
    assert [(one.run.commit[-1], one.why) for one in found.left_out] == [
        (number, ("processor Xeon, not EPYC",)) for number in "135"]


def test_with_unlike_runs_only_there_is_no_baseline_and_it_says_why() -> None:
    found = baseline_of([run(number, THERE) for number in range(40)], HERE, most=30)
    assert not found.runs
    assert found.why == "all 30 earlier run(s) are of unlike machines (processor Xeon, not EPYC)"


def test_unlike_runs_are_compared_where_somebody_asks_for_it_and_it_is_said() -> None:
    found = baseline_of([run(1, THERE), run(2)], HERE, compare_unlike=True)
    assert (numbers(found), found.left_out) == ([1, 2], ())
    assert found.notes == ("compared with runs of unlike machines, as `compare-unlike` says: processor Xeon, not EPYC",)


def test_of_unlike_runs_only_those_within_the_window_are_named() -> None:
    runs = [run(number, THERE) for number in range(5)] + [run(number) for number in range(5, 10)]
    assert baseline_of(runs, HERE, most=5).left_out == ()
    assert len(baseline_of(runs, HERE, most=6).left_out) == 0
    assert len(baseline_of([run(4), *runs[5:6], run(7, THERE), run(8)], HERE).left_out) == 1


def test_each_benchmark_has_its_own_newest_values() -> None:
    runs = [run(number, a=1, **({"b": 2} if number < 3 else {})) for number in range(8)]
    found = baseline_of(runs, HERE, most=2)
    assert (numbers(found, A), numbers(found, B)) == ([6, 7], [1, 2])
    assert [set(one.values) for one in found.runs] == [{B}, {B}, {A}, {A}]


def test_a_young_step_does_not_count_yet_so_that_a_regression_stays_reported() -> None:
    runs = [run(number, a=1, b=1) for number in range(20)]
    found = baseline_of(runs, HERE, change_points=steps(a=[15]))
    assert (numbers(found, A), numbers(found, B)) == (list(range(15)), list(range(20)))
    assert found.levels == {}


@pytest.mark.parametrize(("step", "begins"), [(20 - SETTLED, 20 - SETTLED), (21 - SETTLED, 0)])
def test_a_step_that_has_stood_long_enough_begins_a_new_level(step: int, begins: int) -> None:
    found = baseline_of([run(number) for number in range(20)], HERE, change_points=steps(a=[step]))
    assert numbers(found)[0] == begins
    assert found.levels == ({A: f"{step:040x}"} if begins else {})


def test_what_got_slower_for_a_short_time_and_was_repaired_is_no_part_of_the_level() -> None:
    runs = [run(number) for number in range(20)]
    found = baseline_of(runs, HERE, change_points=steps(a=[12, 15]))
    assert numbers(found) == list(range(12))


def regressed(*numbers: int, of: int = 20, tolerated: Sequence[int] = ()) -> list[Run]:
    """Runs of which these were said to be slower than their baseline."""
    return [replace(one, values={A: replace(one.values[A], regressed=number in numbers, tolerated=number in tolerated)})
            for number, one in enumerate(run(number) for number in range(of))]


@pytest.mark.parametrize(("runs", "expected"), [
    (regressed(18, 19), list(range(18))),               # before any step can be told
    (regressed(12, 19), [*range(12), *range(13, 19)]),
    (regressed(15, 16, 17), [*range(15), 18, 19]),      # one that nothing could be said of lets none of them in
    (regressed(*range(10, 20)), list(range(10, 20))),   # nobody minded for ten runs
    (regressed(*range(5, 15)), list(range(5, 20))),
    (regressed(*range(20)), list(range(20))),
    (regressed(*range(5, 20), tolerated=range(5, 11)), list(range(5))),     # ten, of which six were accepted for a time
    (regressed(*range(5, 20), tolerated=range(5, 10)), list(range(5, 20))),
])
def test_runs_that_were_said_to_have_regressed_do_not_count_until_nobody_minded_for_ten_of_them(
    runs: list[Run], expected: list[int],
) -> None:
    assert numbers(baseline_of(runs, HERE)) == expected


@pytest.mark.parametrize(("tolerated", "begins"), [(range(8, 12), 8), (range(8, 13), 0)])
def test_a_step_has_stood_long_enough_when_it_failed_for_ten_runs(tolerated: Sequence[int], begins: int) -> None:
    runs = regressed(*range(8, 22), of=22, tolerated=tolerated)
    assert numbers(baseline_of(runs, HERE, change_points=steps(a=[8])))[0] == begins


@pytest.mark.parametrize(("runs", "found", "expected"), [
    (regressed(17, 18, 19), [], [17, 18, 19]), (regressed(17, 18, 19), [16], [17, 18, 19]),
    (regressed(), [16], [16, 17, 18, 19]), (regressed(9), [], [*range(9), *range(10, 20)]),
    (regressed(), [], list(range(20)))])
def test_a_change_upon_the_branch_is_held_to_what_the_branch_is_now(runs: list[Run], found: list[int],
                                                                    expected: list[int]) -> None:
    baseline = baseline_of(runs, HERE, change_points=steps(a=found), upon=True)
    assert numbers(baseline) == expected
    said = ("1 benchmark had regressed before this change, and nobody accepted that; the change is compared with the "
            "runs since then alone")
    assert baseline.notes == ((said,) if runs[-1].values[A].regressed else ())


def test_what_regressed_and_was_accepted_then_counts_at_once() -> None:
    said = [Accepted(commit=f"{16:040x}", at=AT, key=A)]
    assert numbers(baseline_of(regressed(16, 17), HERE, accepted=said)) == [16, 17, 18, 19]
    found = baseline_of(regressed(16, 17), HERE, accepted=said, upon=True)
    assert (numbers(found), found.notes) == ([16, 17, 18, 19], ())
    assert numbers(baseline_of(regressed(16, 17, 19), HERE, accepted=said)) == [16, 17, 18]


def test_an_accepted_change_begins_a_new_level_at_once_for_its_benchmark_alone() -> None:
    runs = [run(number, a=1, b=1) for number in range(20)]
    said = [Accepted(commit=f"{17:040x}", at=AT, key=A)]
    found = baseline_of(runs, HERE, accepted=said)
    assert (numbers(found, A), numbers(found, B)) == ([17, 18, 19], list(range(20)))
    assert (found.levels, found.accepted) == ({A: f"{17:040x}"}, {A})
    whole = baseline_of(runs, HERE, accepted=[replace(said[0], key=None)])
    assert (numbers(whole, A), numbers(whole, B)) == ([17, 18, 19], [17, 18, 19])


def test_the_newest_of_accepted_changes_counts() -> None:
    runs = [run(number) for number in range(20)]
    said = [Accepted(commit=f"{number:040x}", at=AT, key=A) for number in (15, 4)]
    assert numbers(baseline_of(runs, HERE, accepted=said)) == [15, 16, 17, 18, 19]


@pytest.mark.parametrize(("found", "begins"), [([15], 15), ([18], 17), ([19], 17), ([3], 17)])
def test_what_is_accepted_is_the_young_step_before_it_however_exactly_it_was_found(found: list[int], begins: int,
                                                                                    ) -> None:
    runs = [run(number) for number in range(20)]
    said = [Accepted(commit=f"{17:040x}", at=AT, key=A)]
    assert numbers(baseline_of(runs, HERE, accepted=said, change_points=steps(a=found)))[0] == begins


def test_a_change_that_was_accepted_at_a_commit_without_a_run_begins_with_the_next_one() -> None:
    runs = [run(number) for number in (1, 2, 5, 6)]
    said = [Accepted(commit=f"{4:040x}", at=AT + timedelta(minutes=4), key=A)]
    assert numbers(baseline_of(runs, HERE, accepted=said, order=order(6, 5, 4, 3, 2, 1))) == [5, 6]
    assert numbers(baseline_of(runs, HERE, accepted=said)) == [5, 6]
    nothing_yet = [Accepted(commit=f"{9:040x}", at=AT + timedelta(minutes=9), key=A)]
    found = baseline_of(runs, HERE, accepted=nothing_yet)
    assert (found.runs, found.why) == ((), "no run came after the change that was accepted last")


@pytest.mark.parametrize("at", [25, 31])     # 31: a commit that was never measured
def test_what_was_accepted_after_the_base_changes_nothing_for_the_measured_commit(at: int) -> None:
    runs = [run(number) for number in range(30)]
    said = [Accepted(commit=f"{at:040x}", at=AT + timedelta(minutes=at), key=A)]
    assert numbers(baseline_of(runs, HERE, order=order(*range(20, -1, -1)), accepted=said)) == list(range(21))
    by_the_clock = baseline_of(runs, HERE, until=AT + timedelta(minutes=20), accepted=said)
    assert numbers(by_the_clock) == list(range(21))


def test_a_commit_that_is_measured_again_is_held_to_the_level_before_it_whatever_was_accepted_of_it() -> None:
    runs = [run(number) for number in range(10)]
    said = [Accepted(commit=f"{9:040x}", at=AT, key=A)]
    assert numbers(baseline_of(runs, HERE, head=f"{9:040x}", accepted=said)) == list(range(9))


def test_values_of_zero_and_below_are_no_steps_of_anything() -> None:
    seen: list[Sequence[float | None]] = []

    def change_points(suite: Mapping[str, Sequence[float | None]]) -> Mapping[str, Sequence[Found]]:
        seen.extend(suite.values())
        return {}
    found = baseline_of([run(0, a=0), run(1, a=-1), run(2, a=2), run(3, b=1)], HERE, change_points=change_points)
    assert seen == [[None, None, 2, None], [None, None, None, 1]]
    assert numbers(found) == [0, 1, 2]


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([HERE, THERE])), max_size=30,
                unique_by=lambda pair: (pair[0], pair[1].cpu)),
       st.randoms(use_true_random=False), st.integers(1, 8))
def test_the_order_in_which_runs_are_remembered_makes_no_difference(
        told: list[tuple[int, Machine]], random, most: int) -> None:  # type: ignore[no-untyped-def]
    runs = [run(number, machine) for number, machine in told]
    shuffled = list(runs)
    random.shuffle(shuffled)
    along = order(*range(30, -1, -1))
    found = baseline_of(shuffled, HERE, order=along, most=most)
    assert found == baseline_of(runs, HERE, order=along, most=most)
    assert numbers(found) == sorted(number for number, machine in told if machine is HERE)[-most:]
    assert len(found.runs) <= most
