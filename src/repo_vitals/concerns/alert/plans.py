"""What is to be done about alerts, and what its texts are made of, as plain values."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal, Protocol

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Event, Signal, Treatment
    from repo_vitals.report.model import Severity


@dataclass(frozen=True, kw_only=True)
class Write:
    """One write to GitHub. Of an update only what is not None changes, in one request."""

    verb: Literal["create-issue", "update-issue", "close-issue", "reopen-issue", "comment", "add-labels",
                  "remove-label", "assign"]
    key: str
    number: int | None = None       # None: the issue that an earlier write of the same key creates
    title: str | None = None
    body: str | None = None
    reason: Literal["completed", "not_planned", "duplicate"] | None = None    # of a close
    comment: str | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    before: str | None = None       # the body that is replaced, for a dry run's reader
    stays_closed: bool = False      # of an update: closed in the same request what another run has opened meanwhile


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a channel is to be told. Sent after the writes; the state remembers it only if it arrived."""

    channel: str
    key: str
    told: str                       # what `AlertState.told` becomes
    subject: str                    # one line of plain text
    text: str                       # plain text, of several lines
    severity: Severity
    status: Literal["firing", "resolved"]
    starts_at: datetime
    ends_at: datetime | None = None
    number: int | None = None       # of the issue, once it is known
    labels: Mapping[str, str] = field(default_factory=dict)     # alertname, repository, monitor, severity, incident
    said_at: datetime | None = None         # when the issue last spoke of it: what tells a repeat from the first time


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that is to be done, and what will be remembered when all of it has worked."""

    writes: tuple[Write, ...] = ()
    notices: tuple[Notice, ...] = ()
    states: tuple[AlertState, ...] = ()     # by key, every key that is remembered
    earlier: tuple[AlertState, ...] = ()    # by key: what is remembered instead where a write or notice of it failed
    notes: tuple[str, ...] = ()             # for the report, without strangers' text


@dataclass(frozen=True, kw_only=True)
class AlertView:
    """What an issue's texts are made of. The same state and signal give the same body, whatever the clock says."""

    repository: str
    signal: Signal | None           # None: no report speaks of it any more
    state: AlertState               # as it will be once this is written
    treatment: Treatment
    now: datetime
    run_url: str | None = None      # page of the workflow run that last changed the state; not of every run
    report_url: str | None = None   # where the report that it read is kept


class Texts(Protocol):
    """All that is written about an alert, free of pings and of strangers' markup."""

    def title(self, view: AlertView) -> str:
        """At most 256 characters of one line."""

    def body(self, view: AlertView) -> str:
        """Marker in the first line, state in the last; without any clock of its own."""

    def shows(self, view: AlertView) -> str:
        """A digest of what the body says, but for what moves as time goes by: ages, values, the row of runs."""

    def comment(self, view: AlertView, event: Event) -> str:
        """What the issue's followers are told of an event."""

    def notices(self, view: AlertView, channels: tuple[str, ...], told: str) -> tuple[Notice, ...]:
        """One for each channel."""
