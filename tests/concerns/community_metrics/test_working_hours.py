"""From business hours to a calendar, and what is said where its holidays end too early."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.community_metrics.working_hours import business_calendar
from repo_vitals.config.business_hours import parse_hours
from repo_vitals.report.model import Window

if TYPE_CHECKING:
    from repo_vitals.stats.business_time import BusinessHours

HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def built(text: str, *, end: str = "2026-12-31 12:00",
          since: str = "2026-11-01") -> tuple[BusinessHours, tuple[str, ...]]:
    spec = parse_hours(text)
    assert spec is not None
    return business_calendar(spec, since=utc(since), window=Window(start=utc(end) - timedelta(days=30), end=utc(end)))


def worked(calendar: BusinessHours, day: str) -> timedelta:
    return calendar.elapsed(utc(day), utc(day) + 24 * HOUR)


def test_hours_breaks_and_zone_are_those_that_were_asked_for():
    calendar, notes = built("Wed 09:00-12:00+13:00-17:00 Asia/Kathmandu")
    assert calendar.elapsed(utc("2026-12-02 03:15"), utc("2026-12-03")) == 7 * HOUR     # 09:00 there
    assert notes == ()


def test_the_public_holidays_of_a_country_and_the_days_off_besides_are_no_working_days():
    calendar, notes = built("Mon-Fri 09:00-17:00 UTC DE-BE 2026-12-24")
    assert [worked(calendar, f"2026-12-{day}") / HOUR for day in (22, 24, 25)] == [8, 0, 0]
    assert notes == ()


def test_holidays_are_known_since_the_oldest_item_and_for_what_is_due_after_the_window():
    calendar, _ = built("Mon-Sun 09:00-17:00 UTC DE", since="2019-06-01")
    assert [worked(calendar, day) for day in ("2019-10-03", "2028-10-03")] == [timedelta(0)] * 2


def test_an_own_list_that_ends_before_the_window_is_noted_with_its_last_day():
    (note,) = built("Mon-Fri 09:00-17:00 UTC 2026-05-01 2026-10-03")[1]
    assert note == ("business-hours: the holidays listed end with 2026-10-03, before the window does; later ones count "
                    "as working days")


@pytest.mark.parametrize("more", ["2026-12-31", "2027-01-01", "DE 2026-05-01", ""])
def test_a_list_that_reaches_the_windows_end_is_not_noted(more: str):
    assert built(f"Mon-Fri 09:00-17:00 UTC {more}")[1] == ()


def test_the_windows_last_day_is_that_of_the_zone():
    last = "2026-12-31"
    assert built(f"Mon-Fri 09:00-17:00 UTC {last}", end="2026-12-31 23:00")[1] == ()
    assert built(f"Mon-Fri 09:00-17:00 Europe/Berlin {last}", end="2026-12-31 23:00")[1] != ()


def test_a_country_whose_holidays_are_not_known_for_the_whole_window_is_noted_with_the_year():
    assert built("Mon-Fri 09:00-17:00 UTC DE", end="2999-06-01 12:00", since="2999-05-01")[1] == (
        "business-hours: no public holidays of DE are known after 2100; later ones count as working days",)
    assert built("Mon-Fri 09:00-17:00 UTC DE-BE", since="1985-01-01")[1] == (
        "business-hours: no public holidays of DE-BE are known before 1991; earlier ones count as working days",)
