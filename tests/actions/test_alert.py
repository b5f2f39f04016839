"""The action as a step: a job without the right to write, and reports that are artifacts of the run."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from support.alert_scene import AlertScene, failing
from support.pull_scene import packed, text_of
from support.simulated import NOW, serving

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator
    from support.act import Consumer, Run

WORKFLOW = ".github/workflows/alert.yml"


def alert(consumer: Consumer, github: Simulator, report: Any, permissions: dict[str, Any], **given: str) -> Run:
    """A job whose monitors left a report."""
    consumer.add("reports/ci-health.json", text_of(report))
    consumer.add(WORKFLOW, yaml.safe_dump({"on": {"schedule": [{"cron": "17 6 * * *"}]}, "permissions": {}, "jobs": {
        "alert": {"runs-on": "ubuntu-latest", "steps": [
            {"uses": "actions/checkout@v4"},
            {"id": "alert", "uses": "nushell-works/repo-vitals/actions/alert@v1",
             "with": {"reports": "reports/*.json", "labels": "alert", "exempt-label": "none", **given}}]}}}))
    environ = github.environment(github.token(permissions))
    payload = {"schedule": "17 6 * * *", "repository": {"full_name": "acme/widget", "default_branch": "main"}}
    return consumer.run(WORKFLOW, "schedule", token=environ.pop("GITHUB_TOKEN"), payload=payload,
                        environ={**environ, "REPO_VITALS_NOW": NOW.isoformat()})


def test_without_the_right_to_write_issues_the_step_names_it(consumer: Consumer) -> None:
    scene = AlertScene()
    with serving(scene) as github:
        done = alert(consumer, github, failing(at=NOW), {"issues": "read"})

    step = done.step("alert")
    assert (done.exit_code, step.exit_code, scene.alerts) == (1, 2, [])
    [error] = step.annotations("error")
    assert "issues: write" in error.message


def test_it_reads_what_the_jobs_before_it_left_as_artifacts_of_the_run(consumer: Consumer) -> None:
    scene = AlertScene()
    workflow = scene.workflow(file="monitoring.yml", name="Monitoring")
    run = scene.state.start_run(workflow, at=scene.when(-0.5), branch="main", event="schedule")
    scene.state.add_artifact(run, "report-ci-health", packed({"ci-health.json": text_of(failing(at=scene.now))}))
    consumer.add(WORKFLOW, yaml.safe_dump({"on": {"schedule": [{"cron": "17 6 * * *"}]}, "permissions": {}, "jobs": {
        "alert": {"runs-on": "ubuntu-latest", "steps": [
            {"id": "alert", "uses": "nushell-works/repo-vitals/actions/alert@v1",
             "with": {"artifact": "report-*"}}]}}}))
    with serving(scene) as github:
        environ = github.environment(github.token({"actions": "read", "issues": "write"}))
        done = consumer.run(
            WORKFLOW, "schedule", token=environ.pop("GITHUB_TOKEN"), payload={
                "schedule": "17 6 * * *", "repository": {"full_name": "acme/widget", "default_branch": "main"}},
            environ={**environ, "REPO_VITALS_NOW": scene.now.isoformat(), "GITHUB_RUN_ID": str(run.id)})

    assert done.step("alert").exit_code == 0, done.text[-3000:]
    assert [issue.title for issue in scene.alerts] == ["ci-health: The workflow main fails"]
    step = done.step("alert")
    assert [step.outputs[name] for name in ("status", "firing", "opened", "closed")] == ["pass", "1", "1", "0"]
    assert "alerts: 1 firing, 1 opened, 0 closed" in step.summary
