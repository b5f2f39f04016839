"""Runs of the security summary on days, for what its clocks and their ledger know afterwards."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.clocks import advance
from repo_vitals.concerns.security_summary.merge import merge
from repo_vitals.concerns.security_summary.severity import graded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.security_summary.facts import Report, Seen, ToolIgnore

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def after(days: float) -> datetime:
    return START + days * DAY


def run(known: Sequence[Seen], *reports: Report, day: float, overlooked: tuple[ToolIgnore, ...] = (),
        is_sure: bool = True, **more: Any) -> tuple[Seen, ...]:
    """What is known after a run on a day."""
    entries = merge(one for each in reports for one in each.advisories)
    return advance(known, entries, reports, overlooked=overlooked, now=after(day), is_sure=is_sure,
                   grade=lambda entry: graded(entry.advisories, unscored="high").grade,
                   whole=lambda one: not one.missing, **more)
