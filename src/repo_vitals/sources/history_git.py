"""A history's branch read with git: one listing of branches, one shallow fetch of the newest."""
from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from repo_vitals.errors import CallerError, CouldNotMeasure, PermissionMissing
from repo_vitals.plain_text import quotable
from repo_vitals.sources.git import GitFailed
from repo_vitals.sources.history_branch import Tip, newest, tip_of
from repo_vitals.sources.history_files import Files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.errors import RepoVitalsError
    from repo_vitals.sources.git import Git
    from repo_vitals.sources.limits import Patience

_HERE = "refs/repo-vitals/tip"
_MOST_TRIES = 4
# A URL in what git says may hold any of these words: its own words are looked for around it.
_RIGHTS = re.compile(r"returned error: 40[13]\b|authentication failed for|could not read (?:username|password) for|"
                     r"^remote: permission to .* denied|^remote: write access .* not granted",
                     re.IGNORECASE | re.MULTILINE)
_ABSENT = re.compile(r"returned error: 404\b|repository '.*' not found|^remote: repository not found|"
                     r"does not appear to be a git repository", re.IGNORECASE | re.MULTILINE)
_GONE = re.compile(r"couldn't find remote ref", re.IGNORECASE)


class GitReader:
    """Reads the history `name` of the repository at `remote`."""

    def __init__(self, git: Git, *, remote: str, name: str, repository: str, patience: Patience) -> None:
        self.git = git
        self.remote = remote
        self.name = name
        self.repository = repository
        self.patience = patience

    def branches(self) -> dict[str, str]:
        """The branches of this history and of others whose names begin alike, with their commits.

        Raises PermissionMissing, CallerError, CouldNotMeasure.
        """
        said = self._asked("ls-remote", "--quiet", "--refs", self.remote, f"refs/heads/{self.name}",
                           f"refs/heads/{self.name}-*").decode("utf-8", "replace")
        pairs = (line.partition("\t") for line in said.splitlines())
        return {ref.removeprefix("refs/heads/"): oid for oid, _, ref in pairs if ref.startswith("refs/heads/")}

    def tip(self) -> Tip:
        """The newest state of the newest branch.

        Raises CallerError for a branch that is no history or of a newer schema; and as `branches`.
        """
        for _ in range(_MOST_TRIES):
            branch = newest(self.name, self.branches())
            if branch is None:
                return Tip(branch=self.name)
            with contextlib.suppress(_Gone):        # deleted since it was listed
                return self.tip_of(branch)
        raise CouldNotMeasure(f"history: the branch {quotable(self.name)} comes and goes; try again later")

    def tip_of(self, branch: str) -> Tip:
        """The state of one branch."""
        self._asked("fetch", "--quiet", "--depth", "1", "--no-tags", "--no-write-fetch-head", self.remote,
                    f"+refs/heads/{branch}:{_HERE}")
        return tip_of(branch, *self._content())

    def _content(self) -> tuple[str, Files]:
        """The commit that was fetched, and all files of it: no links, no submodules."""
        oid = self.git.local("rev-parse", "--verify", f"{_HERE}^{{commit}}").decode().strip()
        blobs: dict[str, bytes] = {}
        sizes: dict[str, int] = {}
        for entry in self.git.local("ls-tree", "-r", "-l", "-z", "--full-tree", oid).split(b"\0"):
            description, _, name = entry.partition(b"\t")
            if description.startswith(b"100"):
                path = name.decode("utf-8", "surrogateescape")
                _, _, blobs[path], size = description.split()
                sizes[path] = int(size)

        def load(paths: Sequence[str]) -> dict[str, bytes]:
            said = self.git.local("cat-file", "--batch", feed=b"".join(blobs[path] + b"\n" for path in paths))
            found, start = {}, 0
            for path in paths:
                start = said.index(b"\n", start) + 1
                found[path] = said[start: start + sizes[path]]
                start += sizes[path] + 1
            return found
        return oid, Files(sizes, load)

    def _asked(self, *arguments: str) -> bytes:
        """What git says that needs the network, tried again where that may help."""
        tries = 0
        while True:
            tries += 1
            try:
                return self.git.run(*arguments)
            except GitFailed as failure:
                if _GONE.search(failure.said):
                    raise _Gone from None
                error = refusal(failure, self.repository, may="read the history", permission="contents: read")
                if error is None and tries < _MOST_TRIES and self.patience.back_off(tries):
                    continue
                raise error or CouldNotMeasure(f"history: git {arguments[0]} of {quotable(self.repository)} failed "
                                               f"after {tries} tries ({failure.shown}); try again later") from None


class _Gone(Exception):
    """The branch that was asked for is not there any more."""


def refusal(failure: GitFailed, repository: str, *, may: str, permission: str) -> RepoVitalsError | None:
    """What a failure means that trying again does not help; None for any other."""
    if _RIGHTS.search(failure.said):
        return PermissionMissing(f"history: the token may not {may} of {quotable(repository)} ({failure.shown}); grant "
                                 f'"{permission}" to the job')
    if _ABSENT.search(failure.said):
        return CallerError(f"history: the repository {quotable(repository)} is not found, or hidden from this token "
                           f"({failure.shown}); check the name, and that the token may read it (contents: read)")
    return None
