"""What a person should look at. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.clock import format_instant, in_words
from repo_vitals.concerns.ci_health import definitions as names
from repo_vitals.concerns.ci_health.facts import WORKFLOWS_FOLDER
from repo_vitals.concerns.ci_health.junit import flaky_tests
from repo_vitals.report.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from repo_vitals.concerns.ci_health.facts import Facts, Run, Workflow
    from repo_vitals.concerns.ci_health.measure import Figures, Health, Security
    from repo_vitals.concerns.ci_health.policy import Policy
    from repo_vitals.report.model import Metric, Window

_MOST_TESTS = 50


def run_url(facts: Facts, run: Run, *, attempt: int | None = None) -> str:
    """The page of a run, made of its number and never taken from an answer."""
    return f"{facts.url}/actions/runs/{run.id}" + ("" if attempt in (None, run.attempt) else f"/attempts/{attempt}")


def workflow_url(facts: Facts, workflow: Workflow) -> str:
    """The page of a workflow's runs on the branch."""
    if not workflow.path.startswith(WORKFLOWS_FOLDER):
        return f"{facts.url}/actions"
    query = quote(f"branch:{facts.branch}", safe="")
    return f"{facts.url}/actions/workflows/{quote(workflow.label, safe='')}?query={query}"


def findings(
    figures: Figures, facts: Facts, metrics: Iterable[Metric], window: Window, policy: Policy,
) -> Iterator[Finding]:
    """Every finding, those of each workflow together."""
    failed = {(metric.name, metric.labels.get("workflow")) for metric in metrics if metric.status == "fail"}
    for one in figures.health:
        yield from _of_workflow(one, facts, failed, window, policy)
    for security in figures.security:
        yield from _of_security(security, facts, window, policy)
    yield from _of_schedules(figures, facts)
    for silence in figures.silences:
        yield Finding(
            rule="silent-monitor", subject=silence.command, severity="medium",
            title=f"{silence.command} recorded nothing for too long",
            detail=("It never recorded anything in this history" if silence.last is None else
                    f"It last did so {format_instant(silence.last)}")
            + f"; at most {in_words(silence.longest)} may pass.",
            since=silence.last)
    for test in flaky_tests(facts.tests or ())[:_MOST_TESTS]:
        yield Finding(
            rule="flaky-test", subject=test.name, severity="low", title=f"{test.name} failed and passed",
            detail=f"{test.failed} failures and {test.passed} passes over {facts.test_files} files.")


def _of_workflow(
    one: Health, facts: Facts, failed: set[tuple[str, str | None]], window: Window, policy: Policy,
) -> Iterator[Finding]:
    label, branch = one.workflow.label, facts.branch
    common: dict[str, Any] = {"subject": f"{one.workflow.path} on {branch}",
                              "labels": {"workflow": label, "branch": branch}}
    for metric, share, limit, rule, words in (
            (names.SUCCESS_RATIO, one.success, policy.minimum_ratio, "low-success-ratio", "runs"),
            (names.FIRST_ATTEMPT_RATIO, one.first_attempts, policy.minimum_first_attempt_ratio,
             "low-first-attempt-ratio", "first attempts")):
        if (metric, label) in failed and share.value is not None and share.interval is not None and limit is not None:
            yield Finding(
                rule=rule, severity="high", url=workflow_url(facts, one.workflow), **common,
                title=f"{label}: {100 * share.value:.1f} % of its {words} on {branch} succeeded",
                detail=f"The newest {share.samples}; at least {100 * limit:g} % are wanted. By so many, the true share "
                       f"lies between {100 * share.interval[0]:.0f} and {100 * share.interval[1]:.0f} %.")
    if one.red is not None:
        first = one.red.first
        began = "The first failure was" if one.red.began_green else (
            "No success before it is known; the first failure was")
        yield Finding(
            rule="red", severity="medium", url=run_url(facts, first), since=one.red.since,
            **{**common, "labels": {**common["labels"], "sha": first.sha}},
            title=f"{label} is red on {branch}",
            detail=f"{began} run {first.number} of commit {first.sha[:12]}, "
                   f"{in_words(window.end - one.red.since)} ago.")
    if one.change.verdict == "slower" and one.change.ratio is not None and one.change.p is not None:
        yield Finding(
            rule="slower", severity="low", url=workflow_url(facts, one.workflow), **common,
            title=f"{label} takes {100 * (one.change.ratio - 1):.0f} % longer than in the window before",
            detail=f"Median of {len(one.durations)} runs beside that of {len(one.former_durations)}; p = "
                   f"{one.change.p:.2g} by the Mann-Whitney test.")
    if one.flakiness.flaky:
        newest = one.flakiness.flaky[0]
        yield Finding(
            rule="flaky", severity="info", url=run_url(facts, newest.failed.run, attempt=newest.failed.attempt),
            **common,
            title=f"{label} is flaky on {branch}",
            detail=f"Commits that failed and later succeeded: {len(one.flakiness.flaky)}, "
                   f"the newest {newest.sha[:12]}.")


