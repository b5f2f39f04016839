"""Public holidays by country, from the library `holidays`, which computes them and knows their past and future changes.

https://github.com/vacanza/holidays: MIT, a release every two weeks. It holds the days as observed, that is with the
Monday that a country takes off for a Sunday, and estimates for those by the moon that are announced late.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from types import ModuleType


@dataclass(frozen=True, kw_only=True)
class PublicHolidays:
    """Days off in some years, and the years of which the library knows any for that country."""

    dates: frozenset[date]
    first_year: int
    last_year: int


def countries() -> frozenset[str]:
    """ISO 3166 codes, of two and of three letters, that the library knows."""
    return frozenset(_library().list_supported_countries(include_aliases=True))


def subdivisions(country: str) -> Mapping[str, str]:
    """A country's subdivisions by what they may be called, in lower case: ISO 3166-2 codes, names. May be empty."""
    known = _library().country_holidays(country)
    aliases = known.get_subdivision_aliases()
    names = {name.lower(): code for code in known.subdivisions for name in aliases.get(code, ())}
    return {**names, **{code.lower(): code for code in known.subdivisions}}


def public_holidays(country: str, subdivision: str | None, years: Iterable[int]) -> PublicHolidays:
    """The public holidays of a country, or of a part of it, in these years.

    `country` and `subdivision` are of those above. Years that the library does not know have none: see `last_year`.
    """
    found = _library().country_holidays(country, subdiv=subdivision, years=years)
    return PublicHolidays(dates=frozenset(found), first_year=found.start_year, last_year=found.end_year)


def _library() -> ModuleType:
    try:
        import holidays
    except ImportError:
        raise InputError("business-hours: holidays of a country need the extra `calendar` "
                         "(pip install 'repo-vitals[calendar]')") from None
    return holidays
