"""Whose words are a response, and on whose clock. Pure; the definitions are those of docs/metrics.md."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.clock import BusinessDays
from repo_vitals.concerns.community_metrics.labels import priority, types
from repo_vitals.frozen import dataclass
from repo_vitals.stats.business_time import AROUND_THE_CLOCK, NEVER, WEEKDAYS, Calendar
from repo_vitals.stats.turns import MEMBERS, bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.community_metrics.facts import Item
    from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms
    from repo_vitals.stats.turns import Actor, Remark


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Who counts as what, and when."""

    responders: Literal["anyone", "members", "list"] = "anyone"
    listed: frozenset[str] = frozenset()        # bare logins, for responders "list"
    ignored: frozenset[str] = frozenset()       # bare logins that are bots here
    include_bots: bool = False
    hours: Calendar | None = None               # the business hours; None: time is calendar time
    always_on: frozenset[str] = frozenset()     # priorities and types whose clock never stops

    def calendar_of(self, item: Item) -> Calendar:
        """What counts as time for an item."""
        return AROUND_THE_CLOCK if self.hours is None or self._is_always_on(item) else self.hours

    def calendar_for(self, item: Item, target: timedelta | BusinessDays) -> Calendar:
        """What counts as time where an item is held to a target: business days are weekdays without business hours."""
        if isinstance(target, BusinessDays) and self.hours is None and not self._is_always_on(item):
            return WEEKDAYS
        return self.calendar_of(item)

    def _is_always_on(self, item: Item) -> bool:
        return bool(self.always_on and self.always_on & {priority(item.labels), *types(item.labels)})

    def under(self, names: Pseudonyms) -> Policy:
        """The same rules for items in which people appear under pseudonyms."""
        return replace(self, listed=frozenset(names.login(login) for login in self.listed),
                       ignored=self.ignored | frozenset(names.login(login) for login in self.ignored))

    def is_bot(self, actor: Actor) -> bool:
        """Whether GitHub, the login or the configuration calls this account a bot."""
        return actor.is_bot or (actor.login is not None and bare(actor.login) in self.ignored)

    def leaves_out(self, item: Item) -> bool:
        """Whether an item stays out of response, resolution, triage and awaiting figures."""
        return not self.include_bots and (item.is_ours or self.is_bot(item.author))

    def accepts(self, remark: Remark, item: Item) -> bool:
        """Whether a remark is a response to an item, by what it is and who wrote it; not by when."""
        if remark.minimised or self.is_bot(remark.by):
            return False
        if remark.by.login is None:
            # Two deleted accounts can't be told from each other, nor from a member.
            return item.author.login is not None and self.responders == "anyone"
        if item.author.login is not None and bare(remark.by.login) == bare(item.author.login):
            return False
        if self.responders == "members":
            return remark.association in MEMBERS
        return self.responders == "anyone" or bare(remark.by.login) in self.listed


@dataclass(frozen=True)
class Clock:
    """An item's clock: from creation, a pull request's from when it was first ready; later draft spans stand still."""

    started_at: datetime | None                             # None: a draft that was never ready
    drafts: tuple[tuple[datetime, datetime | None], ...]    # half-open [from, to), in order; to None: a draft still
    calendar: Calendar = AROUND_THE_CLOCK

    def elapsed(self, until: datetime) -> timedelta:
        """Working time on the clock at `until`; zero before its start."""
        if self.started_at is None or until <= self.started_at:
            return timedelta(0)
        stood = timedelta(0)
        for start, end in self.drafts:
            stood += self.calendar.elapsed(max(start, self.started_at), min(end or until, until))
        return self.calendar.elapsed(self.started_at, until) - stood

    def due(self, span: timedelta) -> datetime | None:
        """The earliest moment at which `span` is on the clock; None where it does not get there as things stand."""
        if self.started_at is None:
            return None
        running, missing = self.started_at, span
        for start, end in self.drafts:
            passed = self.calendar.elapsed(running, start)
            if passed >= missing:
                break
            if end is None:
                return None
            running, missing = end, missing - passed
        moment = self.calendar.after(running, missing)
        return None if moment == NEVER else moment

    def runs_at(self, moment: datetime) -> bool:
        """Whether what is said at `moment` counts: not while a draft."""
        return not any(start <= moment and (end is None or moment < end) for start, end in self.drafts)


