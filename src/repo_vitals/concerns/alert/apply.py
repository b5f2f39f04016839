"""Carries a plan out: labels, issues, comments, channels. Each alert by itself: none stands in another's way."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert.decide import counts_as, state_of
from repo_vitals.concerns.alert.definitions import CLOSED, OPENED
from repo_vitals.concerns.alert.state import hidden, write_all
from repo_vitals.delivery.issues import Issues, Refused
from repo_vitals.delivery.labels import described, make_labels, missing_labels
from repo_vitals.delivery.pace import TooManyWrites
from repo_vitals.errors import (
    BudgetSpent,
    CouldNotMeasure,
    FeatureDisabled,
    PermissionMissing,
    RepoVitalsError,
    TokenRefused,
)
from repo_vitals.plain_text import quotable
from repo_vitals.report.model import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.alert.channels import Sender
    from repo_vitals.concerns.alert.facts import AlertState
    from repo_vitals.concerns.alert.plans import Notice, Plan, Write
    from repo_vitals.delivery.telling import Delivery
    from repo_vitals.report.model import Judgement, Metric
    from repo_vitals.sources.channel_addresses import Channel
    from repo_vitals.sources.github_connection import GitHub

# What stands in the way of one write stands in the way of all.
_OF_ALL = (BudgetSpent, FeatureDisabled, PermissionMissing, TokenRefused, TooManyWrites)
_FAILED = "channel-failed"
_DONE = {
    "create-issue": "opened {}", "update-issue": "updated {}", "close-issue": "closed {}",
    "reopen-issue": "reopened {}", "comment": "commented on {}", "add-labels": "put labels on {}",
    "remove-label": "took a label off {}", "assign": "assigned {}",
}


class ChannelFailed(CouldNotMeasure):
    """A channel was not told; the finding of its name says so too."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the channel {name} was not told: {why}; the next run tells it again")
        self.finding = (_FAILED, name)


@dataclass
class _Work:
    """What came of the writes."""

    numbers: dict[str, int] = field(default_factory=dict)               # of the issues that were opened, by key
    failed: dict[str, RepoVitalsError] = field(default_factory=dict)    # by key
    stopped: RepoVitalsError | None = None                              # that stands against every write
    done: list[Write] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def apply(github: GitHub, judgement: Judgement, *, dry_run: bool, place: str,
          tell: Callable[[Sequence[Notice]], Sequence[Delivery]]) -> Judgement:
    """The judgement with what was done, what failed, and what is remembered of it.

    `place` is the file of the history that the states go to; `tell` sends notices and never raises. A failure is no
    exception but a part of the judgement: what else was done is done.
    """
    plan: Plan = judgement.planned
    if dry_run:
        return _imagined(github, judgement, plan)
    work = _Work()
    issues = Issues(github, judgement.repository) if plan.writes else None
    if issues is not None:
        _write(github, issues, plan.writes, work)
    notices = [replace(notice, number=work.numbers.get(notice.key, notice.number)) for notice in plan.notices]
    deliveries = tell(notices) if notices else ()
    undelivered = [one for one in deliveries if one.outcome != "delivered"]
    states = tuple(_remembered(plan, work, deliveries))
    if issues is not None and undelivered:
        _mend_bodies(issues, plan, states, work)
    failures = list(dict.fromkeys(work.failed.values()))
    failures += [ChannelFailed(name, why) for name, why in _failed(deliveries).items()]
    return replace(
        judgement, metrics=tuple(_counted(metric, work.done) for metric in judgement.metrics),
        notes=(*judgement.notes, *work.notes, *_remarks(deliveries)),
        findings=(*judgement.findings, *_findings(deliveries)), failures=(*judgement.failures, *failures),
        # A run that looked at nothing knows of no alert, and forgets none.
        remembered={place: write_all(states)} if plan.states else {})


