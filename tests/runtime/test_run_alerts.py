"""`run` with alerts: every monitor and what follows from it in one step, one history write and one summary."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import format_instant
from repo_vitals.delivery import pace
from support.alert_scene import MAY, AlertScene, writes
from support.checkouts import in_actions
from support.commands import Ended, read_report, run
from support.simulated import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = {**MAY, "contents": "write", "pull_requests": "read", "discussions": "read", "actions": "read"}
ALERTING = ('[run]\nhistory = "branch"\nmonitors = ["community-metrics"]\n[alert]\nlabels = ["alert"]\n'
            '[community-metrics]\nmean-response-limit = "60d"\n')


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)


def step(folder: Path, github: Any, *arguments: str, configuration: str = ALERTING, event: str = "schedule",
         **environ: str) -> Ended:
    (folder / ".github").mkdir(exist_ok=True)
    (folder / ".github" / "repo-vitals.toml").write_text(configuration, encoding="utf-8")
    (folder / "summary").unlink(missing_ok=True)
    ended = run("run", *arguments, folder=folder, at=github, token=github.token(TOKEN), environ={
        **in_actions(folder, event, {}, ref="refs/heads/main", repository=REPOSITORY), "GITHUB_RUN_ID": "777",
        "RUNNER_TEMP": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "REPO_VITALS_NOW": format_instant(github.state.now), **environ})
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


def neglected() -> AlertScene:
    scene = AlertScene()
    scene.issue(at=-30, title="Nobody answers")     # late, but not beyond the limit of the mean
    scene.pull_request(by="ann", at=-30).review(by="mia", at=-29)      # without one the mean of theirs is unknown
    return scene


def test_what_fails_becomes_an_alert_in_the_same_step_and_goes_when_it_is_over(simulated: Any, tmp_path: Path) -> None:
    scene = neglected()
    github = simulated(scene)
    first = step(tmp_path, github)
    [alert] = scene.alerts
    assert first.code == 1
    assert alert.body.startswith("<!-- repo-vitals:alert:community-metrics -->")
    summary = (tmp_path / "summary").read_text()
    assert "| Alerts |" in summary
    assert read_report(tmp_path / "repo-vitals" / "alert.json") is not None

    assert [write for write in writes(github) if "/issues" in write] == ["POST /issues"]    # and no more of it below
    step(tmp_path, github)
    assert [write for write in writes(github) if "/issues" in write] == []

    waiting = next(issue for issue in scene.repository.issues if issue.title == "Nobody answers")
    scene.state.comment(waiting, by=scene.state.account("mia"), at=scene.now, body="Here is your answer")
    scene.later(hours=1)
    assert step(tmp_path, github).code == 0
    assert alert.closed_at is not None


def test_a_step_with_alerts_writes_the_history_once(simulated: Any, tmp_path: Path) -> None:
    scene = neglected()
    github = simulated(scene)
    step(tmp_path, github)
    git, repository = scene.state.git, scene.repository

    assert git.git(repository, "rev-list", "--count", "refs/heads/repo-vitals-history").decode().strip() == "1"
    files = git.git(repository, "ls-tree", "-r", "--name-only", "refs/heads/repo-vitals-history").decode()
    assert "alert/acme/widget/alerts.jsonl" in files
    assert "points/community-metrics/acme/widget/" in files


def test_without_a_table_no_alert_is_raised_unless_asked_for(simulated: Any, tmp_path: Path) -> None:
    scene = neglected()
    github = simulated(scene)
    step(tmp_path, github, configuration='[run]\nmonitors = ["community-metrics"]\n')
    assert scene.alerts == []
    step(tmp_path, github, "--alert", "true", configuration='[run]\nmonitors = ["community-metrics"]\n')
    assert len(scene.alerts) == 1
    step(tmp_path, github, "--alert", "false", configuration=ALERTING)


def test_a_dry_run_only_says_what_it_would_write(simulated: Any, tmp_path: Path) -> None:
    scene = neglected()
    github = simulated(scene)
    step(tmp_path, github, "--dry-run", "true")
    report = read_report(tmp_path / "repo-vitals" / "alert.json")

    assert scene.alerts == []
    assert report is not None
    assert [action["verb"] for action in report["data"]["actions"]] == [
        "create-label", "create-label", "create-issue"]


def test_a_monitor_that_could_not_measure_raises_and_ends_no_alert(simulated: Any, tmp_path: Path) -> None:
    scene = neglected()
    github = simulated(scene)
    step(tmp_path, github)
    [alert] = scene.alerts
    scene.later(hours=1)
    # It is asked about what is not there: a mistake, and no word about the issue.
    ended = step(tmp_path, github, configuration=ALERTING + 'sla = "nonsense"\n')

    assert ended.code == 2
    assert alert.closed_at is None
    report = read_report(tmp_path / "repo-vitals" / "alert.json")
    assert report is not None


def test_where_every_monitor_failed_no_older_report_speaks_for_them(simulated: Any, tmp_path: Path) -> None:
    scene = neglected()
    github = simulated(scene)
    step(tmp_path, github, configuration='[run]\nmonitors = ["community-metrics"]\n')     # its report stays
    scene.later(hours=1)
    assert step(tmp_path, github, configuration=ALERTING + 'sla = "nonsense"\n').code == 2
    report = read_report(tmp_path / "repo-vitals" / "alert.json")

    assert scene.alerts == []
    assert report is not None
    assert "(from 0 reports)" in report["summary"]


def test_a_monitor_of_another_repository_is_not_missed(simulated: Any, tmp_path: Path) -> None:
    scene = neglected()
    scene.state.repository("acme/gadget")
    github = simulated(scene)
    step(tmp_path, github, configuration=ALERTING + 'repository = "acme/gadget"\n')
    report = read_report(tmp_path / "repo-vitals" / "alert.json")
    assert report is not None
    assert report["data"]["alerts"] == []


def test_the_reports_of_a_step_before_are_not_taken_for_this_ones(simulated: Any, tmp_path: Path) -> None:
    scene = neglected()
    github = simulated(scene)
    step(tmp_path, github)
    [alert] = scene.alerts
    scene.later(hours=1)
    step(tmp_path, github, configuration=ALERTING.replace('["community-metrics"]', '["service-health"]'))

    assert alert.closed_at is None
