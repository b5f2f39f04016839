"""The tables below [alert]: routes, silences, maintenance, inhibition, escalation. Pure."""
from __future__ import annotations

import re
from dataclasses import field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.alert.matching import KEYS, Matcher, matcher_in, matcher_of, severity_of
from repo_vitals.config.business_hours import HoursSpec, parse_hours
from repo_vitals.config.declare import Kind, parse_duration
from repo_vitals.config.file import quoted
from repo_vitals.config.tables import check_keys, instant_of, table_list, text_of, texts_of
from repo_vitals.frozen import dataclass
from repo_vitals.stats.business_time import BusinessHours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.report.model import Severity

# With underscores: those of managed users, which end in one and the name of their enterprise.
_LOGIN = re.compile(r"@?([A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}))(\[bot\])?")
_OWNER = re.compile(r"@?([A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})(?:/[A-Za-z0-9._-]{1,100})?)")
_MOST_ASSIGNEES = 10        # that GitHub takes
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Route:
    """What is done about the problems that it means. Of several that mean a problem a later one's words count, and
    lists add up."""

    of: Matcher
    severity: Severity | None = None
    fire_after: tuple[int, int] | None = None
    incident: int | None = None             # 0: it is none, whatever its severity
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    channels: tuple[str, ...] | None = None     # None: those of the routes before, and without any, all


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Problems that raise no alert until a moment."""

    number: int
    of: Matcher
    reason: str
    until: datetime
    owner: str | None = None

    @property
    def shown(self) -> str:
        """How an alert names it."""
        return f"silence {self.number}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Maintenance:
    """A span of time, once or every week, in which problems raise no alert."""

    number: int
    of: Matcher
    reason: str
    start: datetime | None = None           # once
    end: datetime | None = None
    hours: BusinessHours | None = field(default=None, compare=False)
    every: str = ""                         # of a weekly one, as it was written

    @property
    def shown(self) -> str:
        """How an alert names it."""
        return f"maintenance {self.number}: {self.reason}"

    def until(self, now: datetime) -> datetime | None:
        """The end of the window that a moment lies in; None outside."""
        if self.hours is not None:
            return end_of_span(self.hours, now)
        return self.end if self.start is not None and self.end is not None and self.start <= now < self.end else None


@dataclass(frozen=True, kw_only=True)
class Inhibition:
    """While something that `when` means fails, what `inhibits` means raises no alert: it follows from the first."""

    when: Matcher
    inhibits: Matcher


@dataclass(frozen=True, kw_only=True)
class Escalate:
    """What happens when an alert was not acknowledged for a while."""

    of: Matcher
    after: timedelta
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


def end_of_span(hours: BusinessHours, now: datetime) -> datetime | None:
    """The end of the span of hours that a moment lies in; None outside of them.

    Spans that follow on one another without a gap are one.
    """
    if not hours.elapsed(now, now + _SECOND):
        return None
    moment = now
    for _ in range(8):      # of a week that is full from end to end there is no end
        moment = _end_of_one(hours, moment)
        if not hours.elapsed(moment, moment + _SECOND):
            return moment
    return moment


def _end_of_one(hours: BusinessHours, start: datetime) -> datetime:
    """The last moment up to which all time counts, found by halving: at most a day away."""
    near, far = start, start + timedelta(days=1)
    if hours.elapsed(start, far) == far - start:
        return far
    while far - near > _SECOND:
        middle = near + (far - near) // 2
        if hours.elapsed(start, middle) == middle - start:
            near = middle
        else:
            far = middle
    whole = near.replace(microsecond=0)     # clocks change hours at whole seconds
    return (whole + _SECOND if near.microsecond else whole).astimezone(timezone.utc)


def hours_of(text: str) -> BusinessHours:
    """Weekly hours in a zone: `Sat,Sun 02:00-04:00 Europe/Berlin`. Raises ValueError."""
    from zoneinfo import ZoneInfo

    spec = parse_hours(text)
    if spec is None:
        raise ValueError("is off; leave the table out")
    if spec.country is not None:
        raise ValueError(f"names {quoted(spec.country)}, but holidays don't count here; list the hours alone")
    return calendar_of(spec, ZoneInfo(spec.zone))


def calendar_of(spec: HoursSpec, zone: Any) -> BusinessHours:
    """The hours by a zone's clock."""
    return BusinessHours(zone=zone, days=spec.days, opens=spec.opens, closes=spec.closes, breaks=spec.breaks,
                         holidays=spec.holidays)


def k_of_n(text: str) -> tuple[int, int]:
    """`3 of 5` as (3, 5), `3` as (3, 3). Raises ValueError."""
    match = re.fullmatch(r"\s*(\d{1,2})(?:\s+of\s+(\d{1,2}))?\s*", text)
    if match is None:
        raise ValueError("is not a number of runs such as 2, or 2 of 3")
    k = int(match[1])
    n = int(match[2] or k)
    if not 1 <= k <= n <= 20:
        raise ValueError("is not between 1 and 20 runs, or asks for more than there are")
    return k, n


