"""Business hours as text and as a table: what is meant, and what is said to those who wrote something else."""
from __future__ import annotations

import zoneinfo
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.config.business_hours import BUSINESS_HOURS, HoursSpec

WORKWEEK = frozenset(range(5))
NINE_TO_FIVE = HoursSpec(zone="Europe/Berlin", days=WORKWEEK, opens=time(9), closes=time(17))


def table(text: str) -> Any:
    return BUSINESS_HOURS.from_toml(tomli.loads(f"value = {text}")["value"])


def test_days_hours_and_zone_make_business_hours():
    assert BUSINESS_HOURS.parse("Mon-Fri 09:00-17:00 Europe/Berlin") == NINE_TO_FIVE


@pytest.mark.parametrize("text", ["off", "OFF\n", "", "  "])
def test_off_and_nothing_mean_that_there_are_none(text: str):
    assert BUSINESS_HOURS.parse(text) is None
    assert BUSINESS_HOURS.from_toml(text) is None
    assert BUSINESS_HOURS.show(None) == "off"


def test_zones_are_known_on_a_machine_that_has_none_of_its_own():
    zoneinfo.reset_tzpath(to=[])
    try:
        assert BUSINESS_HOURS.parse("Mon-Fri 09:00-17:00 Europe/Berlin") == NINE_TO_FIVE
        assert zoneinfo.ZoneInfo.no_cache("Europe/Berlin").utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)  # noqa: DTZ001
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.parametrize(("text", "country", "subdivision", "holidays"), [
    ("DE", "DE", None, ()),
    ("de-BE", "DE", "BE", ()),
    ("DEU", "DEU", None, ()),
    ("DE-Augsburg", "DE", "Augsburg", ()),
    ("DE 2026-12-24 2026-12-31", "DE", None, ("2026-12-24", "2026-12-31")),
    ("2026-12-24, 2026-12-31", None, None, ("2026-12-24", "2026-12-31")),
    ("2026-12-24,\n2026-12-31,", None, None, ("2026-12-24", "2026-12-31")),
])
def test_a_country_and_days_off_may_follow(
        text: str, country: str | None, subdivision: str | None, holidays: tuple[str, ...]):
    found = BUSINESS_HOURS.parse(f"Mon-Fri 09:00-17:00 UTC {text}")
    assert found is not None
    assert (found.country, found.subdivision) == (country, subdivision)
    assert found.holidays == frozenset(map(date.fromisoformat, holidays))


@pytest.mark.parametrize(("text", "days"), [
    ("Mon-Fri", {0, 1, 2, 3, 4}), ("mon,WED,Friday", {0, 2, 4}), ("Sun-Thu", {6, 0, 1, 2, 3}), ("Sat", {5}),
    ("Mon-Wed,Fri", {0, 1, 2, 4}), ("Mon-Sun", set(range(7))), ("Fri-Mon", {4, 5, 6, 0}),
    ("Mon - Tue , Fri", {0, 1, 4}),
])
def test_days_are_named_one_by_one_and_in_runs(text: str, days: set[int]):
    found = BUSINESS_HOURS.parse(f"{text} 09:00-17:00 UTC")
    assert found is not None
    assert found.days == days


@pytest.mark.parametrize(("text", "opens", "closes", "breaks"), [
    ("9:30-17:00", time(9, 30), time(17), ()),
    ("00:00-24:00", time(), time(), ()),
    ("18:00-24:00", time(18), time(), ()),
    ("22:00-06:00", time(22), time(6), ()),
    ("09:00-12:00+13:00-17:00", time(9), time(17), ((time(12), time(13)),)),
    ("09:00 - 12:00 + 13:00 - 17:00", time(9), time(17), ((time(12), time(13)),)),
    ("09:00-12:00+12:00-17:00", time(9), time(17), ()),
    ("22:00-02:00+02:30-06:00", time(22), time(6), ((time(2), time(2, 30)),)),
    ("20:00-24:00+00:30-04:00", time(20), time(4), ((time(), time(0, 30)),)),
    ("08:00-09:00+10:00-11:00+12:00-13:00", time(8), time(13), ((time(9), time(10)), (time(11), time(12)))),
])
def test_hours_may_have_breaks_and_may_end_at_midnight_or_after_it(
        text: str, opens: time, closes: time, breaks: tuple[tuple[time, time], ...]):
    found = BUSINESS_HOURS.parse(f"Mon-Fri {text} UTC")
    assert found is not None
    assert (found.opens, found.closes, found.breaks) == (opens, closes, breaks)


