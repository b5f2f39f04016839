"""Which earlier runs the measured one is held to. Pure: the same runs and order always give the same baseline.

Of the runs of commits before the measured one, those on like machines; of these, benchmark by benchmark, the newest
that are at the present level. A level begins where a change was accepted, or at a step that has stood for SETTLED runs;
runs behind a younger step do not count yet, so that what got slower stays reported until somebody accepts it, repairs
it, or it has become the way it is.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from repo_vitals.concerns.performance_compare.facts import Key
    from repo_vitals.concerns.performance_compare.results import Accepted, Run
    from repo_vitals.sources.machine import Machine

MOST = 30                   # runs of a baseline
SETTLED = 10                # runs after which a step is a new level
_LOOKED_AT = 200            # newest like runs in which steps are looked for


class Step(Protocol):
    """A change point: `index` is that of the first run at the new level."""

    @property
    def index(self) -> int:
        """Counted from 0."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """Commits that a baseline may be of, the newest first: the base, its first parent and so on."""

    commits: tuple[str, ...]
    is_whole: bool          # whether there are no more; else the checkout, or the search, ended there


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


def baseline_of(runs: Iterable[Run], machine: Machine, *, head: str | None = None, order: Order | None = None,
                most: int = MOST, accepted: Iterable[Accepted] = (),
                change_points: Callable[[Mapping[str, Sequence[float | None]]], Mapping[str, Sequence[Step]]]
                | None = None, compare_unlike: bool = False) -> Baseline:
    """The baseline of a run of the commit `head` on `machine`.

    `order` None: there is no checkout to say which commits come before; then commits count by their committers' clocks,
    and runs without one by when they were measured. `most`: values of a benchmark, the newest.
    """
    raise NotImplementedError
