"""The truth's working time, against days counted by hand. 2026-01-31, the scene's now, is a Saturday, 06:00 UTC."""
from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.simulator.truth import truth
from repo_vitals.simulator.truth_hours import WEEKDAYS, Hours, WorkingDays
from support.simulated import Scene

HOUR = 3600
BERLIN = Hours(zone=ZoneInfo("Europe/Berlin"), days=frozenset(range(5)), opens=time(9), closes=time(17),
               holidays=frozenset({date(2026, 1, 1)}))


def at(text: str, zone: Any = timezone.utc) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(("start", "end", "hours"), [
    ("2026-01-26 08:00", "2026-01-26 16:00", 8),        # Monday, 09:00 to 17:00 in Berlin
    ("2026-01-26 00:00", "2026-01-27 00:00", 8),
    ("2026-01-26 08:30", "2026-01-26 09:15:30", 0.75 + 30 / HOUR),
    ("2026-01-30 15:00", "2026-02-02 09:00", 2),        # Friday 16:00 to Monday 10:00
    ("2026-01-31 00:00", "2026-02-02 00:00", 0),
    ("2025-12-31 08:00", "2026-01-02 16:00", 16),       # a holiday between
    ("2026-03-27 16:00", "2026-03-30 15:00", 8),        # over the change to summer time
    ("2026-06-01 07:00", "2026-06-01 07:30", 0.5),      # 09:00 there, in summer
    ("2026-01-26 09:00", "2026-01-26 08:00", 0),
    ("2026-01-01 00:00", "2027-01-01 00:00", 8 * 260),  # 261 weekdays, one of them a holiday
])
def test_seconds_within_the_hours(start: str, end: str, hours: float) -> None:
    assert BERLIN.seconds(at(start), at(end)) == hours * HOUR


def test_hours_can_run_past_midnight_and_have_breaks() -> None:
    night = Hours(zone=timezone.utc, days=frozenset({0}), opens=time(22), closes=time(6),
                  breaks=((time(23, 30), time(0)), (time(2), time(2, 15))))
    assert night.day == 7.25 * HOUR
    assert night.seconds(at("2026-01-26 00:00"), at("2026-01-27 00:00")) == 1.5 * HOUR
    assert night.seconds(at("2026-01-27 00:00"), at("2026-01-28 00:00")) == 5.75 * HOUR
    assert WEEKDAYS.day == 24 * HOUR
    assert BERLIN.day == 8 * HOUR


def test_a_day_on_which_the_clock_changes_is_as_long_as_it_is() -> None:
    whole = Hours(zone=ZoneInfo("Europe/Berlin"), days=frozenset({6}), opens=time(), closes=time())
    assert whole.seconds(at("2026-03-28 00:00"), at("2026-03-31 00:00")) == 23 * HOUR
    assert whole.seconds(at("2026-10-24 00:00"), at("2026-10-27 00:00")) == 25 * HOUR


def test_only_quarters_of_an_hour_are_counted() -> None:
    with pytest.raises(ValueError, match="09:05:00 is no quarter of an hour"):
        Hours(zone=timezone.utc, days=frozenset({0}), opens=time(9, 5), closes=time(17))


@given(st.lists(st.integers(0, 40 * 86_400), min_size=3, max_size=3).map(sorted))
def test_time_adds_up(offsets: list[int]) -> None:
    first, second, third = (at("2026-03-10 00:00") + timedelta(seconds=offset) for offset in offsets)
    assert BERLIN.seconds(first, second) + BERLIN.seconds(second, third) == BERLIN.seconds(first, third)
    assert 0 <= BERLIN.seconds(first, third) <= (third - first).total_seconds()


def figures(scene: Scene, **more: Any) -> dict[str, Any]:
    found = truth(scene.state, **{"now": scene.now, "hours": BERLIN, **more})
    return {"/".join([name, *(value for _, value in labels)]): value for (name, labels), value in found.items()}


# Hours before now: Friday 17:00 in Berlin is -14, Friday 09:00 is -22, Thursday 17:00 is -38, Thursday 09:00 is -46.

