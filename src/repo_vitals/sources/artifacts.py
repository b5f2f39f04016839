"""Artifacts of a workflow run: which there are, and their archives, in memory and within limits."""
from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.sources.github_refusals import refusal
from repo_vitals.sources.http import Request, origin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repo_vitals.sources.github_connection import GitHub


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """An artifact as GitHub lists it. Its name is a stranger's text."""

    id: int
    name: str
    size: int           # bytes of its archive
    expired: bool
    created_at: datetime | None
    digest: str | None = None       # of its archive, as `sha256:` and hexadecimal digits; older servers say none

    def is_of(self, archive: bytes) -> bool:
        """Whether that is what was uploaded, as far as a digest says."""
        kind, _, said = (self.digest or "").partition(":")
        return kind != "sha256" or hashlib.sha256(archive).hexdigest() == said.lower()


def artifacts_of(github: GitHub, repository: str, run: int) -> list[Artifact]:
    """The artifacts of a run, the newest of each name. Raises what the client raises, and CouldNotMeasure."""
    from repo_vitals.sources.github_actions import Actions

    try:
        every = [_artifact(node) for page in Actions(github, repository).artifacts(run) for node in page]
    except (KeyError, TypeError, ValueError):
        raise CouldNotMeasure(f"GitHub's list of the artifacts of run {run} lacks what it should hold; try again "
                              "later") from None
    return sorted(_newest(every), key=lambda artifact: artifact.name)


def _artifact(node: dict[str, Any]) -> Artifact:
    number, name, size, expired, created = (node[key] for key in (
        "id", "name", "size_in_bytes", "expired", "created_at"))
    if not (isinstance(number, int) and isinstance(name, str) and isinstance(size, int) and isinstance(expired, bool)):
        raise TypeError("artifact")
    digest = node.get("digest")
    return Artifact(id=number, name=name, size=size, expired=expired,
                    digest=digest if isinstance(digest, str) else None,
                    created_at=None if created is None else parse_instant(created))


def _newest(artifacts: Iterable[Artifact]) -> Iterable[Artifact]:
    """Each attempt at a run may have left one of the same name."""
    found: dict[str, Artifact] = {}
    for artifact in artifacts:
        before = found.get(artifact.name)
        if before is None or artifact.id > before.id:
            found[artifact.name] = artifact
    return found.values()


def archive_of(github: GitHub, repository: str, artifact: Artifact, *, largest: int) -> bytes | None:
    """The bytes of an artifact's archive; None where it is gone.

    GitHub redirects to a storage host, where the token does not go. Raises TooLarge as soon as more than `largest`
    bytes arrive, and what the client raises.
    """
    path = f"/repos/{repository}/actions/artifacts/{artifact.id}/zip"
    request = Request(method="GET", url=f"{github.endpoints.api_url}{path}", expects_json=False, largest=largest,
                      headers={"Accept": "application/vnd.github+json", "Accept-Encoding": "identity"})
    response = github.transport.send(request)
    if response.status == 200:
        return response.body
    if response.status in (404, 410):
        return None
    if origin(response.url) != origin(request.url):
        raise CouldNotMeasure(f"the archive of artifact {artifact.id}: its storage answered {response.status}; try "
                              "again later")
    raise refusal(response.status, response.headers, response.message(), method="GET", path=path,
                  secret=github.transport.token, is_json=response.is_json())
