"""Working time against counting it minute by minute, over clocks that change and hours that run past midnight."""
from __future__ import annotations

import time as stopwatch
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.stats.business_time import AROUND_THE_CLOCK, NEVER, WEEKDAYS, BusinessHours

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
WORKWEEK = frozenset(range(5))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)


def hours(opens: str = "09:00", closes: str = "17:00", zone: str = "UTC", *, days: frozenset[int] = WORKWEEK,
          breaks: tuple[tuple[str, str], ...] = (), holidays: tuple[str, ...] = ()) -> BusinessHours:
    return BusinessHours(
        zone=ZoneInfo(zone), days=days, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes),
        breaks=tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in breaks),
        holidays=frozenset(map(date.fromisoformat, holidays)))


# 2026-03-06 is a Friday.

def test_only_the_hours_of_working_days_count():
    calendar = hours()
    assert calendar.elapsed(utc("2026-03-06 16:00"), utc("2026-03-09 10:00")) == 2 * HOUR
    assert calendar.elapsed(utc("2026-03-07 00:00"), utc("2026-03-09 09:00")) == timedelta(0)
    assert calendar.elapsed(utc("2026-03-02 00:00"), utc("2026-03-09 00:00")) == 40 * HOUR


def test_a_span_ends_as_soon_as_it_has_passed():
    calendar = hours()
    assert calendar.after(utc("2026-03-06 16:00"), HOUR) == utc("2026-03-06 17:00")     # not Monday at 9
    assert calendar.after(utc("2026-03-06 16:00"), 2 * HOUR) == utc("2026-03-09 10:00")
    assert calendar.after(utc("2026-03-07 12:00"), timedelta(0)) == utc("2026-03-07 12:00")


def test_nothing_passes_backwards():
    for calendar in (hours(), AROUND_THE_CLOCK, WEEKDAYS):
        assert calendar.elapsed(utc("2026-03-06 12:00"), utc("2026-03-05 12:00")) == timedelta(0)
        assert calendar.after(utc("2026-03-06 12:00"), -HOUR) == utc("2026-03-06 12:00")


def test_holidays_are_no_working_days():
    calendar = hours(holidays=("2026-03-09",))
    assert calendar.elapsed(utc("2026-03-06 16:00"), utc("2026-03-10 10:00")) == 2 * HOUR


def test_around_the_clock_every_moment_counts():
    assert AROUND_THE_CLOCK.day == DAY
    assert AROUND_THE_CLOCK.elapsed(utc("2026-03-06 16:00"), utc("2026-03-09 16:00")) == 3 * DAY
    assert AROUND_THE_CLOCK.after(utc("2026-03-06 16:00"), 3 * DAY) == utc("2026-03-09 16:00")


def test_weekdays_are_monday_to_friday_in_utc_from_midnight_to_midnight():
    assert WEEKDAYS.day == DAY
    assert WEEKDAYS.elapsed(utc("2026-03-06 18:00"), utc("2026-03-09 06:00")) == 12 * HOUR
    assert WEEKDAYS.after(utc("2026-03-06 18:00"), 2 * DAY) == utc("2026-03-10 18:00")
    assert WEEKDAYS.elapsed(utc("2026-12-24 00:00"), utc("2026-12-26 00:00")) == 2 * DAY


@pytest.mark.parametrize(("calendar", "length"), [
    (hours(), 8), (hours("00:00", "00:00"), 24), (hours("18:00", "00:00"), 6), (hours("22:00", "06:00"), 8),
    (hours("09:00", "17:00", breaks=(("12:00", "13:00"),)), 7),
    (hours("22:00", "06:00", breaks=(("23:30", "00:30"), ("02:00", "03:00"))), 6),
])
def test_a_day_is_as_long_as_its_hours(calendar: BusinessHours, length: int):
    assert calendar.day == length * HOUR


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin():
    calendar = hours("22:00", "06:00", holidays=("2026-03-10",))
    assert calendar.elapsed(utc("2026-03-06 00:00"), utc("2026-03-06 12:00")) == 6 * HOUR       # of Thursday
    assert calendar.elapsed(utc("2026-03-07 00:00"), utc("2026-03-07 12:00")) == 6 * HOUR       # of Friday
    assert calendar.elapsed(utc("2026-03-09 00:00"), utc("2026-03-09 12:00")) == timedelta(0)   # Sunday had none
    assert calendar.elapsed(utc("2026-03-10 00:00"), utc("2026-03-10 12:00")) == 6 * HOUR       # Monday's, in a holiday
    assert calendar.elapsed(utc("2026-03-11 00:00"), utc("2026-03-11 12:00")) == timedelta(0)   # the holiday's own