def test_every_clock_counts_working_time_only() -> None:
    scene = Scene()
    scene.issue(at=-50).comment(by="bob", at=-20).label("bug", at=-21).close(at=-15)
    scene.pull_request(at=-40, draft=True).ready(at=-39).draft(at=-36).ready(at=-20).review(by="bob", at=-19)
    scene.discussion(at=-48).comment(by="bob", at=-44).answer(at=-43)
    found = figures(scene, kpis=True)
    assert {name: value / HOUR for name, value in found.items() if name.endswith("seconds/0.5") and value is not None} \
        == {
            "issue_first_response_seconds/0.5": 10, "issue_first_response_answered_seconds/0.5": 10,
            "issue_triage_seconds/0.5": 9, "issue_resolution_seconds/0.5": 15,
            "pull_request_first_response_seconds/0.5": 2, "pull_request_first_response_answered_seconds/0.5": 2,
            "pull_request_first_review_seconds/0.5": 2, "discussion_first_response_seconds/0.5": 2,
            "discussion_answer_seconds/0.5": 3,
            # The time spent as a draft is calendar time.
            "pull_request_draft_seconds/0.5": 17,
        }


@pytest.mark.parametrize(("labels", "waited"), [
    ((), 0), (("priority/high",), 0), (("P0",), 10), (("priority/critical",), 10), (("type/security", "bug"), 10),
])
def test_what_is_always_on_waits_at_night_too(labels: tuple[str, ...], waited: float) -> None:
    scene = Scene()
    scene.issue(at=-11, labels=labels).comment(by="bob", at=-1)
    assert figures(scene)["issue_first_response_seconds/0.5"] == waited * HOUR
    assert figures(scene, always_on=())["issue_first_response_seconds/0.5"] == 0


def test_critical_and_p0_are_one_priority_to_the_clock_too() -> None:
    scene = Scene()
    scene.issue(at=-11, labels=("P0",)).comment(by="bob", at=-1)
    assert figures(scene, always_on=["Critical"])["issue_first_response_seconds/0.5"] == 10 * HOUR


@pytest.mark.parametrize(("opened", "target", "awaiting"), [
    (-46, timedelta(hours=16), 0), (-46.5, timedelta(hours=15), 1),     # 16 working hours, on two days
    (-46, WorkingDays(2), 0), (-46, WorkingDays(1.75), 1),
])
def test_a_target_is_one_of_working_hours(opened: float, target: Any, awaiting: int) -> None:
    scene = Scene()
    scene.issue(at=opened)
    assert figures(scene, response_target=target)["issues_awaiting_response"] == awaiting


@pytest.mark.parametrize(("opened", "answered", "ratio"), [
    (-46, -22, 1), (-46, -13, 1),       # answered on Friday after hours: no more than 16 working hours
    (-54, -13, 1), (-47, -12, 1), (-70, -22, 1), (-71, -21, 0),
])
def test_an_answer_out_of_hours_is_as_late_as_the_hours_were_long(opened: float, answered: float, ratio: float) -> None:
    scene = Scene()
    scene.issue(at=opened).comment(by="bob", at=answered)
    assert figures(scene, response_target=WorkingDays(2))["issue_response_sla_ratio/none"] == ratio


def test_business_days_without_hours_are_weekdays_in_utc() -> None:
    scene = Scene()
    scene.issue(at=-54).comment(by="bob", at=-0.5)              # Thursday, 00:00, to Saturday: two whole weekdays
    scene.issue(at=-55).comment(by="bob", at=-0.5)              # an hour more
    found = figures(scene, hours=None, response_target=WorkingDays(2))
    assert found["issue_response_sla_ratio/none"] == 0.5
    assert found["issue_first_response_seconds/0.9"] == 54.5 * HOUR     # what is no target is calendar time


def test_the_mean_is_on_the_clock_of_its_own_limit() -> None:
    scene = Scene()
    scene.issue(at=-54).comment(by="bob", at=-0.5)
    found = [figures(scene, hours=None, mean_limit=limit)["issue_first_response_answered_mean_seconds"] / HOUR
             for limit in (timedelta(hours=48), WorkingDays(2))]
    assert found == [53.5, 48]
