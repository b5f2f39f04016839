"""CI health: success, flakiness, durations and queues of workflow runs, and schedules that no longer run."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.ci_health import inputs
from repo_vitals.concerns.ci_health.apply import apply
from repo_vitals.concerns.ci_health.collect import collect
from repo_vitals.concerns.ci_health.definitions import HEADLINES, METRICS
from repo_vitals.concerns.ci_health.judge import judge
from repo_vitals.concerns.ci_health.measure import measure
from repo_vitals.concerns.monitor import Monitor
from repo_vitals.config.common import DRY_RUN

if TYPE_CHECKING:
    from repo_vitals.concerns.ci_health.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    return collect(github, repository=repository, window=window, policy=inputs.policy(values),
                   branch=values[inputs.BRANCH] or None, history=history, junit=values[inputs.JUNIT])


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:
    policy = inputs.policy(values)
    return judge(measure(facts, window, policy), facts, window, policy)


def _act(github: GitHub, judgement: Judgement, values: Values) -> Judgement:
    return apply(github, judgement, dry_run=values[DRY_RUN])


MONITOR = Monitor(
    name="ci-health",
    title="CI health",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "actions: read": "workflows, their runs, attempts and jobs; `write` instead for `enable-workflows`",
        "contents: read": "the default branch and the schedules in its workflow files",
    },
    collect=_collect,
    assess=_assess,
    act=_act,
)
