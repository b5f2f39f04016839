"""The action in the example to copy, run as a user's workflow runs it."""
from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from repo_vitals.concerns.docs_freshness import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from support.simulated import Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from support.act import Consumer

EXAMPLE = ROOT / "workflows-examples" / "docs-freshness.yml"
GRANTED = {grant.partition(":")[0].replace("-", "_"): "read" for grant in MONITOR.permissions}


@pytest.mark.parametrize(("maximum", "status", "code"), [("1", "pass", 0), ("0", "fail", 1)])
def test_the_example_says_how_it_stands_and_keeps_its_report(
    consumer: Consumer, maximum: str, status: str, code: int,
) -> None:
    scene = Scene()
    scene.issue(at=-2)
    consumer.add(".github/workflows/vitals.yml", EXAMPLE.read_text(encoding="utf-8"))
    with serving(scene) as simulator:
        environ = simulator.environment(simulator.token(GRANTED))  # type: ignore[arg-type]
        done = consumer.run(".github/workflows/vitals.yml", "workflow_dispatch", inputs={"maximum": maximum},
                            token=environ.pop("GITHUB_TOKEN"), environ=environ)

    assert done.exit_code == code, done.text[-3000:]
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["open-issues"]) == (code, status, "1")
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert len(step.annotations("error")) == code
    assert step.summary
    report = done.artifact("docs-freshness")["docs-freshness.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert report["status"] == status
