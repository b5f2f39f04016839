"""Public holidays, held to dates that calendars on the wall show."""
from __future__ import annotations

import sys
from datetime import date

import pytest

from repo_vitals.errors import InputError
from repo_vitals.sources.public_holidays import countries, public_holidays, subdivisions


def dates(country: str, subdivision: str | None, year: int) -> set[str]:
    return {f"{day:%m-%d}" for day in public_holidays(country, subdivision, range(year, year + 1)).dates}


def test_germanys_holidays_are_those_of_all_its_states():
    assert dates("DE", None, 2026) == {"01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"}


def test_a_subdivision_adds_its_own():
    assert dates("DE", "BE", 2026) - dates("DE", None, 2026) == {"03-08"}
    assert "11-01" in dates("DE", "BY", 2026)


def test_a_holiday_is_taken_when_it_is_observed():
    # 4 July 2026 is a Saturday; the day off is the Friday before.
    assert "07-03" in dates("US", None, 2026)
    assert "12-28" in dates("GB", "ENG", 2026)      # Boxing Day, a Saturday


def test_holidays_that_move_with_the_moon_are_known():
    assert "03-20" in dates("TR", None, 2026)       # the end of Ramadan


def test_every_year_that_is_asked_for_is_read():
    found = public_holidays("DE", None, range(2024, 2028)).dates
    assert {day.year for day in found} == {2024, 2025, 2026, 2027}
    assert date(2025, 4, 18) in found


def test_the_years_that_the_library_knows_are_told():
    found = public_holidays("DE", None, range(2026, 2027))
    assert found.first_year <= 2008
    assert found.last_year >= 2035


def test_years_beyond_have_none():
    end = public_holidays("DE", None, ()).last_year
    assert public_holidays("DE", None, range(end + 1, end + 2)).dates == frozenset()


def test_countries_are_known_by_codes_of_two_and_of_three_letters():
    assert {"DE", "DEU", "US", "GB", "UK", "IN", "JP"} <= countries()
    assert dates("DEU", None, 2026) == dates("DE", None, 2026)


def test_subdivisions_are_known_by_code_and_by_name():
    assert subdivisions("DE")["be"] == subdivisions("DE")["berlin"] == "BE"
    assert subdivisions("AU")["new south wales"] == "NSW"
    assert subdivisions("SG") == {}


def test_without_the_extra_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(InputError, match=r"need the extra `calendar`"):
        countries()
