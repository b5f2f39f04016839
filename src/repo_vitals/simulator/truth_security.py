"""What a report about a repository's security has to say, told from the state and not from any listing."""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.model import Repository

Figures = dict[tuple[str, str], int]


def security_truth(repository: Repository, *, since: datetime) -> Figures:
    """(what, of which kind) -> how many. `since` begins the time in which mended alerts count."""
    security = repository.security
    found: Counter[tuple[str, str]] = Counter()
    for alert in repository.alerts:
        severity = {"MODERATE": "medium"}.get(alert.severity, alert.severity.lower())
        if alert.fixed_at is not None:
            found["mended", severity] += alert.fixed_at >= since
        elif alert.dismissed_at is None and alert.auto_dismissed_at is None:
            found["open", severity] += 1
    for code in security.code:
        if code.branch == "main" and code.fixed_at is None and code.dismissed_at is None:
            level = code.security_severity or {"error": "high", "warning": "medium", "note": "low", "none": "info",
                                               None: "medium"}[code.severity]
            found["code", level] += 1
    found["secrets", ""] = sum(secret.resolved_at is None for secret in security.secrets)
    for _, _, known in security.components:
        found["license", known or ""] += 1
    return {key: count for key, count in found.items() if count}
