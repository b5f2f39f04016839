"""Files of the working folder that a user names by paths and patterns: which there are, and what is in them."""
from __future__ import annotations

import glob
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_FILES = 10_000
_MAGIC = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """A file and its content."""

    shown: str                  # as a person knows it, from the folder on
    content: bytes


@dataclass(frozen=True, kw_only=True)
class FoundFile:
    """A plain file that a pattern names, unread."""

    shown: str                  # as a person knows it, from the folder on
    path: Path                  # without links


def is_literal(pattern: str) -> bool:
    """Whether a pattern stands for one path: it has no wildcards."""
    return _MAGIC.isdisjoint(pattern)


def found_files(pattern: str, *, folder: str, confined: bool, named_by: str) -> list[FoundFile]:
    """The plain files that the pattern matches, seen from `folder`, each once, by path; without wildcards, that one.

    `confined`: the pattern may not lead out of the folder; a link in it never does. Raises InputError, which `named_by`
    begins, for that, for a path without wildcards that is no file, and for more than `MOST_FILES`.
    """
    home = Path(folder).resolve()
    shown = quotable(pattern, limit=200)
    leads_out = Path(pattern).is_absolute() or ".." in Path(pattern).parts
    if leads_out and confined:
        raise InputError(f'{named_by}: "{shown}" leads out of the working folder; give such a path as an input or '
                         "option")
    if "\0" in pattern:
        raise InputError(f'{named_by}: "{shown}" is no file')
    has_wildcard = not is_literal(pattern)
    found: dict[Path, str] = {}
    for path in _matched(home, pattern) if has_wildcard else [home / pattern]:
        target = _without_links(path)
        is_ours = target is not None and (target.is_relative_to(home) or leads_out)
        if has_wildcard and (target is None or not is_ours or not _is_plain(target)):
            continue
        if target is not None and not is_ours:
            raise InputError(f'{named_by}: "{shown}" is a link out of the working folder')
        if target is None or not _is_plain(target):
            raise InputError(f'{named_by}: "{shown}" is no file')
        found.setdefault(target, os.path.relpath(path, home))
        if len(found) > MOST_FILES:
            raise InputError(f"{named_by}: matches more than {MOST_FILES:,} files; name fewer")
    return [FoundFile(shown=name, path=path) for path, name in sorted(found.items(), key=lambda one: one[1])]


def matching_files(
    patterns: Sequence[str], *, folder: str, confined: bool, named_by: str, largest: int,
) -> list[LocalFile]:
    """The files that the patterns match, as `found_files` finds them, each once, by path. A pattern may match none.

    Raises InputError besides for a file over `largest` bytes and one that can't be read.
    """
    found: dict[Path, str] = {}
    for pattern in patterns:
        for file in found_files(pattern, folder=folder, confined=confined, named_by=named_by):
            found.setdefault(file.path, file.shown)
        if len(found) > MOST_FILES:
            raise InputError(f"{named_by}: matches more than {MOST_FILES:,} files; name fewer")
    return [LocalFile(shown=name, content=_content(path, name, named_by, largest))
            for path, name in sorted(found.items(), key=lambda one: one[1])]


def _without_links(path: Path) -> Path | None:
    # Links in a circle are an error in some versions of Python.
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return None


def _matched(home: Path, pattern: str) -> Iterator[Path]:
    # An absolute pattern stands for itself when it is joined.
    for path in glob.iglob(os.path.join(glob.escape(str(home)), pattern), recursive=True):  # noqa: PTH118, PTH207
        yield Path(path)


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _content(path: Path, shown: str, named_by: str, largest: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise InputError(f'{named_by}: "{quotable(shown, limit=200)}" can not be read ({error.strerror})') from None
    if len(content) > largest:
        raise InputError(f'{named_by}: "{quotable(shown, limit=200)}" is longer than {largest:,} bytes')
    return content
