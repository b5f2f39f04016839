"""What earlier runs left behind: files of a history, read when they are asked for; and what this run wants kept.

Nothing is written here. `keep` notes what a later run should find, and `delivery/history.py` writes all of it at once.
Layout: `<command>/<owner>/<name>/…`, each file UTF-8 text of lines of JSON. A history may come out of a stranger's
artifact: links in it are not followed, and nothing but plain files is opened.
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repo_vitals.errors import CallerError
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OURS = ".repo-vitals-"
JOURNAL = f"{OURS}journal"              # a folder: a writing that was decided on and may not have been carried out
DECIDED = "decided"                     # in it: the list of files, written last
_LARGEST = 100_000_000                  # bytes of one file
_PART = re.compile(r"(?!\.{1,2}\Z)(?!\.repo-vitals-)[A-Za-z0-9._-]{1,255}", re.ASCII)


@dataclass(frozen=True)
class Decision:
    """What a writer made up its mind to do. Its files stand in the journal until they are moved to their places."""

    written: frozenset[str]
    removed: frozenset[str]


class History:
    """The history that a run reads from. Without a folder it is empty and keeps nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._kept: dict[str, str] = {}
        self._found: dict[str, str | None] = {}

    @property
    def keeps(self) -> bool:
        """Whether anything outlives this run."""
        return self.folder is not None

    @property
    def kept(self) -> Mapping[str, str]:
        """What is to be written, by path; empty text removes a file."""
        return self._kept

    @property
    def found(self) -> Mapping[str, str | None]:
        """What was read, by path: a fingerprint of the content, None where there was no file."""
        return self._found

    def read(self, path: str) -> str | None:
        """A file's text, None where there is none. What is not UTF-8 comes with replacement characters.

        Raises CallerError where the folder or the file can't be read.
        """
        if self.folder is None:
            return None
        if path in self._kept:
            return self._kept[path] or None
        content = content_of(self.folder, path)
        self._found[path] = fingerprint(content)
        return None if content is None else content.decode("utf-8", "replace")

    def files(self, under: str) -> list[str]:
        """Paths of whatever is no folder, in a folder of the history and below. Raises CallerError as `read` does."""
        if self.folder is None:
            return []
        decision = decided_in(self.folder) or Decision(frozenset(), frozenset())
        with _readable(self.folder, under):
            refuse_links(self.folder, under)
            found = {f"{under}/{below}" for below in _below(self.folder / under)}
        decided = {path for path in decision.written if path.startswith(f"{under}/")}
        return sorted((found | decided) - decision.removed)

    def keep(self, path: str, text: str) -> None:
        """Have a file written at the end of the run, in place of what is there; empty text removes it."""
        if self.folder is not None:
            _check(self.folder, path)
            self._kept[path] = text


def content_of(folder: Path, path: str) -> bytes | None:
    """The content of a file of the history as it is after all that was decided on; None where there is none.

    Raises CallerError where it can't be read, or should not be.
    """
    _check(folder, path)
    decision = decided_in(folder)
    with _readable(folder, path):
        # A run that was killed while writing had made up its mind: what it decided on is read from its journal.
        if decision is not None and path in decision.removed:
            return None
        found = _content(folder, f"{JOURNAL}/{path}") if decision is not None and path in decision.written else None
        return found if found is not None else _content(folder, path)


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
        if not _is_place(path):
            raise CallerError(f"history: the journal in {quotable(str(folder), limit=300)} names "
                              f"{quotable(path, limit=100)}, which is no place in a history; delete the folder "
                              f"{JOURNAL}")
    return decision


def fingerprint(content: bytes | None) -> str | None:
    """What tells one content from another."""
    return None if content is None else hashlib.sha256(content).hexdigest()


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


def _is_place(path: str) -> bool:
    return len(path) <= 1000 and all(_PART.fullmatch(part) for part in path.split("/"))


def _check(folder: Path, path: str) -> None:
    if not _is_place(path):
        raise CallerError(f"history: {quotable(str(folder), limit=300)} can't hold a file of the name "
                          f"{quotable(path, limit=100)}")


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
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(place) as found:
        for entry in found:
            if not _is_place(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from (f"{entry.name}/{below}" for below in _below(place / entry.name))
            else:
                yield entry.name
