"""Severity by CVSS score. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_vitals.concerns.dependency_health.facts import AdvisorySeverity


def severity_of_score(score: float) -> AdvisorySeverity | None:
    """The bucket of a CVSS v3 or v4 score: 9 critical, 7 high, 4 medium, above 0 low; None for none.

    https://www.first.org/cvss/v4.0/specification-document, qualitative severity rating scale.
    """
    if not 0 < score <= 10:
        return None
    return "critical" if score >= 9 else "high" if score >= 7 else "medium" if score >= 4 else "low"
