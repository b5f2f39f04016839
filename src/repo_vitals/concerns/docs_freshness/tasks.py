"""Names that a Makefile, package.json, Cargo's aliases, pyproject.toml or any TOML define. Pure; nothing is run."""
from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

_TARGETS = re.compile(rb"^([A-Za-z0-9_][^:=#\t\n]{0,400}?)\s*:(?!:{0,2}=)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]*")
# What takes targets from elsewhere, or makes them up.
_UNTOLD = re.compile(rb"^(?:-?s?include\b|[^\t#\n=%$]*[%$][^=\n]*:(?!=)|\.DEFAULT\s*:)", re.MULTILINE)


@lru_cache(maxsize=64)      # many documents name the tasks of one file
def names_in(path: str, content: bytes) -> frozenset[str] | None:
    """The names of tasks that a file defines; None where it can't be told for sure."""
    file = path.rpartition("/")[2]
    if file.lower().endswith("makefile"):
        return _make(content)
    try:
        if file == "package.json":
            return _keys(json.loads(content.decode("utf-8-sig")), "scripts")
        import tomli

        tables = tomli.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return None
    if file == "pyproject.toml":
        named = [_keys(tables, "project", "scripts"), _keys(tables, "project", "gui-scripts"),
                 _keys(tables, "tool", "poetry", "scripts")]
        return None if None in named else frozenset().union(*(names for names in named if names is not None))
    return _keys(tables, "alias")


@lru_cache(maxsize=64)
def keys_in(content: bytes) -> frozenset[str] | None:
    """The tables and keys of a TOML file, with dots between them; None where it can't be read."""
    import tomli

    try:
        waiting: list[tuple[str, Any]] = [("", tomli.loads(content.decode("utf-8-sig").replace("\r\n", "\n")))]
    except (ValueError, RecursionError):
        return None
    found = set()
    while waiting:
        above, table = waiting.pop()
        for key, value in table.items():
            found.add(f"{above}{key}")
            # Of an array of tables, any may be meant.
            tables = value if isinstance(value, list) else [value]
            waiting += [(f"{above}{key}.", one) for one in tables if isinstance(one, dict)]
    return frozenset(found)


def _make(content: bytes) -> frozenset[str] | None:
    if _UNTOLD.search(content) is not None:
        return None
    text = b"\n".join(match[1] for match in _TARGETS.finditer(content)).decode("utf-8", "replace")
    return frozenset(word for word in text.split() if _NAME.fullmatch(word))


def _keys(tables: Any, *path: str) -> frozenset[str] | None:
    """The keys of a table; None where something else stands in its place."""
    for part in path:
        if not isinstance(tables, dict):
            return None
        tables = tables.get(part, {})
    return frozenset(map(str, tables)) if isinstance(tables, dict) else None
