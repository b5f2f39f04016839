"""`run`: every monitor to its own verdict, whatever the others do."""
from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import format_instant
from repo_vitals.registry import monitors
from repo_vitals.runtime import pipeline
from support.commands import read_report, run
from support.covered import lcov
from support.services import well_services
from support.simulated import NOW, REPOSITORY, answered
from support.tools import PACKAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path


# What is run where nobody says what to run.
NEEDING_NOTHING = sorted(f"repo-vitals/{command.name}.json" for command in monitors()
                         if not pipeline.load_monitor(command.name).needs)


def configured(folder: Path, text: str) -> None:
    (folder / ".github").mkdir()
    (folder / ".github" / "repo-vitals.toml").write_text(text)


CALL = """
import os, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
from repo_vitals.__main__ import main
from repo_vitals.runtime.leaving import begin, leave
begin()
sys.exit(leave(main(["run"])))
"""


def test_without_a_configuration_every_monitor_runs_in_a_process_that_has_loaded_nothing_yet(
        simulated: Any, tmp_path: Path) -> None:
    github = simulated(answered())
    with well_services() as services:
        environ = {"PATH": os.environ["PATH"], "REPO_VITALS_NOW": format_instant(NOW), "GITHUB_REPOSITORY": REPOSITORY,
                   **github.environment(), **services}
        ended = subprocess.run([sys.executable, "-I", "-c", CALL, os.pathsep.join([str(ROOT / "src"), str(PACKAGES)])],
                               cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")) == NEEDING_NOTHING


def test_a_monitor_that_needs_an_input_runs_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "lcov.info").write_text(lcov({"a.py": {1: 1}}), encoding="utf-8")
    configured(tmp_path, '[coverage]\nreports = ["lcov.info"]\n')
    assert run("run", folder=tmp_path).code == 0
    assert read_report(tmp_path / "repo-vitals" / "coverage.json") is not None
    (tmp_path / ".github" / "repo-vitals.toml").unlink()
    assert run("run", "--monitors", "coverage", folder=tmp_path).code == 2


def test_the_folder_of_reports_is_not_taken_for_a_monitors_own_input_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "lcov.info").write_text(lcov({"a.py": {1: 1}}), encoding="utf-8")
    configured(tmp_path, '[coverage]\nreports = ["lcov.info"]\n')
    assert run("run", folder=tmp_path, environ={"INPUT_REPORTS": "out"}).code == 0
    assert read_report(tmp_path / "out" / "coverage.json") is not None


def test_a_monitor_that_fails_fails_the_run(simulated: Any, tmp_path: Path) -> None:
    scene = answered()
    scene.issue(at=-100)
    assert run("run", folder=tmp_path, at=simulated(scene)).code == 1


def test_a_monitor_that_cant_run_gives_its_exit_code(simulated: Any, tmp_path: Path) -> None:
    assert run("run", folder=tmp_path, at=simulated(answered()), token="ghs_refused").code == 2


def test_keys_of_the_run_table_stand_in_for_keys_that_a_monitors_table_lacks(simulated: Any, tmp_path: Path) -> None:
    configured(tmp_path, '[run]\nwindow = "7d"\nfail-on = "never"\n\n[community-metrics]\nwindow = "2d"\n')
    scene = answered()
    scene.issue(at=-100)
    ended = run("run", folder=tmp_path, at=simulated(scene))
    assert ended.code == 0
    assert ended.report["window"]["start"] == "2026-01-29T06:00:00Z"


def test_options_win_over_every_table(simulated: Any, tmp_path: Path) -> None:
    configured(tmp_path, '[run]\nwindow = "7d"\n[community-metrics]\nwindow = "2d"\n')
    ended = run("run", "--window", "1d", "--reports", "out", folder=tmp_path, at=simulated(answered()))
    report = read_report(tmp_path / "out" / "community-metrics.json")
    assert ended.code == 0
    assert report is not None
    assert report["window"]["start"] == "2026-01-30T06:00:00Z"


def test_the_outputs_are_those_of_all_monitors(simulated: Any, tmp_path: Path) -> None:
    scene = answered()
    scene.issue(at=-100)
    run("run", folder=tmp_path, at=simulated(scene), environ={
        "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output")})
    written = (tmp_path / "output").read_text()
    assert written.count("status<<") == 1
    assert "\nfail\n" in written
    assert "\ncommunity-metrics: 1 open issue awaits a response for over 24 h" in written


def test_a_table_of_no_command_is_a_mistake_whatever_is_run(simulated: Any, tmp_path: Path) -> None:
    configured(tmp_path, "[comunity-metrics]\n")
    ended = run("run", folder=tmp_path, at=simulated(answered()))
    assert ended.code == 2
    assert 'unknown table "comunity-metrics" (did you mean community-metrics?)' in ended.stderr


def test_an_empty_folder_of_reports_is_the_usual_one(simulated: Any, tmp_path: Path) -> None:
    ended = run("run", "--reports=", folder=tmp_path, at=simulated(answered()))
    assert ended.left_behind == NEEDING_NOTHING


