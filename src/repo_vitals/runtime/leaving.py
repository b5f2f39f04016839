"""The end of the program while threads of it still wait for something: what they started ends with them."""
from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path


def leave(code: int) -> int:
    """The exit code; where a thread still runs, the program ends here with it, and its child processes too.

    Python would wait for some threads, however long they take, and ends badly under others.
    """
    if threading.active_count() > 1:
        _end_children()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):      # closed, or nobody reads it
                stream.flush()
        with contextlib.suppress(Exception):
            atexit._run_exitfuncs()     # noqa: SLF001 - as multiprocessing does: scratch folders go
        os._exit(code)
    return code


def _end_children() -> None:
    """End every process below this one, also those in sessions of their own. Windows ends them with the job."""
    if not hasattr(signal, "SIGKILL"):
        return
    for process in descendants(_parents(), os.getpid()):
        with contextlib.suppress(OSError):      # it has ended
            os.kill(process, signal.SIGKILL)


def descendants(parents: dict[int, int], ancestor: int) -> list[int]:
    """The processes below one, given the parent of each."""
    found = [ancestor]
    for one in found:       # which grows
        found += [process for process, parent in parents.items() if parent == one and process not in found]
    return found[1:]


def _parents() -> dict[int, int]:
    """The parent of every process that can be seen."""
    found: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name, in brackets, may hold anything.
            found[int(entry.parent.name)] = int(entry.read_bytes().rpartition(b")")[2].split()[1])
    return found or _parents_by_ps()


def _parents_by_ps() -> dict[int, int]:
    import subprocess

    try:
        said = subprocess.run(["/bin/ps", "-A", "-o", "pid=,ppid="], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=10, check=False).stdout
        return {int(process): int(parent) for process, parent in map(bytes.split, said.splitlines())}
    except (OSError, ValueError, subprocess.SubprocessError):
        return {}
