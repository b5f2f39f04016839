"""A daily count against its usual week: what each weekday was over the weeks before, and how far this week is off.

Downloads have a rhythm of seven days, grow and shrink slowly, scatter more than counts by chance do, and stop for
holidays. So a day is compared with the same weekday of the weeks before, in logarithms:

- *usual*: the median of the same weekday in the `weeks` before, quiet days and days without a count left out. No trend
  is carried on: a package that grows by five per cent a week is a quarter above its usual week, which is no finding.
- *ratio*: the sum of the last seven days divided by the sum of what is usual for them; there is none where none is.
- *scatter*: 1.4826 times the median absolute deviation of the weeks before, each held against the same usual days
  (consistent with a normal's, Rousseeuw and Croux 1993), times the square root of weeks / (weeks - 1) for the usual
  days being theirs. It is taken from weeks, not from days by a root of seven: the days of a week rise and fall
  together. It is at least what chance does to a count, 1 / sqrt(usual) (Poisson), and at least FLOOR.

A change is said where the ratio is off by more than `change`, by more than SURE scatters, and by more than chance does
to a small count; or where each of the last two days is, to the same side, by SURE_OF_A_DAY scatters of a day, and a
fall goes below what is usual for the lowest weekday too: a fall to nothing need not wait for a week, and a holiday,
which is like a Sunday, is none.
A drop in a week with a quiet day is none. How often that is wrong, tests/stats/test_week_baseline.py measures. Pure.
"""
from __future__ import annotations

import math
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass
from repo_vitals.stats.quantiles import median

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SURE = 4.0              # scatters of the week
SURE_OF_A_DAY = 5.0     # scatters of each of two days in a row
FLOOR = 0.05            # of a week's scatter, in logarithms: five per cent
CHANCE = 100_000        # a week that chance gives oftener than once in as many is no change
_SMALL = 400            # downloads a week above which a logarithm's tails are as good
LEAST_DAYS = 5          # of the last seven that have to be told
CONSISTENT = 1.4826
Verdict = Literal["usual", "drop", "spike", "unknown"]
_SPAN = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)(?:\.\.(?:(\d{4})-)?(\d\d)-(\d\d))?", re.ASCII)
_LEAP_YEAR = 2024       # so that 02-29 can be named


