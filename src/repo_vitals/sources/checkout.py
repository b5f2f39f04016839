"""The commits and files of the checkout that a run stands in, read without it taking part.

Its objects are read from a repository of our own that borrows them, so that no configuration, attribute, hook, alias,
filter or replacement of the checkout's has a say in what git answers. Nothing is fetched and nothing in it is changed.
"""
from __future__ import annotations

import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.git import Git, GitFailed, git_environment, git_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import IO

MOST_FILES = 1_000_000
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LONGEST_SECONDS = 60.0
_AT_A_TIME = 200            # paths in a command, whose length is bounded
# The tree without files, by the length of ids.
_NOTHING = {40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"}


_KINDS: dict[bytes, Literal["link", "submodule"]] = {b"120000": "link", b"160000": "submodule"}


class Entry(NamedTuple):
    """One thing that a commit holds."""

    path: str
    kind: Literal["file", "link", "submodule"]
    blob: str               # the id of its content; of a submodule its commit's


class NoCheckout(Exception):
    """There is nothing to ask: why, in words that follow what is unknown."""


class Checkout:
    """A checkout's history. Commits are named by their full ids."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        """The checkout that `folder` is in. Raises NoCheckout."""
        found = _git_folder(folder)
        if found is None:
            raise NoCheckout("the working folder is no git checkout (actions/checkout makes one)")
        program = git_path(environ, outside=folder)
        if program is None:
            raise NoCheckout("there is no git of at least version 2.32 on this machine")
        self._program, self._folder = program, found
        # Over no protocol: of a partial clone git would fetch what it lacks, with credentials that may lie in it.
        self._environ = {**git_environment(environ, None, ""), "GIT_DIR": str(found), "GIT_NO_REPLACE_OBJECTS": "1",
                         "GIT_ALLOW_PROTOCOL": ""}
        self.root = found.parent
        # In one call: starting git takes longer than what it does.
        told = self._asked("rev-parse", "HEAD^{commit}", "--is-shallow-repository", "--path-format=absolute",
                           "--git-path", "shallow", "--git-path", "objects").split("\n")
        self.head = told[0]
        if not _ID.fullmatch(self.head):
            raise NoCheckout("the checkout has no commit")
        if len(told) != 4:      # git's list of borrowed objects has a path a line
            raise NoCheckout("its history can't be read (a line break in its path)")
        self.is_shallow = told[1] == "true"
        shallow, objects = told[2:]
        self._commits: dict[str, bytes] = {}
        self._listed: tuple[str, tuple[Entry, ...]] = ("", ())     # of the commit that was asked for last
        try:
            self._git = Git(None, program=program, environ=environ, secret=None, server_url="", purpose="checkout",
                            object_format="sha1" if len(self.head) == 40 else "sha256")
            (self._git.folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
            (self._git.folder / "objects" / "info" / "alternates").write_bytes(f"{objects}\n".encode(
                "utf-8", "surrogateescape"))
            if self.is_shallow:
                (self._git.folder / "shallow").write_bytes(Path(shallow).read_bytes())
        except OSError as error:
            raise NoCheckout(f"its history can't be read ({error.strerror})") from None
        except CouldNotMeasure as error:
            raise NoCheckout(str(error)) from None

    @property
    def git(self) -> Git:
        """git in a repository of our own that borrows the objects of this one, without its names and settings."""
        return self._git

    @property
    def shallow(self) -> tuple[str, ...]:
        """The commits at which a shallow checkout ends."""
        if not self.is_shallow:
            return ()
        return tuple((self._git.folder / "shallow").read_text(encoding="ascii", errors="replace").split())

    def commit(self, name: str) -> str | None:
        """The commit that a branch, tag or id names; None where nothing here has that name."""
        found = self._asked("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return found if _ID.fullmatch(found) else None

    def parents(self, commit: str) -> tuple[str, ...]:
        """The commits that this one follows, as it names them itself: a shallow checkout may lack them."""
        text = self._commit(commit)
        return tuple(line[7:].decode("ascii", "replace") for line in text.split(b"\n") if line.startswith(b"parent "))

    def has(self, commit: str) -> bool:
        """Whether the commit is here."""
        return _ID.fullmatch(commit) is not None and self._commit(commit) != b""

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, as `git diff one...other` takes it; None where there is none here."""
        found = self._said("merge-base", one, other).decode("ascii", "replace").strip()
        return found if _ID.fullmatch(found) else None

    def follows(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is the commit or among those that it descends from."""
        return self.merge_base(ancestor, commit) == ancestor

    def first_parents(self, commit: str, *, most: int) -> list[str]:
        """The commit and its first parents, the newest first, at most so many; fewer where the checkout ends."""
        text = self._said("rev-list", "--first-parent", f"--max-count={most}", commit)
        return text.decode("ascii", "replace").split()

    def files(self, commit: str) -> tuple[str, ...]:
        """Paths of the files in a commit, from its top, in order. Raises NoCheckout for more than a million."""
        if self._listed[0] == commit:
            return tuple(entry.path for entry in self._listed[1])
        names = self._said("ls-tree", "-r", "-z", "--name-only", commit).split(b"\0")
        if len(names) > MOST_FILES:
            raise NoCheckout(f"the checkout has more than {MOST_FILES:,} files")
        return tuple(name.decode("utf-8", "surrogateescape") for name in names if name)

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """All that a commit holds but folders, from its top, in order.

        Raises NoCheckout for more than a million, and where a part of the list is not here: it is whole or none.
        """
        if self._listed[0] != commit:
            self._listed = commit, tuple(self._list(commit))
        return self._listed[1]

    def _list(self, commit: str) -> Iterator[Entry]:
        try:
            lines = self._git.run("ls-tree", "-r", "-z", commit).split(b"\0")
        except GitFailed:
            raise NoCheckout("the checkout lacks some of the commit's folders") from None
        except CouldNotMeasure as error:
            raise NoCheckout(str(error)) from None
        if len(lines) > MOST_FILES:
            raise NoCheckout(f"the checkout has more than {MOST_FILES:,} files")
        for line in lines:
            words, _, path = line.partition(b"\t")
            if path:
                mode, _, blob = words.split(b" ")
                yield Entry(path.decode("utf-8", "surrogateescape"), _KINDS.get(mode, "file"), blob.decode("ascii"))

    def blobs(self, ids: Sequence[str], *, largest: int) -> dict[str, bytes | None]:
        """Contents by id; None for those with more bytes, and without those that are not here."""
        found: dict[str, bytes | None] = {}
        told = self._git_said("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", ids)
        small = []
        for line in told.decode("ascii", "replace").splitlines():
            name, kind, size = [*line.split(" "), "", ""][:3]
            if kind != "blob":
                continue
            found[name] = None
            if int(size) <= largest:
                small.append(name)
        told, at = self._git_said("cat-file", "--batch=%(objectname) %(objectsize)", small), 0
        while at < len(told):
            end = told.index(b"\n", at)
            name, size = told[at:end].decode("ascii", "replace").split(" ")
            found[name] = told[end + 1:end + 1 + int(size)]
            at = end + 2 + int(size)
        return found

    def tags(self, *, merged: bool) -> str:
        """Tags, one a line: when each was made, in seconds since the epoch, and its whole name.

        `merged`: only those that the checked-out commit descends from. Only the checkout knows its tags, and listing
        them runs nothing of it.
        """
        return self._asked("for-each-ref", "--format=%(creatordate:unix) %(refname)",
                           *([f"--merged={self.head}"] if merged else []), "refs/tags")

    def text(self, commit: str, path: str, *, largest: int) -> str | None:
        """A file as it is in a commit; None where there is none, or a larger one."""
        name = f"{commit}:{path}"
        size = self._said("cat-file", "-s", name).strip()
        if not size.isdigit() or int(size) > largest:
            return None
        return self._said("cat-file", "blob", name).decode("utf-8", "replace")

    def time(self, commit: str) -> datetime | None:
        """When the commit was made, as its committer's clock said; None where it says nothing that can be."""
        text = self._commit(commit)
        match = re.search(rb"^committer .*> (\d{1,11}) [+-]\d{4}$", text, re.MULTILINE)
        return datetime.fromtimestamp(int(match[1]), timezone.utc) if match else None

    def holds(self, place: Path) -> bool:
        """Whether a file of the working tree is in the checked-out commit as it stands there."""
        try:
            name = f"{self.head}:{place.relative_to(self.root).as_posix()}"
            size = self._said("cat-file", "-s", name).strip()
            return size.isdigit() and int(size) == place.stat().st_size and (
                self._said("cat-file", "blob", name) == place.read_bytes())
        except (ValueError, OSError):
            return False

    def line_counts(self, commit: str, paths: Sequence[str]) -> dict[str, int]:
        """How many lines files of a commit have; without those that git takes for binary or lacks."""
        nothing = _NOTHING[len(commit)]
        found = {}
        for start in range(0, len(paths), _AT_A_TIME):
            told = self._said("--literal-pathspecs", "diff-tree", "-r", "-z", "--numstat", "--no-renames",
                              "--no-ext-diff", "--no-textconv", nothing, commit, "--",
                              *paths[start:start + _AT_A_TIME])
            for line in told.split(b"\0"):
                added, _, rest = line.partition(b"\t")
                if added.isdigit():
                    found[rest.partition(b"\t")[2].decode("utf-8", "surrogateescape")] = int(added)
        return found

    def diff(self, old: str, new: str) -> AbstractContextManager[IO[bytes]]:
        """The changes from one commit to another as a diff without context, renames followed. Raises GitFailed."""
        # Of a repository without attributes and settings but ours, `diff-tree` says the same everywhere.
        return self._git.stream("-c", "core.quotePath=false", "diff-tree", "-r", "-p", "--find-renames",
                                "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short",
                                "--src-prefix=a/", "--dst-prefix=b/", "--diff-algorithm=myers", old, new)

    def _commit(self, commit: str) -> bytes:
        """What stands in a commit above its message; nothing where it is no commit that is here."""
        if commit not in self._commits:
            self._commits[commit] = self._said("cat-file", "commit", commit).partition(b"\n\n")[0]
        return self._commits[commit]

    def _git_said(self, command: str, form: str, ids: Sequence[str]) -> bytes:
        """What git says about each of these ids once, in their order."""
        names = [name for name in dict.fromkeys(ids) if _ID.fullmatch(name)]
        return self._said(command, form, feed="".join(f"{name}\n" for name in names).encode("ascii")) if names else b""

    def _said(self, *arguments: str, feed: bytes = b"") -> bytes:
        """What git says of the borrowed objects; nothing where it fails, for lack of an object say."""
        try:
            return self._git.run(*arguments, feed=feed)
        except GitFailed:
            return b""
        except CouldNotMeasure as error:
            raise NoCheckout(str(error)) from None

    def _asked(self, *arguments: str) -> str:
        """What git says of the checkout's own names, which only it knows; nothing where it fails.

        GIT_DIR is given, so that whose the folder is does not matter, and `rev-parse` runs nothing.
        """
        try:
            done = subprocess.run([self._program, *arguments], cwd=self._folder.parent, env=self._environ,  # noqa: S603
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=_LONGEST_SECONDS, check=False)
        except (OSError, ValueError, subprocess.SubprocessError):
            return ""
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n") if done.returncode == 0 else ""


def _git_folder(folder: Path) -> Path | None:
    """The `.git`, a folder or a file that names one, of the nearest folder upwards that has it."""
    home = folder.resolve()
    for place in (home, *home.parents):
        found = place / ".git"
        if (found / "HEAD").is_file() or found.is_file():
            return found
    return None
