"""What alerts are made of, as plain values. All text but our own words may be a stranger's."""
from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.report.incidents import Incident
    from repo_vitals.report.model import Report, Severity

# What a run says of a key. "unknown": it was looked at and could not be judged. A key of which no report speaks has no
# signal at all, and stays as it is.
Outcome = Literal["failing", "healthy", "unknown"]
Phase = Literal["inactive", "pending", "firing", "resolved"]


# -- what is said now --------------------------------------------------------------------------------------------

@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that fails: a finding of a report, or a figure beyond its target that no finding speaks of."""

    id: str                         # 16 hexadecimal digits, the same from run to run: the finding's id
    monitor: str
    rule: str
    severity: Severity
    title: str
    detail: str = ""
    url: str | None = None
    since: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure with a target, as evidence."""

    title: str                      # "Success ratio, workflow ci.yml"
    value: str                      # as people read it: "87 %"
    target: str                     # "at least 90 %"
    status: str                     # pass | warn | fail | unknown


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What this run's reports say about one key. The same reports read twice give the same `at`, and count once."""

    key: str                        # what an alert is about, of small letters, digits, "-" and "/", at most 100
    outcome: Outcome
    at: datetime                    # when the newest of its reports was made
    monitors: tuple[str, ...]
    problems: tuple[Problem, ...] = ()      # the gravest first; empty unless failing
    figures: tuple[Figure, ...] = ()        # those beyond their targets first
    said: tuple[str, ...] = ()      # one line a report: its summary, or why nothing could be judged
    subject: str = ""               # what the alert's title names: the monitor's title, or the finding's
    blind: tuple[str, ...] = ()     # ids of figures that could not be judged; what they would say it does not
    covered: tuple[Problem, ...] = ()       # figures beyond their targets of which a finding is taken to speak
    judged: tuple[tuple[str, bool], ...] = ()       # of several monitors: of each, whether it could be judged
    is_moved: bool = False          # alerts are grouped otherwise now, so that another key tells of it

    @property
    def severity(self) -> Severity:
        """Of the gravest problem; medium for what can't be judged."""
        return self.problems[0].severity if self.problems else "medium"


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What the user's policy makes of a signal, at this moment."""

    severity: Severity              # after the user's rules
    labels: tuple[str, ...]         # that the issue is opened with
    assignees: tuple[str, ...] = ()         # logins to assign
    owners: tuple[str, ...] = ()            # owners to name without pinging: logins, teams
    mentions: tuple[str, ...] = ()          # accounts and teams that the configuration asks to ping
    channels: tuple[str, ...] = ()          # names of channels to tell
    absent: tuple[str, ...] = ()            # of those that a route names and that are not given here
    fire_after: tuple[int, int] = (1, 1)    # k of the last n runs
    resolve_after: int = 1                  # healthy runs in a row
    silenced_until: datetime | None = None  # a silence or maintenance window of the configuration covers this moment
    silenced_by: str = ""                   # in our words: "silence 2: dependency freeze", "maintenance: Sun 02:00"
    inhibited_by: str = ""                  # key of the alert that explains this one; it then fires no alert of its own
    quiet_until: datetime | None = None     # channels are told after this; None: at once
    escalations: tuple[Escalation, ...] = ()
    repeat_every: timedelta | None = None   # None: an alert that goes on is not repeated
    incident: int | None = None             # 1 to 3: it is an incident of that severity; None: it is none
    respond_within: tuple[tuple[str, timedelta], ...] = ()      # of an incident: ("acknowledge", 15 min), …


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """What happens when an alert has been firing for a while without being acknowledged."""

    after: timedelta
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()            # channels that are not given here


# -- what is remembered -------------------------------------------------------------------------------------------

@dataclass(frozen=True, kw_only=True)
class Event:
    """A line of an alert's timeline, in our own words; `who` is a login or empty."""

    at: datetime
    # opened | worse | better | repeated | snoozed | woken | acknowledged | status | severity | escalated | closed |
    # resolved (by a person's command) | moved (grouped otherwise) | reopened (it came back) | kept (a bot closed it) |
    # left (a person did) | review-due | reviewed
    what: str
    text: str = ""
    who: str = ""


