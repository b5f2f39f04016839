"""What all channels have in common: what they are given, how they fail, and that none takes longer than it may."""
from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


class Failed(Exception):
    """A channel did not take what it was given; the text says why in our own words, without any of its address.

    `for_good`: it would fail for every other notice of this run too.
    """

    def __init__(self, why: str, *, for_good: bool = True) -> None:
        super().__init__(why)
        self.for_good = for_good


class Message(Protocol):
    """What a channel is told: a subject of one line, plain text, and the same as JSON values."""

    @property
    def id(self) -> str:
        """The same when the same thing is told again after a failure."""

    @property
    def thread(self) -> str:
        """The same for all that is told of one alert."""

    @property
    def subject(self) -> str:
        """One line."""

    @property
    def text(self) -> str:
        """Several lines."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """JSON values."""

    @property
    def is_firing(self) -> bool:
        """False: it has ended."""

    @property
    def is_grave(self) -> bool:
        """High or critical."""


class Notice(Protocol):
    """What is to be told, and to whom."""

    @property
    def channel(self) -> str:
        """The channel's name."""


N = TypeVar("N", bound=Notice)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What came of one notice. `absent`: there is no channel of that name, as on a fork, which has no secrets."""

    notice: Any                     # the one that was given
    outcome: Literal["delivered", "failed", "absent"]
    why: str = ""                   # one line; also where only some recipients of a delivered mail were refused


def within(seconds: float, perform: Callable[[], T], *, give_up: Callable[[], None] = lambda: None) -> T:
    """The result of `perform`, which runs in a thread of its own: time-outs of sockets bound each wait, but not a
    server that drips one byte at a time, nor a name server that does not answer.

    Raises what it raises, and Failed after that many seconds; `give_up` then has it end.
    """
    results: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((True, perform()))
        except BaseException as error:  # noqa: BLE001 - handed over to the caller's thread
            results.put((False, error))

    threading.Thread(target=run, daemon=True, name="repo-vitals channel").start()
    try:
        succeeded, result = results.get(timeout=seconds)
    except queue.Empty:
        give_up()
        raise Failed(f"it did not take it within {seconds:g} s") from None
    except BaseException:       # Ctrl-C: nothing more may be sent
        give_up()
        raise
    if not succeeded:
        raise result
    return result       # type: ignore[no-any-return]
