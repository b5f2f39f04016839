"""Working time: how much of it lies between two moments, and when a span of it has passed. Pure.

A working span is the real time between the moments at which a zone's clock reaches the opening and the closing of a
working day. The clock reaches a time when it first shows that time or a later one. From this follows what holds on
days on which clocks change:

- A change within the hours makes that day's working time longer or shorter by the change.
- A time that the clock skips is reached at the moment of the skip. A day that the clock skips has no working time.
- A time that the clock shows twice is reached the first time, and what is shown again belongs to the end of the hour
  before: it counts where the hours go on beyond it.
"""
from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from itertools import accumulate, pairwise
from typing import Protocol

from repo_vitals.frozen import dataclass

NEVER = datetime(9900, 1, 1, tzinfo=timezone.utc)   # what `after` gives where a calendar has not that much time left
_REACH = 200                                        # years that are searched for working time
_NONE, _DAY, _SECOND = timedelta(0), timedelta(days=1), timedelta(seconds=1)


class Calendar(Protocol):
    """What counts as time."""

    @property
    def day(self) -> timedelta:
        """The working time of an ordinary working day."""

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; zero where `end` is not later."""

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The earliest moment, in UTC and not before `start`, at which `span` of working time has passed since."""


@dataclass(frozen=True)
class _AroundTheClock:
    """Every moment counts."""

    day: timedelta = _DAY

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return max(end - start, _NONE)

    def after(self, start: datetime, span: timedelta) -> datetime:
        return start.astimezone(timezone.utc) + max(span, _NONE)


@dataclass(frozen=True)
class _Year:
    """The working spans of one year of a zone's clock, in order, with the working time before each and through each."""

    number: int
    begins: datetime
    ends: datetime
    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    before: tuple[timedelta, ...]
    through: tuple[timedelta, ...]
    total: timedelta

    def until(self, moment: datetime) -> timedelta:
        """The year's working time up to a moment within it."""
        place = bisect_right(self.opens, moment) - 1
        if place < 0:
            return _NONE
        return self.before[place] + min(moment, self.closes[place]) - self.opens[place]

    def when(self, span: timedelta) -> datetime:
        """The earliest moment by which `span` of the year's working time has passed; 0 < `span` <= `total`."""
        place = bisect_left(self.through, span)
        return self.opens[place] + (span - self.before[place])


@dataclass(frozen=True, kw_only=True)
class BusinessHours:
    """Working hours by a zone's clock on some days of the week, but not on holidays.

    Hours that close at or before they open run into the next day and belong to the day on which they open: 22:00 to
    06:00 on Mondays ends on Tuesday, 00:00 to 00:00 is the whole of a day. Raises ValueError for hours that can't be.
    """

    zone: tzinfo
    days: frozenset[int]                            # 0 = Monday
    opens: time
    closes: time
    breaks: tuple[tuple[time, time], ...] = ()      # within the hours, in order: a lunch break
    holidays: frozenset[date] = frozenset()         # by the zone's clock; of hours that run into one, those stay
    day: timedelta = field(init=False)
    _spans: tuple[tuple[timedelta, timedelta], ...] = field(init=False, repr=False, compare=False)
    _years: dict[int, _Year] = field(init=False, repr=False, compare=False, default_factory=dict)
    _between: dict[tuple[int, int], timedelta] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        opens = _since_midnight(self.opens)
        closes = _since_midnight(self.closes)
        pauses = [_since_midnight(edge) for pause in self.breaks for edge in pause]
        edges = [opens, *(edge if edge >= opens else edge + _DAY for edge in pauses),
                 closes if closes > opens else closes + _DAY]
        if not self.days or not self.days <= frozenset(range(7)):
            raise ValueError("there is no working day, or one that is not between 0 and 6")
        if any(earlier >= later for earlier, later in pairwise(edges)):
            raise ValueError("breaks do not lie within the hours one after another")
        spans = tuple(zip(edges[::2], edges[1::2], strict=True))
        object.__setattr__(self, "_spans", spans)
        object.__setattr__(self, "day", sum((end - start for start, end in spans), _NONE))

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; zero where `end` is not later."""
        if end <= start:
            return _NONE
        first, last = self._year_at(start), self._year_at(end)
        passed = last.until(end) - first.until(start)
        return passed if first is last else passed + self._from_to(first.number, last.number)

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The earliest moment, in UTC and not before `start`, at which `span` of working time has passed since.

        NEVER where that is more than 200 years away, or where all the days ahead are holidays.
        """
        if span <= _NONE:
            return start.astimezone(timezone.utc)
        first = self._year_at(start)
        needed = first.until(start) + span
        for number in range(first.number, min(first.number + _REACH, NEVER.year)):
            year = self._year(number)
            if needed <= year.total:
                return year.when(needed)
            needed -= year.total
        return NEVER

    def _year_at(self, moment: datetime) -> _Year:
        """The year of a moment by the zone's clock, which around a new year is not that of UTC."""
        year = self._year(moment.year)
        if moment < year.begins:
            return self._year(moment.year - 1)
        return self._year(moment.year + 1) if moment >= year.ends else year

    def _from_to(self, first: int, last: int) -> timedelta:
        """The working time from the beginning of one year to that of another."""
        if (first, last) not in self._between:
            self._between[first, last] = sum((self._year(number).total for number in range(first, last)), _NONE)
        return self._between[first, last]

    def _year(self, number: int) -> _Year:
        if number not in self._years:
            self._years[number] = self._made(number)
        return self._years[number]

    def _made(self, number: int) -> _Year:
        first, after = date(number, 1, 1), date(number + 1, 1, 1)
        begins, ends = self._reached(first, _NONE), self._reached(after, _NONE)
        spans: list[tuple[datetime, datetime]] = []
        # The hours of the day before the year can run into it.
        for ordinal in range(first.toordinal() - 1, after.toordinal()):
            day = date.fromordinal(ordinal)
            if day.weekday() in self.days and day not in self.holidays:
                spans += ((max(self._reached(day, opening), begins), min(self._reached(day, closing), ends))
                          for opening, closing in self._spans)
        spans = [(opens, closes) for opens, closes in spans if opens < closes]
        through = tuple(accumulate((closes - opens for opens, closes in spans), initial=_NONE))
        return _Year(number, begins, ends, tuple(opens for opens, _ in spans), tuple(closes for _, closes in spans),
                     before=through[:-1], through=through[1:], total=through[-1])

    def _reached(self, day: date, since_midnight: timedelta) -> datetime:
        """The first moment at which the zone's clock shows this time of this day, or a later one."""
        shown = datetime(day.year, day.month, day.day) + since_midnight    # noqa: DTZ001 - of a clock, in no zone
        # Of a time that is shown twice this is the first, and of one that is skipped it comes after the skip.
        moment = shown.replace(tzinfo=self.zone).astimezone(timezone.utc)
        if self._shows(moment) == shown:
            return moment
        early = shown.replace(tzinfo=self.zone, fold=1).astimezone(timezone.utc)    # before the skip
        while moment - early > _SECOND:     # zones skip at whole seconds
            middle = early + timedelta(seconds=(moment - early) // _SECOND // 2)
            if self._shows(middle) >= shown:
                moment = middle
            else:
                early = middle
        return moment

    def _shows(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)


def _since_midnight(shown: time) -> timedelta:
    return timedelta(hours=shown.hour, minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)


AROUND_THE_CLOCK: Calendar = _AroundTheClock()
WEEKDAYS: Calendar = BusinessHours(zone=timezone.utc, days=frozenset(range(5)), opens=time(), closes=time())
