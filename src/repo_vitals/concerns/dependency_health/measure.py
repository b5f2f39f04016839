"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from repo_vitals.concerns.dependency_health.criteria import CRITERIA, OUTCOMES, verdicts
from repo_vitals.concerns.dependency_health.definitions import QUANTILES
from repo_vitals.concerns.dependency_health.facts import ADVISORY_SEVERITIES, ECOSYSTEMS, KINDS
from repo_vitals.concerns.dependency_health.lag import lag
from repo_vitals.concerns.dependency_health.policy import clock
from repo_vitals.concerns.dependency_health.versions import STEPS
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric
from repo_vitals.stats.quantiles import linear_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.dependency_health.criteria import Criterion, Limits, Verdict
    from repo_vitals.concerns.dependency_health.facts import Facts, Index, Key
    from repo_vitals.concerns.dependency_health.lag import Lag
    from repo_vitals.concerns.dependency_health.policy import Clock, Policy

FAILED = ("FAILURE", "ERROR")       # GitHub's words for checks that did not pass


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The figures, and what they were made of."""

    metrics: tuple[Metric, ...]
    clocks: tuple[Clock, ...]
    lags: tuple[Lag, ...]
    verdicts: Mapping[Key, Mapping[Criterion, Verdict]]     # of direct dependencies


def measure(facts: Facts, *, policy: Policy, limits: Limits, now: datetime) -> Measured:
    """Every figure. One that can't be measured whole has the value None; zero is a measurement."""
    clocks = tuple(clock(update, policy, unscored=limits.unscored, now=now) for update in facts.updates)
    lags = tuple(lag(package, facts.index) for package in facts.packages)
    judged = {package.key: verdicts(package, facts.index, limits, now=now)
              for package in facts.packages if package.direct}
    unchecked = sum(not _is_checked(one, facts.index, judged.get(one.package.key)) for one in lags)
    return Measured(
        metrics=(*_of_updates(clocks), *_of_locks(facts, lags, unchecked), *_of_criteria(facts, judged)),
        clocks=clocks, lags=lags, verdicts=judged,
    )


def _of_updates(clocks: Sequence[Clock]) -> Iterator[Metric]:
    kinds = Counter(one.update.kind for one in clocks)
    for kind in KINDS:
        yield _count("dependency_updates_open", kinds[kind], len(clocks), kind=kind)
    ages = [one.age.total_seconds() for one in clocks]
    for quantile in QUANTILES:
        yield Metric(name="dependency_update_age_seconds", value=linear_quantile(ages, float(quantile)),
                     unit="seconds", samples=len(ages), labels={"quantile": quantile})
    overdue: Counter[str] = Counter(one.severity or "none" for one in clocks if one.overdue is not None)
    for severity in (*ADVISORY_SEVERITIES, "none"):
        yield _count("dependency_updates_overdue", overdue[severity], len(clocks), severity=severity)
    yield _count("dependency_updates_failing", sum(one.update.checks in FAILED for one in clocks), len(clocks))


def _is_checked(one: Lag, index: Index, judged: Mapping[Criterion, Verdict] | None) -> bool:
    """Whether deps.dev answered all that it is to be asked about a package."""
    key = one.package.key
    if one.package.direct is False or not one.asked:
        return one.asked
    detail = index.details.get(key)
    project = None if detail is None else detail.project
    waiting = judged is not None and judged["maintained"].outcome == "unknown" and project is not None
    return key in index.details and not (waiting and project not in index.projects)


def _of_locks(facts: Facts, lags: Sequence[Lag], unchecked: int) -> Iterator[Metric]:
    unread = {lock.ecosystem for lock in facts.locks if lock.problem is not None}
    there = [ecosystem for ecosystem in ECOSYSTEMS if any(lock.ecosystem == ecosystem for lock in facts.locks)]
    for ecosystem in there:
        own = [one for one in lags if one.package.ecosystem == ecosystem]
        whole = ecosystem not in unread
        direct = [one for one in own if one.package.direct]
        told = all(one.package.direct is not None for one in own)
        yield _figure("dependencies", len(own) if whole else None, len(own), ecosystem=ecosystem)
        yield _figure("dependencies_direct", len(direct) if whole and told else None, len(own), ecosystem=ecosystem)
        known = [one for one in own if one.step is not None]
        outdated = sum(one.step in STEPS for one in known) if known or not own else None
        yield _figure("dependencies_outdated", outdated if whole and all(one.asked for one in own) else None,
                      len(known), ecosystem=ecosystem)
    asked_for = [one for one in lags if one.package.direct is not False]
    whole = not unread and all(one.package.direct is not None for one in lags)
    known = [one for one in asked_for if one.step is not None]
    for step in STEPS:
        found = sum(one.step == step for one in known)
        yield _figure("dependencies_outdated_direct",
                      found if whole and known and all(one.asked for one in asked_for) else None, len(known), step=step)
    yield _libyears("dependency_libyears", asked_for, whole=whole)
    yield _libyears("dependency_libyears_all", lags, whole=not unread)
    asked = [one for one in lags if one.asked]
    yield _figure("dependencies_unresolved",
                  sum(one.libyears is None for one in asked) if asked and len(asked) == len(lags) else None, len(asked))
    # Without a lock file nothing was left out, but nothing was looked at either.
    unreadable = sum(lock.problem is not None for lock in facts.locks)
    yield _figure("dependencies_unchecked", unchecked if facts.locks else None, len(lags))
    yield _figure("lock_files_unreadable", unreadable if facts.locks else None, len(facts.locks))


def _libyears(name: str, lags: Sequence[Lag], *, whole: bool) -> Metric:
    """The sum over those whose time behind is known; None where one was not asked about, or none is known."""
    known = [one.libyears for one in lags if one.libyears is not None]
    value = math.fsum(known) if whole and known and all(one.asked for one in lags) else None
    return _figure(name, value, len(known))


def _of_criteria(facts: Facts, judged: Mapping[Key, Mapping[Criterion, Verdict]]) -> Iterator[Metric]:
    whole = all(lock.problem is None for lock in facts.locks) and \
        all(package.direct is not None for package in facts.packages)
    for criterion in CRITERIA:
        counts = Counter(verdict[criterion].outcome for verdict in judged.values())
        for outcome in OUTCOMES:
            yield _figure("dependency_criteria", counts[outcome] if judged and whole else None, len(judged),
                          criterion=criterion, verdict=outcome)


def _figure(name: str, value: float | None, samples: int, **labels: str) -> Metric:
    """A figure that may not be known; one that is rests on one look at least, be it at nothing."""
    return Metric(name=name, value=value, unit="count", samples=0 if value is None else max(samples, 1), labels=labels)


def _count(name: str, value: int, samples: int, **labels: str) -> Metric:
    """A count that is whole also where there is nothing to count."""
    return Metric(name=name, value=value, unit="count", samples=max(samples, 1), labels=labels)
