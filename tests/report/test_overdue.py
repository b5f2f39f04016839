"""What was due and is late."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone

from repo_vitals.report.overdue import Overdue, overdue

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def test_what_is_late_is_said_in_the_order_of_the_dues_and_since_the_earliest() -> None:
    found = overdue((("a fix", ago(1)), ("a response", ago(3)), ("a report", ago(-1)), ("thanks", None)), NOW)

    assert found == Overdue(since=ago(3), words="a fix was due 1 h ago and a response was due 3 h ago")


def test_due_now_or_never_is_not_late() -> None:
    assert overdue((("a fix", NOW), ("a response", None)), NOW) is None
    assert overdue((), NOW) is None
