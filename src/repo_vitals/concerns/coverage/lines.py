"""Which lines of a file can be covered and which are, in little more than a byte a line."""
from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_LINES = 10_000_000         # of one file; a line beyond is refused
_UNCOVERED, _COVERED = 1, 2
_OF_BOTH = bytes([0, _UNCOVERED, _COVERED, _COVERED, *range(4, 256)])     # uncovered in one and covered in the other
_NOTHING_TO_UNCOVERED = bytes([_UNCOVERED, _UNCOVERED, _COVERED, *range(3, 256)])
# A line that lies far beyond the last is kept apart, with its number, until lines lie densely enough: so that a file
# never takes more than about this many bytes a line, however far apart hostile ones lie.
_SPREAD = 16


class Lines:
    """Coverable lines, numbered from 1; a line that ran in any report is covered.

    Lines below 1 or above `MOST_LINES` are ValueErrors.
    """

    __slots__ = ("_apart", "_settle_at", "_states")

    def __init__(self) -> None:
        self._states = bytearray()
        self._apart: array[int] | None = None       # twice the number, and one more where it ran
        self._settle_at = _SPREAD

    def mark(self, number: int, *, ran: bool) -> None:
        """Takes note of a coverable line."""
        states = self._states
        if not 0 < number <= MOST_LINES:
            raise ValueError(number)
        if number >= len(states):
            if number >= len(states) + _SPREAD:
                self._keep_apart(number, ran=ran)
                return
            states.extend(bytes(number + 1 - len(states)))
        if ran:
            states[number] = _COVERED
        elif not states[number]:
            states[number] = _UNCOVERED

    def mark_all(self, numbers: Sequence[int], *, ran: bool) -> None:
        """Takes note of many coverable lines, much faster than one by one."""
        if not numbers:
            return
        states = self._states
        last = max(numbers)
        if min(numbers) < 1 or last >= len(states) + len(numbers) * _SPREAD or last > MOST_LINES:
            for number in numbers:
                self.mark(number, ran=ran)
            return
        if last >= len(states):
            states.extend(bytes(last + 1 - len(states)))
        if ran:
            for number in numbers:
                states[number] = _COVERED
        else:
            for number in numbers:
                if not states[number]:
                    states[number] = _UNCOVERED

    def mark_range(self, first: int, last: int, *, ran: bool) -> None:
        """Takes note of the lines from `first` to `last`, both included."""
        if not 0 < first <= last <= MOST_LINES:
            raise ValueError(first, last)
        if last - first < _SPREAD or last >= len(self._states) + (last - first + 1) * _SPREAD:
            self.mark_all(range(first, last + 1), ran=ran)
            return
        states = self._states
        if last >= len(states):
            states.extend(bytes(last + 1 - len(states)))
        size = last + 1 - first
        states[first:last + 1] = (bytes([_COVERED]) * size if ran else
                                  states[first:last + 1].translate(_NOTHING_TO_UNCOVERED))

    def unite(self, other: Lines) -> None:
        """Takes note of all that another knows."""
        other._settle()
        states, theirs = self._states, other._states
        size = len(theirs)
        states.extend(bytes(max(size - len(states), 0)))
        # As two large numbers: line by line, the ten million that a short report can claim take ten seconds.
        both = int.from_bytes(states[:size], "little") | int.from_bytes(theirs, "little")
        states[:size] = both.to_bytes(size, "little").translate(_OF_BOTH)
        for apart in other._apart or ():
            self.mark(apart >> 1, ran=bool(apart & 1))

    def __iter__(self) -> Iterator[tuple[int, bool]]:
        """Each coverable line and whether it ran, in order."""
        self._settle()
        for number, state in enumerate(self._states):
            if state:
                yield number, state == _COVERED
        for both in self._apart or ():
            yield both >> 1, bool(both & 1)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Lines) else NotImplemented

    def __hash__(self) -> int:
        raise TypeError("lines change")

    def __repr__(self) -> str:
        return f"Lines({dict(self)})"

    @property
    def covered(self) -> int:
        """How many lines ran."""
        self._settle()
        return self._states.count(_COVERED) + sum(both & 1 for both in self._apart or ())

    @property
    def valid(self) -> int:
        """How many lines can be covered."""
        self._settle()
        return len(self._states) - self._states.count(0) + len(self._apart or ())

    @property
    def last(self) -> int:
        """The last line that can be covered; 0 where there is none."""
        self._settle()
        if self._apart:
            return self._apart[-1] >> 1
        return max(self._states.rfind(_COVERED), self._states.rfind(_UNCOVERED), 0)

    @property
    def held(self) -> int:
        """About how many bytes the lines take."""
        return len(self._states) + 4 * len(self._apart or ())

    def _keep_apart(self, number: int, *, ran: bool) -> None:
        if self._apart is None:
            self._apart = array("I")
        self._apart.append(number << 1 | ran)
        if len(self._apart) >= self._settle_at:
            self._settle()

    def _settle(self) -> None:
        """Each line once, in order; those that lie densely go to the others."""
        if not self._apart:
            return
        # Of a line that ran and did not, the one that ran comes last.
        found = {both >> 1: bool(both & 1) for both in sorted(self._apart)}
        states = self._states
        self._apart = None
        last = next(reversed(found))
        if last < len(states) + len(found) * _SPREAD:
            states.extend(bytes(max(last + 1 - len(states), 0)))
        inside = {number: ran for number, ran in found.items() if number < len(states)}
        for number, ran in inside.items():
            states[number] = max(states[number], _COVERED if ran else _UNCOVERED)
        if len(inside) < len(found):
            self._apart = array("I", (number << 1 | ran for number, ran in found.items() if number not in inside))
        self._settle_at = max(_SPREAD, 2 * len(self._apart or ()))
