"""Package adoption: downloads by package and version over time, and how the repository is visited."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.monitor import Monitor
from repo_vitals.concerns.package_adoption import inputs
from repo_vitals.concerns.package_adoption.collect import Wanted, collect
from repo_vitals.concerns.package_adoption.definitions import HEADLINES, METRICS
from repo_vitals.concerns.package_adoption.judge import judge
from repo_vitals.concerns.package_adoption.measure import measure

if TYPE_CHECKING:
    from repo_vitals.concerns.package_adoption.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    wanted = Wanted(
        packages=values[inputs.PACKAGES], assets=values[inputs.ASSETS], traffic=values[inputs.TRAFFIC],
        crates_io=values[inputs.CRATES_IO], pypistats=values[inputs.PYPISTATS], npm=values[inputs.NPM_DOWNLOADS],
        deps_dev=values[inputs.DEPS_DEV], deps_dev_requests=values[inputs.DEPS_DEV_REQUESTS],
    )
    return collect(github, wanted, repository=repository, today=window.end.date(), history=history)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:
    limits, today = inputs.limits(values), window.end.date()
    measured = measure(facts, today=today, weeks=limits.weeks, change=limits.change, quiet=limits.quiet)
    return judge(measured, facts, today=today, days=(window.end - window.start) // timedelta(days=1), old=limits.old)


MONITOR = Monitor(
    name="package-adoption",
    title="Package adoption",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "contents: read": "releases and the downloads of their assets, where `packages` holds github",
    },
    collect=_collect,
    assess=_assess,
    needs_token=False,
    takes_token=True,
    needs=(inputs.PACKAGES,),
)
