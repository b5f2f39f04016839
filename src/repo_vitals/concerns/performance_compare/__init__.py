"""Performance compare: benchmarks, memory and size against their past: what is slower for sure, and what is noise."""
from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from repo_vitals.concerns.monitor import Monitor
from repo_vitals.concerns.performance_compare import inputs
from repo_vitals.concerns.performance_compare.charts import svg
from repo_vitals.concerns.performance_compare.collect import Request, collect
from repo_vitals.concerns.performance_compare.definitions import HEADLINES, METRICS
from repo_vitals.concerns.performance_compare.judge import judge
from repo_vitals.concerns.performance_compare.measure import measure

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    request = Request(
        current=values[inputs.CURRENT], baseline=values[inputs.BASELINE_REPORTS], adapters=values[inputs.ADAPTER],
        suite=values[inputs.SUITE], base=values[inputs.BASE] or None, baseline_runs=values[inputs.BASELINE_RUNS],
        compare_unlike=values[inputs.COMPARE_UNLIKE], runner_class=values[inputs.RUNNER_CLASS],
        versions=values[inputs.VERSIONS],
        sizes=values[inputs.SIZES], sizes_confined=values.origin(inputs.SIZES) == "configuration",
        label=values[inputs.ACCEPT_LABEL], largest=values[inputs.MAX_INPUT])
    return collect(request, inputs.policy(values), github, values.surroundings, history, repository=repository,
                   now=window.end)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:
    policy = inputs.policy(values)
    measured = measure(facts, policy, window.end)
    judgement = judge(measured, facts, policy, now=window.end)
    return replace(judgement, files={inputs.CHARTS.name: partial(svg, measured, facts)})


MONITOR = Monitor(
    name="performance-compare",
    title="Performance compare",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "contents: read": "the checkout, from which git tells what a change is compared with, which pull request "
                          "brought a commit, and when its newest commit came; `write` instead for a history on a "
                          "branch, in runs of the default branch",
        "pull-requests: read": "the label and the comments that accept a regression",
    },
    collect=_collect,
    assess=_assess,
    files=(inputs.CHARTS,),
    period="instant",
    needs_token=False,
    takes_token=True,
    needs=(inputs.CURRENT,),
)
