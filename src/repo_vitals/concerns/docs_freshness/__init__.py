"""Docs freshness: documents by their age in git, what they cite and link to, and whether versions agree."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness import inputs
from repo_vitals.concerns.docs_freshness.collect import Request, collect
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


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    request = Request(paths=values[inputs.PATHS], policy=inputs.policy(values), required=values[inputs.REQUIRED],
                      sections=values[inputs.SECTIONS], bots=values[inputs.BOTS], rule=values[inputs.BROKEN_AFTER],
                      sites=values[inputs.SITES])
    return collect(github, request, values.surroundings, history, repository=repository, now=window.end)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:  # noqa: ARG001
    policy = inputs.policy(values)
    return judge(measure(facts, policy), facts, policy)


MONITOR = Monitor(
    name="docs-freshness",
    title="Docs freshness",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "contents: read": "the checkout, with whose history documents are dated; tags that it lacks, and GitHub's "
                          "community profile; `write` instead for a history on a branch",
        "pages: read": "the state of GitHub Pages, where `sites` names them",
    },
    collect=_collect,
    assess=_assess,
    needs_token=False,
    takes_token=True,
)
