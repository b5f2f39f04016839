"""The inputs of alert."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert.channels_inputs import CHANNEL_INPUTS, Given
from repo_vitals.concerns.alert.facts import Settings
from repo_vitals.concerns.alert.policy import Policy
from repo_vitals.concerns.alert.rules import (
    ESCALATIONS,
    INHIBITIONS,
    MAINTENANCES,
    ROUTES,
    SILENCES,
    hours_of,
    k_of_n,
    show_k_of_n,
)
from repo_vitals.concerns.alert.templates import TEMPLATE
from repo_vitals.config.common import HISTORY, HISTORY_LIMIT, doer_inputs
from repo_vitals.config.declare import (
    BOOLEAN,
    FILES,
    LIST,
    OPTIONAL_TEXT,
    FilePatterns,
    Input,
    Kind,
    choice,
    integer,
    needs_text,
    positive_duration,
    show_duration,
)
from repo_vitals.config.file import near, quoted
from repo_vitals.config.names import LABELS as LABEL_NAMES
from repo_vitals.config.names import OPTIONAL_LABEL
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import SEVERITIES

if TYPE_CHECKING:
    from typing import Any

    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Severity

_NEVER = "never"
_DURATION = positive_duration()
_RUN = integer(1, 10**17)
_OPTIONAL_RUN: Kind[int | None] = Kind(_RUN.name, _RUN.parse, _RUN.from_toml, lambda value: str(value or ""))


def _or_never(text: str) -> timedelta | None:
    return None if text.strip().lower() == _NEVER else _DURATION.parse(text)


_DURATION_OR_NEVER: Kind[timedelta | None] = Kind(
    "duration or never", _or_never, lambda value: _or_never(needs_text(value)),
    lambda span: _NEVER if span is None else show_duration(span))


def _runs(value: Any) -> tuple[int, int]:
    if isinstance(value, int) and not isinstance(value, bool):
        return k_of_n(str(value))
    return k_of_n(needs_text(value))


_K_OF_N: Kind[tuple[int, int]] = Kind("runs, such as 2 of 3", k_of_n, _runs, show_k_of_n)


def _hours(text: str) -> str | None:
    if text.strip().lower() in ("", "off"):
        return None
    hours_of(text)
    return " ".join(text.split())


_HOURS: Kind[str | None] = Kind("weekly hours", _hours, lambda value: _hours(needs_text(value)),
                                lambda text: text or "off")

REPORTS = Input(
    name="reports", kind=FILES, default=FilePatterns(), default_text="repo-vitals/*.json under RUNNER_TEMP",
    help="JSON reports to read, as paths or patterns such as `reports/**/*.json`",
)
ARTIFACT = Input(
    name="artifact", kind=LIST, default=(), default_text="none",
    help="Names of artifacts of this run, or of `run-id`, whose JSON reports are read as well, or patterns of them",
)
RUN_ID = Input(
    name="run-id", kind=_OPTIONAL_RUN, default=None, default_text="this run",
    help="Number of the workflow run whose artifacts hold the reports; only one of this repository's own code",
)
EXPECT = Input(
    name="expect", kind=LIST, default=(), default_text="none",
    help="Monitors of which there should be a report; one that left none, because its job was lost, is unknown",
)
STALE_AFTER = Input(
    name="stale-after", kind=_DURATION, default=timedelta(days=2),
    help="Age from which on a report says nothing any more: its monitor is unknown",
)
GROUP_BY = Input(
    name="group-by", kind=choice("monitor", "finding", "all"), default="monitor",
    help="What an alert is about: monitor (one for each), finding (one for each finding), or all (one alone)",
)
ALERT_FROM = Input(
    name="alert-from", kind=choice(*SEVERITIES), default="high",
    help="Mildest severity of a finding that raises an alert: info, low, medium, high or critical",
)
LABELS = Input(
    name="labels", kind=LABEL_NAMES, default=("monitoring", "alert", "priority-high"),
    help="Labels of an alert's issue, created where they are missing",
)
EXEMPT_LABEL = Input(
    name="exempt-label", kind=OPTIONAL_LABEL, default="keep-open",
    help="One label more, by which a workflow that closes stale issues lets alerts alone; or none",
)
FIRE_AFTER = Input(
    name="fire-after", kind=_K_OF_N, default=(1, 1),
    help="Runs that have to fail before an alert fires: `2`, or `2 of 3` of the last; more than 1 takes a history",
)
RESOLVE_AFTER = Input(
    name="resolve-after", kind=integer(1, 20), default=1,
    help="Healthy runs in a row that resolve an alert, from 1 to 20",
)
UNKNOWN_AFTER = Input(
    name="unknown-after", kind=integer(1, 20), default=3,
    help="Runs in a row in which a monitor could not judge that raise an alert of their own, from 1 to 20; takes a "
         "history",
)
REOPEN_WITHIN = Input(
    name="reopen-within", kind=_DURATION, default=timedelta(days=7),
    help="Time after its end within which an alert that fires again is reopened; later it is a new one",
)
REPEAT_INTERVAL = Input(
    name="repeat-interval", kind=_DURATION_OR_NEVER, default=None,
    help="Time after which an alert that goes on is told again, by a comment and on its channels; or never",
)
QUIET_HOURS = Input(
    name="quiet-hours", kind=_HOURS, default=None,
    help="Weekly hours in which channels are told of nothing but what is critical, such as `Mon-Sun 22:00-07:00 "
         "Europe/Paris`; what happened is told after them",
)
CODEOWNERS = Input(
    name="codeowners", kind=BOOLEAN, default=True,
    help="Whether an alert names, without pinging them, those whom CODEOWNERS gives for the files that fail",
)
INCIDENTS_FROM = Input(
    name="incidents-from", kind=choice("never", *reversed(SEVERITIES[2:])), default="critical",
    help="Mildest severity of an alert that is kept as an incident, with response clocks, status updates and a review: "
         "never, critical, high or medium",
)
ACKNOWLEDGE_WITHIN = Input(
    name="acknowledge-within", kind=_DURATION, default=timedelta(minutes=15),
    help="Time in which somebody acknowledges an incident",
)
UPDATE_WITHIN = Input(
    name="update-within", kind=_DURATION, default=timedelta(minutes=60),
    help="Time in which an incident gets its first status update",
)
RESOLVE_WITHIN = Input(
    name="resolve-within", kind=_DURATION, default=timedelta(hours=24),
    help="Time in which an incident is resolved",
)
ROUTE = Input(
    name="route", kind=ROUTES, default=(), default_text="none",
    help="`[[alert.route]]` tables: what is done about some problems (severity, fire-after, incident, add-labels, "
         "assignees, owners, mentions, channels)",
)
SILENCE = Input(
    name="silence", kind=SILENCES, default=(), default_text="none",
    help="`[[alert.silence]]` tables: problems that raise no alert, each with its `reason` and `until`",
)
MAINTENANCE = Input(
    name="maintenance", kind=MAINTENANCES, default=(), default_text="none",
    help="`[[alert.maintenance]]` tables: times in which problems raise no alert, `from` and `until`, or `every` week",
)
INHIBIT = Input(
    name="inhibit", kind=INHIBITIONS, default=(), default_text="none",
    help="`[[alert.inhibit]]` tables: what raises no alert (`inhibits`) while something else fails (`when`)",
)
ESCALATE = Input(
    name="escalate", kind=ESCALATIONS, default=(), default_text="none",
    help="`[[alert.escalate]]` tables: what happens `after` a time without an acknowledgement (add-labels, assignees, "
         "mentions, channels)",
)
TRUSTED_AUTHORS = Input(
    name="trusted-authors", kind=LIST, default=(), default_text="none",
    help="Logins whose issues with our marker count as our own, beside those of the token's own account; for alerts "
         "that were begun with another token. An app's login ends in [bot]",
)
REPORT_URL = Input(
    name="report-url", kind=OPTIONAL_TEXT, default=None, default_text="the page of the run",
    help="Page on which a reader finds the whole report, which alerts link to",
)
OWN = (REPORTS, ARTIFACT, RUN_ID, EXPECT, STALE_AFTER, GROUP_BY, ALERT_FROM, LABELS, EXEMPT_LABEL, FIRE_AFTER,
       RESOLVE_AFTER, UNKNOWN_AFTER, REOPEN_WITHIN, REPEAT_INTERVAL, QUIET_HOURS, CODEOWNERS, INCIDENTS_FROM,
       ACKNOWLEDGE_WITHIN, UPDATE_WITHIN, RESOLVE_WITHIN, ROUTE, SILENCE, MAINTENANCE, INHIBIT, ESCALATE,
       TRUSTED_AUTHORS, REPORT_URL, TEMPLATE, *CHANNEL_INPUTS)
INPUTS = doer_inputs(*OWN, HISTORY, HISTORY_LIMIT)


_NO_CHANNELS = Given(channels={})


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to read, and what to make of it."""

    reports: FilePatterns
    reports_are_named: bool             # be it that there are none; else those of this job's monitors are meant
    artifacts: tuple[str, ...]
    run_id: int | None
    expected: tuple[str, ...]           # monitors; one without a report is unusable
    stale_after: timedelta
    trusted: tuple[str, ...]
    trusted_by_configuration: bool      # a file in the checkout named them, which may be a stranger's
    policy: Policy


