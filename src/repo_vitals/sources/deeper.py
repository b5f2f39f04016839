"""The whole history of a shallow checkout's commit, fetched without contents into a repository of our own."""
from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.sources.git import Git, GitFailed, git_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.credentials import Secret

_THERE = "there"
_MOST_CONTENTS = 5000       # that are asked for by their ids


class NotDeeper(Exception):
    """Why it could not be fetched, in words without strangers' text."""


class Deeper:
    """A repository of our own with all commits and trees behind a checkout's head, and the checkout's own objects."""

    def __init__(self, git: Git, remote: str) -> None:
        self.git = git
        # The remote has a name in these calls' settings only: git would keep a URL's, and later fetch by itself.
        # Nothing is told of what the checkout has, which the server would take for whole.
        self._settings = {"fetch.negotiationAlgorithm": "noop", f"remote.{_THERE}.url": remote,
                          f"remote.{_THERE}.promisor": "true", f"remote.{_THERE}.partialclonefilter": "blob:none"}
        self._left = _MOST_CONTENTS

    def fetch(self, *arguments: str, feed: bytes = b"") -> None:
        """Fetch without contents, but for those that are named. Raises GitFailed and CouldNotMeasure."""
        self.git.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none", *arguments,
                     feed=feed, settings=self._settings)

    def bring(self, ids: Sequence[bytes]) -> None:
        """Fetch contents by their ids, all at once; none where they are too many, or not to be had."""
        if len(ids) > self._left:
            return
        self._left -= len(ids)
        with contextlib.suppress(GitFailed, CouldNotMeasure):
            self.fetch("--stdin", _THERE, feed=b"".join(oid + b"\n" for oid in ids))


def deeper(checkout: Checkout, environ: Mapping[str, str], *, repository: str, server_url: str, secret: Secret | None,
           ) -> Deeper:
    """The history behind the checkout's head: of a shallow one from the server, else its own, with contents to be had.

    Nothing of the checkout changes. Raises NotDeeper.
    """
    if not repository or not server_url:
        raise NotDeeper("it is not known which repository it is of")
    program = git_path(environ, outside=checkout.root)
    if program is None:
        raise NotDeeper("there is no git")
    remote = f"{server_url.rstrip('/')}/{repository}.git"
    try:
        git = Git(None, program=program, environ=environ, secret=secret, server_url=server_url, purpose="history",
                  object_format="sha1" if len(checkout.head) == 40 else "sha256")
        found = Deeper(git, remote)
        if checkout.is_shallow:
            found.fetch(_THERE, f"+{checkout.head}:refs/repo-vitals/head")
        borrowed = Path(checkout.git.folder) / "objects" / "info" / "alternates"
        (git.folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (git.folder / "objects" / "info" / "alternates").write_bytes(borrowed.read_bytes())
    except GitFailed as failure:
        raise NotDeeper(f"git said: {failure.shown}") from None
    except CouldNotMeasure as error:
        raise NotDeeper(quotable(str(error))) from None
    except OSError as error:
        raise NotDeeper(error.strerror or type(error).__name__) from None
    return found
