"""How a path in a report becomes a path of the repository. Pure: what files there are is handed in."""
from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

_MOST_ALIKE = 1000              # files that end alike; looking through more for each path takes too long
_DRIVE = re.compile(r"[A-Za-z]:/")
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


def is_absolute(path: str) -> bool:
    """Whether a normal path starts at a root or a drive."""
    return path.startswith("/") or _DRIVE.match(path) is not None


def mapped(
    paths: Iterable[str], mapping: Mapping, *, sources: Sequence[str] = (), kind: str = "file",
) -> dict[str, str]:
    """For each path of one report the repository's own; one that is found nowhere in the tree stays as it is written.

    In order: the user's rules; the report's source folders; the folder of the checkout; the Go module; and where
    another machine or folder was used, the beginning that, taken away or put before, finds most of the report's files
    in the tree. A path that could be several files is none of them. No beginning is taken away once a path of the
    report was found without, nor that of a folder for dependencies; and no two paths become one file by beginnings.
    """
    return _Mapper(mapping, sources, kind).all(list(paths))


class _Mapper:
    def __init__(self, mapping: Mapping, sources: Sequence[str], kind: str) -> None:
        self._mapping = mapping
        self._tree = mapping.tree
        self._checkout = normal(mapping.checkout)
        self._sources = [normal(source) for source in sources]
        self._kind = kind
        self._rules = [(normal(before), normal(after)) for before, after in mapping.rules if before]

    def all(self, paths: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        open_ones: dict[str, list[str]] = {}        # what each may be called, the likeliest first
        for path in paths:
            known, candidates = self._known(path)
            if known is None:
                open_ones[path] = candidates
            else:
                found[path] = known
        if open_ones:
            found.update(self._by_beginning(open_ones, self._tree.intersection(found.values())))
        return found

    def _known(self, raw: str) -> tuple[str | None, list[str]]:
        """The repository's path if there is no doubt; else what the file may be called."""
        if raw in self._tree and not self._sources:
            return raw, []
        path = normal(raw)
        joined = [posixpath.join(source, path) for source in self._sources if source and not is_absolute(path)]
        joined = [normal(one) for one in joined]
        for candidate in (path, *joined):
            for before, after in self._rules:
                rest = _rest(candidate, before)
                if rest is not None:
                    return normal(posixpath.join(after, rest)), []
        bundled = _WEBPACK.fullmatch(raw)
        joined += [normal(bundled[1])] if bundled else []
        candidates = [self._inside(candidate) for candidate in (*joined, path)]
        if self._kind == "go":
            candidates = [*self._of_modules(path), *candidates]
        for candidate in candidates:
            if candidate in self._tree:
                return candidate, []
        if not self._tree:
            return next((one for one in candidates if not is_absolute(one)), candidates[-1]), []
        return None, candidates

    def _inside(self, path: str) -> str:
        rest = _rest(path, self._checkout) if self._checkout else None
        return path if rest is None else rest

    def _of_modules(self, path: str) -> list[str]:
        of = [(module, folder) for module, folder in self._mapping.go_modules if _rest(path, module) is not None]
        return [normal(posixpath.join(folder, _rest(path, module) or ""))
                for module, folder in sorted(of, key=lambda one: -len(one[0]))]

    def _by_beginning(self, open_ones: dict[str, list[str]], taken: AbstractSet[str]) -> dict[str, str]:
        """Paths by the beginnings that most of the report's files agree on; never one of the files that are taken."""
        ways = {path: self._ways(candidates) for path, candidates in open_ones.items()}
        votes = Counter(way for found in ways.values() for way in {way for way, _ in found} if way[0])
        # Of a report, files come from one machine and folder: only the beginning that fits most is taken away, and none
        # where paths were found without, so that a library's src/lib.rs is not taken for the repository's.
        best = min(votes, key=lambda way: (-votes[way], way[0].count("/"), way)) if votes and not taken else None
        added = Counter(way for found in ways.values() if len(found) == 1 for way, _ in found if not way[0])
        result = {}
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
                target = self._as_written(open_ones[path])
            result[path] = target
        return result

    def _ways(self, candidates: list[str]) -> list[tuple[tuple[str, str], str]]:
        """Files of the tree that the candidates may be: the beginnings taken away and put before, and the file."""
        found: dict[tuple[str, str], str] = {}
        for candidate in candidates:
            parts = candidate.lstrip("/").split("/")
            # From a folder for building, paths go up first.
            if is_absolute(candidate) or self._kind == "go" or parts[0] == "..":
                for size in range(1, len(parts)):
                    rest = "/".join(parts[size:])
                    if rest in self._tree and not _OF_OTHERS.search(f"/{'/'.join(parts[:size])}/"):
                        found.setdefault(("/".join(parts[:size]), ""), rest)
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
        alike = self._mapping.by_end.get("/".join(path.split("/")[-2:]), [])
        return {("", target[:-len(path)]): target for target in (alike if len(alike) <= _MOST_ALIKE else ())
                if target.endswith(f"/{path}")}

    def _as_written(self, candidates: list[str]) -> str:
        return candidates[-1]


def _rest(path: str, beginning: str) -> str | None:
    """What follows a beginning of whole parts; None where the path does not start so."""
    if path == beginning:
        return ""
    beginning = beginning.rstrip("/") + "/"
    return path[len(beginning):] if path.startswith(beginning) else None
