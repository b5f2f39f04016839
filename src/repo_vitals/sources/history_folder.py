"""A history in a folder, read. It may come out of a stranger's artifact: links in it are not followed, and nothing but
plain files is opened.

A writer puts its files into a journal first, and then the list of them, which is its decision: `delivery/history.py`.
"""
from __future__ import annotations

import contextlib
import json
import os
import stat
from typing import TYPE_CHECKING

from repo_vitals.errors import CallerError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.history import check_place, is_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

OURS = ".repo-vitals-"
JOURNAL = f"{OURS}journal"              # a folder: a writing that was decided on and may not have been carried out
DECIDED = "decided"                     # in it: the list of files, written last
_LARGEST = 100_000_000                  # bytes of one file


@dataclass(frozen=True)
class Decision:
    """What a writer made up its mind to do. Its files stand in the journal until they are moved to their places."""

    written: frozenset[str]
    removed: frozenset[str]


class Folder:
    """A history in a folder. Raises CallerError for what can't be read, or should not be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes | None:
        """A file's content; None where there is none."""
        return content_of(self.folder, path)

    def sizes(self) -> Mapping[str, int]:
        """Every file with its length in bytes."""
        with _readable(self.folder, ""):
            return {path: (self.folder / path).lstat().st_size for path in files_of(self.folder)
                    if (self.folder / path).exists()}

    def paths(self) -> Iterable[str]:
        """Every file."""
        return self.sizes()

    def total_with(self, new: Mapping[str, bytes]) -> int:
        """All bytes once these contents are in place."""
        return sum({**self.sizes(), **{path: len(content) for path, content in new.items()}}.values())

    def bring(self, paths: Iterable[str]) -> None:
        """Nothing: files of a folder are at hand."""

    def below(self, folder: str) -> list[str]:
        """Paths of the files in a folder and below, in order."""
        return files_of(self.folder, folder)


def content_of(folder: Path, path: str) -> bytes | None:
    """The content of a file of the history as it is after all that was decided on; None where there is none.

    Raises CallerError where it can't be read, or should not be.
    """
    check_place(path)
    decision = decided_in(folder)
    with _readable(folder, path):
        # A run that was killed while writing had made up its mind: what it decided on is read from its journal.
        if decision is not None and path in decision.removed:
            return None
        found = _content(folder, f"{JOURNAL}/{path}") if decision is not None and path in decision.written else None
        return found if found is not None else _content(folder, path)


def files_of(folder: Path, under: str = "") -> list[str]:
    """Paths of whatever is no folder, below a folder of the history or in all of it, after all that was decided on.

    Raises CallerError where it can't be read.
    """
    decision = decided_in(folder) or Decision(frozenset(), frozenset())
    before = f"{under}/" if under else ""
    with _readable(folder, under):
        refuse_links(folder, under)
        found = {f"{before}{below}" for below in _below(folder / under)}
    decided = {path for path in decision.written if path.startswith(before)}
    return sorted((found | decided) - decision.removed)


def decided_in(folder: Path) -> Decision | None:
    """What a writer decided on and may not have carried out. Raises CallerError for what none of ours wrote."""
    with _readable(folder, f"{JOURNAL}/{DECIDED}"):
        content = _content(folder, f"{JOURNAL}/{DECIDED}")
    if content is None:
        return None
    try:
        decided = json.loads(content)
        decision = Decision(frozenset(map(str, decided["written"])), frozenset(map(str, decided["removed"])))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CallerError(f"history: {quotable(str(folder / JOURNAL / DECIDED), limit=300)} is damaged; delete the "
                          f"folder {JOURNAL} to give up what was being written") from None
    for path in sorted(decision.written | decision.removed):
        if not is_place(path):
            raise CallerError(f"history: the journal in {quotable(str(folder), limit=300)} names "
                              f"{quotable(path, limit=100)}, which is no place in a history; delete the folder "
                              f"{JOURNAL}")
    return decision


def refuse_links(folder: Path, path: str) -> None:
    """Raises OSError where a folder on the way from the history's to `path`, or what is there, is a link."""
    place = folder
    for part in path.split("/"):
        place /= part
        try:
            found = place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return
        # Windows has another kind of link for folders, the junction.
        if stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == 0xA0000003:
            raise OSError(None, f"{quotable(part, limit=100)} is a link")


@contextlib.contextmanager
def _readable(folder: Path, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CallerError(f"history: {quotable(str(folder / path), limit=300)} can't be read "
                          f"({error.strerror or 'input/output error'})") from None


def _content(folder: Path, path: str) -> bytes | None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise OSError(None, "the history is not a folder")
        refuse_links(folder, path)
        # No device or pipe is waited for.
        flags = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_BINARY", "O_NOFOLLOW"))
        try:
            handle = os.open(folder / path, flags)
        except NotADirectoryError:
            return None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise OSError(None, "it is not a regular file")
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise OSError(None, f"it is longer than {_LARGEST} bytes")
        return content
    return None


def _below(place: Path) -> Iterator[str]:
    """Paths of what is no folder, seen from `place`; none that a history can't hold, however deep folders lie."""
    waiting = [""]
    while waiting:
        before = waiting.pop()
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(place / before) as found:
            for entry in found:
                path = f"{before}{entry.name}"
                if not is_place(path):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
                else:
                    yield path
