"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage import definitions
from repo_vitals.concerns.coverage.components import lines_by_component
from repo_vitals.concerns.coverage.patch import Patch, patch_of
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from repo_vitals.concerns.coverage.facts import Facts
    from repo_vitals.concerns.coverage.policy import Policy
    from repo_vitals.concerns.coverage.totals import Count


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Figures, and what they are made of as far as a reader wants to see it."""

    metrics: tuple[Metric, ...]
    patch: Patch | None                     # None: what the change adds is not known
    drop: Fraction | None                   # exact; None: there is nothing to compare with
    components: Mapping[str, Count]


def measure(facts: Facts, policy: Policy) -> Measured:
    """Every figure. One that can't be measured has the value None and no samples; zero is a measurement."""
    totals = facts.totals
    patch = None if facts.added is None else patch_of(facts.added, facts.files)
    drop = _drop(facts)
    components = lines_by_component(facts.files, policy.components)
    return Measured(
        metrics=(
            _ratio(definitions.LINE_RATIO, totals.lines),
            _ratio(definitions.BRANCH_RATIO, totals.branches),
            _ratio(definitions.FUNCTION_RATIO, totals.functions),
            _count(definitions.LINES_COVERED, totals.lines.covered, facts),
            _count(definitions.LINES_VALID, totals.lines.valid, facts),
            _ratio(definitions.PATCH_RATIO, None if patch is None else patch.lines),
            Metric(name=definitions.DROP_RATIO, value=None if drop is None else float(drop), unit="ratio",
                   samples=0 if drop is None else totals.lines.valid),
            *(_ratio(definitions.COMPONENT_RATIO, lines, component=name) for name, lines in components.items()),
        ),
        patch=patch, drop=drop, components=components,
    )


def _drop(facts: Facts) -> Fraction | None:
    before = None if facts.earlier is None else facts.earlier.lines.exact
    now = facts.totals.lines.exact
    # Exact, since 0.91 - 0.9 is more than 0.01 to a machine.
    return None if before is None or now is None else before - now


def _ratio(name: str, lines: Count | None, **labels: str) -> Metric:
    return Metric(name=name, value=None if lines is None else lines.ratio, unit="ratio",
                  samples=0 if lines is None else lines.valid, labels=labels)


def _count(name: str, count: int, facts: Facts) -> Metric:
    read = len(facts.reports)
    return Metric(name=name, value=count if read else None, unit="count", samples=read)
