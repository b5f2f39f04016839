"""REST on the files of the default branch: one file, as JSON or raw, what a folder holds, and whole trees."""
from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.files import Tree, find_path
from repo_vitals.simulator.model import Blob
from repo_vitals.simulator.rest_routes import Call, Route, not_found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.simulator.files import TreeEntry

MOST_IN_JSON, MOST_RAW = 1_000_000, 100_000_000     # bytes; above, `content` is empty; above, there is no content
RAW = ("application/vnd.github.raw+json", "application/vnd.github.raw", "application/vnd.github.v3.raw")


def _contents(call: Call) -> Answer:
    commits, ref = call.repository.commits, call.query.get("ref", "HEAD")
    if not commits:
        return Answer.error(404, "This repository is empty.")
    if ref not in ("HEAD", "main", "refs/heads/main", commits[0].oid):
        return Answer.error(404, f"No commit found for the ref {ref}")
    path = call.names["path"].strip("/")
    found = find_path(call.repository, path)
    if found is None:
        raise not_found()
    if not isinstance(found, Blob):
        return Answer.of([_named(call, entry.path, entry.object, entry.size) for entry in found.entries])
    size = len(found.content)
    if size > MOST_RAW:
        return Answer.error(403, "This API returns blobs up to 100 MB in size.",
                            errors=[{"resource": "Blob", "field": "data", "code": "too_large"}])
    if any(kind in call.request.headers.get("accept", "") for kind in RAW):
        return Answer(headers={"content-type": f"{RAW[0]}; charset=utf-8"}, body=found.content)
    small = size <= MOST_IN_JSON
    return Answer.of({**_named(call, path, found, size), "encoding": "base64" if small else "none",
                      "content": _lines(found.content) if small else ""})


def _lines(content: bytes) -> str:
    """Base64 in lines of sixty, each with its end."""
    text = base64.b64encode(content).decode()
    return "".join(f"{text[start:start + 60]}\n" for start in range(0, len(text), 60))


def _named(call: Call, path: str, found: Blob | Tree, size: int) -> dict[str, Any]:
    api, page = call.forms.of_repository(call.repository), call.repository.url
    is_file, where = isinstance(found, Blob), quote(path)
    kind = "blob" if is_file else "tree"
    url, git = f"{api}/contents/{where}?ref=main", f"{api}/git/{kind}s/{found.oid}"
    shown = f"{page}/{kind}/main/{where}"
    return {"name": path.rsplit("/", 1)[-1], "path": path, "sha": found.oid, "size": size, "url": url,
            "html_url": shown, "git_url": git, "download_url": f"{page}/raw/main/{where}" if is_file else None,
            "type": "file" if is_file else "dir", "_links": {"self": url, "git": git, "html": shown}}


def tree_of_files(call: Call) -> Answer:
    """The tree at the tip, or one by its own hash; with `recursive`, all that lies below it."""
    commits, asked = call.repository.commits, call.names["tree"]
    if not commits:
        return Answer.error(409, "Git Repository is empty.")
    top = find_path(call.repository, "")
    assert isinstance(top, Tree)  # noqa: S101 -- there is always a topmost folder
    trees = [top, *(entry.object for entry in _below(top) if isinstance(entry.object, Tree))]
    wanted = ("HEAD", "main", commits[0].oid)
    found = top if asked in wanted else next((tree for tree in trees if tree.oid == asked), None)
    if found is None:
        raise not_found()
    entries = _below(found) if "recursive" in call.query else found.entries
    git = f"{call.forms.of_repository(call.repository)}/git"
    start = f"{found.path}/" if found.path else ""
    return Answer.of({"sha": found.oid, "url": f"{git}/trees/{found.oid}", "truncated": False, "tree": [
        {"path": entry.path.removeprefix(start), "mode": f"{entry.mode:06o}", "type": entry.type, "sha": entry.oid,
         "url": f"{git}/{entry.type}s/{entry.oid}", **({"size": entry.size} if entry.type == "blob" else {})}
        for entry in entries]})


def _below(tree: Tree) -> Iterator[TreeEntry]:
    for entry in tree.entries:
        yield entry
        if isinstance(entry.object, Tree):
            yield from _below(entry.object)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/repos/{owner}/{repo}/contents/{+path}", (("contents", "read"),), _contents),
)
