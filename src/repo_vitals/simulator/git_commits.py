"""The mutation `createCommitOnBranch`, on the repositories of `git_store`."""
from __future__ import annotations

import base64
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from repo_vitals.simulator.lookups import refuse_access, visible

if TYPE_CHECKING:
    from repo_vitals.simulator.lookups import Info


def create_commit(_: Any, info: Info, *, input: dict[str, Any]) -> SimpleNamespace:  # noqa: A002 -- GitHub's name
    """A commit on the tip that is expected, or GitHub's refusal."""
    state, token = info.context.state, info.context.token
    name, branch = input["branch"]["repositoryNameWithOwner"], input["branch"]["branchName"]
    repository = state.repository(name)
    if repository is None or not visible(token, repository):
        raise GraphQLError(f"Could not resolve to a Repository with the name '{name}'.",
                           extensions={"type": "NOT_FOUND"})
    if not token.may("contents", "write"):
        raise refuse_access()
    said = state.git.refusal(repository, branch)
    if said is not None:
        raise GraphQLError(f"Repository rule violations found\n\n{said}", extensions={"type": "UNPROCESSABLE"})
    ref, expected = f"refs/heads/{branch}", input["expectedHeadOid"]
    tip = state.git.resolve(repository, ref)
    if tip is None:
        raise GraphQLError(f"Branch \"{branch}\" not found.", extensions={"type": "NOT_FOUND"})
    if tip != expected:
        raise GraphQLError(f"Expected branch to point to \"{expected}\" but it did not. Pull and try again.",
                           extensions={"type": "STALE_DATA"})
    changes = input.get("fileChanges") or {}
    said = input["message"]
    message = "\n\n".join(part for part in (said["headline"], said.get("body")) if part).encode()
    parts = [f"commit refs/made\ncommitter GitHub <noreply@github.com> {int(state.now.timestamp())} +0000\n"
             f"data {len(message)}\n".encode(), message, f"\nfrom {tip}\n".encode()]
    for added in changes.get("additions") or ():
        content = base64.b64decode(added["contents"])
        parts += [f"M 100644 inline {added['path']}\ndata {len(content)}\n".encode(), content, b"\n"]
    parts += [f"D {deleted['path']}\n".encode() for deleted in changes.get("deletions") or ()]
    state.git.git(repository, "fast-import", "--quiet", "--force", feed=b"".join(parts))
    oid = state.git.git(repository, "rev-parse", "refs/made").decode().strip()
    try:
        state.git.git(repository, "update-ref", ref, oid, tip)
    except subprocess.CalledProcessError:       # a push came in between
        raise GraphQLError("Expected branch to point to another commit but it did not. Pull and try again.",
                           extensions={"type": "STALE_DATA"}) from None
    return SimpleNamespace(commit=SimpleNamespace(oid=oid))
