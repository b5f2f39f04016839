"""The log of a commit, as git prints it: every commit behind it once, children first, with the files that it changes.

A merge is compared with its first parent. Names and paths are bytes, as git has them: they need not be UTF-8.
"""
from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.forks import processors
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from io import BufferedIOBase

    from repo_vitals.sources.git import Git

# `--name-only` would be shorter and say less: the ids tell which change a parent already has. Files that only moved are
# found by their ids, so that nothing but commits and trees is read, and with paths no folder of no concern.
RAW = ("-z", "--raw", "--no-abbrev", "-M100%", "--no-color", "--no-ext-diff", "--no-textconv", "--root")
_FORM = (*RAW, "--diff-merges=first-parent", "--no-notes", "--no-show-signature", "--encoding=UTF-8",
         "--format=tformat:%H %P%x00%ct %ae%x00%an")
_LOG_FORM = (*_FORM, "--no-mailmap", "--no-decorate")
# A log of paths would hold every commit against its parents twice, the first time before it prints anything. So one git
# only walks, and others compare what they are told, each of them a share, while what they found is read.
_WALK = ("rev-list", "--topo-order", "--stdin")
_COMPARE = ("--literal-pathspecs", "diff-tree", "--stdin", "--always", "-r", *_FORM)
_BLOCK = 256            # commits that one of them compares in a row: about what a pipe holds
_WORTH_ANOTHER = 2000   # commits
_MOST = 4               # gits at once
# Commits whose ids are fed, and no others.
SHOW = ("log", *_LOG_FORM, "--no-walk=unsorted", "--stdin")
# What touched paths, without what branches did that merges threw away.
TOUCHING = ("--literal-pathspecs", "log", *_LOG_FORM, "--topo-order", "--no-merges")
NO_TIME = -1            # before all others
_CHUNK = 1 << 18
_HEADER = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?(?: [0-9a-f]*)*")
_TIME = re.compile(rb"-?[0-9]*")


@dataclass(frozen=True)
class LoggedCommit:
    """A commit with whom its author is named, and when its committer's clock said that it was made (Unix time).

    `at` is `NO_TIME` where the commit says no time that can be.
    """

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


def read_history(git: Git, starts: Collection[bytes], within: Sequence[bytes] = (),
                 ) -> Iterator[tuple[LoggedCommit, list[FileChange]]]:
    """These commits and all behind them, with the changes below the literal paths `within`, or all without any.

    Raises GitFailed and CouldNotMeasure.
    """
    ids = git.run(*_WALK, feed=_lines(starts)).split()
    count = min(processors(), _MOST, 1 + len(ids) // _WORTH_ANOTHER)
    blocks = [ids[start: start + _BLOCK] for start in range(0, len(ids), _BLOCK)]
    paths = [path.decode("utf-8", "surrogateescape") for path in within]
    with ExitStack() as stack:
        logs = [read_log(stack.enter_context(git.stream(
            *_COMPARE, "--", *paths, feed=_lines(commit for block in blocks[number::count] for commit in block))))
            for number in range(count)]
        for number, block in enumerate(blocks):
            for expected in block:
                found = next(logs[number % count], None)
                if found is None or found[0].id != expected:    # a history with a hole would tell of other changes
                    raise _other_form()
                yield found
        if any(next(log, None) is not None for log in logs):
            raise _other_form()


def read_log(stream: BufferedIOBase) -> Iterator[tuple[LoggedCommit, list[FileChange]]]:
    """The commits of what git prints in this form. Raises CouldNotMeasure where it is something else."""
    tokens = nul_ended(stream)
    try:
        token = next(tokens, None)
        while token is not None:
            if not _HEADER.fullmatch(token):
                raise ValueError
            ids = token.split()
            time, _, email = next(tokens).partition(b" ")
            if not _TIME.fullmatch(time):
                raise ValueError
            commit = LoggedCommit(ids[0], tuple(ids[1:]), int(time) if time.isdigit() else NO_TIME, next(tokens),
                                  email)
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
        raise _other_form() from None


def nul_ended(stream: BufferedIOBase) -> Iterator[bytes]:
    """What stands between NULs; each part ends in one."""
    rest = b""
    while True:
        chunk = stream.read1(_CHUNK)    # what is there: while more is waited for, git would stand still
        if not chunk:
            break
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest.strip():
        raise ValueError


def _lines(ids: Iterable[bytes]) -> bytes:
    return b"".join(one + b"\n" for one in ids)


def _other_form() -> CouldNotMeasure:
    return CouldNotMeasure("git's log of the checkout has another form than git gives it")
