"""What needs an answer: the report's `data.agenda` as rows, sorted and grouped as a reader asks. Pure."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, in_words, parse_instant
from repo_vitals.frozen import dataclass
from repo_vitals.render.figures import NOTHING, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from repo_vitals.render.view import View
    from repo_vitals.report.model import Finding, Report

HEADERS = ("Due", "Item", "What", "Owed by", "Priority")

_LONGEST = 1e10     # seconds of delay, some three hundred years: no more can be shown
_PRIORITIES = ({"p0", "critical"}, {"p1", "high"}, {"p2", "medium"}, {"p3", "low"})    # gravest first
_ORDER = {"kind": ("issue", "pull_request", "discussion"), "owes": ("maintainers", "author", "outside")}
_WITHOUT = {"kind": "Other", "priority": "Without a priority", "type": "Without a type", "owes": "Owed by nobody"}
_PLURALS = {"issue": "Issues", "pull_request": "Pull requests", "discussion": "Discussions"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """Something that is due on one issue, pull request or discussion. Texts may be strangers'."""

    number: int
    kind: str
    title: str
    url: str | None
    what: str                       # what is due: `first-response`, `triage` …
    due: datetime | None
    overdue: timedelta | None       # on the clock that counts here, which may stand still at night; None: not yet due
    owes: str | None                # whose move it is: `author`, `maintainers`, `outside`
    since: datetime | None
    priority: str | None
    type: str | None
    also: tuple[str, ...]           # what else is due on the same item

    def due_in_words(self, now: datetime) -> str:
        """`overdue 3.2 d (2026-01-28)`, `in 5 h (2026-01-31)`; `now` from the due moment until working time goes on."""
        if self.due is None:
            return NOTHING if self.overdue is None else f"overdue {in_words(self.overdue)}"
        said = _ahead(self.due, now) if self.overdue is None else f"overdue {in_words(self.overdue)}"
        return f"{said} ({format_instant(self.due)[:10]})"

    @property
    def item(self) -> str:
        """Number and title."""
        return f"#{self.number} {self.title}".strip()

    @property
    def said(self) -> str:
        """What is due, with what else is."""
        what = self.what.replace("-", " ")
        also = ", ".join(one.replace("-", " ") for one in self.also)
        return f"{what} (also {also})" if also else what

    @property
    def importance(self) -> str:
        """The priority, empty where the item has none."""
        return "" if self.priority in (None, "none") else str(self.priority)


def agenda_of(report: Report) -> tuple[Row, ...] | None:
    """The report's agenda; None where the monitor has none. What has another shape is left out: `data` is its own."""
    entries = report.data.get("agenda")
    if not isinstance(entries, list):
        return None
    return tuple(row for entry in entries if (row := _row(entry)) is not None)


def arranged(rows: Iterable[Row], view: View) -> list[tuple[str, list[Row]]]:
    """The rows in the view's order, in groups with their titles; one group without a title where it groups by nothing.

    A group's title may be a stranger's text: the name of a label.
    """
    ordered = sorted(rows, key=_SORTS[view.sort])
    if view.group_by == "none":
        return [("", ordered)] if ordered else []
    groups: dict[str, list[Row]] = {}
    for row in ordered:
        groups.setdefault(_group(row, view.group_by), []).append(row)
    return [(_title(view.group_by, name), groups[name])
            for name in sorted(groups, key=lambda name: _rank(view.group_by, name))]


def shares(sizes: Sequence[int], total: int) -> list[int]:
    """How many of each group to show when `total` may be shown: as evenly as their sizes allow, earlier ones first."""
    given = [0] * len(sizes)
    left = min(total, sum(sizes))
    while left:
        for place, size in enumerate(sizes):
            if left and given[place] < size:
                given[place] += 1
                left -= 1
    return given


def counts(rows: Sequence[Row], now: datetime) -> str:
    """How much of it is late and when the next is due, in one line."""
    late = sum(row.overdue is not None for row in rows)
    coming = [row.due for row in rows if row.overdue is None and row.due is not None]
    parts = [f"{late:,} overdue"] if late else []
    if coming:
        parts.append(f"{len(coming):,} coming up, the next {_ahead(min(coming), now)}")
    return "; ".join(parts)


def _ahead(due: datetime, now: datetime) -> str:
    return f"in {in_words(due - now)}" if due > now else "now"


def listed_and_other(findings: Iterable[Finding], rows: Iterable[Row]) -> tuple[list[Finding], list[Finding]]:
    """The findings about items of the agenda, and the others, each in their order."""
    urls = {row.url for row in rows if row.url is not None}
    listed: list[Finding] = []
    other: list[Finding] = []
    for finding in findings:
        (listed if finding.url in urls else other).append(finding)
    return listed, other


def _due(row: Row) -> tuple[Any, ...]:
    return (row.due is None, 0.0 if row.due is None else row.due.timestamp(), row.number, row.what)


def _importance(priority: str | None) -> tuple[int, str]:
    name = "" if priority in (None, "none") else str(priority).lower()
    known = next((place for place, names in enumerate(_PRIORITIES) if name in names), len(_PRIORITIES))
    return (known + (not name), name)


_SORTS: dict[str, Callable[[Row], tuple[Any, ...]]] = {
    "due": _due,
    "age": lambda row: (row.since is None, 0.0 if row.since is None else row.since.timestamp(), *_due(row)),
    "number": lambda row: (row.number, *_due(row)),
    "priority": lambda row: (_importance(row.priority), *_due(row)),
}


def _group(row: Row, group_by: str) -> str:
    value = {"kind": row.kind, "priority": row.importance, "type": row.type, "owes": row.owes}[group_by]
    return "" if value in (None, "none") else str(value)


def _title(group_by: str, name: str) -> str:
    if not name:
        return _WITHOUT[group_by]
    if group_by == "owes":
        return f"Owed by {name}"
    return _PLURALS.get(name, name) if group_by == "kind" else name


def _rank(group_by: str, name: str) -> tuple[Any, ...]:
    if group_by == "priority":
        return _importance(name)
    order = _ORDER.get(group_by, ())
    return (not name, order.index(name) if name in order else len(order), name)


def _row(entry: Any) -> Row | None:
    if not isinstance(entry, dict) or isinstance(entry.get("number"), bool) or not isinstance(entry.get("number"), int):
        return None
    late = number(entry.get("overdue_seconds"))
    also = entry.get("also")
    return Row(
        number=entry["number"], kind=_text(entry.get("kind")) or "", title=_text(entry.get("title")) or "",
        url=_text(entry.get("url")), what=_text(entry.get("what")) or "", due=_instant(entry.get("due")),
        overdue=None if late is None else timedelta(seconds=min(max(late, 0.0), _LONGEST)),
        owes=_text(entry.get("owes")), since=_instant(entry.get("since")), priority=_text(entry.get("priority")),
        type=_text(entry.get("type")),
        also=tuple(one for one in also if isinstance(one, str)) if isinstance(also, list) else (),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _instant(value: Any) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
