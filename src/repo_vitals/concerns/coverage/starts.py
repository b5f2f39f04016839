"""Where the relative paths of a report start, by its source folders and by where it lies. Pure."""
from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet

_MOST_LOOKED_UP = 500_000       # paths below folders; of a report with more every second or third is tried
_DEEPEST = 40                   # parts of a source folder that may be folders of the repository
_DRIVE = re.compile(r"[A-Za-z]:/")


def is_absolute(path: str) -> bool:
    """Whether a normal path starts at a root or a drive."""
    return path.startswith("/") or _DRIVE.match(path) is not None


def upwards(folder: str) -> list[str]:
    """A folder and those above it, without the top."""
    parts = [part for part in folder.split("/") if part]
    return ["/".join(parts[:size]) for size in range(len(parts), 0, -1)]


def told_starts(
    paths: Sequence[str], *, tree: AbstractSet[str], tree_folders: AbstractSet[str], sources: Sequence[str],
    folders: Sequence[str], inside: Callable[[str], str],
) -> tuple[str, ...]:
    """The folders that the relative ones of a report's paths start at; none where neither sources nor place tell.

    All are normal paths. `sources` are the report's own, `folders` where it lies and those above, without the top;
    `inside` takes the checkout's folder away. A source below the top of this checkout tells alone, if the repository
    has that folder. Else, of the ways to read the sources, of the folders and the top, that one counts below which
    most of the paths are found, and of equal ones that which is nearer to what the report says.
    """
    absolute = [source for source in sources if is_absolute(source)]
    relative = [source for source in sources if source and not is_absolute(source)]
    is_sure = any(found in tree_folders for found in map(inside, absolute))
    ways = [(*absolute, *(posixpath.join(folder, source) for source in relative)) for folder in (*folders, "")]
    ways = ways if relative else [tuple(absolute)] if absolute else []
    if not is_sure:
        ways += [*_of_another_machine(absolute, tree_folders), *((folder,) for folder in folders)]
    if not ways:
        return ()
    below = [posixpath.normpath(path) for path in paths if not is_absolute(path)]
    below = below[::1 + len(below) * sum(map(len, ways)) // _MOST_LOOKED_UP]

    def fitting(way: Iterable[str]) -> int:
        return sum(any(inside(posixpath.normpath(posixpath.join(start, path))) in tree for start in way)
                   for path in below)

    counts = {way: fitting(way) for way in ways}
    best = max(ways, key=lambda way: counts[way])       # of equal ones the first
    if is_sure:
        return best
    return best if counts[best] and counts[best] >= fitting(("",)) else ()


def _of_another_machine(sources: Iterable[str], tree_folders: AbstractSet[str]) -> list[tuple[str, ...]]:
    """What source folders may be here: what follows any beginning that they share, if the repository has it."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        parts = source.split("/")
        for size in range(max(1, len(parts) - _DEEPEST), len(parts) + 1):
            rest = "/".join(parts[size:])
            if not rest or rest in tree_folders:
                found["/".join(parts[:size])].append(rest)
    # The shorter the beginning, the more of the sources is kept.
    return [tuple(found[beginning]) for beginning in sorted(found, key=lambda one: (one.count("/"), one))]
