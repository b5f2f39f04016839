"""How much of the time a service was up, from checks at odd instants. Pure.

Every instant belongs to the check nearest to it, if that is at most `REACH` away; what no check reaches is a gap, and
neither up nor down. So a burst of checks weighs no more than the time it covers, and a monitor that did not run for a
week says nothing of that week.
"""
from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from repo_vitals.concerns.service_health.facts import PastCheck

DAYS = (1, 7, 30, 90)
REACH = timedelta(hours=12)     # a check a day reaches around the clock
LEAST_COVERED = 0.5             # of the period; with less the ratio is unknown
LEAST_CHECKS = 3                # that could tell up from down
FLAPPING_CHECKS = 10            # the newest that could tell, now's among them
FLAPPING_CHANGES = 4


@dataclass(frozen=True, kw_only=True)
class Uptime:
    """The share of a period that a service was up."""

    ratio: float | None     # up ÷ (up + down); None where too little is known
    covered: float          # (up + down) ÷ period
    checks: int             # that told up from down and reach into the period


def uptime(checks: Sequence[PastCheck], *, end: datetime, days: int) -> Uptime:
    """Over the last `days` up to `end`.

    `checks` are in order of time, none after `end`; one that could not tell makes a gap.
    """
    start = end - timedelta(days=days)
    up = down = timedelta(0)
    told = 0
    for place, check in enumerate(checks):
        begins, ends = max(start, check.at - REACH), min(end, check.at + REACH)
        if place > 0:
            before = checks[place - 1].at
            begins = max(begins, before + (check.at - before) / 2)
        if place + 1 < len(checks):
            after = checks[place + 1].at
            ends = min(ends, check.at + (after - check.at) / 2)
        if check.up is None or ends <= begins:
            continue
        told += 1
        if check.up:
            up += ends - begins
        else:
            down += ends - begins
    covered = (up + down) / timedelta(days=days)
    known = covered >= LEAST_COVERED and told >= LEAST_CHECKS
    return Uptime(ratio=up / (up + down) if known else None, covered=covered, checks=told)


def down_since(checks: Sequence[PastCheck]) -> datetime | None:
    """The first of the checks in a row, up to the last, that found it down; None where the last that told did not.

    A check that could not tell neither ends an outage nor begins one.
    """
    since = None
    for check in reversed(checks):
        if check.up is None:
            continue
        if check.up:
            break
        since = check.at
    return since


def flapping(checks: Sequence[PastCheck]) -> bool:
    """Whether the newest 10 checks that told went over between up and down 4 times or more."""
    told = [check.up for check in checks if check.up is not None][-FLAPPING_CHECKS:]
    return sum(one != other for one, other in pairwise(told)) >= FLAPPING_CHANGES
