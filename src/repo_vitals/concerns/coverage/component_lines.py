"""Components as inputs say them: `core: src/core/**, !src/core/generated/** >= 0.95` in a line, or a table. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.coverage.policy import Component
from repo_vitals.config import globs
from repo_vitals.config.declare import LINES, LIST, Kind, ratio
from repo_vitals.config.file import near, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 200
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,59}")
_LINE = re.compile(r"(?P<name>[^:]+):(?P<paths>.+?)(?:>=(?P<minimum>[^>=]+))?", re.DOTALL)
_KEYS = ("paths", "minimum-ratio")
_FORM = "core: src/core/**, !src/core/generated/** >= 0.95"


def components() -> Kind[tuple[Component, ...]]:
    """Components by their names, each once, in the order in which they are given."""
    return Kind("lines or tables", lambda text: _all(map(_line, LINES.parse(text))), _from_toml,
                lambda found: "\n".join(map(_show, found)), quotable=False)


def _line(line: str) -> Component:
    match = _LINE.fullmatch(line)
    # A path may be called so, but hardly is: a limit that is not one must not be taken for a path.
    if match is None or any(letter in match["paths"] for letter in "<>="):
        raise ValueError(f"has {quoted(line)}, which is not like {_FORM}")
    minimum = match["minimum"]
    return _component(match["name"].strip(), LIST.parse(match["paths"]),
                      None if minimum is None else ratio().parse, minimum)


def _from_toml(value: Any) -> tuple[Component, ...]:
    if isinstance(value, list):
        return _all(map(_line, LINES.from_toml(value)))
    if not isinstance(value, dict):
        raise ValueError(f"needs an array of lines such as {_FORM!r}, or tables by name")
    return _all(_table(str(name), table) for name, table in value.items())


def _table(name: str, table: Any) -> Component:
    if not isinstance(table, dict):
        raise ValueError(f"has {quoted(name)}, which is no table with paths and minimum-ratio")
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"has {quoted(name)} with an unknown key {quoted(key)}"
                             f"{near(key, _KEYS) or ' (known: ' + ', '.join(_KEYS) + ')'}")
    try:
        paths = LIST.from_toml(table.get("paths", []))
    except ValueError as error:
        raise ValueError(f"has {quoted(name)}, whose paths {error}") from None
    minimum = table.get("minimum-ratio")
    return _component(name, paths, None if minimum is None else ratio().from_toml, minimum)


def _component(name: str, paths: tuple[str, ...], read: Any, minimum: Any) -> Component:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"has the name {quoted(name)}; a name has up to 60 letters, digits, blanks and . _ / -")
    if not paths:
        raise ValueError(f"has {quoted(name)} without paths")
    try:
        checked = globs.check(paths)
    except ValueError as error:
        raise ValueError(f"has {quoted(name)}, which {error}") from None
    try:
        return Component(name=name, paths=checked, minimum=None if read is None else read(minimum))
    except ValueError as error:
        raise ValueError(f"has {quoted(name)} with a minimum-ratio that {error}") from None


def _all(found: Iterable[Component]) -> tuple[Component, ...]:
    by_name: dict[str, Component] = {}
    for component in found:
        if component.name in by_name:
            raise ValueError(f"has {quoted(component.name)} twice")
        by_name[component.name] = component
        if len(by_name) > MOST:
            raise ValueError(f"has more than {MOST}")
    return tuple(by_name.values())


def _show(component: Component) -> str:
    limit = "" if component.minimum is None else f" >= {component.minimum:g}"
    return f"{component.name}: {', '.join(component.paths)}{limit}"
