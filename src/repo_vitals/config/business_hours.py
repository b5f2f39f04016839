"""Business hours as people write them: `Mon-Fri 09:00-17:00 Europe/Berlin DE-BE`, or a table of the configuration file.

What can be checked without a library is checked here; which countries there are, the reader of public holidays knows.
"""
from __future__ import annotations

import re
from datetime import date, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from repo_vitals.config.declare import Kind
from repo_vitals.config.file import closest, quoted
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WHOLE_NAMES = {name.lower(): number for number, name in enumerate(
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))}
_DAY_NUMBERS = {**{name.lower(): number for number, name in enumerate(DAYS)}, **_WHOLE_NAMES}
_SPAN = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")
_COUNTRY = re.compile(r"([A-Za-z]{2,3})(?:-(\S+))?")
_JOINING = re.compile(r"\s*([-,+])\s*")
_KEYS = ("zone", "days", "hours", "country", "subdivision", "holidays")
_FORM = "written as Mon-Fri 09:00-17:00 Europe/Berlin, then perhaps a country such as DE or DE-BE, then days off"
_MIDNIGHT = 24 * 60


@dataclass(frozen=True, kw_only=True)
class HoursSpec:
    """Business hours as they were asked for; the country's holidays are not looked up yet."""

    zone: str                                   # an IANA name that this machine knows
    days: frozenset[int]                        # 0 = Monday
    opens: time
    closes: time                                # at or before `opens`: on the next day
    breaks: tuple[tuple[time, time], ...] = ()
    country: str | None = None                  # ISO 3166, as written
    subdivision: str | None = None
    holidays: frozenset[date] = frozenset()     # besides the country's

    def __str__(self) -> str:
        """The text that is read back as the same hours."""
        return " ".join([self.in_short, *(day.isoformat() for day in sorted(self.holidays))])

    @property
    def in_short(self) -> str:
        """The same without its own list of holidays."""
        country = "-".join(part for part in (self.country, self.subdivision) if part)
        return " ".join([_show_days(self.days), self._show_hours(), self.zone, *([country] if country else [])])

    def _show_hours(self) -> str:
        edges = [self.opens, *(edge for pause in self.breaks for edge in pause), self.closes]
        shown = [f"{edge:%H:%M}" for edge in edges]
        if self.closes == time():
            shown[-1] = "24:00"
        return "+".join(f"{start}-{end}" for start, end in zip(shown[::2], shown[1::2], strict=True))


def parse_hours(text: str) -> HoursSpec | None:
    """Business hours from text; None for `off` and for nothing. Raises ValueError saying what is wrong."""
    words = _JOINING.sub(r"\1", text).split()
    if not words or [word.lower() for word in words] == ["off"]:
        return None
    if len(words) < 3:
        raise ValueError(f"is not {_FORM}; or off")
    days, hours, zone, *more = words
    country: str | None = None
    if more and not more[0][0].isdigit():
        country = more.pop(0)
    return _spec(days, hours, zone, country=country, subdivision=None,
                 holidays=[day for word in more for day in word.split(",") if day])


def hours_from_toml(value: Any) -> HoursSpec | None:
    """Business hours from a string, or from a table with zone and hours and perhaps days, country, subdivision and
    holidays. Raises ValueError.
    """
    if isinstance(value, str):
        return parse_hours(value)
    if not isinstance(value, dict):
        raise ValueError(f"needs a table with zone and hours, or a string {_FORM}")
    for key in value:
        if key not in _KEYS:
            raise ValueError(f"has an unknown key {quoted(key)}{closest(key, _KEYS)}")
    texts = {key: value[key] for key in _KEYS[:-1] if key in value}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(f"needs a string as {key}, not {quoted(str(text))}")
    for key, example in (("zone", "Europe/Berlin"), ("hours", "09:00-17:00")):
        if not texts.get(key):
            raise ValueError(f'lacks {key}, for example {key} = "{example}"')
    holidays = value.get("holidays", [])
    if not isinstance(holidays, list):
        raise ValueError("needs an array of dates as holidays, for example [2026-12-24]")
    return _spec(texts.get("days", "Mon-Fri"), _JOINING.sub(r"\1", texts["hours"]).strip(), texts["zone"].strip(),
                 country=texts.get("country"), subdivision=texts.get("subdivision"), holidays=holidays)