def _of_security(one: Security, facts: Facts, window: Window, policy: Policy) -> Iterator[Finding]:
    label = one.workflow.label
    common: dict[str, Any] = {"severity": "high", "labels": {"workflow": label, "branch": facts.branch}}
    # GitHub lists a workflow as active for as long as its runs are there, its file deleted or not.
    is_gone = (facts.branch == facts.default_branch and one.workflow.path.startswith(WORKFLOWS_FOLDER)
               and one.workflow.path not in facts.files)
    if is_gone or one.workflow.state != "active":
        was_deleted = is_gone or one.workflow.state == "deleted"
        yield Finding(
            rule="security-workflow-disabled", subject=one.workflow.path, url=workflow_url(facts, one.workflow),
            title=f"{label} was deleted" if was_deleted else f"{label} is disabled",
            detail=(f"Its file is not on {facts.default_branch}." if is_gone else
                    f"Its state is {one.workflow.state}."), **common)
    if one.decided is not None and one.decided.conclusion != "success":
        yield Finding(
            rule="security-workflow-failed", subject=f"{one.workflow.path} on {facts.branch}",
            url=run_url(facts, one.decided), since=one.decided.updated_at, title=f"The last run of {label} failed",
            detail=f"Run {one.decided.number} ended in {one.decided.conclusion}.", **common)
    if one.succeeded is not None and window.end - one.succeeded.updated_at > policy.security_maximum_age:
        yield Finding(
            rule="security-workflow-old", subject=f"{one.workflow.path} on {facts.branch}",
            url=run_url(facts, one.succeeded), since=one.succeeded.updated_at,
            title=f"{label} has not succeeded for {in_words(window.end - one.succeeded.updated_at)}",
            detail=f"At most {in_words(policy.security_maximum_age)} may pass.", **common)


def _of_schedules(figures: Figures, facts: Facts) -> Iterator[Finding]:
    secure = {one.workflow.id for one in figures.security}
    for workflow in facts.workflows:
        if workflow.state == "disabled_inactivity" and workflow.id not in secure:
            yield Finding(
                rule="workflow-disabled", subject=workflow.path, severity="medium", url=workflow_url(facts, workflow),
                title=f"GitHub disabled {workflow.label}, since nothing happened in the repository",
                detail="It does not run until it is enabled again, on its page or with enable-workflows.",
                labels={"workflow": workflow.label})
    for one in figures.schedules:
        if one.state == "overdue" and one.expected is not None:
            crons = ", ".join(one.crons[:5])
            last = "it never ran by schedule" if one.last is None else (
                f"its last run by schedule began {format_instant(one.last.created_at)}")
            yield Finding(
                rule="overdue-schedule", subject=one.workflow.path, severity="medium", since=one.expected,
                url=workflow_url(facts, one.workflow) if one.last is None else run_url(facts, one.last),
                title=f"{one.workflow.label} did not run when it was scheduled",
                detail=f"Due {format_instant(one.expected)} by {crons} (UTC); {last}.",
                labels={"workflow": one.workflow.label})
