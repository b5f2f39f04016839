"""Full days, missing ones, sums and growth."""
from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.package_adoption.series import (
    Growth,
    Recent,
    begun,
    believable,
    between,
    counted_yet,
    growth,
    joined,
    likely_none,
    newest_full,
    recent,
    recent_counted,
    with_proven,
)

TODAY = date(2026, 1, 31)
YESTERDAY = TODAY - timedelta(days=1)
DAYS = st.dictionaries(st.integers(0, 100).map(lambda back: YESTERDAY - timedelta(days=back)), st.integers(0, 10**9))


def ago(*backs: int, count: int = 10) -> dict[date, int]:
    return {TODAY - timedelta(days=back): count for back in backs}


@pytest.mark.parametrize(("told", "newest"), [
    ((1, 2), 1),
    ((2, 3), 2),        # npm and pypistats are a day or two behind
    ((3,), 3),
    ((4, 5), 1),        # that is too far: the days since are missing
    ((), 1),
])
def test_the_newest_full_day_is_the_newest_that_a_registry_can_be_expected_to_tell(
    told: tuple[int, ...], newest: int,
) -> None:
    assert newest_full(ago(*told), TODAY) == TODAY - timedelta(days=newest)


def test_a_missing_day_adds_nothing_and_is_counted_as_missing() -> None:
    assert recent(ago(1, 2, 4), YESTERDAY, 7) == Recent(days=7, total=30, told=3)
    assert recent({}, YESTERDAY, 7) == Recent(days=7, total=None, told=0)


def test_growth_is_the_last_four_weeks_over_the_four_before() -> None:
    days = {**ago(*range(1, 29), count=30), **ago(*range(29, 57), count=20)}
    assert growth(days, YESTERDAY) == Growth(ratio=1.5, pairs=28)


def test_a_day_that_is_missing_in_one_half_is_left_out_of_the_other() -> None:
    days = {**ago(*range(1, 29), count=30), **ago(*range(29, 57), count=20)}
    days[TODAY - timedelta(days=5)] = 10**6
    del days[TODAY - timedelta(days=5 + 28)]
    assert growth(days, YESTERDAY) == Growth(ratio=1.5, pairs=27)


def test_with_too_few_days_in_both_halves_or_nothing_before_there_is_no_growth() -> None:
    assert growth(ago(*range(1, 57), count=0), YESTERDAY) == Growth(ratio=None, pairs=28)
    assert growth({**ago(*range(1, 29)), **ago(*range(36, 56))}, YESTERDAY).ratio is None


@given(DAYS)
def test_sums_are_those_of_the_days_themselves(days: dict[date, int]) -> None:
    last = [YESTERDAY - timedelta(days=back) for back in range(28)]
    found = recent(days, YESTERDAY, 28)
    assert found.total == (sum(days.get(day, 0) for day in last) if any(day in days for day in last) else None)
    assert found.told == len([day for day in last if day in days])


def test_the_last_days_without_a_count_yet_are_no_days_of_none() -> None:
    told = {**ago(*range(3, 60), count=500), **ago(1, 2, count=0)}
    assert believable(told) == ago(*range(3, 60), count=500)


@pytest.mark.parametrize(("usual", "behind", "left_out"), [
    (4, 1, 1), (4, 3, 3), (19, 2, 2),
    (3, 2, 0),          # so few that none is met now and then
    (19, 4, 0),         # nobody fetches it any more, or the registry has stopped counting
])
def test_a_registry_that_is_behind_tells_none_of_days_that_it_has_not_counted_yet(
    usual: int, behind: int, left_out: int,
) -> None:
    told = {**ago(*range(behind + 1, 60), count=usual), **ago(*range(1, behind + 1), count=0)}
    assert told.keys() - counted_yet(told, TODAY).keys() == set(ago(*range(1, left_out + 1)))


def test_days_of_a_week_on_which_none_are_usual_are_counted_and_are_no_part_of_a_registrys_delay() -> None:
    monday = date(2026, 1, 26)
    told = {monday - timedelta(days=back): 0 if back in (-1, 0) or back % 7 in (1, 2) else 12 for back in range(-1, 60)}
    found = counted_yet(told, monday + timedelta(days=2))
    assert told.keys() - found.keys() == {monday, monday + timedelta(days=1)}


