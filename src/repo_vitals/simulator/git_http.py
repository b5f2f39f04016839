"""Pushes and fetches: git's own server program behind the simulator's socket, with GitHub's tokens and refusals."""
from __future__ import annotations

import base64
import binascii
import re
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.git_store import environment
from repo_vitals.simulator.lookups import visible

if TYPE_CHECKING:
    from repo_vitals.simulator.exchange import Request
    from repo_vitals.simulator.state import State

_PATH = re.compile(r"/([^/]+/[^/]+?)\.git/(info/refs|git-upload-pack|git-receive-pack)")


def is_git(path: str) -> bool:
    """Whether a request's path is one of git's."""
    return _PATH.fullmatch(path) is not None


def token_in(header: str) -> str | None:
    """The token in a Basic `Authorization` header, as git sends it."""
    kind, _, text = header.partition(" ")
    try:
        return base64.b64decode(text).decode().partition(":")[2] or None if kind.lower() == "basic" else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def answer_git(state: State, request: Request) -> Answer:
    """What GitHub says to git."""
    found = _PATH.fullmatch(request.path)
    token = None if request.token is None else state.token(request.token)
    repository = None if found is None else state.repository(found.group(1))
    if request.token is not None and token is None:
        return _said(401, "Invalid username or token.")
    hidden = repository is not None and repository.private and (token is None or not visible(token, repository))
    if found is None or repository is None or hidden:
        return _said(404 if token else 401, "Repository not found.")
    writes = "git-receive-pack" in (found.group(2), request.query.get("service", ""))
    if writes and token is None:
        return _said(401, "No anonymous write access.")
    if writes and token is not None and not token.may("contents", "write"):
        return _said(403, f"Permission to {repository.full_name}.git denied to {token.account.rest_login}.")
    shielded = repository.private or state.strict_permissions
    if not writes and shielded and token is not None and not token.may("contents"):
        return _said(403, "Write access to repository not granted.")
    with state.lock:
        folder = state.git.folder(repository)
    environ = {**environment(), "GIT_PROJECT_ROOT": str(folder.parent), "GIT_HTTP_EXPORT_ALL": "1",
               "PATH_INFO": f"/{folder.name}/{found.group(2)}", "REQUEST_METHOD": request.method,
               "QUERY_STRING": urlencode(request.query), "CONTENT_TYPE": request.headers.get("content-type", ""),
               "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
               "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
               "REMOTE_USER": token.account.rest_login if token else "", "CONTENT_LENGTH": str(len(request.body))}
    done = subprocess.run(["git", "http-backend"], env={k: v for k, v in environ.items() if v or k == "QUERY_STRING"},  # noqa: S607
                          input=request.body, capture_output=True, check=False)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    return Answer(status=status, headers={name.lower(): value for name, value in headers.items()}, body=body,
                  genuine=False)       # no part of the API that GitHub describes


def _said(status: int, words: str) -> Answer:
    headers = {"content-type": "text/plain; charset=UTF-8"}
    if status == 401:
        headers["www-authenticate"] = 'Basic realm="GitHub"'
    return Answer(status=status, headers=headers, body=words.encode(), genuine=False)
