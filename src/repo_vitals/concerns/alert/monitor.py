"""The stages of alerts in their order."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.clock import now
from repo_vitals.concerns.alert import inputs
from repo_vitals.concerns.alert.apply import apply, teller
from repo_vitals.concerns.alert.body import IssueTexts
from repo_vitals.concerns.alert.channels import Sender
from repo_vitals.concerns.alert.channels_inputs import channels
from repo_vitals.concerns.alert.collect import collect, place_of_states
from repo_vitals.concerns.alert.decide import decide
from repo_vitals.concerns.alert.definitions import HEADLINES, METRICS
from repo_vitals.concerns.alert.templates import TEMPLATE
from repo_vitals.concerns.monitor import Monitor
from repo_vitals.config.common import DRY_RUN
from repo_vitals.errors import InputError

if TYPE_CHECKING:
    from repo_vitals.concerns.alert.facts import Facts
    from repo_vitals.concerns.alert.policy import Policy
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _policy(values: Values, repository: str, *, has_history: bool, run_url: str | None = None) -> Policy:
    return inputs.policy_of(values, repository=repository, has_history=has_history, run_url=run_url,
                            given=channels(values))


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    policy = _policy(values, repository, has_history=history.keeps)
    return collect(github, inputs.request(values, policy), values.surroundings, repository, history, window.end)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:
    policy = _policy(values, facts.repository, has_history=facts.has_history, run_url=facts.run_url)
    texts = IssueTexts(repository=facts.repository, run_url=facts.run_url, report_url=policy.settings.report_url,
                       template=values[TEMPLATE])
    return decide(facts, policy, texts, now=window.end)


def _act(github: GitHub, judgement: Judgement, values: Values) -> Judgement:
    settings = _policy(values, judgement.repository, has_history=True).settings
    given = channels(values)
    sender = Sender(repository=judgement.repository, server_url=github.endpoints.server_url,
                    run_url=judgement.data.get("run"), report_url=settings.report_url or judgement.data.get("run"))
    done = apply(github, judgement, dry_run=values[DRY_RUN], place=place_of_states(judgement.repository),
                 tell=teller(github, given.channels, sender, now(values.surroundings.environ)))
    # The caller's mistakes come first, since the first failure says how the run ends.
    mistakes = [InputError(why) for why in dict.fromkeys(fault.why for fault in given.faults)]
    return replace(done, failures=(*mistakes, *done.failures))


MONITOR = Monitor(
    name="alert",
    title="Alerts",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "actions: read": "artifacts of this or another run, with `artifact`; not needed for the reports of this job",
        "issues: write": "the issues that alerts are, their comments and labels",
    },
    collect=_collect,
    assess=_assess,
    act=_act,
)
