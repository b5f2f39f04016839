"""Flaky commits, first attempts and the time to green."""
from __future__ import annotations

from typing import Any

from repo_vitals.concerns.ci_health.flaky import attempts_wanted, flakiness, flaky_jobs
from repo_vitals.concerns.ci_health.outcomes import decisions, outages
from repo_vitals.concerns.ci_health.policy import Policy
from support.ci import at, attempt, facts, job, judged, run, value

PLAIN = Policy()


def spans(*runs: Any, earlier: Any = None) -> list[tuple[Any, Any, bool]]:
    return [(one.since, one.until, one.began_green) for one in outages(decisions(runs, earlier or {}, PLAIN))]


def test_an_outage_is_from_the_end_of_the_first_failure_to_the_end_of_the_next_success() -> None:
    runs = (run(hours=-9, took=1), run("failure", -7, took=1), run("failure", -5, took=1), run(hours=-3, took=1))
    assert spans(*runs) == [(at(-6), at(-2), True)]
    assert value(judged(facts(*runs)), "ci_time_to_green_seconds", quantile="0.5") == 4 * 3600


def test_cancelled_runs_neither_begin_nor_end_an_outage() -> None:
    assert spans(run(hours=-9), run("cancelled", -8), run("failure", -7, took=1), run("cancelled", -5),
                 run("skipped", -4)) == [(at(-6), None, True)]


def test_what_fails_in_the_merge_queue_is_kept_out_and_makes_no_branch_red() -> None:
    queued = {"event": "merge_group", "branch": "gh-readonly-queue/main/pr-7-0123abcd"}
    runs = (run(hours=-9), run("failure", -7, **queued), run("failure", -5, **queued))
    asked = judged(facts(*runs), events=frozenset({"push", "merge_group"}))
    assert (value(asked, "ci_red_seconds"), value(asked, "ci_success_ratio")) == (0, 1 / 3)
    assert value(asked, "ci_time_to_green_seconds", quantile="0.5") is None
    assert value(judged(facts(*runs)), "ci_success_ratio") == 1
    queue_alone = judged(facts(*runs[1:]), events=frozenset({"merge_group"}))
    assert value(queue_alone, "ci_red_seconds") is None


def test_a_success_in_the_merge_queue_makes_no_red_branch_green() -> None:
    queued = run(hours=-3, event="merge_group", branch="gh-readonly-queue/main/pr-7-0123abcd")
    found = judged(facts(run(hours=-9), run("failure", -7, took=1), queued),
                   events=frozenset({"push", "merge_group"}))
    assert value(found, "ci_red_seconds") == 6 * 3600


def test_an_outage_that_lasts_counts_with_its_age() -> None:
    found = judged(facts(run(hours=-9), run("failure", -7, took=1)))
    assert value(found, "ci_red_seconds") == value(found, "ci_time_to_green_seconds", quantile="0.5") == 6 * 3600


def test_an_outage_whose_beginning_is_not_known_counts_only_while_it_lasts() -> None:
    assert value(judged(facts(run("failure", -7), run(hours=-3))), "ci_time_to_green_seconds", quantile="0.5") is None
    found = judged(facts(run("failure", -7, took=1)))
    assert value(found, "ci_time_to_green_seconds", quantile="0.5") == 6 * 3600
    assert found.data["workflows"][0]["red"]["since_is_known"] is False


def test_what_an_older_commit_says_late_changes_nothing() -> None:
    assert spans(run(hours=-9), run("failure", -8, took=6), run(hours=-5, took=1)) == []


def test_a_rerun_of_an_older_run_makes_no_branch_green() -> None:
    old = run("success", -9, attempt=2, started_at=at(-1), updated_at=at(-0.5))
    assert spans(run(hours=-20), old, run("failure", -5, took=1), earlier={old.id: {1: attempt("failure", -9)}}) == [
        (at(-8.9), None, True)]


def test_a_rerun_ends_the_outage_that_its_first_attempt_began() -> None:
    again = run("success", -5, attempt=2, started_at=at(-2), updated_at=at(-1))
    assert spans(run(hours=-9), again, earlier={again.id: {1: attempt("failure", -5, took=1)}}) == [
        (at(-4), at(-1), True)]


def test_what_ends_at_one_instant_is_taken_together() -> None:
    assert spans(run(hours=-9), run("failure", -5, took=2), run("success", -4, took=1)) == []


def test_a_commit_that_failed_and_later_succeeded_is_flaky() -> None:
    again = run("success", -5, attempt=2, sha="a", updated_at=at(-1))
    two = (run("failure", -9, sha="b"), run("success", -8, sha="b"))
    known = flakiness([again, *two, run(sha="c")], {again.id: {1: attempt("failure", -5)}}, PLAIN)
    assert ([one.sha for one in known.flaky], known.steady, known.unknown) == (["a", "b"], 1, 0)


def test_a_success_before_the_failure_is_no_flake() -> None:
    known = flakiness([run("success", -9, sha="a"), run("failure", -5, sha="a")], {}, PLAIN)
    assert (known.flaky, known.steady, known.unknown) == ((), 0, 1)


def test_a_failure_never_tried_again_is_unknown_and_one_that_failed_again_is_not() -> None:
    again = run("failure", -5, attempt=2, sha="b")
    known = flakiness([run("failure", sha="a"), again], {again.id: {1: attempt("failure", -6)}}, PLAIN)
    assert (known.flaky, known.steady, known.unknown) == ((), 1, 1)


def test_an_attempt_that_is_gone_leaves_the_commit_unknown_unless_others_tell() -> None:
    gone = run("success", -5, attempt=2, sha="a")
    assert flakiness([gone], {gone.id: {1: None}}, PLAIN).unknown == 1
    assert flakiness([gone, run("failure", -9, sha="a")], {gone.id: {1: None}}, PLAIN).flaky


def test_two_runs_that_end_in_one_second_are_in_no_order_but_attempts_are() -> None:
    known = flakiness([run("failure", -5, sha="a", took=1), run("success", -4, sha="a", took=0)], {}, PLAIN)
    assert not known.flaky
    again = run("success", -5, attempt=2, sha="a", updated_at=at(-5))
    assert flakiness([again], {again.id: {1: attempt("failure", -5, took=0)}}, PLAIN).flaky


def test_attempts_are_asked_for_only_where_a_run_was_made_again() -> None:
    newest = [run(hours=-1), run(hours=-2, attempt=3), run("failure", -3), run(hours=-4, attempt=2)]
    wanted = [(one.created_at, number) for one, number in attempts_wanted(newest, newest, {}, PLAIN)]
    assert wanted == [(at(-2), 1), (at(-2), 2), (at(-4), 1)]
    assert [number for _, number in attempts_wanted(newest, [], {}, Policy(last=2))] == [1]
    known = {newest[1].id: {1: None, 2: None}, newest[3].id: {1: None}}
    assert attempts_wanted(newest, newest, known, PLAIN) == []


def test_a_job_is_flaky_on_the_commit_on_which_it_failed_and_later_succeeded() -> None:
    again = run("success", -5, attempt=2, sha="a")
    first = job(again, "failure", attempt=1, created_at=at(-6), started_at=at(-6), completed_at=at(-5.9))
    assert flaky_jobs([first, job(again), job(again, name="lint")], {again.id: again}) == [("build", "a", again.id)]
    assert flaky_jobs([job(again), job(again, "failure", takes=90)], {again.id: again}) == []
