"""Where the files of a SARIF run are: their addresses, and the folders that those are seen from (section 3.4). Pure."""
from __future__ import annotations

import posixpath
from typing import Any
from urllib.parse import unquote

from repo_vitals.concerns.security_summary.formats import values

Place = tuple["str | None", "str | None"]       # (path, id of the folder that it is seen from)
_DEEPEST = 10       # folders that are seen from one another


class Bases:
    """The folders of a run by their ids (`originalUriBaseIds`, section 3.14.14)."""

    def __init__(self, given: dict[str, Any] | None = None) -> None:
        self._given = given or {}

    def folder(self, path: str | None, base: str | None) -> str | None:
        """The folder that a path is seen from; None where the run does not say, or the path is seen from none."""
        if path is None or base is None or posixpath.isabs(path):
            return None
        parts: list[str] = []
        for _ in range(_DEEPEST):
            entry = values.optional_table(self._given.get(base))
            folder = path_of(entry.get("uri"))
            if folder is None:
                return None
            parts.insert(0, folder)
            if "://" in folder:
                return "/".join(part.rstrip("/") for part in parts)[:values.LONGEST]
            if posixpath.isabs(folder):
                return posixpath.normpath(posixpath.join(*parts))[:values.LONGEST]
            base = values.optional_text(entry.get("uriBaseId"))
            if base is None:
                return None
        return None


def place_of(location: dict[str, Any]) -> Place:
    """What an artifact's location says of its file."""
    return path_of(location.get("uri")), values.optional_text(location.get("uriBaseId"))


def path_of(uri: object) -> str | None:
    """The path that a URI of an artifact means."""
    text = values.optional_text(uri)
    if text is None:
        return None
    text = unquote(text)
    return text[len("file://"):] if text.startswith("file://") else text
