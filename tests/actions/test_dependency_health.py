"""The action in the example to copy, run as a user's workflow runs it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.clock import format_instant
from repo_vitals.concerns.dependency_health import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from repo_vitals.simulator.deps_dev import DepsDevSimulator
from support.dependencies import dependabot, small_scene, small_world
from support.simulated import NOW, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from support.act import Consumer, Run
    from support.simulated import Scene

EXAMPLE = ROOT / "workflows-examples" / "dependency-health.yml"
# As the example grants them: the history is a branch of the repository.
GRANTED = {**{grant.partition(":")[0].replace("-", "_"): "read" for grant in MONITOR.permissions}, "contents": "write"}


def copied_and_run(consumer: Consumer, scene: Scene, event: str = "schedule", **options: Any) -> Run:
    """Copy the example, have the configuration name a deps.dev on this machine, and let an event start it."""
    consumer.add(".github/workflows/vitals.yml", EXAMPLE.read_text(encoding="utf-8"))
    with serving(scene) as github, DepsDevSimulator(small_world()) as deps_dev:
        consumer.add(".github/repo-vitals.toml", f'[dependency-health]\ndeps-dev = "{deps_dev.url}"\n')
        environ = github.environment(github.token({"metadata": "read", **GRANTED}))  # type: ignore[dict-item]
        return consumer.run(".github/workflows/vitals.yml", event, token=environ.pop("GITHUB_TOKEN"),
                            environ={**environ, "REPO_VITALS_NOW": format_instant(NOW)}, **options)


def report_of(done: Run) -> dict[str, Any]:
    report = done.artifact("dependency-health")["dependency-health.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert isinstance(report, dict)
    return report


def test_a_repository_that_merges_its_updates_in_time_passes(consumer: Consumer) -> None:
    scene = small_scene()
    dependabot(scene, "serde", "1.0.100", "1.0.200", "patch", at=-30, checks="SUCCESS")
    done = copied_and_run(consumer, scene)

    assert done.exit_code == 0, done.text[-3000:]
    step = done.step("measure")
    assert [step.outputs[name] for name in ("status", "libyears", "security-updates-open")] == ["pass", "1", "0"]
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert step.annotations("error") == []
    assert step.summary.startswith("## ✅ Dependency health: pass\n")
    report = report_of(done)
    assert (report["status"], report["data"]["complete"]) == ("pass", True)
    assert report["cost"]["requests"] <= 6 + 3


@pytest.mark.parametrize(("inputs", "code"), [({}, 1), ({"fail-on": "never", "lock-files": "Cargo.lock"}, 0)])
def test_an_overdue_security_update_fails_and_the_report_is_kept(
    consumer: Consumer, inputs: dict[str, str], code: int,
) -> None:
    scene = small_scene()
    late = dependabot(scene, "serde", "1.0.100", "1.0.200", "patch", at=-50)
    scene.state.warn(scene.repository, package="serde", severity="HIGH", at=scene.when(-60), ecosystem="RUST",
                     pull_request=late.thread)
    done = copied_and_run(consumer, scene, "workflow_dispatch", inputs=inputs)

    assert done.exit_code == code, done.text[-3000:]
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["security-updates-open"]) == (code, "fail", "1")
    assert [error.message.partition(":")[0] for error in step.annotations("error")] == [
        "#1 Bump serde from 1.0.100 to 1.0.200"]
    (finding,) = report_of(done)["findings"]
    assert (finding["rule"], finding["severity"]) == ("overdue-update", "high")