def _imagined(github: GitHub, judgement: Judgement, plan: Plan) -> Judgement:
    """The judgement with what would have been done; the labels that are missing are the one thing asked for."""
    would = []
    try:
        lacking = missing_labels(github, judgement.repository, _labels(plan.writes))
    except RepoVitalsError as error:
        lacking = ()
        would.append(f"dry-run: labels were not looked at: {error}")
    would += [f"dry-run: would have made the label {quotable(label, limit=50)}" for label in lacking]
    would += [f"dry-run: would have {_shown(write, write.number)}" for write in plan.writes]
    would += [f"dry-run: would have told {notice.channel} of {notice.key}" for notice in plan.notices]
    made = [{"verb": "create-label", "target": judgement.repository, "before": None, "after": described(label)}
            for label in lacking]
    return replace(judgement, notes=(*judgement.notes, *would),
                   data={**judgement.data, "actions": [*made, *judgement.data.get("actions", ())]})


def _labels(writes: Sequence[Write]) -> list[str]:
    return [label for write in writes if write.verb in ("create-issue", "add-labels") for label in write.labels]


def _counted(metric: Metric, done: Sequence[Write]) -> Metric:
    """A figure of what was planned as one of what was done."""
    if metric.value is None or metric.name not in (OPENED, CLOSED):
        return metric
    return replace(metric, value=sum(counts_as(write) == metric.name for write in done))


# -- issues ------------------------------------------------------------------------------------------------------

def _write(github: GitHub, issues: Issues, writes: Sequence[Write], work: _Work) -> None:
    try:
        work.notes += make_labels(github, issues.repository, _labels(writes), issues.pace)
    except RepoVitalsError as error:    # GitHub makes plain ones with the issue
        work.notes.append(f"labels were not looked at: {error}")
    # In the order in which the keys are first met, and for each in the plan's.
    order = {key: place for place, key in reversed(list(enumerate(write.key for write in writes)))}
    for key, own in groupby(sorted(writes, key=lambda write: order[write.key]), key=lambda write: write.key):
        if work.stopped is not None:
            work.failed[key] = work.stopped
            continue
        try:
            for write in own:
                _carry_out(issues, write, work)
        except RepoVitalsError as error:
            work.failed[key] = error
            work.stopped = error if isinstance(error, _OF_ALL) else None


def _carry_out(issues: Issues, write: Write, work: _Work) -> None:
    number = write.number if write.number is not None else work.numbers.get(write.key)
    if write.verb == "create-issue":
        number = work.numbers[write.key] = _create(issues, write, work)
    elif number is None:
        raise CouldNotMeasure(f"there is no issue for the alert {write.key}; run again")
    elif write.verb == "comment":
        try:
            issues.comment(number, write.comment or "")
        except Refused as error:
            work.notes.append(f"no comment was written on #{number}: {error}")
            return
    elif write.verb == "add-labels":
        issues.add_labels(number, write.labels)
    elif write.verb == "remove-label":
        for label in write.labels:
            issues.remove_label(number, label)
    elif write.verb == "assign":
        _unassigned(work, number, issues.assign(number, write.assignees))
    else:
        state = state_of(write)
        issues.update(number, title=write.title, body=write.body, state=state, reason=write.reason)
    work.done.append(write)
    work.notes.append(_shown(write, number))


def _create(issues: Issues, write: Write, work: _Work) -> int:
    """The number of the issue; nobody who can't be assigned keeps it from being opened."""
    try:
        return issues.create(title=write.title or write.key, body=write.body or "", labels=write.labels,
                             assignees=write.assignees)
    except Refused:
        number = issues.create(title=write.title or write.key, body=write.body or "", labels=write.labels)
        try:
            left = issues.assign(number, write.assignees)
        except RepoVitalsError:     # the issue is there, and that is what counts
            left = write.assignees
        _unassigned(work, number, left)
        return number


def _unassigned(work: _Work, number: int, logins: Iterable[str]) -> None:
    for login in logins:
        work.notes.append(f"#{number} could not be assigned to {quotable(login, limit=60)}: GitHub assigns only people "
                          "with access to the repository")


