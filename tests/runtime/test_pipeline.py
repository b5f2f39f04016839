"""From inputs to exit code: files, outputs, annotations, rules and verdicts of a whole run."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from repo_vitals.registry import COMMANDS
from support.commands import Ended, run
from support.simulated import Scene, answered

if TYPE_CHECKING:
    from pathlib import Path


def neglected() -> Scene:
    scene = answered()
    scene.issue(at=-100, title="Crash | on `start`\n::error::x @acme/team")
    return scene


def step(folder: Path, *arguments: str, at: Any, **environ: str) -> tuple[Ended, dict[str, str], str]:
    """Run as a step of a job; how it ended, its outputs, its summary."""
    folder.mkdir(exist_ok=True)
    files = {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary"),
             "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(folder)}
    ended = run("community-metrics", *arguments, folder=folder, at=at, environ={**files, **environ})
    written = (folder / "output").read_text()
    outputs = {match[1]: match[3] for match in re.finditer(r"(?ms)^([a-z-]+)<<(\S+)\n(.*?)\n?^\2$", written)}
    summary = folder / "summary"
    return ended, outputs, summary.read_text() if summary.exists() else ""


def test_a_passing_run_sets_its_outputs_and_ends_in_0(simulated: Any, tmp_path: Path) -> None:
    ended, outputs, summary = step(tmp_path, at=simulated(answered()))
    assert ended.code == 0
    assert outputs == {
        "status": "pass", "report": str(tmp_path / "repo-vitals" / "community-metrics.json"), "findings": "0",
        "summary": "no open issue awaits a response for over 24 h; median first response 1 h; open: 1 issue, "
                   "1 pull request",
        "issues-open": "1", "issues-awaiting-response": "0", "issue-first-response-seconds": "3600",
        "issue-first-response-answered-mean-seconds": "3600", "pull-requests-open": "1",
        "pull-requests-awaiting-response": "0", "pull-request-first-response-seconds": "3600",
        "contributors-active": "1"}
    assert "::error" not in ended.stdout
    assert "acme/widget" in summary


def test_a_failing_run_ends_in_1_and_annotates_what_fails(simulated: Any, tmp_path: Path) -> None:
    ended, outputs, summary = step(tmp_path, at=simulated(neglected()))
    assert (ended.code, outputs["status"], outputs["findings"]) == (1, "fail", "1")
    errors = [line for line in ended.stdout.splitlines() if line.startswith("::error")]
    assert len(errors) == 1
    assert errors[0].startswith("::error title=Community metrics%3A awaiting-response::#3 Crash")
    assert "Crash" in summary


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("warn", 1), ("fail", 1)])
def test_fail_on_decides_what_ends_in_1(simulated: Any, tmp_path: Path, fail_on: str, code: int) -> None:
    ended = run("community-metrics", "--fail-on", fail_on, folder=tmp_path, at=simulated(neglected()))
    assert (ended.code, ended.report["status"]) == (code, "fail")


def test_summary_and_annotations_can_be_switched_off(simulated: Any, tmp_path: Path) -> None:
    ended, outputs, summary = step(tmp_path, at=simulated(neglected()), INPUT_SUMMARY="false",
                                   INPUT_ANNOTATIONS="false")
    assert (ended.code, outputs["status"], summary) == (1, "fail", "")
    assert not any(line.startswith("::error") for line in ended.stdout.splitlines())


def test_an_error_leaves_outputs_that_say_unknown(tmp_path: Path) -> None:
    ended, outputs, _ = step(tmp_path, "--window", "0s", at=None, GITHUB_TOKEN="ghs_x")
    assert ended.code == 2
    assert (outputs["status"], outputs["report"], outputs["issues-open"]) == ("unknown", "", "")
    assert ended.stdout.startswith("::error title=Community metrics::--window")


@pytest.mark.parametrize(("mistake", "code"), [
    (["--window", "0s"], 2), (["--no-such"], 2), (["--rules", "nonsense"], 2), (["--token", "wrong"], 2)])
def test_a_run_that_ends_without_a_report_leaves_none_of_an_earlier_run(
        simulated: Any, tmp_path: Path, mistake: list[str], code: int) -> None:
    github = simulated(answered())
    assert run("community-metrics", "--report", "out/r.json", folder=tmp_path, at=github).code == 0
    assert (tmp_path / "out" / "r.json").exists()
    assert run("community-metrics", "--report=out/r.json", *mistake, folder=tmp_path, at=github).code == code
    assert not (tmp_path / "out" / "r.json").exists()


@pytest.mark.parametrize("text", [
    "", "mine", '{"schema_version": 1}', '{"schema_version": 1, "monitor": "coverage"}',
    '{"schema_version": 1, "monitor": "community-metrics-2"}', '["schema_version", 1, "monitor", "community-metrics"]'])
def test_what_is_no_earlier_report_of_the_monitor_stays_where_it_is(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    for mistake in (["--window", "0s"], ["--rules", "nonsense"]):
        assert run("community-metrics", "--report", "r.json", *mistake, folder=tmp_path).code == 2
    assert (tmp_path / "r.json").read_text() == text


def test_the_token_is_masked_before_anything_else_is_said(simulated: Any, tmp_path: Path) -> None:
    github = simulated(answered())
    token = github.token()
    ended, _, summary = step(tmp_path, at=github, GITHUB_TOKEN=token, REPO_VITALS_DEBUG="1")
    lines = ended.stdout.splitlines()
    assert lines[0] == f"::add-mask::{token}"
    assert token not in "\n".join(lines[1:]) + summary + ended.stderr
    assert token not in (tmp_path / "output").read_text()
    assert token not in (tmp_path / "repo-vitals" / "community-metrics.json").read_text()


def test_a_rule_of_ones_own_raises_a_finding(simulated: Any, tmp_path: Path) -> None:
    rules = "high: any(.metrics[]; .name == \"commits\" and .value < 5) # Hardly any commits\nlow: false # Never"
    ended = run("community-metrics", "--rules", rules, folder=tmp_path, at=simulated(answered()))
    assert ended.code == 1
    (finding,) = ended.report["findings"]
    assert (finding["severity"], finding["title"]) == ("high", "Hardly any commits")


def test_a_rule_that_breaks_on_the_report_keeps_the_report_and_ends_in_2(simulated: Any, tmp_path: Path) -> None:
    ended = run("community-metrics", "--rules", "high: .metrics + 1 # Broken", folder=tmp_path,
                at=simulated(answered()))
    assert ended.code == 2
    assert "Broken" in ended.stderr
    assert ended.report["data"]["complete"].startswith("the rules were not applied: ")


def test_openmetrics_and_badge_are_written_where_asked_for(simulated: Any, tmp_path: Path) -> None:
    ended = run("community-metrics", "--openmetrics", "out/m.prom", "--badge", "out/b.svg", folder=tmp_path,
                at=simulated(answered()))
    families = {family.name: family for family in text_string_to_metric_families((tmp_path / "out/m.prom").read_text())}
    (sample,) = families["repo_vitals_issues_open"].samples
    assert (sample.value, sample.labels) == (1, {"monitor": "community-metrics", "repository": "acme/widget"})
    assert "<svg" in (tmp_path / "out/b.svg").read_text()
    assert ended.left_behind == ["out/b.svg", "out/m.prom", "repo-vitals/community-metrics.json"]


def test_two_runs_over_the_same_state_differ_in_cost_only(simulated: Any, tmp_path: Path) -> None:
    github = simulated(neglected())
    reports = [run("community-metrics", "--report", f"{name}.json", "--openmetrics", f"{name}.prom", folder=tmp_path,
                   at=github) for name in ("a", "b")]
    texts = [(tmp_path / f"{name}.json").read_text().split('"cost"')[0] for name in ("a", "b")]
    assert texts[0] == texts[1]
    assert (tmp_path / "a.prom").read_text() == (tmp_path / "b.prom").read_text()
    assert {ended.code for ended in reports} == {1}


def test_the_report_says_what_it_cost(simulated: Any, tmp_path: Path) -> None:
    github = simulated(answered())
    ended = run("community-metrics", folder=tmp_path, at=github)
    cost = ended.report["cost"]
    assert cost["requests"] == len(github.log)
    assert cost["graphql_points"] > 0
    assert cost["seconds"] > 0


def test_help_lists_every_option_with_its_default(tmp_path: Path) -> None:
    ended = run("community-metrics", "--help", folder=tmp_path)
    assert ended.code == 0
    for option in ("--response-target", "--mean-response-limit", "--window", "--max-wait", "--rules"):
        assert option in ended.stdout
    assert "(default: 24h)" in ended.stdout


@pytest.mark.parametrize("given", ["own.toml\r\n", " own.toml "])
def test_a_line_end_behind_the_configurations_name_is_no_part_of_it(simulated: Any, tmp_path: Path, given: str) -> None:
    (tmp_path / "own.toml").write_text("[community-metrics]\nwindow = '2d'\n")
    ended = run("community-metrics", folder=tmp_path, at=simulated(answered()), environ={"INPUT_CONFIG": given})
    assert ended.report["window"]["start"] == "2026-01-29T06:00:00Z"


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_help_is_given_wherever_it_is_asked_for(tmp_path: Path, command: str) -> None:
    asked = run(command, "--window", "7d", "--help", folder=tmp_path)
    assert (asked.code, asked.stdout) == (0, run(command, "--help", folder=tmp_path).stdout)
    assert asked.stdout.startswith(f"repo-vitals {command} ")


def test_the_version_is_told(tmp_path: Path) -> None:
    assert re.fullmatch(r"repo-vitals \d+\.\d+\.\d+\n", run("--version", folder=tmp_path).stdout)
