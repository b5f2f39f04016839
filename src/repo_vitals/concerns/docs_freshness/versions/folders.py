"""Which folders a workspace's patterns mean. Pure."""
from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.versions.packages import folder_of, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 200          # characters of a pattern
_MOST = 500             # patterns


def holding(paths: Iterable[str], name: str) -> tuple[str, ...]:
    """The folders that hold a file of that name, in order."""
    end = f"/{name}"
    return tuple(sorted(folder_of(path) for path in paths if path == name or path.endswith(end)))


def members(folders: Sequence[str], patterns: Sequence[str], *, top: str = "") -> tuple[str, ...]:
    """Those of the folders that patterns such as `crates/*` mean, seen from `top`; `!pattern` takes out again."""
    found: dict[str, None] = {}
    for pattern in patterns[:_MOST]:
        is_out = pattern.startswith("!")
        wanted = joined(top, pattern.removeprefix("!")) if len(pattern) <= _LONGEST else None
        if not wanted:
            continue
        parts = wanted.split("/")
        for folder in folders:
            if _means(parts, folder.split("/")):
                if is_out:
                    found.pop(folder, None)
                else:
                    found[folder] = None
    return tuple(found)


def _means(pattern: Sequence[str], folder: Sequence[str]) -> bool:
    """`**` stands for any number of folders, of which one pattern is allowed one."""
    if "**" in pattern:
        place = pattern.index("**")
        before, after = pattern[:place], [part for part in pattern[place + 1:] if part != "**"]
        return (len(folder) >= len(before) + len(after) and _means(before, folder[:len(before)])
                and _means(after, folder[len(folder) - len(after):]))
    return len(pattern) == len(folder) and all(fnmatchcase(name, part)
                                               for name, part in zip(folder, pattern, strict=True))