def test_hours_past_midnight_run_into_the_new_year():
    calendar = hours("22:00", "06:00")
    assert calendar.elapsed(utc("2025-12-31 21:00"), utc("2026-01-01 07:00")) == 8 * HOUR
    assert calendar.after(utc("2025-12-31 21:00"), 5 * HOUR) == utc("2026-01-01 03:00")


@pytest.mark.parametrize(("zone", "opens", "closes"), [("America/New_York", "18:00", "22:00"),
                                                       ("Europe/Berlin", "00:00", "04:00")])
def test_around_the_new_year_the_year_is_that_of_the_zone(zone: str, opens: str, closes: str):
    calendar = hours(opens, closes, zone, days=frozenset(range(7)))
    start = at(f"2025-12-31 {opens}", zone)
    for begun in range(24):
        for days in (0, 1):
            passed = calendar.elapsed(start + days * DAY + (begun + 0.5) * HOUR, start + 3 * DAY)
            assert passed == (max(3.5 - begun, 0) + 4 * (2 - days)) * HOUR


def test_a_break_does_not_count():
    calendar = hours(breaks=(("12:00", "13:00"),))
    assert calendar.elapsed(utc("2026-03-06 11:30"), utc("2026-03-06 13:30")) == HOUR
    assert calendar.after(utc("2026-03-06 11:30"), HOUR) == utc("2026-03-06 13:30")


def test_the_hours_are_those_of_the_zone_in_summer_and_in_winter():
    calendar = hours(zone="America/New_York")
    assert calendar.after(utc("2026-01-15 00:00"), HOUR) == utc("2026-01-15 15:00")
    assert calendar.after(utc("2026-07-15 00:00"), HOUR) == utc("2026-07-15 14:00")


# Berlin's clock goes from 02:00 to 03:00 on 2026-03-29 and from 03:00 back to 02:00 on 2026-10-25, both Sundays.

@pytest.mark.parametrize(("opens", "closes", "spring", "autumn"), [
    ("00:00", "00:00", 23, 25),         # the change lies within the hours
    ("01:00", "04:00", 2, 4),
    ("02:30", "04:00", 1, 2.5),         # skipped: begins with the skip; shown twice: begins the first time
    ("01:00", "02:30", 1, 1.5),         # skipped: ends with the skip; shown twice: ends the first time
    ("02:15", "02:45", 0, 0.5),
    ("02:00", "03:00", 0, 2),
    ("03:00", "04:00", 1, 1),
])
def test_a_day_on_which_the_clock_changes_is_as_long_as_it_really_is(
        opens: str, closes: str, spring: float, autumn: float):
    calendar = hours(opens, closes, "Europe/Berlin", days=frozenset({6}))
    assert calendar.elapsed(utc("2026-03-28 12:00"), utc("2026-03-30 12:00")) == spring * HOUR
    assert calendar.elapsed(utc("2026-10-24 12:00"), utc("2026-10-26 12:00")) == autumn * HOUR


def test_a_change_by_half_an_hour_counts_as_half_an_hour():
    calendar = hours("00:00", "00:00", "Australia/Lord_Howe", days=frozenset({6}))
    day = at("2026-04-05 00:00", "Australia/Lord_Howe")
    assert calendar.elapsed(day, day + 2 * DAY) == 24.5 * HOUR


