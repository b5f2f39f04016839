"""One pass over a commit's log: for each of its files, which commits changed it, through moves and merges.

The log comes children first. Every file that is followed waits at the commit where its content is known to be the same
as at the end, and goes on to the parent when the commit does not touch it. So a change on a branch is found at its own
commit, and one that a merge threw away is not found at all. What a single commit costs depends on what it changes, not
on how many files are followed.
"""
from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal

from repo_vitals.sources.git_log import SHOW, read_history, read_log

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from repo_vitals.sources.git import Git
    from repo_vitals.sources.git_log import FileChange, LoggedCommit

# Ids of content without a byte, of which any two files are alike.
_EMPTY = frozenset({b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
                    b"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"})
_MOST_PATHS = 40        # that a log is asked for: every entry of every folder is held against each
Kind = Literal["created", "changed", "moved", "merged", "cut off"]


class Place:
    """A file at a commit, before it is known which commit last touched it. `same` is another that is it too."""

    __slots__ = ("known", "same")

    def __init__(self) -> None:
        self.known: Step | None = None
        self.same: Place | None = None

    @property
    def step(self) -> Step | None:
        """What last touched it; None where no commit ever had such a file."""
        return self.end().known

    def join(self, other: Place) -> None:
        """Both are one file at one commit."""
        end, goal = self.end(), other.end()
        if end is not goal:
            end.same = goal

    def end(self) -> Place:
        """The one place that all which are the same lead to."""
        end = self
        while end.same is not None:
            end = end.same
        place = self
        while place.same is not None:       # the next to ask has one step to go
            place.same, place = end, place.same
        return end


class Step:
    """What one commit did to a file: it `created`, `changed` or `moved` it, or `merged` several versions of it.

    `cut off` is where the history that is here ends: a shallow checkout's oldest commits. `new` is the id of the file's
    content then, `old` of that before, in the first parent. `earlier` is the same file in the parents.
    """

    __slots__ = ("commit", "earlier", "kind", "new", "old", "path")

    def __init__(self, kind: Kind, commit: LoggedCommit, path: bytes, *, old: bytes = b"", new: bytes = b"",
                 earlier: tuple[Place, ...] = ()) -> None:
        self.kind = kind
        self.commit = commit
        self.path = path
        self.old = old
        self.new = new
        self.earlier = earlier

    @property
    def is_new(self) -> bool:
        """Whether no parent has the file, as far as the log was asked for paths."""
        return self.kind == "created" or (self.kind == "merged" and all(one.step is None for one in self.earlier))


def follow(git: Git, head: str, files: Collection[bytes], *, shallow: Collection[str] = (),
           within: Sequence[bytes] = ()) -> dict[bytes, Place]:
    """Read the log of a commit once, and follow these files of it.

    `shallow`: commits whose parents are not here. `within`: literal paths of files and folders that hold all of them; a
    move from elsewhere is then new, until `follow_moves`. Raises GitFailed, for lack of an object say, and
    CouldNotMeasure.
    """
    places = {path: Place() for path in files}
    pass_ = _Pass({head.encode(): dict(places)}, shallow)
    for commit, changes in read_history(git, [head.encode()], within):
        pass_.see(commit, changes)
    return places


def follow_moves(git: Git, created: Collection[Step], *, shallow: Collection[str] = ()) -> list[Step]:
    """Those of these steps, all of them `is_new`, that were moves: they are told anew, with what was before them.

    Raises as `follow` does.
    """
    commits = sorted({step.commit.id for step in created})      # whose parents may be none in a log of paths
    said = git.run(*SHOW, feed=b"".join(commit + b"\n" for commit in commits)) if commits else b""
    shown = list(read_log(io.BytesIO(said)))
    sources = {(commit.id, change.path): change.source for commit, changes in shown
               for change in changes if change.status == b"R"}
    sources.update(((commit.id, path), source) for commit, changes in shown if len(commit.parents) == 1
                   for path, source in _stubs(changes).items())
    moved = [step for step in created if (step.commit.id, step.path) in sources]
    if not moved:
        return []
    waiting: dict[bytes, dict[bytes, Place]] = {}
    for step in moved:
        waiting.setdefault(step.commit.id, {})[step.path] = Place()
    places = {commit: dict(files) for commit, files in waiting.items()}
    within = _few({path for step in moved for path in (step.path, sources[step.commit.id, step.path])})
    pass_ = _Pass(waiting, shallow)
    for commit, changes in read_history(git, places, within):
        pass_.see(commit, changes)
    for step in moved:
        found = places[step.commit.id][step.path].step
        if found is not None:
            step.kind, step.old, step.earlier = found.kind, found.old, found.earlier
    return moved


def _few(paths: set[bytes]) -> list[bytes]:
    """The paths, or folders that hold them where they are many; none for everything."""
    while len(paths) > _MOST_PATHS:
        paths = {path.rpartition(b"/")[0] for path in paths}
        if b"" in paths:
            return []
    return sorted(paths)


