"""Security summary: one answer from the reports of every scanner and from GitHub's alerts, with due dates."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.monitor import Monitor
from repo_vitals.concerns.security_summary import inputs
from repo_vitals.concerns.security_summary.collect import Request, collect
from repo_vitals.concerns.security_summary.definitions import HEADLINES, METRICS
from repo_vitals.concerns.security_summary.judge import judge
from repo_vitals.concerns.security_summary.license_report import LICENSE_REPORT
from repo_vitals.concerns.security_summary.measure import measure
from repo_vitals.concerns.security_summary.written import SARIF, written

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import Facts
    from repo_vitals.config.declare import Values
    from repo_vitals.report.model import Judgement, Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


def _collect(github: GitHub, repository: str, window: Window, values: Values, history: History) -> Facts:
    policy, lists = inputs.policy(values), values[inputs.ALERTS]
    request = Request(
        reports=values[inputs.REPORTS], adapters=values[inputs.ADAPTER], largest=values[inputs.MAX_INPUT], lists=lists,
        lists_named=values.origin(inputs.ALERTS) != "default", sbom=values[inputs.GITHUB_SBOM],
        tool_ignores=values[inputs.TOOL_IGNORES], maximum_age=policy.maximum_age, unscored=policy.unscored,
    )
    return collect(request, github, values.surroundings, history, repository=repository, window=window)


def _assess(facts: Facts, window: Window, values: Values) -> Judgement:
    policy = inputs.policy(values)
    measured = measure(facts, policy, window)
    judgement = judge(measured, facts, policy, now=window.end)
    files, notes = written(measured, values, repository=facts.repository, now=window.end)
    return replace(judgement, files=files, notes=(*judgement.notes, *notes))


MONITOR = Monitor(
    name="security-summary",
    title="Security summary",
    inputs=inputs.INPUTS,
    metrics=METRICS,
    headlines=HEADLINES,
    permissions={
        "contents: read": "to check out the reports' repository, and for the dependency graph where `github-sbom` asks",
        "security-events: read": "code scanning alerts",
        "vulnerability-alerts: read": "Dependabot alerts",
    },
    collect=_collect,
    assess=_assess,
    files=(SARIF, LICENSE_REPORT),
    needs_token=False,
    takes_token=True,
)