@dataclass(frozen=True)
class Span:
    """Days of each year, both ends included, also across its end: `12-20..01-06`. Each end is (month, day).

    With `years`, those of the ends, days of that time alone: `2026-11-26..2026-11-29`.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    years: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: str) -> Span:
        """`MM-DD`, `MM-DD..MM-DD`, or the same with a year before each. Raises ValueError."""
        found = _SPAN.fullmatch(text)
        try:
            if found is None:
                raise ValueError(text)
            first = int(found[2]), int(found[3])
            last = first if found[5] is None else (int(found[5]), int(found[6]))
            begun, ended = found[1], found[1] if found[5] is None else found[4]
            if (begun is None) is not (ended is None):
                raise ValueError(text)
            years = None if begun is None or ended is None else (int(begun), int(ended))
            from_year, to_year = years or (_LEAP_YEAR, _LEAP_YEAR)
            if date(from_year, *first) > date(to_year, *last) and years is not None:
                raise ValueError(text)
        except ValueError:
            raise ValueError("holds something else than days of the year such as 12-20..01-06 or 07-04, or of one year "
                             "such as 2026-11-26..2026-11-29") from None
        return cls(first, last, years)

    def __contains__(self, day: date) -> bool:
        place = day.month, day.day
        if self.years is not None:
            return (self.years[0], *self.first) <= (day.year, *place) <= (self.years[1], *self.last)
        if self.first <= self.last:
            return self.first <= place <= self.last
        return place >= self.first or place <= self.last

    def __str__(self) -> str:
        ends = [f"{month:02}-{day:02}" for month, day in (self.first, self.last)]
        if self.years is not None:
            ends = [f"{year:04}-{end}" for year, end in zip(self.years, ends, strict=True)]
        return "..".join(dict.fromkeys(ends))


@dataclass(frozen=True, kw_only=True)
class WeekVerdict:
    """How the last seven days stand to what is usual."""

    verdict: Verdict
    ratio: float | None = None          # the sum of the days that can be compared ÷ what is usual for them, unless 0
    scatters: float | None = None       # how far off in logarithms, in scatters; below 0 for less than usual
    usual: Mapping[date, float] | None = None   # what is usual for each of the last seven days
    weeks: int = 0                      # weeks before that have enough days to be compared with
    reason: str = ""                    # of `unknown`
    quiet: bool = False                 # whether the days that are off are quiet ones
    off_days: int = 7                   # the last days of which the verdict is: the week, or two of it
    off_ratio: float | None = None      # the ratio of those, where they are off; None for a rise from none


def is_quiet(day: date, quiet: Sequence[Span]) -> bool:
    """Whether a day belongs to one of the spans."""
    return any(day in span for span in quiet)


def judge_week(days: Mapping[date, int], through: date, *, weeks: int, change: float,
               quiet: Sequence[Span] = ()) -> WeekVerdict:
    """The seven days that end with `through` against the `weeks` before. Days that `days` lacks were not told."""
    week = [through - timedelta(days=back) for back in range(7)]
    told = [day for day in week if day in days]
    before = [week_before(days, through, back, quiet) for back in range(1, weeks + 1)]
    full = sum(len(one) >= LEAST_DAYS for one in before)
    if len(told) < LEAST_DAYS:
        return WeekVerdict(verdict="unknown", weeks=full,
                           reason=f"{7 - len(told)} of the last seven days were not told")
    if full < (weeks + 1) // 2:
        return WeekVerdict(verdict="unknown", weeks=full,
                           reason=f"{full} of the {weeks} weeks before are known, and half of them are needed")
    usual = _usual(before)
    compared = [day for day in told if day.weekday() in usual]
    if len(compared) < LEAST_DAYS:
        return WeekVerdict(verdict="unknown", weeks=full, reason="too few weekdays are known in the weeks before")
    expected = {day: usual[day.weekday()] for day in week if day.weekday() in usual}
    count, mean = sum(days[day] for day in compared), sum(expected[day] for day in compared)
    off = _off(count, mean)
    past = [_off(sum(one.values()), sum(usual[place] for place in one)) for one in
            ({place: count for place, count in one.items() if place in usual} for one in before)
            if len(one) >= LEAST_DAYS]
    middle = median(past)
    floor = max(FLOOR, 1 / math.sqrt(max(mean, 1)))
    scatter = max(CONSISTENT * median([abs(one - middle) for one in past]) * math.sqrt(full / max(full - 1, 1)), floor)
    scatters = off / scatter
    is_off = abs(scatters) > SURE and _beyond(count, mean, change) and not _by_chance(count, mean)
    of_two_days = None if is_off else _two_days(days, before, usual, through, change)
    count_off, mean_off = of_two_days or (count, mean)
    verdict: Verdict = "usual"
    if is_off or of_two_days is not None:
        verdict = "drop" if count_off < mean_off else "spike"
    quiet_now = verdict == "drop" and any(is_quiet(day, quiet) for day in week)
    return WeekVerdict(verdict="usual" if quiet_now else verdict, ratio=_ratio(count, mean), scatters=scatters,
                       usual=expected, weeks=full, quiet=quiet_now, off_days=7 if of_two_days is None else 2,
                       off_ratio=None if verdict == "usual" else _ratio(count_off, mean_off))


def week_before(days: Mapping[date, int], through: date, back: int, quiet: Sequence[Span]) -> dict[int, int]:
    """The counts of the `back`-th seven days before those that end with `through`, by weekday; no quiet ones."""
    last = through - timedelta(days=7 * back)
    each = (last - timedelta(days=place) for place in range(7))
    return {day.weekday(): days[day] for day in each if day in days and not is_quiet(day, quiet)}


def _usual(before: Sequence[Mapping[int, int]]) -> dict[int, float]:
    """What is usual for each weekday, newest week first in `before`."""
    counts = {weekday: [one[weekday] for one in before if weekday in one] for weekday in range(7)}
    least = max(2, len(before) // 4)
    return {weekday: median(found) for weekday, found in counts.items() if len(found) >= least}


def _two_days(days: Mapping[date, int], before: Sequence[Mapping[int, int]], usual: Mapping[int, float], through: date,
              change: float) -> tuple[int, float] | None:
    """The last two days' count and what is usual for them, where both are off, for sure and to the same side, and more
    than a day off is."""
    last = [through, through - timedelta(days=1)]
    if not all(day in days and day.weekday() in usual for day in last):
        return None
    apart = [abs(_off(count, usual[weekday])) for one in before for weekday, count in one.items() if weekday in usual]
    scatter = CONSISTENT * median(apart) * math.sqrt(len(before) / max(len(before) - 1, 1))
    off = [_off(days[day], usual[day.weekday()]) for day in last]
    count, expected = sum(days[day] for day in last), sum(usual[day.weekday()] for day in last)
    if _by_chance(count, expected):
        return None
    sure = [abs(one) > SURE_OF_A_DAY * max(scatter, FLOOR, 1 / math.sqrt(max(usual[day.weekday()], 1)))
            and _beyond(days[day], usual[day.weekday()], change) for one, day in zip(off, last, strict=True)]
    # On a holiday, which may move from year to year, as much is fetched as on a day of a weekend.
    is_holiday = off[0] < 0 and any(days[day] >= (1 - change) * min(usual.values()) for day in last)
    if not all(sure) or off[0] * off[1] < 0 or is_holiday:
        return None
    return count, expected


def _ratio(count: int, usual: float) -> float | None:
    return count / usual if usual else None


def _off(count: float, usual: float) -> float:
    # Half a count on both sides keeps the logarithm of none finite, and draws small counts together.
    return math.log((count + 0.5) / (usual + 0.5))


def _by_chance(count: int, usual: float) -> bool:
    """Whether a small count may be what it is by chance alone, which has longer tails than its logarithm tells: more
    often than once in CHANCE by the Poisson distribution, its tail summed exactly."""
    mean = max(usual, 1.0)
    if mean > _SMALL:
        return False
    terms = range(count + 1) if count < mean else range(count)
    below = math.fsum(math.exp(one * math.log(mean) - mean - math.lgamma(one + 1)) for one in terms) \
        if count < 10 * _SMALL else 1.0
    return (below if count < mean else 1 - below) > 1 / CHANCE


def _beyond(count: int, usual: float, change: float) -> bool:
    """Whether a count is off by more than `change`: 0.3 is a fall below 0.7, or a rise above 1 / 0.7."""
    return count < (1 - change) * usual or count * (1 - change) > usual
