"""The inputs that every monitor has."""
from __future__ import annotations

from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import ended_day, format_instant
from repo_vitals.config.declare import (
    BOOLEAN,
    BOOLEAN_WORDS,
    LINES,
    LIST,
    OPTIONAL_TEXT,
    REPOSITORY,
    Input,
    Kind,
    choice,
    positive_duration,
)
from repo_vitals.config.file import near, quoted
from repo_vitals.config.history_place import history_place, size
from repo_vitals.config.selection import SELECTION
from repo_vitals.config.tables import instant_of

if TYPE_CHECKING:
    from collections.abc import Collection

REPOSITORY_NAME = Input(
    name="repository", kind=REPOSITORY, default=None, default_text="the repository that the workflow runs in",
    help="Repository to measure, as owner/name",
)
REPOSITORIES = Input(
    name="repositories", kind=SELECTION, default=(), default_text="`repository` alone",
    help="Repositories to measure in place of one: `owner/name`, `owner/*` for all of an owner's (forks and archived "
         "ones only where they are named), `!owner/name` or `!owner/prefix-*` to leave some out",
)
TOKEN = Input(
    name="token", kind=OPTIONAL_TEXT, default=None, default_text="the workflow's own token", secret=True,
    help="Token to read with; without one, GITHUB_TOKEN and then GH_TOKEN are used",
)
CONFIG = Input(
    name="config", kind=OPTIONAL_TEXT, default=None, default_text=".github/repo-vitals.toml, where there is one",
    help="Configuration file",
)
REPORT = Input(
    name="report", kind=OPTIONAL_TEXT, default=None, default_text="repo-vitals/<command>.json under RUNNER_TEMP",
    help="Path of the JSON report",
)
OPENMETRICS = Input(
    name="openmetrics", kind=OPTIONAL_TEXT, default=None, default_text="not written",
    help="Path of the figures as OpenMetrics text",
)
BADGE = Input(
    name="badge", kind=OPTIONAL_TEXT, default=None, default_text="not written",
    help="Path of a status badge: SVG where it ends in .svg, else JSON for a shields.io endpoint",
)
SUMMARY = Input(name="summary", kind=BOOLEAN, default=True, help="Whether to write the job summary")
ANNOTATIONS = Input(name="annotations", kind=BOOLEAN, default=True, help="Whether to annotate the run with findings")
FAIL_ON = Input(
    name="fail-on", kind=choice("never", "warn", "fail"), default="fail",
    help="Mildest status that ends the step with exit code 1: never, warn or fail",
)
RULES = Input(
    name="rules", kind=LINES, default=(),
    help="Rules of your own over the JSON report, one a line: `severity: jq expression # title`; true is a finding",
)
WINDOW = Input(name="window", kind=positive_duration(), default=timedelta(days=30), help="Span of time to report on")
HISTORY = Input(
    name="history", kind=history_place(), default=None, default_text="none",
    help="Where runs remember their figures and what they read, so that the next one asks only for what changed: "
         "`branch` (repo-vitals-history in the repository that the workflow runs in), `branch:NAME`, or a folder",
)
HISTORY_LIMIT = Input(
    name="history-limit", kind=size(), default=50_000_000,
    help="Size that the newest state of the history may reach; the oldest figures beyond it are removed",
)
def _baseline(text: str) -> datetime | bool:
    plain = text.strip()
    if plain in BOOLEAN_WORDS:
        return BOOLEAN.parse(plain)
    try:
        return instant_of({"baseline": plain}, "baseline", ends_day=True) or False
    except ValueError:
        raise ValueError("is not true, false or a day such as 2027-03-31") from None


def _toml_baseline(value: Any) -> datetime | bool:
    if isinstance(value, bool):
        return value
    return _baseline(value if isinstance(value, str) else str(value))


BASELINE: Input[datetime | bool] = Input(
    name="baseline", default=False,
    kind=Kind("true, false or a day", _baseline, _toml_baseline,
              lambda value: BOOLEAN.show(value) if isinstance(value, bool) else
              ended_day(value) or format_instant(value)),
    help="Whether what is wrong at the first run is recorded, in the history, and fails nothing for 90 days, or until "
         "the end of a day that is given; what is new or grows worse does",
)
MAX_WAIT = Input(
    name="max-wait", kind=positive_duration(), default=timedelta(minutes=5),
    help="Longest time to wait for a rate limit to reset before giving up with exit code 3",
)

DRY_RUN = Input(
    name="dry-run", kind=BOOLEAN, default=False,
    help="Whether planned writes are only put into the report, at `data.actions`, and not carried out",
)

# How a summary with an agenda is shown. The JSON report knows nothing of these.
SECTIONS = ("agenda", "findings", "trends", "figures", "sla", "lists", "definitions")
GROUP_BY = Input(
    name="group-by", kind=choice("none", "kind", "priority", "type", "owes"), default="none",
    help="What the agenda is grouped by in the summary and the log: none, kind, priority, type or owes (whose move "
         "it is)",
)
SORT = Input(
    name="sort", kind=choice("due", "age", "number", "priority"), default="due",
    help="Order of the agenda in the summary and the log: due (the longest overdue first), age, number or priority",
)


def hide(figures: Collection[str]) -> Input[tuple[str, ...]]:
    """What the summary and the log leave out; `figures` are the names of the monitor's own."""
    def check(words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if word not in SECTIONS and not any(fnmatchcase(name, word) for name in figures):
                hint = near(word, [*SECTIONS, *figures]) or f" (sections: {', '.join(SECTIONS)})"
                raise ValueError(f"holds {quoted(word)}, which is no section and matches no figure{hint}")
        return words
    return Input(
        name="hide", default=(), default_text="nothing",
        kind=Kind("list", lambda text: check(LIST.parse(text)), lambda value: check(LIST.from_toml(value)), LIST.show),
        help=f"What the summary and the log leave out: sections ({', '.join(SECTIONS)}) and names of figures, or "
             "patterns of them such as `discussion_*`; the JSON report has everything all the same",
    )


HIDE = hide(())


def agenda_inputs(figures: Collection[str]) -> tuple[Input[Any], ...]:
    """The inputs of a monitor that has an agenda: how it is shown. `figures` are the names of its metrics."""
    return (GROUP_BY, SORT, hide(figures))


def unknown_is(default: str) -> Input[str]:
    """What an unknown status counts as; the default differs from monitor to monitor."""
    return Input(
        name="unknown-is", kind=choice("warn", "fail"), default=default,
        help="What counts for the exit code when nothing could be judged: warn or fail",
    )


UNKNOWN_IS = unknown_is("warn")


def doer_inputs(*own: Input[Any]) -> tuple[Input[Any], ...]:
    """A doer's own inputs with those around them that every doer has, in the order of the tables.

    A doer looks at one moment and acts: it has no window, no history and no rules.
    """
    return (REPOSITORY_NAME, TOKEN, *own, DRY_RUN, FAIL_ON, REPORT, SUMMARY, ANNOTATIONS, MAX_WAIT, CONFIG)


def monitor_inputs(*own: Input[Any], unknown_is_default: str = "warn") -> tuple[Input[Any], ...]:
    """A monitor's own inputs with the common ones around them, in the order of the tables."""
    return (REPOSITORY_NAME, TOKEN, *own, WINDOW, HISTORY, HISTORY_LIMIT, BASELINE, FAIL_ON,
            unknown_is(unknown_is_default), RULES, REPORT, OPENMETRICS, BADGE, SUMMARY, ANNOTATIONS, MAX_WAIT, CONFIG)
