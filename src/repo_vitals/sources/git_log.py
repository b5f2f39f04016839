"""The log of a commit, as git prints it: every commit behind it once, children first, with the files that it changes.

A merge is compared with its first parent. Names and paths are bytes, as git has them: they need not be UTF-8.
"""
from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

# `--name-only` would be shorter and say less: the ids tell which change a parent already has. Files that only moved are
# found by their ids, so that nothing but commits and trees is read. With paths, the parents are those among the commits
# that touch them, and whole folders of no concern are never looked into.
RAW = ("-z", "--raw", "--no-abbrev", "-M100%", "--no-color", "--no-ext-diff", "--no-textconv", "--root")
_FORM = (*RAW, "--diff-merges=first-parent", "--no-mailmap", "--no-notes", "--no-decorate", "--no-show-signature",
         "--encoding=UTF-8", "--format=tformat:%H %P%x00%ct %ae%x00%an")
LOG = ("--literal-pathspecs", "log", *_FORM, "--topo-order", "--full-history", "--parents")
# Commits whose ids are fed, and no others.
SHOW = ("log", *_FORM, "--no-walk=unsorted", "--stdin")
# What touched paths, without what branches did that merges threw away.
TOUCHING = ("--literal-pathspecs", "log", *_FORM, "--topo-order", "--no-merges")
_CHUNK = 1 << 18
_HEADER = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?(?: [0-9a-f]*)*")


@dataclass(frozen=True)
class LoggedCommit:
    """A commit with whom its author is named, and when its committer's clock said that it was made (Unix time)."""

    __slots__ = ("at", "email", "id", "name", "parents")
    id: bytes
    parents: tuple[bytes, ...]
    at: int
    name: bytes
    email: bytes


@dataclass(frozen=True)
class FileChange:
    """One file that a commit changes: A, M, T (its type), D, or R from `source`. Ids of its content; none is zeros."""

    __slots__ = ("new", "old", "path", "source", "status")
    status: bytes
    old: bytes
    new: bytes
    path: bytes
    source: bytes


def read_log(stream: IO[bytes]) -> Iterator[tuple[LoggedCommit, list[FileChange]]]:
    """The commits of what git prints for `LOG`. Raises CouldNotMeasure where it is something else."""
    tokens = nul_ended(stream)
    try:
        token = next(tokens, None)
        while token is not None:
            if not _HEADER.fullmatch(token):
                raise ValueError
            ids = token.split()
            time, _, email = next(tokens).partition(b" ")
            commit = LoggedCommit(ids[0], tuple(ids[1:]), int(time), next(tokens), email)
            changes: list[FileChange] = []
            token = next(tokens, None)
            while token is not None and token[:2] in (b"\n:", b":0", b":1"):
                _, _, old, new, status = token.split(b" ")
                path = next(tokens)
                source = b""
                if status[:1] == b"R":
                    source, path = path, next(tokens)
                changes.append(FileChange(status[:1], old, new, path, source))
                token = next(tokens, None)
            yield commit, changes
    except (StopIteration, ValueError):
        raise CouldNotMeasure("git's log of the checkout has another form than git gives it") from None


def nul_ended(stream: IO[bytes]) -> Iterator[bytes]:
    """What stands between NULs; each part ends in one."""
    rest = b""
    while True:
        chunk = stream.read(_CHUNK)
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest.strip():
        raise ValueError
