"""The reports that a command of `performance-compare ab` writes: those of this run, and nothing of an earlier one."""
from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.runs import current_of, runs_of, together
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from repo_vitals.concerns.performance_compare.facts import Result

_LARGEST = 1_000_000_000        # bytes of a report
_PIECE = 1 << 20


@dataclass(frozen=True)
class _Stamp:
    """A file as it is; what it holds, if that can be read."""

    changed: int        # nanoseconds
    size: int
    number: int         # of its inode
    digest: bytes | None = None


Before = dict["Path", _Stamp]


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Those that a version's command writes."""

    patterns: tuple[str, ...]
    folder: Path
    named_by: str

    def before(self) -> Before:
        """The reports that are there already, so that none is taken for what a command did not write."""
        try:
            return {file.path: stamp for file in self._selected() if (stamp := _stamp(file.path)) is not None}
        except InputError:      # it is to be written yet
            return {}

    def read(self, before: Before) -> tuple[tuple[Result, ...], frozenset[str]]:
        """What the command wrote since: each benchmark once, and the names of those that gave no value.

        Of a report that holds several runs a benchmark's samples are what each of them comes to: however many they are,
        they are one side of one pair. Raises InputError.
        """
        from repo_vitals.concerns.performance_compare.reading import read_all

        files = [file for file in self._selected() if not _is_same(file.path, before.get(file.path))]
        if not files:
            raise InputError(f"{self.named_by}: the command wrote none of them anew; what an earlier run wrote does "
                             "not count")
        for file in files:
            if _is_longer(file.path, before.get(file.path)):
                raise self._wrong(file.shown, "was appended to and holds earlier runs as well; let the command write "
                                              "it anew each time")
        reports, unusable = read_all(files, named_by=self.named_by)
        for one in unusable:
            raise self._wrong(one.shown, one.why)
        for report in reports:
            if report.run_commits:
                raise self._wrong(report.shown, "is a history; name the report of a single run")
        results = tuple(together(runs_of(current_of(report) for report in reports)).values())
        failed = frozenset(one.name for report in reports for one in report.failed)
        if not results and not failed:
            raise InputError(f"{self.named_by}: the command wrote no benchmark")
        return results, failed

    def _selected(self) -> Sequence[Any]:
        from repo_vitals.concerns.performance_compare.reading import select

        return select(self.patterns, folder=str(self.folder), confined=False, named_by=self.named_by,
                      largest=_LARGEST).files

    def _wrong(self, shown: str, why: str) -> InputError:
        return InputError(f'{self.named_by}: "{quotable(shown)}" {why}')


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _Stamp(found.st_mtime_ns, found.st_size, found.st_ino, _digest(path, found.st_size))


def _is_same(path: Path, before: _Stamp | None) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return before is not None and (before.changed, before.size, before.number) == (
        found.st_mtime_ns, found.st_size, found.st_ino)


def _is_longer(path: Path, before: _Stamp | None) -> bool:
    """Whether a file begins with all that it held before, and goes on."""
    if before is None or before.digest is None or not 0 < before.size < path.stat().st_size:
        return False
    return _digest(path, before.size) == before.digest


def _digest(path: Path, size: int) -> bytes | None:
    """Of a file's first bytes; None if they can't be read."""
    found = hashlib.blake2b()
    try:
        with path.open("rb") as file:
            while size > 0 and (piece := file.read(min(size, _PIECE))):
                found.update(piece)
                size -= len(piece)
    except OSError:
        return None
    return None if size else found.digest()
