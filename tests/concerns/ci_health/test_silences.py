"""When a monitor that records nothing any more is called silent: days from some beginning."""
from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.ci_health.facts import Recorded
from repo_vitals.concerns.ci_health.schedules import longest_gap, silences
from support.ci import at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

WEEKLY = [day * 7.0 for day in range(60)]
DAILY = [float(day) for day in range(90)]
MONTHLY = [0.0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365, 396]


def moments(days: Sequence[float]) -> list[datetime]:
    return [at(24 * day) for day in sorted(days)]


def is_silent(records: Sequence[datetime], now: datetime) -> bool:
    """What a check says that knows the records up to its time."""
    known = [record for record in records if record <= now]
    recorded = {"faq": Recorded(last=known[-1], longest_gap=longest_gap(known))}
    return bool(silences(recorded, {}, end=now, own="ci-health"))


def burst(begins: float, count: int, over: float) -> list[float]:
    return [begins + over * place / count for place in range(count)]


@pytest.mark.parametrize("days", [
    pytest.param(WEEKLY, id="weekly"), pytest.param(MONTHLY, id="monthly"), pytest.param(DAILY, id="daily"),
    pytest.param([*WEEKLY, *burst(101.5, 20, 0.2)], id="weekly with 20 pushes in an afternoon"),
    pytest.param([*WEEKLY, *burst(101.5, 20, 3)], id="weekly with 20 pushes in three days"),
    pytest.param([*WEEKLY, *burst(101.5, 20, 20)], id="weekly with a push a day for 20 days"),
    pytest.param([*WEEKLY, *burst(0, 20, 3)], id="weekly, set up with 20 pushes"),
    pytest.param([*MONTHLY, *burst(95, 20, 3)], id="monthly with 20 pushes in three days"),
    pytest.param([day / 4 for day in range(200)], id="every six hours"),
])
def test_a_monitor_that_keeps_to_its_time_is_never_silent_and_one_that_stops_is(days: list[float]) -> None:
    records = moments(days)
    end = records[-1]
    now, alarms = records[0], []
    while now <= end:
        if is_silent(records, now):
            alarms.append(now)
        now += timedelta(hours=6)
    assert alarms == []
    longest = max(later - former for former, later in pairwise(records))
    assert is_silent(records, end + max(timedelta(days=2), 3 * longest) + timedelta(hours=1))


def test_of_too_few_records_or_too_short_a_time_nothing_is_said() -> None:
    for days in ([0.0], [0.0, 30], burst(0, 20, 0.1), burst(0, 20, 6)):
        assert longest_gap(moments(days)) is None
        assert not is_silent(moments(days), at(24 * 9000))


def test_a_gap_of_long_ago_does_not_hide_a_silence_of_now() -> None:
    assert longest_gap(moments([*DAILY, *(200 + day for day in DAILY)])) == timedelta(days=1)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_the_longest_gap_is_one_between_two_records_that_follow_each_other(hours: list[int]) -> None:
    records = [at(hour) for hour in hours]
    ordered = sorted(set(records))
    found = longest_gap(records)
    assert found is None or found in {later - former for former, later in pairwise(ordered)}
