"""Whether a week of downloads is as usual: what is said, and how often that is wrong."""
from __future__ import annotations

import math
import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.stats.week_baseline import Span, WeekVerdict, judge_week

THROUGH = date(2026, 1, 25)         # a Sunday
RHYTHM = (1.15, 1.2, 1.2, 1.15, 1.0, 0.45, 0.4)
HOLIDAYS = (Span.parse("12-20..01-06"),)


def steady(weeks: int = 9, level: float = 200, through: date = THROUGH) -> dict[date, int]:
    """Each weekday the same in every week."""
    days = (through - timedelta(days=back) for back in range(7 * weeks))
    return {day: round(level * RHYTHM[day.weekday()]) for day in days}


def judged(days: dict[date, int], through: date = THROUGH, **options: object) -> WeekVerdict:
    return judge_week(days, through, **{"weeks": 8, "change": 0.3, **options})  # type: ignore[arg-type]


def last(days: dict[date, int], count: int, factor: float, through: date = THROUGH) -> dict[date, int]:
    """The last days multiplied."""
    return {day: round(number * factor) if day > through - timedelta(days=count) else number
            for day, number in days.items()}


def test_a_weekend_is_held_against_weekends() -> None:
    found = judged(steady())
    assert (found.verdict, found.ratio, found.weeks) == ("usual", 1.0, 8)
    assert found.usual == {THROUGH - timedelta(days=back): steady()[THROUGH - timedelta(days=back)]
                           for back in range(7)}


@pytest.mark.parametrize(("factor", "verdict"), [(0.5, "drop"), (0.72, "usual"), (1.35, "usual"), (2, "spike"),
                                                 (0, "drop")])
def test_a_week_that_is_off_by_more_than_the_largest_change_is_said(factor: float, verdict: str) -> None:
    found = judged(last(steady(), 7, factor))
    assert found.verdict == verdict
    assert found.ratio == pytest.approx(factor, abs=0.01)


def test_a_fall_to_nothing_is_seen_after_two_days_and_not_after_one() -> None:
    assert judged(last(steady(), 1, 0)).verdict == "usual"
    assert judged(last(steady(), 2, 0)).verdict == "drop"


def test_two_days_that_are_off_are_told_with_their_own_ratio() -> None:
    days = {day: round(count * 1.5) if 2 <= (THROUGH - day).days < 6 else count for day, count in steady().items()}
    found = judged(last(days, 2, 0.1))
    assert (found.verdict, found.off_days) == ("drop", 2)
    assert found.off_ratio == pytest.approx(0.1, abs=0.01)
    assert found.ratio is not None
    assert found.ratio > 1
    halved = judged(last(steady(), 7, 0.5))
    assert (halved.off_days, halved.off_ratio) == (7, halved.ratio)


def test_a_holiday_that_moves_is_no_drop_and_a_fall_below_a_sunday_is() -> None:
    friday = date(2025, 11, 28)
    days = steady(through=friday)
    assert judged(last(days, 2, 0.6, friday), friday).verdict == "usual"
    assert judged(last(days, 2, 0.1, friday), friday).verdict == "drop"


def test_a_holiday_is_no_drop_and_no_part_of_what_is_usual() -> None:
    in_it, after = date(2025, 12, 31), date(2026, 1, 18)
    quiet = {day: count // 3 if day in HOLIDAYS[0] else count for day, count in steady(12, through=after).items()}
    assert judged(quiet, in_it, quiet=()).verdict == "drop"
    found = judged(quiet, in_it, quiet=HOLIDAYS)
    assert (found.verdict, found.quiet) == ("usual", True)
    assert judged(quiet, after, quiet=HOLIDAYS).ratio == pytest.approx(1)


def test_a_few_downloads_are_no_drop_because_of_chance() -> None:
    assert judged(last(steady(level=1), 7, 0)).verdict == "usual"
    assert judged(last(steady(level=4), 7, 0)).verdict == "drop"


@pytest.mark.parametrize(("weeks", "dropped", "reason"), [
    (4, 0, "3 of the 8 weeks before are known, and half of them are needed"),
    (9, 3, "3 of the last seven days were not told"),
])
def test_too_few_days_are_unknown_and_never_usual(weeks: int, dropped: int, reason: str) -> None:
    days = {day: count for day, count in steady(weeks).items() if day <= THROUGH - timedelta(days=dropped)}
    found = judged(days)
    assert (found.verdict, found.reason, found.ratio) == ("unknown", reason, None)


@pytest.mark.parametrize(("level", "last_week", "ratio"), [(1, 0, 0.0), (1, 1, 1 / 7), (10, 3, 3 / 70), (10, 0, 0.0)])
def test_the_ratio_of_a_small_week_is_the_quotient_of_the_two_sums(level: int, last_week: int, ratio: float) -> None:
    days = {THROUGH - timedelta(days=back): level if back >= 7 else 0 for back in range(63)}
    days[THROUGH] = last_week
    assert judged(days).ratio == pytest.approx(ratio, abs=1e-12)


def test_where_none_is_usual_there_is_no_ratio_and_a_rise_is_a_spike_all_the_same() -> None:
    none = {THROUGH - timedelta(days=back): 0 for back in range(63)}
    found = judged(none)
    assert (found.verdict, found.ratio, found.off_ratio, found.weeks) == ("usual", None, None, 8)
    for risen in ({**none, THROUGH: 40}, {**none, THROUGH: 40, THROUGH - timedelta(days=1): 40}):
        found = judged(risen)
        assert (found.verdict, found.ratio, found.off_ratio, found.off_days) == ("spike", None, None, 7)


def test_a_fall_to_nothing_is_told_as_nothing() -> None:
    found = judged(last(steady(level=20), 7, 0))
    assert (found.verdict, found.ratio, found.off_ratio) == ("drop", 0.0, 0.0)


def test_missing_days_are_left_out_on_both_sides() -> None:
    days = steady()
    del days[THROUGH - timedelta(days=2)]
    found = judged(days)
    assert (found.verdict, found.ratio) == ("usual", 1.0)


@given(st.dictionaries(st.integers(0, 70).map(lambda back: THROUGH - timedelta(days=back)), st.integers(0, 10**12)),
       st.integers(4, 26), st.floats(0, 1))
def test_whatever_the_counts_are_there_is_a_verdict(days: dict[date, int], weeks: int, change: float) -> None:
    found = judged(days, weeks=weeks, change=change)
    compared = {day: usual for day, usual in (found.usual or {}).items() if day in days}
    assert (found.usual is None) == (found.verdict == "unknown")
    assert (found.ratio is None) == (not any(compared.values()))
    assert found.ratio is None or math.isfinite(found.ratio)


@pytest.mark.parametrize("text", ["", "13-01", "12-20..", "02-30", "12-20..01-06..02-02", "2025-02-29",
                                  "2026-11-26..11-29", "11-26..2026-11-29", "2026-11-29..2026-11-26", "0000-01-01"])
def test_what_is_no_span_of_days_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="12-20"):
        Span.parse(text)


