"""How the tries of a service make one state: one failed try is not an outage. Pure.

A first try that succeeds ends the check. After one that failed, tries follow until `failures` of them have failed
(down) or so many have not that they no longer can (up), at most `tries` in all.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.service_health.facts import Probe, Service, State, Try

_GOOD = ("up", "degraded", "pending")


def enough(service: Service, tries: Sequence[Try]) -> bool:
    """Whether another try would change nothing."""
    if not tries:
        return False
    good = sum(one.state in _GOOD for one in tries)
    return (len(tries) == 1 and good == 1) or len(tries) >= service.tries \
        or len(tries) - good >= service.failures or good > service.tries - service.failures


def state_of(service: Service, tries: Sequence[Try]) -> State:
    """What the tries say together; unknown for none.

    With fewer than `failures` failed tries it is what the last good one said, else it is down; unknown where none of
    the failed ones says that it is down.
    """
    bad = [one for one in tries if one.state not in _GOOD]
    good = [one for one in tries if one.state in _GOOD]
    if good and len(bad) < service.failures:
        return good[-1].state
    return "down" if any(one.state == "down" for one in bad) else "unknown"


def reason_of(state: State, tries: Sequence[Try]) -> str:
    """Why it is in that state: the last try's word that led to it."""
    return next((one.reason for one in reversed(tries) if one.state == state), "")


def states(probes: Sequence[Probe]) -> list[tuple[State, str]]:
    """State and reason of every service.

    Where several hosts were asked and not one was reached by any try, our own network is at fault, and nothing can be
    told about any of them.
    """
    found = [(state, reason_of(state, probe.tries)) for probe in probes
             for state in (state_of(probe.service, probe.tries),)]
    reached = any(one.reach == "there" for probe in probes for one in probe.tries)
    if reached or len({probe.service.host for probe in probes}) < 2:
        return found
    return [("unknown", f"no service was reached, so the fault may be on this side ({reason})") if state == "down"
            else (state, reason) for state, reason in found]
