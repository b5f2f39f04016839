"""TOML of strangers, and in which line a key of it stands, which the parser does not tell. Pure."""
from __future__ import annotations

import re
from typing import Any

from repo_vitals.concerns.docs_freshness.versions.packages import line_of

_TABLE = re.compile(r"\s*\[([A-Za-z0-9_.\"' \t-]+)\]\s*(?:#.*)?")


def read_toml(text: str) -> dict[str, Any] | None:
    """The tables of a file; None for what is no TOML."""
    import tomli

    try:
        return tomli.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except (ValueError, RecursionError):    # tomli's own error is a ValueError, and so is a date that is none
        return None


def key_line(text: str, table: str, key: str, value: str) -> int:
    """The line of `key` in `[table]`, also where it is written as `table.key`; else the first that holds the value."""
    names = {key: table}
    for depth in range(1, table.count(".") + 2):        # [workspace] package.version = …
        head, tail = _split(table, depth)
        names[f"{tail}.{key}"] = head
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = _TABLE.fullmatch(line)
        if header is not None:
            current = header[1].replace('"', "").replace("'", "").replace(" ", "").replace("\t", "")
            continue
        name = line.partition("=")[0].replace(" ", "").replace('"', "").replace("'", "").strip()
        if names.get(name) == current and value in line:
            return number
    return line_of(text, value)


def _split(table: str, depth: int) -> tuple[str, str]:
    """A dotted name in two: all but its last `depth` parts, and those."""
    parts = table.split(".")
    return ".".join(parts[:-depth]), ".".join(parts[-depth:])