def test_a_day_that_a_clock_skipped_has_no_working_time():
    friday = hours(zone="Pacific/Apia", days=frozenset({4}))      # 2011-12-30 did not exist in Samoa
    assert friday.elapsed(utc("2011-12-28 00:00"), utc("2012-01-02 00:00")) == timedelta(0)
    every_day = hours("00:00", "00:00", "Pacific/Apia", days=frozenset(range(7)))
    assert every_day.elapsed(utc("2011-12-20 00:00"), utc("2012-01-10 00:00")) == 21 * DAY


def test_a_midnight_that_does_not_exist_or_exists_twice_neither_loses_nor_counts_an_hour_twice():
    every_day = hours("00:00", "00:00", "America/Havana", days=frozenset(range(7)))
    for start, end in (("2026-03-07 00:00", "2026-03-10 00:00"), ("2026-10-31 00:00", "2026-11-03 00:00")):
        assert every_day.elapsed(utc(start), utc(end)) == utc(end) - utc(start)


@pytest.mark.parametrize("holidays", [
    tuple(str(date(2026, 1, 1) + DAY * day) for day in range(365 * 210)),
])
def test_where_no_working_time_is_left_the_answer_is_never(holidays: tuple[str, ...]):
    calendar = hours(holidays=holidays)
    assert calendar.after(utc("2026-03-06 12:00"), HOUR) == NEVER
    assert calendar.elapsed(utc("2026-03-06 12:00"), utc("2036-03-06 12:00")) == timedelta(0)


@pytest.mark.parametrize(("days", "breaks", "reason"), [
    (frozenset(), (), "no working day"),
    ({7}, (), "not between 0 and 6"),
    (WORKWEEK, (("08:00", "10:00"),), "breaks"),
    (WORKWEEK, (("12:00", "12:00"),), "breaks"),
    (WORKWEEK, (("14:00", "15:00"), ("12:00", "13:00")), "breaks"),
    (WORKWEEK, (("16:00", "17:00"),), "breaks"),
])
def test_hours_that_can_not_be_are_refused(days: frozenset[int], breaks: tuple[tuple[str, str], ...], reason: str):
    with pytest.raises(ValueError, match=reason):
        hours(days=frozenset(days), breaks=breaks)


# Counting. A zone's clock "shows at most" a time until it first shows a later one; while it repeats an hour it stands.

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
         "America/Havana")
# Around clock changes of these zones (Samoa skipped a day and had summer time then), a new year and plain days.
DATES = ("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2011-12-30", "2012-04-01",
         "2011-12-31", "2026-06-10")


_MINUTES = 5 * 24 * 60


@cache
def shown(zone: str, middle: str) -> tuple[tuple[datetime, datetime], ...]:
    """Every minute of five days, and the latest time that the zone's clock has shown by then."""
    first = utc(middle) - 2 * DAY
    minutes, latest = [], datetime(1, 1, 1)     # noqa: DTZ001 - of a clock
    for number in range(-5 * 60, _MINUTES):
        moment = first + number * MINUTE
        latest = max(latest, moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None))
        if number >= 0:
            minutes.append((moment, latest))
    return tuple(minutes)


def counts(calendar: BusinessHours, clock: datetime) -> bool:
    """Whether the minute at which a clock shows this is working time: of this day's hours or of the day before's."""
    for day in (clock.date(), clock.date() - DAY):
        start = datetime.combine(day, calendar.opens)
        end = datetime.combine(day, calendar.closes)
        if calendar.closes <= calendar.opens:
            end += DAY
        pauses = []
        for begins, stops in calendar.breaks:
            edges = [datetime.combine(day, edge) for edge in (begins, stops)]
            pauses.append([edge if edge >= start else edge + DAY for edge in edges])
        if (day.weekday() in calendar.days and day not in calendar.holidays and start <= clock < end
                and not any(begins <= clock < stops for begins, stops in pauses)):
            return True
    return False


def clock_times() -> st.SearchStrategy[time]:
    return st.builds(time, st.integers(0, 23), st.sampled_from([0, 0, 15, 30, 59]))


