"""Whether scheduled workflows, and monitors of our own, ran when they should have. Pure."""
from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.ci_health.triggers import Triggers, Unreadable, read_triggers
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.ci_health.facts import Facts, Recorded, Run, Workflow, WorkflowFile

SMALLEST_SILENCE = timedelta(days=2)
LONGEST_GAPS = 3
RECENT_DAYS = 11                    # with records: ten gaps
RECENT = timedelta(days=30)
KNOWN_FOR = timedelta(days=7)       # while a monitor is set up, it may run many times a day
_LEAST_DAYS = 3
_OLDEST = timedelta(days=800)       # a schedule whose last time lies further back is not judged

State = Literal["on-time", "overdue", "not-yet", "disabled", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A workflow with a cron, and how it keeps to it."""

    workflow: Workflow
    crons: tuple[str, ...]
    expected: datetime | None           # the last time that it should have begun, grace included in the past
    last: Run | None                    # its newest run by schedule
    state: State


def last_expected(crons: Iterable[str], before: datetime) -> datetime | None:
    """The last moment at or before `before` at which one of some cron expressions (in UTC) is due."""
    from cronsim import CronSim, CronSimError

    def newest(cron: str) -> list[datetime]:
        with suppress(CronSimError, ValueError, OverflowError):
            # Backwards from just after, since the moment itself counts.
            for moment in islice(CronSim(cron, before + timedelta(minutes=1), reverse=True), 3):
                if moment <= before:
                    return [moment]
        return []
    due = [moment for cron in crons for moment in newest(cron) if before - moment < _OLDEST]
    return max(due, default=None)


def triggers_of(files: Mapping[str, WorkflowFile]) -> tuple[dict[str, Triggers], list[str]]:
    """What starts each workflow whose file can be read, by path; and a line for each other."""
    found, problems = {}, []
    for path, file in sorted(files.items()):
        if file.text is None:
            problems.append(f"{path}: {file.problem}; its schedule is not known")
            continue
        try:
            found[path] = read_triggers(file.text)
        except Unreadable as error:
            problems.append(f"{path}: {error}; its schedule is not known")
    problems += [f'{path}: the schedule "{cron[:60]}" is not in UTC, or no cron expression that GitHub takes; it is '
                 "not judged" for path, triggers in found.items() for cron in triggers.bad_crons]
    return found, problems


def schedules(facts: Facts, triggers: Mapping[str, Triggers], *, end: datetime, grace: timedelta) -> list[Schedule]:
    """Every workflow with a cron, by path, and whether its last run is overdue.

    Overdue: no run by schedule began at or after the newest due moment that is longer ago than `grace`, and the
    workflow was there, as it is, at that moment.
    """
    found = []
    for workflow in sorted(facts.workflows, key=lambda one: one.path):
        known = triggers.get(workflow.path)
        if known is None or not known.crons or workflow.state == "deleted":
            continue
        expected = last_expected(known.crons, end - grace)
        last = facts.scheduled.get(workflow.id)
        found.append(Schedule(workflow=workflow, crons=known.crons, expected=expected, last=last,
                              state=_state(workflow, expected, last, asked=workflow.id in facts.scheduled)))
    return found


def _state(workflow: Workflow, expected: datetime | None, last: Run | None, *, asked: bool) -> State:
    if workflow.state.startswith("disabled"):
        return "disabled"
    if not asked:
        return "unknown"
    if expected is None:
        return "not-yet"
    if last is not None and last.created_at >= expected:
        return "on-time"
    return "not-yet" if expected < max(workflow.created_at, workflow.updated_at) else "overdue"


@dataclass(frozen=True, kw_only=True)
class Silence:
    """A monitor of ours that recorded nothing for too long."""

    command: str
    last: datetime | None               # None: it never recorded anything
    longest: timedelta                  # the silence that it may keep


def silences(
    recorded: Mapping[str, Recorded], watch: Mapping[str, timedelta], *, end: datetime, own: str,
) -> list[Silence]:
    """Monitors that should have recorded: those of `watch` with their longest silence, else whoever ever did.

    Without `watch`, LONGEST_GAPS times its longest recent gap and at least SMALLEST_SILENCE may pass; of one whose gaps
    are not known, nothing is said. `own` is this monitor, which is running.
    """
    limits: dict[str, timedelta] = dict(watch) or {
        command: max(SMALLEST_SILENCE, LONGEST_GAPS * one.longest_gap)
        for command, one in recorded.items() if one.longest_gap is not None}
    found = []
    for command, longest in sorted(limits.items()):
        last = recorded[command].last if command in recorded else None
        if command != own and (last is None or end - last > longest):
            found.append(Silence(command=command, last=last, longest=longest))
    return found


def longest_gap(moments: Sequence[datetime]) -> timedelta | None:
    """The longest time between two records that follow each other, of the recent ones.

    Recent are those of the newest RECENT_DAYS days with any, and of RECENT before the newest: by days, so that a burst
    of records does not pass for a schedule. None for records of fewer than three days, or over less than KNOWN_FOR.
    """
    ordered = sorted(set(moments))
    days = sorted({moment.date() for moment in ordered}, reverse=True)
    if len(days) < _LEAST_DAYS or ordered[-1] - ordered[0] < KNOWN_FOR:
        return None
    oldest_day = days[:RECENT_DAYS][-1]
    recent = [moment for moment in ordered if moment.date() >= oldest_day or ordered[-1] - moment <= RECENT]
    return max(later - former for former, later in pairwise(recent))
