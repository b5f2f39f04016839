"""Instants are read and written in one way."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.clock import BusinessDays, format_instant, in_words, now, parse_instant
from repo_vitals.errors import InputError


@pytest.mark.parametrize("text", [
    "2026-01-31T06:00:00Z", "2026-01-31T06:00:00+00:00", "2026-01-31t06:00z", "2026-01-31 07:00:00+0100",
    "2026-01-31T06:00:00.000Z", "2026-01-30T22:00:00-08:00", " 2026-01-31T06:00 ",
])
def test_forms_of_one_instant_are_the_same(text: str) -> None:
    assert parse_instant(text) == datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-01-31T25:00:00Z", "1769839200", "2026-01-31Z"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_instant(text)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001
def test_an_instant_reads_back_to_the_second(moment: datetime) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone.utc)
    assert parse_instant(format_instant(aware)) == aware


def test_the_clock_can_be_replaced() -> None:
    assert format_instant(now({"REPO_VITALS_NOW": "2026-01-31T06:00:00.5Z"})) == "2026-01-31T06:00:00Z"
    assert abs(now({}) - datetime.now(timezone.utc)) < timedelta(seconds=5)


def test_a_clock_that_cant_be_read_is_the_callers_mistake() -> None:
    with pytest.raises(InputError, match='REPO_VITALS_NOW: \'noon\' is not an ISO 8601 instant'):
        now({"REPO_VITALS_NOW": "noon"})


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59-08:00", "9500-01-01"])
def test_a_clock_at_the_end_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="REPO_VITALS_NOW"):
        now({"REPO_VITALS_NOW": text})


@pytest.mark.parametrize(("seconds", "words"), [
    (0, "0 s"), (0.0004, "0 s"), (0.0342, "34 ms"), (0.999, "999 ms"), (0.9996, "1 s"), (1.24, "1.2 s"), (5, "5 s"),
    (9.96, "10 s"), (59, "59 s"), (60, "1 min"), (5400, "1.5 h"), (86400, "24 h"), (172800, "2 d"), (216000, "2.5 d"),
])
def test_a_span_is_said_in_words(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(("days", "words"), [
    (1, "1 business day"), (2, "2 business days"), (1.5, "1.5 business days"), (0.25, "0.25 business days"),
])
def test_business_days_are_said_in_words(days: float, words: str) -> None:
    assert in_words(BusinessDays(days)) == words
