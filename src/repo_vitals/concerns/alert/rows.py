"""The runs of each monitor, of one alert about all: what others report fires and ends nothing of a monitor's. Pure.

Of a monitor is kept what its newest runs came to, from the first failing one on. One that only ever was healthy has no
row.
"""
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.alert.facts import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Signal, Treatment

MOST_IN_A_ROW = 20      # as many as `fire-after` and `resolve-after` can ask for
_ROW = re.compile(rf"[fh]{{1,{MOST_IN_A_ROW}}}")


# -- counted -----------------------------------------------------------------------------------------------------

def counted(state: AlertState, signal: Signal | None) -> Mapping[str, Row]:
    """The rows of a state with this run.

    A report that is read again is the same run, and one that a newer report of its monitor has overtaken is none.
    """
    if signal is None or not signal.runs:
        return state.rows
    found = dict(_known(state))
    for run in signal.runs:
        before = found.get(run.monitor)
        if run.outcome == "unknown" or (before is not None and run.at < before.at):
            continue
        # When it failed is told by the clock of the whole, as the beginning of a spell is.
        if run.outcome == "failing":
            before = replace(before or Row(at=run.at, failed_at=signal.at, outcomes=""), failed_at=signal.at)
        if before is not None:
            earlier = before.outcomes[:-1] if run.at == before.at else before.outcomes
            outcomes = earlier + ("f" if run.outcome == "failing" else "h")
            found[run.monitor] = replace(before, at=run.at, outcomes=outcomes[-MOST_IN_A_ROW:])
    return found


def _known(state: AlertState) -> Mapping[str, Row]:
    """The rows, and of a monitor that failed when it was last judged at least that: a state that was written before
    there were rows names no more."""
    at = max((at for at, _ in state.recent), default=state.since)
    if at is None:
        return state.rows
    return {**{monitor: Row(at=at, failed_at=at, outcomes="f") for monitor in state.monitors}, **state.rows}


# -- what they come to -------------------------------------------------------------------------------------------

def fails_enough(state: AlertState, signal: Signal, treatment: Treatment) -> bool:
    """Whether k of the last n runs failed of a monitor that this run tells of."""
    for monitor in {problem.monitor for problem in signal.problems}:
        needed, among = treatment.fire_after_of.get(monitor, treatment.fire_after)
        row = state.rows.get(monitor)
        if row is not None and row.outcomes[-max(among, needed):].count("f") >= needed:
            return True
    return False


def healthy_in_a_row(state: AlertState) -> int | None:
    """Of the monitors that have failed in this spell how many of the newest runs were healthy, of each at least; None
    where that is known of none."""
    found = [_healthy(row) for row in state.rows.values() if state.since is None or row.failed_at >= state.since]
    return min(found, default=None)


def still_counting(state: AlertState, resolve_after: int) -> Mapping[str, int]:
    """How many healthy runs in a row those monitors have of which it matters how many they are."""
    found = {monitor: _healthy(row) for monitor, row in state.rows.items()}
    return {monitor: row for monitor, row in found.items() if row < resolve_after}


def _healthy(row: Row) -> int:
    return len(row.outcomes) - len(row.outcomes.rstrip("h"))


# -- kept --------------------------------------------------------------------------------------------------------

def as_json(rows: Mapping[str, Row]) -> dict[str, list[str]]:
    """The rows as they stand in a state's line."""
    return {monitor: [format_instant(row.at), format_instant(row.failed_at), row.outcomes]
            for monitor, row in sorted(rows.items())}


def from_json(value: Any, instant: Callable[[Any], datetime]) -> Row:
    """A row of a state's line. Raises ValueError or TypeError for what is none."""
    at, failed_at, outcomes = value
    if _ROW.fullmatch(outcomes) is None:
        raise ValueError(outcomes)
    return Row(at=instant(at), failed_at=instant(failed_at), outcomes=outcomes)


def bounded(rows: Mapping[str, Row], *, most: int, longest: int) -> Mapping[str, Row]:
    """Those that failed last, of monitors whose names are no longer than they can rightly be."""
    kept = sorted((item for item in rows.items() if len(item[0]) <= longest),
                  key=lambda item: (item[1].failed_at, item[0]))[-most:]
    return {monitor: replace(row, outcomes=row.outcomes[-MOST_IN_A_ROW:]) for monitor, row in sorted(kept)}


def of_both(one: Mapping[str, Row], other: Mapping[str, Row]) -> Mapping[str, Row]:
    """Of each monitor the row that was heard later; the first where that is the same."""
    found = dict(other)
    for monitor, row in one.items():
        if monitor not in found or found[monitor].at <= row.at:
            found[monitor] = row
    return found


def until(rows: Mapping[str, Row], limit: datetime) -> Mapping[str, Row]:
    """Those that claim nothing of the future."""
    return {monitor: row for monitor, row in rows.items() if max(row.at, row.failed_at) <= limit}