def test_a_table_says_the_same_with_names():
    assert table('{zone = "Europe/Berlin", hours = "09:00-17:00"}') == NINE_TO_FIVE
    assert table('"Mon-Fri 09:00-17:00 Europe/Berlin"') == NINE_TO_FIVE
    assert table('{zone = "Australia/Sydney", days = "Sun, Mon", hours = "09:00 - 12:00", country = "AU", '
                 'subdivision = "New South Wales", holidays = [2026-12-24, "2026-12-31"]}') == HoursSpec(
        zone="Australia/Sydney", days=frozenset({6, 0}), opens=time(9), closes=time(12), country="AU",
        subdivision="New South Wales", holidays=frozenset({date(2026, 12, 24), date(2026, 12, 31)}))
    assert table('{zone = "UTC", hours = "09:00-17:00", country = "DE-BE"}').subdivision == "BE"


@pytest.mark.parametrize(("text", "reason"), [
    ("always", "is not written as Mon-Fri 09:00-17:00 Europe/Berlin"),
    ("Mon-Fri 09:00-17:00", "is not written as Mon-Fri 09:00-17:00 Europe/Berlin"),
    ("Mon-Frii 09:00-17:00 UTC", r'unknown day "Frii" \(did you mean Fri\?\)'),
    ("monnday 09:00-17:00 UTC", r'unknown day "monnday" \(did you mean Mon\?\)'),
    ("X 09:00-17:00 UTC", r'unknown day "X" \(known: Fri, Mon, Sat, Sun, Thu, Tue, Wed\)'),
    ("Mon-,Fri 09:00-17:00 UTC", 'unknown day ""'),
    ("Mon-Fri 9-17 UTC", '"9-17" where hours should stand, such as 09:00-17:00'),
    ("Mon-Fri 09:00-17:60 UTC", '"17:60", which is no time between 00:00 and 24:00'),
    ("Mon-Fri 09:00-24:01 UTC", '"24:01", which is no time between 00:00 and 24:00'),
    ("Mon-Fri 09:00-09:00 UTC", "hours without length.*the whole day is 00:00-24:00"),
    ("Mon-Fri 24:00-06:00 UTC", "hours without length"),
    ("Mon-Fri 13:00-17:00+09:00-12:00 UTC", "not in order or overlap"),
    ("Mon-Fri 09:00-12:00+11:00-17:00 UTC", "not in order or overlap"),
    ("Mon-Fri 22:00-06:00+07:00-23:00 UTC", "not in order or overlap"),
    ("Mon-Fri 09:00-17:00 Europe/Berln", r'unknown zone "Europe/Berln" \(did you mean Europe/Berlin'),
    ("Mon-Fri 09:00-17:00 ../../etc/passwd", "unknown zone"),
    ("Mon-Fri 09:00-17:00 Q", r'unknown zone "Q" \(an IANA name such as UTC\)'),
    ("Mon-Fri 09:00-17:00 UTC Germany", '"Germany" where a country should stand, such as DE or DE-BE'),
    ("Mon-Fri 09:00-17:00 UTC DE 24.12.2026", '"24.12.2026" among the holidays, which is no date such as 2026-12-24'),
    ("Mon-Fri 09:00-17:00 UTC 2026-02-30", '"2026-02-30" among the holidays'),
])
def test_what_can_not_be_meant_is_refused_with_what_could(text: str, reason: str):
    with pytest.raises(ValueError, match=reason):
        BUSINESS_HOURS.parse(text)


