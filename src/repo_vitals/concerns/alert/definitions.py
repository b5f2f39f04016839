"""What the figures of alert mean."""
from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from repo_vitals.report.model import MetricDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.monitor import Headline

ALERTS, OPENED, CLOSED = "alerts", "alerts_opened", "alerts_closed"
PENDING, FIRING, SILENCED, RESOLVED = "pending", "firing", "silenced", "resolved"
STATES = (PENDING, FIRING, SILENCED, RESOLVED)
METRICS = (
    MetricDefinition(
        name=ALERTS, unit="count", labels=("state",),
        definition="Alerts by state: pending (failing, or not to be judged, in fewer runs than it takes), firing, "
                   "silenced (would fire, but is snoozed, silenced, inhibited, or closed or resolved by a person), "
                   "resolved (over, and not back since)"),
    MetricDefinition(
        name=OPENED, unit="count",
        definition="Issues that this run opens or opens again for alerts; in a dry run those that it would"),
    MetricDefinition(
        name=CLOSED, unit="count",
        definition="Issues that this run closes because their alerts are over, grouped otherwise or resolved by a "
                   "person; in a dry run those that it would"),
)
HEADLINES: Mapping[str, Headline] = MappingProxyType({
    "firing": (ALERTS, {"state": FIRING}), "opened": (OPENED, {}), "closed": (CLOSED, {})})
