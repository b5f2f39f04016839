"""Every workflow in workflows-examples/, copied into an empty repository and run there as GitHub would run it."""
from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from repo_vitals.report.schema import schema
from support.act import PUBLISHED, uses
from support.ci_scene import CiScene
from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from support.act import Consumer, Run

EXAMPLES = sorted((ROOT / "workflows-examples").glob("*.yml"))
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# Each action's newest releases with the commits that their tags point to, read from the repositories themselves.
PINS = json.loads((ROOT / "tests" / "data" / "pins.json").read_text(encoding="utf-8"))["actions"]

CONFIGURATION = ".github/repo-vitals.toml"

every_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
# Other examples have their runs beside those of their action, in tests/actions/.
every_workflow = pytest.mark.parametrize("path", [*EXAMPLES, *OURS], ids=lambda path: f"{path.parent.name}/{path.stem}")
# The examples' own report among their artifacts: artifact, file.
REPORTS = {"community-metrics": ("community-metrics", "community-metrics.json"),
           "monitoring": ("repo-vitals", "community-metrics.json")}
every_run_here = pytest.mark.parametrize("path", [path for path in EXAMPLES if path.stem in REPORTS],
                                         ids=lambda path: path.stem)


def run_by(stem: str) -> Any:
    """Each example that is run here, of which all but one are slow."""
    return pytest.mark.parametrize("path", [
        pytest.param(path, id=path.stem, marks=() if path.stem == stem else pytest.mark.slow)
        for path in EXAMPLES if path.stem in REPORTS])


def read(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def copy_and_run(consumer: Consumer, path: Path, event: str, scene: Scene, *, also: dict[str, str] | None = None,
                 **options: Any) -> Run:
    """Copy an example as its header says, and let an event start it."""
    target = f".github/workflows/{path.name}"
    consumer.add(target, path.read_text(encoding="utf-8"))
    if path.stem == "monitoring" and not (consumer.folder / CONFIGURATION).exists():
        # Of the others one would ask real services, and one would have nothing to read here.
        consumer.add(CONFIGURATION, '[run]\nmonitors = ["community-metrics", "ci-health"]\n')
    with serving(scene) as simulator:
        permissions = {name.replace("-", "_"): access for name, access in _measuring_job(path)["permissions"].items()}
        token = simulator.token(permissions)  # type: ignore[arg-type]
        environ = {**simulator.environment(token), "REPO_VITALS_NOW": NOW.isoformat(), **(also or {})}
        return consumer.run(target, event, token=environ.pop("GITHUB_TOKEN"), environ=environ, **options)


def _measuring_job(path: Path) -> dict[str, Any]:
    """The job that uses an action of ours."""
    [job] = [job for job in read(path)["jobs"].values()
             if any(step.get("uses", "").startswith(PUBLISHED) for step in job["steps"])]
    assert isinstance(job, dict)
    return job


def scene(*, neglected: bool) -> Scene:
    """A community; with an issue that has waited for 30 hours where it neglects somebody."""
    told = CiScene()
    for hours in range(1, 7):
        told.run(at=-hours)
    told.issue(by="ann", at=-90).comment(by="bob", at=-88)
    told.pull_request(by="cy", at=-60).review(by="bob", at=-58)
    told.discussion(by="dee", at=-50).comment(by="bob", at=-49)
    told.commit(by="bob", at=-30)
    if neglected:
        told.issue(by="eve", at=-30, title="It breaks")
    return told


def report_of(done: Run, path: Path) -> dict[str, Any]:
    artifact, name = REPORTS[path.stem]
    report = done.artifact(artifact)[name]
    jsonschema.Draft202012Validator(schema()).validate(report)
    assert isinstance(report, dict)
    return report


def test_there_are_examples_and_each_has_its_runs() -> None:
    runs = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "actions").glob("test_*.py"))
    elsewhere = {path.stem for path in EXAMPLES if f'"workflows-examples" / "{path.name}"' in runs}

    assert {path.stem for path in EXAMPLES} == set(REPORTS) | elsewhere


@every_run_here
@pytest.mark.parametrize("event", ["schedule", pytest.param("workflow_dispatch", marks=pytest.mark.slow)])
def test_an_example_passes_where_people_are_answered(consumer: Consumer, path: Path, event: str) -> None:
    done = copy_and_run(consumer, path, event, scene(neglected=False))

    assert done.exit_code == 0, done.text[-3000:]
    assert set(done.jobs.values()) == {"success"}
    assert done.step("measure").outputs["status"] == "pass"
    assert report_of(done, path)["status"] == "pass"
    assert done.step("measure").summary


