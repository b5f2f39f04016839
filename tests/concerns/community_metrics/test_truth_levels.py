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
from support.levels import PHASE_LABELS, Asked, both, promised
from support.simulated import NOW, Scene, serving

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State

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
             "--label-aliases", """Stale = status/blocked
                                   status/needs-triage = status/accepted
                                   severity: critical = priority/high""",
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
        **PHASE_LABELS, "investigate": ["good first issue", "documentation"], "fix": ["status/needs-info"]}})

# (c) Escalation.

ALL = Asked(escalate=("no-progress", "urgent", "security", "production"))
SOON = Asked(
    options=("--escalate-urgent", "1d", "--production-labels", "bug, P2"), escalate=("urgent", "production"),
    escalated={"urgent": DAY, "production": ("bug", "P2")}, words={"urgent": "urgent issue open for over 24 h"})

# The labels of support/change_means.py, so that they end phases and affect production.
CHANGED = Asked(
    options=("--phase-labels", "investigate: kind: question\nfix: good first issue", "--production-labels", "P0"),
    terms={"phase_labels": {**PHASE_LABELS, "investigate": ["kind: question"], "fix": ["good first issue"]}},
    escalated={"production": ["P0"]})

HOURS = {"Berlin": BERLIN, "New York": NEW_YORK, "Lord Howe": LORD_HOWE, "Kathmandu": KATHMANDU, "weekdays": WEEKDAYS}
LEVELS = {"p0-p3": P0_P3, "critical-low": CRITICAL_LOW, "business": BUSINESS, "channels": CHANNELS, "own": OWN}


def held(folder: Path, state: State, repository: Repository, asked: Asked, clock: datetime) -> None:
    """Everything that the report says is true."""
    with serving(state) as github:
        said, true = both(folder, github, repository, asked, clock)
    assert said == true


def held_on_any(folder: Path, seed: int, asked: Asked, *, back: timedelta = timedelta(0),
                sizes: tuple[int, int, int] = (60, 35, 15)) -> None:
    state = generate(issues=sizes[0], pull_requests=sizes[1], discussions=sizes[2], seed=seed, now=NOW)
    held(folder, state, state.repositories()[0], asked, NOW - back)


@pytest.mark.parametrize("place", HOURS)
def test_every_figure_counts_the_hours_that_were_asked_for(tmp_path: Path, place: str) -> None:
    held_on_any(tmp_path, len(place), LONG & HOURS[place])


@pytest.mark.parametrize("levels", LEVELS)
def test_every_phase_is_met_late_or_due_as_was_promised(tmp_path: Path, levels: str) -> None:
    held_on_any(tmp_path, len(levels), LEVELS[levels])


@pytest.mark.parametrize(("place", "levels"), list(zip(HOURS, LEVELS, strict=True)))
def test_every_phase_counts_the_hours_too(tmp_path: Path, place: str, levels: str) -> None:
    held_on_any(tmp_path, len(levels), HOURS[place] & LEVELS[levels] & ALL)


def test_what_is_late_is_late_as_of_any_moment(tmp_path: Path) -> None:
    held_on_any(tmp_path, 4, OWN & SOON, back=timedelta(days=40, hours=7))


@given(sequence=sequences(least=40, most=120), place=st.sampled_from([None, *HOURS]), levels=st.sampled_from([*LEVELS]))
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_all_of_it_is_true_whatever_has_happened(
        tmp_path_factory: pytest.TempPathFactory, sequence: Sequence, place: str | None, levels: str) -> None:
    scene = Scene()
    *_, (last, _) = sequence.play(scene.state, scene.repository, begin=NOW)
    asked = HOURS.get(place or "", Asked()) & LEVELS[levels] & CHANGED & ALL
    held(tmp_path_factory.mktemp("run"), scene.state, scene.repository, asked, last + timedelta(seconds=1))


@pytest.mark.slow
@given(seed=st.integers(0, 10**6), place=st.sampled_from([None, *HOURS]), levels=st.sampled_from([*LEVELS]),
       days=st.sampled_from([1, 7, 30, 90, 365]), hours=st.sampled_from([0, 1, 500, 2000]),
       escalated=st.sampled_from([Asked(), ALL, SOON]))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_all_of_it_is_true_of_any_repository_window_and_moment(
        tmp_path_factory: pytest.TempPathFactory, seed: int, place: str | None, levels: str, days: int, hours: int,
        escalated: Asked) -> None:
    asked = HOURS.get(place or "", Asked()) & LEVELS[levels] & escalated & Asked(window=timedelta(days=days))
    held_on_any(tmp_path_factory.mktemp("run"), seed, asked, back=timedelta(hours=hours))
