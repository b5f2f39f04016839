"""Service health: whether the services that a project depends on answer, how soon, and for how long they have."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.monitor import Monitor
from repo_vitals.concerns.service_health import inputs
from repo_vitals.concerns.service_health.collect import collect
from repo_vitals.concerns.service_health.definitions import HEADLINES, METRICS
from repo_vitals.concerns.service_health.judge import judge
from repo_vitals.concerns.service_health.measure import measure
from repo_vitals.concerns.service_health.uptime import DAYS, REACH
from repo_vitals.config.file import quoted
from repo_vitals.errors import InputError
from repo_vitals.sources.web_url import parse_url

if TYPE_CHECKING:
    from repo_vitals.concerns.service_health.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History

NAME = "service-health"


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    from repo_vitals.sources.probe import Prober

    if values.origin(inputs.ALLOW_PRIVATE) == "configuration":
        # The file may come with a stranger's checkout, and would open the runner's network to them.
        raise InputError("allow-private: does not belong in a file; pass it as an input or option")
    services = values[inputs.SERVICES]
    since = min(window.start, window.end - timedelta(days=max(DAYS)) - REACH)
    allowed = values[inputs.ALLOW_PRIVATE]
    prober = Prober(allowed=allowed, verify=github.transport.verify)
    for service in services:
        for url in filter(None, (service.url, service.registry)):
            if (what := prober.refused_address(parse_url(url))) is not None:
                raise InputError(f"services: {quoted(service.name)} is at {what}; name it in allow-private to have it "
                                 "asked all the same")
    return collect(prober, repository=repository, services=services, end=window.end, cost=github.cost,
                   points=history.points(NAME, repository, since), keeps=history.keeps)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:  # noqa: ARG001
    return judge(measure(facts, window=window), facts, end=window.end)


MONITOR = Monitor(
    name=NAME,
    title="Service health",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={},
    collect=_collect,
    assess=_assess,
    needs_token=False,
    period="instant",
)
