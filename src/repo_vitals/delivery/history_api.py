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
from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.sources.history_api import refused
from repo_vitals.sources.http import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.http_wire import Response

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
        except CallerError as error:
            raise Refused(str(error), error=error) from None
        except CouldNotMeasure as error:     # an outcome that is not known among them
            if _OVERTAKEN.search(str(error)):
                raise Lost(str(error)) from None
            if "rule violation" in str(error).lower() or "protected branch" in str(error).lower():
                raise Refused(str(error)) from None
            raise Lost(str(error)) from None

    def delete(self, branch: str) -> None:
        """Delete a branch."""
        try:
            self._send("DELETE", f"/git/refs/heads/{branch}", None, expected=204)
        except CallerError as error:
            raise Refused(str(error), error=error) from None
        except CouldNotMeasure as error:
            raise Lost(str(error)) from None

    def _next(self, branch: str, parent: str, files: Mapping[str, bytes], message: str) -> str:
        additions = [{"path": path, "contents": base64.b64encode(content).decode()}
                     for path, content in sorted(files.items()) if content]
        deletions = [{"path": path} for path, content in sorted(files.items()) if not content]
        data = self._github.graphql.mutate("create_commit", {"input": {
            "branch": {"repositoryNameWithOwner": self._repository, "branchName": branch},
            "message": {"headline": message}, "expectedHeadOid": parent,
            "fileChanges": {"additions": additions, "deletions": deletions}}})
        try:
            return str(data["createCommitOnBranch"]["commit"]["oid"])
        except (KeyError, TypeError):
            raise Lost("GitHub's answer does not name the commit") from None

    def _first(self, branch: str, files: Mapping[str, bytes], message: str) -> str:
        tree = [{"path": path, "mode": "100644", "type": "blob", **self._content(content)}
                for path, content in sorted(files.items()) if content]
        made = self._send("POST", "/git/trees", {"tree": tree})["sha"]
        commit = str(self._send("POST", "/git/commits", {"message": message, "tree": made, "parents": []})["sha"])
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
