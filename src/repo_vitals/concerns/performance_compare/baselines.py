"""Which earlier runs the measured one is held to. Pure: the same runs and order always give the same baseline.

Of the runs of commits before the measured one, those on like machines; of these, benchmark by benchmark, the newest
that are at the present level. A level begins where a change was accepted, or at a step that has stood for SETTLED runs.
Runs behind a younger step do not count yet, nor does any that was said to have regressed: so what got slower stays
reported, and does not blur what it is held to, until somebody accepts it, repairs it, or it has become the way it is.
Runs in which it was accepted for a time only make nothing the way it is.

Slow runs that no verdict was sure of do count: without the values that chance made large a baseline would be too fast,
and quiet suites would be said to have regressed. Each moves it by its share, a thirtieth; where they are a step, that
is seen when there are three, and with it they are behind a younger step.

What is built upon the branch, as a pull request is, is no part of its past: that is held to what the branch is now, be
it accepted or not, since nothing else tells what the change itself does.
"""
from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Protocol

from repo_vitals.frozen import dataclass
from repo_vitals.sources.machine import unlike

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.facts import Key
    from repo_vitals.concerns.performance_compare.results import Accepted, Kept, Run
    from repo_vitals.sources.machine import Machine

MOST = 30                   # runs of a baseline
SETTLED = 10                # runs after which a step is a new level
_LOOKED_AT = 200            # newest like runs in which steps are looked for
_NEAR = 2                   # runs by which a step may be told too late
_SHOWN = 3                  # reasons in a note


class Step(Protocol):
    """A change point: `index` is that of the first run at the new level."""

    @property
    def index(self) -> int:
        """Counted from 0."""


