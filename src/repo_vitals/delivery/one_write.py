"""A history that several monitors read from at the same time, and that is written once, when all have ended."""
from __future__ import annotations

from contextlib import suppress
from threading import Lock, RLock
from typing import TYPE_CHECKING

from repo_vitals.errors import RepoVitalsError
from repo_vitals.sources.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.delivery.places import Place
    from repo_vitals.sources.history import Content


class OneWrite:
    """A place that is asked for its content once, and written once, by `flush`.

    Every monitor gets a history of its own over the one content, so that none sees what another wants kept.
    """

    def __init__(self, place: Place, *, wanted: Callable[[Iterable[str]], Sequence[str]] = lambda _: ()) -> None:
        """`wanted`: which of the files that there are will be asked for, so that they are brought together."""
        self._place = place
        self._wanted = wanted
        self._lock = Lock()
        self._whole: History | None = None
        self._content: Content | None = None
        self._failure: RepoVitalsError | None = None

    def history(self) -> History:
        """What the place holds. Raises CallerError and CouldNotMeasure where it can't be read, which is tried once."""
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._whole is None:
                try:
                    self._whole = self._place.history()
                except RepoVitalsError as failure:
                    self._failure = failure
                    raise
                if self._whole.content is not None:
                    self._content = _InTurn(self._whole.content)
                    with suppress(RepoVitalsError):     # whoever asks for what did not come is told why
                        self._content.bring(self._wanted(self._content.paths()))
            found = History(self._content)
            for note in self._whole.notes:
                found.remark(note)
            return found

    def write(self, history: History, *, at: datetime) -> Sequence[str]:  # noqa: ARG002 - as every place
        """Note what a monitor wants kept; `flush` writes it."""
        with self._lock:
            assert self._whole is not None  # noqa: S101 - the history came from here
            self._whole.take(history)
        return ()

    def flush(self, *, at: datetime) -> Sequence[str]:
        """Write all that is wanted; gives what to say about it. Raises CallerError and CouldNotMeasure."""
        return () if self._whole is None else self._place.write(self._whole, at=at)


class _InTurn:
    """A content of which one reader at a time asks: behind it may be a process that answers one after another."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._lock = RLock()

    def read(self, path: str) -> bytes | None:
        with self._lock:
            return self._content.read(path)

    def sizes(self) -> Mapping[str, int]:
        with self._lock:
            return self._content.sizes()

    def paths(self) -> Iterable[str]:
        with self._lock:
            return list(self._content.paths())

    def total_with(self, new: Mapping[str, bytes]) -> int:
        with self._lock:
            return self._content.total_with(new)

    def bring(self, paths: Iterable[str]) -> None:
        with self._lock:
            self._content.bring(paths)

    def below(self, folder: str) -> list[str]:
        with self._lock:
            return self._content.below(folder)
