"""The licence example to copy, run as a user runs it, with dependencies that are fine and ones that are not."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema

from repo_vitals.report.schema import schema
from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.act import Consumer, Run

EXAMPLE = ROOT / "workflows-examples" / "license-compliance.yml"
WORKFLOW = ".github/workflows/license-compliance.yml"
EXCEPTION = """
[[allow]]
license = "GPL-3.0-only"
package = "viral"
reason = "a build tool, not shipped"
"""


def done(consumer: Consumer, scene: Scene, made: Mapping[str, str | None], event: str = "schedule",
         **inputs: str) -> Run:
    """A run where GitHub knows the dependencies of a scene and the job finds those that were `made`."""
    consumer.add(WORKFLOW, EXAMPLE.read_text(encoding="utf-8"))
    consumer.add("scanned/bom.json", bom(made))
    with serving(scene) as simulator:
        environ = simulator.environment(simulator.token({"contents": "read"}))
        return consumer.run(WORKFLOW, event, inputs=inputs, token=environ.pop("GITHUB_TOKEN"),
                            environ={**environ, "REPO_VITALS_NOW": NOW.isoformat(),
                                     "SCANNED": str(consumer.folder / "scanned")})


def bom(licenses: Mapping[str, str | None]) -> str:
    """A bill of materials as cargo-cyclonedx writes it, as far as licences go."""
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.3", "version": 1, "components": [
        {"type": "library", "name": name, "version": "1.0.0", "purl": f"pkg:cargo/{name}@1.0.0",
         **({"licenses": [{"expression": given}]} if given else {})} for name, given in licenses.items()]})


def scene(**licenses: str | None) -> Scene:
    told = Scene()
    for name, given in licenses.items():
        told.state.depend(told.repository, f"pkg:cargo/{name}", "1.0.0", given)
    return told


def kept(ended: Run) -> tuple[dict[str, Any], str]:
    report = ended.artifact("licenses")["security-summary.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    return report, (ended.kept / "artifacts" / "licenses" / "LICENSE_REPORT.md").read_text(encoding="utf-8")


def test_dependencies_with_compatible_licences_pass_and_are_listed(consumer: Consumer) -> None:
    ended = done(consumer, scene(ring="ISC"), {"serde": "MIT OR Apache-2.0"})

    assert ended.exit_code == 0, ended.text[-3000:]
    step = ended.step("measure")
    assert (step.outputs["status"], step.outputs["license-violations"]) == ("pass", "0")
    report, text = kept(ended)
    assert [(one["package"], one["verdict"]) for one in report["data"]["licenses"]] == [
        ("ring", "allowed"), ("serde", "allowed")]
    assert "| serde | 1.0.0 | crates.io | `Apache-2.0 OR MIT` |" in text


def test_a_licence_that_a_push_brings_fails_before_github_knows_and_the_report_is_kept(consumer: Consumer) -> None:
    ended = done(consumer, scene(serde="MIT"), {"serde": "MIT", "viral": "GPL-3.0-only"}, "push")

    assert ended.exit_code == 1
    step = ended.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["license-violations"]) == (1, "fail", "1")
    assert any("viral 1.0.0" in error.message for error in step.annotations("error"))
    _, text = kept(ended)
    assert text.index("## Denied") < text.index("| viral |") < text.index("## Allowed")


def test_a_push_is_not_judged_by_what_github_knew_before_it(consumer: Consumer) -> None:
    ended = done(consumer, scene(viral="GPL-3.0"), {"serde": "MIT"}, "push")

    assert ended.exit_code == 0, ended.text[-3000:]
    report, _ = kept(ended)
    assert [one["package"] for one in report["data"]["licenses"]] == ["serde"]


def test_reports_that_the_configuration_names_for_another_job_are_not_missed_here(consumer: Consumer) -> None:
    consumer.add(".github/repo-vitals.toml", '[security-summary]\nreports = ["reports/cargo-audit.json"]\n')
    ended = done(consumer, scene(), {"serde": "MIT"}, "push")

    assert ended.exit_code == 0, ended.text[-3000:]


def test_an_exception_with_a_reason_lets_it_pass(consumer: Consumer) -> None:
    consumer.add(".github/repo-vitals.toml", EXCEPTION)
    ended = done(consumer, scene(viral="GPL-3.0"), {"serde": "MIT"})

    assert ended.exit_code == 0, ended.text[-3000:]
    _, text = kept(ended)
    assert "a build tool, not shipped" in text


def test_a_licence_that_nobody_knows_is_not_compliant(consumer: Consumer) -> None:
    ended = done(consumer, scene(), {"serde": "MIT", "odd": None}, "workflow_dispatch", licenses="allow = MIT")

    assert ended.exit_code == 1
    assert ended.step("measure").outputs["license-violations"] == "0"
