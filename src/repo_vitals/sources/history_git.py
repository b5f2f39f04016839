"""A history's branch read with git: one listing of branches, one shallow fetch of the newest without large contents.

What a server packs anew costs it some 45 ms a megabyte, so that contents are fetched when somebody asks for them, those
of a monitor at once. A server that knows no filters sends everything at first; one that gives no single objects is
asked for the whole branch instead.
"""
from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from repo_vitals.errors import CallerError, CouldNotMeasure, PermissionMissing
from repo_vitals.plain_text import quotable
from repo_vitals.sources.git import GitFailed
from repo_vitals.sources.history_blobs import Blobs
from repo_vitals.sources.history_branch import Tip, newest, tip_of, total_in
from repo_vitals.sources.history_files import Files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.errors import RepoVitalsError
    from repo_vitals.sources.git import Git
    from repo_vitals.sources.limits import Patience

_HERE = "refs/repo-vitals/tip"
_MOST_TRIES = 4
# Large enough for the marker and for a history of a few days, which then takes no second fetch.
_FILTER = "blob:limit=4k"
_THERE = "there"
# A URL in what git says may hold any of these words: its own words are looked for around it.
_RIGHTS = re.compile(r"returned error: 40[13]\b|authentication failed for|could not read (?:username|password) for|"
                     r"^remote: permission to .* denied|^remote: write access .* not granted",
                     re.IGNORECASE | re.MULTILINE)
_ABSENT = re.compile(r"returned error: 404\b|repository '.*' not found|^remote: repository not found|"
                     r"does not appear to be a git repository", re.IGNORECASE | re.MULTILINE)
_GONE = re.compile(r"couldn't find remote ref", re.IGNORECASE)
_NO_FILTER = re.compile(r"\bfilter '[^']*' not supported|filtering not (?:supported|allowed)", re.IGNORECASE)
_NO_OBJECTS = re.compile(r"does not allow request for unadvertised object", re.IGNORECASE)
_NO_OBJECT = re.compile(r"not our ref [0-9a-f]{40}", re.IGNORECASE)


class GitReader:
    """Reads the history `name` of the repository at `remote`."""

    def __init__(self, git: Git, *, remote: str, name: str, repository: str, patience: Patience) -> None:
        self.git = git
        self.remote = remote
        self.name = name
        self.repository = repository
        self.patience = patience
        self._filters = True

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
        if self._filters:
            try:
                self._fetch(f"--filter={_FILTER}", "--depth", "1", _THERE, f"+refs/heads/{branch}:{_HERE}")
            except _NotGiven:
                self._filters = False
        if not self._filters:
            self._fetch_whole(branch)
        return self._content(branch)

    def _content(self, branch: str) -> Tip:
        """The commit that was fetched, and all files of it: no links, no submodules."""
        said = self.git.local("cat-file", "--batch", feed=f"{_HERE}^{{commit}}\n".encode())
        head, _, commit = said.partition(b"\n")
        oid = head.split(b" ")[0].decode()
        ids: dict[str, bytes] = {}
        for entry in self.git.local("ls-tree", "-r", "-z", "--full-tree", oid).split(b"\0"):
            description, _, name = entry.partition(b"\t")
            if description.startswith(b"100"):
                ids[name.decode("utf-8", "surrogateescape")] = description.split()[2]
        blobs = Blobs(self.git, ids, lambda missing: self._bring(branch, missing))
        return tip_of(branch, oid, Files(blobs.sizes(), blobs.load, measure=blobs.measure),
                      total=total_in(commit.decode("utf-8", "replace")))

    def _bring(self, branch: str, ids: Sequence[bytes]) -> None:
        """Fetch single objects, or everything where the server gives none; some may be nowhere any more."""
        try:
            self._fetch("--filter=blob:none", "--stdin", _THERE, feed=b"".join(oid + b"\n" for oid in ids))
        except _NotGiven as refused:
            self._filters = self._filters and not refused.ever
            with contextlib.suppress(_Gone):
                self._fetch_whole(branch)

    def _fetch_whole(self, branch: str) -> None:
        self._fetch("--depth", "1", self.remote, f"+refs/heads/{branch}:{_HERE}")

    def _fetch(self, *arguments: str, feed: bytes = b"") -> None:
        """A fetch that tells the server nothing of what is here: it would take that for complete.

        The remote has a name in this call's settings only. git would write a URL's into the configuration, and from
        then on fetch whatever is missing by itself, one object at a time.
        """
        settings = {"fetch.negotiationAlgorithm": "noop"}
        if _THERE in arguments:
            settings.update({f"remote.{_THERE}.url": self.remote, f"remote.{_THERE}.promisor": "true",
                             f"remote.{_THERE}.partialclonefilter": "blob:none"})
        self._asked("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *arguments, feed=feed, settings=settings)

    def _asked(self, *arguments: str, feed: bytes = b"", settings: Mapping[str, str] | None = None) -> bytes:
        """What git says that needs the network, tried again where that may help."""
        tries = 0
        while True:
            tries += 1
            try:
                return self.git.run(*arguments, feed=feed, settings=settings)
            except GitFailed as failure:
                if _GONE.search(failure.said):
                    raise _Gone from None
                if _NO_FILTER.search(failure.said) or _NO_OBJECTS.search(failure.said):
                    raise _NotGiven(ever=True) from None
                if _NO_OBJECT.search(failure.said):
                    raise _NotGiven(ever=False) from None
                error = refusal(failure, self.repository, may="read the history", permission="contents: read")
                if error is None and tries < _MOST_TRIES and self.patience.back_off(tries):
                    continue
                raise error or CouldNotMeasure(f"history: git {arguments[0]} of {quotable(self.repository)} failed "
                                               f"after {tries} tries ({failure.shown}); try again later") from None


class _Gone(Exception):
    """The branch that was asked for is not there any more."""


class _NotGiven(Exception):
    """The server knows no such filter, or gives no single objects, `ever`; or it lacks one of the objects."""

    def __init__(self, *, ever: bool) -> None:
        super().__init__()
        self.ever = ever


def refusal(failure: GitFailed, repository: str, *, may: str, permission: str) -> RepoVitalsError | None:
    """What a failure means that trying again does not help; None for any other."""
    if _RIGHTS.search(failure.said):
        return PermissionMissing(f"history: the token may not {may} of {quotable(repository)} ({failure.shown}); grant "
                                 f'"{permission}" to the job')
    if _ABSENT.search(failure.said):
        return CallerError(f"history: the repository {quotable(repository)} is not found, or hidden from this token "
                           f"({failure.shown}); check the name, and that the token may read it (contents: read)")
    return None
