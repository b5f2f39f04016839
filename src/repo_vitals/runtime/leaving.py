"""The program's beginning and end as a process: streams that are closed or full, signals, threads that still wait."""
from __future__ import annotations

import atexit
import contextlib
import errno
import io
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from repo_vitals.errors import OutputGone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.runtime.world import World


class Ended(KeyboardInterrupt):
    """A signal that ends the program, as Ctrl+C does: what is half done is undone on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number       # as a shell says it


def begin() -> None:
    """Have every stream lead somewhere, and SIGTERM and a terminal that is closed end the program by `Ended`.

    Without that these would leave behind what runs below it and folders that are to go with it. The second one ends the
    program at once.
    """
    for name in ("stdin", "stdout", "stderr"):      # in this order they take the places that the caller closed
        if getattr(sys, name) is None:
            flags = os.O_RDONLY if name == "stdin" else os.O_WRONLY
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), "r" if name == "stdin" else "w"))

    def end(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise Ended(number)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)    # Windows has no SIGHUP
        # Under nohup a closed terminal is to be outlived.
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)


class _Outlived(io.TextIOBase):
    """A stream that may end before the work does: from then on it takes nothing, and `gone` is why."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self.gone: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """As the stream's own."""
        return self._stream.encoding

    def isatty(self) -> bool:
        """Whether a person sees it."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Of the stream."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write, as long as that is of use."""
        if self.gone is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self.gone = error
        return len(text)

    def flush(self) -> None:
        """Have all that was written seen."""
        if self.gone is None:
            try:
                self._stream.flush()
            except OSError as error:
                self.gone = error


@contextlib.contextmanager
def outlasting(world: World) -> Iterator[World]:
    """Surroundings in which work is done to its end, history and outputs too, though nobody may read any more what is
    said of it. Raises OutputGone after it where that was so."""
    streams = _Outlived(world.stdout), _Outlived(world.stderr)
    yield replace(world, stdout=cast("TextIO", streams[0]), stderr=cast("TextIO", streams[1]))
    for stream in streams:
        if stream.gone is not None:
            raise OutputGone(stream.gone.errno, stream.gone.strerror) from None


def leave(code: int) -> int:
    """The exit code, which is another where what was said can't be written; where a thread still runs, the program ends
    here with it, and its child processes too.

    Python would wait for some threads, however long they take, and ends badly under others.
    """
    code = _written_out(code)
    if threading.active_count() > 1:
        _end_children()
        with contextlib.suppress(Exception):
            atexit._run_exitfuncs()     # noqa: SLF001 - as multiprocessing does: scratch folders go
        os._exit(code)
    return code


def unheard(error: OSError) -> int:
    """The exit code where standard output takes nothing more: 141 where nobody reads it, as programs end then."""
    if error.errno in (None, errno.EPIPE):
        return 141
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"error: repo-vitals: standard output can't be written: {error.strerror or 'unknown error'}\n")
        sys.stderr.flush()
    return 2


def _written_out(code: int) -> int:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError) as error:  # noqa: PERF203 - two of them
            if stream is sys.stdout and isinstance(error, OSError) and code not in (2, 141):
                code = unheard(error)
            # What is left would be tried once more, and complained of, when Python ends.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
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
