"""Comment: one comment on a pull request made of reports, for pull requests from forks too."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.comment import inputs
from repo_vitals.concerns.comment.apply import apply
from repo_vitals.concerns.comment.collect import READ_ONLY, collect
from repo_vitals.concerns.comment.decide import decide
from repo_vitals.concerns.comment.definitions import HEADLINES, METRICS
from repo_vitals.concerns.monitor import Monitor
from repo_vitals.config.common import DRY_RUN

if TYPE_CHECKING:
    from repo_vitals.concerns.comment.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:  # noqa: ARG001
    return collect(github, inputs.request(values), values.surroundings, repository)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:  # noqa: ARG001
    asked = inputs.request(values)
    return decide(facts, marker=asked.marker, most_findings=asked.most_findings)


def _act(github: GitHub, judgement: Judgement, values: Values) -> Judgement:
    asked = inputs.request(values)
    return apply(github, judgement, marker=asked.marker, trusted=() if asked.trusted_by_configuration else
                 asked.trusted, dry_run=values[DRY_RUN], without_permission=READ_ONLY)


MONITOR = Monitor(
    name="comment",
    title="Pull request comment",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "actions: read": "the run that measured, and its artifacts; not needed with `reports`",
        "pull-requests: write": "the pull request, and the comment on it",
    },
    collect=_collect,
    assess=_assess,
    act=_act,
)
