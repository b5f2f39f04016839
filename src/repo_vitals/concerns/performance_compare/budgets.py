"""Absolute limits of benchmarks: `startup < 500 ms`, `*: peak heap <= 50 MB`, `throughput > 25 M/s`. Pure.

The name before the sign is a benchmark's, or a pattern of names in which `*` is any text; where none is called so, it
is one without its package or binary, of those that alone have it. A name that no benchmark has can be one of these
words, which mean all benchmarks of a kind: `memory` (peaks), `average memory`, `binary` (sizes of files), `stripped
binary`, `leaks`, `throughput` (rates of operations or bytes, by the limit's unit).
A limit other than 0 has a unit, unless what it means is counted (allocations, instructions, a tool's own word): of a
time nobody could say whether 500 are seconds.
What is held against the limit is the median over runs of each run's median; of peaks, leaks and sizes, in which one
process too large is one too many, the largest value.
"""
from __future__ import annotations

import math
import operator
import re
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.concerns.performance_compare.acceptance import matches
from repo_vitals.concerns.performance_compare.facts import short_names
from repo_vitals.concerns.performance_compare.units import Unit, base_unit
from repo_vitals.config.declare import LINES, Kind, needs_text
from repo_vitals.config.file import quoted
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Key, Measures, Result

Sign = Literal["<", "<=", ">", ">="]
MOST = 1000
_LONGEST = 1200
_HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
# A name may hold signs itself (`push<int>`): the last that a number follows is the budget's.
_LINE = re.compile(r"(?P<name>\S(?:.*\S)?)\s*(?P<limit>(?:<=|>=|<|>)\s*[\d.].*)", re.DOTALL)
_LIMIT = re.compile(r"(?P<sign><=|>=|<|>)\s*(?P<number>\d{1,15}(?:_\d{3})*(?:\.\d{1,15})?)\s*"
                    r"(?P<unit>(?![eE][+-]?\d)[^\W\d_].*|[/%#].*)?")
_RATE = re.compile(r"(?P<prefix>[kKMGT]?)\s*/\s*s(?:ec|econd)?")
_PREFIXES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_FORM = "startup < 500 ms"
LEAKS = "leaks"
_WORDS: dict[str, tuple[Measures, ...]] = {
    "memory": ("peak_memory",), "average memory": ("average_memory",), "binary": ("binary_size",),
    "stripped binary": ("stripped_size",), LEAKS: ("leaked",),
}
_ANY_RATE = "/s"        # `M/s` does not say of what: operations, or what a tool counts, but never bytes
_THROUGHPUT = "throughput"
# What is written with prefixes, and a unit for it.
_SCALED = {"seconds": "ms", "bytes": "MB", "operations_per_second": "ops/s", "bytes_per_second": "MB/s"}
_LARGEST_COUNTS: frozenset[Measures] = frozenset({"peak_memory", "binary_size", "stripped_size", "leaked"})


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A limit. `limit` is in the base unit `unit`; the name is the user's own text."""

    name: str
    sign: Sign
    limit: float
    unit: str               # "" where the line has none: any of what is counted; "/s" for any rate but of bytes
    text: str               # the line as it was given

    def fits(self, unit: str) -> bool:
        """Whether values of a unit can be held against it."""
        return self.unit == unit or (self.unit == "" and (self.limit == 0 or unit not in _SCALED)) or (
            self.unit == _ANY_RATE and (unit == "operations_per_second" or unit.endswith(_ANY_RATE)))

    def holds(self, value: float) -> bool:
        """Whether a value keeps within it."""
        return bool(_HOLDS[self.sign](value, self.limit))


@dataclass(frozen=True, kw_only=True)
class Spent:
    """A benchmark against its budget, or a budget that no benchmark answers to."""

    budget: Budget
    verdict: Literal["met", "exceeded", "unknown"]
    key: Key | None = None
    value: float | None = None      # in the key's unit
    why: str = ""                   # of what is unknown, in words that follow the budget's name


def budgets() -> Kind[tuple[Budget, ...]]:
    """Lines such as `startup < 500 ms`; in TOML also a table: `startup = "< 500 ms"`."""
    return Kind("lines or table", lambda text: _all(map(_line, LINES.parse(text))), _from_toml,
                lambda found: "\n".join(one.text for one in found), quotable=False)


def _line(line: str) -> Budget:
    match = _LINE.fullmatch(line) if len(line) <= _LONGEST else None
    if match is None:
        raise ValueError(f"has {quoted(line)}, which is not like {_FORM}")
    return _budget(match["name"], match["limit"])


