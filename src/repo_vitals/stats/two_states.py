"""Series that flip between two states, such as of memory that lies well or badly. Pure; needs numpy."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repo_vitals.stats.partitioning import median
from repo_vitals.stats.shared_noise import NORMAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST = 20             # values below which nothing is said
MOST = 2000             # and above which: the time that the shortest path takes grows with their square
_RAREST = 0.1           # share of the values in the rarer state: fewer are outliers
_OFTEN = 0.4            # share of the changes of state that runs in any order would have: with fewer they are steps
_SHARE_APART = 0.15     # of differences between neighbours that are flips, and
_SHARE_TOGETHER = 0.25  # that are none, at least
_WIDEST = 1 / 6         # spread of either kind of differences, as a share of what the states are apart
_NARROWEST = 1e-3       # spread within a state, which may be none at all, as a share of the same
_MOST_BETWEEN = 0.1     # share of differences that are neither
_JUMP = 6.0             # cost of a change of level, in units of log(runs) times the variance within a state
_CUT = 3.0              # deviations from a state at which a value is of none


def flips(row: Floats) -> Floats:
    """What of each value (NaN where missing) is due to the rarer of two states; 0 where a series has not two of them.

    A series is said to flip where the sizes of differences between neighbours fall into two heaps, one at 0 and one at
    what the states are apart, with next to nothing between: steps, which are few, can't make the second heap, and other
    noise can't make the gap. Which state a value is in is told by the course of levels that fits best when each value
    is at its level or one state above it (the shortest path through levels, as of Viterbi 1967). What is of neither
    state is left as it is. Squares of the values have to be numbers.
    """
    found = np.zeros(len(row))
    runs = np.flatnonzero(~np.isnan(row))
    values = row[runs]
    apart, spread = _apart(values)
    if not apart:
        return found
    rest = _away(values, apart, spread)
    states = [np.abs(rest) <= _CUT * spread, np.abs(rest - apart) <= _CUT * spread]
    rarer = int(states[1].sum() <= states[0].sum())
    share = states[rarer].mean()
    often = np.mean(states[rarer][1:] != states[rarer][:-1])
    if share >= _RAREST and often >= _OFTEN * 2 * share * (1 - share):
        found[runs[states[rarer]]] = apart if rarer else -apart
    return found


def _apart(values: Floats) -> tuple[float, float]:
    """What the states are apart, and the spread within one; zeros where there are not two."""
    if not FEWEST <= len(values) <= MOST:
        return 0.0, 0.0
    sizes = np.sort(np.abs(np.diff(values)))
    number = len(sizes)
    # Two heaps of the least squares, larger sizes cut off so that outliers make none.
    cut = np.minimum(sizes, 1.2 * sizes[int(0.9 * (number - 1))])
    low = np.arange(1, number)
    sums = np.cumsum(cut)
    first, second = sums[:-1] / low, (sums[-1] - sums[:-1]) / (number - low)
    border = int(np.argmax(low * (number - low) * (second - first) ** 2)) + 1
    near, far = sizes[:border], sizes[border:]
    if len(far) < _SHARE_APART * number or len(near) < _SHARE_TOGETHER * number:
        return 0.0, 0.0
    apart = median(far)
    within = median(near) / NORMAL
    between = np.mean((sizes > 0.3 * apart) & (sizes < 0.7 * apart))
    widest = max(within, median(np.abs(far - apart)) / NORMAL)
    if widest > _WIDEST * apart or between > _MOST_BETWEEN:
        return 0.0, 0.0
    return apart, max(within / float(np.sqrt(2)), _NARROWEST * apart)


def _away(values: Floats, apart: float, spread: float) -> Floats:
    """How far each value is above the level of its run. Squares from the nearer state, cut off, plus a cost for each
    change of level are least."""
    grid = spread / 2
    values = values - median(values)
    candidates = np.unique(np.round(np.concatenate([values, values - apart]) / grid)) * grid
    jump = _JUMP * np.log(len(values)) * spread**2
    total = np.zeros(len(candidates))
    came = np.empty((len(values), len(candidates)), dtype=np.int32)
    stay = np.arange(len(candidates), dtype=np.int32)
    for place, value in enumerate(values):
        best = int(np.argmin(total))
        came[place] = np.where(total[best] + jump < total, best, stay)
        rest = value - candidates
        nearer = np.minimum(np.abs(rest), np.abs(rest - apart))
        total = np.minimum(total, total[best] + jump) + np.minimum(nearer, _CUT * spread) ** 2
    path = np.empty(len(values), dtype=np.intp)
    path[-1] = int(np.argmin(total))
    for place in range(len(values) - 1, 0, -1):
        path[place - 1] = came[place, path[place]]
    return values - candidates[path]
