"""What a reader chooses to see changes the summary and the log, and never the report."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.runtime import pipeline
from support.commands import run
from support.reports import due
from support.simulated import answered

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def with_agenda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the monitor have an agenda of an issue and a discussion."""
    load = pipeline.load_monitor

    def loading(name: str) -> Any:
        monitor = load(name)

        def assess(*given: Any) -> Any:
            judged = monitor.assess(*given)
            return replace(judged, data={**judged.data, "agenda": [due(1, -5), due(2, -9, kind="discussion")]})
        return replace(monitor, assess=assess)
    monkeypatch.setattr(pipeline, "load_monitor", loading)


def shown(folder: Path, at: Any, *arguments: str) -> tuple[str, str, str]:
    """The summary, the log, and the report but for its cost."""
    folder.mkdir()
    ended = run("community-metrics", *arguments, folder=folder, at=at, environ={
        "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(folder / "summary")})
    assert ended.code == 0, ended.stderr
    report = (folder / "repo-vitals" / "community-metrics.json").read_text()
    return (folder / "summary").read_text(), ended.stdout, report.split('"cost"')[0]


@pytest.mark.usefixtures("with_agenda")
def test_grouping_sorting_and_hiding_change_what_is_shown_and_not_the_report(simulated: Any, tmp_path: Path) -> None:
    github = simulated(answered())
    summary, log, report = shown(tmp_path / "plain", github)
    other_summary, other_log, other_report = shown(
        tmp_path / "other", github, "--group-by", "kind", "--sort", "number", "--hide", "findings,backlog_age_seconds")
    assert report == other_report
    assert "Backlog age" in summary
    assert "Backlog age" in log
    assert "Backlog age" not in other_summary + other_log
    assert summary.index("Title 2") < summary.index("Title 1")
    assert other_summary.index("#### Issues (1)") < other_summary.index("Title 1") < other_summary.index("Title 2")
    assert other_log.index("Issues (1)") < other_log.index("Title 1") < other_log.index("Title 2")


@pytest.mark.parametrize(("given", "said"), [
    (("--hide", "figurs"), 'holds "figurs", which is no section and matches no figure (did you mean figures?)'),
    (("--group-by", "owner"), '--group-by: "owner" is not one of none, kind, priority, type, owes'),
    (("--sort", "size"), '--sort: "size" is not one of due, age, number, priority')])
def test_what_can_not_be_shown_is_named(tmp_path: Path, given: tuple[str, ...], said: str) -> None:
    ended = run("community-metrics", *given, folder=tmp_path, environ={"GITHUB_TOKEN": "ghs_x"})
    assert ended.code == 2
    assert said in ended.stderr
