"""Where a history can lie, and the two places that nothing is written to. Folders and branches: history.py."""
from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from repo_vitals.sources.history import History

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class Place(Protocol):
    """Where a history lies."""

    def history(self) -> History:
        """What a run reads from, and notes what it wants kept in. Raises CallerError and CouldNotMeasure."""

    def write(self, history: History, *, at: datetime) -> Sequence[str]:
        """Write what a run wants kept; gives what to say about it. Raises CallerError and CouldNotMeasure."""


class Nowhere:
    """No history."""

    def history(self) -> History:
        """An empty one that keeps nothing."""
        return History()

    def write(self, history: History, *, at: datetime) -> Sequence[str]:  # noqa: ARG002 - as every place
        """Nothing."""
        return ()


class Unwritten:
    """A place that a run reads from and does not write to; `why` stands among the notes of its report."""

    def __init__(self, place: Place, why: str) -> None:
        self._place = place
        self._why = why

    def history(self) -> History:
        """What the place holds."""
        found = self._place.history()
        if found.keeps:
            found.remark(self._why)
        return found

    def write(self, history: History, *, at: datetime) -> Sequence[str]:  # noqa: ARG002 - as every place
        """Nothing, whatever the run wants kept."""
        return ()
