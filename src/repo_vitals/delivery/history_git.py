"""Commits to a history's branch, made in a bare repository of ours and pushed; never by force."""
from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from repo_vitals.delivery.history_commits import AUTHOR, EMAIL, Lost, Refused
from repo_vitals.plain_text import quotable
from repo_vitals.sources.git import GitFailed
from repo_vitals.sources.history_git import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.sources.git import Git
    from repo_vitals.sources.history_git import GitReader

# What a push is told that another one overtook: by the client that the tip moved, by the server that it is moving.
# A branch that is gone leaves a shallow push without the commit that it stands on.
_OVERTAKEN = re.compile(r"fetch first|non-fast-forward|stale info|already exists|cannot lock ref|failed to update ref|"
                        r"unable to (?:create|update|lock)|incorrect old value|reference .*exists|missing necessary "
                        r"objects|remote ref updated since|shallow update not allowed", re.IGNORECASE)
_REASON = re.compile(r"!\t[^\t]*\t\[(?:remote )?rejected\] \((.*)\)")
_RULE = re.compile(r"GH0\d\d|protected branch|rule violation", re.IGNORECASE)


class GitWriter:
    """Commits with git on what a GitReader has fetched."""

    def __init__(self, reader: GitReader) -> None:
        self._reader = reader
        self._git: Git = reader.git
        self._numbers = count(1)

    def commit(self, branch: str, parent: str | None, files: Mapping[str, bytes], *, message: str, at: datetime,
               ) -> str:
        """Commit files (empty: removed) on `parent`, or as the first of a branch, and push; the new commit.

        Raises Lost where somebody else was quicker or it is not known whether the push arrived, Refused where it is
        not allowed.
        """
        ref = f"refs/repo-vitals/new-{next(self._numbers)}"
        self._git.local("fast-import", "--quiet", "--done", feed=_stream(ref, parent, files, message, at))
        oid = self._git.local("rev-parse", "--verify", ref).decode().strip()
        try:
            self._git.run("push", "--quiet", "--porcelain", "--no-verify", self._reader.remote,
                          f"{ref}:refs/heads/{branch}")
        except GitFailed as failure:
            raise self._meaning(failure) from None
        return oid

    def delete(self, branch: str, oid: str) -> None:
        """Delete a branch whose tip is `oid`. Raises Lost and Refused."""
        try:
            self._git.run("push", "--quiet", "--porcelain", "--no-verify",
                          f"--force-with-lease=refs/heads/{branch}:{oid}", self._reader.remote,
                          f":refs/heads/{branch}")
        except GitFailed as failure:
            raise self._meaning(failure) from None

    def _meaning(self, failure: GitFailed) -> Lost | Refused:
        """What a push that failed was told.

        Only the reason in brackets and GitHub's own lines count: the rest holds names of repository and branch.
        """
        told = [found.group(1) for line in failure.output.splitlines() if (found := _REASON.match(line))]
        remote = [line.removeprefix("remote:").strip() for line in failure.said.splitlines()
                  if line.startswith("remote:")]
        if told and not _OVERTAKEN.search("\n".join(told)):
            said = next((line for line in remote if _RULE.search(line)), told[0])
            return Refused(quotable(said, limit=200))
        if not told:
            error = refusal(failure, self._reader.repository, may="write the history", permission="contents: write")
            if error is not None:
                return Refused(failure.shown, error=error)
        return Lost(failure.shown, overtaken=bool(told))


def _stream(ref: str, parent: str | None, files: Mapping[str, bytes], message: str, at: datetime) -> bytes:
    """What `git fast-import` reads. Paths have passed `is_place`: nothing in them needs quoting."""
    text = message.encode("utf-8", "replace")
    parts = [f"commit {ref}\ncommitter {AUTHOR} <{EMAIL}> {int(at.timestamp())} +0000\ndata {len(text)}\n".encode(),
             text, b"\n"]
    if parent is not None:
        parts.append(f"from {parent}\n".encode())
    for path, content in sorted(files.items()):
        if content:
            parts += [f"M 100644 inline {path}\ndata {len(content)}\n".encode(), content, b"\n"]
        elif parent is not None:
            parts.append(f"D {path}\n".encode())
    return b"".join([*parts, b"done\n"])
