"""When a key is in trouble: what its latest runs make of its phase. Pure.

A run that could not judge says nothing: it takes no place among the last n, and does not end a row of healthy ones.
"""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.alert.facts import Failed, Signal
from repo_vitals.concerns.alert.signals import ALL, EVERYTHING, UNKNOWN
from repo_vitals.concerns.alert.state import MOST_BLIND, MOST_PROBLEMS, MOST_RUNS, shared
from repo_vitals.report.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Outcome, TakenOver, Treatment
    from repo_vitals.report.model import Severity

Runs = tuple[tuple["datetime", "Outcome"], ...]


# -- runs --------------------------------------------------------------------------------------------------------

def counted(recent: Runs, signal: Signal | None) -> tuple[Runs, Signal | None]:
    """The runs with this one, and the signal where it is news; None for one that newer reports have overtaken.

    The same reports read again are the same run.
    """
    if signal is None:
        return recent, None
    latest = max((at for at, outcome in recent if outcome != "unknown"), default=None)
    if (latest is not None and signal.at < latest) or (
            signal.outcome == "unknown" and any(at > signal.at for at, _ in recent)):
        return recent, None
    others = tuple(run for run in recent if run[0] != signal.at)
    return tuple(sorted((*others, (signal.at, signal.outcome))))[-MOST_RUNS:], signal


def fails_enough(recent: Runs, fire_after: tuple[int, int]) -> bool:
    """Whether k of the last n runs that could judge failed."""
    needed, among = fire_after
    judged = [outcome for _, outcome in recent if outcome != "unknown"]
    return judged[-max(among, needed):].count("failing") >= needed


def healthy_in_a_row(recent: Runs) -> int:
    """How many of the newest runs that could judge were healthy, without a failing one between them."""
    row = 0
    for _, outcome in reversed(recent):
        if outcome == "failing":
            break
        row += outcome == "healthy"
    return row


# -- what can't be judged ----------------------------------------------------------------------------------------

def failed_of_all(state: AlertState, signal: Signal | None) -> Mapping[str, Failed]:
    """Of one alert about all: the monitors that failed when they were last judged, with what this run says of some."""
    if signal is None or not signal.judged:
        return state.monitors
    found = unheard(state, signal)
    for monitor in signal.monitors if signal.outcome == "failing" else ():
        now = [problem for problem in signal.problems if problem.monitor == monitor]
        before = found.get(monitor, Failed(severity="info"))
        found[monitor] = Failed(
            severity=max((before.severity, *(problem.severity for problem in now)), key=SEVERITIES.index),
            problems=tuple(dict.fromkeys((*(problem.id for problem in now), *before.problems))))
    return shared(found)


def unheard(state: AlertState, signal: Signal) -> dict[str, Failed]:
    """What is remembered to fail and this run did not judge, by monitor: of monitors that it has no word of, and what a
    report that lacks something does not name."""
    if not signal.judged:
        [monitor, *_] = signal.monitors
        known = {monitor: Failed(severity=state.severity, problems=state.problems)} if state.phase == "firing" else {}
    else:
        known = dict(state.monitors)
    judged = {monitor for monitor, is_judged in signal.judged or ((one, True) for one in signal.monitors) if is_judged}
    named = {(problem.monitor, problem.id) for problem in (*signal.problems, *signal.elsewhere)}
    found = {}
    for monitor, one in known.items():
        left = tuple(name for name in one.problems if (monitor, name) not in named)
        if monitor not in judged or (left and monitor in signal.lacking):
            found[monitor] = one if monitor not in judged else replace(one, problems=left)
    return found


