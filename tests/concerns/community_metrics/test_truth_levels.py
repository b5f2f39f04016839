"""Business hours, service levels, escalations and the agenda: the real command against the simulator's truth."""
from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.simulator.generate import generate
from repo_vitals.simulator.truth_hours import Hours, WorkingDays
from support.changes import Sequence, sequences
from support.levels import Asked, both, promised
from support.simulated import NOW, Scene, serving

if TYPE_CHECKING:
    from pathlib import Path

WEEK = frozenset(range(5))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hours(zone: str, days: frozenset[int], opens: int, closes: int, **more: Any) -> Hours:
    return Hours(zone=ZoneInfo(zone), days=days, opens=time(opens // 60, opens % 60),
                 closes=time(closes // 60, closes % 60), **more)


# (a) Hours, as they are asked for and as they are meant.

BERLIN = Asked(
    options=("--business-hours", "Mon-Fri 09:00-12:00+13:00-17:30 Europe/Berlin 2025-12-24,2025-12-25,2026-01-01"),
    rules={"hours": hours("Europe/Berlin", WEEK, 540, 1050, breaks=((time(12), time(13)),),
                          holidays=frozenset({date(2025, 12, 24), date(2025, 12, 25), date(2026, 1, 1)}))})
NEW_YORK = Asked(
    options=("--business-hours", "Sun-Thu 22:00-06:00 America/New_York", "--always-on", "none",
             "--response-target", "1.5bd", "--mean-response-limit", "2bd"),
    rules={"hours": hours("America/New_York", frozenset({6, 0, 1, 2, 3}), 1320, 360), "always_on": (),
           "response_target": WorkingDays(1.5), "mean_limit": WorkingDays(2)})
LORD_HOWE = Asked(      # whose summer time is half an hour
    options=("--business-hours", "Mon-Sun 00:00-24:00 Australia/Lord_Howe", "--always-on", "high, bug"),
    rules={"hours": hours("Australia/Lord_Howe", frozenset(range(7)), 0, 0), "always_on": ("high", "bug")})
KATHMANDU = Asked(
    options=("--business-hours", "Mon,Wed,Sat 08:15-16:45 Asia/Kathmandu", "--response-target", "5h"),
    rules={"hours": hours("Asia/Kathmandu", frozenset({0, 2, 5}), 495, 1005), "response_target": 5 * HOUR})
WEEKDAYS = Asked(
    options=("--response-target", "2bd", "--mean-response-limit", "1bd"),
    rules={"response_target": WorkingDays(2), "mean_limit": WorkingDays(1)})
LONG = Asked(window=200 * DAY)

# (b) Service levels.

FIRST = "first-response"
P0_P3 = Asked(options=("--sla", "p0-p3"), promises=(
    promised(FIRST, 4 * HOUR, priority="p0"), promised(FIRST, 24 * HOUR, priority="p1"),
    promised(FIRST, 3 * DAY, priority="p2"), promised(FIRST, 7 * DAY, priority="p3"), promised("triage", 24 * HOUR)))
CRITICAL_LOW = Asked(options=("--sla", "critical-low"), promises=(
    promised(FIRST, 4 * HOUR, type="security", priority="critical"),
    promised(FIRST, 24 * HOUR, type="security", priority="high"),
    promised(FIRST, 72 * HOUR, type="security", priority="medium"),
    promised(FIRST, 7 * DAY, type="security", priority="low"),
    promised("acknowledge", 4 * HOUR, type="security"), promised("investigate", 24 * HOUR, type="security"),
    promised("fix", 7 * DAY, type="security"), promised("disclose", 14 * DAY, type="security")))
BUSINESS = Asked(options=("--sla", "business"), promises=(
    promised(FIRST, WorkingDays(2)), promised("triage", WorkingDays(2)),
    promised(FIRST, 24 * HOUR, type="security"), promised("resolution", 14 * DAY, type="bug"),
    promised("evaluation", 7 * DAY, type="feature"), promised("evaluation", 7 * DAY, type="enhancement")))
CHANNELS = Asked(options=("--sla", "channels"), promises=(
    promised(FIRST, 3 * DAY, channel="discussion"), promised(FIRST, 3 * DAY, type="question"),
    promised(FIRST, 2 * DAY, type="bug"), promised(FIRST, 7 * DAY, type="feature"),
    promised(FIRST, 7 * DAY, type="enhancement"), promised(FIRST, 3 * DAY, type="performance"),
    promised(FIRST, 5 * DAY, type="documentation"), promised(FIRST, 24 * HOUR, type="security"),
    promised(FIRST, 24 * HOUR, priority="critical"), promised("triage", WorkingDays(2)),
    *(promised("resolution", 7 * DAY, type=word)
      for word in ("bug", "feature", "enhancement", "performance", "documentation"))))
OWN = Asked(
    options=("--sla", """first-response: 12h-36h
                         first-response channel=pull-request level=2: 1bd-3bd
                         first-response type=documentation priority=low: 0.5bd
                         triage: 1.5bd
                         triage channel=pull-request: 4d
                         acknowledge channel=discussion: 1d
                         evaluation: 30d
                         investigate type=bug: 3bd
                         fix priority=high: 10d
                         resolution: 45d
                         resolution type=question level=1: 5bd-10bd""",
             "--due-soon", "10d",
             "--label-aliases", "Stale = status/blocked\nstatus/needs-triage = status/accepted\n"
                                "severity: critical = priority/high",
             "--pause-labels", "status/needs-info, stale, wontfix",
             "--phase-labels", "investigate: good first issue, documentation\nfix: status/needs-info"),
    promises=(
        promised(FIRST, 36 * HOUR), promised(FIRST, WorkingDays(3), channel="pull_request"),
        promised(FIRST, WorkingDays(0.5), type="documentation", priority="low"), promised("triage", WorkingDays(1.5)),
        promised("triage", 4 * DAY, channel="pull_request"), promised("acknowledge", DAY, channel="discussion"),
        promised("evaluation", 30 * DAY), promised("investigate", WorkingDays(3), type="bug"),
        promised("fix", 10 * DAY, priority="high"), promised("resolution", 45 * DAY),
        promised("resolution", WorkingDays(10), type="question")),
    rules={"aliases": {"stale": "status/blocked", "status/needs-triage": "status/accepted",
                       "severity: critical": "priority/high"}},
    terms={"due_soon": 10 * DAY, "pauses": ("status/needs-info", "status/blocked", "wontfix"), "phase_labels": {
        "evaluation": ["status/evaluated", "status/accepted", "status/planned", "status/in-progress"],
        "investigate": ["good first issue", "documentation"], "fix": ["status/needs-info"],
        "disclose": ["status/disclosed"]}})

# (c) Escalation.

ALL = Asked(escalate=("no-progress", "urgent", "security", "production"))
SOON = Asked(
    options=("--escalate-urgent", "1d", "--production-labels", "bug, P2"), escalate=("urgent", "production"),
    escalated={"urgent": DAY, "production": ("bug", "P2")})

EVERY = [BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU, WEEKDAYS]
LEVELS = [P0_P3, CRITICAL_LOW, BUSINESS, CHANNELS, OWN]


def generated(folder: Path, asked: Asked, *, seed: int, back: int = 0, sizes: tuple[int, int, int] = (90, 50, 25)
              ) -> None:
    state = generate(issues=sizes[0], pull_requests=sizes[1], discussions=sizes[2], seed=seed, now=NOW)
    with serving(state) as github:
        said, true = both(folder, github, state.repositories()[0], asked, NOW - timedelta(hours=back))
    assert said == true


@pytest.mark.parametrize(("seed", "asked"), list(enumerate(EVERY)), ids=["Berlin", "New York", "Lord Howe", "Kathmandu", "none"])
def test_every_figure_counts_the_hours_that_were_asked_for(tmp_path: Path, seed: int, asked: Asked) -> None:
    generated(tmp_path, LONG & asked, seed=seed)


@pytest.mark.parametrize(("seed", "asked"), list(enumerate(LEVELS)), ids=["p0-p3", "critical-low", "business", "channels", "own"])
def test_every_phase_is_met_late_or_due_as_was_promised(tmp_path: Path, seed: int, asked: Asked) -> None:
    generated(tmp_path, asked, seed=seed)


@pytest.mark.parametrize(("seed", "asked"), list(enumerate(LEVELS)), ids=["p0-p3", "critical-low", "business", "channels", "own"])
def test_every_phase_counts_business_hours(tmp_path: Path, seed: int, asked: Asked) -> None:
    generated(tmp_path, EVERY[seed] & asked & ALL, seed=seed + 10)
