"""How fast a run may write: GitHub takes 80 writes a minute and 500 an hour, and asks for a second between two."""
from __future__ import annotations

import time
from typing import TYPE_CHECKING

from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_BETWEEN = 1.0       # so that no minute has more than 60
MOST_WRITES = 450           # of one run; other workflows of the hour need some too


class TooManyWrites(CouldNotMeasure):
    """This run has written as much as one may; the next goes on."""


class Pace:
    """Lets one write after another through, each a second after the one before it."""

    def __init__(self, *, sleep: Callable[[float], object] | None = None, clock: Callable[[], float] = time.monotonic,
                 ) -> None:
        self._sleep = sleep or time.sleep
        self._clock = clock
        self._last: float | None = None
        self.written = 0

    def wait(self) -> None:
        """Before each write. Raises TooManyWrites."""
        if self.written >= MOST_WRITES:
            raise TooManyWrites(f"{MOST_WRITES} writes are as many as one run makes, since GitHub takes 500 an hour; "
                                "the next run goes on")
        if self._last is not None:
            rest = self._last + SECONDS_BETWEEN - self._clock()
            if rest > 0:
                self._sleep(rest)
        self._last = self._clock()
        self.written += 1