def _from_toml(value: Any) -> tuple[Budget, ...]:
    if isinstance(value, dict):
        return _all(_budget(str(name).strip(), _limit_of(str(name), limit)) for name, limit in value.items())
    return _all(map(_line, LINES.from_toml(value)))


def _limit_of(name: str, value: Any) -> str:
    try:
        return needs_text(value).strip()
    except ValueError as error:
        raise ValueError(f"has {quoted(name)}, which {error}") from None


def _budget(name: str, limit: str) -> Budget:
    match = _LIMIT.fullmatch(limit)
    if match is None or not name:
        raise ValueError(f"has {quoted(f'{name} {limit}'.strip())}, which is not like {_FORM}")
    unit = _unit((match["unit"] or "").strip())
    value = unit.in_base(float(match["number"].replace("_", "")))
    if not math.isfinite(value):
        raise ValueError(f"has {quoted(name)} with a limit that is too large")
    signs: dict[str, Sign] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
    return Budget(name=name, sign=signs[match["sign"]], limit=value, unit=unit.name, text=f"{name} {limit}")


def _unit(text: str) -> Unit:
    """A limit's unit."""
    if not text:
        return Unit(name="", factor=1.0, better=None)
    if rate := _RATE.fullmatch(text):
        return Unit(name=_ANY_RATE, factor=_PREFIXES[rate["prefix"]], better="higher")
    return base_unit(text)


def _all(found: Iterable[Budget]) -> tuple[Budget, ...]:
    every = tuple(dict.fromkeys(found))
    if len(every) > MOST:
        raise ValueError(f"has more than {MOST:,}")
    return every


def spent(
    wanted: Sequence[Budget], results: Mapping[Key, Result], current: Sequence[BenchmarkRun],
) -> tuple[Spent, ...]:
    """Every benchmark that a budget means against it, in the budgets' order and by name.

    A budget that means none is unknown. So is one whose benchmarks all have other units than its limit, or any of them
    a unit that its limit lacks, and it says which: the caller makes it an error.
    """
    found: list[Spent] = []
    for budget in wanted:
        meant = sorted(_meant(budget, results))
        why = _unlike(budget, meant) if meant else "is no benchmark of the current reports"
        fitting = [] if why else [key for key in meant if budget.fits(key[1])]
        if why:
            found.append(Spent(budget=budget, verdict="unknown", why=why))
        found += [_against(budget, results[key], current) for key in fitting]
    return tuple(found)


def unlike(wanted: Sequence[Budget], results: Mapping[Key, Result]) -> tuple[str, ...]:
    """Budgets in units that none of their benchmarks has, or without one that they need, each with what is wrong. A
    mistake of the configuration."""
    return tuple(f"{quoted(budget.name)} {why}" for budget in wanted
                 if (why := _unlike(budget, sorted(_meant(budget, results)))))


def _unlike(budget: Budget, meant: Sequence[Key]) -> str:
    """What is wrong with the limit's unit, in words that follow the name; "" where nothing is."""
    units = sorted({key[1] for key in meant})
    if not budget.unit:
        units = [unit for unit in units if not budget.fits(unit)]
        return (f"is measured in {quoted(units[0])}, and its limit has no unit; write one, such as "
                f"{_SCALED[units[0]]}") if units else ""
    if not units or any(map(budget.fits, units)):
        return ""
    listed = ", ".join(units[:3]) + (" …" if len(units) > 3 else "")
    return f"is measured in {quoted(listed)}, and its limit is in {quoted(budget.unit)}"


def _meant(budget: Budget, results: Mapping[Key, Result]) -> list[Key]:
    named = [key for key in results if matches(key[0], budget.name)]
    if not named:
        named = [key for key, short in short_names(results).items() if matches(short, budget.name)]
    if named:
        return named
    if budget.name == _THROUGHPUT:
        return [key for key in results if key[1].endswith(("_per_second", _ANY_RATE))]
    kinds = _WORDS.get(budget.name, ())
    return [key for key, result in results.items() if result.measures in kinds and kinds]


def _against(budget: Budget, result: Result, current: Sequence[BenchmarkRun]) -> Spent:
    key = result.key
    runs = [run for run in current if run.values.get(key)]
    if not runs:
        return Spent(budget=budget, verdict="unknown", key=key, why="has no value in the current reports")
    value = (max(run.largest_of(key) for run in runs) if result.measures in _LARGEST_COUNTS else
             median(run.median_of(key) for run in runs))
    return Spent(budget=budget, verdict="met" if budget.holds(value) else "exceeded", key=key, value=value)
