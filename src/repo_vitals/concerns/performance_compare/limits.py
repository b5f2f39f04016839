"""Limits that take no baseline: budgets, growth with the size of the input, leaks. Pure."""
from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare import definitions
from repo_vitals.concerns.performance_compare.budgets import LEAKS, Spent, spent
from repo_vitals.concerns.performance_compare.quantities import quantity
from repo_vitals.concerns.performance_compare.scaling import Growth
from repo_vitals.concerns.performance_compare.scaling import judged as growths
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Finding, Metric, Target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from repo_vitals.concerns.performance_compare.facts import Facts, Key
    from repo_vitals.concerns.performance_compare.policy import Policy

_NONE_WANTED = Target("==", 0)
_MOST = 500             # findings of a kind
MOST_FIGURES = 1000     # of memory and sizes, each of which is a metric


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is held against limits of its own."""

    spent: tuple[Spent, ...] = ()
    growths: tuple[Growth, ...] = ()
    leaks: tuple[tuple[str, float], ...] = ()       # bytes by target; those that a budget allows for are not here
    looked_for_leaks: bool = False

    @property
    def are_set(self) -> bool:
        """Whether anything is held against a limit."""
        return bool(self.spent or self.growths or self.looked_for_leaks)


def limits(facts: Facts, policy: Policy) -> Limits:
    """Budgets and growth as the policy has them, and leaks, of which none is wanted unless a budget says how much."""
    found = spent(policy.budgets, facts.results, facts.current)
    allowed_for = _allowed_for(found)
    leaked = [(key, result) for key, result in sorted(facts.results.items()) if result.measures == "leaked"]
    values = [(result.name, _largest(key, facts)) for key, result in leaked if key not in allowed_for]
    return Limits(spent=found, growths=growths(policy.scaling, facts.results, facts.current, error=policy.error),
                  leaks=tuple((name, value) for name, value in values if value > 0),
                  looked_for_leaks=bool(leaked))


def _allowed_for(found: Iterable[Spent]) -> set[Key]:
    """Leaks that a budget means: by `leaks` or by the whole name. One that meets them by a pattern is held against them
    as against all others, and allows for none."""
    return {one.key for one in found if one.key is not None and one.budget.name in (LEAKS, one.key[0])}


def _largest(key: Key, facts: Facts) -> float:
    return max((run.largest_of(key) for run in facts.current if run.values.get(key)), default=0.0)


def metrics_of(found: Limits, facts: Facts) -> Iterator[Metric]:
    """Figures of memory and sizes under names of their own, of budgets and of growth, judged."""
    allowed_for = _allowed_for(found.spent)
    for key in _with_figures(facts, allowed_for):
        result = facts.results[key]
        runs = [run.median_of(key) for run in facts.current if key in run.values]
        value = _largest(key, facts) if result.measures == "leaked" else median(runs)
        metric = Metric(name=definitions.BY_MEASURE[result.measures], unit="bytes", labels={"target": result.name},
                        value=value, samples=len(runs))
        yield metric.judged(_NONE_WANTED) if result.measures == "leaked" and key not in allowed_for else metric
    if found.spent:
        for state in ("met", "exceeded", "unknown"):
            number = sum(one.verdict == state for one in found.spent)
            metric = Metric(name=definitions.BUDGETS, unit="count", labels={"state": state}, value=number,
                            samples=len(found.spent))
            judged = metric if state == "met" else metric.judged(_NONE_WANTED)
            yield replace(judged, status="unknown") if state == "unknown" and number else judged
    for one in found.growths:
        metric = Metric(name=definitions.SCALING, unit="count",
                        labels={"benchmark": one.group, "benchmark_unit": one.unit},
                        value=None if one.exponent is None else one.exponent.value,
                        samples=0 if one.exponent is None else one.exponent.sizes)
        judged = metric.judged(Target("<=", one.scaling.limit))
        status = {"met": "pass", "exceeded": "fail", "unsure": "warn", "unknown": "unknown"}[one.verdict]
        yield replace(judged, status=status)  # type: ignore[arg-type]


def _with_figures(facts: Facts, allowed_for: Collection[Key | None]) -> list[Key]:
    """Benchmarks that make a metric, by name. Where they are too many, the largest leaks are among those that do: no
    figure that fails is left out while one that does not stays."""
    keys = [key for key, result in facts.results.items() if result.measures]
    if len(keys) > MOST_FIGURES:
        leaks = {key: _largest(key, facts) for key in keys
                 if facts.results[key].measures == "leaked" and key not in allowed_for}
        keys = sorted(keys, key=lambda key: (-leaks.get(key, -1.0), key))[:MOST_FIGURES]
    return sorted(keys)


def findings_of(found: Limits, suite: str) -> Iterator[Finding]:
    """Limits that are exceeded, and those that nothing could be held against."""
    exceeded = [one for one in found.spent if one.verdict == "exceeded"]
    for one in exceeded[:_MOST]:
        assert one.key is not None  # noqa: S101 - what was exceeded was measured
        yield Finding(rule="budget-exceeded", subject=" ".join((suite, *one.key, one.budget.text)), severity="high",
                      title=f"{one.key[0]} is {quantity(one.value, one.key[1])}; its budget is {one.budget.text}",
                      labels={"benchmark": one.key[0], "unit": one.key[1]})
    for one in found.spent:
        if one.verdict == "unknown":
            yield Finding(rule="budget-unknown", subject=f"{suite} {one.budget.text}", severity="medium",
                          title=f"Budget {one.budget.text}: {one.budget.name} {one.why}",
                          detail="Nothing was held against it, which is no pass.")
    for growth in found.growths:
        if growth.exponent is not None and growth.verdict == "exceeded":
            yield Finding(
                rule="scaling", subject=f"{suite} {growth.group} {growth.unit}", severity="high",
                title=f"{growth.group} grows with the power {growth.exponent.value:.2f} of its input's size",
                detail=f"Interval {growth.exponent.low:.2f} to {growth.exponent.high:.2f} from {growth.exponent.sizes} "
                       f"sizes; at most {growth.scaling.limit:g} is wanted, and 1 is linear.",
                labels={"benchmark": growth.group})
        elif growth.exponent is not None and growth.verdict == "unsure":
            yield Finding(
                rule="scaling-unsure", subject=f"{suite} {growth.group} {growth.unit}", severity="medium",
                title=f"Whether {growth.group} grows more steeply than with the power {growth.scaling.limit:g} of its "
                      "input's size, its sizes do not say",
                detail=f"The power is {growth.exponent.value:.2f}, and its interval, {growth.exponent.low:.2f} to "
                       f"{growth.exponent.high:.2f} from {growth.exponent.sizes} sizes, reaches beyond the limit.",
                labels={"benchmark": growth.group})
        elif growth.verdict == "unknown":
            yield Finding(
                rule="scaling-unknown", subject=f"{suite} {growth.scaling.pattern} {growth.group} {growth.unit}",
                severity="medium", title=f"Growth of {growth.group}: it {growth.why}",
                detail=f"Nothing was held against the limit of {growth.scaling.pattern}, which is no pass.",
                labels={"benchmark": growth.group})
    for name, value in found.leaks[:_MOST]:
        yield Finding(rule="leak", subject=f"{suite} {name}", severity="high",
                      title=f"{name}: {quantity(value, 'bytes')} leaked",
                      detail="The leak checker's report says where it was allocated.", labels={"benchmark": name})
