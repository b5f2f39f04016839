"""Commits to a history's branch over GitHub's API, where git is absent or its push is refused.

GitHub signs these commits, so that a rule which wants signatures takes them. A branch's first commit, which has no
parent, is made of a tree, a commit and a reference; all others by the mutation `createCommitOnBranch`, which GitHub
carries out only on the tip that is expected.
"""
from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from repo_vitals.delivery.history_commits import Lost, Refused
from repo_vitals.errors import BudgetSpent, CallerError, CouldNotMeasure
from repo_vitals.sources.history_api import refused
from repo_vitals.sources.http import OutcomeUnknown, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.http_wire import Response

_PIECE = 1_000_000
_PASSING = re.compile(r"no usable answer from|try again later", re.IGNORECASE)
_OVERTAKEN = re.compile(r"expected branch to point to|STALE_DATA|reference already exists|is at .* but expected",
                        re.IGNORECASE)


class ApiWriter:
    """Commits to branches of a repository."""

    def __init__(self, github: GitHub, *, repository: str) -> None:
        self._github = github
        self._repository = repository
        self._base = f"{github.endpoints.api_url}/repos/{repository}"

    def commit(self, branch: str, parent: str | None, files: Mapping[str, bytes], *, message: str, at: datetime,  # noqa: ARG002 - GitHub dates its commits itself
               ) -> str:
        """Commit files (empty: removed) on `parent`, or as the first of a branch; the new commit."""
        try:
            return self._first(branch, files, message) if parent is None else self._next(branch, parent, files, message)
        except (CallerError, CouldNotMeasure) as error:
            raise _meaning(error) from None

    def delete(self, branch: str, oid: str) -> None:  # noqa: ARG002 - GitHub's API takes no condition
        """Delete a branch."""
        try:
            self._send("DELETE", f"/git/refs/heads/{branch}", None, expected=204)
        except (CallerError, CouldNotMeasure) as error:
            raise _meaning(error) from None

    def _next(self, branch: str, parent: str, files: Mapping[str, bytes], message: str) -> str:
        additions = [{"path": path, "contents": base64.b64encode(content).decode()}
                     for path, content in sorted(files.items()) if content]
        deletions = [{"path": path} for path, content in sorted(files.items()) if not content]
        headline, _, body = message.partition("\n\n")
        data = self._github.graphql.mutate("create_commit", {"input": {
            "branch": {"repositoryNameWithOwner": self._repository, "branchName": branch},
            "message": {"headline": headline, "body": body}, "expectedHeadOid": parent,
            "fileChanges": {"additions": additions, "deletions": deletions}}})
        try:
            return str(data["createCommitOnBranch"]["commit"]["oid"])
        except (KeyError, TypeError):
            raise Lost("GitHub's answer does not name the commit") from None

    def _first(self, branch: str, files: Mapping[str, bytes], message: str) -> str:
        tree: str | None = None
        for piece in _pieces(files):
            entries = [{"path": path, "mode": "100644", "type": "blob", **self._content(content)}
                       for path, content in piece]
            base = {} if tree is None else {"base_tree": tree}
            tree = str(self._send("POST", "/git/trees", {**base, "tree": entries})["sha"])
        commit = str(self._send("POST", "/git/commits", {"message": message, "tree": tree, "parents": []})["sha"])
        self._send("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": commit})
        return commit

    def _content(self, content: bytes) -> dict[str, str]:
        try:
            return {"content": content.decode()}
        except UnicodeDecodeError:      # only as a blob of its own can what is no text be given
            blob = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
            return {"sha": str(self._send("POST", "/git/blobs", blob)["sha"])}

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, *, expected: int = 201) -> Any:
        url = f"{self._base}{path}"
        response: Response = self._github.transport.send(Request(
            method=method, url=url, body=None if body is None else json.dumps(body).encode(), replayable=False,
            headers={"Accept": "application/vnd.github+json", "Content-Type": "application/json"},
            expects_json=body is not None))
        if response.status != expected:
            raise refused(self._github, response, method, url)
        if body is None:
            return None
        found = response.json()
        if not isinstance(found, dict) or not ("sha" in found or "ref" in found):
            raise Lost("GitHub's answer does not name what was made")
        return found


def _pieces(files: Mapping[str, bytes]) -> Iterator[list[tuple[str, bytes]]]:
    """The files, a megabyte or so at a time: GitHub gives up on a tree of many."""
    piece: list[tuple[str, bytes]] = []
    size = 0
    for path, content in sorted(files.items()):
        if not content:
            continue
        if piece and size + len(content) > _PIECE:
            yield piece
            piece, size = [], 0
        piece.append((path, content))
        size += len(content)
    if piece:
        yield piece


def _meaning(error: CallerError | CouldNotMeasure) -> Exception:
    """What an error of the API means for a commit. A spent rate limit ends the writing as it is."""
    if isinstance(error, BudgetSpent):
        return error
    if isinstance(error, CallerError):
        return Refused(str(error), error=error)
    if _OVERTAKEN.search(str(error)):
        return Lost(str(error), overtaken=True)
    if isinstance(error, OutcomeUnknown) or _PASSING.search(str(error)):
        return Lost(str(error))
    return Refused(str(error))
