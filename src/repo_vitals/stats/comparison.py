"""Whether benchmarks are slower than in earlier runs, told apart from noise. Pure; needs numpy, so import it where it is used."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from repo_vitals.stats.adjust import holm
from repo_vitals.stats.student_t import quantile, upper_tail

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    Run = Mapping[Hashable, float | Sequence[float]]
    Floats = NDArray[np.float64]

Verdict = Literal["regressed", "improved", "unchanged", "unsure"]
TELLING = 0.2       # an interval that leaves a slowdown of a fifth possible says nothing: `unsure`


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What the runs say of one benchmark. Ratios are current ÷ baseline of a value of which less is better."""

    verdict: Verdict
    ratio: float | None             # None where a side has no run
    low: float | None               # the interval at the confidence 1 − error for all benchmarks together
    high: float | None
    p: float | None                 # of "not slower than tolerated", adjusted for the number of benchmarks (Holm)
    runs: tuple[int, int]           # baseline and current runs that it rests on


@dataclass(frozen=True, kw_only=True)
class Suite:
    """All benchmarks that both sides have, and what they changed by together."""

    comparisons: Mapping[Hashable, Comparison]
    common: float                   # the ratio that all changed by, which the comparisons leave out; 1.0 where none was told apart
    common_is_sure: bool            # whether the suite has enough benchmarks to tell it apart


def compare(baseline: Sequence[Run], current: Sequence[Run], *, paired: bool = False, tolerance: float = 0.01,
            error: float = 0.01) -> Suite:
    """Compare the runs of two versions, one mapping of benchmark to its value or samples a run, oldest first."""
    names = sorted({name for run in baseline for name in run} & {name for run in current for name in run}, key=repr)
    if not names:
        return Suite(comparisons={}, common=1.0, common_is_sure=False)
    before, after = _logs(baseline, names), _logs(current, names)
    if paired:
        before, after = np.zeros_like(before[:1]), after - before
    n, m = np.sum(~np.isnan(before), 0), np.sum(~np.isnan(after), 0)
    change = np.nanmean(after, 0) - np.nanmean(before, 0)
    many = len(names) >= 5
    common = float(np.median(change)) if many else 0.0
    change = change - common
    spread = after if paired else before
    df = np.maximum(np.sum(~np.isnan(spread), 0) - 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(np.nansum((spread - np.nanmean(spread, 0)) ** 2, 0) / df) * np.sqrt(1 / m + (0 if paired else 1 / n))
    margin = np.log1p(tolerance)
    telling = df > 0
    degrees = np.maximum(df, 1)
    scale = np.where(telling, np.maximum(scale, 1e-12), 1.0)
    reach = np.where(telling, quantile(error / len(names), degrees) * scale, np.inf)
    low, high = np.exp(change - reach), np.exp(change + reach)
    p = np.where(telling, upper_tail((change - margin) / scale, degrees), 1.0)
    adjusted = holm([float(value) for value in p])
    found = {}
    for index, name in enumerate(names):
        verdict: Verdict = ("regressed" if low[index] > 1 + tolerance else "improved" if high[index] < 1 / (1 + tolerance)
                            else "unsure" if high[index] > 1 + TELLING else "unchanged")
        found[name] = Comparison(verdict=verdict, ratio=float(np.exp(change[index])), low=float(low[index]), high=float(high[index]),
                                 p=adjusted[index], runs=(len(current) if paired else int(n[index]), int(m[index])))
    return Suite(comparisons=found, common=float(np.exp(common)), common_is_sure=many)


def doubtful(suite: Suite) -> list[Hashable]:
    """The benchmarks that more runs would tell more about: the unsure ones."""
    return [name for name, found in suite.comparisons.items() if found.verdict == "unsure"]


def _logs(runs: Sequence[Run], names: Sequence[Hashable]) -> Floats:
    """A row a run: the logarithm of the median of its samples, NaN where it has none."""
    return np.array([[np.log(np.median(run[name])) if name in run else np.nan for name in names] for run in runs])
