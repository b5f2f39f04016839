"""The contents of a commit that was fetched without them: what is asked for is fetched then, all of it at once."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.sources.history_branch import Moved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from repo_vitals.sources.git import Git


class Blobs:
    """`ids`: git's object by path. `bring` fetches objects into the repository of `git`, as far as they are found."""

    def __init__(self, git: Git, ids: Mapping[str, bytes], bring: Callable[[Sequence[bytes]], None]) -> None:
        self._git = git
        self._ids = ids
        self._bring = bring
        self._here: dict[bytes, int] = {}
        self._look(ids.values())

    def sizes(self) -> dict[str, int | None]:
        """Every path, with its length in bytes where the object is here already."""
        return {path: self._here.get(oid) for path, oid in self._ids.items()}

    def measure(self, paths: Sequence[str]) -> dict[str, int]:
        """Lengths in bytes. Raises as `load`."""
        self._have(paths)
        return {path: self._here[self._ids[path]] for path in paths}

    def load(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Contents. Raises Moved where they are nowhere any more, and what `bring` raises."""
        self._have(paths)
        said = self._git.local("cat-file", "--batch", feed=_lines(self._ids[path] for path in paths))
        found, start = {}, 0
        for path in paths:
            start = said.index(b"\n", start) + 1
            size = self._here[self._ids[path]]
            found[path] = said[start: start + size]
            start += size + 1
        return found

    def _have(self, paths: Sequence[str]) -> None:
        missing = sorted({self._ids[path] for path in paths} - self._here.keys())
        if missing:
            self._bring(missing)
            self._look(missing)
            if not self._here.keys() >= set(missing):
                raise Moved("history: its branch was rewritten while it was being read; try again")

    def _look(self, ids: Iterable[bytes]) -> None:
        for line in self._git.local("cat-file", "--batch-check", feed=_lines(ids)).splitlines():
            oid, kind, *size = line.split()
            if kind == b"blob":         # else it says "missing"
                self._here[oid] = int(size[0])


def _lines(ids: Iterable[bytes]) -> bytes:
    return b"".join(oid + b"\n" for oid in ids)