@pytest.mark.parametrize("length", [5, 100])
def test_a_long_row_of_none_where_many_are_usual_was_lost(length: int) -> None:
    told = {**ago(*range(length + 1, 200), count=500), **ago(*range(1, length + 1), count=0)}
    assert believable(told) == ago(*range(length + 1, 200), count=500)


def test_a_package_that_is_hardly_ever_pulled_has_days_of_none() -> None:
    rare = {**ago(*range(2, 60), count=5), **ago(1, count=0)}
    assert believable(rare) == rare


def test_what_is_usual_is_that_of_the_weekday() -> None:
    weekly = {day: 50 if day.weekday() == 0 else 0 for day in ago(*range(1, 60))}
    monday = max(day for day, count in weekly.items() if count)
    assert set(weekly) - set(believable({**weekly, monday: 0})) == {monday}


def test_a_day_of_none_takes_nothing_from_what_was_known() -> None:
    known = ago(*range(1, 91), count=1000)
    assert joined(known, ago(*range(1, 91), count=0)) == known
    assert joined(ago(2, 3, count=1000), ago(1, 2, 3, count=0)) == {**ago(2, 3, count=1000), **ago(1, count=0)}


def test_days_before_a_package_was_there_are_no_days_of_none() -> None:
    told = {**ago(*range(15, 400), count=0), **ago(14, count=100), **ago(*range(1, 14), count=0)}
    assert min(begun(told, None)) == TODAY - timedelta(days=14)
    assert min(begun(told, TODAY - timedelta(days=20))) == TODAY - timedelta(days=20)
    assert min(begun(told, TODAY - timedelta(days=2))) == TODAY - timedelta(days=14)
    assert begun(ago(1, 2, count=0), None) == {}


def test_a_missing_day_is_likely_one_of_none_where_hardly_anything_is_fetched_and_lost_where_more_is() -> None:
    rare = ago(*range(1, 57, 2), count=2)
    assert likely_none(rare, YESTERDAY, 56) == set(ago(*range(2, 55, 2)))
    often = {day: count for day, count in ago(*range(1, 57), count=40).items() if day != TODAY - timedelta(days=9)}
    assert likely_none(often, YESTERDAY, 56) == set()
    assert likely_none({}, YESTERDAY, 56) == set()


def test_what_a_registry_tells_now_corrects_what_was_known_and_what_it_tells_no_more_stays() -> None:
    known = {**ago(1, 2, 200, count=300)}
    assert joined(known, {**ago(2, count=320), **ago(3, count=5)}) == {
        **ago(200, count=300), **ago(3, count=5), **ago(2, count=320), **ago(1, count=300)}


@given(DAYS, DAYS)
def test_joining_twice_changes_nothing(known: dict[date, int], told: dict[date, int]) -> None:
    once = joined(known, told)
    assert joined(once, told) == once
    assert set(known) <= set(once) <= set(known) | set(told)


def test_of_a_count_that_only_grows_days_and_spans_are_differences() -> None:
    counted = {TODAY - timedelta(days=7): 100, TODAY - timedelta(days=2): 150, YESTERDAY: 170, TODAY: 175}
    assert between(counted) == {TODAY - timedelta(days=2): 20, YESTERDAY: 5}
    assert recent_counted(counted, TODAY, 7) == Recent(days=7, total=75, told=7)
    assert recent_counted(counted, TODAY, 28) == Recent(days=28, total=None, told=0)


@pytest.mark.parametrize(("since", "none"), [(None, ()), (3, ()), (4, (1, 3)), (9, (1, 3, 5, 6, 7, 8))])
def test_a_count_of_all_time_that_stands_still_proves_days_of_none(since: int | None, none: tuple[int, ...]) -> None:
    days = ago(2, 4, 9, 10)
    assert with_proven(days, None if since is None else TODAY - timedelta(days=since), TODAY) == {
        **days, **ago(*none, count=0)}
