"""What needs an answer or an action today, one row an item. Pure; see docs/metrics.md."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, in_words
from repo_vitals.concerns.community_metrics.labels import priority, type_of
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from repo_vitals.concerns.community_metrics.escalation import Escalation
    from repo_vitals.concerns.community_metrics.facts import Item
    from repo_vitals.concerns.community_metrics.moves import Move
    from repo_vitals.concerns.community_metrics.sla import Obligation


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something owed on an item."""

    item: Item
    what: str                       # in words: `first response`, `no progress for over 30 d`
    due: datetime | None
    overdue: timedelta | None       # None while it is not late
    move: Move
    level: int | None = None

    @property
    def urgency(self) -> tuple[bool, bool, float, str]:
        """What sorts the most pressing first: the late before the others, then by when it was due."""
        return (self.overdue is None, self.due is None, 0.0 if self.due is None else self.due.timestamp(), self.what)


def owed(one: Obligation) -> Entry:
    """A phase that is late or due soon."""
    return Entry(item=one.item, what=one.rule.phase.replace("-", " "), due=one.due, move=one.move,
                 overdue=one.overdue if one.state == "breached" else None, level=one.rule.level)


def escalated(one: Escalation) -> Entry:
    """An escalation."""
    limit = in_words(one.limit)
    what = {"no-progress": f"no progress for over {limit}", "urgent": f"urgent issue open for over {limit}",
            "security": f"security issue open for over {limit}", "production": "impact on production"}[one.trigger]
    return Entry(item=one.item, what=what, due=one.at, overdue=one.age - one.limit, move=one.move)


def agenda(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """`data.agenda`: one row an item, with the most pressing of what is owed on it, and the rest by name in `also`."""
    by_item: dict[tuple[str, int], list[Entry]] = {}
    for entry in entries:
        by_item.setdefault((entry.item.kind, entry.item.number), []).append(entry)
    every = [sorted(some, key=lambda entry: entry.urgency) for some in by_item.values()]
    every.sort(key=lambda some: (*some[0].urgency[:3], some[0].item.number, some[0].item.kind))
    return [_row(some[0], [entry.what for entry in some[1:]]) for some in every]


def _row(entry: Entry, also: Iterable[str]) -> dict[str, Any]:
    item = entry.item
    return {
        "number": item.number, "kind": item.kind, "title": item.title, "url": item.url, "what": entry.what,
        "due": None if entry.due is None else format_instant(entry.due),
        "overdue_seconds": None if entry.overdue is None else entry.overdue.total_seconds(),
        "owes": entry.move.owes, "since": format_instant(entry.move.since), "priority": priority(item.labels),
        "type": type_of(item.labels), "level": entry.level,
        "also": [what for what in dict.fromkeys(also) if what != entry.what],
    }
