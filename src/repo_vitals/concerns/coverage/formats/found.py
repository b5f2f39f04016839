"""What a reader finds in a report, within bounds, and the values that it may believe."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.facts import FileCoverage
from repo_vitals.concerns.coverage.lines import MOST_LINES
from repo_vitals.concerns.coverage.union import united
from repo_vitals.sources.report_files import Unreadable
from repo_vitals.sources.report_values import LONGEST_COUNT, shown, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LARGEST_FILE = 8 * 1024 * 1024      # characters of what JSON tells of one file, where that is held whole
MOST_FILES = 500_000
MOST_FUNCTIONS = 2_000_000
MOST_ARMS = 10_000              # branches of one line
MOST_BRANCHES = 300_000         # of one file
MOST_HELD = 200_000_000         # bytes for lines of all files
LONGEST_NAME = 1_000            # characters of a path or name that are kept
_ARMS_HELD = 200                # bytes, about, that branches of one line take


@dataclass(kw_only=True)
class Found:
    """A report as it was read: `files` by the paths that stand in it.

    `sources` are folders that such paths may start at. `root_lines` are covered and coverable lines as the report
    counts them itself, `root_ratio` its own ratio. `paths` says what kind they are: "file", "go" (a module's path
    first), "package" (folders of a package, below unknown source folders). `totals_only`: what stands in `files` are no
    files, but packages or the whole report. `groups` are the groups of files whose key is the group's name, a NUL and
    the path.
    """

    files: dict[str, FileCoverage] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    tool: str = ""
    paths: str = "file"
    totals_only: bool = False
    root_ratio: float | None = None
    root_lines: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)
    written_at: datetime | None = None
    functions: int = 0
    held: int = 0

    def file(self, path: str) -> FileCoverage:
        """What is known of a file so far."""
        found = self.files.get(path)
        if found is None:
            if not path.strip():
                raise Unreadable("names a file without a name")
            if len(path) > LONGEST_NAME:
                raise Unreadable(f"names a file by {len(path):,} characters")
            if len(self.files) >= MOST_FILES:
                raise Unreadable(f"names more than {MOST_FILES:,} files")
            found = self.files[path] = FileCoverage()
        return found

    def places(self) -> dict[str, tuple[str, str]]:
        """Each file's group and its path, by its key."""
        return {key: (group, key[len(group) + 1:]) if (group := self.groups.get(key)) else ("", key)
                for key in self.files}

    def function(self, file: FileCoverage, name: str, line: int, *, ran: bool) -> None:
        """Takes note of a function."""
        key = (name[:LONGEST_NAME], line)
        known = file.functions.get(key)
        if known is None:
            self.functions += 1
            if self.functions > MOST_FUNCTIONS:
                raise Unreadable(f"names more than {MOST_FUNCTIONS:,} functions")
        file.functions[key] = ran or bool(known)

    def holds(self, more: int) -> None:
        """Takes note of how many bytes lines came to take, which a few numbers far apart can make many."""
        self.held += more
        if self.held > MOST_HELD:
            raise Unreadable("names more lines than can be held")

    def branches(self, file: FileCoverage, kind: str, arms: Mapping[int, tuple[int, int]]) -> None:
        """Takes note of branches of lines, each as bits and count."""
        if arms:
            known = file.arms.setdefault(kind, {})
            before = len(known)
            for line, told in arms.items():
                known[line] = united(known.get(line), told)
            self.holds(_ARMS_HELD * (len(known) - before))

    def note(self, text: str) -> None:
        """Adds a note once."""
        if text not in self.notes:
            self.notes.append(text)


def count(text: str, what: str) -> int:
    """A count as it stands in a report."""
    if not (text.isascii() and text.isdigit()):
        raise Unreadable(f"has {shown(text)} for {what}, which is no count")
    if len(text) > LONGEST_COUNT:
        raise Unreadable(f"has a number of {len(text):,} digits for {what}")
    return int(text)


def line_number(text: str) -> int:
    """A line's number, 0 among them: some tools give it to what stands on no line."""
    number = count(text, "a line's number")
    if number > MOST_LINES:
        raise Unreadable(f"names line {number:,}; no more than {MOST_LINES:,} are read")
    return number


def ratio(text: str | None, what: str) -> float | None:
    """A ratio from 0 to 1, which a report may leave out. NaN stands for nothing to measure in several tools."""
    if text is None or text.strip().lower() in ("", "nan", "-nan"):
        return None
    try:
        found = float(text)
    except ValueError:
        raise Unreadable(f"has {shown(text)} for {what}, which is no number") from None
    # Some tools add rates up, with the errors of floating-point numbers.
    if not -1e-6 <= found <= 1 + 1e-6:
        raise Unreadable(f"has {shown(text)} for {what}, which is not between 0 and 1")
    return min(max(found, 0.0), 1.0)


def part(covered: int, valid: int, what: str) -> tuple[int, int]:
    """A share as two counts."""
    if covered > valid:
        raise Unreadable(f"counts {covered:,} covered of {valid:,} {what}")
    return covered, valid


def number_of_line(value: object) -> int:
    """A line's number in JSON; 0 as in `line_number`."""
    number = whole_number(value, "a line's number")
    if number > MOST_LINES:
        raise Unreadable(f"names line {number:,}; no more than {MOST_LINES:,} are read")
    return number
