"""The files of a commit, read only when asked for: a folder at a time, a monitor's memory with its newest points."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from repo_vitals.sources.history_points import RECENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


class Files(Mapping[str, bytes]):
    """Contents by path. `sizes` says what there is; `load` gives the contents of some of it."""

    def __init__(self, sizes: Mapping[str, int | None], load: Callable[[Sequence[str]], Mapping[str, bytes]],
                 held: Mapping[str, bytes] | None = None, *,
                 measure: Callable[[Sequence[str]], Mapping[str, int]] | None = None) -> None:
        """`held`: contents that are here already. `measure` finds sizes that are None."""
        self._sizes = dict(sizes)
        self._load = load
        self._measure = measure
        self._held = dict(held or {})

    @classmethod
    def of(cls, contents: Mapping[str, bytes]) -> Files:
        """Files whose contents are all here already."""
        return cls({path: len(content) for path, content in contents.items()}, lambda _: {}, contents)

    def sizes(self) -> dict[str, int]:
        """Every file with its length in bytes. What is far away is fetched for it, all at once."""
        return self.sizes_of(self._sizes)

    def sizes_of(self, paths: Iterable[str]) -> dict[str, int]:
        """Some files with their lengths in bytes; what is no file is left out."""
        wanted = [path for path in paths if path in self._sizes]
        unknown = [path for path in wanted if self._sizes[path] is None]
        if unknown and self._measure is not None:
            self._sizes.update(self._measure(unknown))
        return {path: size for path in wanted if (size := self._sizes[path]) is not None}

    def total(self) -> int | None:
        """All bytes, if nothing has to be fetched to know it."""
        known = [size for size in self._sizes.values() if size is not None]
        return sum(known) if len(known) == len(self._sizes) else None

    def bring(self, paths: Iterable[str]) -> None:
        """Load some files, and nothing beside them, at once."""
        wanted = [path for path in paths if path in self._sizes and path not in self._held]
        if wanted:
            self._take(wanted)

    def _take(self, paths: Sequence[str]) -> None:
        found = self._load(paths)
        self._held.update(found)
        self._sizes.update({path: len(content) for path, content in found.items()})

    def only(self, wanted: Callable[[str], bool]) -> Files:
        """The same without what is not wanted."""
        return Files({path: size for path, size in self._sizes.items() if wanted(path)}, self._load,
                     {path: content for path, content in self._loaded().items() if wanted(path)},
                     measure=self._measure)

    def changed(self, changes: Mapping[str, bytes]) -> Files:
        """The same with new contents; an empty one removes the file."""
        new = {path: content for path, content in changes.items() if content}
        sizes = {**{path: size for path, size in self._sizes.items() if path not in changes},
                 **{path: len(content) for path, content in new.items()}}
        held = {path: content for path, content in self._loaded().items() if path in sizes}
        return Files(sizes, self._load, {**held, **new}, measure=self._measure)

    def _loaded(self) -> dict[str, bytes]:
        """What is here at this moment: a monitor that was given up may go on loading beside the write."""
        return dict(self._held)

    def __getitem__(self, path: str) -> bytes:
        if path not in self._sizes:
            raise KeyError(path)
        if path not in self._held:
            self._take([path, *(other for other in self._beside(path) if other not in self._held and other != path)])
        return self._held[path]

    def _beside(self, path: str) -> Iterator[str]:
        """What is wanted together with a file: all that the monitor remembers, and its newest points."""
        of = _owner(path)
        points = []
        for other in self._sizes:
            if _owner(other) == of:
                if other.startswith("points/"):
                    points.append(other)
                else:
                    yield other
        # A server packs many old months anew for a second, and few ever look at them.
        yield from sorted(points)[-RECENT:]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)


def _owner(path: str) -> str:
    """The same for files that are wanted together: a run that reads what a monitor remembers adds to its points."""
    return path.removeprefix("points/").removeprefix("records/").rpartition("/")[0]
