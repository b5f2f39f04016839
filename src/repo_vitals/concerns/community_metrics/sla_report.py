"""Service levels as figures, findings and rows of the report. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.community_metrics.labels import is_urgent, same_priority
from repo_vitals.concerns.community_metrics.sla_rules import FIRST_RESPONSE
from repo_vitals.concerns.community_metrics.words import spoken
from repo_vitals.report.model import Finding, Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from repo_vitals.concerns.community_metrics.sla import Levels, Obligation, Row
    from repo_vitals.concerns.community_metrics.sla_rules import Rule
    from repo_vitals.report.model import Severity

_KIND_IN_WORDS = {"issue": "issue", "pull_request": "pull request", "discussion": "discussion"}


def metrics(found: Levels, *, issues_enabled: bool = True, discussions_enabled: bool = True) -> Iterator[Metric]:
    """The figures of service levels. What is owed is counted for each phase that has a rule, also when it is nothing;
    a phase whose rules are only about what is switched off is not measured.
    """
    for row in found.rows:
        yield Metric(name="sla_attainment_ratio", value=row.attainment, unit="ratio", samples=row.judged,
                     labels={"phase": row.phase, "channel": row.channel, "type": row.type, "priority": row.priority})
    off = {channel for channel, on in (("issue", issues_enabled), ("discussion", discussions_enabled)) if not on}
    for phase in found.terms.phases:
        measured = any(rule.about not in off for rule in found.terms.rules if rule.phase == phase)
        for name, count in (("sla_breached", _of(phase, found.breaches)), ("sla_due_soon", _of(phase, found.due_soon)),
                            ("sla_pending", found.pending.get(phase, 0))):
            yield Metric(name=name, value=count if measured else None, unit="count", samples=int(measured),
                         labels={"phase": phase})


def findings(found: Levels) -> tuple[Finding, ...]:
    """What is late, one finding for each item and phase; issues without a response have findings of their own."""
    return tuple(_finding(one) for one in found.breaches
                 if one.rule.phase != FIRST_RESPONSE or one.item.kind != "issue")


def severity(one: Obligation) -> Severity:
    """How grave it is that this is late."""
    if one.type == "security":
        return "critical" if same_priority(one.priority) == "critical" else "high"
    return "high" if is_urgent(one.priority) else "medium"


def as_json(found: Levels) -> dict[str, Any]:
    """`data.sla`: rules, how the window's items did, and what is owed."""
    terms = found.terms
    return {
        "rules": [_rule(rule) for rule in terms.rules],
        "rows": [_row(row) for row in found.rows],
        "breaches": [_owed(one) for one in found.breaches],
        "due_soon": [_owed(one) for one in found.due_soon],
        "due_soon_seconds": terms.due_soon.total_seconds(),
        "pause_labels": sorted(terms.pauses.every),
        "phase_labels": {phase: sorted(names) for phase, names in sorted(terms.phase_labels.items())},
    }


def _of(phase: str, some: Iterable[Obligation]) -> int:
    return sum(one.rule.phase == phase for one in some)


def _finding(one: Obligation) -> Finding:
    kind = _KIND_IN_WORDS[one.item.kind]
    return Finding(
        rule="sla-breach",
        subject=f"{kind} {one.item.number} {one.rule.phase}",
        severity=severity(one),
        title=f"#{one.item.number} {one.item.title}",
        detail=f"{one.rule.phase.replace('-', ' ').capitalize()} of this {kind} is overdue by "
               f"{spoken(one.overdue, in_hours=one.in_hours)}; "
               f"the target is {spoken(one.rule.within, in_hours=one.in_hours)}. {one.move}",
        url=one.item.url,
        since=one.due,
        labels={"kind": one.item.kind, "number": str(one.item.number), "phase": one.rule.phase},
    )


def _rule(rule: Rule) -> dict[str, Any]:
    return {"rule": str(rule), "phase": rule.phase, "priority": rule.priority, "type": rule.type,
            "channel": rule.channel, "level": rule.level}


def _row(row: Row) -> dict[str, Any]:
    return {"phase": row.phase, "channel": row.channel, "type": row.type, "priority": row.priority, "met": row.met,
            "breached": row.breached, "pending": row.pending, "due_soon": row.due_soon, "attainment": row.attainment}


def _owed(one: Obligation) -> dict[str, Any]:
    return {
        "number": one.item.number, "kind": one.item.kind, "title": one.item.title, "url": one.item.url,
        "phase": one.rule.phase, "priority": one.priority, "type": one.type, "level": one.rule.level,
        "target_seconds": one.deadline.span.total_seconds(), "elapsed_seconds": one.ran.total_seconds(),
        "due": None if one.due is None else format_instant(one.due),
        "overdue_seconds": one.overdue.total_seconds() if one.state == "breached" else None,
        "owes": one.move.owes, "since": format_instant(one.move.since),
    }
