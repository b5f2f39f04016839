"""How long a configured bot may be silent. Pure."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_vitals.concerns.dependency_health.facts import BotSetup

LEAST = timedelta(days=30)
INTERVALS = 3
_UNKNOWN_INTERVAL = 30.0    # days: a cron expression, or a schedule in words that are not read


def silent_after(setup: BotSetup, given: timedelta | None) -> timedelta:
    """The time without a pull request after which a bot counts as silent: as given, else three of its intervals and at
    least thirty days."""
    if given is not None:
        return given
    days = _UNKNOWN_INTERVAL if setup.interval_days is None else setup.interval_days
    return max(LEAST, INTERVALS * timedelta(days=days))
