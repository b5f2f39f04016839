"""Escalations as findings and rows of the report. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, in_words
from repo_vitals.report.model import Finding

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.escalation import Escalation

_DETAILS = {
    "no-progress": "Nobody said or did anything for {age}; the limit is {limit}.",
    "urgent": "Critical or high priority and open for {age}; the limit is {limit}.",
    "security": "A security issue and open for {age}; the limit is {limit}.",
    "production": "Labelled as affecting production for {age}.",
}


def finding(one: Escalation) -> Finding:
    """The finding of an escalation, one for each issue and trigger."""
    said = _DETAILS[one.trigger].format(age=in_words(one.age), limit=in_words(one.limit))
    return Finding(
        rule=one.rule,
        subject=f"issue {one.item.number}",
        severity=one.severity,
        title=f"#{one.item.number} {one.item.title}",
        detail=f"{said} {one.move}",
        url=one.item.url,
        since=one.at,
        labels={"kind": one.item.kind, "number": str(one.item.number)},
    )


def as_json(one: Escalation) -> dict[str, Any]:
    """A row of `data.escalations`; `since` is since when the next move is owed, `age_seconds` what the rule limits."""
    return {"number": one.item.number, "rule": one.rule, "owes": one.move.owes, "since": format_instant(one.move.since),
            "age_seconds": one.age.total_seconds(), "title": one.item.title, "url": one.item.url}
