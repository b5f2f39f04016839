"""Whether a report is too old to say that something is not there. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import in_words

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from repo_vitals.concerns.security_summary.facts import Report

# An old list of licences is not out of date for its age: licences of a version do not change.
_AGEING = frozenset({"vulnerabilities", "code", "secrets"})


def stale(report: Report, *, maximum_age: timedelta | None, now: datetime) -> str | None:
    """Why a report is too old, in words that follow its name; None where it is not, or gives no date."""
    if maximum_age is None or not (report.checks & _AGEING):
        return None
    for moment, what in ((report.made_at, "was made"), (report.database_at, "rests on advisories of")):
        if moment is not None and now - moment > maximum_age:
            return f"{what} {in_words(now - moment)} ago; at most {in_words(maximum_age)} are allowed"
    return None


def is_whole(report: Report, *, maximum_age: timedelta | None, now: datetime) -> bool:
    """Whether what a report does not tell of can be taken to be absent."""
    return not report.missing and stale(report, maximum_age=maximum_age, now=now) is None