BUSINESS_HOURS: Kind[HoursSpec | None] = Kind(
    "business hours", parse_hours, hours_from_toml, lambda spec: "off" if spec is None else str(spec))


def _spec(
    days: str, hours: str, zone: str, *, country: str | None, subdivision: str | None, holidays: Sequence[Any],
) -> HoursSpec:
    opens, closes, breaks = _hours(hours)
    if country is not None:
        match = _COUNTRY.fullmatch(country)
        if match is None:
            raise ValueError(f"has {quoted(country)} where a country should stand, such as DE or DE-BE")
        if match[2] and subdivision:
            raise ValueError(f"gives the subdivision twice, in {quoted(country)} and as {quoted(subdivision)}")
        country, subdivision = match[1].upper(), match[2] or subdivision
    elif subdivision:
        raise ValueError(f"has the subdivision {quoted(subdivision)} but no country")
    return HoursSpec(zone=_zone(zone), days=_days(days), opens=opens, closes=closes, breaks=breaks, country=country,
                     subdivision=subdivision or None, holidays=frozenset(map(_date, holidays)))


def _zone(name: str) -> str:
    from zoneinfo import available_timezones

    known = available_timezones()
    if name not in known:
        raise ValueError(f"names an unknown zone {quoted(name)}{closest(name, known) or ' (an IANA name such as UTC)'}")
    return name


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        start, end = _day(first), _day(last if dash else first)
        found |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(found)


def _day(name: str) -> int:
    if name.lower() not in _DAY_NUMBERS:
        raise ValueError(f"names an unknown day {quoted(name)}{closest(name.capitalize(), DAYS)}")
    return _DAY_NUMBERS[name.lower()]


def _show_days(days: frozenset[int]) -> str:
    """The days from Monday on, runs of three and more as `Mon-Fri`; one run over the week's end is kept together."""
    if len(days) == 7:
        return "Mon-Sun"
    start = next(day for day in range(7) if day in days and (day - 1) % 7 not in days)
    runs: list[list[int]] = []
    for day in ((start + step) % 7 for step in range(7)):
        if day in days:
            if (day - 1) % 7 in days and runs:
                runs[-1].append(day)
            else:
                runs.append([day])
    return ",".join(f"{DAYS[run[0]]}-{DAYS[run[-1]]}" if len(run) > 2 else ",".join(DAYS[day] for day in run)
                    for run in runs)


def _hours(text: str) -> tuple[time, time, tuple[tuple[time, time], ...]]:
    """Opening, closing and the breaks between, from spans in order; the last may end on the next day."""
    edges: list[int] = []   # minutes since the midnight before the opening
    for part in text.split("+"):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise ValueError(f"has {quoted(part)} where hours should stand, such as 09:00-17:00")
        start, end = (_minutes(*match.group(place, place + 1)) for place in (1, 3))
        if start in (_MIDNIGHT, end):
            raise ValueError(f"has hours without length, {quoted(part)} (the whole day is 00:00-24:00)")
        past_midnight = _MIDNIGHT if edges and edges[-1] >= _MIDNIGHT else 0
        edges += [start + past_midnight, end + past_midnight + (_MIDNIGHT if end < start else 0)]
    if any(earlier > later for earlier, later in pairwise(edges)) or edges[-1] - edges[0] > _MIDNIGHT:
        raise ValueError(f"has hours that are not in order or overlap, {quoted(text)}")
    opens, *inner, closes = (time(edge // 60 % 24, edge % 60) for edge in edges)
    pauses = zip(inner[::2], inner[1::2], strict=True)
    return opens, closes, tuple((start, end) for start, end in pauses if start != end)


def _minutes(hour: str, minute: str) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > _MIDNIGHT:
        raise ValueError(f"has {quoted(f'{hour}:{minute}')}, which is no time between 00:00 and 24:00")
    return found


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
            return date.fromisoformat(value.strip())
    except ValueError:
        pass
    raise ValueError(f"has {quoted(str(value))} among the holidays, which is no date such as 2026-12-24")
