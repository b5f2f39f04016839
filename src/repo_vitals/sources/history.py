"""What earlier runs left behind: files of a history, read when they are asked for; and what this run wants kept.

Nothing is written here. `keep`, `record` and `add` note what a later run should find, and `delivery/history.py` writes
all of it at once. Layout: `<command>/<owner>/<name>/…` is what a monitor remembers, whole; `points/<command>/…` are the
figures of its reports, and `records/<command>/<owner>/<name>/<series>/…` what it remembers of single runs, both merged
line by line. `baselines/<command>/<owner>/<name>.jsonl` is what was wrong at first. Each file is UTF-8 text of lines of
JSON.
"""
from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Protocol

from repo_vitals.errors import CallerError
from repo_vitals.plain_text import quotable
from repo_vitals.sources.history_points import RECENT, file_of, merged, month_of, parse_month
from repo_vitals.sources.history_records import largest_group, parse_records
from repo_vitals.sources.history_records import merged as merged_records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from repo_vitals.sources.history_points import Point
    from repo_vitals.sources.history_records import Record

POINTS = "points"
RECORDS = "records"
BASELINES = "baselines"
DAMAGED = "damaged"                     # lines that can't be read are moved here, below it the path that they had
# Nothing that git would take for a repository, nor a name of our own, whatever the file system makes of case.
_PART = re.compile(r"(?!\.{1,2}\Z)(?!(?i:\.git\Z|git~\d|\.repo-vitals-))[A-Za-z0-9._-]{1,255}", re.ASCII)


class Content(Protocol):
    """What a history holds, wherever it lies."""

    def read(self, path: str) -> bytes | None:
        """A file's content; None where there is none. Raises CallerError where it can't be read."""

    def sizes(self) -> Mapping[str, int]:
        """Every file with its length in bytes."""

    def paths(self) -> Iterable[str]:
        """Every file that `sizes` gives."""

    def total_with(self, new: Mapping[str, bytes]) -> int:
        """All bytes once these contents are in place, empty ones removed."""

    def bring(self, paths: Iterable[str]) -> None:
        """Have some files at hand at once, where each would take a request of its own."""

    def below(self, folder: str) -> list[str]:
        """Paths of the files in a folder and below, in order."""


