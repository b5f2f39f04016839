"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.definitions import OPEN_ISSUES
from repo_vitals.report.model import Metric

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.facts import Facts


def measure(facts: Facts) -> tuple[Metric, ...]:
    """Every figure. One that can't be measured has the value None and no samples; zero is a measurement."""
    return (
        Metric(name=OPEN_ISSUES, value=facts.open_issues, unit="count", samples=0 if facts.open_issues is None else 1),
    )
