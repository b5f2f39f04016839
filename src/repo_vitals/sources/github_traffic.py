"""GitHub's figures of who visits a repository, as its REST API gives them."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from repo_vitals.sources.github_refusals import refusal, repository_not_found
from repo_vitals.sources.http import Request, Transient

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.http_wire import Response


def traffic(github: GitHub, repository: str, rest: str, read: Callable[[Any], Any]) -> Any:
    """What `read` makes of `/repos/{repository}/traffic/{rest}`: `views`, `clones`, `popular/paths` or
    `popular/referrers`.

    Raises what the client raises: PermissionMissing for the usual token of a workflow, RepositoryNotFound.
    """
    url = f"{github.endpoints.api_url}/repos/{repository}/traffic/{rest}"

    def examine(response: Response) -> Transient | None:
        if response.status == 200:
            try:
                read(response.json())
            except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
                return Transient(reason="its answer is not what its API describes")
        return None
    response = github.transport.send(
        Request(method="GET", url=url, headers={"Accept": "application/vnd.github+json"}), examine)
    if response.status == 404 and response.is_json():       # these are there whenever the repository is
        raise repository_not_found(github.transport.token.shown(repository))
    if response.status != 200:
        raise refusal(response.status, response.headers, response.message(), method="GET", path=urlsplit(url).path,
                      secret=github.transport.token, is_json=response.is_json())
    return read(response.json())
