"""How benchmarks grow with their inputs: `sort/* <= 1.2`, from results of at least three sizes. Pure.

A benchmark's size is what its reader says, else the last number of its name that stands alone (`sort/1024`, `n=4k`).
Numbers of threads and processors (`threads:8`, the `-8` that Go puts behind a benchmark's name) are no sizes, nor are
Google Benchmark's settings (`repeats:3`); of `1,500`, which may be one number or two, none is taken.
Benchmarks that differ in nothing but this number are one group, and each group gets an exponent (`stats.scaling`) from
one value a size: the median over runs of each run's median. Costs are compared: of a rate of operations its inverse, of
bytes per second the size by the rate.
"""
from __future__ import annotations

import math
import re
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.concerns.performance_compare.acceptance import matches
from repo_vitals.config.declare import LINES, Kind
from repo_vitals.config.file import quoted
from repo_vitals.frozen import dataclass
from repo_vitals.stats.scaling import FEWEST_SIZES, Exponent, exponent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Key, Result

_MOST = 200
_LONGEST = 1000
_LINE = re.compile(r"(?P<pattern>\S.*?)\s*<=\s*(?P<limit>\d{1,3}(?:\.\d{1,9})?)")
_FORM = "sort/* <= 1.2"
_PREFIXES = {"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "Ki": 2.0 ** 10, "Mi": 2.0 ** 20, "Gi": 2.0 ** 30}
_NUMBER = re.compile(r"(?<![A-Za-z0-9.])(?P<digits>\d{1,15}(?:_\d{3})*)(?P<prefix>[kKMG]i?)?(?![A-Za-z0-9]|\.\d)")
# What tells how a benchmark ran, and not on what.
_SETTING = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:threads?|cpus?|cores?|proc(?:essor)?s?|gomaxprocs)[:=_]|(?:repeats|iterations|min_time"
    r"|min_warmup_time):)\d+", re.IGNORECASE)
_GO_PROCS = re.compile(r"(?:^|\.)Benchmark(?![a-z])\S*(?P<procs>-\d{1,5})$")
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])")
# What grows with work done; of others a power of the size says nothing.
_RATES = {"operations_per_second": "inverse", "bytes_per_second": "size"}
_SLACK = 1e-9       # of an exponent: the rounding of logarithms


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """The largest exponent that the benchmarks of a pattern may have."""

    pattern: str
    limit: float


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A group's exponent against its limit."""

    scaling: Scaling
    group: str                      # the benchmarks' name with * for the size; a stranger's text
    unit: str
    verdict: Literal["met", "exceeded", "unsure", "unknown"]
    exponent: Exponent | None = None
    why: str = ""                   # of what is unknown, in words that follow the group's name


def scalings() -> Kind[tuple[Scaling, ...]]:
    """Lines such as `sort/* <= 1.2`."""
    return Kind("lines", lambda text: _all(LINES.parse(text)), _from_toml,
                lambda found: "\n".join(f"{one.pattern} <= {one.limit:g}" for one in found), quotable=False)


def _from_toml(value: Any) -> tuple[Scaling, ...]:
    return _all(LINES.from_toml(value))


def _all(lines: Iterable[str]) -> tuple[Scaling, ...]:
    found: dict[str, Scaling] = {}
    for line in lines:
        match = _LINE.fullmatch(line) if len(line) <= _LONGEST else None
        if match is None:
            raise ValueError(f"has {quoted(line)}, which is not like {_FORM}")
        if match["pattern"] in found:
            raise ValueError(f"has {quoted(match['pattern'])} twice")
        found[match["pattern"]] = Scaling(pattern=match["pattern"], limit=float(match["limit"]))
        if len(found) > _MOST:
            raise ValueError(f"has more than {_MOST} lines")
    return tuple(found.values())