class History:
    """The history that a run reads from. Without content it is empty and keeps nothing."""

    def __init__(self, content: Content | None = None) -> None:
        self.content = content
        self._kept: dict[str, str] = {}
        self._found: dict[str, str | None] = {}
        self._added: dict[str, tuple[Point, ...]] = {}
        self._records: dict[str, tuple[Record, ...]] = {}
        self._notes: dict[str, None] = {}

    @property
    def keeps(self) -> bool:
        """Whether anything outlives this run."""
        return self.content is not None

    @property
    def kept(self) -> Mapping[str, str]:
        """What is to be written, by path; empty text removes a file."""
        return self._kept

    @property
    def found(self) -> Mapping[str, str | None]:
        """What was read, by path: a fingerprint of the content, None where there was no file."""
        return self._found

    @property
    def added(self) -> Mapping[str, tuple[Point, ...]]:
        """Points to be written, by the file that they go into, beside those that are there."""
        return self._added

    @property
    def added_records(self) -> Mapping[str, tuple[Record, ...]]:
        """Records to be written, by the file that they go into, beside those that are there."""
        return self._records

    @property
    def grows(self) -> bool:
        """Whether points or records are to be written."""
        return bool(self._added or self._records)

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._kept) or self.grows

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the report should know about the history, one line each."""
        return tuple(self._notes)

    def read(self, path: str) -> str | None:
        """A file's text, None where there is none. What is not UTF-8 comes with replacement characters.

        Raises CallerError where the folder or the file can't be read.
        """
        if self.content is None:
            return None
        if path in self._kept:
            return self._kept[path] or None
        content = self.content.read(path)
        self._found[path] = fingerprint(content)
        return None if content is None else content.decode("utf-8", "replace")

    def files(self, under: str) -> list[str]:
        """Paths of whatever is no folder, in a folder of the history and below. Raises CallerError as `read` does."""
        return [] if self.content is None else self.content.below(under)

    def keep(self, path: str, text: str) -> None:
        """Have a file written at the end of the run, in place of what is there; empty text removes it."""
        if self.content is not None:
            check_place(path)
            self._kept[path] = text

    def take(self, other: History) -> None:
        """Have everything written that another history of the same content wants kept, beside what this one does.

        What the other read counts as read, so that of runs at once none undoes what it did not know.
        """
        self._kept.update(other.kept)
        self._found.update(other.found)
        for path, points in other.added.items():
            self._added[path] = merged(self._added.get(path, ()), points)
        for path, records in other.added_records.items():
            self._records[path] = merged_records(self._records.get(path, ()), records)

    def remark(self, note: str) -> None:
        """Have a reader of the report know something about the history."""
        self._notes[note] = None

    def record(self, command: str, repository: str, points: Iterable[Point]) -> None:
        """Have a report's figures written at the end of the run; a point of the same key that is there is replaced."""
        if self.content is None:
            return
        for point in points:
            path = f"{points_folder(command, repository)}/{file_of(point.month)}"
            check_place(path)
            self._added[path] = merged(self._added.get(path, ()), (point,))

    def add(self, command: str, repository: str, series: str, records: Iterable[Record]) -> None:
        """Have records written at the end of the run; one of the same key that is there is replaced, if it is older.

        Of runs at once all records stand. `series`: a part of a path, whose records are read and thinned together.
        """
        if self.content is None:
            return
        for record in records:
            path = f"{records_folder(command, repository, series)}/{file_of(record.month)}"
            check_place(path)
            self._records[path] = merged_records(self._records.get(path, ()), (record,))

    def records(self, command: str, repository: str, series: str, *, most: int) -> list[Record]:
        """The newest records of a series, oldest first: whole months, until a group has at least `most` or there are no
        more. Raises CallerError and names damaged lines as `points` does.
        """
        under = records_folder(command, repository, series)
        months = self._months_in(under)
        found: tuple[Record, ...] = ()
        step = 2        # months; twice as many each time, so that a history that is far away is asked few times
        while months and largest_group(found) < most:
            newest = [f"{under}/{file_of(months.pop())}" for _ in range(min(step, len(months)))]
            step *= 2
            if self.content is not None:
                self.content.bring(newest)
            for path in newest:
                found = merged_records(self._file(path), found)
        return list(found)

    def points(self, command: str, repository: str, since: datetime) -> list[Point]:
        """The figures that a monitor recorded for a repository from `since` on, oldest first, by `Point.at`.

        Lines that are no points are left out and named in `notes`. Raises CallerError as `read` does, and for a file
        that a newer version wrote.
        """
        first = since.strftime("%Y-%m")
        months = [month for month in self._months(command, repository) if month >= first]
        if self.content is not None and months[:-RECENT]:       # the newest come with what the monitor remembers
            self.content.bring([f"{points_folder(command, repository)}/{file_of(month)}" for month in months])
        found = [point for month in months
                 for point in self._month(command, repository, month) if point.at >= since]
        return sorted(found, key=lambda point: (point.at, point.key))

    def last_run(self, command: str, repository: str) -> datetime | None:
        """When a monitor last recorded anything for a repository."""
        for month in reversed(self._months(command, repository)):
            points = self._month(command, repository, month)
            if points:
                return max(point.at for point in points)
        return None

    def recorded(self, repository: str) -> dict[str, datetime]:
        """Every monitor that ever recorded anything for a repository, with the time when it last did."""
        ending = f"/{repository.lower()}"
        commands = {path.split("/")[1] for path in self.files(POINTS) if path.rpartition("/")[0].endswith(ending)}
        if self.content is not None:
            # Whoever asks when monitors ran last asks for what they found then, too: at most the last year or so.
            self.content.bring([f"{points_folder(command, repository)}/{file_of(month)}" for command in sorted(commands)
                                for month in self._months(command, repository)[-14:]])
        last = {command: self.last_run(command, repository) for command in sorted(commands)}
        return {command: moment for command, moment in last.items() if moment is not None}

    def _months(self, command: str, repository: str) -> list[str]:
        return self._months_in(points_folder(command, repository))

    def _months_in(self, under: str) -> list[str]:
        found = (month_of(path[len(under) + 1:]) for path in self.files(under))
        return sorted(month for month in found if month is not None)

    def _month(self, command: str, repository: str, month: str) -> tuple[Point, ...]:
        path = f"{points_folder(command, repository)}/{file_of(month)}"
        content = None if self.content is None else self.content.read(path)
        if content is None:
            return ()
        found = parse_month(content.decode("utf-8", "replace"), path=path)
        self._name(found.damaged, path)
        return found.points

    def _file(self, path: str) -> tuple[Record, ...]:
        content = None if self.content is None else self.content.read(path)
        if content is None:
            return ()
        found = parse_records(content.decode("utf-8", "replace"), path=path)
        self._name(found.damaged, path)
        return found.records

    def _name(self, damaged: tuple[tuple[int, str], ...], path: str) -> None:
        if damaged:
            lines = ", ".join(str(number) for number, _ in damaged[:5]) + (" …" if damaged[5:] else "")
            self._notes[f"history: {len(damaged)} damaged line(s) of {path} were left out ({lines}); they are "
                        f"kept in {DAMAGED}/ when the file is next written"] = None


def points_folder(command: str, repository: str) -> str:
    """Where the points of a monitor about a repository are."""
    return f"{POINTS}/{command}/{repository.lower()}"


def records_folder(command: str, repository: str, series: str) -> str:
    """Where the records of a monitor about a repository are."""
    return f"{RECORDS}/{command}/{repository.lower()}/{series}"


def newest_of(paths: Iterable[str], commands: Collection[str], repository: str) -> list[str]:
    """What these monitors ask for first about a repository: of each folder of theirs the newest files."""
    ours = tuple(f"{command}/{repository}".lower() for command in commands)
    folders: dict[str, list[str]] = {}
    for path in sorted(paths):
        first, _, rest = path.lower().partition("/")
        place = rest if first in (POINTS, RECORDS, BASELINES) else path.lower()
        if place.startswith(tuple(f"{one}/" for one in ours)) or (
                first == BASELINES and place.removesuffix(".jsonl") in ours):
            folders.setdefault(path.rpartition("/")[0], []).append(path)
    return [path for found in folders.values() for path in found[-RECENT:]]


def is_place(path: str) -> bool:
    """Whether a history can hold a file of that path."""
    return len(path) <= 1000 and all(_PART.fullmatch(part) for part in path.split("/"))


def fingerprint(content: bytes | None) -> str | None:
    """What tells one content from another."""
    return None if content is None else hashlib.sha256(content).hexdigest()


def check_place(path: str) -> None:
    """Raises CallerError where a history can't hold a file of that path."""
    if not is_place(path):
        raise CallerError(f"history: it can't hold a file of the name {quotable(path, limit=100)}")
