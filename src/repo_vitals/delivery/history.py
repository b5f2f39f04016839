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
from repo_vitals.errors import CallerError
from repo_vitals.plain_text import quotable
from repo_vitals.sources.history import DECIDED, JOURNAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.sources.history import History

_LOCK = ".repo-vitals-lock"


def write_history(history: History) -> None:
    """Write everything that `history.keep` was given. Raises CallerError where the folder can't be written."""
    if history.folder is None or not history.kept:
        return
    folder = history.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / _LOCK):
            carry_out(folder)
            journal = folder / JOURNAL
            shutil.rmtree(journal, ignore_errors=True)      # one without a decision
            written, removed = [], []
            for path, text in sorted(history.kept.items()):
                if text:
                    write_aside(journal / path, text, named_by="history")
                    written.append(path)
                else:
                    removed.append(path)
            write_aside(journal / DECIDED, json.dumps({"written": written, "removed": removed}), named_by="history")
            carry_out(folder)
    except OSError as error:
        raise CallerError(f"history: {quotable(str(folder), limit=300)} can't be written "
                          f"({error.strerror or type(error).__name__})") from None


def carry_out(folder: Path) -> None:
    """Do what a journal decided on; doing it again changes nothing. Without a decision there is nothing to do."""
    journal = folder / JOURNAL
    try:
        decided = json.loads((journal / DECIDED).read_text(encoding="utf-8"))
        written, removed = list(decided["written"]), list(decided["removed"])
    except (FileNotFoundError, NotADirectoryError):
        return
    except (ValueError, KeyError, TypeError):
        raise CallerError(f"history: {quotable(str(journal / DECIDED), limit=300)} is damaged; delete the folder "
                          f"{JOURNAL} to give up what was being written") from None
    for path in written:
        target = _inside(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):        # moved before the writer died
            (journal / path).replace(target)
    for path in removed:
        with contextlib.suppress(FileNotFoundError):
            _inside(folder, path).unlink()
    shutil.rmtree(journal)


def _inside(folder: Path, path: str) -> Path:
    """The place of a path in the folder. A journal that leads elsewhere was not written by us."""
    target = folder / path
    if ".." in target.parts or not target.is_relative_to(folder):
        raise CallerError(f"history: the journal names {quotable(path, limit=100)}, which is outside; delete the "
                          f"folder {JOURNAL}")
    return target


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Holds a lock that the system lifts when its holder dies."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
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