@every_run_here
def test_an_example_fails_and_keeps_its_report_where_an_issue_was_left_waiting(consumer: Consumer, path: Path) -> None:
    done = copy_and_run(consumer, path, "schedule", scene(neglected=True))

    assert done.exit_code == 1
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"]) == (1, "fail")
    assert [error.message.partition(":")[0] for error in step.annotations("error")] == ["#4 It breaks"]
    assert report_of(done, path)["findings"][0]["rule"] == "awaiting-response"


@every_run_here
def test_what_a_person_types_into_the_form_reaches_the_monitor(consumer: Consumer, path: Path) -> None:
    inputs = {"window": "7d", "fail-on": "never"}

    done = copy_and_run(consumer, path, "workflow_dispatch", scene(neglected=True), inputs=inputs)

    assert done.exit_code == 0, done.text[-3000:]
    report = report_of(done, path)
    assert (report["status"], report["window"]["start"]) == ("fail", "2026-01-24T06:00:00Z")


@run_by("monitoring")        # the other's action is run with such inputs beside its own tests
def test_what_a_person_types_into_the_form_is_never_run(consumer: Consumer, path: Path, tmp_path: Path) -> None:
    typed = f"\"; touch {tmp_path}/pwned; $(touch {tmp_path}/pwned) `touch {tmp_path}/pwned` '"

    done = copy_and_run(consumer, path, "workflow_dispatch", scene(neglected=False), inputs={"window": typed})

    assert done.exit_code == 1
    assert done.step("measure").exit_code == 2
    assert not (tmp_path / "pwned").exists()


@run_by("community-metrics")        # every run of the other reads from it which monitors there are
def test_an_example_reads_the_configuration_file(consumer: Consumer, path: Path) -> None:
    consumer.add(CONFIGURATION, '[community-metrics]\nresponse-target = "2d"\n')

    done = copy_and_run(consumer, path, "schedule", scene(neglected=True))

    assert done.exit_code == 0, done.text[-3000:]


def test_the_next_run_of_the_example_asks_only_for_what_changed(consumer: Consumer) -> None:
    path = ROOT / "workflows-examples" / "community-metrics.yml"
    told = scene(neglected=False)
    for hour in range(150):
        told.issue(by="fay", at=-900 - hour).comment(by="bob", at=-890 - hour)
    costs = []
    for run_id in ("1", "2"):
        done = copy_and_run(consumer, path, "schedule", told, job="community-metrics", also={
            "GITHUB_RUN_ID": run_id})
        assert done.exit_code == 0, done.text[-3000:]
        costs.append(report_of(done, path)["cost"]["requests"])
    assert costs[1] < costs[0]
    assert costs[1] <= 5


@every_workflow
def test_every_job_has_a_time_limit_and_only_permissions_of_its_own(path: Path) -> None:
    workflow = read(path)

    assert workflow["permissions"] == {}
    assert workflow["concurrency"]
    for job in workflow["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 60
        assert job["permissions"]


@every_workflow
def test_every_permission_has_its_reason_beside_it(path: Path) -> None:
    grants = re.findall(r"^ +([a-z-]+): (?:read|write)\b(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert grants
    assert [name for name, reason in grants if not re.match(r" # \S", reason)] == []


@every_workflow
def test_third_party_actions_are_pinned_to_verified_commits(path: Path) -> None:
    lines = re.findall(r"^\s+(?:- )?uses: (\S+)(?: # (\S+))?$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert [used for used, _ in lines] == list(uses(read(path)))
    for used, version in lines:
        name, _, ref = used.partition("@")
        if name.startswith(PUBLISHED):
            assert ref == "v1"
        else:
            assert PINS["/".join(name.split("/")[:2])][version]["sha"] == ref, used


def schedules_of(path: Path) -> list[str]:
    """The times of an example. YAML 1.1 reads the key `on` as true."""
    return [entry["cron"] for entry in read(path)[True].get("schedule", [])]


@every_example
def test_a_schedule_avoids_the_full_hour(path: Path) -> None:
    minutes = [cron.split()[0] for cron in schedules_of(path)]

    # What is about a change runs when there is one.
    assert minutes or {"pull_request", "workflow_run"} & read(path)[True].keys()
    assert all(minute.isdecimal() and 5 < int(minute) < 55 for minute in minutes)


def test_no_two_examples_start_in_the_same_minute() -> None:
    schedules = [cron for path in EXAMPLES for cron in schedules_of(path)]

    assert len(set(schedules)) == len(schedules)


@every_example
def test_an_example_hands_inputs_on_by_value_and_never_in_a_script(path: Path) -> None:
    steps = [step for job in read(path)["jobs"].values() for step in job["steps"]]

    assert not [step for step in steps if "${{" in step.get("run", "")]


@every_example
def test_an_example_says_what_it_replaces_and_how_to_use_it(path: Path) -> None:
    header = re.match(r"(?:#.*\n)+", path.read_text(encoding="utf-8"))

    assert header is not None
    assert "Replaces" in header[0]
    assert ".github/workflows/" in header[0]
