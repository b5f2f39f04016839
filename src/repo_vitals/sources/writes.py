"""Writing once: after an outcome that is not known, read before writing again."""
from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from repo_vitals.sources.http import OutcomeUnknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.sources.http import Transport

T = TypeVar("T")
MOST_WRITES = 3


def write_once(transport: Transport, perform: Callable[[], T], already_there: Callable[[], T | None]) -> T:
    """The result of `perform`, which is sent again only after `already_there` has looked and found nothing.

    The transport never repeats a write whose outcome it does not know (a time-out, a reset, a 5xx, an answer cut off):
    it raises OutcomeUnknown, and GitHub may or may not have done it. `already_there` reads, by a marker that the write
    carries, and returns what it finds or None. Raises OutcomeUnknown when that stays open, and whatever the two raise.
    """
    for attempt in range(1, MOST_WRITES + 1):
        try:
            return perform()
        except OutcomeUnknown:  # noqa: PERF203 - a loop of three network calls
            # A write that is still on its way in GitHub would not be seen yet, so a read at once proves nothing.
            rested = transport.patience.back_off(attempt + 1)
            found = already_there()
            if found is not None:
                return found
            if not rested or attempt == MOST_WRITES:
                raise
            transport.cost.retries += 1
    raise AssertionError("unreachable")
