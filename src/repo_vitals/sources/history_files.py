"""The files of a commit, fetched but read only when asked for, a folder at a time."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Files(Mapping[str, bytes]):
    """Contents by path. `sizes` says what there is; `load` gives the contents of some of it."""

    def __init__(self, sizes: Mapping[str, int], load: Callable[[Sequence[str]], Mapping[str, bytes]],
                 held: Mapping[str, bytes] | None = None) -> None:
        """`held`: contents that are here already."""
        self._sizes = dict(sizes)
        self._load = load
        self._held = dict(held or {})

    @classmethod
    def of(cls, contents: Mapping[str, bytes]) -> Files:
        """Files whose contents are all here already."""
        return cls({path: len(content) for path, content in contents.items()}, lambda _: {}, contents)

    def sizes(self) -> dict[str, int]:
        """Every file with its length in bytes; nothing is loaded."""
        return dict(self._sizes)

    def only(self, wanted: Callable[[str], bool]) -> Files:
        """The same without what is not wanted."""
        return Files({path: size for path, size in self._sizes.items() if wanted(path)}, self._load,
                     {path: content for path, content in self._held.items() if wanted(path)})

    def changed(self, changes: Mapping[str, bytes]) -> Files:
        """The same with new contents; an empty one removes the file."""
        new = {path: content for path, content in changes.items() if content}
        sizes = {**{path: size for path, size in self._sizes.items() if path not in changes},
                 **{path: len(content) for path, content in new.items()}}
        return Files(sizes, self._load, {**{path: content for path, content in self._held.items() if path in sizes},
                                         **new})

    def __getitem__(self, path: str) -> bytes:
        if path not in self._sizes:
            raise KeyError(path)
        if path not in self._held:
            folder = path.rpartition("/")[0]
            self._held.update(self._load([other for other in self._sizes if other not in self._held
                                          and other.rpartition("/")[0] == folder]))
        return self._held[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)
