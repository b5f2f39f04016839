"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.dependency_health.definitions import METRICS
from repo_vitals.concerns.dependency_health.findings import findings
from repo_vitals.concerns.dependency_health.rows import data
from repo_vitals.report.model import Judgement, Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from repo_vitals.concerns.dependency_health.criteria import Limits
    from repo_vitals.concerns.dependency_health.facts import Facts, Index
    from repo_vitals.concerns.dependency_health.measure import Measured
    from repo_vitals.concerns.dependency_health.policy import Policy
    from repo_vitals.report.model import Metric

# Where one of these is not zero, other figures are not whole: that is unknown, not a failure of the dependencies.
_WHOLENESS = frozenset({"dependencies_unchecked", "lock_files_unreadable"})


def judge(
    measured: Measured, facts: Facts, limits: Limits, *, policy: Policy, silence: timedelta | None, now: datetime,
) -> Judgement:
    """Judged metrics, findings and the report's data. What was not looked at whole is unknown."""
    notes = (*facts.notes, *_notes(measured, facts))
    complete = _complete(facts)
    return Judgement(
        repository=facts.repository,
        metrics=tuple(_judged(metric, facts) for metric in measured.metrics),
        findings=tuple(findings(measured, facts, limits, silence=silence, now=now)),
        summary=_summary(measured, facts),
        data={**data(measured, facts, policy=policy),
              "definitions": {metric.name: metric.definition for metric in METRICS},
              "complete": True if complete is None else complete},
        notes=notes,
        unavailable=None if facts.index.unavailable is None else f"deps.dev could not be asked about everything: "
                                                                 f"{facts.index.unavailable}",
    )


def _judged(metric: Metric, facts: Facts) -> Metric:
    if metric.name not in _WHOLENESS or (metric.name == "dependencies_unchecked" and facts.index.off):
        return metric
    if not facts.locks and not _is_nothing(facts):
        return metric       # the updates alone are looked at here
    judged = metric.judged(Target("==", 0))
    return replace(judged, status="unknown") if judged.status == "fail" else judged


def _is_nothing(facts: Facts) -> bool:
    """Whether there is nothing to judge at all: a repository that this says nothing about does not pass."""
    return not (facts.locks or facts.updates or facts.setups or facts.last_by_bot)


def _complete(facts: Facts) -> str | None:
    """What the report lacks; None where it lacks nothing. Our words and file names alone."""
    unread = [lock.path for lock in facts.locks if lock.problem is not None]
    parts = [f"lock files that can't be read: {', '.join(unread[:10])}"] if unread else []
    if facts.index.off:
        parts.append("deps.dev was not to be asked")
    elif facts.index.stopped is not None:
        parts.append(f"deps.dev: {facts.index.stopped}")
    elif facts.index.failure is not None:
        parts.append(_failed(facts.index))
    return "; ".join(parts) or None


def _failed(index: Index) -> str:
    questions = "1 question" if index.failed == 1 else f"{index.failed} questions"
    return f"deps.dev did not answer {questions}: {index.failure}"


def _notes(measured: Measured, facts: Facts) -> Iterator[str]:
    for lock in facts.locks:
        if lock.problem is not None:
            yield f"{lock.path} {lock.problem}; figures that depend on it are unknown"
    if facts.index.stopped is not None:
        unchecked = sum(not one.asked for one in measured.lags)
        yield f"{unchecked} of {len(measured.lags)} dependencies are unknown: {facts.index.stopped}"
    if facts.index.failure is not None and facts.index.failure != facts.index.stopped:
        yield f"{_failed(facts.index)}; what it was asked about is unknown"
    asked = [one for one in measured.lags if one.asked]
    if asked and all(one.newest is None for one in asked):
        yield f"deps.dev knows none of {len(asked)} dependencies; is the address in `deps-dev` right?"
    if not facts.locks:
        yield "no lock file was found, so that nothing is said of dependencies; name one in `lock-files`"
    if any(one.package.direct is None for one in measured.lags):
        yield "package-lock.json: lockfileVersion 1 does not tell direct dependencies from others; npm 7 and newer do"


def _summary(measured: Measured, facts: Facts) -> str:
    """One line of our own words and figures."""
    if _is_nothing(facts):
        return "dependencies unknown: there is neither a lock file nor an update bot"
    figures = {(metric.name, *sorted(metric.labels.values())): metric.value for metric in measured.metrics}
    overdue = sum(one.overdue is not None for one in measured.clocks)
    security = figures["dependency_updates_open", "security"] or 0
    parts = [
        f"update pull requests open: {len(measured.clocks)}" + (f" ({security:.0f} security)" if security else ""),
        f"overdue: {overdue}",
        f"failing: {figures['dependency_updates_failing',] or 0:.0f}",
    ]
    if facts.locks and not facts.index.off:
        direct = [figures["dependencies_outdated_direct", step] for step in ("major", "minor", "patch")]
        outdated = "unknown" if None in direct else f"{sum(value or 0 for value in direct):.0f}"
        libyears = figures["dependency_libyears",]
        parts.append(f"direct dependencies outdated: {outdated}")
        parts.append("libyears: " + ("unknown" if libyears is None else f"{libyears:.1f}"))
    return "; ".join(parts)
