"""Whether a document is past its review, by what is known of its age. Pure."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.clock import in_words

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

    A `next_review` of its own takes the place of the window.
    """
    if age.next_review is not None:
        if end_of(age.next_review) < now:
            return Staleness(is_stale=True, reason=f"its next review was due on {age.next_review}")
        return Staleness(is_stale=False)
    at = fresh_at(age)
    if window is None:
        if at is None:
            return Staleness(is_stale=None, reason=age.why_unknown)
        if age.release is not None and age.release.at > at:
            return Staleness(is_stale=True, reason=f"source files changed after it and were released on "
                                                   f"{age.release.at:%Y-%m-%d}")
        return Staleness(is_stale=False)
    # Without the change itself: what is older than a time that is past the window is stale whenever it was.
    latest = age.unchanged_since if at is None else at
    if latest is not None and now - latest > window:
        words = "was changed or reviewed" if at is not None else "changed, as far as this history goes"
        return Staleness(is_stale=True, reason=f"nothing {words} for {in_words(now - latest)}"
                         if at is None else f"last {words} {in_words(now - latest)} ago (at most {in_words(window)})")
    return Staleness(is_stale=None, reason=age.why_unknown) if at is None else Staleness(is_stale=False)


def end_of(day: date) -> datetime:
    """The first instant after a day, in UTC."""
    return datetime.combine(day, time(), timezone.utc) + timedelta(days=1)
