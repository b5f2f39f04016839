"""Calls beside one another, each in a thread of its own that has a limit of time: a thread can't be ended from outside,
so that one which is over its limit is given up, and has no right to leave anything behind any more.
"""
from __future__ import annotations

from concurrent.futures import Future, wait
from contextlib import contextmanager
from threading import TIMEOUT_MAX, RLock, Semaphore, Thread, Timer
from typing import TYPE_CHECKING, TypeVar

from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
_LOOKS_UP = 0.5     # seconds
_GRACE = 30.0       # seconds for what is being written when the limit is reached


class GivenUp(CouldNotMeasure):
    """Nobody waits any more for the call that gets this."""


class Right:
    """The right of one call to leave something behind."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._ended = False

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Around what writes files or has something remembered: the call is given up before it or after it, not
        half-way. Raises GivenUp where it has been."""
        with self._lock:
            if self._ended:
                raise GivenUp("its time is over")
            yield

    def end(self) -> bool:
        """End it, once; False where it has ended."""
        got = self._lock.acquire(timeout=_GRACE)
        try:
            ended, self._ended = self._ended, True
        finally:
            if got:
                self._lock.release()
        return not ended


def started(call: Callable[[Right], T], *, at_once: Semaphore, longest: float, given_up: Callable[[], T],
            name: str) -> Future[T]:
    """What a call gives in the end, or what stands in for it when it has not ended after `longest` seconds.

    They count from when it got one of the places `at_once`, which it leaves when it ends or is given up. Whoever ends
    the program, by Ctrl+C say, does not have to wait for it: an executor's threads would be waited for.
    """
    future: Future[T] = Future()
    right = Right()

    def settle(tell: Callable[[], None]) -> None:
        if right.end():
            tell()
            at_once.release()

    def run() -> None:
        at_once.acquire()
        late = Timer(min(longest, TIMEOUT_MAX), lambda: settle(lambda: future.set_result(given_up())))
        late.daemon = True
        late.start()
        try:
            result = call(right)
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            failure = error
            settle(lambda: future.set_exception(failure))
        else:
            settle(lambda: future.set_result(result))
        finally:
            late.cancel()
    Thread(target=run, daemon=True, name=name).start()
    return future


def result_of(future: Future[T]) -> T:
    """What a call gave. Ctrl+C ends the waiting within a moment: a wait without an end may miss a signal that comes
    just as it begins, and on Windows hears none.
    """
    while not wait((future,), timeout=_LOOKS_UP).done:
        pass
    return future.result()
