"""Series divided into stretches of one level each, at the least penalised squared error. Pure; needs numpy."""
from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROWS = 32      # rows that are divided at once: what one step reads stays in the processor's cache
_PLACES = 250   # of a level's start in a long history
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
                out[first:end] = np.median(values)
    return filled


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
    places = _places(rows.shape[1])
    values = np.where(present, rows, 0.0)
    values = values - (values.sum(1) / np.maximum(present.sum(1), 1))[:, None] * present
    sums, numbers = _running(values)[:, places], _running(present.astype(float))[:, places]
    if present.all():
        numbers = numbers[:1]
    last = len(places) - 1
    # cost[:, j]: of the best division of the runs before place j, without their squares, which every division shares.
    cost = np.full(sums.shape, np.inf)
    cost[:, 0] = -penalties
    previous = np.zeros(sums.shape, dtype=np.intp)
    every = np.arange(len(rows))
    room = np.empty(sums.shape)
    for end in range(1, last + 1):
        least = shortest_last if end == last else shortest
        size = numbers[:, end, None] - numbers[:, :end]
        usable = int(np.searchsorted(-size.max(0), -least, "right"))        # sizes fall from left to right
        if not usable:
            continue
        size = size[:, :usable]
        total = np.subtract(sums[:, end, None], sums[:, :usable], out=room[:, :usable])
        np.multiply(total, total, out=total)
        np.divide(total, np.maximum(size, 1.0), out=total)
        if len(numbers) > 1:
            total[size < least] = -np.inf
        np.subtract(cost[:, :usable], total, out=total)
        best = total.argmin(1)
        previous[:, end] = best
        cost[:, end] = total[every, best] + penalties
    return [_followed(previous[row], places, present[row]) for row in range(len(rows))]


def _running(values: Floats) -> Floats:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def _followed(previous: NDArray[np.intp], places: NDArray[np.intp], present: NDArray[np.bool_]) -> list[int]:
    starts: list[int] = []
    end = len(places) - 1
    while (end := int(previous[end])) > 0:
        following = np.flatnonzero(present[places[end]:])
        starts.append(int(places[end] + following[0]))
    return starts[::-1]
