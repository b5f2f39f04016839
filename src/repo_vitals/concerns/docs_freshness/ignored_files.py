"""What a commit's .gitignore files say is left out of git on purpose. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.config import globs
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = ".gitignore"
_MOST = 500         # patterns of one file


@dataclass(frozen=True, kw_only=True)
class IgnoredFiles:
    """Patterns by the folder that their file lies in, the top being ``."""

    by_folder: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, texts: Mapping[str, bytes]) -> IgnoredFiles:
        """What .gitignore files say, by their paths."""
        return cls(by_folder={path.rpartition("/")[0]: _patterns(text) for path, text in texts.items()})

    def holds(self, path: str) -> bool:
        """Whether git would pass over a file, or a folder whose path ends in a slash: by its own name or a folder's."""
        parts = path.rstrip("/").split("/")
        return any(self._leaves_out("/".join(parts[:number]), is_folder=number < len(parts) or path.endswith("/"))
                   for number in range(1, len(parts) + 1))

    def _leaves_out(self, path: str, *, is_folder: bool) -> bool:
        """What the nearest file that names the path says of it."""
        for folder in reversed(_above(path)):
            patterns = self.by_folder.get(folder, ())
            if is_folder:
                patterns = tuple(pattern.rstrip("/") for pattern in patterns)
            below = path[len(folder):].removeprefix("/")
            if globs.matches(below, patterns):
                return True
            # What the nearer file takes out again is no matter of those above it.
            if globs.matches(below, [pattern.removeprefix("!") for pattern in patterns if pattern.startswith("!")]):
                return False
        return False


def places(paths: Iterable[str]) -> set[str]:
    """Where .gitignore files may lie that have a say in these paths."""
    return {f"{folder}/{NAME}" if folder else NAME for path in paths for folder in _above(path)}


def _above(path: str) -> list[str]:
    """The folders that hold a path, from the top."""
    parts = path.rstrip("/").split("/")[:-1]
    return ["/".join(parts[:number]) for number in range(len(parts) + 1)]


def _patterns(text: bytes) -> tuple[str, ...]:
    lines = (line.rstrip() for line in text.decode("utf-8", "replace").splitlines())
    found = (line for line in lines if line.lstrip("!").strip("/.") and not line.startswith("#")
             and "\\" not in line and len(line) <= globs.LONGEST and _is_readable(line))
    return tuple(pattern for pattern, _ in zip(found, range(_MOST)))        # noqa: B905 - the first so many


def _is_readable(pattern: str) -> bool:
    """Whether it can be compared: Python 3.10 has no `[z-a]`, which git takes for nothing."""
    try:
        globs.matches("x", [pattern])
    except re.error:
        return False
    return True
