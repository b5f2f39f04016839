"""Spans of time in words, where only business hours may count. Pure."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.clock import BusinessDays, in_words

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.sla_rules import Duration


def spoken(span: Duration, *, in_hours: bool) -> str:
    """A span in words; where only business hours count, in hours, since nobody knows how long a day is then."""
    if isinstance(span, BusinessDays) or not in_hours:
        return in_words(span)
    if span < timedelta(hours=1):
        return f"{in_words(span)} of business hours"
    return f"{span / timedelta(hours=1):.1f}".removesuffix(".0") + " business hours"
