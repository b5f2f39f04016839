"""A history's branch read over GitHub's API, where there is no git: branches by name, and the newest as an archive."""
from __future__ import annotations

import io
import tarfile
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.sources.github_refusals import refusal
from repo_vitals.sources.history_branch import Tip, newest, tip_of
from repo_vitals.sources.history_files import Files
from repo_vitals.sources.http import Request

if TYPE_CHECKING:
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.http_wire import Response

_MOST_BYTES = 500_000_000       # unpacked; a history is bounded by history-limit, an archive could be a bomb


class ApiReader:
    """Reads the history `name` of a repository."""

    def __init__(self, github: GitHub, *, repository: str, name: str) -> None:
        self._github = github
        self._name = name
        self._base = f"{github.endpoints.api_url}/repos/{repository}"

    def branches(self) -> dict[str, str]:
        """The branches of this history and of others whose names begin alike, with their commits."""
        found = self._get(f"{self._base}/git/matching-refs/heads/{quote(self._name)}").json()
        if not isinstance(found, list):
            raise CouldNotMeasure("history: GitHub's list of branches is no list")
        return {str(ref["ref"]).removeprefix("refs/heads/"): str(ref["object"]["sha"]) for ref in found
                if isinstance(ref, dict) and isinstance(ref.get("object"), dict)}

    def tip(self) -> Tip:
        """The newest state of the newest branch. Raises CallerError, CouldNotMeasure."""
        branches = self.branches()
        branch = newest(self._name, branches)
        if branch is None:
            return Tip(branch=self._name)
        return self._read(branch, branches[branch])

    def tip_of(self, branch: str) -> Tip:
        """The state of one branch."""
        branches = self.branches()
        if branch not in branches:
            raise CouldNotMeasure(f"history: the branch {quotable(branch)} is gone; try again later")
        return self._read(branch, branches[branch])

    def _read(self, branch: str, oid: str) -> Tip:
        archive = self._get(f"{self._base}/tarball/{quote(oid)}", expects_json=False).body
        return tip_of(branch, oid, Files.of(_unpacked(archive)))

    def _get(self, url: str, *, expects_json: bool = True) -> Response:
        transport = self._github.transport
        response = transport.send(Request(method="GET", url=url, expects_json=expects_json,
                                          headers={"Accept": "application/vnd.github+json"}))
        if response.status != 200:
            raise refused(self._github, response, "GET", url)
        return response


def refused(github: GitHub, response: Response, method: str, url: str) -> Exception:
    """An answer from 300 on as our error."""
    from urllib.parse import urlsplit

    path = urlsplit(url).path.removeprefix(urlsplit(github.endpoints.api_url).path)
    return refusal(response.status, response.headers, response.message(), method=method, path=path,
                   secret=github.transport.token, is_json=response.is_json())


def _unpacked(archive: bytes) -> dict[str, bytes]:
    """The regular files of an archive, without the folder that GitHub puts around them."""
    files: dict[str, bytes] = {}
    left = _MOST_BYTES
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            for entry in tar:
                path = entry.name.partition("/")[2]
                if not entry.isreg() or not path:
                    continue
                left -= entry.size
                if left < 0:
                    raise CouldNotMeasure(f"history: the archive unpacks to more than {_MOST_BYTES} bytes")
                content: Any = tar.extractfile(entry)
                files[path] = content.read()
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError):
        raise CouldNotMeasure("history: GitHub's archive of the branch can't be unpacked; try again later") from None
    return files
