"""Figures against limits."""
from __future__ import annotations

from datetime import timedelta

import pytest

from repo_vitals.concerns.ci_health.facts import CaseResults, Recorded, WorkflowFile
from repo_vitals.concerns.ci_health.selection import RUNS_US
from repo_vitals.report.status import overall
from support.ci import DAY, NOW, at, facts, job, judged, rules, run, status, value, workflow

CRON = WorkflowFile(text="on:\n  schedule:\n    - cron: '0 3 * * *'\n")
PATH = ".github/workflows/ci.yml"


def mixed(good: int, bad: int, hours: float = -1) -> list[object]:
    return [run("success" if place < good else "failure", hours - 100 + place) for place in range(good + bad)][::-1]


@pytest.mark.parametrize(("good", "bad", "verdict"), [
    (9, 1, "pass"), (8, 2, "fail"), (20, 0, "pass"), (0, 20, "fail"), (4, 0, "unknown"), (5, 0, "pass"),
    (0, 4, "unknown"),
])
def test_the_ratio_is_judged_by_its_point_from_enough_runs_on(good: int, bad: int, verdict: str) -> None:
    assert status(judged(facts(*mixed(good, bad))), "ci_success_ratio") == verdict  # type: ignore[arg-type]


@pytest.mark.parametrize(("good", "bad", "verdict"), [(16, 4, "pass"), (10, 10, "fail"), (3, 1, "unknown")])
def test_by_bound_only_a_ratio_that_can_not_be_chance_fails(good: int, bad: int, verdict: str) -> None:
    assert status(judged(facts(*mixed(good, bad)), judge_by="bound"),  # type: ignore[arg-type]
                  "ci_success_ratio") == verdict


def test_no_runs_at_all_are_never_a_pass() -> None:
    found = judged(facts())
    assert overall(found.metrics, found.findings) == "unknown"
    assert any("never ran on main" in note for note in found.notes)


def test_the_summary_speaks_of_a_single_workflow_as_of_one() -> None:
    found = judged(facts(*mixed(9, 1)))  # type: ignore[arg-type]
    assert found.summary.startswith("1 of 1 workflow succeeds in at least 90 % of its runs")


def test_no_workflow_to_measure_is_never_a_pass() -> None:
    found = judged(facts(measured=()))
    assert (overall(found.metrics, found.findings), found.summary) == ("unknown", "no workflow was measured")


def test_twenty_successes_of_long_ago_are_not_a_pass() -> None:
    found = judged(facts(*mixed(20, 0, hours=-200 * DAY)))  # type: ignore[arg-type]
    assert (status(found, "ci_success_ratio"), value(found, "ci_success_ratio")) == ("unknown", 1)
    assert any("last ran 2025-07-" in note for note in found.notes)


def test_runs_in_progress_are_no_failures() -> None:
    found = judged(facts(*[run(hours=-place) for place in range(2, 10)], run(None), run(None)))
    assert (status(found, "ci_success_ratio"), value(found, "ci_success_ratio")) == ("pass", 1)


def test_runs_that_timed_out_or_never_started_are_failures_in_the_table_as_they_are_in_the_ratio() -> None:
    ended = ("success", "failure", "timed_out", "startup_failure", "cancelled", None)
    found = judged(facts(*[run(one, -place) for place, one in enumerate(ended, 2)]))
    (table,) = [one for one in found.data["sections"] if one["title"] == "Workflows"]
    assert table["rows"][0][1:3] == [1, 3]
    assert value(found, "ci_success_ratio") == 0.25


def test_a_ratio_below_the_minimum_is_one_finding_with_its_interval() -> None:
    found = judged(facts(*mixed(8, 2)))  # type: ignore[arg-type]
    finding = next(one for one in found.findings if one.rule == "low-success-ratio")
    assert (finding.severity, finding.title) == ("high", "ci.yml: 80.0 % of its runs on main succeeded")
    assert "between 49 and 94 %" in finding.detail


def test_a_finding_keeps_its_id_when_the_figure_moves() -> None:
    ids = {one.as_json(monitor="ci-health")["id"] for bad in (2, 5)
           for one in judged(facts(*mixed(5, bad))).findings if one.rule == "low-success-ratio"}  # type: ignore[arg-type]
    assert len(ids) == 1


def test_first_attempts_are_judged_only_where_a_minimum_is_given() -> None:
    found = facts(*mixed(8, 2))  # type: ignore[arg-type]
    assert status(judged(found), "ci_first_attempt_success_ratio") is None
    assert status(judged(found, minimum_first_attempt_ratio=0.9), "ci_first_attempt_success_ratio") == "fail"
    assert "low-first-attempt-ratio" in rules(judged(found, minimum_first_attempt_ratio=0.9))


