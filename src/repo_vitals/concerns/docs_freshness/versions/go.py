"""Modules of go.mod, whose versions are tags. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals import late
from repo_vitals.concerns.docs_freshness.versions.packages import Package, joined, line_at

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.versions.packages import Files

NAME = "go.mod"
_MODULE = late.regex(r"^[ \t]*module[ \t]+[\"`]?([^\s\"`/][^\s\"`]*)", re.MULTILINE)
_MAJOR = late.regex(r"(?:/v|\.v)(\d{1,9})$")


def read(files: Files, folder: str) -> list[Package]:
    """The module at a folder."""
    path = joined(folder, NAME) or NAME
    text = files.text(path) or ""
    match = _MODULE.search(text)
    if match is None:
        return []
    return [Package(ecosystem="go", name=match[1], version=None, file=path, line=line_at(text, match.start(1)),
                    folder=folder)]


def major_of(module: str) -> int | None:
    """The major version in a module's path; None where it has none, which stands for 0 and 1."""
    match = _MAJOR.search(module)
    return None if match is None else int(match[1])