def policy_of(values: Values, *, repository: str, has_history: bool, run_url: str | None = None,
              given: Given = _NO_CHANNELS) -> Policy:
    """The inputs as a policy.

    Raises InputError for a table that names a channel which is not given and is spelt much like one that is. Any other
    may be one whose secret is not there, or can't be read.
    """
    channels, unread = tuple(given.channels), {fault.name for fault in given.faults}
    named = [*(route.channels or () for route in values[ROUTE]), *(one.channels for one in values[ESCALATE])]
    for names in named:
        for name in names:
            if name not in channels and not unread & {name, ""} and near(name, channels):
                raise InputError(f"alert: a table names the channel {quoted(name)}, which is not given"
                                 f"{near(name, channels)}")
    exempt = values[EXEMPT_LABEL]
    incidents = values[INCIDENTS_FROM]
    quiet = values[QUIET_HOURS]
    return Policy(
        settings=Settings(
            repository=repository, has_history=has_history, reopen_within=values[REOPEN_WITHIN],
            unknown_after=values[UNKNOWN_AFTER], run_url=run_url, report_url=values[REPORT_URL] or run_url),
        group_by=values[GROUP_BY], alert_from=_severity(values[ALERT_FROM]),
        labels=(*values[LABELS], *([exempt] if exempt is not None and exempt not in values[LABELS] else [])),
        fire_after=values[FIRE_AFTER], resolve_after=values[RESOLVE_AFTER], repeat_every=values[REPEAT_INTERVAL],
        channels=channels, incidents_from=None if incidents == _NEVER else _severity(incidents),
        respond_within=(("acknowledge", values[ACKNOWLEDGE_WITHIN]), ("update", values[UPDATE_WITHIN]),
                        ("resolve", values[RESOLVE_WITHIN])),
        quiet=None if quiet is None else hours_of(quiet), uses_codeowners=values[CODEOWNERS], routes=values[ROUTE],
        silences=values[SILENCE], maintenances=values[MAINTENANCE], inhibitions=values[INHIBIT],
        escalations=values[ESCALATE])


def _severity(text: str) -> Severity:
    return next(known for known in SEVERITIES if known == text)


def request(values: Values, policy: Policy) -> Request:
    """The inputs as one value."""
    return Request(
        reports=values[REPORTS], reports_are_named=values.origin(REPORTS) != "default", artifacts=values[ARTIFACT],
        run_id=values[RUN_ID], expected=values[EXPECT], stale_after=values[STALE_AFTER],
        trusted=values[TRUSTED_AUTHORS],
        trusted_by_configuration=values.origin(TRUSTED_AUTHORS) == "configuration",
        policy=policy)
