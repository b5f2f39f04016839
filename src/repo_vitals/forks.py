"""Pure work on several processors at once, by forks of this process. Python's threads compute one at a time, and a new
process would have to import everything again, which takes longer than what most runs compute.
"""
from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")
_WORTH_ONE = 0.1        # seconds of work; a fork and bringing back what it made take a tenth of it
_MOST = 8               # processes, this one among them


def mapped(work: Callable[[T], R], items: Sequence[T], *, seconds: float) -> list[R]:
    """What `work` makes of each item, in their order; `seconds` is about how long all of them take one by one.

    What it makes has to be picklable, and what else it does may be lost, since it may happen in a fork. Raises what
    `work` raises. Where forks are not to be had or end early the work is done here.
    """
    count = min(processors(), _MOST, len(items), int(seconds / _WORTH_ONE))
    if count < 2 or not _can_fork():
        return [work(item) for item in items]
    shares = [items[number::count] for number in range(count)]
    forks: list[_Fork[R]] = []
    try:
        with contextlib.suppress(OSError):      # no more processes or open files are to be had
            forks.extend(_Fork(work, share) for share in shares[1:])
        made = [[work(item) for item in shares[0]]]
        for number, share in enumerate(shares[1:]):
            brought = forks[number].brought() if number < len(forks) else None
            made.append([work(item) for item in share] if brought is None else brought)
    finally:
        for fork in forks:
            fork.end()
    return [made[number % count][number // count] for number in range(len(items))]


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _can_fork() -> bool:
    """Not beside threads, which may hold locks that nobody would open in the fork; on macOS its libraries have some."""
    return sys.platform == "linux" and threading.active_count() == 1


class _Fork(Generic[R]):
    """A process that works on a share and ends."""

    def __init__(self, work: Callable[[T], R], share: Sequence[T]) -> None:
        parent = os.getpid()
        self._count = len(share)
        self._answers, give = os.pipe()
        try:
            self._process = os.fork()
        except OSError:
            os.close(self._answers)
            os.close(give)
            raise
        if self._process:
            os.close(give)
            return
        try:
            made = []
            for item in share:
                if os.getppid() != parent:      # nobody waits any more
                    break
                made.append(work(item))
            with os.fdopen(give, "wb") as pipe:
                pipe.write(pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
        finally:
            os._exit(0)     # whatever happened: what belongs to the end of a program is the parent's to do

    def brought(self) -> list[R] | None:
        """What it made; None where it ended early."""
        with os.fdopen(self._answers, "rb", closefd=False) as pipe:
            content = pipe.read()
        try:
            made: list[R] = pickle.loads(content)   # noqa: S301 - our own fork's, by a pipe that nobody else can write
        except (EOFError, pickle.UnpicklingError):
            return None
        return made if len(made) == self._count else None

    def end(self) -> None:
        """End it, be it at work or not."""
        os.close(self._answers)
        with contextlib.suppress(OSError):      # it has ended, or the system has waited for it
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)
