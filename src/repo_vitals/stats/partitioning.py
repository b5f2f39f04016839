"""Series divided into stretches of one level each, at the least penalised squared error. Pure; needs numpy."""
from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROWS = 128     # rows that are divided at once: what one step reads stays in the processor's cache
_PLACES = 160   # of a level's start in a long history
_RECENT = 60    # newest runs, each of which is one


def partitions(rows: Floats, penalties: Floats, *, shortest: int, shortest_last: int) -> list[list[int]]:
    """For each row (a series; NaN where a run has no value) the runs at which a new level starts.

    Minimises the squared deviations from the stretches' means plus a penalty a stretch, over all divisions whose
    stretches hold at least `shortest` values, the newest one `shortest_last`: optimal partitioning (Jackson et al.
    2005; Killick, Fearnhead and Eckley 2012, section 2). Penalties are in squared units of the rows. Each index is a
    run that has a value. Quadratic in the number of runs up to some hundreds; in longer histories a start is found to
    within a few runs, except among the newest. A row with too few values has no division.
    """
    found: list[list[int]] = []
    for start in range(0, len(rows), _ROWS):
        found += _divided(rows[start:start + _ROWS], penalties[start:start + _ROWS], shortest, shortest_last)
    return found


def levels(rows: Floats, starts: Sequence[Sequence[int]]) -> Floats:
    """Each stretch's median in place of its values, NaN where it has none."""
    filled = np.full_like(rows, np.nan)
    for row, points, out in zip(rows, starts, filled, strict=True):
        for first, end in stretches(points, len(row)):
            values = row[first:end]
            values = values[~np.isnan(values)]
            if len(values):
                out[first:end] = median(values)
    return filled


def median(values: Floats) -> float:
    """Of a row without NaN that has values; for few of them much faster than numpy's."""
    middle = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, middle)[middle])
    low, high = np.partition(values, (middle - 1, middle))[middle - 1:middle + 1]
    return float(low + high) / 2


def stretches(starts: Sequence[int], length: int) -> list[tuple[int, int]]:
    """The stretches between the starts as (first, end)."""
    borders = [0, *starts, length]
    return list(pairwise(borders))


def _places(runs: int) -> NDArray[np.intp]:
    """Where a level may start or end: everywhere, or in a long history every few runs, except near its end."""
    step = max(1, runs // _PLACES)
    recent = max(0, runs - _RECENT)
    return np.concatenate([np.arange(0, recent, step), np.arange(recent, runs + 1)])


def _divided(rows: Floats, penalties: Floats, shortest: int, shortest_last: int) -> list[list[int]]:
    present = ~np.isnan(rows)
    division = _Division(rows, present, shortest, shortest_last)
    # cost[j]: of the best division of the runs before place j, without their squares, which every division shares.
    cost = np.full(division.sums.shape, np.inf)
    cost[0] = -penalties
    for end in range(1, len(cost)):
        if division.usable[end]:
            np.add(np.minimum.reduce(division.costs(cost, end), axis=0), penalties, out=cost[end])
    return [division.starts(cost, row, present[row]) for row in range(len(rows))]


class _Division:
    """What is read at every place while some rows are divided: a column a row, so that it lies in one piece."""

    def __init__(self, rows: Floats, present: NDArray[np.bool_], shortest: int, shortest_last: int) -> None:
        self.places = _places(rows.shape[1])
        values = np.where(present, rows, 0.0)
        values = values - (values.sum(1) / np.maximum(present.sum(1), 1))[:, None] * present
        self.sums = np.ascontiguousarray(_running(values)[:, self.places].T)
        self._least = np.full(len(self.places), shortest)
        self._least[-1] = shortest_last
        self.usable: list[int] = np.searchsorted(self.places, self.places - self._least, "right").tolist()
        self._numbers = (None if present.all()
                         else np.ascontiguousarray(_running(present.astype(np.float64))[:, self.places].T))
        self._shares = 1 / np.maximum(self.places[:, None] - self.places, 1)[:, :, None]
        self._room = np.empty(self.sums.shape)

    def costs(self, cost: Floats, end: int, columns: slice = slice(None)) -> Floats:
        """Of each row the cost of the runs before place `end` by where their last level starts, but for its penalty."""
        usable = self.usable[end]
        gained = self._room[:usable, columns]
        np.subtract(self.sums[:usable, columns], self.sums[end, columns], out=gained)
        np.multiply(gained, gained, out=gained)
        if self._numbers is None:
            np.multiply(gained, self._shares[end, :usable], out=gained)
        else:
            size = self._numbers[end, columns] - self._numbers[:usable, columns]
            np.divide(gained, np.maximum(size, 1.0), out=gained)
            gained[size < self._least[end]] = -np.inf
        return np.subtract(cost[:usable, columns], gained, out=gained)

    def starts(self, cost: Floats, row: int, present: NDArray[np.bool_]) -> list[int]:
        """Those of the best division of a row: the runs with values from which its levels go."""
        found: list[int] = []
        end = len(cost) - 1
        while self.usable[end] and (end := int(np.argmin(self.costs(cost, end, slice(row, row + 1))))):
            found.append(int(self.places[end] + np.argmax(present[self.places[end]:])))
        return found[::-1]


def _running(values: Floats) -> Floats:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
