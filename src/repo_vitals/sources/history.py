"""What earlier runs left behind: files of a history, read when they are asked for; and what this run wants kept.

Nothing is written here. `keep` notes what a later run should find, and `delivery/history.py` writes all of it at once.
Layout: `<command>/<owner>/<name>/…`, each file UTF-8 text of lines of JSON.
"""
from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from repo_vitals.errors import CallerError
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

JOURNAL = ".repo-vitals-journal"        # a folder: a writing that was decided on and may not have been carried out
DECIDED = "decided"                     # in it: the list of files, written last
_LARGEST = 100_000_000                  # bytes of one file


class History:
    """The history that a run reads from. Without a folder it is empty and keeps nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._kept: dict[str, str] = {}

    @property
    def keeps(self) -> bool:
        """Whether anything outlives this run."""
        return self.folder is not None

    @property
    def kept(self) -> Mapping[str, str]:
        """What is to be written, by path; empty text removes a file."""
        return self._kept

    def read(self, path: str) -> str | None:
        """A file's text, None where there is none. What is not UTF-8 comes with replacement characters.

        Raises CallerError where the folder or the file can't be read.
        """
        if self.folder is None:
            return None
        if path in self._kept:
            return self._kept[path] or None
        try:
            # A run that was killed while writing had made up its mind: what it decided on is read from its journal.
            found = self._content(self.folder / JOURNAL / path) if self._journal() else None
            return found if found is not None else self._content(self.folder / path)
        except OSError as error:
            raise CallerError(f"history: {quotable(str(self.folder / path), limit=300)} can't be read "
                              f"({error.strerror or 'input/output error'})") from None

    def keep(self, path: str, text: str) -> None:
        """Have a file written at the end of the run, in place of what is there; empty text removes it."""
        if self.folder is not None:
            self._kept[path] = text

    def _journal(self) -> bool:
        assert self.folder is not None  # noqa: S101 - the caller has looked
        return (self.folder / JOURNAL / DECIDED).is_file()

    def _content(self, path: Path) -> str | None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            # A history may come out of a stranger's artifact: no device or pipe is waited for.
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise OSError(None, "it is not a regular file")
                content = file.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                raise OSError(None, f"it is longer than {_LARGEST} bytes")
            return content.decode("utf-8", "replace")
        return None
