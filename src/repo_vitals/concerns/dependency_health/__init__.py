"""Dependency health: update pull requests against a policy, how old dependencies are, and what each is worth."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.dependency_health import inputs
from repo_vitals.concerns.dependency_health.collect import collect
from repo_vitals.concerns.dependency_health.definitions import HEADLINES, METRICS
from repo_vitals.concerns.dependency_health.judge import judge
from repo_vitals.concerns.dependency_health.measure import measure
from repo_vitals.concerns.monitor import Monitor

if TYPE_CHECKING:
    from repo_vitals.concerns.dependency_health.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    bots, wanted = values[inputs.UPDATE_BOTS], values[inputs.LOCK_FILES]
    return collect(
        github, repository=repository, now=window.end, bots=bots,
        wanted=wanted, silence=values[inputs.SILENT_AFTER], deps_dev=values[inputs.DEPS_DEV],
        budget=values[inputs.DEPS_DEV_REQUESTS], quiet_after=values[inputs.MAINTAINED_WITHIN], history=history,
    )


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:
    limits, policy = inputs.limits(values), values[inputs.UPDATE_POLICY]
    measured = measure(facts, policy=policy, limits=limits, now=window.end)
    return judge(measured, facts, limits, policy=policy, silence=values[inputs.SILENT_AFTER], now=window.end)


MONITOR = Monitor(
    name="dependency-health",
    title="Dependency health",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "checks: read": "whether the checks of update pull requests failed",
        "contents: read": "lock files and the update bots' configurations on the default branch",
        "pull-requests: read": "open pull requests of update bots, and when each last opened one",
        "statuses: read": "whether the commit statuses of update pull requests failed",
        "vulnerability-alerts: read": "which updates are about security, and how grave; without it that is "
                                      "told only by what the bots mark them with",
    },
    collect=_collect,
    assess=_assess,
)
