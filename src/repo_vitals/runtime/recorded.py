"""What a monitor says while others run beside it, or before others do: kept, and said when its turn comes."""
from __future__ import annotations

from functools import partial
from io import StringIO
from itertools import zip_longest
from threading import Lock
from typing import TYPE_CHECKING, Any, get_args

from repo_vitals.runtime.actions_env import ActionsEnvironment, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MASKING = Lock()


class Recorded(ActionsEnvironment):
    """A step's environment that keeps what is said, but for masks: a secret is hidden before anything else is said.

    For one thread; `said_by` gives the secrets to hide.
    """

    def __init__(self, said_by: ActionsEnvironment) -> None:
        super().__init__({}, StringIO())    # nothing is written here; what is not kept would be lost, and seen in tests
        self.in_actions = said_by.in_actions
        self._said_by = said_by
        self._kept: list[Callable[[ActionsEnvironment], None]] = []

    def mask(self, secret: str | None) -> None:
        """Hide a secret at once."""
        with _MASKING:
            self._said_by.mask(secret)

    def annotate(self, level: Level, message: str, **given: Any) -> None:
        """Keep an annotation."""
        self._kept.append(lambda actions: actions.annotate(level, message, **given))

    def log(self, text: str) -> None:
        """Keep a text for the log."""
        self._kept.append(lambda actions: actions.log(text))

    def say(self, actions: ActionsEnvironment) -> None:
        """Say all that was kept, in its order."""
        for said in self._kept:
            said(actions)
        self._kept.clear()


class Shown(ActionsEnvironment):
    """Where one of several monitors is shown: at once, but for annotations, of which GitHub shows few in a step.

    These wait until all monitors were shown (`annotate_in_turns`). Outside Actions nothing has to.
    """

    def __init__(self, actions: ActionsEnvironment) -> None:
        super().__init__({}, StringIO())
        self.in_actions = actions.in_actions
        self._actions = actions
        self.waiting: dict[Level, list[Callable[[], None]]] = {}

    def mask(self, secret: str | None) -> None:
        """Hide a secret."""
        self._actions.mask(secret)

    def log(self, text: str) -> None:
        """Text for the log."""
        self._actions.log(text)

    def annotate(self, level: Level, message: str, **given: Any) -> None:
        """Keep an annotation, where not all may be shown."""
        said = partial(self._actions.annotate, level, message, **given)
        if self.in_actions:
            self.waiting.setdefault(level, []).append(said)
        else:
            said()


def annotate_in_turns(shown: Sequence[Shown]) -> None:
    """Say what waits: of each level the first of every monitor, then the second, so that none pushes another's out."""
    for level in get_args(Level):
        for turn in zip_longest(*(one.waiting.pop(level, []) for one in shown)):
            for said in turn:
                if said is not None:
                    said()
