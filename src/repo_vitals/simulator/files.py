"""The files of a default branch: how they come there, and the trees that GitHub shows of them."""
from __future__ import annotations

import hashlib
from dataclasses import field
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.accounts import encode_id
from repo_vitals.simulator.branches import Branches
from repo_vitals.simulator.model import Blob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.simulator.model import Repository

FILE_MODE, FOLDER_MODE = 0o100644, 0o040000
MAILMAP = ".mailmap"


@dataclass(frozen=True, kw_only=True)
class TreeEntry:
    """A file or a folder in a folder."""

    name: str
    path: str
    object: Blob | Tree = field(repr=False)

    @property
    def type(self) -> str:
        """`blob` or `tree`."""
        return "tree" if isinstance(self.object, Tree) else "blob"

    @property
    def mode(self) -> int:
        """As git has it."""
        return FOLDER_MODE if isinstance(self.object, Tree) else FILE_MODE

    @property
    def oid(self) -> str:
        """The hash of what it is."""
        return self.object.oid

    @property
    def size(self) -> int:
        """Bytes of a file; nothing for a folder."""
        return 0 if isinstance(self.object, Tree) else len(self.object.content)

    @property
    def extension(self) -> str:
        """`.yml`, with its dot, or nothing."""
        stem, dot, last = self.name.rpartition(".")
        return f"{dot}{last}" if stem and not isinstance(self.object, Tree) else ""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A folder."""

    repository: Repository = field(repr=False)
    path: str
    entries: tuple[TreeEntry, ...]

    @property
    def oid(self) -> str:
        """A hash of its entries."""
        told = "".join(f"{entry.mode:o} {entry.name}\0{entry.oid}" for entry in self.entries)
        return hashlib.sha1(told.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()

    @property
    def node_id(self) -> str:
        """A global id; like GitHub's, it is of no use to anyone but the tree."""
        return f"{encode_id('T', self.repository.id)}{self.oid}"


class Files(Branches):
    """`Branches` with the files at the tip of the default branch."""

    def put_file(self, repository: Repository, path: str, content: str | bytes) -> Blob:
        """A file, new or in place of what stood there; bytes need not be UTF-8.

        An empty repository gets a first commit, without which GitHub shows no file. Raises ValueError for a path that
        no file can have.
        """
        with self.lock:
            above = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
            if not all(part not in ("", ".", "..") for part in path.split("/")) or \
                    any(part in repository.files for part in above) or \
                    any(held.startswith(f"{path}/") for held in repository.files):
                raise ValueError(f"{repository.full_name} can't have a file {path!r}")
            if not repository.commits:
                self.commit(repository, repository.created_at, email="someone@example.org", message="Begin")
            raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
            text = content if isinstance(content, str) else _text(content)
            if path == MAILMAP:
                self.set_mailmap(repository, text or "")
                assert repository.mailmap is not None  # noqa: S101 -- just set
                return repository.mailmap
            oid = hashlib.sha1(b"blob %d\0%s" % (len(raw), raw), usedforsecurity=False).hexdigest()
            made = self._keep(Blob(id=self._new_id(), repository=repository, oid=oid, text=text or "",
                                   raw=raw if text is None else None))
            repository.files[path] = made
            return made

    def remove_file(self, repository: Repository, path: str) -> None:
        """Gone from the tip. Raises KeyError where there is no such file."""
        with self.lock:
            self._changed()
            if path == MAILMAP:
                repository.mailmap = None
            else:
                del repository.files[path]


def _text(content: bytes) -> str | None:
    try:
        found = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in found else found


def files_of(repository: Repository) -> dict[str, Blob]:
    """Every file at the tip, by its path."""
    held = dict(repository.files)
    if repository.mailmap is not None:
        held[MAILMAP] = repository.mailmap
    return held


def find_path(repository: Repository, path: str) -> Blob | Tree | None:
    """What lies at a path of the tip; the empty one is the topmost folder. None where nothing does."""
    held, path = files_of(repository), path.rstrip("/")
    if path in held:
        return held[path]
    return _tree(repository, path, held)


def _tree(repository: Repository, path: str, held: Mapping[str, Blob]) -> Tree | None:
    start = f"{path}/" if path else ""
    below = {name: blob for name, blob in held.items() if name.startswith(start)}
    if not below and path:
        return None
    entries = []
    for name in sorted({name[len(start):].split("/", 1)[0] for name in below}):
        whole = start + name
        found = held[whole] if whole in held else _tree(repository, whole, below)
        assert found is not None  # noqa: S101 -- something lies below it
        entries.append(TreeEntry(name=name, path=whole, object=found))
    return Tree(repository=repository, path=path, entries=tuple(entries))
