"""Many small questions in few requests, fewer at a time when GitHub can't carry them."""
from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from repo_vitals.sources.http import TooHeavy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


def in_batches(entries: Sequence[T], size: int, ask: Callable[[Sequence[T], bool], None]) -> None:
    """Call `ask(batch, may_shrink)` for every batch of up to `size` entries, in order.

    A batch that is too heavy is asked for again in halves: what it had begun must leave nothing behind. A single
    entry is asked with `may_shrink` false, so that its failure is an error.
    """
    for start in range(0, len(entries), size):
        batch = entries[start:start + size]
        try:
            ask(batch, len(batch) > 1)
        except TooHeavy:
            if len(batch) == 1:
                raise
            in_batches(batch, (len(batch) + 1) // 2, ask)
