"""What of a change's added lines ran. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.totals import Count
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.coverage.facts import Added, FileCoverage

Range = tuple[int, int]         # first and last line


@dataclass(frozen=True, kw_only=True)
class PatchFile:
    """A file's added lines that can be covered."""

    path: str
    lines: Count
    uncovered: tuple[Range, ...]


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A change's added lines that can be covered."""

    files: tuple[PatchFile, ...] = ()           # those with such lines, by path
    unreported: int = 0                         # files with added lines that no report names: tests, documents …
    without_lines: int = 0                      # files of which reports tell totals and no lines

    @property
    def lines(self) -> Count:
        """All files' lines."""
        return sum((file.lines for file in self.files), Count())


def patch_of(added: Added, files: Mapping[str, FileCoverage]) -> Patch:
    """Coverable added lines against what ran."""
    found, unreported, without = [], 0, 0
    for path, ranges in sorted(added.files.items()):
        file = files.get(path)
        if file is None:
            unreported += 1
        elif not file.lines.valid and file.summary is not None:
            without += 1
        else:
            states = _within(file, ranges)
            if states:
                covered = sum(ran for _, ran in states)
                found.append(PatchFile(path=path, lines=Count(covered, len(states)), uncovered=_joined(states, ranges)))
    return Patch(files=tuple(found), unreported=unreported, without_lines=without)


def _within(file: FileCoverage, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, bool]]:
    """The coverable lines of the ranges, in order, and whether each ran."""
    waiting = sorted(ranges, reverse=True)
    found = []
    for number, ran in file.lines:
        while waiting and number >= sum(waiting[-1]):
            waiting.pop()
        if waiting and number >= waiting[-1][0]:
            found.append((number, ran))
    return found


def _joined(states: Sequence[tuple[int, bool]], ranges: Sequence[tuple[int, int]]) -> tuple[Range, ...]:
    """Uncovered lines as ranges, joined where only added lines that can't be covered lie between."""
    # The range in which a line was added: what lies between two lines of one is added too.
    starts = sorted(start for start, _ in ranges)
    joined: list[list[int]] = []
    last: tuple[int, int] | None = None         # the line and its range, of an uncovered line just before
    place = 0
    for number, ran in states:
        while place + 1 < len(starts) and starts[place + 1] <= number:
            place += 1
        if ran:
            last = None
            continue
        if last is not None and (last[1] == place or last[0] + 1 == number):
            joined[-1][1] = number
        else:
            joined.append([number, number])
        last = number, place
    return tuple((first, end) for first, end in joined)
