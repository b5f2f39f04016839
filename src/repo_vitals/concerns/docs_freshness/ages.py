"""Whether a document is past its review, by what is known of its age. Pure."""
from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.clock import in_words
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from datetime import date

    from repo_vitals.concerns.docs_freshness.facts import Age


@dataclass(frozen=True, kw_only=True)
class Staleness:
    """A verdict on one document, and why in words without strangers' text."""

    is_stale: bool | None       # None: no telling
    reason: str = ""


def fresh_at(age: Age) -> datetime | None:
    """When the document was last known to be right: its change or its review, whichever is later; None: no telling.

    A review counts from the end of its day, in UTC.
    """
    known = [] if age.changed is None else [age.changed.at]
    known += [] if age.reviewed is None else [end_of(age.reviewed)]
    return max(known, default=None)


def staleness(age: Age, window: timedelta | None, *, now: datetime) -> Staleness:
    """Whether nobody changed or reviewed it for longer than its window; with None, since the newest release.

    A `next_review` of its own takes the place of the window. What is not known for sure is None: a document whose
    change is unknown is fresh by its review, and stale where all history that is here is past the window.
    """
    if age.next_review is not None:
        if end_of(age.next_review) < now:
            return Staleness(is_stale=True, reason=f"its next review was due on {age.next_review}")
        return Staleness(is_stale=False)
    earliest, latest = fresh_at(age), _latest(age)
    if window is None:
        if latest is None or earliest is None or age.why_unknown:
            return Staleness(is_stale=None, reason=age.why_unknown)
        if age.release is not None and age.release.at > latest:
            return Staleness(is_stale=True, reason="source files changed after it, and were released on "
                                                   f"{age.release.at:%Y-%m-%d}")
        return Staleness(is_stale=False)
    if earliest is not None and now - earliest <= window:
        return Staleness(is_stale=False)
    if latest is None or now - latest <= window:
        return Staleness(is_stale=None, reason=age.why_unknown)
    least = "" if latest == earliest else "at least "
    return Staleness(is_stale=True, reason=f"not changed or reviewed for {least}{in_words(now - latest)} "
                                           f"(at most {in_words(window)})")


def _latest(age: Age) -> datetime | None:
    """The latest instant at which it may have been changed or reviewed; None: no telling."""
    if age.changed is not None:
        return fresh_at(age)
    if age.unchanged_since is None:
        return None
    return age.unchanged_since if age.reviewed is None else max(age.unchanged_since, end_of(age.reviewed))


def end_of(day: date) -> datetime:
    """The first instant after a day, in UTC."""
    return datetime.combine(day, time(), timezone.utc) + timedelta(days=1)
