"""Which files of a commit or folder are documents, and what is in them."""
from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from repo_vitals import late
from repo_vitals.concerns.docs_freshness.documents import LARGEST, format_of
from repo_vitals.concerns.docs_freshness.tree import Tree
from repo_vitals.config.globs import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repo_vitals.sources.checkout import Checkout

MOST_FILES = 200_000        # of a folder that no git looks after
NOT_HERE = "is not in the checkout"
_LONGEST_LINK = 4_096       # bytes, as Linux has it
_NOT_WALKED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__", "target"})
# Fragments of news, which a release gathers into its changelog and removes: in folders that hold nothing else, and by
# names such as `12.bugfix.md` in those that may.
_FRAGMENT = late.regex(
    r"(?:^|/)(?:(?:changelog|changes|news|towncrier)\.d|news[-_]?fragments|change(?:log|s)?[-_]fragments|"
    r"changelogs?/fragments|\.changesets?|\.changes)/|"
    r"(?:^|/)(?:changes|changelogs?|news|changelog[-_]entries|upcoming[-_]changes)/(?:[^/]+/)*"
    r"(?:\+|[a-z]*[-_#]?\d)[\w-]*\.[a-z][a-z_-]*(?:\.\d+)?\.\w+$", re.IGNORECASE)
_OF_FRAGMENTS = late.regex(r"(?:^|/)(?:readme|contributing|index)[^/]*$", re.IGNORECASE)    # documents about them


class Read(NamedTuple):
    """Contents of files by path, and of those that could not be read, why."""

    contents: dict[str, bytes]
    unread: dict[str, str]


def documents_of(tree: Tree, patterns: Sequence[str]) -> tuple[str, ...]:
    """The paths of the documents that the patterns mean, in order.

    A symbolic link is none: what it names may be. Nor is a fragment of news, which nobody reviews.
    """
    return tuple(sorted(path for path in tree.files
                        if format_of(path) is not None and path not in tree.symlinks and matches(path, patterns)
                        and not is_fragment(path)))


def is_fragment(path: str) -> bool:
    """Whether a file is an entry for the next release's changelog: `newsfragments/12.bugfix.rst`."""
    return _FRAGMENT.search(path) is not None and _OF_FRAGMENTS.search(path) is None


def tree_of(checkout: Checkout, commit: str, *, web: str = "", branch: str = "") -> Tree:
    """What a commit holds by git's own list, whatever the file system makes of its names. Raises NoCheckout."""
    files, links, submodules = [], {}, []
    for entry in checkout.entries(commit):
        if entry.kind == "submodule":
            submodules.append(entry.path)
            continue
        files.append(entry.path)
        if entry.kind == "link":
            links[entry.path] = entry.blob
    written = checkout.blobs(list(links.values()), largest=_LONGEST_LINK)
    return Tree(files=frozenset(files), submodules=frozenset(submodules), web=web, branch=branch,
                symlinks={path: (written.get(blob) or b"").decode("utf-8", "surrogateescape")
                          for path, blob in links.items()})


def contents(checkout: Checkout, commit: str, paths: Iterable[str]) -> Read:
    """The files of a commit at these paths. Raises NoCheckout."""
    wanted = set(paths)
    blobs = {entry.path: entry.blob for entry in checkout.entries(commit) if entry.path in wanted}
    found = checkout.blobs(list(blobs.values()), largest=LARGEST)
    read = {path: content for path, blob in blobs.items() if (content := found.get(blob)) is not None}
    too_large = f"has more than the {LARGEST:,} bytes that are read"
    unread = {path: too_large if path in blobs and blobs[path] in found else NOT_HERE
              for path in sorted(wanted) if path not in read}
    return Read(dict(sorted(read.items())), unread)


def tree_of_folder(folder: Path) -> Tree:
    """What a folder holds that no git looks after, without what tools keep in it; at most `MOST_FILES`."""
    files, links, unlisted = [], {}, set()

    def failed(error: OSError) -> None:
        path = Path(os.fsdecode(error.filename or folder)).relative_to(folder).as_posix()
        unlisted.add("" if path == "." else path)

    for place, folders, names in os.walk(folder, onerror=failed):
        there = Path(place)
        linked = [name for name in folders if (there / name).is_symlink()]
        unlisted.update((there / name).relative_to(folder).as_posix() for name in folders
                        if name in _NOT_WALKED and name not in linked)
        folders[:] = sorted(name for name in folders if name not in _NOT_WALKED and name not in linked)
        for name in sorted([*names, *linked]):
            path = (there / name).relative_to(folder).as_posix()
            files.append(path)
            if (there / name).is_symlink():
                links[path] = (there / name).readlink().as_posix()
        if len(files) > MOST_FILES:
            break
    return Tree(files=frozenset(files[:MOST_FILES]), symlinks=links, unlisted=frozenset(unlisted),
                is_cut=len(files) > MOST_FILES)


def unlisted_notes(tree: Tree) -> tuple[str, ...]:
    """What of a folder was not looked at, in words; nothing of a commit."""
    notes = []
    if tree.is_cut:
        notes.append(f"of more than {MOST_FILES:,} files the first were looked at: links to others are unverified")
    if count := sum(path.rpartition("/")[2] != ".git" for path in tree.unlisted):
        kept = ", ".join(sorted(_NOT_WALKED - {".git"}))
        notes.append(f"{count:,} folder{'s were' if count > 1 else ' was'} not looked into ({kept}, and what may not "
                     "be read): links into such a folder are unverified")
    return tuple(notes)


def contents_of_folder(folder: Path, paths: Iterable[str]) -> Read:
    """The files of a folder at these paths. Symbolic links and what is no plain file are not read."""
    read, unread = {}, {}
    flags = os.O_RDONLY
    for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK"):
        flags |= getattr(os, name, 0)
    for path in sorted(set(paths)):
        try:
            with os.fdopen(os.open(folder / path, flags), "rb") as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    unread[path] = "is no plain file"
                    continue
                content = file.read(LARGEST + 1)
        except (OSError, ValueError) as error:
            unread[path] = f"can not be read ({getattr(error, 'strerror', None) or type(error).__name__})"
            continue
        if len(content) > LARGEST:
            unread[path] = f"has more than the {LARGEST:,} bytes that are read"
        else:
            read[path] = content
    return Read(read, unread)
