"""Coverage: how much of the code the tests run, of all of it and of what a change adds."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage import definitions, inputs
from repo_vitals.concerns.coverage.collect import Request, collect
from repo_vitals.concerns.coverage.definitions import HEADLINES, METRICS
from repo_vitals.concerns.coverage.judge import judge
from repo_vitals.concerns.coverage.measure import measure
from repo_vitals.concerns.monitor import Monitor

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:  # noqa: ARG001
    request = Request(reports=values[inputs.REPORTS], exclude=values[inputs.EXCLUDE],
                      path_map=values[inputs.PATH_MAP], base=values[inputs.BASE] or None,
                      largest=values[inputs.MAX_INPUT])
    return collect(request, values.surroundings, history, repository=repository, now=window.end)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:  # noqa: ARG001
    policy = inputs.policy(values)
    return judge(measure(facts, policy), facts, policy)


MONITOR = Monitor(
    name="coverage",
    title="Coverage",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "contents: read": "the checkout, from which git tells what a change adds; `write` instead for a history on a "
                          "branch, in runs of the default branch",
    },
    collect=_collect,
    assess=_assess,
    needs_token=False,
    needs=(inputs.REPORTS,),
    badge_figure=definitions.LINE_RATIO,
)
