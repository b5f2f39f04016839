"""The action in the example to copy, run as a user's workflow runs it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.clock import format_instant
from repo_vitals.concerns.package_adoption import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from repo_vitals.simulator.registries import CrateVersion
from support.adoption import TODAY, WIDGETS, add_widgets, published, world
from support.simulated import NOW
from support.tools import ROOT

if TYPE_CHECKING:
    from support.act import Consumer, Run
    from support.adoption import World

EXAMPLE = ROOT / "workflows-examples" / "package-adoption.yml"
# As the example grants them: the history is a branch of the repository.
GRANTED = {**{grant.partition(":")[0].replace("-", "_"): "read" for grant in MONITOR.permissions}, "contents": "write"}


def copied_and_run(consumer: Consumer, made: World, event: str = "schedule", **options: Any) -> Run:
    """Copy the example, have the configuration name registries on this machine, and let an event start it.

    A person's token is in the secret that the example names.
    """
    consumer.add(".github/workflows/vitals.yml", EXAMPLE.read_text(encoding="utf-8"))
    lines = [f'{name} = "{value}"' for name, value in made.options().items() if name != "packages"]
    packages = ", ".join(f'"{one}"' for one in made.packages)
    consumer.add(".github/repo-vitals.toml", "\n".join(["[package-adoption]", f"packages = [{packages}]", *lines, ""]))
    environ = made.github.environment(made.github.token({"metadata": "read", **GRANTED}))  # type: ignore[dict-item]
    return consumer.run(".github/workflows/vitals.yml", event, token=environ.pop("GITHUB_TOKEN"),
                        secrets={"TRAFFIC_TOKEN": made.token(administration="read", contents="write")},
                        environ={**environ, "REPO_VITALS_NOW": format_instant(NOW)}, **options)


def report_of(done: Run) -> dict[str, Any]:
    report = done.artifact("package-adoption")["package-adoption.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert isinstance(report, dict)
    return report


def test_packages_that_are_pulled_as_usual_pass(consumer: Consumer) -> None:
    with world(*WIDGETS) as made:
        add_widgets(made)
        done = copied_and_run(consumer, made)

    assert done.exit_code == 0, done.text[-3000:]
    step = done.step("measure")
    assert [step.outputs[name] for name in ("status", "packages-usual", "packages-unknown")] == ["pass", "4", "0"]
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert step.annotations("error") == []
    assert step.summary.startswith("## ✅ Package adoption: pass\n")
    data = report_of(done)["data"]
    assert (data["complete"], data["traffic"]["problem"]) == (True, None)


@pytest.mark.parametrize(("inputs", "code"), [({"fail-on": "warn"}, 1), ({}, 0)])
def test_a_halved_week_warns_and_fails_where_that_is_asked_for(
    consumer: Consumer, inputs: dict[str, str], code: int,
) -> None:
    with world("crates:other") as made:
        add_widgets(made)
        versions: list[CrateVersion] = made.registries.crates["widget"]
        made.registries.crate("widget", *(CrateVersion(number=one.number, published=published(400), days={
            day: count // 2 if (TODAY - day).days <= 7 else count for day, count in one.days.items()})
            for one in versions))
        done = copied_and_run(consumer, made, "workflow_dispatch", inputs={"packages": "crates:widget", **inputs})

    assert done.exit_code == code, done.text[-3000:]
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["packages-drop"]) == (code, "warn", "1")
    assert [finding["rule"] for finding in report_of(done)["findings"] if finding["severity"] == "medium"] == [
        "downloads-drop"]
