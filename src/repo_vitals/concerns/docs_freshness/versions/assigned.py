"""Versions of Python projects that stand in a module or a file of their own. Pure: nothing is imported."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.versions.packages import joined, line_at, line_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.docs_freshness.versions.packages import Files, Package

_ASSIGNED = re.compile(r"^(__version__|VERSION|version)[ \t]*(?::[ \t]*[\w.\[\]]+[ \t]*)?="
                       r"[ \t]*([\"'])([^\"'\n]{1,80})\2", re.MULTILINE)
_MOST = 20              # files that are tried
_LONGEST = 80           # characters of a version


def places_of(module: str) -> list[str]:
    """Files that may be a module, whose name has slashes."""
    plain = [f"{module}/__init__.py", f"{module}.py"]
    return [*plain, *(f"src/{place}" for place in plain)]


def at_first(files: Files, own: Package, places: Sequence[str]) -> Package | None:
    """The package at the version that the first of the files there assigns to `__version__` or the like."""
    for place in places[:_MOST]:
        path = joined(own.folder, place)
        text = files.text(path) if path is not None else None
        match = _ASSIGNED.search(text) if text is not None else None
        if path is not None and text is not None and match is not None:
            return own.at(match[3].strip(), file=path, line=line_at(text, match.start()))
    return None


def of_whole(files: Files, own: Package, places: Sequence[str]) -> Package | None:
    """The package at the version that is all that a file holds."""
    path = joined(own.folder, places[0]) if len(places) == 1 else None
    text = files.text(path) if path is not None else None
    plain = (text or "").strip()
    if path is None or not plain or "\n" in plain or len(plain) > _LONGEST:
        return None
    return own.at(plain, file=path, line=line_of(text or "", plain))
