"""Since when a regression of the default branch is known, over many runs, and whether it still stands. Pure.

The clock starts with the first run that calls a benchmark regressed, or with the unbroken row of runs just before that
which were as slow and could not tell yet. It goes on while runs say so, and over runs that can't say or lack the
benchmark. It stops when MENDED runs in a row that don't call it regressed find it nearer to where it was before than to
where it went, or when somebody accepts the change for good; an acceptance until a day hides it until then. A level that
has stood so long that runs are held to it stops nothing: a regression does not end by getting old. One that comes on
top of such a level has a clock of its own beside the older one's.
"""
from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.performance_compare.facts import MOST_STANDING, Seen
from repo_vitals.concerns.performance_compare.levels import worse_since

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.acceptance import Acceptance
    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import Facts, Key

# What a run says of a regression: it calls the benchmark regressed; it is held to the level that it regressed to; some
# runs in a row found it mended, and not yet enough of them; or the run can't say.
State = Literal["regressed", "settled", "mending", "open"]

MENDED = 3      # a single run in the noise of a hosted runner is back where it was by chance now and then


def advanced(rows: Iterable[Row], facts: Facts, acceptances: Iterable[Acceptance], now: datetime) -> dict[Key, Seen]:
    """The regressions that stand after this run. `acceptances`: all there are."""
    for_good = [one for one in acceptances if one.expires is None]
    found = dict(facts.seen)        # of what was not compared this time nothing new is known
    for row in rows:
        known = found.pop(row.key, None)
        seen = None if known is None else after(row, known)
        if row.verdict == "regressed" and (known is None or _is_on_top(row, known)):
            begun = facts.begun.get(row.key)
            if known is not None and begun == known.since:
                begun = None        # what an earlier run of this commit saw was the older one alone
            seen = _first_sight(row, begun or worse_since(row, facts) or now, under=seen)
        if seen is not None:
            found[row.key] = seen
    return {key: seen for key, seen in found.items()
            if not any(one.covers(key, facts.names) for one in for_good)}


def after(row: Row, seen: Seen) -> Seen | None:
    """What is known of a regression, and of those it came on top of, after a run; None: all are mended."""
    if row.verdict not in ("regressed", "unchanged", "improved"):
        return seen
    under = None if seen.under is None else after(row, seen.under)
    # `unchanged` alone does not tell: it excludes what is much slower, and may be held to the slower level by now.
    if row.verdict == "regressed" or not _is_nearer(_level(row), seen.before, seen.after):
        return replace(seen, mended=0, under=under)
    return under if seen.mended + 1 >= MENDED else replace(seen, mended=seen.mended + 1, under=under)


def states(row: Row, seen: Seen) -> tuple[tuple[Seen, State], ...]:
    """What this very run says of a regression that stands after it, and of those it came on top of, newest first."""
    return tuple((one, _state(row, one, is_newest=one is seen)) for one in seen.all())


def _state(row: Row, seen: Seen, *, is_newest: bool) -> State:
    if seen.mended:
        return "mending"
    if row.verdict == "regressed" and is_newest:
        return "regressed"
    return "settled" if row.verdict != "missing" and _is_settled(row, seen) else "open"


def _is_settled(row: Row, seen: Seen) -> bool:
    """Whether the benchmark is held to the level that it regressed to."""
    return row.baseline is not None and _is_nearer(row.baseline, seen.after, seen.before)


def _is_on_top(row: Row, known: Seen) -> bool:
    """Whether a benchmark that is called regressed left the level that it regressed to before, and was held to."""
    return (row.baseline is not None and _is_settled(row, known)
            and _is_nearer(known.after, row.baseline, _level(row)))


def _first_sight(row: Row, since: datetime, *, under: Seen | None) -> Seen | None:
    if under is not None and len(under.all()) >= MOST_STANDING:
        under = under.under
    return under if row.baseline is None else Seen(since=since, before=row.baseline, after=_level(row), under=under)


def _level(row: Row) -> float:
    """Where the benchmark is, as the ratio says it; where there is none, as it was measured."""
    if row.baseline is not None and row.ratio is not None and math.isfinite(row.baseline * row.ratio):
        return row.baseline * row.ratio
    return row.current if row.current is not None else math.nan


def _is_nearer(value: float, one: float, other: float) -> bool:
    """Whether a value is nearer to one than to the other, by ratios where they have any."""
    if min(value, one, other) > 0:
        value, one, other = math.log(value), math.log(one), math.log(other)
    return abs(value - one) < abs(value - other)
