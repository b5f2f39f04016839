"""Files that appear whole or not at all."""
from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from repo_vitals.errors import CallerError
from repo_vitals.plain_text import quotable


def write_aside(path: str | os.PathLike[str], content: str | bytes, *, named_by: str = "") -> Path:
    """Write a file beside its place and move it there, so that a reader finds the old content or the new, never a part.

    Missing parent folders are made. The file's mode is the usual one under the umask. What stands at `path` is
    replaced, a symbolic link too (its target is left alone); a folder, a device or a pipe is refused. Text is written
    as UTF-8 with its line ends as they are; what UTF-8 can't hold becomes `?`.

    Raises CallerError naming `named_by` (the input that gave the path), the path and the reason.
    """
    where = f"{named_by}: {path}" if named_by else str(path)
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        target = Path(path)
        _refuse_special(target, names_folder=os.fspath(path).endswith(("/", os.sep)))
        target.parent.mkdir(parents=True, exist_ok=True)
        # A short name of its own: the target's name may already be as long as the file system allows.
        aside = target.parent / f".repo-vitals-{os.urandom(8).hex()}.tmp"
        try:
            _write_new(aside, data)
            aside.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise
        _sync_folder(target.parent)
    except (OSError, ValueError) as error:
        raise CallerError(f"{quotable(where, limit=300)} can't be written: {_reason(error)}") from None
    return target


def remove_older(path: str | os.PathLike[str], *, named_by: str = "") -> None:
    """Remove the file that `write_aside` would replace, so that nobody takes it for one that is yet to be written.

    Raises CallerError as `write_aside` does where something else than a file is there, or it can't be removed.
    """
    where = f"{named_by}: {path}" if named_by else str(path)
    try:
        target = Path(path)
        _refuse_special(target, names_folder=os.fspath(path).endswith(("/", os.sep)))
        target.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise CallerError(f"{quotable(where, limit=300)} can't be replaced: {_reason(error)}") from None


def _refuse_special(target: Path, *, names_folder: bool) -> None:
    if names_folder:
        raise IsADirectoryError(None, "it names a folder")
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(None, "it is a folder")
    # Moving a file over /dev/null would put a plain file in its place for every program of the machine.
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OSError(None, "it is not a regular file")


def _write_new(path: Path, data: bytes) -> None:
    # O_EXCL: nobody else's file or link; 0o666 lets the umask decide, as for any file a program makes.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # The move itself must reach the disk; Windows and some network file systems can't do this, and need not.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return "a parent folder's name is taken by a file"
    if isinstance(error, OSError):
        return quotable(error.strerror or type(error).__name__)
    return "it holds a NUL character" if "null" in str(error) else "it is not a path"
