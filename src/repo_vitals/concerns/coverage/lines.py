"""Which lines of a file can be covered and which are, in a byte a line."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNCOVERED, _COVERED = 1, 2


class Lines:
    """Coverable lines, numbered from 1; a line that ran in any report is covered."""

    __slots__ = ("_states",)

    def __init__(self) -> None:
        self._states = bytearray()

    def mark(self, number: int, *, ran: bool) -> None:
        """Takes note of a coverable line."""
        states = self._states
        if number >= len(states):
            states.extend(bytes(number + 1 - len(states)))
        states[number] = max(states[number], _COVERED if ran else _UNCOVERED)

    def __iter__(self) -> Iterator[tuple[int, bool]]:
        """Each coverable line and whether it ran, in order."""
        return ((number, state == _COVERED) for number, state in enumerate(self._states) if state)

    @property
    def covered(self) -> int:
        """How many lines ran."""
        return self._states.count(_COVERED)

    @property
    def valid(self) -> int:
        """How many lines can be covered."""
        return len(self._states) - self._states.count(0)