class Steps(Protocol):
    """`stats.change_points.change_points`: of series that share their runs, the steps of each."""

    def __call__(self, suite: Mapping[str, Sequence[float | None]], /) -> Mapping[str, Sequence[Step]]:
        """Values are positive; None where a run has none."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Commits that a baseline may be of, the newest first: the base, its first parent and so on."""

    commits: tuple[str, ...]
    is_whole: bool          # whether nothing else that counts can come before; else the checkout ended there


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A run that would count if it were not of an unlike machine."""

    run: Run
    why: tuple[str, ...]    # what is unlike, both sides named


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Runs to compare with, oldest first, each with the values that count, so that a benchmark may be in some only."""

    runs: tuple[Run, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    why: str = ""           # why there is none, in words that follow "unknown, since"
    distance: int | None = None     # first parents between the base and the newest of `runs`; None: not known
    levels: Mapping[Key, str] = field(default_factory=dict)     # commit at which a benchmark's level begins, if it does
    accepted: frozenset[Key] = frozenset()                      # those whose level begins with an accepted change
    notes: tuple[str, ...] = ()     # what a reader of the report should know, a line each
    earlier: tuple[Run, ...] = ()   # all runs before the measured one on like machines, oldest first


def baseline_of(runs: Iterable[Run], machine: Machine, *, head: str | None = None, order: Order | None = None,
                until: datetime | None = None, most: int = MOST, accepted: Iterable[Accepted] = (),
                change_points: Steps | None = None, compare_unlike: bool = False, upon: bool = False,
                ) -> Baseline:
    """The baseline of a run of the commit `head` on `machine`.

    `order`: the commits that come before, the base among them: those that a whole order lacks do not count. Where it is
    not whole, or None, commits that it lacks count by the clock: by their committers', and where that is not known by
    when they were measured, up to `until`. The measured commit itself never counts. `most`: values of a benchmark, the
    newest. `change_points`: `stats.change_points`, where levels are to be told apart. `upon`: whether `head` is built
    upon the branch and not one of its commits.
    """
    runs = list(runs)
    places = {} if order is None else {commit: place for place, commit in reversed(list(enumerate(order.commits)))}
    earlier = [run for run in runs if run.commit != head and (
        run.commit in places or ((order is None or not order.is_whole) and (until is None or _time(run) <= until)))]
    if not earlier:
        return Baseline(why="the history knows no earlier run of the suite" if order is None else
                        "the history knows no run of the suite for a commit before the measured one")
    earlier.sort(key=lambda run: (run.commit in places, -places.get(run.commit, 0), _time(run), run.at, run.commit,
                                 run.machine.kind))
    why = [() if compare_unlike else unlike(machine, run.machine) for run in earlier]
    like = [run for run, reasons in zip(earlier, why, strict=True) if not reasons]
    counting = [change for change in accepted if _counts(change, runs, earlier, head, order, until)]
    found = _levels(like, places, counting, change_points, upon=upon)
    used = _newest(like, found, most)
    first = earlier.index(used[0][0]) if used else max(0, len(earlier) - most)
    left_out = tuple(LeftOut(run=run, why=reasons) for run, reasons in list(zip(earlier, why, strict=True))[first:]
                     if reasons)
    near = min((places[run.commit] for run, _ in used if run.commit in places), default=None)
    return Baseline(
        runs=tuple(replace(run, values=values) for run, values in used), left_out=left_out, distance=near,
        why="" if used else _why_none(like, left_out, found),
        levels={key: like[level.start].commit for key, level in found.items()
                if 0 < level.start < len(like)},
        accepted=frozenset(key for key, level in found.items() if level.accepted),
        notes=(*_notes(machine, [run for run, _ in used]), *_open(found)), earlier=tuple(like))


@dataclass(frozen=True)
class _Level:
    """Runs from `start` on and before `end` are at a benchmark's level, but for those left out."""

    start: int
    end: int
    accepted: bool = False
    left_out: frozenset[int] = frozenset()
    is_open: bool = False           # the branch itself regressed, and these runs are of that

    def has(self, index: int) -> bool:
        """Whether a run counts."""
        return self.start <= index < self.end and index not in self.left_out


def _time(run: Run) -> datetime:
    return run.committed_at or run.at


def _counts(change: Accepted, runs: Sequence[Run], earlier: Sequence[Run], head: str | None, order: Order | None,
            until: datetime | None) -> bool:
    """Whether a change was accepted at a commit that comes before the measured one, as far as runs do."""
    if change.commit == head:
        return False
    if order is not None and (order.is_whole or change.commit in order.commits):
        return change.commit in order.commits
    if any(run.commit == change.commit for run in runs):
        return any(run.commit == change.commit for run in earlier)
    return until is None or change.at <= until


def _levels(runs: Sequence[Run], places: Mapping[str, int], accepted: Sequence[Accepted], change_points: Steps | None,
            *, upon: bool) -> dict[Key, _Level]:
    """The level of every benchmark."""
    keys = sorted({key for run in runs for key in run.values})
    skipped = max(0, len(runs) - _LOOKED_AT)
    steps: dict[Key, list[int]] = {}
    if change_points is not None and keys:
        looked = runs[skipped:]
        series = {str(number): [_positive(run.values.get(key)) for run in looked] for number, key in enumerate(keys)}
        found = change_points(series)
        steps = {key: sorted(skipped + step.index for step in found.get(str(number), ()))
                 for number, key in enumerate(keys)}
    level = _level_upon if upon else _level
    begins = [(change.key, _index(runs, places, change)) for change in accepted]
    return {key: level(runs, key, steps.get(key, []),
                       max((index for whose, index in begins if whose in (None, key)), default=None))
            for key in keys}


def _index(runs: Sequence[Run], places: Mapping[str, int], change: Accepted) -> int:
    """The first run of the commit at which a change was accepted, or of a later one."""
    same = next((index for index, run in enumerate(runs) if run.commit == change.commit), None)
    if same is not None:
        return same
    place = places.get(change.commit)
    if place is not None:
        return next((index for index, run in enumerate(runs) if places.get(run.commit, place + 1) < place), len(runs))
    return next((index for index, run in enumerate(runs) if run.at >= change.at), len(runs))


def _level(runs: Sequence[Run], key: Key, steps: list[int], accepted: int | None) -> _Level:
    """The level that the branch's next commit is held to."""
    start, answered = 0, 0          # flags of runs before `answered` are those of the level's own beginning
    if accepted is not None:
        start, steps = _from_accepted(steps, accepted)
        answered = _answered(runs, key, accepted)
    level = _Level(start=start, end=len(runs), accepted=accepted is not None)
    bounds = [*steps, len(runs)]
    for number, step in enumerate(steps):
        if number == 0:
            level = replace(level, end=step)
        settled = [index for index in range(step, bounds[number + 1])
                   if key in runs[index].values and not runs[index].values[key].tolerated]
        if len(settled) >= SETTLED:
            level, answered = _Level(start=step, end=bounds[number + 1]), settled[SETTLED - 1] + 1
    return _without_regressed(runs, key, level, answered)


def _level_upon(runs: Sequence[Run], key: Key, steps: list[int], accepted: int | None) -> _Level:
    """The level at which the branch is."""
    start, answered = 0, 0
    if accepted is not None:
        start, steps = _from_accepted(steps, accepted)
        answered = _answered(runs, key, accepted)
    level = _Level(start=max([start, *steps]), end=len(runs), accepted=accepted is not None)
    stretches = _flagged(runs, key, level, answered)
    last = max((index for index in range(len(runs)) if key in runs[index].values), default=0)
    if stretches and stretches[-1][-1] == last:
        return replace(level, start=max(level.start, stretches[-1][0]), is_open=True)
    return _without_regressed(runs, key, level, answered)


def _from_accepted(steps: list[int], accepted: int) -> tuple[int, list[int]]:
    """Where the level begins with an accepted change, and the steps after it. What was accepted is the step before it,
    if there is a young one; what seems one just behind it is the same."""
    return (max((step for step in steps if accepted - SETTLED < step <= accepted), default=accepted),
            [step for step in steps if step > accepted + _NEAR])


def _answered(runs: Sequence[Run], key: Key, accepted: int) -> int:
    """The first run behind an accepted change and those that it explains: they had regressed until it was accepted."""
    index = accepted
    while index < len(runs) and (key not in runs[index].values or runs[index].values[key].regressed):
        index += 1
    return index


def _flagged(runs: Sequence[Run], key: Key, level: _Level, start: int) -> list[list[int]]:
    """The unbroken stretches of the level's runs, from `start` on, that were said to have regressed."""
    found: list[list[int]] = []
    is_broken = True
    for index in range(max(level.start, start), level.end):
        kept = runs[index].values.get(key)
        if kept is None:
            continue
        if kept.regressed and is_broken:
            found.append([])
        if kept.regressed:
            found[-1].append(index)
        is_broken = not kept.regressed
    return found


def _without_regressed(runs: Sequence[Run], key: Key, level: _Level, answered: int) -> _Level:
    """The level without runs that regressed; from these on where so many stand in a row that it is the way it is."""
    for stretch in reversed(_flagged(runs, key, level, 0)):
        if sum(not runs[index].values[key].tolerated for index in stretch) >= SETTLED:
            level, answered = replace(level, start=stretch[0], accepted=False), stretch[-1] + 1
            break
    left_out = frozenset(index for stretch in _flagged(runs, key, level, answered) for index in stretch)
    with_it = {index for index in range(level.start, level.end) if key in runs[index].values}
    # Where the history has nothing else of it any more, they are all that there is.
    return level if with_it <= left_out else replace(level, left_out=left_out)


def _newest(runs: Sequence[Run], levels: Mapping[Key, _Level], most: int) -> list[tuple[Run, dict[Key, Kept]]]:
    """Runs with the values that count, oldest first; of each benchmark the newest `most` of its level."""
    left = dict.fromkeys(levels, most)
    found = []
    for index in range(len(runs) - 1, -1, -1):
        values = {key: kept for key, kept in runs[index].values.items()
                  if left[key] > 0 and levels[key].has(index)}
        for key in values:
            left[key] -= 1
        if values:
            found.append((runs[index], values))
    return found[::-1]


def _why_none(like: Sequence[Run], left_out: Sequence[LeftOut], levels: Mapping[Key, _Level]) -> str:
    if like and levels:
        return "no run came after the change that was accepted last"
    if like:
        return "all benchmarks of the earlier runs are better the other way round now"
    return f"all {len(left_out):,} earlier run(s) are of unlike machines ({left_out[-1].why[0]})"


def _positive(kept: Kept | None) -> float | None:
    return kept.value if kept is not None and kept.value > 0 else None


def _open(levels: Mapping[Key, _Level]) -> tuple[str, ...]:
    number = sum(level.is_open for level in levels.values())
    if not number:
        return ()
    said = "1 benchmark" if number == 1 else f"{number:,} benchmarks"
    return ((f"{said} had regressed before this change, and nobody accepted that; the change is compared with the runs "
             "since then alone"),)


def _notes(machine: Machine, used: Sequence[Run]) -> tuple[str, ...]:
    unlike_ones = sorted({reason for run in used for reason in unlike(machine, run.machine)})
    if not unlike_ones:
        return ()
    shown = "; ".join(unlike_ones[:_SHOWN]) + ("; …" if unlike_ones[_SHOWN:] else "")
    return (f"compared with runs of unlike machines, as `compare-unlike` says: {shown}",)
