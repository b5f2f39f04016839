"""One pass over a commit's log: for each of its files, which commits changed it, through moves and merges.

The log comes children first. Every file that is followed waits at the commit where its content is known to be the same
as at the end, and goes on to the parent when the commit does not touch it. So a change on a branch is found at its own
commit, and one that a merge threw away is not found at all. What a single commit costs depends on what it changes, not
on how many files are followed.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from repo_vitals.sources.git_log import LOG, read_log

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from repo_vitals.sources.git import Git
    from repo_vitals.sources.git_log import FileChange, LoggedCommit

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


@dataclass(frozen=True)
class Touch:
    """A commit that changed or removed a watched file, or a file in a watched folder."""

    commit: LoggedCommit
    change: FileChange


@dataclass
class GitHistory:
    """What the pass found. Paths are bytes, as git has them."""

    places: dict[bytes, Place] = field(default_factory=dict)            # of what was followed
    touched: dict[bytes, list[Touch]] = field(default_factory=dict)     # of what was watched, the newest first
    removed: dict[bytes, Touch] = field(default_factory=dict)           # the newest removal in a watched folder
    trunk: list[LoggedCommit] = field(default_factory=list)             # first parents, the newest first
    commits: int = 0
    cut_off: list[LoggedCommit] = field(default_factory=list)           # where a shallow history begins
    source_changes: list[LoggedCommit] = field(default_factory=list)    # that touch a file of `endings`


def read_history(git: Git, head: str, *, follow: Iterable[bytes], watch: Collection[bytes] = (),
                 folders: Collection[bytes] = (), shallow: Collection[bytes] = (), endings: tuple[bytes, ...] = (),
                 ) -> GitHistory:
    """Read the log of `head` once.

    `follow`: files of the commit. `watch`: files, here or gone, whose every change is wanted. `folders`, without a
    slash at their end: whose newest removal is wanted. `shallow`: commits whose parents are not here. `endings`: of
    files whose changes are counted together. Raises GitFailed, for lack of an object say, and CouldNotMeasure.
    """
    found = GitHistory()
    pass_ = _Pass(found, head.encode(), follow, frozenset(shallow))
    watched, in_folders = frozenset(watch), frozenset(folders)
    trunk = head.encode()
    with git.stream(*LOG, head) as stream:
        for commit, changes in read_log(stream):
            found.commits += 1
            if commit.id == trunk:
                found.trunk.append(commit)
                trunk = commit.parents[0] if commit.parents else b""
            pass_.see(commit, changes)
            if len(commit.parents) > 1 or commit.id in pass_.shallow:
                continue        # a merge repeats what its branch did, and a shallow history's first all before it
            if watched or in_folders:
                _watch(found, commit, changes, watched, in_folders)
            if endings and any(change.path.endswith(endings) for change in changes):
                found.source_changes.append(commit)
    return found


def _watch(found: GitHistory, commit: LoggedCommit, changes: list[FileChange], watched: frozenset[bytes],
           folders: frozenset[bytes]) -> None:
    for change in changes:
        for path in (change.path, change.source):
            if path in watched:
                found.touched.setdefault(path, []).append(Touch(commit, change))
        gone = change.path if change.status == b"D" else change.source
        if gone and folders:
            for folder in _folders(gone):
                if folder in folders:
                    found.removed.setdefault(folder, Touch(commit, change))


def _folders(path: bytes) -> Iterator[bytes]:
    end = path.rfind(b"/")
    while end > 0:
        yield path[:end]
        end = path.rfind(b"/", 0, end)


class _Pass:
    """Where every file that is still followed waits, by commit and path."""

    def __init__(self, found: GitHistory, head: bytes, follow: Iterable[bytes], shallow: frozenset[bytes]) -> None:
        self._found = found
        self.shallow = shallow
        found.places = {path: Place() for path in follow}
        self._waiting: dict[bytes, dict[bytes, Place]] = {head: dict(found.places)}

    def see(self, commit: LoggedCommit, changes: list[FileChange]) -> None:
        """Take the files that wait at this commit on to its parents."""
        here = self._waiting.pop(commit.id, None)
        if commit.id in self.shallow:
            self._found.cut_off.append(commit)
            ids = {change.path: change.new for change in changes}
            for path, place in (here or {}).items():
                place.known = Step("cut off", commit, path, new=ids.get(path, b""))
            return
        if not here:
            return
        for change in changes:      # a merge may have sent a file to a parent that has none of that name
            here.pop(change.path if change.status == b"D" else change.source, None)
        touched = [change for change in changes if change.path in here and change.status != b"D"]
        if len(commit.parents) > 1:
            self._merge(commit, touched, here)
            return
        before = {}
        for change in touched:
            place = here.pop(change.path)
            step, earlier = _step(commit, change)
            place.known = step
            if earlier is not None:
                before[change.source or change.path] = earlier
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


def _step(commit: LoggedCommit, change: FileChange) -> tuple[Step, Place | None]:
    if change.status == b"A":
        return Step("created", commit, change.path, new=change.new), None
    earlier = Place()
    kind: Kind = "moved" if change.status == b"R" else "changed"
    return Step(kind, commit, change.path, old=change.old, new=change.new, earlier=(earlier,)), earlier
