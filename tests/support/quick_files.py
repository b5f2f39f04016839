"""A folder in memory for what tests write: on a disk, a new file costs many times as much."""
from __future__ import annotations

import os
import re
import sys
from pathlib import Path

_PLACE = Path("/dev/shm")       # tmpfs on Linux
_ENOUGH = 4 * 2**30             # bytes; a whole run writes about half a gigabyte in each of its workers


def folder_in_memory() -> Path | None:
    """The machine's folder in memory; None where it has none, or not one with room that programs may be started in.

    Containers often have 64 MiB there, mounted so that nothing can be started.
    """
    if sys.platform != "linux" or not os.access(_PLACE, os.W_OK | os.X_OK):
        return None
    try:
        place, memory = os.statvfs(_PLACE), Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    free = re.search(r"^MemAvailable: +(\d+) kB$", memory, re.MULTILINE)
    if place.f_flag & os.ST_NOEXEC or free is None:
        return None
    return _PLACE if min(place.f_bavail * place.f_frsize, int(free[1]) * 1024) >= _ENOUGH else None
