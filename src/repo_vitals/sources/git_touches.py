"""Which commits changed or removed files that somebody asks about, be they there or gone."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.sources.git_log import TOUCHING, read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from repo_vitals.sources.git import Git
    from repo_vitals.sources.git_log import FileChange, LoggedCommit


@dataclass(frozen=True)
class Touch:
    """A commit that changed or removed a file."""

    commit: LoggedCommit
    change: FileChange


@dataclass
class Touches:
    """By path, in bytes as git has them; the newest first. `sources` are commits that touch one of some files."""

    files: dict[bytes, list[Touch]] = field(default_factory=dict)
    folders: dict[bytes, Touch] = field(default_factory=dict)       # the newest removal of a file below
    sources: list[LoggedCommit] = field(default_factory=list)


def read_touches(git: Git, head: str, *, files: Collection[bytes], folders: Collection[bytes] = (),
                 within: Sequence[bytes] = (), shallow: Collection[str] = (),
                 is_source: Callable[[bytes], bool] | None = None) -> Touches:
    """Read the log of `head` once, without merges: they repeat what their branches did.

    `folders` without a slash at their end. `within`: literal paths that hold all of these, or nothing for the whole
    repository. `shallow`: commits whose parents are not here, which seem to make all that was there before.
    `is_source`: whether a file is one of those whose changes are counted together. Raises GitFailed and
    CouldNotMeasure.
    """
    found = Touches()
    cut_off = frozenset(commit.encode() for commit in shallow)
    watched, in_folders = frozenset(files), frozenset(folders)
    paths = [path.decode("utf-8", "surrogateescape") for path in within]
    with git.stream(*TOUCHING, head, "--", *paths) as stream:
        for commit, changes in read_log(stream):
            if commit.id in cut_off:
                continue
            for change in changes:
                _see(found, Touch(commit, change), watched, in_folders)
            if is_source is not None and any(is_source(change.path) for change in changes):
                found.sources.append(commit)
    return found


def _see(found: Touches, touch: Touch, watched: frozenset[bytes], folders: frozenset[bytes]) -> None:
    for path in (touch.change.path, touch.change.source):
        if path in watched:
            found.files.setdefault(path, []).append(touch)
    gone = touch.change.path if touch.change.status == b"D" else touch.change.source
    if gone and folders:
        for folder in _above(gone):
            if folder in folders:
                found.folders.setdefault(folder, touch)


def _above(path: bytes) -> Iterator[bytes]:
    end = path.rfind(b"/")
    while end > 0:
        yield path[:end]
        end = path.rfind(b"/", 0, end)
