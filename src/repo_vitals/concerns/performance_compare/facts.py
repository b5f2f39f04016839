"""What the readers and the collector hand to the arithmetic: plain values, nothing of a tool's format left in them."""
from __future__ import annotations

from collections import Counter
from dataclasses import field
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.acceptance import Acceptance
    from repo_vitals.concerns.performance_compare.comparing import Compared
    from repo_vitals.sources.workflow_event import PullRequest

Better = Literal["lower", "higher"]
# What one sample is: a measurement of its own, or what the tool made of several.
Statistic = Literal["sample", "mean", "median", "minimum", "maximum", "slope"]
# What a result is about where that makes a figure of its own; empty: any benchmark.
Measures = Literal["", "peak_memory", "average_memory", "binary_size", "stripped_size", "leaked"]
# Units in which a slower runner shows, of all benchmarks alike.
TIMED = frozenset({"seconds", "operations_per_second", "bytes_per_second"})
DEFAULT_SUITE = "default"
Key = tuple[str, str]       # a benchmark's name and its unit: what makes two results one benchmark's


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What one report says of one benchmark in one unit.

    `unit` is a base unit ("seconds", "bytes", "operations_per_second", "bytes_per_second", "instructions", "cycles",
    "allocations", "count") or, for what has none, the tool's own word. `samples` are finite, in that unit, in the order
    in which they were taken, at least one. Samples of one run are never independent runs.
    """

    name: str
    unit: str
    better: Better
    samples: tuple[float, ...]
    statistic: Statistic = "sample"
    interval: tuple[float, float] | None = None     # as the tool states it, in the same unit
    size: float | None = None                       # the input's size, where the name or a parameter tells it
    exact: bool = False                             # the same code gives the same value again, as a file has its size
    measures: Measures = ""
    within: str = ""                                # the name in its package or binary, where that is part of `name`
    typical: float | None = None                    # the tool's own one figure for all samples, where it states one

    @property
    def key(self) -> Key:
        """What it is compared by."""
        return self.name, self.unit


_MEANING: dict[Measures, str] = {
    "": "a plain value", "peak_memory": "peak memory", "average_memory": "average memory",
    "binary_size": "a file's size", "stripped_size": "a stripped file's size", "leaked": "leaked memory"}


def contradiction(one: tuple[Better, Measures], other: tuple[Better, Measures]) -> str:
    """Why values that are told to be so are not of one benchmark, in words that follow its name; "" where they are."""
    if one[0] != other[0]:
        return "is told to be better when lower and when higher under one name and unit"
    if one[1] != other[1]:
        return f"is told to be {_MEANING[one[1]]} and {_MEANING[other[1]]} under one name and unit"
    return ""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A benchmark that the report names and that gave no value."""

    name: str
    why: str                                        # in words that follow its name


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report, as its reader understands it."""

    shown: str
    format: str                                     # the reader's name: "criterion", "go" …
    tool: str = ""                                  # the tool with its version, where the report says it
    results: tuple[Result, ...] = ()
    failed: tuple[Failed, ...] = ()
    baseline: tuple[Result, ...] = ()               # what the report itself holds of an earlier run (Criterion's base)
    # Of a report that holds several runs of both sides, in place of `results` and `baseline`: a tuple for each run,
    # oldest first. `paired`: run i of one side was taken next to run i of the other.
    runs: tuple[tuple[Result, ...], ...] = ()
    baseline_runs: tuple[tuple[Result, ...], ...] = ()
    paired: bool = False
    # How often pairs are judged at most to decide whether more of them are run. Whoever looks twice may be wrong twice.
    looks: int = 1
    run_commits: tuple[str, ...] = ()               # of each of `runs`, where it is a history that says so
    run_suites: tuple[str, ...] = ()                # of each of them the suite, of which a history may hold several
    machine: Mapping[str, str] = field(default_factory=dict)    # as the report says: "cpu", "os", "versions.<name>" …
    written_at: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """A report that a pattern found and that could not be read."""

    shown: str
    why: str                                        # in words that follow its name


@dataclass(frozen=True, kw_only=True)
class BenchmarkRun:
    """One run of a suite: the samples of each benchmark that it has, in base units. Its samples are no runs.

    `values` are what runs are compared by: of many samples few, alike on both sides. What all of them come to stands
    in `medians` and `largest` where that is known; limits are held against these.
    `repeats`: where it stands for all reports of one commit, the median of each of them, of what several have.
    """

    values: Mapping[Key, tuple[float, ...]]
    commit: str | None = None
    at: datetime | None = None
    medians: Mapping[Key, float] = field(default_factory=dict)
    largest: Mapping[Key, float] = field(default_factory=dict)
    repeats: Mapping[Key, tuple[float, ...]] = field(default_factory=dict)

    def median_of(self, key: Key) -> float:
        """The median of all samples of a benchmark that the run has."""
        if key in self.medians:
            return self.medians[key]
        values = self.values[key]
        return values[0] if len(values) == 1 else median(values)    # most tools state one value a run

    def largest_of(self, key: Key) -> float:
        """The largest of all samples of a benchmark that the run has."""
        return self.largest[key] if key in self.largest else max(self.values[key])


MOST_STANDING = 10      # regressions of a benchmark on top of each other whose clocks are kept


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A regression of the default branch that nobody mended or accepted for good, as far as its runs tell."""

    since: datetime                     # when it was first seen
    before: float                       # the level that it was held to then, in the unit of its benchmark
    after: float                        # its own level then, without what all benchmarks changed by together
    mended: int = 0                     # runs in a row that saw it mended; after MENDED of them it is
    under: Seen | None = None           # an older one that stands, to whose level runs were held when this one came

    def all(self) -> tuple[Seen, ...]:
        """This one and those that it came on top of, newest first."""
        return (self, *(self.under.all() if self.under is not None else ()))


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What the current runs are compared with."""

    how: str                            # "20 runs of the history up to 0123456789ab", our own words
    runs: tuple[BenchmarkRun, ...] = ()     # oldest first
    paired: bool = False                # run i was taken next to the current run i
    by_commit: bool = False             # each of `runs` is all that one commit's reports came to
    goes_on: bool = False               # the measured commit goes on from them on the same branch
    looks: int = 1                      # verdicts of these pairs, each of which has its share of the allowed error
    why_none: str = ""                  # in words that follow "since"; empty where there are runs
    left_out: tuple[str, ...] = ()      # runs that could not be compared, a line each
    known: frozenset[Key] = frozenset()     # benchmarks that any run of the past has, compared or not
    newest: frozenset[Key] | None = None    # those of the newest run, compared or not; None: of the last of `runs`


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the names of the current benchmarks stand for."""

    mixed: frozenset[str] = frozenset()     # a time or a rate, and something else too
    short: Mapping[Key, str] = field(default_factory=dict)      # as `short_names` gives them


