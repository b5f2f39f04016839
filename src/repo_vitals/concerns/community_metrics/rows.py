"""Observations as rows of the report: a figure with its unit, samples and labels. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics.definitions import METRICS, QUANTILES
from repo_vitals.report.model import Metric
from repo_vitals.stats.quantiles import linear_quantile
from repo_vitals.stats.survival import Observation, survival_quantiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UNITS = {definition.name: definition.unit for definition in METRICS}


def count(name: str, value: int, **labels: str) -> Metric:
    """A number of things. It is one reading, also when it reads zero."""
    return Metric(name=name, value=value, unit=_UNITS[name], samples=1, labels=labels)


def share(name: str, hits: Iterable[bool]) -> Metric:
    """The share of hits among all; None without any."""
    seen = list(hits)
    return Metric(name=name, value=sum(seen) / len(seen) if seen else None, unit="ratio", samples=len(seen))


def survival(name: str, observations: Sequence[Observation], **labels: str) -> Iterable[Metric]:
    """Kaplan-Meier quantiles, a row each; the samples are all observations, censored or not."""
    for q, value in survival_quantiles(observations, QUANTILES).items():
        yield Metric(name=name, value=value, unit="seconds", samples=len(observations),
                     labels={**labels, "quantile": q})


def quantiles(name: str, values: Sequence[float], **labels: str) -> Iterable[Metric]:
    """Type-7 quantiles of seconds, a row each."""
    for q in QUANTILES:
        yield Metric(name=name, value=linear_quantile(values, float(q)), unit="seconds", samples=len(values),
                     labels={**labels, "quantile": q})
