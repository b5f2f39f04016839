"""The action in the example to copy, run as a user's workflow runs it, with scanners that find something or nothing."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.concerns.security_summary import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from support.act import Consumer, Run

EXAMPLE = ROOT / "workflows-examples" / "security-monitoring.yml"
DATA = ROOT / "tests" / "data" / "security"
GRANTED = {grant.partition(":")[0].replace("-", "_"): "read" for grant in MONITOR.permissions} | {"contents": "write"}


def done(consumer: Consumer, scene: Scene, audit: str, deny: str, event: str = "schedule", **inputs: str) -> Run:
    consumer.add(".github/workflows/security-monitoring.yml", EXAMPLE.read_text(encoding="utf-8"))
    consumer.add("Cargo.lock", "version = 4\n")
    consumer.add("scanned/cargo-audit.json", audit)
    consumer.add("scanned/cargo-deny.json", deny)
    with serving(scene) as simulator:
        environ = simulator.environment(simulator.token(GRANTED))  # type: ignore[arg-type]
        # Of a schedule GitHub tells little; of what people start it tells the repository too.
        payload = {} if event == "schedule" else {
            "repository": {"full_name": "acme/widget", "default_branch": "main"}, "inputs": inputs}
        return consumer.run(".github/workflows/security-monitoring.yml", event, payload=payload,
                            token=environ.pop("GITHUB_TOKEN"),
                            environ={**environ, "REPO_VITALS_NOW": NOW.isoformat(),
                                     "SCANNED": str(consumer.folder / "scanned")})


def sample(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


NOTHING_DENIED = json.dumps({"type": "summary", "fields": {
    check: {"errors": 0, "warnings": 0, "notes": 0, "helps": 0}
    for check in ("advisories", "bans", "licenses", "sources")}}) + "\n"
NOTHING_FOUND = "cargo-audit/0.22.2_none.json"


def checked(ended: Run) -> dict[str, Any]:
    report = ended.artifact("security-summary")["security-summary.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert isinstance(report, dict)
    return report


@pytest.mark.parametrize("event", ["schedule", pytest.param("workflow_dispatch", marks=pytest.mark.slow)])
def test_the_example_passes_where_no_scanner_finds_anything(consumer: Consumer, event: str) -> None:
    ended = done(consumer, Scene(), sample(NOTHING_FOUND), NOTHING_DENIED, event)

    assert ended.exit_code == 0, ended.text[-3000:]
    step = ended.step("measure")
    assert (step.outputs["status"], step.outputs["vulnerabilities-critical"]) == ("pass", "0")
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert step.summary
    report = checked(ended)
    assert [one["format"] for one in report["data"]["sources"]] == [
        "cargo-audit", "cargo-deny", "dependabot", "code-scanning"]
    assert report["data"]["complete"] is True
    assert not [note for note in report["data"]["notes"] if "history" in note]


def test_the_example_fails_on_what_scanners_and_alerts_find_and_keeps_its_report(consumer: Consumer) -> None:
    scene = Scene()
    scene.state.warn(scene.repository, package="left-pad", severity="CRITICAL", at=scene.when(-48))
    ended = done(consumer, scene, sample("cargo-audit/0.22.2_many.json"), sample("cargo-deny/all_checks.ndjson"))

    assert ended.exit_code == 1
    step = ended.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["vulnerabilities-critical"]) == (1, "fail", "1")
    (uploaded,) = json.loads((ended.kept / "uploaded.sarif").read_text(encoding="utf-8"))["runs"]
    assert uploaded["automationDetails"]["id"] == "security-summary/dependencies/"
    assert len(uploaded["results"]) > 1
    assert step.annotations("error")
    report = checked(ended)
    assert report["status"] == "fail"
    assert any(row["package"] == "left-pad" and row["due"] is not None for row in report["data"]["vulnerabilities"])


def test_a_scanner_that_broke_down_is_an_error_and_never_clean(consumer: Consumer) -> None:
    ended = done(consumer, Scene(), "", NOTHING_DENIED)

    assert ended.exit_code == 1
    step = ended.step("measure")
    assert step.exit_code == 2
    assert [error.message for error in step.annotations("error")] == ['reports: "reports/cargo-audit.json" is empty']


def test_a_severity_given_by_hand_lets_milder_ones_pass(consumer: Consumer) -> None:
    ended = done(consumer, Scene(), sample("cargo-audit/0.22.2_many.json"), NOTHING_DENIED, "workflow_dispatch",
                 **{"fail-severity": "critical"})

    assert ended.exit_code == 0, ended.text[-3000:]
    assert ended.step("measure").outputs["status"] == "warn"
