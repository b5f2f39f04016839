"""How a path in a report becomes a path of the repository. Pure: what files there are is handed in."""
from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.starts import is_absolute, told_starts, upwards
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

_MOST_ALIKE = 1000              # files that end alike; looking through more for each path takes too long
# Folders of what others wrote: a file there ends as the repository's may by chance.
_OF_OTHERS = re.compile(r"/(?:\.?cargo/(?:registry|git)|rustc|\.rustup|site-packages|dist-packages|node_modules|"
                        r"usr/(?:local/)?include|pkg/mod)/")
# What a bundler calls a file: after its own name, perhaps that of the package.
_WEBPACK = re.compile(r"webpack(?:-internal)?://(?:.*?/\./|[^/]*/)(.+)")
_MODULE = re.compile(r"module[ \t]+(?:\"([^\"\n]+)\"|`([^`\n]+)`|([^\s\"`]+))[ \t]*(?://.*)?")


@dataclass(frozen=True)
class Mapping:
    """What is known of the repository's paths, which start at its root and have forward slashes.

    `tree` are the files as `git ls-files` names them; empty where there is no checkout. `checkout` is where it lies on
    this machine, `rules` are what the user says: each beginning becomes the other one. `go_modules` are modules with
    their folders ("" at the root), as `go_module` reads each from its go.mod.
    """

    tree: frozenset[str] = frozenset()
    checkout: str = ""
    rules: tuple[tuple[str, str], ...] = ()
    go_modules: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_end(self) -> dict[str, list[str]]:
        """The tree's files by their last part and by their last two."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.tree):
            parts = path.rsplit("/", 2)
            found[parts[-1]].append(path)
            if len(parts) > 1:
                found["/".join(parts[-2:])].append(path)
        return found

    @cached_property
    def folders(self) -> frozenset[str]:
        """The tree's folders, the top ("") among them."""
        found = {""}
        for path in self.tree:
            folder = path.rpartition("/")[0]
            while folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)


def go_module(path: str, text: str) -> tuple[str, str] | None:
    """The module that a go.mod declares, and its folder; None for a file that declares none."""
    for line in text.splitlines():
        match = _MODULE.fullmatch(line.strip())
        if match:
            return match[1] or match[2] or match[3], path.rpartition("/")[0]
    return None


def normal(path: str) -> str:
    """A path with forward slashes and without `.`, `..` and doubled slashes where they can be resolved."""
    path = path.replace("\\", "/")
    if path.startswith("file:///"):
        path = path[7:]
    if not path:
        return ""
    found = posixpath.normpath(path)
    return "" if found == "." else found.replace("//", "/")


@dataclass(frozen=True)
class Placed:
    """A path of a report in the repository. `doubt`: it is in the tree as several files ("many") or as none ("none"),
    so that the same words in another report may be another file; empty where there is no doubt."""

    path: str
    doubt: str = ""


def mapped(
    paths: Iterable[str], mapping: Mapping, *, sources: Sequence[str] = (), kind: str = "file", folder: str = "",
) -> dict[str, str]:
    """For each path of one report the repository's own; one that is found nowhere in the tree stays as it is written.

    In order: the user's rules; the report's source folders, or its own `folder` in the repository and those above, as
    `told_starts` chooses; the folder of the checkout; the Go module; and where another machine or folder was used, the
    beginning that, taken away or put before, finds most of the report's files in the tree. Where source or folder tell
    where relative paths start, one that is not there is nowhere: if the tree has a file of the same words elsewhere, it
    is called by the folder where it should have been. A path that could be several files is none of them, nor is a
    beginning taken away where another finds as many. None is taken away once a path of the report was found without,
    nor that of a folder for dependencies; and no two paths become one file by beginnings.
    """
    return {path: found.path for path, found in
            placed({path: ("", path) for path in paths}, mapping, sources=sources, kind=kind, folder=folder).items()}


def placed(
    files: dict[str, tuple[str, str]], mapping: Mapping, *, sources: Sequence[str] = (), kind: str = "file",
    folder: str = "",
) -> dict[str, Placed]:
    """As `mapped`, with what is in doubt. `files` are a report's by any key: the group of each, and its path."""
    mapper = _Mapper(mapping, sources, kind, folder)
    by_group: dict[str, dict[str, str]] = defaultdict(dict)
    for key, (group, path) in files.items():
        by_group[group][key] = path
    result = {}
    for group, keys in by_group.items():
        found = mapper.all(list(dict.fromkeys(keys.values())), group)
        result.update({key: found[path] for key, path in keys.items()})
    return result


