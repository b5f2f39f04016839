"""What alerts are made of, as plain values. All text but our own words may be a stranger's."""
from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
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
class MonitorsRun:
    """What one of several monitors says, of which a signal is about all."""

    monitor: str
    at: datetime                    # when its report was made
    outcome: Outcome


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
    runs: tuple[MonitorsRun, ...] = ()      # of several monitors: of each its own
    lacking: tuple[str, ...] = ()   # monitors whose reports lack something: what they don't name may fail all the same
    is_moved: bool = False          # alerts are grouped otherwise now, so that another key tells of it
    elsewhere: tuple[Problem, ...] = ()     # of one that is moved: what other keys tell of

    @property
    def judged(self) -> tuple[tuple[str, bool], ...]:
        """Of several monitors: of each, whether it could be judged."""
        return tuple((run.monitor, run.outcome != "unknown") for run in self.runs)

    @property
    def severity(self) -> Severity:
        """Of the gravest problem; medium for what can't be judged."""
        return self.problems[0].severity if self.problems else "medium"


@dataclass(frozen=True, kw_only=True)
class TakenOver:
    """What an alert takes over from those that told of its problems while alerts were grouped otherwise."""

    since: datetime | None = None           # their first failing run
    acknowledged: tuple[datetime, str] | None = None    # when and by whom, as all of them were
    snoozed: tuple[datetime, str] | None = None         # until when and by whom, as all of them are
    left_at: datetime | None = None         # a person closed all of them
    level: int | None = None                # of an incident, as people said of all of them


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
    fire_after_of: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # of monitors where that is another
    resolve_after: int = 1                  # healthy runs in a row
    silenced_until: datetime | None = None  # a silence or maintenance window of the configuration covers this moment
    silenced_by: str = ""                   # in our words: "silence 2: dependency freeze", "maintenance: Sun 02:00"
    inhibited_by: str = ""                  # key of the alert that explains this one; it then fires no alert of its own
    quiet_until: datetime | None = None     # channels are told after this; None: at once
    escalations: tuple[Escalation, ...] = ()
    repeat_every: timedelta | None = None   # None: an alert that goes on is not repeated
    incident: int | None = None             # 1 to 3: it is an incident of that severity; None: it is none
    respond_within: tuple[tuple[str, timedelta], ...] = ()      # of an incident: ("acknowledge", 15 min), …
    takes_over: TakenOver | None = None     # where it begins with what fired under other keys

    def carried_out(self, names: Collection[str]) -> tuple[Escalation, ...]:
        """The escalations of those names, in order."""
        return tuple(one for one in self.escalations if one.name in names)


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """What happens when an alert has been firing for a while without being acknowledged."""

    after: timedelta
    of: str = ""                            # which problems it is about, as a short word; empty: all
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()            # channels that are not given here

    @property
    def name(self) -> str:
        """What it is remembered by: which others there are differs with severities and problems."""
        return f"{self.after // timedelta(seconds=1)}{self.of}"


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
class Failed:
    """Of one alert about all: a monitor that failed when it was last judged."""

    severity: Severity                      # of the gravest problem
    problems: tuple[str, ...] = ()          # ids, sorted


@dataclass(frozen=True, kw_only=True)
class Row:
    """Of one alert about all: the runs of one monitor that could judge, from its first failing one on."""

    at: datetime                            # when the newest of its reports was made
    failed_at: datetime                     # when all was looked at, as it failed last
    outcomes: str                           # "f" failing, "h" healthy; newest last, bounded


@dataclass(frozen=True, kw_only=True)
class AlertState:
    """What is remembered of a key from run to run: in the history where there is one, and in the issue's body."""

    key: str
    phase: Phase = "inactive"
    number: int | None = None               # of its issue
    recent: tuple[tuple[datetime, Outcome], ...] = ()   # runs, newest last, bounded
    severity: Severity = "medium"           # as last acted on
    problems: tuple[str, ...] = ()          # ids, as last judged, sorted; of one alert about all they are in `monitors`
    blind: tuple[str, ...] = ()             # ids of the figures that could not be judged when it last failed
    monitors: Mapping[str, Failed] = field(default_factory=dict)    # of one alert about all, by monitor
    rows: Mapping[str, Row] = field(default_factory=dict)   # of one alert about all, by monitor
    since: datetime | None = None           # first failing run of this spell
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    left_at: datetime | None = None         # a person closed it while it fired; it rests until it changes
    spells: int = 0                         # how often it fired
    snoozed_until: datetime | None = None
    snoozed_by: str = ""
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    escalated: tuple[str, ...] = ()         # names of the escalations carried out
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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the user decided once for all alerts, and where this run takes place."""

    repository: str                 # owner/name
    has_history: bool = True        # False: the issues' bodies are all that is remembered
    reopen_within: timedelta = timedelta(days=7)    # what comes back sooner reopens its issue
    unknown_after: int = 3          # runs in a row that can't be judged
    run_url: str | None = None
    report_url: str | None = None
