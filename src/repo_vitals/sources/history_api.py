"""A history's branch read over GitHub's API, where there is no git: branches by name, and the newest as an archive.

An archive is not all that a commit holds: attributes in a `.gitattributes` leave files out of it (`export-ignore`, that
file itself too) or alter them (`export-subst`, `eol`). So what came is held to the listing of the commit's tree.
"""
from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.sources.github_refusals import refusal
from repo_vitals.sources.history import is_place
from repo_vitals.sources.history_branch import MARKER, Tip, newest, tip_of
from repo_vitals.sources.history_files import Files
from repo_vitals.sources.http import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        files = _unpacked(archive)
        _check(files, self._get(f"{self._base}/git/trees/{quote(oid)}?recursive=1").json(), branch)
        return tip_of(branch, oid, Files.of(files))

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


def _check(files: Mapping[str, bytes], listing: Any, branch: str) -> None:
    """Raises CallerError where attributes keep an archive from being what the branch holds, or that can't be
    told; CouldNotMeasure where it is so for another reason.
    """
    shown = quotable(branch)
    try:
        listed = {str(entry["path"]): str(entry["sha"]) for entry in listing["tree"]
                  if entry["mode"] in ("100644", "100755")}
        is_cut = bool(listing["truncated"])
    except (KeyError, TypeError, AttributeError):
        raise CouldNotMeasure(f"history: GitHub's listing of the branch {shown} is none; try again later") from None
    if MARKER not in listed and MARKER not in files:
        return      # no history of ours: that is for the caller to say
    if is_cut:
        raise CallerError(f"history: the branch {shown} holds more files than GitHub lists at once, so that it "
                          "can't be read without git; let the job have git 2.32 or later, or name another branch")
    wrong = sorted(path for path, oid in listed.items()
                   if (path == MARKER or is_place(path)) and (path not in files or _oid(files[path]) != oid))
    if not wrong:
        return
    causes = sorted(path for path in listed if path.rpartition("/")[2] == ".gitattributes")
    if not causes:
        raise CouldNotMeasure(f"history: GitHub's archive is not what the branch {shown} holds "
                              f"({quotable(wrong[0], limit=100)}); try again later")
    what = ", ".join(quotable(path, limit=100) for path in causes[:3])
    raise CallerError(f"history: GitHub's archive leaves out or alters {len(wrong)} file(s), "
                      f"{quotable(wrong[0], limit=100)} first, as attributes tell it to; remove {what} from the branch "
                      f"{shown}, or let the job have git")


def _oid(content: bytes) -> str:
    """What git names a file's content by."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


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
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError):     # sizes may be any number
        raise CouldNotMeasure("history: GitHub's archive of the branch can't be unpacked; try again later") from None
    return files
