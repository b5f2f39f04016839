"""What every figure of ci-health means, in a sentence each."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

SUCCESS_RATIO = "ci_success_ratio"
FIRST_ATTEMPT_RATIO = "ci_first_attempt_success_ratio"
RUNS = "ci_runs"
DURATION = "ci_duration_seconds"
QUEUE = "ci_queue_seconds"
QUEUE_BY_RUNNER = "ci_queue_runner_seconds"
FLAKY_RUNS = "ci_flaky_runs"
FLAKY_RATIO = "ci_flaky_ratio"
TIME_TO_GREEN = "ci_time_to_green_seconds"
RED = "ci_red_seconds"
JOBS = "ci_job_seconds"
WASTED = "ci_wasted_seconds"
SECURITY_AGE = "ci_security_success_age_seconds"
LOWEST_RATIO = "ci_lowest_success_ratio"
WORKFLOWS_RED = "ci_workflows_red"
OVERDUE = "ci_schedules_overdue"
DISABLED = "ci_workflows_disabled"
FLAKY_TESTS = "ci_flaky_tests"

QUANTILES = (("0.5", 0.5), ("0.9", 0.9))

_OF_WORKFLOW = ("workflow", "branch")

METRICS: tuple[MetricDefinition, ...] = (
    MetricDefinition(
        name=SUCCESS_RATIO, unit="ratio", labels=_OF_WORKFLOW,
        definition="Successes among the newest `last` decisive runs of a workflow on the branch; decisive are success, "
                   "failure, timed_out and startup_failure of completed runs"),
    MetricDefinition(
        name=FIRST_ATTEMPT_RATIO, unit="ratio", labels=_OF_WORKFLOW,
        definition="The same over first attempts, so that a re-run repairs nothing; a run whose first attempt GitHub "
                   "no longer has is left out"),
    MetricDefinition(
        name=RUNS, unit="count", labels=(*_OF_WORKFLOW, "conclusion"),
        definition="Completed runs that were created in the window, by the conclusion of their newest attempt"),
    MetricDefinition(
        name=DURATION, unit="seconds", labels=(*_OF_WORKFLOW, "quantile"),
        definition="Time from the start of the newest attempt to its completion, of runs of the window that succeeded"),
    MetricDefinition(
        name=QUEUE, unit="seconds", labels=(*_OF_WORKFLOW, "quantile"),
        definition="Time from a job's creation to its start on a runner, of the examined runs' jobs; a clock that runs "
                   "backwards counts as 0"),
    MetricDefinition(
        name=QUEUE_BY_RUNNER, unit="seconds", labels=("runner", "quantile"),
        definition="The same by the labels that the jobs asked a runner by, over all workflows"),
    MetricDefinition(
        name=FLAKY_RUNS, unit="count", labels=_OF_WORKFLOW,
        definition="Commits of the window's runs on which the workflow failed and later succeeded, in a later attempt "
                   "or in another run"),
    MetricDefinition(
        name=FLAKY_RATIO, unit="ratio", labels=_OF_WORKFLOW,
        definition="Flaky commits among those that are known to be flaky or not; a single failure that was never tried "
                   "again is neither"),
    MetricDefinition(
        name=TIME_TO_GREEN, unit="seconds", labels=(*_OF_WORKFLOW, "quantile"),
        definition="Time from the completion of the first failure after a success to the completion of the next "
                   "success, of outages that ended in the window or last; one that lasts counts with its age"),
    MetricDefinition(
        name=RED, unit="seconds", labels=_OF_WORKFLOW,
        definition="Age of the outage that lasts, 0 while the branch is green"),
    MetricDefinition(
        name=JOBS, unit="seconds", labels=_OF_WORKFLOW,
        definition="Runner time of all attempts' jobs in the examined runs, summed"),
    MetricDefinition(
        name=WASTED, unit="seconds", labels=(*_OF_WORKFLOW, "reason"),
        definition="Runner time in the examined runs that was for nothing: of attempts that were made again (rerun), "
                   "of runs that were cancelled, and of runs that failed"),
    MetricDefinition(
        name=SECURITY_AGE, unit="seconds", labels=_OF_WORKFLOW,
        definition="Time since the last success, on the branch itself and by any event, of a workflow named in "
                   "`security-workflows`"),
    MetricDefinition(
        name=LOWEST_RATIO, unit="ratio",
        definition="The smallest success ratio among the workflows with enough recent runs to be judged"),
    MetricDefinition(
        name=WORKFLOWS_RED, unit="count", definition="Measured workflows that are red on the branch now"),
    MetricDefinition(
        name=OVERDUE, unit="count", definition="Workflows with a schedule whose last scheduled run is overdue"),
    MetricDefinition(
        name=DISABLED, unit="count", definition="Workflows that GitHub disabled because nothing happened in the "
                                                "repository"),
    MetricDefinition(
        name=FLAKY_TESTS, unit="count", definition="Tests that both failed and passed in the named JUnit files"),
)

# Outputs of the action, each the value of one metric.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    "lowest-success-ratio": (LOWEST_RATIO, {}),
    "red-workflows": (WORKFLOWS_RED, {}),
    "overdue-schedules": (OVERDUE, {}),
    "disabled-workflows": (DISABLED, {}),
    "flaky-tests": (FLAKY_TESTS, {}),
}
