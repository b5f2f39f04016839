"""The REST operations on git itself: references, trees, commits, blobs, archives; over `git_store`."""
from __future__ import annotations

import base64
import re
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from repo_vitals.clock import format_instant
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.rest_contents import tree_of_files
from repo_vitals.simulator.rest_routes import Call, Refusal, Route, invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

_OID = re.compile(r"[0-9a-f]{40}")


def _refs(call: Call) -> Answer:
    name = "/".join(call.names[part] for part in ("folder", "name") if part in call.names)
    listed = _git(call, "for-each-ref", "--format=%(refname) %(objectname)", "refs/heads").decode().splitlines()
    pairs = (line.split(" ") for line in listed)
    return Answer.of([_ref(call, ref, oid) for ref, oid in pairs if ref.startswith(f"refs/heads/{name}")])


def _tree(call: Call) -> Answer:
    """All that a tree or a commit holds, folders too. Any value of `recursive` is a yes to GitHub.

    What was pushed lies in git; the files that a repository was made with are values of the simulator's own.
    """
    oid = call.state.git.resolve(call.repository, f"{call.names['tree']}^{{tree}}")
    if oid is None:
        return tree_of_files(call)
    deep = ["-r", "-t"] if "recursive" in call.query else []
    listed = _git(call, "ls-tree", *deep, "-l", "-z", "--full-tree", oid).decode("utf-8", "replace").split("\0")
    tree = []
    for line in filter(None, listed):
        described, _, path = line.partition("\t")
        mode, kind, entry, size = described.split()
        row: dict[str, Any] = {"path": path, "mode": mode, "type": kind, "sha": entry}
        if kind == "blob":
            row["size"] = int(size)
        if kind != "commit":
            row["url"] = _url(call, f"{kind}s/{entry}")
        tree.append(row)
    most = call.state.git.tree_limit
    return Answer.of({"sha": call.names["tree"], "url": _url(call, f"trees/{call.names['tree']}"), "tree": tree[:most],
                      "truncated": len(tree) > most})


def _make_tree(call: Call) -> Answer:
    lines = []
    for entry in call.fields()["tree"]:
        oid = entry.get("sha") or _blob(call, entry["content"].encode())
        lines.append(f"{entry['mode']} {entry['type']} {oid}\t{entry['path']}")
    # Through an index, since mktree takes no paths with folders in them.
    index = call.state.git.folder(call.repository) / "index-of-a-tree"
    index.unlink(missing_ok=True)
    environ = {"GIT_INDEX_FILE": str(index)}
    if base := call.fields().get("base_tree"):
        _git(call, "read-tree", str(base), environ=environ)
    _git(call, "update-index", "--add", "--index-info", feed="".join(f"{line}\n" for line in lines).encode(),
         environ=environ)
    oid = _git(call, "write-tree", environ=environ).decode().strip()
    return Answer.of({"sha": oid, "url": _url(call, f"trees/{oid}"), "truncated": False, "tree": []}, 201)


def _make_commit(call: Call) -> Answer:
    fields = call.fields()
    parents = [argument for parent in fields.get("parents", []) for argument in ("-p", parent)]
    oid = _git(call, "commit-tree", fields["tree"], *parents, "-F", "-", feed=fields["message"].encode()
               ).decode().strip()
    who = {"name": "GitHub", "email": "noreply@github.com", "date": format_instant(call.state.now)}
    return Answer.of({
        "sha": oid, "node_id": f"C_{oid}", "url": _url(call, f"commits/{oid}"), "author": who, "committer": who,
        "html_url": f"{call.state.server_url}/{call.repository.full_name}/commit/{oid}", "message": fields["message"],
        "tree": {"sha": fields["tree"], "url": _url(call, f"trees/{fields['tree']}")}, "parents": [],
        "verification": {"verified": True, "reason": "valid", "signature": None, "payload": None, "verified_at": None},
    }, 201)


