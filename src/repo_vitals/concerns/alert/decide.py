"""What is to be done about alerts, and the figures of it. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.alert.course import is_muted
from repo_vitals.concerns.alert.definitions import (
    ALERTS,
    CLOSED,
    FIRING,
    OPENED,
    PENDING,
    RESOLVED,
    SILENCED,
    STATES,
)
from repo_vitals.concerns.alert.hearing import as_heard
from repo_vitals.concerns.alert.plans import Plan
from repo_vitals.concerns.alert.policy import wanted
from repo_vitals.concerns.alert.reconcile import reconcile, treatment_of
from repo_vitals.concerns.alert.signals import UNKNOWN
from repo_vitals.concerns.alert.state import merged
from repo_vitals.plain_text import quotable
from repo_vitals.report.model import Finding, Judgement, Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Facts, Treatment
    from repo_vitals.concerns.alert.plans import Texts, Write
    from repo_vitals.concerns.alert.policy import Policy

_MOST_NAMED = 5         # channels


def decide(facts: Facts, policy: Policy, texts: Texts, *, now: datetime) -> Judgement:
    """The plan at `Judgement.planned`, its writes as `data.actions` shows them, and how every alert stands.

    An action's `target` is an issue as owner/name#7, or the repository where one is opened. The verdict is about this
    work alone: alerts that fire are figures, no findings, since their monitors' own reports say what fails.
    """
    states = as_heard(merged(facts.states, facts.issues, now=now), facts.issues, now)
    signals, treatments = wanted(
        policy, facts.reports, states, now=now, unusable=facts.unusable, codeowners=facts.codeowners,
        known={issue.key: issue.is_open for issue in sorted(facts.issues, key=lambda issue: issue.is_open)})
    settings = policy.settings
    plan = Plan() if facts.silence else reconcile(
        signals, treatments, facts.states, facts.issues, now=now, settings=settings, texts=texts)
    treated = {state.key: treatment_of(state.key, treatments, states, settings) for state in plan.states}
    standing = {state.key: _standing(state, treated[state.key], now) for state in plan.states}
    notes = [*facts.notes, *plan.notes]
    untold = _untold((state, treated[state.key]) for state in plan.states if standing[state.key] == FIRING)
    notes += [untold] if untold else []
    if facts.silence:
        notes.append(f"no alert was looked at: {facts.silence}")
    counts = {state: sum(stands == state for stands in standing.values()) for state in STATES}
    opened, closed = (sum(counts_as(write) == name for write in plan.writes) for name in (OPENED, CLOSED))
    figures = [*((ALERTS, counts[state], {"state": state}) for state in STATES), (OPENED, opened, {}),
               (CLOSED, closed, {})]
    # That something can be judged is no alert that was looked at.
    looked_at = sum(bool(stands) or not key.startswith(f"{UNKNOWN}/") for key, stands in standing.items())
    metrics = [Metric(name=name, value=value if looked_at else None, unit="count", samples=looked_at, labels=labels)
               for name, value, labels in figures]
    return Judgement(
        repository=facts.repository, metrics=tuple(metrics), findings=tuple(_findings(facts)),
        summary=_summary(facts, counts, opened, closed, untold), notes=tuple(notes), is_kept=False, planned=plan,
        data={"reports": sorted(report.monitor for report in facts.reports), "run": facts.run_url,
              "alerts": [_alert(state, standing[state.key]) for state in plan.states if standing[state.key]],
              "actions": [_action(facts.repository, write) for write in plan.writes]})


def counts_as(write: Write) -> str:
    """The figure that a write is counted in; empty for most."""
    if write.verb in ("create-issue", "reopen-issue"):
        return OPENED
    return CLOSED if write.verb == "close-issue" and write.reason != "duplicate" else ""


def state_of(write: Write) -> str | None:
    """What a write makes of its issue: open, closed, or as it is."""
    if write.stays_closed:
        return "closed"
    return {"close-issue": "closed", "reopen-issue": "open"}.get(write.verb)


def _standing(state: AlertState, treatment: Treatment, now: datetime) -> str:
    if state.phase == "firing":
        return SILENCED if state.left_at is not None or is_muted(state, treatment, now) else FIRING
    return {"pending": PENDING, "resolved": RESOLVED}.get(state.phase, "")


def _findings(facts: Facts) -> Iterator[Finding]:
    for one in facts.refused:
        yield Finding(rule="report-refused", subject=one.name, severity="low", title=f"{one.name} was not used",
                      detail=f"It {one.why}")
    if not facts.reports and not facts.refused and not facts.silence:
        yield Finding(rule="no-reports", subject="reports", severity="low", title="There is no report to judge by",
                      detail="Alerts stay as they are; see what `reports` and `artifact` name")


def _summary(facts: Facts, counts: Mapping[str, int], opened: int, closed: int, untold: str) -> str:
    if facts.silence:
        return f"no alert was looked at: {facts.silence}"
    said = [f"{counts[state]} {state}" for state in (FIRING, PENDING, SILENCED) if counts[state] or
            state == FIRING]
    if opened or closed:
        said.append(f"{opened} opened, {closed} closed")
    read = len(facts.reports)
    return (f"alerts: {', '.join(said)} (from {read} {'report' if read == 1 else 'reports'})"
            + (f"; {untold}" if untold else ""))


def _untold(firing: Iterable[tuple[AlertState, Treatment]]) -> str:
    """Of the channels that would be told of what fires and are not given, as in a fork, which has no secrets."""
    names = sorted({name for state, treatment in firing for name in (
        *treatment.absent, *(name for one in treatment.carried_out(state.escalated) for name in one.absent))})
    if not names:
        return ""
    shown = ", ".join(quotable(name, limit=40) for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    one = len(names) == 1
    return (f"the {'channel' if one else 'channels'} {shown}{more} {'is' if one else 'are'} not given here: nobody was "
            f"told by {'it' if one else 'them'}")


# -- data --------------------------------------------------------------------------------------------------------

def _alert(state: AlertState, standing: str) -> dict[str, Any]:
    return {
        "key": state.key, "state": standing, "severity": state.severity, "issue": state.number,
        "since": _instant(state.since), "fired_at": _instant(state.fired_at),
        "resolved_at": _instant(state.resolved_at), "snoozed_until": _instant(state.snoozed_until),
        "acknowledged_by": state.acknowledged_by or None, "spells": state.spells}


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


def _action(repository: str, write: Write) -> dict[str, Any]:
    """A write as the contract shows one: `after` holds what it changes, `before` the body that it replaces."""
    state = state_of(write)
    after = {"title": write.title, "body": write.body, "state": state, "state_reason": write.reason,
             "comment": write.comment, "labels": list(write.labels) or None, "assignees": list(write.assignees) or None}
    return {"verb": write.verb, "target": repository if write.number is None else f"{repository}#{write.number}",
            "before": None if write.before is None else {"body": write.before},
            "after": {name: value for name, value in after.items() if value is not None}}