def test_a_red_branch_is_a_finding_with_the_run_that_broke_it() -> None:
    first = run("failure", -7, took=1, sha="b" * 40)
    found = judged(facts(*[run(hours=-20 - place) for place in range(30)], first, run("failure", -3)))
    (finding,) = [one for one in found.findings if one.rule == "red"]
    assert (finding.since, finding.severity, finding.labels["sha"]) == (at(-6), "medium", "b" * 40)
    assert finding.url == f"https://github.com/acme/widget/actions/runs/{first.id}"
    assert overall(found.metrics, found.findings) == "warn"


def test_a_green_branch_has_no_such_finding() -> None:
    assert rules(judged(facts(*mixed(20, 0)))) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("last", "state", "said"), [
    (-1, "active", None), (-26, "active", None), (-28, "active", "overdue-schedule"),
    (None, "active", "overdue-schedule"), (-90, "disabled_inactivity", "workflow-disabled"),
    (-90, "disabled_manually", None),
])
def test_a_scheduled_run_that_is_overdue_is_a_finding(last: float | None, state: str, said: str | None) -> None:
    # Daily at 03:00, and it is 06:00: with six hours of grace the run of yesterday must have begun.
    one = workflow(state=state)
    newest = None if last is None else run(hours=last, event="schedule")
    found = judged(facts(*[run(hours=-place) for place in range(1, 8)], measured=(one,), files={PATH: CRON},
                         scheduled={1: newest}))
    assert [rule for rule in rules(found) if rule in ("overdue-schedule", "workflow-disabled")] == (
        [said] if said else [])


def test_a_workflow_newer_than_its_first_expected_run_is_not_overdue() -> None:
    one = workflow(created_at=at(-20), updated_at=at(-20))
    found = judged(facts(measured=(one,), files={PATH: CRON}, scheduled={1: None}))
    assert found.data["schedules"][0]["state"] == "not-yet"
    assert "overdue-schedule" not in rules(found)


@pytest.mark.parametrize(("hours", "conclusion", "state", "said"), [
    (-24, "success", "active", set()),
    (-24, "failure", "active", {"security-workflow-failed"}),
    (-9 * DAY, "success", "active", {"security-workflow-old"}),
    (-24, "success", "disabled_manually", {"security-workflow-disabled"}),
    (-24, "success", "deleted", {"security-workflow-disabled"}),
    (-24, "success", "a state of tomorrow", {"security-workflow-disabled"}),
])
def test_a_security_workflow_must_have_run_succeeded_and_be_enabled(
        hours: float, conclusion: str, state: str, said: set[str]) -> None:
    one = workflow("security.yml", id=2, state=state)
    runs = (run(hours=-40), run(conclusion, hours, workflow_id=2, path=one.path, event="workflow_dispatch"),
            run("success", -10 * DAY, workflow_id=2, path=one.path, took=200 if conclusion == "failure" else 0.1))
    found = judged(facts(*runs, measured=(), security=(one,), files={one.path: CRON}))
    assert {rule for rule in rules(found) if rule.startswith("security")} == said
    assert status(found, "ci_security_success_age_seconds") == (
        "fail" if "security-workflow-old" in said else "pass")
    assert overall(found.metrics, found.findings) == ("fail" if said else "pass")


@pytest.mark.parametrize(("path", "branch", "said"), [
    (".github/workflows/security.yml", "main", True), ("dynamic/github-code-scanning/codeql", "main", False),
    (".github/workflows/security.yml", "release", False),      # its file may be there and only there
])
def test_a_security_workflow_whose_file_was_deleted_is_a_finding_though_github_lists_it(
        path: str, branch: str, said: bool) -> None:
    one = workflow(path=path)
    found = judged(facts(run(path=path, branch=branch), measured=(), security=(one,), files={PATH: CRON},
                         branch=branch))
    assert ("security-workflow-disabled" in rules(found)) is said


@pytest.mark.parametrize("conclusion", ["success", "failure"])
def test_what_a_merge_queue_ran_is_not_the_last_run_of_a_security_workflow(conclusion: str) -> None:
    one = workflow("security.yml", id=2)
    ours, queued = (run("success", -9 * DAY, workflow_id=2, path=one.path, took=0),
                    run(conclusion, -1, workflow_id=2, path=one.path, event="merge_group",
                        branch="gh-readonly-queue/main/pr-7-0123abcd"))
    found = judged(facts(ours, queued, measured=(), security=(one,), files={one.path: CRON}),
                   events=frozenset({"push", "merge_group"}))
    assert {rule for rule in rules(found) if rule.startswith("security")} == {"security-workflow-old"}
    assert value(found, "ci_security_success_age_seconds") == timedelta(days=9).total_seconds()
    assert found.data["security"][0]["last"]["id"] == found.data["security"][0]["last_success"]["id"] == ours.id


def test_a_security_workflow_that_never_ran_is_unknown() -> None:
    one = workflow("security.yml")
    found = judged(facts(measured=(), security=(one,), files={one.path: CRON}))
    assert overall(found.metrics, found.findings) == "unknown"