@dataclass(frozen=True)
class Deadline:
    """A target on an item's clock."""

    clock: Clock
    span: timedelta         # working time by the clock's calendar

    @property
    def due(self) -> datetime | None:
        """The moment at which the target is reached; None where the clock does not get there as things stand."""
        return self.clock.due(self.span)

    def missed_by(self, moment: datetime) -> bool:
        """Whether more than the target is on the clock by then: what is done at the closing hour of the day is in time,
        and so is what is done on the free day after.
        """
        return self.clock.elapsed(moment) > self.span


def deadline(item: Item, target: timedelta | BusinessDays, policy: Policy, *, as_of: datetime) -> Deadline:
    """What a target means for an item: a business day is one of the calendar that counts for it."""
    calendar = policy.calendar_for(item, target)
    span = calendar.day * target.days if isinstance(target, BusinessDays) else target
    return Deadline(clock(item, as_of=as_of, calendar=calendar), span)


def clock(item: Item, *, as_of: datetime, calendar: Calendar = AROUND_THE_CLOCK) -> Clock:
    """An item's clock as it stood at `as_of`."""
    if item.kind != "pull_request":
        return Clock(item.created_at, (), calendar)
    changes = sorted((change for change in item.draft_changes if change.at <= as_of), key=lambda change: change.at)
    later = sorted((change for change in item.draft_changes if change.at > as_of), key=lambda change: change.at)
    # How it began is the opposite of what its first change made it; without any change, as it is now.
    every = [*changes, *later]
    draft = (not every[0].draft) if every else item.is_draft
    began = item.created_at
    ready_at = None if draft else item.created_at
    spans: list[tuple[datetime, datetime | None]] = []
    for change in changes:
        if change.draft == draft:
            continue
        if draft:
            spans.append((began, change.at))
            ready_at = ready_at or change.at
        draft, began = change.draft, change.at
    if draft:
        spans.append((began, None))
    return Clock(ready_at, tuple(spans), calendar)


def in_draft(item: Item, *, as_of: datetime) -> bool:
    """Whether a pull request was a draft at `as_of`."""
    return any(end is None for _, end in clock(item, as_of=as_of).drafts)


def responses(item: Item, policy: Policy, *, as_of: datetime) -> Iterator[Remark]:
    """The remarks that count as responses, in no order."""
    ticking = clock(item, as_of=as_of)
    for remark in item.remarks:
        if remark.at <= as_of and ticking.runs_at(remark.at) and policy.accepts(remark, item):
            yield remark


def first_response(item: Item, policy: Policy, *, as_of: datetime) -> Remark | None:
    """The earliest response up to `as_of`, or None."""
    return min(responses(item, policy, as_of=as_of), key=lambda remark: remark.at, default=None)


def first_review(item: Item, policy: Policy, *, as_of: datetime) -> Remark | None:
    """The earliest submitted review up to `as_of` that would be a response if `responders` admitted anyone, or None."""
    reviews = (remark for remark in responses(item, replace(policy, responders="anyone"), as_of=as_of)
               if remark.is_review)
    return min(reviews, key=lambda remark: remark.at, default=None)


def closed_at(item: Item, *, as_of: datetime) -> datetime | None:
    """When the item was last closed, if it is closed at `as_of`. A reopening voids the closings before it."""
    closing: datetime | None = None
    for change in sorted(item.state_changes, key=lambda change: change.at):
        if change.at <= as_of:
            closing = change.at if change.closed else None
    last = max((change.at for change in item.state_changes), default=None)
    if item.closed_at is not None and item.closed_at <= as_of and (last is None or item.closed_at > last):
        return item.closed_at
    return closing
