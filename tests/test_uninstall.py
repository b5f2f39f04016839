"""docs/uninstall.md leaves nothing behind: its commands, run with GitHub's own command line as they stand there."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.delivery import pace
from support.alert_scene import AlertScene, alert, failing
from support.history_on_github import place, record
from support.pull_scene import MARKER
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "uninstall.md"
WRITTEN = f"{MARKER}\nThe reports."


def commands() -> str:
    """What the page's sections 2 to 5 say to run, but for the export, which keeps a copy and removes nothing."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition("## 2. ")
    blocks = re.findall(r"^```bash\n(.*?)^```$", rest, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    return "set -euo pipefail\n" + "".join(blocks).replace("bin/repo-vitals history export", "true")


@pytest.mark.skipif(shutil.which("gh") is None, reason="this machine has no gh")
def test_its_commands_remove_what_runs_wrote_and_leave_what_people_wrote(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)
    scene = AlertScene()
    people = scene.issue(by="ann", title="An issue of ours").label("bug", at=-1)
    pull = scene.pull()
    scene.said(pull, WRITTEN)
    scene.said(pull, WRITTEN, by="ann")
    github = simulated(scene)
    for monitor in ("ci-health", "coverage"):
        assert alert(github, tmp_path, failing(monitor, at=scene.now)).code == 0
    record(place(github), 1)
    scene.state.close(scene.alerts[1], at=scene.now, by=scene.who("ann"))
    assert len(scene.alerts) == 2

    clone = tmp_path / "clone"
    subprocess.run(["git", "init", "--quiet", clone], check=True)
    subprocess.run(["git", "-C", clone, "remote", "add", "origin", "https://github.com/acme/widget.git"], check=True)
    token = github.token(None, login="ann")
    plain = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GH_TOKEN": token, "GH_HOST": "github.localhost",
             "http_proxy": github.url, "GIT_CONFIG_COUNT": "1", "GIT_TERMINAL_PROMPT": "0",
             "GIT_CONFIG_KEY_0": f"url.http://x:{token}@{github.url.removeprefix('http://')}/.insteadOf",
             "GIT_CONFIG_VALUE_0": "https://github.com/", "no_proxy": "127.0.0.1"}
    done = subprocess.run(["bash", "-c", commands()], cwd=clone, env=plain, capture_output=True, text=True, timeout=60,
                          check=False)

    assert done.returncode == 0, done.stderr
    assert [(one.state, one.state_reason) for one in scene.alerts] == [("CLOSED", "NOT_PLANNED"),
                                                                      ("CLOSED", "COMPLETED")]
    assert set(scene.repository.labels) & {"alert", "keep-open", "awaiting-author"} == set()
    assert [(one.author.login if one.author else None) for one in pull.comments] == ["ann"]
    listed = subprocess.run(["git", "-C", clone, "ls-remote", "--heads", "origin"], env=plain, capture_output=True,
                            text=True, check=True).stdout
    assert "repo-vitals-history" not in listed
    assert (people.thread.state, [label.name for label in people.thread.labels]) == ("OPEN", ["bug"])