def outputs_of(folder: Path, *arguments: str, at: Any = None, **environ: str) -> tuple[int, str]:
    ended = run("run", *arguments, folder=folder, at=at, environ={
        "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(folder / "output"), **environ})
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.code, (folder / "output").read_text()


def test_a_mistake_in_the_call_leaves_outputs_that_say_unknown(tmp_path: Path) -> None:
    code, written = outputs_of(tmp_path, "--windw", "7d", GITHUB_TOKEN="ghs_x")
    assert code == 2
    assert "\nunknown\n" in written
    assert 'unknown option "--windw"' in written


def older(folder: Path, *names: str) -> None:
    """Reports of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.json").write_text(f'{{\n  "schema_version": 1,\n  "monitor": "{name}"}}', encoding="utf-8")


def left(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.json"))


@pytest.mark.parametrize("text", ["[run]\nmonitors = [", '[run]\nmax-time = "soon"\n', "[ci-helth]\n",
                                  "run = 3\n", '[run]\nmonitors = ["ci-helth"]\n'])
def test_a_run_that_cant_begin_leaves_no_report_of_an_earlier_one(tmp_path: Path, text: str) -> None:
    configured(tmp_path, text)
    older(tmp_path / "repo-vitals", "ci-health", "alert", "dashboard")
    (tmp_path / "repo-vitals" / "coverage.json").write_text('{"mine": true}', encoding="utf-8")
    assert run("run", folder=tmp_path).code == 2
    assert left(tmp_path) == ["repo-vitals/coverage.json", "repo-vitals/dashboard.json"]    # which run never writes


@pytest.mark.parametrize(("arguments", "environ"), [
    (("--reports", "out"), {}), (("--reports=out",), {}), ((), {"INPUT_REPORTS": "out"})])
def test_it_looks_where_its_own_reports_would_have_gone(tmp_path: Path, arguments: tuple[str, ...],
                                                        environ: dict[str, str]) -> None:
    configured(tmp_path, "[run]\nmonitors = [")
    older(tmp_path / "out", "ci-health", "coverage")
    older(tmp_path / "repo-vitals", "ci-health")
    assert run("run", "--monitors", "ci-health", *arguments, folder=tmp_path, environ=environ).code == 2
    assert left(tmp_path) == ["out/coverage.json", "repo-vitals/ci-health.json"]


@pytest.mark.parametrize(("place", "stays"), [("out", []), ("../elsewhere", ["ci-health.json"])])
def test_it_looks_where_the_configuration_sends_them_as_far_as_it_may(tmp_path: Path, place: str,
                                                                      stays: list[str]) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    configured(inner, f'[run]\nreports = "{place}"\nmax-time = "soon"\n')
    older(inner / place, "ci-health")
    assert run("run", folder=inner).code == 2
    assert left(inner / place) == stays


@pytest.mark.parametrize("folder", ["repo-vitals", "out"])
def test_a_monitor_whose_table_is_wrong_leaves_no_report_of_an_earlier_run(tmp_path: Path, folder: str) -> None:
    configured(tmp_path, f'[run]\nmonitors = ["coverage"]\nreports = "{folder}"\n[coverage]\nminimum-ratio = 7\n')
    older(tmp_path / folder, "coverage", "ci-health")
    assert run("run", folder=tmp_path).code == 2
    assert left(tmp_path) == [f"{folder}/ci-health.json"]


def test_a_summary_that_cant_be_written_ends_in_2_with_every_output_set(simulated: Any, tmp_path: Path) -> None:
    code, written = outputs_of(tmp_path, at=simulated(answered()), INPUT_MONITORS="community-metrics",
                               GITHUB_STEP_SUMMARY=str(tmp_path / "no" / "file"))
    assert code == 2
    assert "\npass\n" in written


def test_a_bug_in_one_monitor_leaves_the_others_their_turn(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = monitors()
    broken = replace(known[0], name="broken-monitor")
    monkeypatch.setattr("repo_vitals.runtime.run_all.monitors", lambda: (broken, *known))
    load = pipeline.load_monitor

    def loading(name: str) -> Any:
        if name != broken.name:
            return load(name)
        return replace(load(known[0].name), name=name, collect=lambda *_: 1 / 0)
    monkeypatch.setattr("repo_vitals.runtime.run_all.load_monitor", loading)
    monkeypatch.setattr("repo_vitals.runtime.pipeline.concerns", lambda: (broken, *known))
    code, written = outputs_of(tmp_path, at=simulated(answered()))
    assert code == 3
    assert "broken-monitor: internal error (ZeroDivisionError in " in written
    assert "community-metrics: no open issue awaits a response" in written


def test_two_tables_with_one_path_are_a_mistake_of_the_later_one_and_of_the_check(
        simulated: Any, tmp_path: Path) -> None:
    configured(tmp_path, '[community-metrics]\nreport = "repo-vitals/x.json"\n'
                         '[ci-health]\nbadge = "./repo-vitals/x.json"\n')
    ended = run("run", folder=tmp_path, at=simulated(answered()))
    said = 'badge: "./repo-vitals/x.json" is where report of community-metrics goes; give it a path of its own'
    assert ended.code == 2
    assert said in ended.stderr
    written = read_report(tmp_path / "repo-vitals" / "x.json")
    assert written is not None
    assert written["monitor"] == "community-metrics"
    checked = run("config", "check", folder=tmp_path)
    assert (checked.code, checked.stderr.count(f"[ci-health] {said}")) == (2, 1)
