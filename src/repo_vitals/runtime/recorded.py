"""What a monitor says while others run beside it: kept, and said when its turn comes."""
from __future__ import annotations

from io import StringIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from repo_vitals.runtime.actions_env import ActionsEnvironment, Level

if TYPE_CHECKING:
    from collections.abc import Callable

_MASKING = Lock()


class Recorded(ActionsEnvironment):
    """A step's environment that keeps what is said, but for masks: a secret is hidden before anything else is said.

    For one thread; `said_by` is the environment that says it all in the end.
    """

    def __init__(self, said_by: ActionsEnvironment) -> None:
        super().__init__({}, StringIO())    # nothing is written here; what is not kept would be lost, and seen in tests
        self.in_actions = said_by.in_actions
        self._said_by = said_by
        self._kept: list[Callable[[], None]] = []

    def mask(self, secret: str | None) -> None:
        """Hide a secret at once."""
        with _MASKING:
            self._said_by.mask(secret)

    def annotate(self, level: Level, message: str, **given: Any) -> None:
        """Keep an annotation."""
        self._kept.append(lambda: self._said_by.annotate(level, message, **given))

    def log(self, text: str) -> None:
        """Keep a text for the log."""
        self._kept.append(lambda: self._said_by.log(text))

    def say(self) -> None:
        """Say all that was kept, in its order."""
        for said in self._kept:
            said()
        self._kept.clear()