@pytest.mark.parametrize(("text", "reason"), [
    ("8", "needs a table with zone and hours, or a string"),
    ('{hours = "09:00-17:00"}', 'lacks zone, for example zone = "Europe/Berlin"'),
    ('{zone = "UTC"}', 'lacks hours, for example hours = "09:00-17:00"'),
    ('{zone = "UTC", hours = "09:00-17:00", contry = "DE"}', r'unknown key "contry" \(did you mean country\?\)'),
    ('{zone = "UTC", hours = 9}', 'needs a string as hours, not "9"'),
    ('{zone = "UTC", hours = "09:00-17:00", subdivision = "BE"}', 'has the subdivision "BE" but no country'),
    ('{zone = "UTC", hours = "09:00-17:00", country = "DE-BE", subdivision = "BY"}', "gives the subdivision twice"),
    ('{zone = "UTC", hours = "09:00-17:00", holidays = "2026-12-24"}', "needs an array of dates as holidays"),
    ('{zone = "UTC", hours = "09:00-17:00", holidays = [2026-12-24T12:00:00Z]}', "holidays, which is no date"),
    ('{zone = "UTC", hours = "09:00-17:00", holidays = [7]}', '"7" among the holidays, which is no date'),
])
def test_a_table_that_says_something_else_is_refused(text: str, reason: str):
    with pytest.raises(ValueError, match=reason):
        table(text)


@st.composite
def specs(draw: st.DrawFn) -> HoursSpec:
    minutes = sorted(draw(st.sets(st.integers(0, 24 * 60), min_size=2, max_size=6)))
    if len(minutes) % 2:
        minutes.pop()
    shift = draw(st.sampled_from([0, 0, 22 * 60]))
    spans = [(start + shift, end + shift) for start, end in zip(minutes[::2], minutes[1::2], strict=True)]
    # Only within a span may the day end: hours that begin after midnight are another day's.
    if shift and not (spans[0][0] < 24 * 60 < spans[0][1]):
        spans = [(22 * 60, 30 * 60)]
    edges = [time(edge // 60 % 24, edge % 60) for span in spans for edge in span]
    breaks = tuple(zip(edges[1:-1:2], edges[2:-1:2], strict=True))
    country = draw(st.sampled_from([None, "DE"]))
    return HoursSpec(
        zone=draw(st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT-14"])),
        days=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))), opens=edges[0], closes=edges[-1], breaks=breaks,
        country=country, subdivision=draw(st.sampled_from([None, "BE"])) if country else None,
        holidays=frozenset(draw(st.lists(st.dates(date(2000, 1, 1), date(2100, 1, 1)), max_size=3))))


@given(specs())
def test_business_hours_read_back_as_they_are_shown(spec: HoursSpec):
    assert BUSINESS_HOURS.parse(BUSINESS_HOURS.show(spec)) == spec


@pytest.mark.parametrize("text", [
    "Mon-Fri 09:00-17:00 Europe/Berlin DE-BE 2026-12-24", "Sun-Thu 00:00-24:00 UTC", "Mon,Wed,Fri 22:00-06:00 UTC",
    "Mon,Tue 09:00-12:00+13:00-17:00 UTC", "Mon-Sun 18:00-24:00 UTC", "Wed,Fri-Mon 09:00-17:00 UTC",
])
def test_business_hours_are_shown_as_people_write_them(text: str):
    assert str(BUSINESS_HOURS.parse(text)) == text


def test_a_date_with_a_time_is_no_holiday_even_from_a_reader_of_dates():
    with pytest.raises(ValueError, match="no date"):
        BUSINESS_HOURS.from_toml({"zone": "UTC", "hours": "09:00-17:00", "holidays": [datetime(2026, 12, 24)]})  # noqa: DTZ001
