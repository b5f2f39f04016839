"""What a reader finds in a report, within bounds: results by name and unit, and benchmarks that gave none."""
from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.facts import Failed, Report, Result, contradiction
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.plain_text import one_line, quotable
from repo_vitals.sources.report_files import Unreadable
from repo_vitals.sources.report_values import shown, whole_characters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.facts import Better, Measures, Statistic
    from repo_vitals.concerns.performance_compare.units import Unit
    from repo_vitals.sources.report_files import ReportFile

# Benchmarks of one run: two hundred thousand against three runs take a minute and 0.7 GB.
MOST_RESULTS = 200_000
MOST_IN_ALL = 3_000_000     # results of all runs that an input names: thirty runs of half as many
MOST_SAMPLES = 20_000_000
MOST_FAILED = 100_000
LONGEST_NAME = 1_000        # characters
LONGEST_WHY = 200
_MOST_NAMED = 5
_APART = 1000.0      # times the smallest value, which no runs of one benchmark are apart
_SIZE = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_ ]*[=:])?\s*([0-9]{1,15})")


class TooMany(Unreadable):
    """More than is compared at once. `what` follows the report's name; whoever runs the benchmarks has to split them.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}, which is more than is compared at once; split them into suites, each measured by a "
                         "run of its own with its own `suite`")


def check_total(results: int, benchmarks: int = 0, *, have: str = "has") -> None:
    """Raises TooMany where several runs or reports together have more than is compared at once."""
    if benchmarks > MOST_RESULTS:
        raise TooMany(f"{have} more than {MOST_RESULTS:,} benchmarks")
    if results > MOST_IN_ALL:
        raise TooMany(f"{have} more than {MOST_IN_ALL:,} results of benchmarks in several runs")


def check_number(results: int) -> None:
    """Raises TooMany where one report has more results than are compared at once."""
    if results > MOST_RESULTS:
        raise TooMany(f"has more than {MOST_RESULTS:,} benchmarks")


@dataclass(kw_only=True, slots=True)
class _Collected:
    better: Better
    statistic: Statistic
    samples: list[float]
    interval: tuple[float, float] | None
    size: float | None
    exact: bool
    measures: Measures
    typical: float | None


@dataclass(kw_only=True)
class Found:
    """Collects what a report says; `report` is the whole of it.

    Results of one name and unit are one benchmark's samples, in the order in which they come. A value that is no
    measurement (NaN, infinite, below 0) makes the benchmark a failed one. 0 is a value: a clock can be too coarse.

    `scope` is what a name stands in: a package, a binary, a test case. It is part of a benchmark's name, with `between`
    behind it, so that no name depends on what else there is. Of scopes that only a number tells apart (`numbered`) it
    is part where a name stands in several. `suite` stands before all names, as a report's word for what it measured.
    """

    between: str = ": "
    suite: str = ""
    tool: str = ""
    how_to_direct: str = ""     # how a user can say which way is better in this format
    numbered: set[str] = field(default_factory=set)
    machine: dict[str, str] = field(default_factory=dict)
    written_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    _results: dict[tuple[str, str, str], _Collected] = field(default_factory=dict)     # by scope, name and unit
    _failed: dict[tuple[str, str], str] = field(default_factory=dict)                   # by scope and name
    _scope: dict[str, str] = field(default_factory=dict)        # the first of a name
    _in_several: set[str] = field(default_factory=set)          # names that stand in several
    _undirected: dict[str, None] = field(default_factory=dict)  # units of what is left out, in their order
    _samples: int = 0

    def add(
        self, name: str, values: float | Sequence[float], unit: str, *, better: Better | None = None,
        statistic: Statistic = "sample", interval: tuple[float, float] | None = None, size: float | None = None,
        exact: bool = False, measures: Measures = "", typical: float | None = None, scope: str = "",
    ) -> None:
        """A benchmark's values as the tool states them, in the tool's unit; `better` where not by the unit. Where
        neither says which way is better the values are left out, and a note tells of the unit.

        `interval` and `typical` are kept where they are finite and the name comes once.
        """
        samples = [values] if isinstance(values, (int, float)) else values
        name = checked_name(name)
        known = base_unit(unit)
        better = better or known.better
        if better is None:
            self._undirected[known.name] = None
            return
        if not samples or not all(map(math.isfinite, samples)) or min(samples) < 0:
            wrong = next((one for one in samples if not math.isfinite(one) or one < 0), None)
            self.fail(name, "has no value" if wrong is None else
                      f"has {wrong:g} ({quotable(unit, limit=40)}) for a value, which is no measurement", scope=scope)
            return
        scaled = [known.in_base(one) for one in samples]
        # Twice a value is a number still, so that a median and a sum of two are.
        if not all(math.isfinite(2 * one) for one in scaled):
            self.fail(name, "has a value that is too large", scope=scope)
            return
        self._samples += len(scaled)
        if self._samples > MOST_SAMPLES:
            raise Unreadable(f"has more than {MOST_SAMPLES:,} samples")
        key = scope, name, known.name
        before = self._results.get(key)
        if before is not None and (why := contradiction((before.better, before.measures), (better, measures))):
            self.fail(name, why, scope=scope)
            return
        if before is not None:
            before.samples += scaled
            before.interval = before.typical = None
            return
        check_number(len(self._results) + 1)
        self._stands_in(scope, name)
        self._results[key] = _Collected(
            better=better, statistic=statistic, samples=scaled,
            interval=_interval(interval, known), size=size, exact=exact, measures=measures,
            typical=None if typical is None or not math.isfinite(typical) else known.in_base(typical))

    def unlike_before(self, name: str, unit: str, *, better: Better, measures: Measures = "") -> str:
        """Why values can't be added to what a name and unit have already, in words that follow the name; "" if they
        can, or if there are none."""
        before = self._results.get(("", checked_name(name), base_unit(unit).name))
        return "" if before is None else contradiction((before.better, before.measures), (better, measures))

    def fail(self, name: str, why: str, *, scope: str = "") -> None:
        """A benchmark that gave no value; `why` may quote the report. The first reason is kept."""
        if len(self._failed) < MOST_FAILED:
            name = checked_name(name)
            self._stands_in(scope, name)
            self._failed.setdefault((scope, name), one_line(why, limit=LONGEST_WHY))

    def _stands_in(self, scope: str, name: str) -> None:
        if self._scope.setdefault(name, scope) != scope:
            self._in_several.add(name)

    def _full(self, scope: str, name: str) -> str:
        is_part = scope and (scope not in self.numbered or name in self._in_several)
        name = f"{scope}{self.between}{name}" if is_part else name
        return f"{self.suite}: {name}" if self.suite else name

    @property
    def number(self) -> int:
        """How many results there are so far."""
        return len(self._results)

    def note(self, text: str) -> None:
        """Adds a note once."""
        if text not in self.notes:
            self.notes.append(text)

    def results(self) -> tuple[Result, ...]:
        """The results so far."""
        return tuple(
            Result(name=self._full(scope, name), unit=unit, better=one.better, samples=tuple(one.samples),
                   statistic=one.statistic, interval=one.interval, size=one.size, exact=one.exact,
                   measures=one.measures, typical=one.typical, within=name if scope or self.suite else "")
            for (scope, name, unit), one in self._results.items())

    def failed(self) -> tuple[Failed, ...]:
        """The failed ones so far."""
        return tuple(Failed(name=self._full(scope, name), why=why) for (scope, name), why in self._failed.items())

    def report(self, file: ReportFile, name: str, *, baseline: Iterable[Result] = ()) -> Report:
        """The report of one file."""
        return Report(
            shown=file.shown, format=name, tool=self.tool, results=self.results(), failed=self.failed(),
            baseline=tuple(baseline), machine=facts_of(self.machine), written_at=self.written_at,
            notes=(*self.notes, *self._left_out(), *self._far_apart()))

    def _far_apart(self) -> list[str]:
        """What to say of names whose values can hardly be one benchmark's. 0 is no measure: a clock can be too coarse.
        """
        far = [name for (_, name, _), one in self._results.items() if one.statistic == "sample" and not one.measures
               and len(one.samples) > 1 and 0 < _APART * min(one.samples) <= max(one.samples)]
        if not far:
            return []
        names = ", ".join(quotable(name, limit=80) for name in far[:_MOST_NAMED])
        more = " …" if len(far) > _MOST_NAMED else ""
        said = f"values of one name are a thousandfold apart in this report ({names}{more})"
        return [f"{said}: are these two benchmarks, or is a unit wrong?"]

    def _left_out(self) -> list[str]:
        if not self._undirected:
            return []
        units = ", ".join(quotable(unit, limit=40) for unit in list(self._undirected)[:_MOST_NAMED])
        more = " …" if len(self._undirected) > _MOST_NAMED else ""
        return [f"values in units that do not say which way is better are left out ({units}{more})"
                + (f"; {self.how_to_direct}" if self.how_to_direct else "")]


def checked_name(name: str) -> str:
    """A benchmark's name as the report spells it; half characters, which no file can hold, are replaced.

    Names that differ in anything are two benchmarks'. Raises Unreadable for a blank one and one that is too long.
    """
    if len(name) > LONGEST_NAME:
        raise Unreadable(f"names a benchmark by {len(name):,} characters; no more than {LONGEST_NAME:,} are read")
    if not name.strip():
        raise Unreadable("names a benchmark without a name")
    return whole_characters(name)


def facts_of(machine: Mapping[str, str]) -> dict[str, str]:
    """What is said of a machine, each on one line; without what is blank."""
    lines = {one_line(key, limit=60): one_line(value, limit=200) for key, value in machine.items()}
    return {key: value for key, value in lines.items() if key and value}


def decimal(text: str, what: str, *, thousands: str = ",") -> float:
    """A number in a text, with or without separators of thousands. NaN and infinity are numbers here.

    Raises Unreadable for anything else.
    """
    try:
        # float() takes underscores and digits of other scripts, which no tool writes.
        if not text.isascii() or "_" in text:
            raise ValueError
        return float(text.replace(thousands, "") if thousands else text)
    except ValueError:
        raise Unreadable(f"has {shown(text)} for {what}, which is no number") from None


def size_of(*parts: str) -> float | None:
    """The input's size where exactly one of a name's parts tells one: "1000", "n=1000", "size:1000"."""
    found = [match[1] for part in parts if (match := _SIZE.fullmatch(part))]
    return float(found[0]) if len(found) == 1 else None


def _interval(given: tuple[float, float] | None, unit: Unit) -> tuple[float, float] | None:
    if given is None:
        return None
    low, high = unit.in_base(given[0]), unit.in_base(given[1])
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low <= high else None