def _make_ref(call: Call) -> Answer:
    fields = call.fields()
    ref, oid = str(fields["ref"]), str(fields["sha"])
    said = call.state.git.refusal(call.repository, ref.removeprefix("refs/heads/"))
    if said is not None:
        raise Refusal(Answer.error(422, f"Repository rule violations found\n\n{said}\n\n"))
    if call.state.git.resolve(call.repository, f"{oid}^{{commit}}") is None:
        raise invalid("Reference", "sha", "invalid", "Object does not exist")
    try:
        _git(call, "update-ref", ref, oid, "0" * 40)
    except subprocess.CalledProcessError:
        raise Refusal(Answer.error(422, "Reference already exists")) from None
    return Answer.of(_ref(call, ref, oid), 201)


def _delete_ref(call: Call) -> Answer:
    ref = f"refs/heads/{call.names['name']}"
    oid = call.state.git.resolve(call.repository, ref)
    if oid is None:
        raise Refusal(Answer.error(422, "Reference does not exist"))
    _git(call, "update-ref", "-d", ref, oid)
    return Answer(status=204)


def _make_blob(call: Call) -> Answer:
    fields = call.fields()
    text = fields["content"]
    oid = _blob(call, base64.b64decode(text) if fields.get("encoding") == "base64" else text.encode())
    return Answer.of({"sha": oid, "url": _url(call, f"blobs/{oid}")}, 201)


def _tarball(call: Call) -> Answer:
    """GitHub sends on to another host, with a token of that one in the address; here to the same."""
    if "archive" not in call.query:
        path = f"{call.request.base}{call.request.path}?{urlencode({'archive': '1'})}"
        return Answer(status=302, headers={"location": path, "content-length": "0"}, genuine=False)
    oid = call.state.git.resolve(call.repository, f"{call.names['ref']}^{{commit}}")
    if oid is None or not _OID.fullmatch(oid):
        raise not_found()
    prefix = f"{call.repository.full_name.replace('/', '-')}-{oid[:7]}/"
    body = _git(call, "archive", "--format=tar.gz", f"--prefix={prefix}", oid)
    return Answer(headers={"content-type": "application/x-gzip"}, body=body, genuine=False)


def _blob(call: Call, content: bytes) -> str:
    return _git(call, "hash-object", "-w", "--stdin", feed=content).decode().strip()


def _git(call: Call, *arguments: str, feed: bytes = b"", environ: Mapping[str, str] | None = None) -> bytes:
    return call.state.git.git(call.repository, *arguments, feed=feed, environ=environ)


def _url(call: Call, rest: str) -> str:
    return f"{call.request.base}/repos/{call.repository.full_name}/git/{rest}"


def _ref(call: Call, ref: str, oid: str) -> dict[str, Any]:
    return {"ref": ref, "node_id": f"REF_{oid}", "url": _url(call, ref),
            "object": {"type": "commit", "sha": oid, "url": _url(call, f"commits/{oid}")}}


ROUTES: tuple[Route, ...] = (
    Route("GET", "/repos/{owner}/{repo}/git/matching-refs/heads/{name}", (("contents", "read"),), _refs),
    Route("GET", "/repos/{owner}/{repo}/git/matching-refs/heads/{folder}/{name}", (("contents", "read"),), _refs),
    Route("GET", "/repos/{owner}/{repo}/git/trees/{tree}", (("contents", "read"),), _tree),
    Route("POST", "/repos/{owner}/{repo}/git/trees", (("contents", "write"),), _make_tree),
    Route("POST", "/repos/{owner}/{repo}/git/commits", (("contents", "write"),), _make_commit),
    Route("POST", "/repos/{owner}/{repo}/git/refs", (("contents", "write"),), _make_ref),
    Route("DELETE", "/repos/{owner}/{repo}/git/refs/heads/{name}", (("contents", "write"),), _delete_ref),
    Route("POST", "/repos/{owner}/{repo}/git/blobs", (("contents", "write"),), _make_blob),
    Route("GET", "/repos/{owner}/{repo}/tarball/{ref}", (("contents", "read"),), _tarball),
)
