"""The examples that raise alerts, copied and run: in one job, and in jobs that hand their reports over as artifacts."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from support.alert_scene import AlertScene
from support.simulated import serving
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from support.act import Consumer, Run

CONFIGURATION = '[run]\nmonitors = ["community-metrics"]\n[alert]\nlabels = ["alert"]\nexempt-label = "none"\n'
IN_ONE_STEP = ROOT / "workflows-examples" / "monitoring.yml"
IN_JOBS = ROOT / "workflows-examples" / "monitoring-jobs.yml"
PAYLOAD = {"schedule": "41 6 * * *", "repository": {"full_name": "acme/widget", "default_branch": "main"}}


def neglected() -> AlertScene:
    scene = AlertScene()
    scene.issue(by="eve", at=-30, title="It breaks")
    return scene


def copied_and_run(consumer: Consumer, example: Path, scene: AlertScene) -> Run:
    """Copy an example as its header says, and let the schedule start it with the permissions that its jobs ask for."""
    target = f".github/workflows/{example.name}"
    text = example.read_text(encoding="utf-8")
    consumer.add(target, text)
    consumer.add(".github/repo-vitals.toml", CONFIGURATION)
    granted: dict[str, Any] = {}
    for job in yaml.safe_load(text)["jobs"].values():
        for permission, access in job["permissions"].items():
            granted[permission.replace("-", "_")] = max(access, granted.get(permission.replace("-", "_"), ""))
    with serving(scene) as github:
        environ = {**github.environment(github.token(granted)), "REPO_VITALS_NOW": scene.now.isoformat()}
        return consumer.run(target, "schedule", token=environ.pop("GITHUB_TOKEN"), environ=environ, payload=PAYLOAD)


def test_one_step_measures_and_raises_what_fails(consumer: Consumer) -> None:
    scene = neglected()
    done = copied_and_run(consumer, IN_ONE_STEP, scene)

    assert done.exit_code == 1, done.text[-3000:]
    assert done.step("measure").exit_code == 1
    [alert] = scene.alerts
    assert alert.body.startswith("<!-- repo-vitals:alert:community-metrics -->")
    assert "Vital signs: fail" in done.step("measure").summary
    assert set(done.artifact("repo-vitals")) == {"community-metrics.json", "alert.json"}


def test_jobs_hand_their_reports_to_the_one_that_alerts_though_one_of_them_failed(consumer: Consumer) -> None:
    scene = neglected()
    done = copied_and_run(consumer, IN_JOBS, scene)

    assert done.jobs == {"community-metrics": "failure", "ci-health": "success", "alerts": "success"}, done.text[-3000:]
    [alert] = scene.alerts
    assert alert.body.startswith("<!-- repo-vitals:alert:community-metrics -->")
