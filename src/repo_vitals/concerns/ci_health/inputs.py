"""The inputs of ci-health."""
from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.config.common import DRY_RUN, monitor_inputs
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
    parse_duration,
    positive_duration,
    ratio,
    show_duration,
)
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.config.declare import Values

ALL = "*"
_DEFAULT = Policy()
_EVENT = re.compile(r"[a-z][a-z_]{0,60}")
_COMMAND = re.compile(r"[a-z][a-z0-9-]{0,60}")


def _checked(check: Callable[[tuple[str, ...]], Any], name: str, show: Callable[[Any], str]) -> Kind[Any]:
    return Kind(name, lambda text: check(LIST.parse(text)), lambda value: check(LIST.from_toml(value)), show)


def _events(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if _EVENT.fullmatch(name) is None:
            raise ValueError(f'holds "{quotable(name, limit=60)}", which is not an event such as push')
    if not names:
        raise ValueError("names no event")
    return tuple(dict.fromkeys(names))


def _workflows(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError(f"names no workflow; leave it out, or write {ALL}, for all")
    if ALL in names and len(names) > 1:
        raise ValueError(f"mixes {ALL} with others; it stands alone")
    return tuple(dict.fromkeys(names))


def _watch(entries: tuple[str, ...]) -> dict[str, timedelta]:
    found = {}
    for entry in entries:
        command, equals, silence = entry.partition("=")
        if not equals or _COMMAND.fullmatch(command.strip()) is None:
            raise ValueError(f'holds "{quotable(entry, limit=60)}", which is not like community-metrics=2d')
        try:
            found[command.strip()] = positive_duration().parse(silence)
        except ValueError as error:
            raise ValueError(f"gives {command.strip()} a time that {error}") from None
    return found


def _optional_ratio() -> Kind[float | None]:
    plain = ratio()
    return Kind(plain.name, plain.parse, plain.from_toml, lambda value: "" if value is None else plain.show(value))


def _time_or_none() -> Kind[timedelta]:
    def check(span: timedelta) -> timedelta:
        if not timedelta(0) <= span <= timedelta(days=60):
            raise ValueError("is not between 0s and 60d")
        return span
    return Kind("duration", lambda text: check(parse_duration(text)),
                lambda value: check(positive_duration().from_toml(value)), show_duration)


WORKFLOWS: Input[tuple[str, ...]] = Input(
    name="workflows", kind=_checked(_workflows, "list", LIST.show), default=_DEFAULT.workflows,
    help="Workflows to measure, by file name or name; `*` for all that the events can start on the branch",
)
BRANCH = Input(
    name="branch", kind=OPTIONAL_TEXT, default=None, default_text="the default branch",
    help="Branch whose runs are measured",
)
EVENTS: Input[tuple[str, ...]] = Input(
    name="events", kind=_checked(_events, "list", LIST.show), default=("push", "schedule"),
    help="Events whose runs count; with merge_group those of the branch's merge queue too, though never as red or "
         "green",
)
LAST = Input(
    name="last", kind=integer(1, 1000), default=_DEFAULT.last,
    help="How many of the newest decisive runs of a workflow the success ratio is of",
)
MINIMUM_RUNS = Input(
    name="minimum-runs", kind=integer(1, 1000), default=_DEFAULT.minimum_runs,
    help="Smallest number of decisive runs to judge a workflow by; fewer are unknown",
)
MINIMUM_RATIO = Input(
    name="minimum-ratio", kind=ratio(), default=_DEFAULT.minimum_ratio,
    help="Smallest share of decisive runs that must have succeeded, from 0 to 1",
)
MINIMUM_FIRST_ATTEMPT_RATIO = Input(
    name="minimum-first-attempt-ratio", kind=_optional_ratio(), default=None, default_text="not judged",
    help="Smallest share of first attempts that must have succeeded, from 0 to 1",
)
JUDGE_BY = Input(
    name="judge-by", kind=choice("point", "bound"), default=_DEFAULT.judge_by,
    help="What must lie below the minimum to fail: the ratio itself (point), or the upper bound of its Wilson interval "
         "at 95 % (bound)",
)
CANCELLED_IS = Input(
    name="cancelled-is", kind=choice("excluded", "failure"), default="excluded",
    help="What a cancelled run counts as: excluded (counted apart) or failure",
)
SECURITY_WORKFLOWS = Input(
    name="security-workflows", kind=LIST, default=(), default_text="none",
    help="Workflows, by file name or name, that must be enabled and whose last run must have succeeded, and lately",
)
SECURITY_MAXIMUM_AGE = Input(
    name="security-maximum-age", kind=positive_duration(), default=_DEFAULT.security_maximum_age,
    help="Longest time since the last success of each of the security workflows",
)
SCHEDULE_GRACE = Input(
    name="schedule-grace", kind=_time_or_none(), default=_DEFAULT.schedule_grace,
    help="How late a scheduled run may begin before it is overdue; GitHub starts them late when it is busy",
)
WATCH: Input[dict[str, timedelta]] = Input(
    name="watch", kind=_checked(_watch, "list", lambda found: ", ".join(
        f"{command}={show_duration(silence)}" for command, silence in found.items())),
    default={},
    default_text="every monitor whose gaps are known, with three times its longest recent one and at least 2d",
    help="Monitors that must have recorded their figures in the history, with their longest silence, as "
         "`community-metrics=2d`",
)
JUNIT: Input[FilePatterns] = Input(
    name="junit", kind=FILES, default=FilePatterns(), default_text="none",
    help="JUnit files of several runs, as paths or patterns in the working folder; tests that both failed and passed "
         "in them are flaky",
)
JOBS = Input(
    name="jobs", kind=integer(0, 5000), default=_DEFAULT.jobs,
    help="How many runs are asked for their jobs at most, the newest of each workflow in turn; each is a request, and "
         "where many runs were made again there may be fewer",
)
ENABLE_WORKFLOWS = Input(
    name="enable-workflows", kind=BOOLEAN, default=False,
    help="Whether to enable workflows again that GitHub disabled because nothing happened in the repository; needs "
         "`actions: write`",
)

INPUTS = monitor_inputs(
    WORKFLOWS, BRANCH, EVENTS, LAST, MINIMUM_RUNS, MINIMUM_RATIO, MINIMUM_FIRST_ATTEMPT_RATIO, JUDGE_BY, CANCELLED_IS,
    SECURITY_WORKFLOWS, SECURITY_MAXIMUM_AGE, SCHEDULE_GRACE, WATCH, JUNIT, JOBS, ENABLE_WORKFLOWS, DRY_RUN,
)


def policy(values: Values) -> Policy:
    """What counts and where the limits are."""
    events: tuple[str, ...] = values[EVENTS]
    watch: dict[str, timedelta] = values[WATCH]
    return Policy(
        workflows=values[WORKFLOWS], events=frozenset(events), last=values[LAST],
        minimum_runs=values[MINIMUM_RUNS], minimum_ratio=values[MINIMUM_RATIO],
        minimum_first_attempt_ratio=values[MINIMUM_FIRST_ATTEMPT_RATIO],
        judge_by="bound" if values[JUDGE_BY] == "bound" else "point",
        cancelled_is_failure=values[CANCELLED_IS] == "failure", security_workflows=values[SECURITY_WORKFLOWS],
        security_maximum_age=values[SECURITY_MAXIMUM_AGE], schedule_grace=values[SCHEDULE_GRACE],
        watch=watch, jobs=values[JOBS], enable_workflows=values[ENABLE_WORKFLOWS],
    )
