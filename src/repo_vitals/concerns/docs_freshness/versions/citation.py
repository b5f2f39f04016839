"""The version and date of CITATION.cff. Pure."""
from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "CITATION.cff"
_LONGEST = 200_000      # characters; a list of a thousand authors has half of that
_DEEPEST = 50           # lists in lists; the parser looks at each open one for each that opens


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What it says of the software itself, not of what it refers to."""

    version: str | None
    version_line: int
    released: date | None
    released_line: int


def read(text: str) -> Stated | None:
    """None for what is no YAML mapping, and for what is nested deeper than a citation ever is."""
    import yaml

    if len(text) > _LONGEST:
        return None
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)     # ten times as fast, where it was built
    try:
        found = _at_top(yaml.parse(text, Loader=loader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if found is None:
        return None
    version, version_line = found.get("version", ("", 1))
    day, released_line = found.get("date-released", ("", 1))
    return Stated(version=version.strip() or None, version_line=version_line, released=_day(day),
                  released_line=released_line)


def _at_top(events: Iterator[Any]) -> dict[str, tuple[str, int]] | None:
    """The plain entries of the outermost mapping, with their lines; None where there is none.

    Nothing is built of what lies below, so that a nest of lists or aliases takes no longer than its text. Values stay
    text: to a loader a version 1.10 would be the number 1.1.
    """
    import yaml

    found: dict[str, tuple[str, int]] = {}
    depth, key = 0, None
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            if depth == 0:
                return found
            continue
        if depth == 0 and isinstance(event, yaml.NodeEvent) and not isinstance(event, yaml.MappingStartEvent):
            return None
        if depth == 1 and isinstance(event, yaml.NodeEvent):
            value = event.value if isinstance(event, yaml.ScalarEvent) else ""
            if key is None:
                key = (value, 1 if event.start_mark is None else event.start_mark.line + 1)
            else:
                found[key[0]] = (value, key[1])
                key = None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                return None
    return None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007
    except ValueError:
        return None
