"""`run`: every monitor to its own verdict, whatever the others do."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.registry import monitors
from support.commands import read_report, run
from support.simulated import Scene

if TYPE_CHECKING:
    from pathlib import Path


def answered() -> Scene:
    scene = Scene()
    scene.issue(at=-5).comment(by="bob", at=-4)
    scene.pull_request(at=-5).review(by="bob", at=-4)
    scene.commit(by="ann", at=-3)
    return scene


def configured(folder: Path, text: str) -> None:
    (folder / ".github").mkdir()
    (folder / ".github" / "repo-vitals.toml").write_text(text)


def test_without_a_configuration_every_monitor_runs(simulated: Any, tmp_path: Path) -> None:
    ended = run("run", folder=tmp_path, at=simulated(answered()))
    assert ended.code == 0
    assert ended.left_behind == sorted(f"repo-vitals/{command.name}.json" for command in monitors())


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