@dataclass(frozen=True, kw_only=True)
class AlertState:
    """What is remembered of a key from run to run: in the history where there is one, and in the issue's body."""

    key: str
    phase: Phase = "inactive"
    number: int | None = None               # of its issue
    recent: tuple[tuple[datetime, Outcome], ...] = ()   # runs, newest last, bounded
    severity: Severity = "medium"           # as last acted on
    problems: tuple[str, ...] = ()          # ids, as last acted on, sorted
    blind: tuple[str, ...] = ()             # ids of the figures that could not be judged when it last failed
    monitors: tuple[str, ...] = ()          # of one alert about all: those that failed when they were last judged
    since: datetime | None = None           # first failing run of this spell
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    left_at: datetime | None = None         # a person closed it while it fired; it rests until it changes
    spells: int = 0                         # how often it fired
    snoozed_until: datetime | None = None
    snoozed_by: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    escalated: int = 0                      # escalations carried out
    said_at: datetime | None = None         # when its issue last spoke of it: opened, or by a comment
    told: Mapping[str, str] = field(default_factory=dict)   # channel to what it last heard: "firing high …", "resolved"
    heard: tuple[str, ...] = ()             # ids of the comments whose commands were obeyed, bounded
    timeline: tuple[Event, ...] = ()        # newest last, bounded
    level: int | None = None                # of an incident, 1 to 3, as a person said
    incident: Incident | None = None        # what its issue was promised as an incident, and how that was kept
    reviewed_at: datetime | None = None     # the incident's review was noted after its end
    reminded_at: datetime | None = None     # or asked for
    earlier: int | None = None              # number of the issue of an earlier spell, where this one has its own
    title: str = ""                         # as last written by us: what differs from it is a person's
    shown: str = ""                         # `Texts.shows` of what its body says
    changed_at: datetime | None = None      # when it last opened, came back, or got worse: what channels are told of
    run_url: str = ""                       # of the run that last changed this
    report_url: str = ""                    # of the report that it then read
    updated_at: datetime | None = None      # of two states of one key the newer counts


# -- what is there ------------------------------------------------------------------------------------------------

@dataclass(frozen=True, kw_only=True)
class Command:
    """What a person who may write asked for, by a comment (`/vitals snooze 7d`) or a label (`vitals:snooze-7d`)."""

    id: str                         # of the comment, or of the label and when it was put there
    kind: Literal["snooze", "wake", "acknowledge", "status", "resolve", "severity", "reviewed"]
    who: str                        # login
    at: datetime
    span: timedelta | None = None   # of a snooze
    text: str = ""                  # of a status update, a resolution, a review
    level: int | None = None        # of a severity


@dataclass(frozen=True, kw_only=True)
class OurIssue:
    """An issue that carries our marker in its first line and that we wrote."""

    number: int
    key: str                        # as its marker says
    url: str
    title: str
    body: str
    is_open: bool
    created_at: datetime
    closed_at: datetime | None = None
    closed_by_person: bool = False  # someone other than us, and no bot
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    is_locked: bool = False
    state: AlertState | None = None         # as its body holds it; None where that was removed or damaged
    commands: tuple[Command, ...] = ()      # oldest first


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A report that says nothing. `why` follows its name: "is damaged or cut off"."""

    name: str
    why: str
    monitor: str = ""               # whose it is, where that is known


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that is known when alerts are decided on."""

    repository: str
    reports: tuple[Report, ...] = ()        # that can be believed: of this repository, and of late
    refused: tuple[Refused, ...] = ()
    states: Mapping[str, AlertState] = field(default_factory=dict)      # as the history has them, by key
    issues: tuple[OurIssue, ...] = ()       # by number
    codeowners: str = ""                    # the file's text, a stranger's
    has_history: bool = False
    run_url: str | None = None              # page of the run that measured
    silence: str = ""                       # why nothing is to be written, in our own words; empty where something may
    notes: tuple[str, ...] = ()

    @property
    def unusable(self) -> Mapping[str, str]:
        """Why a monitor's report could not be used, by monitor."""
        return {one.monitor: f"{one.name} {one.why}" for one in self.refused if one.monitor}


# -- what is to be done -------------------------------------------------------------------------------------------

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
class Settings:
    """What the user decided once for all alerts, and where this run takes place."""

    repository: str                 # owner/name
    has_history: bool = True        # False: the issues' bodies are all that is remembered
    reopen_within: timedelta = timedelta(days=7)    # what comes back sooner reopens its issue
    unknown_after: int = 3          # runs in a row that can't be judged
    run_url: str | None = None
    report_url: str | None = None


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
