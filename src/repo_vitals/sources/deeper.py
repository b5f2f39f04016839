"""The whole history of a shallow checkout's commit, fetched without contents into a repository of our own."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.sources.git import Git, GitFailed, git_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.credentials import Secret

_THERE = "there"


class NotDeeper(Exception):
    """Why it could not be fetched, in words without strangers' text."""


def deeper(checkout: Checkout, environ: Mapping[str, str], *, repository: str, server_url: str, secret: Secret | None,
           ) -> Git:
    """git in a repository that has all commits and trees behind the checkout's head, and the contents of the checkout.

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
        # The remote has a name in this call's settings only: git would keep a URL's, and later fetch by itself. Nothing
        # is told of what the checkout has, which the server would take for whole.
        git.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--filter=blob:none", _THERE,
                f"+{checkout.head}:refs/repo-vitals/head",
                settings={"fetch.negotiationAlgorithm": "noop", f"remote.{_THERE}.url": remote,
                          f"remote.{_THERE}.promisor": "true", f"remote.{_THERE}.partialclonefilter": "blob:none"})
        borrowed = Path(checkout.git.folder) / "objects" / "info" / "alternates"
        (git.folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (git.folder / "objects" / "info" / "alternates").write_bytes(borrowed.read_bytes())
    except GitFailed as failure:
        raise NotDeeper(f"git said: {failure.shown}") from None
    except CouldNotMeasure as error:
        raise NotDeeper(quotable(str(error))) from None
    except OSError as error:
        raise NotDeeper(error.strerror or type(error).__name__) from None
    return git
