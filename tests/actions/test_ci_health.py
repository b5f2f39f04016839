"""The action in the example to copy, run as a user's workflow runs it."""
from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from repo_vitals.concerns.ci_health import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from support.ci_scene import CiScene, sha
from support.simulated import NOW, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from support.act import Consumer, Run

EXAMPLE = ROOT / "workflows-examples" / "ci-health.yml"
GRANTED = {grant.partition(":")[0].replace("-", "_"): "read" for grant in MONITOR.permissions} | {
    "contents": "write"}
HOSTILE = "</td><script>alert(1)</script> | @everyone ::error::no\u202e"


def scene(*conclusions: str) -> CiScene:
    told = CiScene()
    for place, conclusion in enumerate(conclusions):
        run = told.run(conclusion, at=-12 * place - 1, sha=sha(place))
        told.job(run, HOSTILE, conclusion=conclusion, steps=[(HOSTILE, conclusion, run.created_at, run.updated_at)])
    return told


def done(consumer: Consumer, told: CiScene, event: str = "workflow_dispatch", **inputs: str) -> Run:
    consumer.add(".github/workflows/vitals.yml", EXAMPLE.read_text(encoding="utf-8"))
    with serving(told) as simulator:
        environ = simulator.environment(simulator.token(GRANTED))  # type: ignore[arg-type]
        return consumer.run(".github/workflows/vitals.yml", event, inputs=inputs, token=environ.pop("GITHUB_TOKEN"),
                            environ={**environ, "REPO_VITALS_NOW": NOW.isoformat()})


@pytest.mark.parametrize(("minimum", "status", "code"), [
    pytest.param("0.8", "warn", 0, marks=pytest.mark.slow), ("0.95", "fail", 1)])
def test_the_example_says_how_it_stands_and_keeps_its_report(
    consumer: Consumer, minimum: str, status: str, code: int,
) -> None:
    ended = done(consumer, scene("failure", *["success"] * 9), **{"minimum-ratio": minimum})

    assert ended.exit_code == code, ended.text[-3000:]
    step = ended.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["lowest-success-ratio"]) == (code, status, "0.9")
    assert step.outputs["red-workflows"] == "1"
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert len(step.annotations("error")) == code
    assert "<script>" not in step.summary
    assert "@everyone" not in step.summary.replace("@\u200beveryone", "").replace("@<!-- -->everyone", "")
    report = ended.artifact("ci-health")["ci-health.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert report["status"] == status
    assert report["data"]["failures"][0]["job"] == HOSTILE


def test_the_example_passes_on_its_schedule_where_everything_succeeds(consumer: Consumer) -> None:
    ended = done(consumer, scene(*["success"] * 6), "schedule")

    assert ended.exit_code == 0, ended.text[-3000:]
    assert ended.step("measure").outputs["status"] == "pass"


def test_the_next_run_of_the_example_asks_only_for_what_changed(consumer: Consumer) -> None:
    told = scene("failure", *["success"] * 9)

    reports = [done(consumer, told, "push").artifact("ci-health")["ci-health.json"] for _ in range(2)]

    assert {**reports[0], "cost": None} == {**reports[1], "cost": None}
    assert reports[1]["cost"]["requests"] < reports[0]["cost"]["requests"]
