"""Folders that go with the object that needs them, or else with the program."""
from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


def scratch_folder(owner: object, *, prefix: str, parent: str | None = None) -> Path:
    """A new empty folder, in the system's place for such or in `parent`, removed when `owner` is no longer there."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder
