"""Patterns of paths: `src/**`, `*_pb2.py`, `!src/legacy/**`. Pure."""
from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    _Test = Callable[[str], object]

LONGEST = 200           # characters
MOST = 200              # patterns in one list
_SPECIAL = re.compile(r"[*?\[]")


def check(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns, if they are such. Raises ValueError, which says what is wrong with one."""
    found = tuple(dict.fromkeys(patterns))
    if len(found) > MOST:
        raise ValueError(f"holds more than {MOST} patterns")
    for pattern in found:
        plain = pattern.removeprefix("!")
        if not plain.strip("/"):
            raise ValueError("holds a pattern without a name")
        if len(pattern) > LONGEST:
            raise ValueError(f"holds a pattern of more than {LONGEST} characters")
        if ".." in plain.split("/") or "\\" in plain:
            raise ValueError("holds a pattern with .. or \\; paths are seen from the top of the repository, with /")
    if found and all(pattern.startswith("!") for pattern in found):
        raise ValueError("takes paths out (!) of nothing; name first what is meant")
    return found


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether the patterns mean a path from the top of the repository, as .gitignore reads them.

    `*` and `?` stay within a folder's name, `**` spans folders. A pattern without a slash inside means that name in any
    folder, and a folder's name all below it. The last pattern that fits counts; with `!` it takes the path out again.
    """
    name = path.rpartition("/")[2]
    for is_meant, decides in _about(path.removesuffix(name), tuple(patterns)):
        if decides is True or decides(name):
            return is_meant
    return False


@lru_cache(maxsize=4000)
def _about(folder: str, patterns: tuple[str, ...]) -> tuple[tuple[bool, Literal[True] | _Test], ...]:
    """What decides about the files right in a folder, the last pattern first. Most say nothing; many files share it.

    The folder with a slash at its end, or nothing.
    """
    folders = folder.split("/")[:-1]
    told = [(not pattern.startswith("!"), _compiled(pattern.removeprefix("!")).about(folders))
            for pattern in reversed(patterns)]
    return tuple((is_meant, decides) for is_meant, decides in told if decides is not None)


def reader(pattern: str) -> Callable[[str], bool]:
    """What tells whether this one pattern means a path, as `matches` would: for lists of thousands, each read once."""
    known = _Pattern(pattern)
    return lambda path: known.matches(path.split("/"))


class _Pattern:
    """A pattern as one test for each part of a path; None spans any number of them."""

    def __init__(self, pattern: str) -> None:
        parts = [part for part in pattern.split("/") if part not in ("", ".")]
        if "/" not in pattern.rstrip("/"):
            parts.insert(0, "**")
        # What names a folder means all below it, so that two stars at the end say no more than that there is something.
        self._needs_more = pattern.endswith("/")
        if parts[-1] == "**":
            parts[-1] = "*"
        self._parts = [None if part == "**" else _test(part) for part in parts]

    def matches(self, path: Sequence[str]) -> bool:
        """Whether it means the path."""
        decides = self.about(path[:-1])
        return decides is not None and (decides is True or bool(decides(path[-1])))

    def about(self, folders: Sequence[str]) -> Literal[True] | _Test | None:
        """What it says of files right in a folder: all are meant, those whose names pass a test, or none.

        All places where the pattern may stand are followed at once, none twice.
        """
        first, last = self._parts[0], self._parts[-1]
        if folders and first is not None and not first(folders[0]):
            return None                                     # Nearly all patterns end here for nearly all folders,
        if first is None and last is not None and len(self._parts) == 2:    # or ask for a name in any folder.
            return True if any(map(last, folders)) else None if self._needs_more else last
        places = self._reached({0})
        for part in folders:
            places = self._reached({
                place if test is None else place + 1 for place in places for test in (self._parts[place],)
                if test is None or test(part)})
            if len(self._parts) in places:
                return True
        return last if len(self._parts) - 1 in places and not self._needs_more else None

    def _reached(self, places: set[int]) -> set[int]:
        """These places and those behind parts that may be nothing."""
        found = set(places)
        for place in range(len(self._parts)):
            if place in found and self._parts[place] is None:
                found.add(place + 1)
        return found


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> _Pattern:
    return _Pattern(pattern)


@lru_cache(maxsize=1000)
def _test(part: str) -> _Test:
    """What is true of a name that the part of a pattern means."""
    if not _SPECIAL.search(part):
        return part.__eq__
    # As fnmatch makes them, stars never go back, so that many of them take no longer than one.
    return re.compile(translate(part.replace("[^", "[!"))).match
