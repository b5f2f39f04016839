"""The version and date of CITATION.cff. Pure."""
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from repo_vitals.concerns.docs_freshness.versions.packages import line_at

NAME = "CITATION.cff"
_LONGEST = 500_000


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What it says of the software itself, not of what it refers to."""

    version: str | None
    version_line: int
    released: date | None
    released_line: int


def read(text: str) -> Stated | None:
    """None for what is no YAML mapping."""
    import yaml

    if len(text) > _LONGEST or text.count("*") > 1000:
        return None
    try:
        # Without the loader's guesses a version 1.10 would become the number 1.1.
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes texts, lists and mappings alone
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError, KeyError):
        return None
    if not isinstance(found, dict):
        return None
    version, day = found.get("version"), found.get("date-released")
    plain = version.strip() if isinstance(version, str) and version.strip() else None
    return Stated(version=plain, version_line=_line(text, "version"), released=_day(day),
                  released_line=_line(text, "date-released"))


def _line(text: str, key: str) -> int:
    match = re.search(rf"^[\"']?{key}[\"']?[ \t]*:", text, re.MULTILINE)
    return 1 if match is None else line_at(text, match.start())


def _day(value: object) -> date | None:
    try:
        return datetime.strptime(value.strip(), "%Y-%m-%d").date() if isinstance(value, str) else None  # noqa: DTZ007
    except ValueError:
        return None
