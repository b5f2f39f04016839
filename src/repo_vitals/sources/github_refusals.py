"""GitHub's refusals as our errors: one place for REST, GraphQL and PyGithub."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from repo_vitals.errors import (
    CallerError,
    CouldNotMeasure,
    FeatureDisabled,
    PermissionMissing,
    RepositoryNotFound,
    TokenRefused,
)
from repo_vitals.sources import permissions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.errors import RepoVitalsError
    from repo_vitals.sources.credentials import Secret

_OF_REPOSITORY = re.compile(r"/repos/([^/]+/[^/]+)(?:/([^/]+))?")
_BY_REPOSITORY_ID = re.compile(r"/repositories/\d+")
_POLICY = re.compile(
    r"saml|sso|ip allow list|oauth app access restrictions|personal access tokens? .*(forbid|lifetime)", re.IGNORECASE
)


def repository_not_found(repository: str) -> RepositoryNotFound:
    """GitHub's 404 for what does not exist and for what is hidden."""
    return RepositoryNotFound(f"repository {repository}: not found on GitHub, or hidden from this token; check the "
                              "name, and that the token may read it (contents: read)")


def token_refused(source: str = "GitHub") -> TokenRefused:
    """GitHub's 401."""
    return TokenRefused(f"{source} refused the token (401): it is wrong, expired or revoked; give a valid one with "
                        "--token, GITHUB_TOKEN or GH_TOKEN")


def permission_missing(what: str, permission: str | None, said: str) -> PermissionMissing:
    """A 403 or FORBIDDEN about rights. `said` is GitHub's text, already fit to show."""
    if _POLICY.search(said):
        error = PermissionMissing(f"the token may not {what}: its organisation's policy stands against it ({said})")
        error.is_policy = True
        return error
    grant = f'grant "{permission}" to the job' if permission else "grant the permission that this needs to the job"
    words = f" (GitHub: {said})" if said else ""
    return PermissionMissing(f"the token may not {what}{words}; {grant}")


def refusal(
    status: int, headers: Mapping[str, str], message: str, *, method: str, path: str, secret: Secret,
    is_json: bool = True,
) -> RepoVitalsError:
    """What an answer of 400 to 499 means. `path` is the URL's path; `message` GitHub's own text, not trusted."""
    said = secret.shown(message)
    shown = f"{method} {secret.shown(path, limit=200)}"
    if not is_json and status not in (401, 403):
        return CallerError(f"{shown}: answered {status} by something that is not GitHub's API; check GITHUB_API_URL "
                           "and GITHUB_GRAPHQL_URL")
    if status == 401:
        return token_refused()
    if status == 403 and is_json:
        if "disabled" in message.lower() or "archived" in message.lower():
            return FeatureDisabled(f"{shown}: refused (GitHub: {said})")
        permission = permissions.for_rest(method, path, headers)
        return permission_missing(f"do {shown}", permission, f"403, {said}" if said else "403")
    if status == 410:
        return FeatureDisabled(f"{shown}: switched off in this repository (GitHub: {said or '410'})")
    if status in (404, 451):
        return _absent(shown, path, secret)
    return CouldNotMeasure(f"{shown}: GitHub answered {status}" + (f" ({said})" if said else ""))


def _absent(shown: str, path: str, secret: Secret) -> RepoVitalsError:
    found = _OF_REPOSITORY.search(path)
    rest = path[found.end():] if found else ""
    # A list directly below the repository is there whenever the repository is: so it is the repository that is not.
    if found is not None and not rest.strip("/"):
        return repository_not_found(secret.shown(unquote(found.group(1)), limit=150))
    if _BY_REPOSITORY_ID.search(path):
        return repository_not_found("behind " + secret.shown(path, limit=100))
    return CallerError(f"{shown}: not found on GitHub, or hidden from this token")
