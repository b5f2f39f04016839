"""The demo: what a newcomer sees first."""
from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from repo_vitals.registry import monitors
from support.commands import Ended, read_report, run

if TYPE_CHECKING:
    from pathlib import Path

SMALL = ("--issues", "60", "--pull-requests", "30", "--discussions", "10")
TINY = ("--issues", "10", "--pull-requests", "5", "--discussions", "2")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A run of the demo."""
    return run("demo", *SMALL, folder=tmp_path_factory.mktemp("shown"))


def test_the_demo_shows_a_report_and_says_where_the_files_are(shown: Ended) -> None:
    assert shown.code == 0
    assert "Figures" in shown.stdout
    assert "\x1b" not in shown.stdout + shown.stderr
    folder = shown.folder / "repo-vitals" / "demo"
    for name in ("community-metrics.json", "community-metrics.md", "community-metrics.prom", "community-metrics.svg"):
        assert str(folder / name) in shown.stdout
    assert read_report(folder / "community-metrics.json") is not None
    assert list(text_string_to_metric_families((folder / "community-metrics.prom").read_text()))
    assert (folder / "community-metrics.md").read_text().startswith("## ")
    assert shown.stderr.splitlines() == ["repo-vitals: making a repository",
                                         *(f"repo-vitals: running {command.name}" for command in monitors())]


def test_the_same_seed_tells_the_same_story_and_the_callers_settings_do_not_leak_in(shown: Ended,
                                                                                    tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text("[community-metrics]\nwindow = 'broken'\n")
    ended = run("demo", *SMALL, "--output", "again", folder=tmp_path, environ={
        "INPUT_WINDOW": "nonsense", "GITHUB_TOKEN": "ghs_real", "GITHUB_API_URL": "http://127.0.0.1:1",
        "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output")})
    assert ended.code == 0
    assert not (tmp_path / "output").exists()
    found = []
    for folder in (shown.folder / "repo-vitals" / "demo", tmp_path / "again"):
        report = json.loads((folder / "community-metrics.json").read_text())
        del report["cost"]
        found.append(report)
    assert found[0] == found[1]


def test_in_a_terminal_it_is_drawn_with_colours(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "repo_vitals", "demo", *TINY], cwd=tmp_path, stdout=theirs,
                          stderr=theirs, stdin=subprocess.DEVNULL,
                          env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "PYTHONPATH": os.pathsep.join(
                              path for path in sys.path if path)}) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
        assert process.wait(timeout=60) == 0
    os.close(ours)
    assert b"\x1b[" in shown
    assert "community-metrics" in shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:     # the other end was closed: how Linux says end of file here
        return b""


def test_an_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    ended = run("demo", *SMALL, "--output", "taken", folder=tmp_path)
    assert ended.code == 2
    assert "can't be written" in ended.stderr


def test_the_demo_measures_dependencies_against_a_deps_dev_of_its_own(shown: Ended) -> None:
    report = json.loads((shown.folder / "repo-vitals" / "demo" / "dependency-health.json").read_text())
    figures = {metric["name"]: metric["value"] for metric in report["metrics"] if not metric["labels"]}
    assert report["data"]["complete"] is True
    assert figures["dependency_libyears"] > 5
    assert [bot["bot"] for bot in report["data"]["bots"]] == ["dependabot"]
    assert {"license-not-allowed", "vulnerable-dependency"} <= {finding["rule"] for finding in report["findings"]}
