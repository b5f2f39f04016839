"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.service_health import definitions
from repo_vitals.concerns.service_health.facts import STATES, PastCheck
from repo_vitals.concerns.service_health.tries import states
from repo_vitals.concerns.service_health.uptime import DAYS, Uptime, down_since, flapping, uptime
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric
from repo_vitals.stats.quantiles import linear_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from repo_vitals.concerns.service_health.facts import Facts, Probe, State
    from repo_vitals.report.model import Window


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A service with all that is said of it."""

    probe: Probe
    state: State
    reason: str
    seconds: float | None               # until the answer of the last successful try; None where it is not up
    latency: dict[str, float | None]    # by quantile
    latency_samples: int
    uptime: dict[int, Uptime]           # by days
    since: datetime | None              # of an outage: the first check that found it
    flapping: bool
    certificate_seconds: float | None   # left

    @property
    def up(self) -> bool | None:
        """None: unknown or pending."""
        return _up(self.state)


def measure(facts: Facts, *, window: Window) -> tuple[Checked, ...]:
    """Every service, in order."""
    return tuple(_checked(probe, state, reason, facts.past.get(probe.service.name, ()), window)
                 for probe, (state, reason) in zip(facts.probes, states(facts.probes), strict=True))


def _checked(probe: Probe, state: State, reason: str, past: Sequence[PastCheck], window: Window) -> Checked:
    seconds = next((one.seconds for one in reversed(probe.tries) if one.state in ("up", "degraded")), None) \
        if _up(state) else None
    checks = (*past, PastCheck(at=window.end, up=_up(state), seconds=seconds))
    took = [check.seconds for check in checks
            if check.up and check.seconds is not None and window.start <= check.at <= window.end]
    expires = probe.certificate_expires_at
    return Checked(
        probe=probe, state=state, reason=reason, seconds=seconds,
        latency={quantile: linear_quantile(took, float(quantile)) for quantile in definitions.QUANTILES},
        latency_samples=len(took),
        uptime={days: uptime(checks, end=window.end, days=days) for days in DAYS},
        since=down_since(checks) if state == "down" else None,
        flapping=flapping(checks),
        certificate_seconds=None if expires is None else (expires - window.end).total_seconds(),
    )


def _up(state: State) -> bool | None:
    return {"up": True, "degraded": True, "down": False}.get(state)


def metrics_of(checked: Sequence[Checked]) -> tuple[Metric, ...]:
    """Every figure. One that can't be measured has the value None and no samples; zero is a measurement."""
    counted = tuple(_figure(definitions.SERVICES, "count", sum(one.state == state for one in checked), 1, state=state)
                    for state in STATES)
    return (*counted, *(metric for one in checked for metric in _metrics(one)))


def _metrics(one: Checked) -> Iterator[Metric]:
    name = one.probe.service.name
    yield _figure(definitions.UP, "count", None if one.up is None else float(one.up), 1, service=name)
    yield _figure(definitions.RESPONSE, "seconds", one.seconds, 1, service=name)
    for quantile, value in one.latency.items():
        yield _figure(definitions.LATENCY, "seconds", value, one.latency_samples, service=name, quantile=quantile)
    for days, found in one.uptime.items():
        yield _figure(definitions.UPTIME, "ratio", found.ratio, found.checks, service=name, days=str(days))
    if one.probe.service.secure:
        yield _figure(definitions.CERTIFICATE, "seconds", one.certificate_seconds, 1, service=name)


def _figure(name: str, unit: str, value: float | None, samples: int, **labels: str) -> Metric:
    return Metric(name=name, value=value, unit=unit, samples=0 if value is None else samples, labels=labels)
