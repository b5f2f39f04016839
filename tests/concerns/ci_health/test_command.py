"""The command from its options to its exit code, with what it writes."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.ci_scene import CiScene, sha
from support.commands import read_report, run
from support.simulated import simulated  # noqa: F401

if TYPE_CHECKING:
    from pathlib import Path

    from support.commands import Ended

HOSTILE = "x</td>\n::error::pwned | <script>alert(1)</script> @everyone \u202e\x1b[31m"
ASLEEP = {"verb": "enable-workflow", "target": ".github/workflows/asleep.yml", "before": "disabled_inactivity",
          "after": "active"}


def report(folder: Path) -> dict[str, Any]:
    found = read_report(folder / "repo-vitals" / "ci-health.json")
    assert found is not None
    return found


def healthy() -> CiScene:
    scene = CiScene()
    for place in range(8):
        scene.run(at=-place - 1, sha=sha(place))
    return scene


def asleep() -> CiScene:
    scene = healthy()
    scene.state.disable_workflow(scene.workflow("asleep.yml", "Asleep", text="on: {schedule: [{cron: '0 3 * * *'}]}"))
    return scene


def called(github: Any, folder: Path, *options: str, **given: Any) -> Ended:
    return run("ci-health", *options, folder=folder, at=github, **given)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_workflow_is_enabled_again_unless_it_is_a_dry_run(
        simulated: Any, tmp_path: Path, dry_run: bool) -> None:  # noqa: F811
    scene = asleep()
    ended = called(simulated(scene), tmp_path, "--enable-workflows", "true", "--dry-run", str(dry_run).lower())
    assert ended.code == 0, ended.stderr
    data = report(tmp_path)["data"]
    assert data["actions"] == [ASLEEP]
    assert data["notes"][-1] == ("dry-run: .github/workflows/asleep.yml would be enabled again" if dry_run else
                                 ".github/workflows/asleep.yml was enabled again")
    assert scene.repository.workflows[-1].state == ("disabled_inactivity" if dry_run else "active")


def test_without_the_permission_to_write_the_report_is_there_all_the_same(
        simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    github = simulated(asleep())
    ended = called(github, tmp_path, "--enable-workflows", "true",
                   token=github.token({"actions": "read", "contents": "read"}))
    assert ended.code == 2
    assert "actions: write" in ended.stderr
    assert report(tmp_path)["data"]["actions"] == [ASLEEP]


def test_nothing_is_written_without_being_asked(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    github = simulated(asleep())
    assert called(github, tmp_path).code == 0
    assert {entry.method for entry in github.log} == {"GET", "POST"}
    assert {entry.path for entry in github.log if entry.method == "POST"} == {"/graphql"}


def test_what_strangers_wrote_does_no_harm_in_log_and_summary(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    scene = healthy()
    evil = scene.state.add_workflow(scene.repository, path=".github/workflows/e|<b>`$(id)`.yml", name=HOSTILE)
    run_ = scene.run("failure", at=-1, of=evil)
    scene.job(run_, HOSTILE, conclusion="failure", labels=(HOSTILE,), steps=[
        (HOSTILE, "failure", run_.created_at, run_.created_at)])
    summary = tmp_path / "summary.md"
    ended = called(simulated(scene), tmp_path, "--minimum-runs", "1", environ={
        "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "RUNNER_TEMP": str(tmp_path)})
    assert ended.code == 1
    assert not [line for line in ended.stdout.splitlines() if line.startswith("::error::pwned")]
    assert "\x1b" not in ended.stdout + summary.read_text()
    assert "<script>" not in summary.read_text()
    found = report(tmp_path)
    assert found["data"]["failures"][0]["job"] == HOSTILE
    assert "script" not in found["summary"]
    assert all(finding["url"].startswith("https://github.com/acme/widget/actions/") for finding in found["findings"])


def test_figures_are_given_as_openmetrics(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    called(simulated(healthy()), tmp_path, "--openmetrics", "m.txt")
    labels = 'branch="main",monitor="ci-health",repository="acme/widget",workflow="ci.yml"'
    assert f"repo_vitals_ci_success_ratio{{{labels}}} 1" in (tmp_path / "m.txt").read_text()


def test_rules_of_ones_own_see_the_data(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    ended = called(simulated(healthy()), tmp_path, "--rules", "high: .data.jobs_examined.runs > 3 # Many runs")
    assert ended.code == 1


@pytest.mark.parametrize(("options", "code", "said"), [
    (("--workflows", "nope.yml"), 2, "no workflow is called"), (("--junit", "nope.xml"), 2, "is no file"),
    (("--minimum-ratio", "90"), 2, "for 90 % write 0.9"), (("--branch", "nope"), 0, ""),
    (("--branch", "nope", "--unknown-is", "fail"), 1, ""),
])
def test_mistakes_end_in_one_line_and_nothing_measured_is_unknown(
        simulated: Any, tmp_path: Path, options: tuple[str, ...], code: int, said: str) -> None:  # noqa: F811
    ended = called(simulated(healthy()), tmp_path, *options)
    assert ended.code == code
    assert said in ended.stderr
    assert ended.stderr.count("\n") <= 1
    if code < 2:
        assert report(tmp_path)["status"] == "unknown"


def test_junit_files_of_the_working_folder_are_read(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    for place, inner in enumerate(("<failure/>", "")):
        (tmp_path / f"{place}.xml").write_text(f'<testsuite><testcase name="t">{inner}</testcase></testsuite>')
    assert called(simulated(healthy()), tmp_path, "--junit", "*.xml").code == 0
    assert report(tmp_path)["data"]["tests"] == {"files": 2, "tests": 1, "flaky": [
        {"name": "t", "failed": 1, "passed": 1}]}


def test_two_runs_over_the_same_state_say_the_same(simulated: Any, tmp_path: Path) -> None:  # noqa: F811
    github = simulated(healthy())
    said = []
    for _ in range(2):
        called(github, tmp_path)
        said.append(json.dumps({name: value for name, value in report(tmp_path).items() if name != "cost"}))
    assert said[0] == said[1]
