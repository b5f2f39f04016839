"""The names that a Makefile, package.json, Cargo's aliases or pyproject.toml define. Pure; nothing of theirs is run."""
from __future__ import annotations

import json
import re
from typing import Any

_TARGETS = re.compile(rb"^([A-Za-z0-9_][^:=#\t\n]{0,400}?)\s*::?(?!=)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]*")
# What takes targets from elsewhere, or makes them up.
_UNTOLD = re.compile(rb"^(?:-?s?include\b|[^\t#\n=]*[%$][^=\n]*:(?!=)|\.DEFAULT\s*:)", re.MULTILINE)


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
