"""Instants: aware, in UTC, to the second; parsed and written in this one place."""
from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

_EARLIEST, _LATEST = 1990, 9000     # years; any window fits between them and the ends of the calendar
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)


@dataclass(frozen=True)
class BusinessDays:
    """A span in working days, `2bd`: how long that is, a calendar says (`stats.business_time`)."""

    days: float     # above 0; 1.5 is a working day and half of the next


def parse_instant(text: str) -> datetime:
    """An ISO 8601 date or date-time as an aware UTC datetime; without a zone it is UTC.

    Python 3.10's `fromisoformat` refuses `Z`, hence this parser. Raises ValueError for anything else.
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not an ISO 8601 instant: {text[:40]!r}")
    day, time, fraction, zone = match.groups()
    offset = "+00:00" if zone is None or zone in "Zz" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    if time is not None and time.count(":") == 1:
        time += ":00"
    moment = datetime.fromisoformat(f"{day}T{time or '00:00:00'}.{(fraction or '0')[:6].ljust(6, '0')}{offset}")
    return moment.astimezone(timezone.utc)


def format_instant(moment: datetime) -> str:
    """`2026-01-31T06:00:00Z`; fractions of a second are dropped."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ended_day(until: datetime) -> str | None:
    """The day that ends at an instant, in UTC: `2027-03-31` at the first moment of 1 April; None where none does."""
    text = format_instant(until)
    return format_instant(until - timedelta(seconds=1))[:10] if text.endswith("T00:00:00Z") else None


def now(environ: Mapping[str, str]) -> datetime:
    """The report's clock: REPO_VITALS_NOW when given, else the system's, to the second."""
    given = environ.get("REPO_VITALS_NOW", "").strip()
    if given:
        try:
            moment = parse_instant(given).replace(microsecond=0)
        except (ValueError, OverflowError):
            raise InputError(f"REPO_VITALS_NOW: {given[:40]!r} is not an ISO 8601 instant "
                             "(for example 2026-01-31T06:00:00Z)") from None
        if not _EARLIEST <= moment.year <= _LATEST:
            raise InputError(f"REPO_VITALS_NOW: {given[:40]!r} is not between the years {_EARLIEST} and {_LATEST}")
        return moment
    return datetime.now(timezone.utc).replace(microsecond=0)


def in_words(span: timedelta | BusinessDays) -> str:
    """A span as people say it: `34 ms`, `1.2 s`, `45 min`, `3.2 h`, `12.5 d`, `2 business days`."""
    if isinstance(span, BusinessDays):
        return f"{span.days:.2f}".rstrip("0").rstrip(".") + (" business day" if span.days == 1 else " business days")
    seconds = span.total_seconds()
    if 0.0005 <= abs(seconds) < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if abs(seconds) < 9.95 and seconds != round(seconds):
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if abs(seconds) < 60:
        return f"{seconds:.0f} s"
    if abs(seconds) < 3600:
        return f"{seconds / 60:.0f} min"
    hours = abs(seconds) < 48 * 3600
    return f"{seconds / (3600 if hours else 86400):.1f}".removesuffix(".0") + (" h" if hours else " d")
