"""How a community is answered: response, resolution, backlog and contributors."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics import inputs, recognition, service_inputs
from repo_vitals.concerns.community_metrics.collect import collect
from repo_vitals.concerns.community_metrics.definitions import (
    HEADLINES,
    INCIDENT_METRICS,
    METRICS,
    SLA_METRICS,
)
from repo_vitals.concerns.community_metrics.escalation import escalations
from repo_vitals.concerns.community_metrics.judge import judge
from repo_vitals.concerns.community_metrics.measure import measure
from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms
from repo_vitals.concerns.community_metrics.relabel import relabelled
from repo_vitals.concerns.community_metrics.working_hours import business_calendar
from repo_vitals.concerns.monitor import Monitor
from repo_vitals.report.model import Judgement, Window

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Facts
    from repo_vitals.concerns.community_metrics.measure import Measured
    from repo_vitals.config.declare import Values
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    facts = collect(github, repository=repository, window=window, policy=inputs.policy(values), history=history,
                    anonymize=values[inputs.ANONYMIZE], salt=values[inputs.ANONYMIZE_SALT],
                    names=values[inputs.ACKNOWLEDGEMENTS],
                    tells_move=service_inputs.tells_move(values))
    spec = values[inputs.BUSINESS_HOURS]
    if spec is None:
        return facts
    since = min((item.created_at for item in facts.items), default=window.start)
    hours, notes = business_calendar(spec, since=since, window=window)
    return replace(facts, hours=hours, notes=(*facts.notes, *notes))


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:
    policy = inputs.policy(values, facts.hours)
    responders, always_on = values[inputs.RESPONDERS], values[inputs.ALWAYS_ON]
    if facts.salt is not None:
        names = Pseudonyms(facts.salt, hide_logins=True)
        policy = policy.under(names)
        if policy.responders == "list":
            responders = tuple(names.login(login.removeprefix("@")) for login in responders)
    target, limit = values[inputs.RESPONSE_TARGET], values[inputs.MEAN_RESPONSE_LIMIT]
    before = Window(start=window.start - (window.end - window.start), end=window.start)
    aliases = values[service_inputs.LABEL_ALIASES]
    facts = relabelled(facts, aliases, policy, window)
    terms = service_inputs.terms(values)
    labels = tuple(aliases.name(label) for label in values[inputs.LABELS_TIMED])

    def measured(span: Window) -> Measured:
        return measure(facts, window=span, policy=policy, response_target=target, mean_limit=limit, terms=terms,
                       time_in_labels=labels)
    now = measured(window)
    return judge(
        now,
        measured(before),
        facts,
        response_target=target,
        mean_limit=limit,
        responders=", ".join(responders) or "anyone",
        business_hours=values[inputs.BUSINESS_HOURS],
        always_on=always_on,
        satisfaction_target=values[inputs.SATISFACTION],
        named=recognition.named(
            recognition.mentors(now.cohort) if values[inputs.MENTORS] else None,
            recognition.acknowledgements(facts, window, policy) if values[inputs.ACKNOWLEDGEMENTS] else None),
        escalated=escalations(facts.items, service_inputs.escalated(values), policy, as_of=window.end),
    )


MONITOR = Monitor(
    name="community-metrics",
    title="Community metrics",
    inputs=inputs.INPUTS,
    metrics=(*METRICS, *SLA_METRICS, *INCIDENT_METRICS),
    headlines=HEADLINES,
    permissions={
        "contents: read": "commits of the default branch and .mailmap",
        "issues: read": "issues and their comments",
        "pull-requests: read": "pull requests and their reviews",
        "discussions: read": "discussions, where they are switched on",
    },
    collect=_collect,
    assess=_assess,
)
