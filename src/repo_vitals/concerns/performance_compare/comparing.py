"""Each benchmark's verdict: what the engine says of its runs, and what needs no engine. Pure; numpy comes with a call.

The engine compares values of which less is better and whose ratio means something. So rates go in as times for one
operation, and their ratios are turned round again; sizes of files, which the same code gives again, are compared as
they are; values of zero or below have no ratio. Times and rates of one run share the speed of its runner, and nothing
else does: other units are judged by themselves, each with its share of the allowed error.
"""
from __future__ import annotations

from dataclasses import field, replace
from statistics import median
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.performance_compare.facts import TIMED
from repo_vitals.concerns.performance_compare.runs import turned
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

    from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Facts, Key, Reference, Result
    from repo_vitals.concerns.performance_compare.policy import Policy
    from repo_vitals.stats.comparison import Suite

_SMALLEST = 1e-300      # whose inverse is still a number
# Steps from or to zero that are no larger can be chance alone: a tool divides what a runtime allocates now and then by
# the number of operations, and rounds. No object is as small; and of allocations one for each operation is plain.
_TINY = {"bytes": 8.0, "allocations": 0.0}
_TINY_COUNT = 1.0       # of other units
_NO_RATIO = "values of zero or below have no ratio"
_TOO_SMALL = "from or to zero, a step as small may be chance, and the baseline has too few runs without it"
Verdict = Literal["regressed", "improved", "unchanged", "unsure", "new", "missing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One benchmark's verdict. Values are medians over runs of each run's median, in its base unit; ratios are
    current ÷ baseline of that unit, so that of a rate below 1 is worse. None: there is nothing to say it of."""

    key: Key
    better: str
    verdict: Verdict
    why: str = ""                       # what the verdict rests on where it is not the interval
    current: float | None = None
    baseline: float | None = None
    ratio: float | None = None          # without what all benchmarks changed by together
    low: float | None = None
    high: float | None = None
    p: float | None = None
    error: float | None = None          # probability that any of its kind's intervals ends too far up; so too down
    runs: tuple[int, int] = (0, 0)      # of the baseline, and current ones
    is_slight: bool = False             # unsure for a step of a count that is too small to mean anything by itself

    @property
    def slowdown(self) -> float | None:
        """By what ratio it became worse, whatever the direction of its unit: above 1 is worse."""
        if self.ratio is None or self.better == "lower":
            return self.ratio
        return _inverse(self.ratio)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """All verdicts, and what the timed benchmarks changed by together: as a ratio of times, above 1 is slower."""

    rows: tuple[Row, ...]
    common: float | None = None         # None where too few benchmarks tell it apart
    made_of: tuple[object, ...] = field(default=(), compare=False, repr=False)  # all that they follow from


def compared(facts: Facts, policy: Policy) -> Compared:
    """The verdict of every benchmark on either side, by name. Of facts that bring it along it is taken as it is."""
    made_of = facts.reference, facts.results, facts.current, facts.failed, facts.directions, policy
    if facts.compared is not None and facts.compared.made_of == made_of:    # same objects are not looked through
        return facts.compared
    reference = facts.reference
    if reference is None:
        return Compared(rows=tuple(_alone(result, facts.current, "new", "") for _, result in sorted(
            facts.results.items())), made_of=made_of)
    before = {key for run in reference.runs for key in run.values}
    other_way = turned(facts.results, facts.directions)
    both = sorted((facts.results.keys() & before) - other_way)
    rows = list(_without_a_baseline(facts, reference, before, other_way))
    rows += _missing(facts, reference, other_way)
    told: dict[Key, Row] = {}
    asked: dict[Key, tuple[float, float]] = {}      # with the typical values of both sides
    for key in both:
        now, then = typical(key, facts.current), typical(key, reference.runs)
        assert now is not None  # noqa: S101 - both sides have it
        assert then is not None  # noqa: S101
        row = _without_the_engine(facts.results[key], reference, facts.current, policy, now, then)
        if row is None:
            asked[key] = now, then
        else:
            told[key] = row
    common = None
    for group in _groups(list(asked)):
        error = policy.error / reference.looks * len(group) / len(asked)
        suite = _engine(group, facts, reference, policy, error=error)
        for key in group:
            told[key] = replace(_row(key, suite, facts, *asked[key]), error=error)
        if suite.common_is_sure and group[0][1] in TIMED:
            common = suite.common
    return Compared(rows=tuple(sorted([*rows, *told.values()], key=lambda row: row.key)), common=common,
                    made_of=made_of)


def typical(key: Key, runs: Sequence[BenchmarkRun]) -> float | None:
    """The median over the runs that have it of each run's median."""
    values = [run.median_of(key) for run in runs if key in run.values]
    return values[0] if len(values) == 1 else median(values) if values else None


def _alone(result: Result, runs: Sequence[BenchmarkRun], verdict: Verdict, why: str) -> Row:
    key = result.key
    return Row(key=key, better=result.better, verdict=verdict, why=why, current=typical(key, runs),
               runs=(0, _number(key, runs)))


def _without_a_baseline(facts: Facts, reference: Reference, before: set[Key], other_way: set[Key],
                        ) -> Iterator[Row]:
    for key, result in facts.results.items():
        if key not in before or key in other_way:
            if key in reference.known and key not in other_way:
                yield _alone(result, facts.current, "unsure", "only runs that are not compared have it")
            else:
                yield _alone(result, facts.current, "new", "")


def _missing(facts: Facts, reference: Reference, other_way: set[Key]) -> Iterator[Row]:
    """What the newest run of the baseline has and the current ones lack; older ones may have had what was removed. Runs
    of pairs are all of one version, of which the later ones may have been asked for its doubtful benchmarks alone."""
    failed = {one.name: one.why for one in facts.failed}
    units = dict(facts.results.keys())      # a key is a name with its unit
    runs = reference.runs if reference.paired else reference.runs[-1:]
    newest = {key for run in runs for key in run.values} if reference.newest is None else set(reference.newest)
    for key in sorted(newest | other_way):
        if key in other_way:
            yield Row(key=key, better=facts.directions[key], verdict="missing", baseline=typical(key, reference.runs),
                      why=f"it was better when {facts.directions[key]}, and is when {facts.results[key].better} now",
                      runs=(_number(key, reference.runs), 0))
        elif key not in facts.results:
            why = failed.get(key[0], f"it is in {units[key[0]]} now" if key[0] in units else "")
            yield Row(key=key, better=facts.directions.get(key, "lower"), verdict="missing", why=why,
                      baseline=typical(key, reference.runs), runs=(_number(key, reference.runs), 0))


def _without_the_engine(result: Result, reference: Reference, current: Sequence[BenchmarkRun], policy: Policy,
                        now: float, then: float) -> Row | None:
    """A verdict that takes no arithmetic on noise; None where the engine has to be asked."""
    key = result.key
    runs = (_number(key, reference.runs), _number(key, current))
    if result.exact:
        return _exact(result, now, [run for run in reference.runs if key in run.values], runs, policy,
                      goes_on=reference.goes_on)
    values = [value for run in (*reference.runs, *current) for value in run.values.get(key, ())]
    if min(values) < _SMALLEST:
        if len(set(values)) == 1:
            return Row(key=key, better=result.better, verdict="unchanged", why="every value is the same", current=now,
                       baseline=then, runs=runs)
        verdict, why = _from_or_to_zero(result, reference, current, policy)
        return Row(key=key, better=result.better, verdict=verdict, current=now, baseline=then, runs=runs, why=why,
                   is_slight=why == _TOO_SMALL)
    if runs[0] < policy.minimum_runs:
        return Row(key=key, better=result.better, verdict="unsure", current=now, baseline=then, ratio=now / then,
                   runs=runs, why=_too_few(runs[0], policy))
    return None


def _too_few(number: int, policy: Policy) -> str:
    return f"the baseline has {number:,} of the {policy.minimum_runs:,} runs that it takes"


def _from_or_to_zero(result: Result, reference: Reference, current: Sequence[BenchmarkRun], policy: Policy,
                     ) -> tuple[Verdict, str]:
    """What is said of values some of which are zero, of a count or of bytes. A time of 0 is a clock that is too coarse.

    From or to 0 on one side alone is what everybody sees, if the baseline never varied. A tiny step of it takes so many
    runs that chance puts the one value that differs last no more often than `error` allows: 1 in n + 1.
    """
    key = result.key
    before, after = ({value for run in runs for value in run.values.get(key, ())} for runs in (reference.runs, current))
    number = _number(key, reference.runs)
    if key[1] in TIMED or min(before | after) < 0:
        return "unsure", _NO_RATIO
    if number >= policy.minimum_runs and after == {typical(key, reference.runs)}:
        return "unchanged", "it is the median of the baseline"
    if len(before) > 1 or (before != {0} and after != {0}) or 0 in before & after:
        return "unsure", _TOO_SMALL if _is_tiny_step(key, before | after) else _NO_RATIO
    if number < policy.minimum_runs:
        return "unsure", _too_few(number, policy)
    if _is_tiny_step(key, before | after) and result.measures != "leaked" and 1 / (number + 1) > policy.error:
        return "unsure", _TOO_SMALL
    is_worse = (before == {0}) == (result.better == "lower")
    return "regressed" if is_worse else "improved", ("it was 0 in every run of the baseline" if before == {0} else
                                                     "it never varied in the baseline, and is 0 now")


def _is_tiny_step(key: Key, values: Collection[float]) -> bool:
    """Whether counts are so near to each other that rounding or a runtime's own work may be all that they differ by."""
    return max(values) - min(values) <= _TINY.get(key[1], _TINY_COUNT)


def _exact(result: Result, now: float, before: Sequence[BenchmarkRun], runs: tuple[int, int], policy: Policy, *,
           goes_on: bool) -> Row:
    """Against the newest of the baseline: what the same code gives again needs no other. On a branch that goes on,
    against the oldest too, so that steps of which each is tolerated do not come to more than that."""
    row = _beside(result, now, before[-1].median_of(result.key), runs, policy)
    if not goes_on or row.verdict == "regressed":
        return row
    crept = _beside(result, now, before[0].median_of(result.key), runs, policy)
    if crept.verdict != "regressed":
        return row
    since = f"commit {before[0].commit[:12]}" if before[0].commit else "the oldest run of the baseline"
    return replace(crept, why=f"the same code gives the same value, and it crept here since {since}")


def _beside(result: Result, now: float, then: float, runs: tuple[int, int], policy: Policy) -> Row:
    ratio = now / then if then > 0 and now > 0 else None
    worse = (now > then) == (result.better == "lower")
    if now == then or (ratio is not None and 1 / (1 + policy.tolerance) <= ratio <= 1 + policy.tolerance):
        verdict: Verdict = "unchanged"
    else:
        verdict = "regressed" if worse else "improved"
    return Row(key=result.key, better=result.better, verdict=verdict, why="the same code gives the same value",
               current=now, baseline=then, ratio=ratio, low=ratio, high=ratio, runs=runs)


def _groups(keys: Sequence[Key]) -> list[list[Key]]:
    found: dict[str, list[Key]] = {}
    for key in keys:
        found.setdefault("" if key[1] in TIMED else key[1], []).append(key)
    return list(found.values())


def _engine(keys: Sequence[Key], facts: Facts, reference: Reference, policy: Policy, *, error: float) -> Suite:
    from repo_vitals.stats.comparison import compare

    wanted = {key: facts.results[key].better == "higher" for key in keys}
    # Behind the last pair there may be runs of what no pair has.
    before: Sequence[BenchmarkRun] = reference.runs
    current: Sequence[BenchmarkRun] = facts.current[:len(reference.runs)] if reference.paired else facts.current
    if reference.by_commit:
        before, current = _by_commit(keys, before, current)
    return compare(_costs(before, wanted), _costs(current, wanted), paired=reference.paired,
                   tolerance=policy.tolerance, error=error)


def _by_commit(keys: Sequence[Key], before: Sequence[BenchmarkRun], current: Sequence[BenchmarkRun],
               ) -> tuple[list[BenchmarkRun], list[BenchmarkRun]]:
    """A run for each commit on both sides, made of as many of its reports.

    Reports of one commit share its job and machine, so that they are no runs of their own; and the median of several
    varies less than one value, so that what is made of more reports than the other side is cut down to as many. Where
    no commit has several, a run stays as it is, with its samples.
    """
    number = {key: _number(key, current) for key in keys}
    several = {key for run in before for key in run.repeats}
    kept = [key for key in keys if number[key] == 1 and key not in several]
    alone = set(kept)
    summed = [key for key in keys if key not in alone]
    now = {key: next(run.values[key] for run in current if key in run.values) for key in kept}
    now |= {key: (median(run.median_of(key) for run in current if key in run.values),) for key in summed}
    return ([replace(run, values={key: run.values[key] for key in kept if key in run.values} | {
                key: (median(run.repeats[key][:number[key]]) if key in run.repeats else run.median_of(key),)
                for key in summed if key in run.values}) for run in before],
            [replace(current[-1], values=now)])


def _costs(runs: Sequence[BenchmarkRun], wanted: Mapping[Key, bool]) -> list[dict[Hashable, float | Sequence[float]]]:
    """Values of which less is better: a rate as the time for one."""
    def cost(values: tuple[float, ...], *, is_rate: bool) -> float | list[float]:
        if len(values) == 1:
            return 1 / values[0] if is_rate else values[0]
        return [1 / value for value in values] if is_rate else list(values)
    return [{key: cost(run.values[key], is_rate=is_rate) for key, is_rate in wanted.items() if key in run.values}
            for run in runs]


def _row(key: Key, suite: Suite, facts: Facts, now: float, then: float) -> Row:
    found = suite.comparisons[key]
    better = facts.results[key].better
    ratio, low, high = found.ratio, found.low, found.high
    if better == "higher":
        ratio, low, high = _inverse(ratio), _inverse(high), _inverse(low)
    return Row(key=key, better=better, verdict=found.verdict, current=now, baseline=then, ratio=ratio, low=low,
               high=high, p=found.p, runs=found.runs)


def _inverse(ratio: float | None) -> float | None:
    if ratio is None:
        return None
    return float("inf") if ratio == 0 else 1 / ratio


def _number(key: Key, runs: Sequence[BenchmarkRun]) -> int:
    return sum(key in run.values for run in runs)
