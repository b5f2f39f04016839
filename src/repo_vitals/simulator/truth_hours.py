"""Working time for the simulator's truth, counted quarter of an hour by quarter of an hour."""
from __future__ import annotations

from dataclasses import field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cached_property

from repo_vitals.frozen import dataclass

SLOT = 900              # seconds; every zone's offset is a multiple of it, and hours have to be
_DAY, _MINUTES = 86_400, 1440


@dataclass(frozen=True)
class WorkingDays:
    """A span in working days: `2bd`."""

    days: float


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Working hours by a zone's clock on some days of the week (0 = Monday), but not on holidays.

    Hours that end at or before their beginning run into the next day. Opening and closing must not fall into an hour
    that the clock shows twice. Raises ValueError for times that are no quarter of an hour.
    """

    zone: tzinfo
    days: frozenset[int]
    opens: time
    closes: time
    holidays: frozenset[date] = frozenset()
    breaks: tuple[tuple[time, time], ...] = ()
    _slots: dict[int, bool] = field(default_factory=dict, init=False, repr=False, compare=False)
    _days: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for moment in (self.opens, self.closes, *(edge for pause in self.breaks for edge in pause)):
            if moment.minute % 15 or moment.second or moment.microsecond:
                raise ValueError(f"{moment} is no quarter of an hour")

    @cached_property
    def day(self) -> int:
        """Seconds of an ordinary working day."""
        return 60 * sum(self._is_open(minute) for minute in range(2 * _MINUTES))

    def seconds(self, start: datetime, end: datetime) -> int:
        """How many of the seconds from `start` to `end` lie within the hours."""
        moment, stop, total = int(start.timestamp()), int(end.timestamp()), 0
        while moment < stop:
            if moment % _DAY == 0 and stop - moment >= _DAY:
                total += self._whole_day(moment // _DAY)
                moment += _DAY
            else:
                after = min(stop, (moment // SLOT + 1) * SLOT)
                total += (after - moment) if self._works(moment // SLOT) else 0
                moment = after
        return total

    def _whole_day(self, number: int) -> int:
        if number not in self._days:
            first = number * (_DAY // SLOT)
            self._days[number] = SLOT * sum(self._works(slot) for slot in range(first, first + _DAY // SLOT))
        return self._days[number]

    def _works(self, slot: int) -> bool:
        if slot not in self._slots:
            shown = datetime.fromtimestamp(slot * SLOT, self.zone)
            minute, today = shown.hour * 60 + shown.minute, shown.date()
            self._slots[slot] = (self._is_working_day(today) and self._is_open(minute)) or (
                self._is_working_day(today - timedelta(days=1)) and self._is_open(minute + _MINUTES))
        return self._slots[slot]

    def _is_working_day(self, day: date) -> bool:
        return day.weekday() in self.days and day not in self.holidays

    def _is_open(self, minute: int) -> bool:
        """Whether a minute of a working day, counted on past its midnight, lies within its hours."""
        opens, closes = _minutes(self.opens), _minutes(self.closes)
        closes += _MINUTES if closes <= opens else 0
        pauses = [(_minutes(begin), _minutes(end)) for begin, end in self.breaks]
        shifted = [(b + (_MINUTES if b < opens else 0), e + (_MINUTES if e < opens else 0)) for b, e in pauses]
        return opens <= minute < closes and not any(begin <= minute < end for begin, end in shifted)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


WEEKDAYS = Hours(zone=timezone.utc, days=frozenset(range(5)), opens=time(), closes=time())
"""What a business day is where no hours are given."""
