"""Business hours from the command's inputs to its report."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.generate import generate
from repo_vitals.sources.public_holidays import public_holidays
from support.commands import run
from support.simulated import NOW, Scene, serving

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)


def figures(report: dict[str, Any]) -> dict[Any, Any]:
    return {(metric["name"], *sorted(metric["labels"].items())): metric["value"] for metric in report["metrics"]}


def test_hours_around_the_clock_give_the_figures_of_no_hours_at_all(tmp_path: Path) -> None:
    state = generate(issues=80, pull_requests=50, discussions=20, seed=3, now=NOW)
    with serving(state) as github:
        name = ("--repository", state.repositories()[0].full_name)
        plain = run("community-metrics", *name, folder=tmp_path / "plain", at=github).report
        hours = run("community-metrics", *name, "--business-hours", "Mon-Sun 00:00-24:00 America/New_York",
                    "--always-on", "none", folder=tmp_path / "hours", at=github).report
        nine = run("community-metrics", *name, "--business-hours", "Mon-Fri 09:00-17:00 America/New_York US-CA",
                   "--response-target", "2bd", folder=tmp_path / "nine", at=github).report
    assert figures(hours) == pytest.approx(figures(plain))
    assert hours["data"]["awaiting_response"] == plain["data"]["awaiting_response"]
    key = ("issue_first_response_answered_mean_seconds",)
    assert 0 < figures(nine)[key] < figures(plain)[key]
    assert figures(nine)["backlog_age_seconds", ("quantile", "0.5")] == figures(plain)[
        "backlog_age_seconds", ("quantile", "0.5")]
    assert nine["data"]["business_hours"] == "Mon-Fri 09:00-17:00 America/New_York US-CA"


def test_business_hours_may_stand_in_the_configuration_as_a_table(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text("""
[community-metrics]
response-target = "1bd"
always-on = ["p0"]

[community-metrics.business-hours]
zone = "Europe/Berlin"
days = "Mon-Thu"
hours = "09:00-12:00+13:00-17:00"
country = "DE"
subdivision = "BE"
holidays = [2026-12-24]
""", encoding="utf-8")
    state = generate(issues=20, pull_requests=10, discussions=5, seed=3, now=NOW)
    with serving(state) as github:
        ended = run("community-metrics", "--repository", state.repositories()[0].full_name, folder=tmp_path, at=github)
    assert ended.report["data"]["business_hours"] == (
        "Mon-Thu 09:00-12:00+13:00-17:00 Europe/Berlin DE-BE 2026-12-24")
    assert ended.report["data"]["always_on"] == ["p0"]


def test_a_holiday_list_that_ends_too_early_is_noted_in_the_report(tmp_path: Path) -> None:
    state = generate(issues=20, pull_requests=10, discussions=5, seed=3, now=NOW)
    with serving(state) as github:
        ended = run("community-metrics", "--repository", state.repositories()[0].full_name, "--business-hours",
                    "Mon-Fri 09:00-17:00 UTC 2025-12-25", folder=tmp_path, at=github)
    assert any("the holidays listed end with 2025-12-25" in note for note in ended.report["data"]["notes"])


def test_holidays_are_known_for_as_long_as_the_oldest_issue_is_open(tmp_path: Path) -> None:
    scene = Scene()
    scene.issue(at=-24 * 365 * 5)
    with serving(scene) as github:
        ended = run("community-metrics", "--business-hours", "Mon-Sun 00:00-24:00 UTC NZ", folder=tmp_path, at=github)
    (row,) = ended.report["data"]["awaiting_response"]
    off = [day for day in public_holidays("NZ", None, range(2020, 2028)).dates
           if NOW - 365 * 5 * DAY < datetime(day.year, day.month, day.day, tzinfo=timezone.utc) < NOW]
    assert len(off) > 50
    assert row["age_seconds"] == (365 * 5 - len(off)) * 86400


@pytest.mark.parametrize(("value", "complaint"), [
    ("Mon-Fri 09:00-17:00 Europe/Berln", 'unknown zone "Europe/Berln" (did you mean Europe/Berlin'),
    ("Mon-Fri 09:00-17:00 Europe/Berlin DE-ZZ", 'unknown subdivision of DE, "ZZ"'),
])
def test_mistakes_are_told_before_anything_is_asked_of_github(tmp_path: Path, value: str, complaint: str) -> None:
    ended = run("community-metrics", "--business-hours", value, folder=tmp_path)
    assert ended.code == 2
    assert f'--business-hours: "{value}" names an {complaint}' in ended.stderr