def covering(paths: Iterable[str], everything: Collection[str]) -> list[bytes]:
    """Few folders and files that hold all of `paths`, and little else of `everything`; none where that is the whole."""
    found: list[str] = []
    wanted, whole = _Folders(paths), _Folders(everything)
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        found += wanted.files.get(folder, ())
        for below in wanted.below.get(folder, ()):
            is_mostly = wanted.number[below] > whole.number.get(below, 0) / 4
            (found if is_mostly else waiting).append(below)
        if len(found) + len(waiting) > _MOST_PATHS:
            return []
    return [path.encode("utf-8", "surrogateescape") for path in sorted(found)]


class _Folders:
    """The files right in each folder, the folders right in it, and how many files are anywhere below it."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.files: dict[str, list[str]] = {}
        self.below: dict[str, set[str]] = {}
        self.number: dict[str, int] = {}
        for path in paths:
            self.files.setdefault(path.rpartition("/")[0], []).append(path)
        for folder, files in self.files.items():
            place = folder
            while place:
                self.number[place] = self.number.get(place, 0) + len(files)
                above = place.rpartition("/")[0]
                self.below.setdefault(above, set()).add(place)
                place = above


class _Pass:
    """Where every file that is still followed waits, by commit and path."""

    def __init__(self, waiting: dict[bytes, dict[bytes, Place]], shallow: Collection[str]) -> None:
        self._waiting = waiting
        self._shallow = frozenset(commit.encode() for commit in shallow)

    def see(self, commit: LoggedCommit, changes: list[FileChange]) -> None:
        """Take the files that wait at this commit on to its parents."""
        here = self._waiting.pop(commit.id, None)
        if commit.id in self._shallow:
            ids = {change.path: change.new for change in changes}
            for path, place in (here or {}).items():
                if path in ids:         # else a merge sent it to a parent that has no such file
                    place.known = Step("cut off", commit, path, new=ids[path])
            return
        if not here:
            return
        for change in changes:      # a merge may have sent a file to a parent that has none of that name
            here.pop(change.path if change.status == b"D" else change.source, None)
        touched = [change for change in changes if change.path in here and change.status != b"D"]
        if len(commit.parents) > 1:
            self._merge(commit, touched, here)
            return
        before: dict[bytes, Place] = {}
        stubs = _stubs(changes) if commit.parents else {}
        for change in touched:
            place = here.pop(change.path)
            source = change.source or stubs.get(change.path, b"")
            step, earlier = _step(commit, change, source)
            place.known = step
            if earlier is not None:
                same = before.setdefault(source or change.path, earlier)
                if same is not earlier:     # of a file and of the stub that it left behind
                    earlier.join(same)
        here.update(before)
        if commit.parents:
            self._send(commit.parents[0], here)

    def _merge(self, commit: LoggedCommit, touched: list[FileChange], here: dict[bytes, Place]) -> None:
        others: list[dict[bytes, Place]] = [{} for _ in commit.parents[1:]]
        before = {}
        for change in touched:
            first = Place()
            places = [first]
            for other in others:
                other[change.path] = Place()
                places.append(other[change.path])
            old = b"" if change.status == b"A" else change.old
            here.pop(change.path).known = Step("merged", commit, change.path, old=old, new=change.new,
                                               earlier=tuple(places))
            if change.status != b"A":
                before[change.source or change.path] = first
        here.update(before)
        for parent, files in zip(commit.parents, (here, *others), strict=True):
            self._send(parent, files)

    def _send(self, commit: bytes, files: dict[bytes, Place]) -> None:
        """Let files wait at a commit, beside those that came there from another child."""
        there = self._waiting.setdefault(commit, files)
        if there is files:
            return
        if len(there) < len(files):
            there, files = files, there
            self._waiting[commit] = there
        for path, place in files.items():
            same = there.setdefault(path, place)
            if same is not place:
                place.join(same)


def _stubs(changes: Iterable[FileChange]) -> dict[bytes, bytes]:
    """Files that moved with a stub left in their place, by where they are now, and where they were.

    git pairs what is new with what is gone alone; here what was there is other than before, and its content is new
    elsewhere.
    """
    if all(change.status != b"A" for change in changes):        # of nearly every commit
        return {}
    left = {change.old: change.path for change in changes if change.status == b"M" and change.old not in _EMPTY}
    return {change.path: left[change.new] for change in changes if change.status == b"A" and change.new in left}


def _step(commit: LoggedCommit, change: FileChange, source: bytes) -> tuple[Step, Place | None]:
    """What a commit did to a file that it took from `source`, where there is one."""
    if change.status == b"A" and not source:
        return Step("created", commit, change.path, new=change.new), None
    earlier = Place()
    if source:
        return Step("moved", commit, change.path, old=change.new, new=change.new, earlier=(earlier,)), earlier
    return Step("changed", commit, change.path, old=change.old, new=change.new, earlier=(earlier,)), earlier
