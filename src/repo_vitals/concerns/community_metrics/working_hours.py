"""From business hours as they were asked for to a calendar: its zone, and the holidays of the years that it is for."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.config.file import closest, quoted
from repo_vitals.sources.public_holidays import countries, public_holidays, subdivisions
from repo_vitals.stats.business_time import BusinessHours

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.config.business_hours import HoursSpec
    from repo_vitals.report.model import Window

_YEARS_AHEAD = 2        # in which what is open now can fall due


def with_known_country(spec: HoursSpec | None) -> HoursSpec | None:
    """The same hours, the subdivision by its code. Raises ValueError for a country or subdivision that nobody knows."""
    if spec is None or spec.country is None:
        return spec
    known = countries()
    if spec.country not in known:
        hint = closest(spec.country, known) or " (an ISO 3166 code such as DE)"
        raise ValueError(f"names an unknown country {quoted(spec.country)}{hint}")
    if spec.subdivision is None:
        return spec
    parts = subdivisions(spec.country)
    if not parts:
        raise ValueError(f"names a subdivision, but {spec.country} has the same public holidays everywhere")
    if spec.subdivision.lower() not in parts:
        hint = closest(spec.subdivision.upper(), set(parts.values())) or " (an ISO 3166-2 code without the country)"
        raise ValueError(f"names an unknown subdivision of {spec.country}, {quoted(spec.subdivision)}{hint}")
    return replace(spec, subdivision=parts[spec.subdivision.lower()])


def business_calendar(spec: HoursSpec, *, since: datetime, window: Window) -> tuple[BusinessHours, tuple[str, ...]]:
    """The calendar, for moments from `since` on, and what a reader should know about it, one line each.

    Reads the machine's zones and the library of public holidays.
    """
    from zoneinfo import ZoneInfo

    days_off, notes = spec.holidays, []
    zone = ZoneInfo(spec.zone)
    today = window.end.astimezone(zone).date()
    if spec.country is not None:
        place = "-".join(part for part in (spec.country, spec.subdivision) if part)
        # A year more at either end, since a zone's year is not that of UTC and hours run past midnight.
        found = public_holidays(spec.country, spec.subdivision,
                                range(since.year - 1, window.end.year + _YEARS_AHEAD + 1))
        days_off |= found.dates
        if found.last_year < today.year:
            notes.append(f"business-hours: no public holidays of {place} are known after {found.last_year}; "
                         "later ones count as working days")
        if since.year < found.first_year:
            notes.append(f"business-hours: no public holidays of {place} are known before {found.first_year}; "
                         "earlier ones count as working days")
    elif days_off and (last := max(days_off)) < today:
        notes.append(f"business-hours: the holidays listed end with {last}, before the window does; "
                     "later ones count as working days")
    return BusinessHours(zone=zone, days=spec.days, opens=spec.opens, closes=spec.closes, breaks=spec.breaks,
                         holidays=days_off), tuple(notes)
