"""What an alert's state keeps of it as an incident, for the response clocks and the review. Pure.

It is made of what the state says anyway, so that a run which lost its writes loses nothing here.
"""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert.spells import change, told_at
from repo_vitals.report.incidents import LEVELS, Incident

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Treatment

REVIEW_WITHIN = timedelta(days=7)


def as_incident(state: AlertState, treatment: Treatment, now: datetime, *, is_new_issue: bool, was_firing: bool,
                ) -> AlertState:
    """The state with the incident of its issue; as it was where there is none.

    Severity and limits stay as they were when it began: with its issue, or later where it got graver. An issue that is
    opened again goes on with its incident, a new one has its own.
    """
    found = None if is_new_issue else state.incident
    level = state.level if state.level is not None else treatment.incident
    goes_on = state.phase == "firing"
    if found is None and state.fired_at is not None and level in LEVELS and (goes_on or was_firing):
        found = Incident(opened_at=_begins(state, treatment, now), level=level)
    if found is None:
        return replace(state, incident=None)
    found = replace(found, within=found.within or treatment.respond_within)
    if goes_on and state.fired_at is not None:
        found = found.turned(state.fired_at, ends=False)
    elif state.phase == "resolved" and state.resolved_at is not None:
        found = found.turned(state.resolved_at, ends=True)
    said = [event.at for event in state.timeline if event.what == "status" and event.at >= found.opened_at]
    return replace(state, incident=replace(
        found, acknowledged_at=_first(found.acknowledged_at, state.acknowledged_at, found.opened_at),
        updated_at=_first(found.updated_at, min(said, default=None), found.opened_at)))


def _begins(state: AlertState, treatment: Treatment, now: datetime) -> datetime:
    """Since when it has been an incident and people could know: who gets an alert that was none owes nothing for the
    time before it got graver."""
    opened = told_at(state) or now
    if state.level is not None:     # as a person said of the whole of it
        return opened
    return max(opened, now if change(state, treatment.severity) == "worse" else state.changed_at or opened)


def _first(known: datetime | None, now: datetime | None, began: datetime) -> datetime | None:
    return known if known is not None or now is None else max(now, began)


def is_review_due(state: AlertState, now: datetime) -> bool:
    """Whether the review of an incident that is over is to be asked for: nobody noted one, and nobody asked yet."""
    return (state.phase == "resolved" and state.incident is not None and state.resolved_at is not None
            and state.reviewed_at is None and state.reminded_at is None and now >= state.resolved_at + REVIEW_WITHIN)
