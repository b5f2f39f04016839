"""Ball in court: a label on what waits for its author, so that only that goes stale, and what became of it."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.ball_in_court import inputs
from repo_vitals.concerns.ball_in_court.apply import apply
from repo_vitals.concerns.ball_in_court.collect import collect
from repo_vitals.concerns.ball_in_court.decide import decide
from repo_vitals.concerns.ball_in_court.definitions import HEADLINES, METRICS
from repo_vitals.concerns.monitor import Monitor
from repo_vitals.config.common import DRY_RUN

if TYPE_CHECKING:
    from repo_vitals.concerns.ball_in_court.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:  # noqa: ARG001
    return collect(github, inputs.request(values), repository, window.end)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:
    return decide(facts, inputs.request(values), now=window.end)


def _act(github: GitHub, judgement: Judgement, values: Values) -> Judgement:
    return apply(github, judgement, label=values[inputs.LABEL_NAME], dry_run=values[DRY_RUN])


MONITOR = Monitor(
    name="ball-in-court",
    title="Ball in court",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "contents: read": "the configuration file; nothing is read of the code",
        "issues: write": "issues, their comments and labels",
        "pull-requests: write": "the same of pull requests; not needed without `pull-requests: true`",
    },
    collect=_collect,
    assess=_assess,
    act=_act,
)