def show_k_of_n(found: tuple[int, int]) -> str:
    """The text that is read back as the same."""
    return str(found[0]) if found[0] == found[1] else f"{found[0]} of {found[1]}"


def accounts(entries: tuple[str, ...], key: str, *, teams: bool) -> tuple[str, ...]:
    """Logins, and with `teams` organisation/team, without their @. Raises ValueError for anything else."""
    found = []
    for entry in entries:
        match = (_OWNER if teams else _LOGIN).fullmatch(entry)
        if match is None:
            raise ValueError(f"{key}: {quoted(entry)} is no login{' and no organisation/team' if teams else ''}")
        found.append(entry.removeprefix("@"))
    if key == "assignees" and len(found) > _MOST_ASSIGNEES:
        raise ValueError(f"{key}: holds more than {_MOST_ASSIGNEES}, which is what GitHub takes")
    return tuple(dict.fromkeys(found))


def _accounts(table: Mapping[str, Any], key: str, *, teams: bool) -> tuple[str, ...]:
    return accounts(texts_of(table, key) or (), key, teams=teams)


def _labels(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = texts_of(table, key) or ()
    for name in found:
        if len(name) > 50 or "," in name:
            raise ValueError(f"{key}: {quoted(name)} can't be a label: at most 50 characters, no comma")
    return found


def _route(_number: int, table: Mapping[str, Any]) -> Route:
    check_keys(table, (*KEYS, "severity", "fire-after", "incident", "add-labels", "assignees", "owners", "mentions",
                       "channels"))
    incident = table.get("incident")
    if incident is False:
        incident = 0
    if incident is not None and (type(incident) is not int or incident not in (0, 1, 2, 3)):
        raise ValueError("incident: needs 1, 2 or 3, or false")
    fire_after = table.get("fire-after")
    return Route(of=matcher_of(table), severity=severity_of(table, "severity"),
                 fire_after=None if fire_after is None else _named("fire-after", k_of_n, str(fire_after)),
                 incident=incident, labels=_labels(table, "add-labels"),
                 assignees=_accounts(table, "assignees", teams=False), owners=_accounts(table, "owners", teams=True),
                 mentions=_accounts(table, "mentions", teams=True), channels=texts_of(table, "channels"))


def _named(key: str, read: Any, text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{key}: {quoted(text)} {error}") from None


def _silence(number: int, table: Mapping[str, Any]) -> Silence:
    check_keys(table, (*KEYS, "reason", "until", "owner"))
    until = instant_of(table, "until", ends_day=True)
    reason = text_of(table, "reason")
    if until is None or reason is None:
        raise ValueError("needs `reason` and `until`: a silence says why, and ends")
    return Silence(number=number, of=matcher_of(table), reason=reason, until=until, owner=text_of(table, "owner"))


def _maintenance(number: int, table: Mapping[str, Any]) -> Maintenance:
    check_keys(table, (*KEYS, "reason", "from", "until", "every"))
    every, start = text_of(table, "every"), instant_of(table, "from")
    end = instant_of(table, "until", ends_day=True)
    if (every is None) == (start is None) or (every is not None and end is not None):
        raise ValueError('needs either `every`, such as "Sun 02:00-04:00 UTC", or `from` and `until`')
    if start is not None and (end is None or end <= start):
        raise ValueError(f"ends before it begins, at {format_instant(start)}" if end is not None else
                         "has no `until`")
    return Maintenance(number=number, of=matcher_of(table), reason=text_of(table, "reason") or every or "planned",
                       start=start, end=end, every=every or "",
                       hours=None if every is None else _named("every", hours_of, every))


def _inhibition(_number: int, table: Mapping[str, Any]) -> Inhibition:
    check_keys(table, ("when", "inhibits"))
    return Inhibition(when=matcher_in(table, "when"), inhibits=matcher_in(table, "inhibits"))


def _escalate(_number: int, table: Mapping[str, Any]) -> Escalate:
    check_keys(table, (*KEYS, "after", "add-labels", "assignees", "mentions", "channels"))
    after = text_of(table, "after")
    if after is None:
        raise ValueError('needs `after`, such as "3d"')
    found = Escalate(of=matcher_of(table), after=_named("after", parse_duration, after),
                     labels=_labels(table, "add-labels"), assignees=_accounts(table, "assignees", teams=False),
                     mentions=_accounts(table, "mentions", teams=True), channels=texts_of(table, "channels") or ())
    if not (found.labels or found.assignees or found.mentions or found.channels):
        raise ValueError("does nothing; give it add-labels, assignees, mentions or channels")
    return found


ROUTES: Kind[tuple[Route, ...]] = table_list("alert", "route", _route)
SILENCES: Kind[tuple[Silence, ...]] = table_list("alert", "silence", _silence)
MAINTENANCES: Kind[tuple[Maintenance, ...]] = table_list("alert", "maintenance", _maintenance)
INHIBITIONS: Kind[tuple[Inhibition, ...]] = table_list("alert", "inhibit", _inhibition)
ESCALATIONS: Kind[tuple[Escalate, ...]] = table_list("alert", "escalate", _escalate)
