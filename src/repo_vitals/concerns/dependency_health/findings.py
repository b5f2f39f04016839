"""What a person should look at. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import in_words
from repo_vitals.concerns.dependency_health.criteria import severity_of
from repo_vitals.concerns.dependency_health.measure import FAILED
from repo_vitals.concerns.dependency_health.silence import last_of, silent_after
from repo_vitals.concerns.dependency_health.versions import STEPS
from repo_vitals.report.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from repo_vitals.concerns.dependency_health.criteria import Criterion, Limits, Verdict
    from repo_vitals.concerns.dependency_health.facts import Facts, Package
    from repo_vitals.concerns.dependency_health.measure import Measured
    from repo_vitals.concerns.dependency_health.policy import Clock
    from repo_vitals.report.model import Severity

# How grave an overdue update is. Of security updates the critical and the high ones fail a run, all others warn.
_OVERDUE: dict[str, Severity] = {
    "security-critical": "high", "security-high": "high", "security-medium": "medium", "security-low": "low",
    "patch": "medium", "minor": "low", "major": "low", "other": "low", "unknown": "low",
}


def findings(
    measured: Measured, facts: Facts, limits: Limits, *, silence: timedelta | None, now: datetime,
) -> Iterator[Finding]:
    """All findings, those about pull requests first."""
    for one in measured.clocks:
        if one.overdue is not None:
            yield _overdue(one, one.overdue)
        if one.update.checks in FAILED:
            yield _failing(one)
    yield from _bots(measured, facts, silence=silence, now=now)
    for package in facts.packages:
        verdicts = measured.verdicts.get(package.key, {})
        for criterion, verdict in verdicts.items():
            if verdict.outcome == "fail":
                yield _criterion(package, criterion, verdict, severity_of(package, facts.index, limits))


def _overdue(one: Clock, late: timedelta) -> Finding:
    update = one.update
    what = f"{one.severity} security" if one.severity is not None else update.kind
    return Finding(
        rule="overdue-update", subject=f"pull request {update.number}", severity=_OVERDUE[one.rule],
        title=f"#{update.number} {update.title}",
        detail=f"An update of kind {what}, open for {in_words(one.age)}: {in_words(late)} longer than the update "
               "policy allows.",
        url=update.url, since=one.due, labels={"kind": update.kind, "number": str(update.number)},
    )


def _failing(one: Clock) -> Finding:
    update = one.update
    return Finding(
        rule="failing-update", subject=f"pull request {update.number}",
        severity="medium" if update.kind == "security" else "low",
        title=f"#{update.number} {update.title}",
        detail="The checks of its newest commit failed, so that it waits for someone to look.",
        url=update.url, labels={"kind": update.kind, "number": str(update.number)},
    )


def _bots(measured: Measured, facts: Facts, *, silence: timedelta | None, now: datetime) -> Iterator[Finding]:
    for setup in facts.setups:
        if setup.problem is not None:
            yield Finding(rule="update-bot-misconfigured", subject=setup.bot, severity="medium",
                          title=f"The configuration of {setup.bot.capitalize()} can't be read",
                          detail=f"{setup.path}: {setup.problem}.")
            continue
        if setup.off:
            yield Finding(rule="update-bot-off", subject=setup.bot, severity="low",
                          title=f"{setup.bot.capitalize()} is configured to open no pull requests for new versions",
                          detail=f"See {setup.path}.")
            continue
        limit = silent_after(setup, silence)
        last = last_of(setup, facts.last_by_bot)
        outdated = sum(one.step in STEPS and one.package.ecosystem in setup.ecosystems
                       and one.package.direct is not False for one in measured.lags)
        if outdated and (last is None or now - last > limit):
            when = f"It last opened a pull request {in_words(now - last)} ago" if last is not None else \
                f"It opened no pull request in the last {in_words(now - facts.looked_back_to)}"
            yield Finding(
                rule="update-bot-silent", subject=setup.bot, severity="medium",
                title=f"{setup.bot.capitalize()} is configured, but opens no pull requests",
                detail=f"{when}, although {outdated} direct {'dependency is' if outdated == 1 else 'dependencies are'} "
                       f"outdated. More than {in_words(limit)} of silence is too long.", since=last)
    if not facts.setups and not facts.last_by_bot:
        yield Finding(
            rule="no-update-bot", subject="update bot", severity="low" if facts.locks else "info",
            title="No update bot is configured",
            detail="There is neither a configuration of Dependabot or Renovate on the default branch nor a recent pull "
                   "request of either.")


_RULES: dict[Criterion, tuple[str, str]] = {
    "maintained": ("unmaintained-dependency", "is not maintained"),
    "advisories": ("vulnerable-dependency", "has known advisories"),
    "license": ("license-not-allowed", "has a licence that is not allowed"),
}


def _criterion(package: Package, criterion: Criterion, verdict: Verdict, advisory: Severity | None) -> Finding:
    rule, what = _RULES[criterion]
    severity: Severity = advisory or "high" if criterion == "advisories" else "medium"
    # A licence belongs to the package; advisories come and go with its versions.
    subject = f"{package.ecosystem} {package.name}" + (f" {package.version}" if criterion == "advisories" else "")
    return Finding(
        rule=rule, subject=subject, severity=severity, title=f"{package.name} {package.version} {what}",
        detail=f"{verdict.reason[:1].upper()}{verdict.reason[1:]}. It stands in {', '.join(package.files[:5])}.",
        labels={"ecosystem": package.ecosystem},
    )
