"""Open issues that need more than their turn: which rule says so, and whose move it is. Pure; see docs/metrics.md."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.community_metrics.label_spans import standing
from repo_vitals.concerns.community_metrics.labels import is_urgent, priority, same_priority, type_of
from repo_vitals.concerns.community_metrics.moves import NO_PAUSES, Move, Pauses, next_move
from repo_vitals.concerns.community_metrics.responses import closed_at
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from repo_vitals.concerns.community_metrics.facts import Item
    from repo_vitals.concerns.community_metrics.responses import Policy
    from repo_vitals.report.model import Severity

Trigger = Literal["no-progress", "urgent", "security", "production"]
TRIGGERS: tuple[Trigger, ...] = ("no-progress", "urgent", "security", "production")


@dataclass(frozen=True, kw_only=True)
class Escalations:
    """What is escalated, and after how long: calendar time, since nobody's hours make a stale issue fresher."""

    triggers: frozenset[Trigger] = frozenset()
    no_progress: timedelta = timedelta(days=30)
    urgent: timedelta = timedelta(days=7)
    security: timedelta = timedelta(hours=24)
    production_labels: frozenset[str] = frozenset()     # folded names
    pauses: Pauses = NO_PAUSES                          # they tell who owes the next move; they excuse nothing


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """An issue that a trigger caught."""

    item: Item
    trigger: Trigger
    severity: Severity
    age: timedelta          # without progress; since the label was put on; else since opening
    limit: timedelta        # how old that may be
    at: datetime            # when it was first older than that
    move: Move

    @property
    def rule(self) -> str:
        """The rule of its finding."""
        return f"escalation-{self.trigger}"


def escalations(items: Iterable[Item], what: Escalations, policy: Policy, *, as_of: datetime) -> tuple[Escalation, ...]:
    """Every escalation at `as_of`, at most one of an issue and trigger, by number."""
    if not what.triggers:
        return ()
    opened = (item for item in items if item.kind == "issue" and item.created_at < as_of
              and closed_at(item, as_of=as_of) is None and not policy.leaves_out(item))
    return tuple(sorted((found for item in opened for found in _of(item, what, policy, as_of)),
                        key=lambda found: (found.item.number, TRIGGERS.index(found.trigger))))


def last_progress(item: Item, policy: Policy, *, as_of: datetime) -> datetime:
    """When a person last said something that is not hidden, or did something; the opening is the first progress."""
    moments = [item.created_at]
    moments += (remark.at for remark in item.remarks if not remark.minimised and not policy.is_bot(remark.by))
    moments += (act.at for act in item.acts if not policy.is_bot(act.by))
    return max(moment for moment in moments if moment <= as_of)


def _of(item: Item, what: Escalations, policy: Policy, as_of: datetime) -> Iterator[Escalation]:
    urgency = priority(item.labels)
    starts: dict[Trigger, tuple[datetime | None, timedelta, Severity]] = {
        "no-progress": (last_progress(item, policy, as_of=as_of), what.no_progress, "medium"),
        "urgent": (item.created_at if is_urgent(urgency) else None, what.urgent, "high"),
        "security": (item.created_at if type_of(item.labels) == "security" else None, what.security,
                     "critical" if same_priority(urgency) == "critical" else "high"),
        "production": (_standing_since(item, what.production_labels, as_of), timedelta(0), "high"),
    }
    for trigger in TRIGGERS:
        start, limit, severity = starts[trigger]
        if trigger not in what.triggers or start is None:
            continue
        if as_of - start > limit or trigger == "production":
            yield Escalation(item=item, trigger=trigger, severity=severity, age=as_of - start, limit=limit,
                             at=start + limit, move=next_move(item, policy, what.pauses, as_of=as_of))


def _standing_since(item: Item, names: frozenset[str], as_of: datetime) -> datetime | None:
    spans = standing(item, names, as_of=as_of)
    return spans[-1][0] if spans and spans[-1][1] is None else None
