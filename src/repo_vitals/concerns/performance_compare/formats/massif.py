"""Heap profiles of valgrind's massif (`massif.out.<pid>`), also several put together.

*Peak*: the largest of all snapshots' sums of heap, extra heap (what the allocator adds) and stacks. The snapshot that
massif marks as its peak may be 1 % lower (`--peak-inaccuracy`). *Average*: the integral of these sums over the
profile's time, by trapezoids from snapshot to snapshot, divided by the time between the first and the last; none where
no time passes. With `--pages-as-heap=yes` massif counts pages instead of heap, and with `--stacks=yes` stacks besides;
those are other quantities, named so and never compared with heap.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.programs import lines_of, program, report, starts_others, whole
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "massif"
_UNIT_LINE = re.compile(r"time_unit: (i|ms|B)")
_UNITS = {"i": "instructions", "ms": "milliseconds", "B": "allocated bytes"}
_FIELDS = ("time", "mem_heap_B", "mem_heap_extra_B", "mem_stacks_B")
_TREE = re.compile(r" *n(\d+): (\d+) ")
_MOST_SNAPSHOTS = 100_000       # massif keeps at most 1,000


def recognises(head: Head) -> bool:
    """Whether it is a profile of massif: options, command, unit of time and a snapshot, in this order."""
    lines = head.lines
    return bool(lines) and lines[0].startswith("desc:") and _told(lines[1:200])


def _told(lines: list[str]) -> bool:
    at = next((place for place, line in enumerate(lines) if _UNIT_LINE.fullmatch(line)), 0)
    # A command may hold line ends.
    return at > 0 and lines[0].startswith("cmd:")


@dataclass(kw_only=True)
class _Profile:
    """A process's profile as far as it is read."""

    options: str
    command: str = ""
    unit: str = ""
    snapshots: int = 0
    peak: int = 0
    begin: int = 0              # of its time, and where it is now
    now: int = 0
    total: int = 0              # of the last snapshot
    area: int = 0               # twice the integral of the totals over time

    def add(self, time: int, total: int) -> None:
        """The next snapshot."""
        if self.snapshots:
            self.area += (time - self.now) * (self.total + total)
        else:
            self.begin = time
        self.now, self.total, self.peak = time, total, max(self.peak, total)
        self.snapshots += 1


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    found = Found()
    reading = _Reading()
    for line, ended in lines_of(file):
        reading.line(line, ended=ended)
    reading.end()
    for profile in reading.profiles:
        _add(found, profile)
    return report(found, file, NAME, tool="valgrind massif")


class _Reading:
    """A profile's lines in their order."""

    def __init__(self) -> None:
        self.profiles: list[_Profile] = []
        self._header = False
        self._values: dict[str, int] = {}
        self._snapshot: int | None = None
        self._tree: int | None = None       # lines of the tree that are still to come

    def line(self, line: str, *, ended: bool) -> None:
        """The next. Raises Unreadable."""
        if self._header:
            self._head_line(line)
        elif line.startswith("desc:") and self._tree in (None, 0):
            self.end(is_last=not self.profiles)
            self.profiles.append(_Profile(options=line.removeprefix("desc:")))
            self._header = True
        elif not self.profiles:
            raise Unreadable("is no profile of massif: it does not begin with desc:")
        elif self._tree:
            self._tree_line(line)
        elif line and line != "#-----------":
            self._value_line(line, ended=ended)

    def end(self, *, is_last: bool = False) -> None:
        """No more lines of this profile. Raises Unreadable where it is not whole."""
        if not self.profiles:
            if not is_last:
                raise Unreadable("is no profile of massif")
            return
        profile = self.profiles[-1]
        if self._header or not profile.snapshots or self._snapshot is not None or self._tree:
            begun = bool(profile.snapshots) or self._snapshot is not None
            raise Unreadable(f"is cut off in snapshot {profile.snapshots:,}" if begun else
                             "is cut off before its first snapshot")
        self._tree = None

    def _head_line(self, line: str) -> None:
        profile = self.profiles[-1]
        if unit := _UNIT_LINE.fullmatch(line):
            if not profile.command:
                raise Unreadable("is no profile of massif: it names no command")
            profile.unit, self._header = unit[1], False
        elif not profile.command:
            if not line.startswith("cmd:"):
                raise Unreadable("is no profile of massif: it names no command")
            profile.command = line
        elif len(profile.command) < 1 << 20:
            profile.command += f" {line}"

    def _value_line(self, line: str, *, ended: bool) -> None:
        profile = self.profiles[-1]
        key, mark, value = line.partition("=")
        if key == "snapshot" and mark:
            if self._snapshot is not None or profile.snapshots >= _MOST_SNAPSHOTS:
                raise Unreadable(f"can't be read: snapshot {profile.snapshots:,} lacks a value")
            self._snapshot = whole(value)
            self._values = {}
        elif key in _FIELDS and mark and self._snapshot is not None:
            self._values[key] = whole(value)
        elif key == "heap_tree" and self._snapshot is not None and set(self._values) == set(_FIELDS):
            if value not in ("empty", "detailed", "peak"):
                raise Unreadable(f"is cut off in snapshot {profile.snapshots:,}")
            if self._values["time"] < profile.now:
                raise Unreadable(f"can't be read: time goes back in snapshot {profile.snapshots:,}")
            profile.add(self._values["time"], sum(self._values[name] for name in _FIELDS[1:]))
            self._snapshot, self._tree = None, int(value != "empty")
        elif not ended:
            raise Unreadable(f"is cut off in snapshot {profile.snapshots:,}")
        else:
            raise Unreadable(f"can't be read in snapshot {profile.snapshots:,}")

    def _tree_line(self, line: str) -> None:
        node = _TREE.match(f"{line} ")
        if node is None:
            raise Unreadable(f"is cut off in the tree of snapshot {self.profiles[-1].snapshots - 1:,}")
        self._tree = (self._tree or 0) - 1 + min(whole(node[1]), 1 << 31)


def _add(found: Found, profile: _Profile) -> None:
    options = profile.options.split()
    pages, stacks = "--pages-as-heap=yes" in options, "--stacks=yes" in options
    what = "pages" if pages else "heap and stacks" if stacks else "heap"
    command = profile.command.removeprefix("cmd:").strip()
    name = program(command)
    if starts_others(command):
        found.note("it is of a program that starts others (a shell or a build tool); massif profiles these only with "
                   "--trace-children=yes, each into a file of its own")
    found.add(f"{name}: peak {what}", profile.peak, "bytes", measures="peak_memory")
    if not profile.peak:
        found.note("it counts no memory at all; a program that is linked statically or brings its own allocator needs "
                   "--soname-synonyms=somalloc=NONE")
    span = profile.now - profile.begin
    if not span:
        found.note("no time passes between its snapshots, so there is no average")
        return
    by = "" if profile.unit == "i" else f" by {_UNITS[profile.unit]}"
    found.add(f"{name}: average {what}{by}", profile.area / (2 * span), "bytes", measures="average_memory")
