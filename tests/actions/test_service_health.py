"""The action in the example to copy, run as a user's workflow runs it."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.concerns.service_health import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from repo_vitals.simulator.services import Page, Services
from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.simulator.server import Simulator
    from support.act import Consumer, Run

EXAMPLE = ROOT / "workflows-examples" / "service-health.yml"


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


@pytest.fixture
def github() -> Iterator[Simulator]:
    with serving(Scene()) as simulator:
        yield simulator


def run_example(consumer: Consumer, services: Services, github: Simulator, event: str, *, hours: float = 0,
                **options: Any) -> Run:
    """Copy the example and let an event start it, so many hours from NOW; a variable names the services."""
    consumer.add(".github/workflows/vitals.yml", EXAMPLE.read_text(encoding="utf-8"))
    site, page = services.url, f"{services.url}/api/v2/summary.json"
    variables = {"SERVICES": f"website = {site}/ text=well wait=0s\nhub = {page} kind=statuspage wait=0s",
                 "SERVICES_ALLOW_PRIVATE": services.host}
    environ = github.environment(github.token({"contents": "write"}))
    token = environ.pop("GITHUB_TOKEN")
    done = consumer.run(".github/workflows/vitals.yml", event, variables=variables, token=token, environ={
        **environ, "REPO_VITALS_NOW": (NOW + timedelta(hours=hours)).isoformat()}, **options)
    assert token not in str(services.asked)
    return done


@pytest.mark.parametrize("event", ["schedule", pytest.param("push", marks=pytest.mark.slow)])
def test_the_example_passes_where_every_service_answers(consumer: Consumer, services: Services, github: Simulator,
                                                        event: str) -> None:
    done = run_example(consumer, services, github, event)

    assert done.exit_code == 0, done.step("measure").commands
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["services-up"]) == (0, "pass", "2")
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert step.annotations("error") == []
    assert step.summary.startswith("## ✅ Service health: pass\n")
    report = done.artifact("service-health")["service-health.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)


def test_the_example_fails_and_keeps_its_report_where_a_service_is_down(consumer: Consumer, services: Services,
                                                                        github: Simulator) -> None:
    services.pages["/"] = Page(status=500)

    run_example(consumer, services, github, "schedule", hours=-4)
    done = run_example(consumer, services, github, "schedule")

    assert done.exit_code == 1
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["services-down"]) == (1, "fail", "1")
    [error] = step.annotations("error")
    assert error.message.startswith(
        "website is down: It answered 500 in 2 of 2 tries. "
        "Down at every check that told since 2026-01-31T02:00:00Z, for 4 h.")
    report = done.artifact("service-health")["service-health.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert [finding["rule"] for finding in report["findings"]] == ["service-down"]


def test_what_a_person_types_into_the_form_is_checked_and_never_run(consumer: Consumer, services: Services,
                                                                    github: Simulator, tmp_path: Any) -> None:
    typed = f"x = {services.url}/ text=\"$(touch {tmp_path}/pwned)`touch {tmp_path}/pwned`\" wait=0s"

    done = run_example(consumer, services, github, "workflow_dispatch", inputs={"services": typed, "fail-on": "never"})

    assert done.exit_code == 0, done.step("measure").commands
    assert done.step("measure").outputs["status"] == "fail"
    assert not (tmp_path / "pwned").exists()
