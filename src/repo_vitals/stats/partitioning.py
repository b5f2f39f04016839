"""The division of many series into stretches of one level each, at the least penalised squared error. Pure; needs numpy."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROWS = 32      # rows that are divided at once: what one step reads stays in the processor's cache


def partitions(rows: Floats, penalties: Floats, *, shortest: int, shortest_last: int) -> list[list[int]]:
    """For each row (series × runs, NaN where missing) the runs at which a new level starts.

    Minimises Σ squared deviations from the stretches' means + penalty · number of stretches, over all divisions whose
    stretches hold at least `shortest` values, the newest one `shortest_last`: optimal partitioning (Jackson et al. 2005;
    Killick, Fearnhead and Eckley 2012, section 2). Penalties are in squared units of the rows. Each index is a run that
    has a value. Quadratic in the number of runs; a row with too few values has no division.
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
    return list(zip(borders, borders[1:]))  # noqa: B905 - one shorter by intent


def _divided(rows: Floats, penalties: Floats, shortest: int, shortest_last: int) -> list[list[int]]:
    count, length = rows.shape
    present = ~np.isnan(rows)
    whole = bool(present.all())
    values = np.where(present, rows, 0.0)
    values = values - (values.sum(1) / np.maximum(present.sum(1), 1))[:, None] * present
    numbers, sums, squares = (_running(part) for part in (present.astype(float), values, values * values))
    # cost[:, t]: of the best division of the first t runs; kept without the sum of squares, which every division shares.
    cost = np.full((count, length + 1), np.inf)
    cost[:, 0] = -penalties
    previous = np.zeros((count, length + 1), dtype=np.intp)
    every = np.arange(count)
    room, divisor = np.empty((count, length + 1)), np.empty((count, length + 1))
    backwards = 1.0 / np.arange(length + 1, 0, -1)      # 1/(t − k) for k below t, as the end of this
    for end in range(min(shortest, shortest_last), length + 1):
        least = shortest_last if end == length else shortest
        starts = end - least + 1
        if starts < 1:
            continue
        total = np.subtract(sums[:, end, None], sums[:, :starts], out=room[:, :starts])
        np.multiply(total, total, out=total)
        if whole:
            np.multiply(total, backwards[length + 1 - end:length + 1 - end + starts], out=total)
        else:
            size = np.subtract(numbers[:, end, None], numbers[:, :starts], out=divisor[:, :starts])
            few = size < least
            np.divide(total, np.maximum(size, 1.0), out=total)
            total[few] = -np.inf
            # The runs before the first `shortest` values are no stretch of their own; all of them together are one.
            total[:, 0] = np.where(few[:, 0], 0.0, total[:, 0])
        np.subtract(cost[:, :starts], total, out=total)
        best = total.argmin(1)
        previous[:, end] = best
        cost[:, end] = total[every, best] + penalties
    return [_followed(previous[row], present[row]) for row in range(count)]


def _running(values: Floats) -> Floats:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def _followed(previous: NDArray[np.intp], present: NDArray[np.bool_]) -> list[int]:
    starts: list[int] = []
    end = len(present)
    while (end := int(previous[end])) > 0:
        following = np.flatnonzero(present[end:])
        starts.append(end + int(following[0]))
    return starts[::-1]
