"""Regular expressions that are compiled when they are first used: of hundreds, most runs need a few."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    from re import Pattern


def regex(text: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """As `re.compile`, but for `match.re`, which is what was compiled, and mistakes, which are seen late."""
    return cast("Pattern[AnyStr]", _Late(text, flags))


class _Late:
    """Gets each attribute of the pattern as one of its own when it is first asked for."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, value)
        return value