def unjudged(signals: Sequence[Signal]) -> Iterator[Signal]:
    """Signals of keys `unknown/<monitor>`: failing while a monitor can't be judged, healthy as soon as it can."""
    of: dict[str, list[tuple[Signal, bool]]] = {}
    for signal in signals:
        is_known = signal.outcome != "unknown" or bool(signal.elsewhere)
        for monitor, is_judged in signal.judged or [(one, is_known) for one in signal.monitors]:
            if signal.key in (monitor, ALL) and not (signal.key == ALL and signal.is_moved):
                of.setdefault(monitor, []).append((signal, is_judged))
    for monitor, found in sorted(of.items()):
        unknown = [signal for signal, is_judged in found if not is_judged]
        said = (unknown or [signal for signal, _ in found])[0]
        is_its = said.key != ALL or said.outcome == "unknown"   # what stands there is not of others that fail
        yield Signal(key=f"{UNKNOWN}/{monitor}", outcome="failing" if unknown else "healthy",
                     at=max(run_at for signal, _ in found for run_at in _times(signal, monitor)), monitors=(monitor,),
                     figures=said.figures if is_its else (), said=said.said if is_its else (), subject=said.subject)


def _times(signal: Signal, monitor: str) -> list[datetime]:
    """When a monitor's report was made, which may be another time than that of the newest of all."""
    return [run.at for run in signal.runs if run.monitor == monitor] or [signal.at]


# -- spells ------------------------------------------------------------------------------------------------------

def begun(state: AlertState, signal: Signal) -> AlertState:
    """The state at the first failing run, which is where it counts from."""
    state = replace(state, blind=_blind(state, signal))
    return state if state.phase in ("pending", "firing") else replace(state, since=signal.at)


def fired(state: AlertState, signal: Signal, treatment: Treatment, now: datetime) -> AlertState:
    """The state at the beginning of a spell."""
    state = replace(
        as_acted_on(begun(state, signal), signal, treatment), phase="firing", fired_at=now,
        changed_at=now, left_at=None, spells=state.spells + 1, acknowledged_at=None, acknowledged_by="", escalated=(),
        level=None, reviewed_at=None, reminded_at=None)
    return state if treatment.takes_over is None else _taking_over(state, treatment.takes_over)


def _taking_over(state: AlertState, before: TakenOver) -> AlertState:
    acknowledged_at, acknowledged_by = before.acknowledged or (None, "")
    until, who = before.snoozed or (None, "")
    if state.snoozed_until is not None:
        until, who = state.snoozed_until, state.snoozed_by
    return replace(state, since=min((at for at in (state.since, before.since) if at is not None), default=None),
                   acknowledged_at=acknowledged_at, acknowledged_by=acknowledged_by, snoozed_until=until,
                   snoozed_by=who, left_at=before.left_at, level=before.level)


def told_at(state: AlertState) -> datetime | None:
    """When people could first know of this spell, from which on they are awaited: its issue may have come later than
    the trouble, as after a window of maintenance."""
    began = state.fired_at
    opened = [event.at for event in state.timeline
              if event.what in ("opened", "reopened") and began is not None and event.at >= began]
    return opened[0] if opened else began


def as_acted_on(state: AlertState, signal: Signal, treatment: Treatment) -> AlertState:
    """The state with the severity of now, which a later one is compared with."""
    return replace(with_problems(state, signal), severity=treatment.severity)


def with_problems(state: AlertState, signal: Signal) -> AlertState:
    """The state with the problems of now; a change of theirs alone is told in the text only. Those that a report which
    lacks something does not name are not known to be gone."""
    state = replace(state, blind=_blind(state, signal), monitors=failed_of_all(state, signal))
    if signal.judged:
        return state
    left = (name for one in unheard(state, signal).values() for name in one.problems)
    names = list(dict.fromkeys((*(problem.id for problem in signal.problems), *left)))
    return replace(state, problems=tuple(sorted(names[:MOST_PROBLEMS])))


def _blind(state: AlertState, signal: Signal) -> tuple[str, ...]:
    """What could not be judged as it failed. Of a report that lacks something that is not known: as it was before."""
    is_vague = EVERYTHING in signal.blind and state.phase in ("pending", "firing")
    return state.blind if is_vague else signal.blind[:MOST_BLIND]


def change(state: AlertState, severity: Severity) -> Literal["worse", "better", ""]:
    """What became of the severity since it was last acted on."""
    then, now = SEVERITIES.index(state.severity), SEVERITIES.index(severity)
    return "worse" if now > then else "better" if now < then else ""
