"""What the collector hands to the arithmetic: plain values, nothing of GitHub's API left in them."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.report.incidents import Incident
    from repo_vitals.stats.business_time import Calendar
    from repo_vitals.stats.turns import Actor, Remark

Kind = Literal["issue", "pull_request", "discussion"]


@dataclass(frozen=True, slots=True)
class StateChange:
    """An item was closed, or reopened."""

    at: datetime
    closed: bool


@dataclass(frozen=True, slots=True)
class DraftChange:
    """A pull request became a draft, or ready for review."""

    at: datetime
    draft: bool


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A label was put on, or taken off."""

    at: datetime
    name: str                   # as the label is called now
    added: bool


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody changed the state, a label, the draft state or an assignee of an item."""

    at: datetime
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An issue, a pull request or a discussion, with what was said and done on it in order of time."""

    kind: Kind
    number: int
    title: str
    url: str
    author: Actor
    created_at: datetime
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    state_reason: str | None = None
    labels: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    state_changes: tuple[StateChange, ...] = ()
    draft_changes: tuple[DraftChange, ...] = ()
    label_changes: tuple[LabelChange, ...] = ()
    acts: tuple[Act, ...] = ()
    is_draft: bool = False          # now
    is_ours: bool = False           # written by this token's account and carrying our marker
    incident: Incident | None = None    # of an issue of ours that is an alert's: the incident that it remembers
    is_answerable: bool = False     # a discussion of a category that takes answers
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of the default branch, reduced to who and when."""

    at: datetime
    name: str
    email: str
    login: str | None
    user_id: str | None


@dataclass(frozen=True, kw_only=True)
class Repository:
    """The repository itself. Counters are GitHub's own, at the time of asking."""

    name: str                       # owner/name
    url: str
    archived: bool
    issues_enabled: bool
    discussions_enabled: bool
    default_branch: str | None      # None: empty repository
    stars: int
    forks: int
    watchers: int


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that the figures of two adjoining windows need."""

    repository: Repository
    items: tuple[Item, ...]
    commits: tuple[Commit, ...]                     # of both windows
    seen_before: frozenset[str]                     # identities (see contributors.py) with a commit before the window
    mailmap: str = ""
    # By a remark's node id: which reactions it has now, in GitHub's words (THUMBS_UP …). Without any it has no entry.
    reactions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = field(default=())      # what a reader should know about these facts, one line each
    salt: str | None = None                         # of the hashes that stand for logins; None: they are plain
    hours: Calendar | None = None                   # the business hours, holidays and all; None: there are none
