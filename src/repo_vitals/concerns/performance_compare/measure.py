"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare import definitions
from repo_vitals.concerns.performance_compare.acceptance import first_that_covers
from repo_vitals.concerns.performance_compare.clocks import advanced, stands
from repo_vitals.concerns.performance_compare.comparing import compared
from repo_vitals.concerns.performance_compare.levels import Levels, levels
from repo_vitals.concerns.performance_compare.limits import Limits, limits, metrics_of
from repo_vitals.report.model import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.acceptance import Acceptance
    from repo_vitals.concerns.performance_compare.comparing import Compared, Row
    from repo_vitals.concerns.performance_compare.facts import Facts, Key, Seen
    from repo_vitals.concerns.performance_compare.policy import Policy

_UNITS = {metric.name: metric.unit for metric in definitions.METRICS}


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The times of a regression of the default branch: since when it is known, and what is due when."""

    since: datetime
    root_cause_due: datetime
    fix_due: datetime
    before: float                   # the level that it was first held to
    is_settled: bool = False        # runs are held to its own level by now, so that none calls it regressed any more


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the arithmetic says."""

    metrics: tuple[Metric, ...]
    compared: Compared
    levels: Levels = field(default_factory=Levels)
    accepted: Mapping[Key, Acceptance] = field(default_factory=dict)    # regressions that do not count
    used: frozenset[Acceptance] = frozenset()       # acceptances that a regression answers to, expired ones too
    clocks: Mapping[Key, Clock] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def standing(self) -> list[Row]:
        """Regressions that count, the worst first."""
        return sorted((row for row in self.of("regressed") if row.key not in self.accepted),
                      key=lambda row: (-(row.slowdown or float("inf")), row.key))

    def of(self, verdict: str) -> list[Row]:
        """The benchmarks of a verdict, accepted regressions among the regressed."""
        return [row for row in self.compared.rows if row.verdict == verdict]


def measure(facts: Facts, policy: Policy, now: datetime) -> Measured:
    """Every figure. One that can't be measured has the value None and no samples; zero is a measurement."""
    found = compared(facts, policy)
    history = levels(facts)
    every = (*policy.acceptances, *facts.acceptances)
    regressed = [row for row in found.rows if row.verdict == "regressed"]
    accepted = {row.key: one for row in regressed
                if (one := first_that_covers(row.key, every, now, facts.names)) is not None}
    clocks: dict[Key, Clock] = {}
    settled: list[Key] = []
    if facts.is_kept and facts.has_history:
        seen = advanced(found.rows, facts, (), now)
        standing = [row for row in found.rows if row.key in seen and stands(row, seen[row.key])]
        settled = [row.key for row in standing if row.verdict != "regressed"]
        clocks = {row.key: _clock(row, seen[row.key], policy) for row in standing
                  if first_that_covers(row.key, every, now, facts.names) is None}
    told = [*(row.key for row in regressed), *settled]
    used = frozenset(one for one in every if any(one.covers(key, facts.names) for key in told))
    own = limits(facts, policy)
    return Measured(
        metrics=(*_metrics(facts, found, accepted, history), *_overdue(facts, found, clocks, now),
                 *metrics_of(own, facts)),
        compared=found, limits=own, levels=history, accepted=accepted, used=used, clocks=clocks)


def _clock(row: Row, seen: Seen, policy: Policy) -> Clock:
    return Clock(since=seen.since, root_cause_due=seen.since + policy.root_cause_within, before=seen.before,
                 fix_due=seen.since + policy.fix_within, is_settled=row.verdict != "regressed")


def _overdue(facts: Facts, found: Compared, clocks: Mapping[Key, Clock], now: datetime) -> Iterator[Metric]:
    """Without a history that this run goes into, nobody knows since when; without a comparison, whether."""
    judged = sum(row.verdict in ("regressed", "improved", "unchanged", "unsure") for row in found.rows)
    is_known = facts.is_kept and facts.has_history and facts.reference is not None and judged > 0
    for due, late in (("root_cause", sum(now > clock.root_cause_due for clock in clocks.values())),
                      ("fix", sum(now > clock.fix_due for clock in clocks.values()))):
        yield _metric(definitions.OVERDUE, late if is_known else None, judged, due=due)


def _metrics(facts: Facts, found: Compared, accepted: Mapping[Key, Acceptance], history: Levels) -> Iterator[Metric]:
    counts: Counter[str] = Counter(row.verdict for row in found.rows)
    counts["regressed"] -= len(accepted)
    judged = sum(counts[verdict] for verdict in ("regressed", "improved", "unchanged", "unsure")) + len(accepted)
    # Without a comparison nobody knows whether any regressed, and the others rest on one too, but for what is there.
    is_compared = facts.reference is not None and judged > 0
    for verdict in definitions.VERDICTS:
        is_known = bool(found.rows) if verdict == "new" else is_compared
        yield _metric(definitions.BENCHMARKS, counts[verdict] if is_known else None,
                      judged if verdict not in ("new", "missing") else len(found.rows), verdict=verdict)
    yield _metric(definitions.ACCEPTED, len(accepted) if is_compared else None, judged)
    yield _metric(definitions.UNSURE_RATIO, counts["unsure"] / judged if is_compared else None, judged)
    timed = sum(row.p is not None for row in found.rows)
    yield _metric(definitions.COMMON_RATIO, found.common, max(timed, 1))
    reference = facts.reference
    if reference is not None:
        yield _metric(definitions.BASELINE_RUNS, len(reference.runs), 1)
    for direction, is_worse in (("worse", True), ("better", False)):
        yield _metric(definitions.CHANGE_POINTS,
                      sum(step.is_worse is is_worse for step in history.steps) if history.looked_at else None,
                      history.looked_at, direction=direction)


def _metric(name: str, value: float | None, samples: int, **labels: str) -> Metric:
    return Metric(name=name, value=value, unit=_UNITS[name], samples=0 if value is None else samples, labels=labels)
