"""Whose words are a response, and on whose clock. Pure; the definitions are those of docs/metrics.md."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.community_metrics.facts import bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.community_metrics.facts import Actor, Item, Remark
    from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms

_MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Who counts as what."""

    responders: Literal["anyone", "members", "list"] = "anyone"
    listed: frozenset[str] = frozenset()        # bare logins, for responders "list"
    ignored: frozenset[str] = frozenset()       # bare logins that are bots here
    include_bots: bool = False

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
            return remark.association in _MEMBERS
        return self.responders == "anyone" or bare(remark.by.login) in self.listed


@dataclass(frozen=True)
class Clock:
    """An item's clock: from creation, a pull request's from when it was first ready; later draft spans stand still."""

    started_at: datetime | None                             # None: a draft that was never ready
    drafts: tuple[tuple[datetime, datetime | None], ...]    # half-open spans [from, to); to None: a draft still

    def elapsed(self, until: datetime) -> timedelta:
        """Time on the clock at `until`; zero before its start."""
        if self.started_at is None or until <= self.started_at:
            return timedelta(0)
        stood = timedelta(0)
        for start, end in self.drafts:
            stood += max(min(end or until, until) - max(start, self.started_at), timedelta(0))
        return until - self.started_at - stood

    def runs_at(self, moment: datetime) -> bool:
        """Whether what is said at `moment` counts: not while a draft."""
        return not any(start <= moment and (end is None or moment < end) for start, end in self.drafts)


def clock(item: Item, *, as_of: datetime) -> Clock:
    """An item's clock as it stood at `as_of`."""
    if item.kind != "pull_request":
        return Clock(item.created_at, ())
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
    return Clock(ready_at, tuple(spans))


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
