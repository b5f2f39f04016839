"""Writes what a run wants kept into a history folder: all of it or nothing, whoever else writes and whenever it dies.

The files are first written into a journal beside the history, then the list of them, which is the decision, and then
moved to their places. A writer that dies before the decision leaves the history as it was; one that dies after it
leaves a journal that readers look into and the next writer carries out.
"""
from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING

from repo_vitals.delivery.files import write_aside
from repo_vitals.delivery.history_changes import DEFAULT_LIMIT, changes, tidied
from repo_vitals.errors import CallerError
from repo_vitals.plain_text import quotable
from repo_vitals.sources.history_folder import DECIDED, JOURNAL, OURS, Folder, decided_in, refuse_links

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from repo_vitals.sources.history import History

_LOCK = f"{OURS}lock"


def write_folder(history: History, *, limit: int = DEFAULT_LIMIT) -> list[str]:
    """Write everything that `history.keep`, `record` and `add` were given into the folder that it was read from.

    Gives what to say about it.

    Raises CallerError where the folder can't be written. Where another run has replaced what this one read, the other's
    findings stay: of two runs at once one is remembered, never half of each. Points and records are added to whatever
    is there.
    """
    content = history.content
    if not isinstance(content, Folder) or not history.is_changed:
        return []
    folder = content.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / _LOCK):
            carry_out(folder)
            wanted = changes(history, content)
            notes: list[str] = []
            grown = [one.at for added in (history.added, history.added_records) for some in added.values()
                     for one in some]
            if grown:
                now = max(grown)
                wanted, notes = tidied(content, wanted, now=now, limit=limit)
            if wanted:
                write_files(folder, wanted)
    except OSError as error:
        raise CallerError(f"history: {quotable(str(folder), limit=300)} can't be written "
                          f"({error.strerror or type(error).__name__})") from None
    return notes


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Give files new contents, empty to remove one: all of them or none. The caller holds the folder's lock.

    Raises OSError and CallerError.
    """
    journal = folder / JOURNAL
    refuse_links(folder, JOURNAL)
    if journal.exists():        # one without a decision
        shutil.rmtree(journal)
    for path, content in sorted(files.items()):
        if content:
            write_aside(journal / path, content, named_by="history")
    decision = {"written": sorted(path for path, content in files.items() if content),
                "removed": sorted(path for path, content in files.items() if not content)}
    write_aside(journal / DECIDED, json.dumps(decision), named_by="history")
    carry_out(folder)


def carry_out(folder: Path) -> None:
    """Do what a journal decided on; doing it again changes nothing. Without a decision there is nothing to do.

    Raises OSError, and CallerError for a journal that none of ours wrote.
    """
    journal = folder / JOURNAL
    decision = decided_in(folder)
    if decision is None:
        return
    for path in sorted(decision.written):
        target = folder / path
        _refuse_links_on_the_way(folder, path)
        refuse_links(folder, f"{JOURNAL}/{path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):        # moved before the writer died
            (journal / path).replace(target)
    for path in sorted(decision.removed):
        _refuse_links_on_the_way(folder, path)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            (folder / path).unlink()
    # The decision goes first: without it nobody takes what is left for a journal.
    (journal / DECIDED).unlink()
    shutil.rmtree(journal)


def _refuse_links_on_the_way(folder: Path, path: str) -> None:
    """A link in the file's own place is replaced or removed; its target is left alone."""
    above, _, _ = path.rpartition("/")
    if above:
        refuse_links(folder, above)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Holds a lock that the system lifts when its holder dies."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    try:
        if sys.platform == "win32":
            import msvcrt

            while True:
                with contextlib.suppress(OSError):      # it gives up after ten seconds
                    msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