@pytest.mark.parametrize(("last_days", "gap_days", "watch", "silent"), [
    (1, None, {}, False), (99, None, {}, False), (2.5, None, {"faq": timedelta(days=2)}, True),
    (2.5, 1, {}, False), (3.5, 1, {}, True), (10, 7, {}, False),
    (3, 1, {"faq": timedelta(days=4)}, False), (5, 30, {"faq": timedelta(days=4)}, True),
])
def test_a_monitor_that_went_silent_is_a_finding(
        last_days: float, gap_days: float | None, watch: dict[str, timedelta], silent: bool) -> None:
    known = Recorded(last=NOW - timedelta(days=last_days),
                     longest_gap=None if gap_days is None else timedelta(days=gap_days))
    found = judged(facts(run(), recorded={"faq": known}), watch=watch)
    assert ("silent-monitor" in rules(found)) is silent


def test_a_watched_monitor_that_never_recorded_anything_is_silent_and_this_one_never_is() -> None:
    old = Recorded(last=at(-9000))
    found = judged(facts(run(), recorded={"ci-health": old}), watch={"faq": timedelta(days=2)})
    assert [one.subject for one in found.findings if one.rule == "silent-monitor"] == ["faq"]


def test_a_workflow_that_is_not_measured_since_it_runs_this_monitor_is_named_in_a_note() -> None:
    found = judged(facts(run(), left_out={"vitals.yml": RUNS_US, "pr.yml": "it is disabled"}))
    assert [note for note in found.notes if "not measured" in note] == [
        f"vitals.yml: not measured, since {RUNS_US}; name it in workflows to have it measured"]


def test_without_a_history_nobody_is_said_to_be_silent() -> None:
    assert "silent-monitor" not in rules(judged(facts(run()), watch={"faq": timedelta(days=2)}))


def test_flaky_tests_are_named_and_unknown_without_files() -> None:
    tests = (CaseResults(name="a b", passed=2, failed=1), CaseResults(name="c", passed=9),
             CaseResults(name="d", failed=9))
    found = judged(facts(run(), tests=tests, test_files=3))
    assert value(found, "ci_flaky_tests") == 1
    assert [one.title for one in found.findings if one.rule == "flaky-test"] == ["a b failed and passed"]
    assert value(judged(facts(run())), "ci_flaky_tests") is None


def test_the_estimate_is_nothing_where_standard_runners_are_free_and_unknown_for_larger_ones() -> None:
    of = run()
    jobs = (job(of, takes=61), job(of, takes=1, name="b", labels=("big-32-cores",)),
            job(of, takes=1, name="c", labels=("self-hosted", "x64")),
            job(of, takes=3600, name="d", labels=("macos-14",)))
    private = judged(facts(of, jobs=jobs, is_public=False)).data["cost"]
    assert private["dollars"] == pytest.approx(2 * 0.006 + 60 * 0.062)
    assert (private["minutes"], private["jobs"], private["unpriced_jobs"]) == (64, 4, 1)
    public = judged(facts(of, jobs=jobs)).data["cost"]
    assert (public["dollars"], public["minutes"], public["unpriced_jobs"], public["free"]) == (0, 64, 1, True)
    assert public["estimate"] is True
    assert public["prices_as_of"]


def test_failing_jobs_and_steps_are_ranked_with_a_link_to_the_newest() -> None:
    from repo_vitals.concerns.ci_health.facts import Step

    steps = (Step(name="Set up", number=1, conclusion="success", seconds=2),
             Step(name="Test", number=2, conclusion="failure", seconds=50))
    one, two, three = run("failure", -9), run("failure", -5), run("failure", -3)
    jobs = (job(one, "failure", steps=steps), job(two, "failure", steps=steps, id=77),
            job(three, "timed_out", name="x"))
    found = judged(facts(one, two, three, jobs=jobs)).data["failures"]
    assert [(row["job"], row["step"], row["failures"], row["executed"]) for row in found] == [
        ("build", "Test", 2, 2), ("x", None, 1, 1)]
    assert found[0]["newest"]["url"] == f"https://github.com/acme/widget/actions/runs/{two.id}/job/77"


def test_what_strangers_wrote_is_not_in_the_summary_line() -> None:
    one = workflow("evil.yml", name="@everyone <script>")
    found = judged(facts(*mixed(2, 8), measured=(one,), branch="<script>"))  # type: ignore[arg-type]
    assert "script" not in found.summary
    assert "evil" not in found.summary


def test_workflows_are_enabled_again_only_where_that_was_asked_for() -> None:
    one = workflow(state="disabled_inactivity")
    other = workflow("off.yml", id=2, state="disabled_manually")
    found = facts(workflows=(one, other), measured=(one,))
    assert judged(found).data["actions"] == []
    assert judged(found, enable_workflows=True).data["actions"] == [
        {"verb": "enable-workflow", "target": PATH, "before": "disabled_inactivity", "after": "active"}]
