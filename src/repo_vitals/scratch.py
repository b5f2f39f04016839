"""Folders that go with the object that needs them, or else with the program."""
from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from pathlib import Path


def scratch_folder(owner: object, *, prefix: str, parent: str | None = None) -> Path:
    """A new empty folder, in the system's place for such or in `parent`, removed when `owner` is no longer there."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    weakref.finalize(owner, _remove, folder)
    return folder


def _remove(folder: Path) -> None:
    """Remove it all; Windows keeps what is read-only, as git's objects are, until it is made writable."""
    if os.name == "nt":
        for path in folder.rglob("*"):
            with contextlib.suppress(OSError):
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