def short_names(results: Mapping[Key, Result]) -> dict[Key, str]:
    """Names without their package or binary, of those benchmarks that alone have them."""
    number = Counter((result.within, unit) for (_, unit), result in results.items() if result.within)
    whole = {name for name, _ in results}
    return {key: result.within for key, result in results.items()
            if number[result.within, key[1]] == 1 and result.within not in whole}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the reports, the history and GitHub say."""

    repository: str
    suite: str = DEFAULT_SUITE
    reports: tuple[Report, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    unmatched: tuple[str, ...] = ()                 # patterns that match nothing
    unread: tuple[Unusable, ...] = ()               # reports of the baseline that can't be read
    current: tuple[BenchmarkRun, ...] = ()          # oldest first
    results: Mapping[Key, Result] = field(default_factory=dict)     # the newest of each benchmark, for what it says
    directions: Mapping[Key, Better] = field(default_factory=dict)  # of what earlier runs had, where that is known
    failed: tuple[Failed, ...] = ()
    reference: Reference | None = None            # None: nobody asked for one
    compared: Compared | None = None                # what they come to, where the collector had to know it already
    past: tuple[BenchmarkRun, ...] = ()             # the history's on like machines before the measured one, in order
    seen: Mapping[Key, Seen] = field(default_factory=dict)          # regressions that stood after the run before
    begun: Mapping[Key, datetime] = field(default_factory=dict)     # when this very commit's earlier runs saw them
    acceptances: tuple[Acceptance, ...] = ()        # of the pull request's label and comments
    machine: Mapping[str, str] = field(default_factory=dict)
    commit: str | None = None
    pull_request: PullRequest | None = None
    is_kept: bool = True
    has_history: bool = False
    notes: tuple[str, ...] = ()

    @cached_property
    def ambiguous(self) -> frozenset[str]:
        """Names that stand for several benchmarks, in different units."""
        names = Counter(name for name, _ in self.results)
        return frozenset(name for name, number in names.items() if number > 1)

    @cached_property
    def names(self) -> Names:
        """What the names of the current benchmarks stand for."""
        timed = {name for name, unit in self.results if unit in TIMED}
        other = {name for name, unit in self.results if unit not in TIMED}
        return Names(mixed=frozenset(timed & other), short=short_names(self.results))

    @property
    def missing(self) -> tuple[str, ...]:
        """Reports that are not there or not whole, in words. The names are strangers' text."""
        return (*(f"{one.shown} {one.why}" for one in self.unusable),
                *(f"no file matches {pattern}" for pattern in self.unmatched),
                *(f"{one.name} {one.why}" for one in self.failed))
