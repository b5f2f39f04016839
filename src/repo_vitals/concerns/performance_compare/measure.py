"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from collections import Counter
from dataclasses import field
from itertools import chain
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare import definitions
from repo_vitals.concerns.performance_compare.acceptance import first_that_covers
from repo_vitals.concerns.performance_compare.clocks import advanced, states
from repo_vitals.concerns.performance_compare.comparing import compared
from repo_vitals.concerns.performance_compare.levels import Levels, levels
from repo_vitals.concerns.performance_compare.limits import Limits, limits, metrics_of
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.acceptance import Acceptance
    from repo_vitals.concerns.performance_compare.clocks import State
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
    state: State                    # what this run says of it
    mended: int = 0                 # runs in a row that found it mended


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the arithmetic says."""

    metrics: tuple[Metric, ...]
    compared: Compared
    levels: Levels = field(default_factory=Levels)
    accepted: Mapping[Key, Acceptance] = field(default_factory=dict)    # regressions that do not count
    used: frozenset[Acceptance] = frozenset()       # acceptances that a regression answers to, expired ones too
    # Of the compared, the missing among them; newest first, where one came on top of another.
    clocks: Mapping[Key, tuple[Clock, ...]] = field(default_factory=dict)
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
    known: dict[Key, tuple[Clock, ...]] = {}
    # Without a history that this run goes into, nobody knows since when; without a comparison, whether.
    are_timed = facts.is_kept and facts.has_history and facts.reference is not None and _judged(found) > 0
    if are_timed:
        seen = advanced(found.rows, facts, (), now)
        known = {row.key: tuple(_clock(one, state, policy) for one, state in states(row, seen[row.key]))
                 for row in found.rows if row.key in seen}
    clocks = {key: own for key, own in known.items() if first_that_covers(key, every, now, facts.names) is None}
    running = list(chain.from_iterable(clocks.values())) if are_timed else None
    told = [*(row.key for row in regressed), *known]
    used = frozenset(one for one in every if any(one.covers(key, facts.names) for key in told))
    own = limits(facts, policy)
    return Measured(
        metrics=(*_metrics(facts, found, accepted, history), *_overdue(found, running, now),
                 *metrics_of(own, facts)),
        compared=found, limits=own, levels=history, accepted=accepted, used=used, clocks=clocks)


def _clock(seen: Seen, state: State, policy: Policy) -> Clock:
    return Clock(since=seen.since, root_cause_due=seen.since + policy.root_cause_within, before=seen.before,
                 fix_due=seen.since + policy.fix_within, state=state, mended=seen.mended)


def _judged(found: Compared) -> int:
    return sum(row.verdict in ("regressed", "improved", "unchanged", "unsure") for row in found.rows)


def _overdue(found: Compared, clocks: Sequence[Clock] | None, now: datetime) -> Iterator[Metric]:
    """What stood and this run can't tell of, or does not yet make mended, counts. `clocks` None: nobody knows any."""
    for due in ("root_cause", "fix"):
        late = None if clocks is None else sum(
            now > (clock.fix_due if due == "fix" else clock.root_cause_due) for clock in clocks)
        yield _metric(definitions.OVERDUE, late, _judged(found), due=due)


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