@st.composite
def calendars(draw: st.DrawFn, zone: str, middle: str) -> BusinessHours:
    around = utc(middle).date()
    opens, closes = draw(clock_times()), draw(clock_times())
    length = (datetime.combine(around, closes) - datetime.combine(around, opens)) % DAY or DAY
    breaks: tuple[tuple[time, time], ...] = ()
    if length > 2 * MINUTE and draw(st.booleans()):
        cuts = sorted(draw(st.sets(st.integers(1, length // MINUTE - 1), min_size=2, max_size=2)))
        begins, stops = ((datetime.combine(around, opens) + cut * MINUTE).time() for cut in cuts)
        breaks = ((begins, stops),)
    return BusinessHours(
        zone=ZoneInfo(zone), days=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))), opens=opens, closes=closes,
        breaks=breaks, holidays=frozenset(around + DAY * day for day in draw(st.sets(st.integers(-3, 3), max_size=2))))


SITUATIONS = st.tuples(st.sampled_from(ZONES), st.sampled_from(DATES))


@given(SITUATIONS.flatmap(lambda at: st.tuples(st.just(at), calendars(*at))),
       st.integers(0, _MINUTES - 1), st.integers(0, _MINUTES - 1), st.integers(0, _MINUTES))
def test_working_time_is_what_counting_its_minutes_gives(
        drawn: tuple[tuple[str, str], BusinessHours], one: int, other: int, wanted: int):
    (zone, middle), calendar = drawn
    minutes = shown(zone, middle)
    first, last = min(one, other), max(one, other)
    working = [moment for moment, clock in minutes[first:] if counts(calendar, clock)]

    elapsed = calendar.elapsed(minutes[first][0], minutes[last][0])
    assert elapsed == MINUTE * sum(moment < minutes[last][0] for moment in working)
    if 0 < wanted <= len(working):
        assert calendar.after(minutes[first][0], wanted * MINUTE) == working[wanted - 1] + MINUTE


MOMENTS = st.datetimes(min_value=datetime(2023, 1, 1), max_value=datetime(2028, 1, 1)).map(   # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=timezone.utc))
ANY = SITUATIONS.flatmap(lambda at: calendars(*at))


@given(ANY, st.tuples(MOMENTS, MOMENTS, MOMENTS))
def test_working_time_adds_up_and_never_exceeds_real_time(
        calendar: BusinessHours, moments: tuple[datetime, datetime, datetime]):
    start, middle, end = sorted(moments)
    parts = calendar.elapsed(start, middle), calendar.elapsed(middle, end)
    assert calendar.elapsed(start, end) == sum(parts, timedelta(0))
    assert all(timedelta(0) <= part for part in parts)
    assert parts[0] <= middle - start


DAYS = st.floats(0, 100)


@given(ANY, MOMENTS, DAYS)
def test_after_is_the_earliest_moment_by_which_a_span_has_elapsed(
        calendar: BusinessHours, start: datetime, days: float):
    span = calendar.day * days
    end = calendar.after(start, span)
    assert end.tzinfo is timezone.utc
    assert calendar.elapsed(start, end) == span
    assert end == start or calendar.elapsed(start, end - timedelta(microseconds=1)) < span


@given(ANY, MOMENTS, st.tuples(DAYS, DAYS))
def test_a_longer_span_does_not_end_earlier(calendar: BusinessHours, start: datetime, days: tuple[float, float]):
    assert calendar.after(start, calendar.day * min(days)) <= calendar.after(start, calendar.day * max(days))


def test_years_of_many_items_are_counted_in_no_time():
    calendar = hours(zone="Europe/Berlin", breaks=(("12:00", "13:00"),))
    start = utc("2010-01-01 00:00")
    begun = stopwatch.process_time()
    for number in range(40_000):
        opened = start + number * 77 * MINUTE
        calendar.elapsed(opened, opened + 700 * DAY)
        calendar.after(opened, 400 * HOUR)
    assert stopwatch.process_time() - begun < 4     # an eighth of that on a machine of today
