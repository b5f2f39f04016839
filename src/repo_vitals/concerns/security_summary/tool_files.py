"""The tools' own configuration files in the working folder, where the tools look for them by themselves.

Plain files below the folder alone; a link out of it is not followed. What can't be read is told, never guessed.
"""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.facts import Unread
from repo_vitals.concerns.security_summary.tool_ignores import DEFAULT_FILES, ToolRules
from repo_vitals.errors import InputError
from repo_vitals.sources.local_files import found_files
from repo_vitals.sources.report_files import ReportFile, Unreadable, opened

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.facts import ToolIgnore

_LARGEST = 1_000_000    # bytes; such a file is written by hand


def tool_rules(folder: str) -> tuple[ToolRules, tuple[Unread, ...]]:
    """What the files say together, and those that can't be read."""
    ignores: list[ToolIgnore] = []
    notes: list[str] = []
    thresholds: list[tuple[str, str]] = []
    unread: list[Unread] = []
    for name, read, checks in DEFAULT_FILES:
        try:
            text = _text(folder, name)
            if text is None:
                continue
            rules = read(text, name)
        except Unreadable as error:
            unread.append(Unread(shown=name, why=str(error), checks=checks))
            continue
        ignores += rules.ignores
        notes += rules.notes
        thresholds += rules.thresholds
    return ToolRules(ignores=tuple(ignores), notes=tuple(notes), thresholds=tuple(thresholds)), tuple(unread)


def _text(folder: str, name: str) -> str | None:
    """The file's text; None where there is no such file."""
    path = Path(folder) / name
    if not path.is_symlink() and not path.exists():
        return None
    try:
        found = found_files(name, folder=folder, confined=True, named_by="tool-ignores")[0]
        size = found.path.stat().st_size
    except (InputError, OSError):
        raise Unreadable("is no plain file of the working folder") from None
    if size > _LARGEST:
        raise Unreadable(f"has {size:,} bytes, more than the {_LARGEST:,} that are read")
    if size == 0:
        return ""           # TOML may be empty
    with opened(ReportFile(shown=name, path=found.path, size=size)) as stream:
        return stream.read(_LARGEST + 1).decode("utf-8")
