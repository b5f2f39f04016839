"""Figures from facts."""
from __future__ import annotations

import pytest

from repo_vitals.concerns.ci_health.definitions import METRICS
from repo_vitals.concerns.ci_health.measure import measure
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.report.model import check_names
from support.ci import MONTH, attempt, facts, job, judged, run, value, workflow


def test_every_figure_is_as_its_definition_says() -> None:
    red = run("failure", -5)
    found = measure(facts(red, run(), jobs=(job(red, "failure"),), security=(workflow(),)), MONTH, Policy())
    check_names(found.metrics, {metric.name: metric for metric in METRICS})


def test_without_runs_nothing_is_measured_and_nothing_is_zero() -> None:
    found = judged(facts())
    for name in ("ci_success_ratio", "ci_first_attempt_success_ratio", "ci_flaky_ratio", "ci_flaky_runs",
                 "ci_red_seconds", "ci_job_seconds", "ci_lowest_success_ratio"):
        assert value(found, name) is None, name


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "neutral", "stale", "action_required", None, "odd"])
def test_what_says_nothing_about_the_code_is_in_no_ratio(conclusion: str | None) -> None:
    found = judged(facts(run("success", -3), run("failure", -2), run(conclusion, -1)))
    assert value(found, "ci_success_ratio") == 0.5


def test_a_completed_run_without_a_conclusion_is_counted_apart() -> None:
    found = judged(facts(run("success"), run(None, status="completed")))
    assert value(found, "ci_success_ratio") == 1
    assert value(found, "ci_runs", conclusion="other") == 1


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", "startup_failure"])
def test_every_kind_of_failure_counts(conclusion: str) -> None:
    assert value(judged(facts(run("success"), run(conclusion))), "ci_success_ratio") == 0.5


def test_a_cancelled_run_is_a_failure_where_that_is_asked_for() -> None:
    found = facts(run("success"), run("cancelled"))
    assert value(judged(found), "ci_success_ratio") == 1
    assert value(judged(found, cancelled_is_failure=True), "ci_success_ratio") == 0.5


def test_the_newest_so_many_decisive_runs_count_whatever_lies_between() -> None:
    runs = [run("failure", -9), run("success", -5), run("cancelled", -4), run("success", -3), run(None, -1)]
    assert value(judged(facts(*runs), last=2), "ci_success_ratio") == 1
    assert value(judged(facts(*runs), last=3), "ci_success_ratio") == pytest.approx(2 / 3)


def test_other_events_do_not_count() -> None:
    found = facts(run("success"), run("failure", event="pull_request"), run("failure", event="workflow_dispatch"))
    assert value(judged(found), "ci_success_ratio") == 1
    assert value(judged(found, events=frozenset({"push", "workflow_dispatch"})), "ci_success_ratio") == 0.5


def test_a_rerun_repairs_the_ratio_and_not_that_of_first_attempts() -> None:
    again = run("success", -2, attempt=2)
    found = judged(facts(again, run("success", -1), earlier={again.id: {1: attempt("failure", -2)}}))
    assert value(found, "ci_success_ratio") == 1
    assert value(found, "ci_first_attempt_success_ratio") == 0.5


def test_a_first_attempt_that_is_gone_is_no_success_and_is_said() -> None:
    again = run("success", -2, attempt=2)
    found = judged(facts(again, run("success", -1), earlier={again.id: {1: None}}))
    (metric,) = [one for one in found.metrics if one.name == "ci_first_attempt_success_ratio"]
    assert (metric.value, metric.samples) == (1, 1)
    assert any("first attempts of 1 runs are gone" in note for note in found.notes)


def test_durations_are_of_successes_in_the_window_and_of_the_newest_attempt() -> None:
    found = judged(facts(run("success", -1, took=1), run("failure", -2, took=5), run("success", -800, took=9),
                         run("success", -4, started_at=run(hours=-3).created_at, took=2)))
    assert value(found, "ci_duration_seconds", quantile="0.5") == 3600


def test_queues_are_of_jobs_that_got_a_runner() -> None:
    of = run("success")
    found = judged(facts(of, jobs=(
        job(of, waits=10), job(of, "skipped", waits=900), job(of, "cancelled", started_at=None),
        job(of, waits=-1, name="clock"), job(of, waits=30, labels=("self-hosted", "Linux")))))
    assert value(found, "ci_queue_seconds", quantile="0.5") == 10
    assert value(found, "ci_queue_runner_seconds", quantile="0.5", runner="linux self-hosted") == 30
    assert value(found, "ci_queue_runner_seconds", quantile="0.5", runner="ubuntu-latest") == 5


def test_wasted_time_has_one_reason_for_each_second() -> None:
    again, broken, stopped = run("success", -9, attempt=2), run("failure", -5), run("cancelled", -4)
    found = judged(facts(again, broken, stopped, jobs=(
        job(again, "failure", attempt=1, takes=100), job(again, takes=60), job(broken, "failure", takes=30),
        job(stopped, "cancelled", takes=7))))
    assert {reason: value(found, "ci_wasted_seconds", reason=reason)
            for reason in ("rerun", "failed", "cancelled")} == {"rerun": 100, "failed": 30, "cancelled": 7}
    assert value(found, "ci_job_seconds") == 197


def test_the_figures_of_two_workflows_are_kept_apart() -> None:
    other = workflow("nightly.yml", id=2, name="Nightly")
    found = judged(facts(run("success"), run("failure", workflow_id=2, path=other.path), measured=(workflow(), other)))
    assert value(found, "ci_success_ratio", workflow="ci.yml") == 1
    assert value(found, "ci_success_ratio", workflow="nightly.yml") == 0


def test_a_change_of_duration_is_one_only_beyond_noise() -> None:
    before = [run("success", -1000 + hour, took=0.1 + hour % 5 / 100) for hour in range(20)]
    slow = [run("success", -100 + hour, took=0.2 + hour % 5 / 100) for hour in range(20)]
    noisy = [run("success", -100 + hour, took=0.1 + hour % 5 / 100) for hour in range(20)]
    few = slow[:5]

    def verdict(*now: object) -> str:
        return judged(facts(*before, *now)).data["workflows"][0]["duration_change"]["verdict"]  # type: ignore[arg-type]
    assert (verdict(*slow), verdict(*noisy), verdict(*few)) == ("slower", "unchanged", "unknown")
