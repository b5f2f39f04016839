"""What becomes of alerts that are about several things: which of them were judged, and what goes on under another key
once alerts are grouped otherwise. Pure.

An alert's problems move with it, whichever run last judged them, and so does what people have said of it.
"""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert.facts import TakenOver
from repo_vitals.concerns.alert.signals import EVERYTHING
from repo_vitals.concerns.alert.spells import failed_of_all, unheard
from repo_vitals.concerns.alert.state import MOST_BLIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from repo_vitals.concerns.alert.facts import AlertState, Signal, Treatment

Origins = dict[tuple[str, str], list["AlertState"]]


def as_far_as_seen(signal: Signal, state: AlertState | None) -> Signal:
    """A healthy signal of a key in trouble, unless what was judged when it last failed was not judged now.

    Figures of which there was nothing to measure then either can't have been the trouble, and keep no alert open. Of
    one alert about all, each monitor that failed is to be heard again, as another workflow may report it, unless a
    person closed it: that may be since a monitor is no more.
    """
    if state is None or state.phase not in ("pending", "firing"):
        return signal
    runs = tuple(replace(run, outcome="unknown") if run.outcome == "healthy" and _is_blind(state, run.monitor, signal)
                 else run for run in signal.runs)
    signal = replace(signal, runs=runs)
    if signal.outcome != "healthy":
        return signal
    waits = failed_of_all(state, signal) if signal.judged else signal.is_moved and unheard(state, signal)
    if state.left_at is None and waits:
        return replace(signal, outcome="unknown", is_moved=False)
    # Where it failed in a report that lacked something, any that is whole counts; of more figures than are remembered
    # those count that would stand among them.
    if signal.judged:       # what another run could not judge is not known here: what failed is
        failed = {name for _, name in problems_of(state, signal.monitors)}
        return replace(signal, outcome="unknown", is_moved=False) if failed.intersection(signal.blind) else signal
    if EVERYTHING in state.blind:
        return signal
    limit = state.blind[-1] if len(state.blind) == MOST_BLIND else None
    blind = {name for name in signal.blind if limit is None or name <= limit}
    return signal if blind <= set(state.blind) else replace(signal, outcome="unknown")


def _is_blind(state: AlertState, monitor: str, signal: Signal) -> bool:
    """Whether there was nothing to measure now of what failed of a monitor."""
    return not {name for _, name in problems_of(state, (monitor,))}.isdisjoint(signal.blind)


def problems_of(state: AlertState, monitors: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Monitors and ids of the problems that an alert had when they were last judged."""
    for monitor in monitors:
        one = state.monitors.get(monitor)
        for name in (*state.problems, *(() if one is None else one.problems)):
            yield monitor, name


def origins(signals: Iterable[Signal], states: Mapping[str, AlertState]) -> Origins:
    """Of monitors and ids of problems the alerts that fire about them and are grouped otherwise now: they have failed
    often enough under their keys, and go on under others."""
    found: Origins = {}
    for signal in signals:
        state = states.get(signal.key)
        if signal.is_moved and state is not None and state.phase == "firing":
            for problem in problems_of(state, signal.monitors):
                found.setdefault(problem, []).append(state)
    return found


def going_on(treatment: Treatment, signal: Signal, known: Origins) -> Treatment:
    """The treatment of a signal with problems that have fired under other keys: it fires at once.

    What people said of those counts for the whole of it if it holds for each of its problems. What a person has closed
    rests under its new key too, unless something else fails beside it.
    """
    of_each = [known.get((problem.monitor, problem.id), []) for problem in signal.problems]
    alive = [state for found in of_each for state in found if state.left_at is None]
    if not alive and not (of_each and all(of_each)):
        return treatment
    treatment = replace(treatment, fire_after=(1, 1), fire_after_of={})
    sources = alive or [state for found in of_each for state in found]
    is_whole = all(any(state in sources for state in found) for found in of_each)
    return replace(treatment, takes_over=_taken_over(sources, is_whole=is_whole))


def _taken_over(sources: Sequence[AlertState], *, is_whole: bool) -> TakenOver:
    since = min((at for state in sources if (at := state.since or state.fired_at) is not None), default=None)
    if not is_whole:
        return TakenOver(since=since)
    acknowledged = [(state.acknowledged_at, state.acknowledged_by) for state in sources if state.acknowledged_at]
    snoozed = [(state.snoozed_until, state.snoozed_by) for state in sources if state.snoozed_until]
    left = [state.left_at for state in sources if state.left_at is not None]
    levels = [state.level for state in sources if state.level is not None]
    return TakenOver(
        since=since, acknowledged=max(acknowledged) if len(acknowledged) == len(sources) else None,
        snoozed=min(snoozed) if len(snoozed) == len(sources) else None,
        left_at=max(left) if len(left) == len(sources) else None,
        level=min(levels) if len(levels) == len(sources) else None)