def _shown(write: Write, number: int | None) -> str:
    return _DONE[write.verb].format(f"#{number}" if number is not None else "an issue") + f" ({write.key})"


# -- what is remembered ------------------------------------------------------------------------------------------

def _remembered(plan: Plan, work: _Work, deliveries: Sequence[Delivery]) -> Iterator[AlertState]:
    """Of each alert what was planned, or where a write failed the earlier; of its channels what has arrived."""
    earlier = {state.key: state for state in plan.earlier}
    sent: dict[str, list[Delivery]] = {}
    for one in deliveries:
        sent.setdefault(one.notice.key, []).append(one)
    for state in plan.states:
        before = earlier.get(state.key)
        kept: AlertState | None = replace(state, number=work.numbers.get(state.key, state.number))
        if state.key in work.failed and state.key not in work.numbers:
            kept = before
        if kept is not None:
            told = dict(kept.told)
            for one in sent.get(state.key, ()):
                told.pop(one.notice.channel, None)
                if one.outcome == "delivered":
                    told[one.notice.channel] = one.notice.told
                elif before is not None and one.notice.channel in before.told:
                    told[one.notice.channel] = before.told[one.notice.channel]
            yield replace(kept, told=told)


def _mend_bodies(issues: Issues, plan: Plan, states: Sequence[AlertState], work: _Work) -> None:
    """Have no body claim that a channel was told which was not: without a history it is all that is remembered."""
    planned = {state.key: hidden(state) for state in plan.states}
    bodies = {write.key: (write.number or work.numbers.get(write.key), write.body) for write in work.done if write.body}
    for state in states:
        number, body = bodies.get(state.key, (None, None))
        if number is None or body is None or work.stopped is not None:
            continue
        mended = body.replace(planned.get(state.key, ""), hidden(state)) if planned.get(state.key) else body
        if mended != body:
            try:
                issues.update(number, body=mended)
            except RepoVitalsError as error:
                work.failed.setdefault(state.key, error)


# -- channels ----------------------------------------------------------------------------------------------------

def teller(github: GitHub, channels: Mapping[str, Channel], sender: Sender, now: datetime,
           ) -> Callable[[Sequence[Notice]], Sequence[Delivery]]:
    """What sends notices to those channels; nothing of it is loaded before there is one to send."""
    def tell(notices: Sequence[Notice]) -> Sequence[Delivery]:
        from repo_vitals.delivery.notify import send

        return send(notices, channels, message=sender.message, now=now, verify=github.transport.verify)
    return tell


def _failed(deliveries: Sequence[Delivery]) -> dict[str, str]:
    """The channels that did not take something, with the first reason of each."""
    found: dict[str, str] = {}
    for one in deliveries:
        if one.outcome == "failed":
            found.setdefault(one.notice.channel, one.why)
    return found


def _findings(deliveries: Sequence[Delivery]) -> Iterator[Finding]:
    for name, why in _failed(deliveries).items():
        yield Finding(rule=_FAILED, subject=name, severity="medium", title=f"The channel {name} was not told",
                      detail=f"{why}; the next run tells it again")
    partly: dict[str, str] = {}
    for one in deliveries:
        if one.outcome == "delivered" and one.why:
            partly.setdefault(one.notice.channel, one.why)
    for name, why in partly.items():
        yield Finding(rule="channel-told-in-part", subject=name, severity="medium",
                      title=f"The channel {name} reached only some of its recipients",
                      detail=f"{why}; look at the addresses in its `to=`")


def _remarks(deliveries: Sequence[Delivery]) -> list[str]:
    told = [f"told {one.notice.channel} of {one.notice.key}" + (f" ({one.why})" if one.why else "")
            for one in deliveries if one.outcome == "delivered"]
    absent = sorted({one.notice.channel for one in deliveries if one.outcome == "absent"})
    return told + [f"nobody was told by {name}: no such channel is given here" for name in absent]