def test_a_span_may_go_across_the_end_of_a_year() -> None:
    span = Span.parse("12-20..01-06")
    assert [date(2026, 1, 6) in span, date(2025, 12, 20) in span, date(2026, 1, 7) in span] == [True, True, False]
    assert (str(span), str(Span.parse("07-04"))) == ("12-20..01-06", "07-04")


def test_a_span_may_be_of_one_year() -> None:
    span = Span.parse("2026-12-30..2027-01-02")
    assert [day in span for day in (date(2026, 12, 30), date(2027, 1, 2), date(2027, 1, 3), date(2025, 12, 31))] == [
        True, True, False, False]
    assert (str(span), str(Span.parse("2026-11-26"))) == ("2026-12-30..2027-01-02", "2026-11-26")


# -- how often it is wrong -----------------------------------------------------------------------------------------

def simulated(chance: random.Random, *, level: float, days: int, of_day: float, of_week: float,
              growth: float) -> dict[date, int]:
    """Counts with the rhythm of a week: chance, scatter of each day and of each week (variances and deviations of the
    logarithm), and growth a week."""
    found = {}
    week = 1.0
    for place in range(days):
        day = date(2025, 1, 6) + timedelta(days=place)
        week = math.exp(chance.gauss(0, of_week)) if place % 7 == 0 else week
        mean = level * RHYTHM[day.weekday()] * week * math.exp(growth * place / 7)
        mean = chance.gammavariate(1 / of_day, mean * of_day)
        found[day] = max(0, round(chance.gauss(mean, math.sqrt(mean))))
    return found


def rates(*, level: float, of_day: float, of_week: float, growth: float = 0.0, years: float) -> tuple[float, float]:
    """New alarms a year of daily runs where nothing happened, and the share of halved weeks that are found."""
    chance = random.Random(20260131)
    reach, days = 63, 63 + 182
    alarms = found = runs = series = 0
    while runs < 365 * years:
        counts = simulated(chance, level=level, days=days, of_day=of_day, of_week=of_week, growth=growth)
        ordered = sorted(counts)
        series, before = series + 1, False
        for place in range(reach, days):
            is_off = judged(counts, ordered[place]).verdict in ("drop", "spike")
            alarms, runs, before = alarms + (is_off and not before), runs + 1, is_off
        found += judged(last(counts, 7, 0.5, ordered[-1]), ordered[-1]).verdict == "drop"
    return alarms / (runs / 365), found / series


@pytest.mark.parametrize("years", [5, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("level", "of_day", "of_week", "growth", "most_alarms", "least_found"), [
    (5, 0.01, 0.03, 0.0, 0.2, 0.0),         # some thirty a week: half of them is within chance, and not found
    (200, 0.01, 0.03, 0.0, 0.2, 0.95),      # a few hundred a day, calm
    (5000, 0.03, 0.08, 0.0, 0.5, 0.8),      # thousands a day, weeks that scatter by eight per cent
    (500, 0.02, 0.05, 0.02, 0.3, 0.9),      # growing by two per cent a week
])
def test_false_alarms_are_rare_and_a_halved_week_is_found(
    years: int, level: float, of_day: float, of_week: float, growth: float, most_alarms: float, least_found: float,
) -> None:
    alarms, found = rates(level=level, of_day=of_day, of_week=of_week, growth=growth, years=years)
    assert alarms <= most_alarms
    assert found >= least_found