def sizes_of(name: str, size: float | None = None) -> tuple[str, float] | None:
    """A name with * in place of the size in it, and the size: the last number that stands alone, or the last that is
    `size` where that is known. None where there is no such number."""
    others = [one.span() for one in _SETTING.finditer(name)]
    others += [one.span("procs") for one in [_GO_PROCS.search(name)] if one]
    if size is None:
        others += [one.span() for one in _THOUSANDS.finditer(name)]
    for found in reversed(list(_NUMBER.finditer(name))):
        if any(begin <= found.start() < end for begin, end in others):
            continue
        told = float(found["digits"].replace("_", "")) * _PREFIXES[found["prefix"] or ""]
        if told > 0 and (size is None or math.isclose(told, size)):
            return f"{name[:found.start()]}*{name[found.end():]}", told
    return None


def judged(
    wanted: Sequence[Scaling], results: Mapping[Key, Result], current: Sequence[BenchmarkRun], *, error: float,
) -> tuple[Growth, ...]:
    """Every group's exponent against the limit of the first line that means it.

    All intervals together miss one of the exponents with the probability `error` at most: each has an equal part of it
    (Bonferroni). A group exceeds its limit only if its whole interval lies above, and is unsure where it spans the
    limit. Without at least three sizes it is unknown, and so is a line that means no benchmark with a size.
    """
    groups: list[tuple[Scaling, str, str, dict[float, float] | str]] = []
    taken: set[tuple[str, str]] = set()
    for one in wanted:
        found = _groups(one, results, current)
        groups += [(one, *key, costs) for key, costs in sorted(found.items()) if key not in taken]
        taken |= found.keys()
        if not found:
            groups.append((one, one.pattern, "", "has no benchmark whose input has a size"))
    confidence = 1 - error / max(len(groups), 1)
    return tuple(_growth(one, group, unit, costs, confidence) for one, group, unit, costs in groups)


def _groups(
    one: Scaling, results: Mapping[Key, Result], current: Sequence[BenchmarkRun],
) -> dict[tuple[str, str], dict[float, float] | str]:
    values: dict[tuple[str, str], dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for key, result in results.items():
        medians = [run.median_of(key) for run in current if run.values.get(key)]
        place = _place(one, result)
        if not medians or place is None or (result.better == "higher" and key[1] not in _RATES):
            continue
        group, size = place
        values[group, key[1]][size] += medians
    return {key: _costs(key[1], by_size) for key, by_size in values.items()}


def _place(one: Scaling, result: Result) -> tuple[str, float] | None:
    """The group and the size of a result that the line means."""
    if not matches(result.name, one.pattern):
        return None
    told = sizes_of(result.name, result.size)
    if result.size is None or told is not None:
        return told
    # The reader knows a size that the name does not show as a number: the line itself says what belongs together.
    return (one.pattern, result.size) if result.size > 0 and math.isfinite(result.size) else None


def _costs(unit: str, by_size: Mapping[float, Sequence[float]]) -> dict[float, float] | str:
    costs = {}
    for size, medians in by_size.items():
        value = median(medians)
        if not (math.isfinite(value) and value > 0):
            return "has a value of zero, which has no exponent"
        rate = _RATES.get(unit)
        costs[size] = value if rate is None else (size if rate == "size" else 1.0) / value
    if len(costs) < FEWEST_SIZES:
        return f"has {len(costs)} of the {FEWEST_SIZES} sizes that it takes"
    return costs if all(math.isfinite(cost) and cost > 0 for cost in costs.values()) else "has a value out of range"


def _growth(one: Scaling, group: str, unit: str, costs: dict[float, float] | str, confidence: float) -> Growth:
    if isinstance(costs, str):
        return Growth(scaling=one, group=group, unit=unit, verdict="unknown", why=costs)
    found = exponent(costs, confidence=confidence)
    if found is None:
        return Growth(scaling=one, group=group, unit=unit, verdict="unknown", why="has too few sizes")
    verdict: Literal["met", "exceeded", "unsure"] = (
        "exceeded" if found.low > one.limit + _SLACK else "met" if found.high <= one.limit + _SLACK else "unsure")
    return Growth(scaling=one, group=group, unit=unit, verdict=verdict, exponent=found)