class _Mapper:
    def __init__(self, mapping: Mapping, sources: Sequence[str], kind: str, folder: str) -> None:
        self._mapping = mapping
        self._tree = mapping.tree
        self._checkout = normal(mapping.checkout)
        self._sources = [normal(source) for source in sources]
        self._kind = kind
        self._rules = [(normal(before), normal(after)) for before, after in mapping.rules if before]
        self._folders = upwards(folder)        # the report's own and those above, without the top
        self._starts: tuple[str, ...] = ()      # where the report's relative paths start, if something tells
        self._group = ""

    def all(self, paths: list[str], group: str) -> dict[str, Placed]:
        self._group = group
        self._starts = () if self._kind != "file" or not self._tree else told_starts(
            [normal(path) for path in paths], tree=self._tree, tree_folders=self._mapping.folders,
            sources=self._sources, folders=self._folders, inside=self._inside)
        found: dict[str, Placed] = {}
        open_ones: dict[str, list[str]] = {}        # what each may be called, the likeliest first
        for path in paths:
            known, candidates = self._known(path)
            if known is None:
                open_ones[path] = candidates
            else:
                found[path] = known
        if open_ones:
            taken = self._tree.intersection(place.path for place in found.values())
            found.update(self._by_beginning(open_ones, taken))
        return found

    def _known(self, raw: str) -> tuple[Placed | None, list[str]]:
        """The repository's path if there is no doubt; else what the file may be called."""
        if raw in self._tree and not self._sources and not self._starts:
            return Placed(raw), []
        path = normal(raw)
        joined = [posixpath.join(source, path) for source in self._sources if source and not is_absolute(path)]
        joined = [normal(one) for one in joined]
        for candidate in (path, *joined):
            for before, after in self._rules:
                rest = _rest(candidate, before)
                if rest is not None:
                    return Placed(normal(posixpath.join(after, rest))), []
        bundled = _WEBPACK.fullmatch(raw)
        if self._starts and not is_absolute(path):
            return self._started(path, normal(bundled[1]) if bundled else path), []
        joined += [normal(bundled[1])] if bundled else []
        candidates = [self._inside(candidate) for candidate in (*joined, path)]
        if self._kind == "go":
            candidates = [*self._of_modules(path), *candidates]
        for candidate in candidates:
            if candidate in self._tree:
                return Placed(candidate), []
        if not self._tree:
            chosen = next((one for one in candidates if not is_absolute(one)), candidates[-1])
            is_sure = any(map(is_absolute, (*joined, path)))
            return Placed(chosen, "" if is_sure else "none"), []
        return None, candidates

    def _started(self, written: str, path: str) -> Placed:
        """A relative path where it is told to start; for one that is not there, a name that no file has."""
        candidates = [self._inside(normal(posixpath.join(start, path))) for start in self._starts]
        for candidate in candidates:
            if candidate in self._tree:
                return Placed(candidate)
        if written in self._tree:
            return Placed(candidates[0], "" if len(candidates) == 1 else "none")
        return self._as_written(written, [written])

    def _inside(self, path: str) -> str:
        rest = _rest(path, self._checkout) if self._checkout else None
        return rest or path         # the checkout itself is no file of it

    def _of_modules(self, path: str) -> list[str]:
        of = [(module, folder) for module, folder in self._mapping.go_modules if _rest(path, module) is not None]
        return [normal(posixpath.join(folder, _rest(path, module) or ""))
                for module, folder in sorted(of, key=lambda one: -len(one[0]))]

    def _by_beginning(self, open_ones: dict[str, list[str]], taken: AbstractSet[str]) -> dict[str, Placed]:
        """Paths by the beginnings that most of the report's files agree on; never one of the files that are taken."""
        ways = {path: self._ways(candidates) for path, candidates in open_ones.items()}
        votes = Counter(way for found in ways.values() for way in {way for way, _ in found} if way[0])
        # Of a report, files come from one machine and folder: only the beginning that fits most is taken away, and none
        # where paths were found without, so that a library's src/lib.rs is not taken for the repository's.
        best = None
        if votes and not taken:
            best = min(votes, key=lambda way: (-votes[way], way[0].count("/"), -len(way[1]), way))
            # Of as many votes of other paths there is no telling which are the repository's files.
            voters = {way: {path for path, found in ways.items() if any(way == one for one, _ in found)}
                      for way, count in votes.items() if count == votes[best]}
            best = best if all(paths == voters[best] for paths in voters.values()) else None
        added = Counter(way for found in ways.values() if len(found) == 1 for way, _ in found if not way[0])
        result: dict[str, Placed] = {}
        owners: dict[str, str] = {}
        # The longer a path, the surer it is the file's.
        for path in sorted(ways, key=lambda path: (-normal(path).count("/"), path)):
            found = ways[path]
            likely = {target for way, target in found if way == best}
            if not likely:
                plain = [(way, target) for way, target in found if not way[0]]
                likely = {target for _, target in plain} if len(plain) == 1 else {
                    target for way, target in plain if added[way]}
            target = likely.pop() if len(likely) == 1 else None
            if target is None or target in taken or owners.setdefault(target, normal(path)) != normal(path):
                result[path] = self._as_written(path, open_ones[path])
            else:
                result[path] = Placed(target)
        return result

    def _ways(self, candidates: list[str]) -> list[tuple[tuple[str, str], str]]:
        """Files of the tree that the candidates may be: the beginnings taken away and put before, and the file."""
        found: dict[tuple[str, str], str] = {}
        for candidate in candidates:
            parts = candidate.lstrip("/").split("/")
            # From a folder for building, paths go up first.
            if is_absolute(candidate) or self._kind == "go" or parts[0] == "..":
                for folder in ("", *self._folders) if self._kind == "file" else ("",):
                    for size in range(1, len(parts)):
                        beginning, rest = "/".join(parts[:size]), posixpath.join(folder, *parts[size:])
                        if rest in self._tree and not _OF_OTHERS.search(f"/{beginning}/"):
                            found.setdefault((beginning, folder), rest)
                            break
            else:
                found.update(self._below(candidate))
                if self._kind == "package" and candidate.endswith(".kt") and not found:
                    # Folders of Kotlin may leave out what all packages begin with.
                    shorter = (self._below("/".join(parts[size:])) for size in range(1, len(parts)))
                    ways = next(filter(None, shorter), {})
                    found.update(ways if len(ways) == 1 else {})
        return list(found.items())

    def _below(self, path: str) -> dict[tuple[str, str], str]:
        """Files of the tree that end as a path does, by what stands before."""
        alike = self._alike(path)
        targets = [] if alike is None else alike
        # Of several the report's group tells which, or else where the report lies.
        for name in dict.fromkeys((normal(self._group), normal(self._group).rpartition("/")[2])):
            inside = [target for target in targets if f"/{name}/" in f"/{target[:-len(path)]}"] if name else []
            targets = inside or targets
        for folder in self._folders:
            inside = [target for target in targets if target.startswith(f"{folder}/")]
            if inside:
                targets = inside
                break
        return {("", target[:-len(path)]): target for target in targets}

    def _alike(self, path: str) -> list[str] | None:
        """Files of the tree that end as a path does; None where they are too many to look through."""
        alike = self._mapping.by_end.get("/".join(path.split("/")[-2:]), [])
        return None if len(alike) > _MOST_ALIKE else [target for target in alike if target.endswith(f"/{path}")]

    def _as_written(self, raw: str, candidates: list[str]) -> Placed:
        written = candidates[-1]
        if is_absolute(normal(raw)):
            return Placed(written)      # the same words are the same file, wherever they stand
        parts = written.split("/")
        ends = range(len(parts)) if self._kind == "package" and written.endswith(".kt") else (0,)
        alike = [self._alike("/".join(parts[size:])) for size in ends]
        is_many = any(found is None or len(found) > 1 for found in alike)
        return Placed(written, "many" if is_many else "none")


def _rest(path: str, beginning: str) -> str | None:
    """What follows a beginning of whole parts; None where the path does not start so."""
    if path == beginning:
        return ""
    beginning = beginning.rstrip("/") + "/"
    return path[len(beginning):] if path.startswith(beginning) else None
