"""How long a configured bot may be silent. Pure."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from repo_vitals.concerns.dependency_health.facts import BotSetup

LEAST = timedelta(days=30)
INTERVALS = 3
_UNKNOWN_INTERVAL = 30.0    # days: a cron expression, or a schedule in words that are not read


def logins_of(setup: BotSetup, bots: Collection[str]) -> frozenset[str]:
    """Under which logins a bot may open pull requests: a Renovate of one's own has an account of one's own."""
    return frozenset({"dependabot"}) if setup.bot == "dependabot" else frozenset({"renovate", *bots} - {"dependabot"})


def last_of(setup: BotSetup, last_by_bot: Mapping[str, datetime]) -> datetime | None:
    """When a configured bot last opened a pull request, as far as is known."""
    logins = logins_of(setup, last_by_bot)
    return max((moment for login, moment in last_by_bot.items() if login in logins), default=None)


def silent_after(setup: BotSetup, given: timedelta | None) -> timedelta:
    """The time without a pull request after which a bot counts as silent: as given, else three of its intervals and at
    least thirty days."""
    if given is not None:
        return given
    days = _UNKNOWN_INTERVAL if setup.interval_days is None else setup.interval_days
    return max(LEAST, INTERVALS * timedelta(days=days))
