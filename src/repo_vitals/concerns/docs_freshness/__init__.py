"""Docs freshness: open issues against a limit."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness import inputs
from repo_vitals.concerns.docs_freshness.collect import collect
from repo_vitals.concerns.docs_freshness.definitions import HEADLINES, METRICS
from repo_vitals.concerns.docs_freshness.judge import judge
from repo_vitals.concerns.docs_freshness.measure import measure
from repo_vitals.concerns.monitor import Monitor

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(
    github: GitHub, repository: str, window: Window, values: Values, history: History,  # noqa: ARG001
) -> Facts:
    return collect(github, repository=repository)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:  # noqa: ARG001
    return judge(measure(facts), facts, maximum=values[inputs.MAXIMUM])


MONITOR = Monitor(
    name="docs-freshness",
    title="Docs freshness",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "issues: read": "the number of open issues",
    },
    collect=_collect,
    assess=_assess,
)
