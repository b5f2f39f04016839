"""What every figure of service-health means, in a sentence each; docs/metrics.md has them in full."""
from __future__ import annotations

from repo_vitals.concerns.service_health.facts import STATES
from repo_vitals.report.model import MetricDefinition

QUANTILES = ("0.5", "0.9")
UP, RESPONSE, LATENCY = "service_up", "service_response_seconds", "service_latency_seconds"
UPTIME, CERTIFICATE, SERVICES = "service_uptime_ratio", "service_certificate_expiry_seconds", "services"


def _metric(name: str, unit: str, definition: str, *labels: str) -> MetricDefinition:
    return MetricDefinition(name=name, unit=unit, definition=definition, labels=labels)


METRICS: tuple[MetricDefinition, ...] = (
    _metric(UP, "count", "1 where the service is up, 0 where it is down; degraded is up, unknown and pending are null",
            "service"),
    _metric(RESPONSE, "seconds",
            "Time from the look-up of the name to the end of the answer, redirects included, of the last good try now",
            "service"),
    _metric(LATENCY, "seconds",
            "The same over the checks of the window that found the service up, one value a check, type-7 quantile",
            "service", "quantile"),
    _metric(UPTIME, "ratio",
            "Time up, of the time within the last days of which a check tells up from down", "service", "days"),
    _metric(CERTIFICATE, "seconds", "Time until the certificate expires", "service"),
    _metric(SERVICES, "count", "Services in a state, which is one of " + ", ".join(STATES), "state"),
)

# Outputs of the action, each the value of one metric.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    f"services-{state}": (SERVICES, {"state": state}) for state in ("up", "degraded", "unknown", "down")
}
