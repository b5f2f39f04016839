"""What GitHub knows of a repository that its checkout need not hold: tags, and files that its organisation shares."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import CouldNotMeasure, PermissionMissing
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.sources.github_connection import GitHub

MOST_TAGS = 5000        # 50 requests


@dataclass(frozen=True, kw_only=True)
class Profile:
    """GitHub's community profile of a repository, with what the organisation's `.github` repository stands in for."""

    health_ratio: float | None      # share of what GitHub recommends; None where GitHub makes no profile (of forks)
    files: frozenset[str]           # README, LICENSE, CONTRIBUTING, CODE_OF_CONDUCT, SECURITY … that there are


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A tag and its commit."""

    name: str                       # a stranger's text
    commit: str


_FILES = {"readme": "README", "license": "LICENSE", "contributing": "CONTRIBUTING",
          "code_of_conduct_file": "CODE_OF_CONDUCT", "code_of_conduct": "CODE_OF_CONDUCT",
          "pull_request_template": "PULL_REQUEST_TEMPLATE"}
_FOLDERS = {"top": "", "github": ".github/", "docs": "docs/"}


def profile(github: GitHub, repository: str) -> Profile:
    """The community profile, in two requests: REST does not tell of a security policy, GraphQL of nothing else.

    Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    owner, _, name = repository.partition("/")
    answer = github.graphql.query("security_policy", {"owner": owner, "name": name})
    try:
        has_policy = answer["repository"]["isSecurityPolicyEnabled"] is True
    except (KeyError, TypeError) as error:
        raise CouldNotMeasure("GitHub does not say whether the repository has a security policy "
                              f"({type(error).__name__}); try again later") from error
    said = _profile(github, repository)
    files = set() if said is None else {known for key, known in _FILES.items() if said["files"].get(key) is not None}
    if has_policy:
        files.add("SECURITY")
    return Profile(health_ratio=None if said is None else said["health_percentage"] / 100, files=frozenset(files))


def _profile(github: GitHub, repository: str) -> dict[str, Any] | None:
    from github import UnknownObjectException

    from repo_vitals.sources.github_rest import translated

    with translated(github.transport.token):
        try:
            _, said = github.rest().requester.requestJsonAndCheck("GET", f"/repos/{repository}/community/profile")
        except UnknownObjectException:
            return None
    whole = isinstance(said, dict) and isinstance(said.get("files"), dict)
    if not whole or not isinstance(said.get("health_percentage"), int):
        raise CouldNotMeasure("GitHub's community profile is not what its API describes; try again later")
    return dict(said)


def shared_files(github: GitHub, owner: str) -> frozenset[str] | None:
    """Paths of files at the top, in `.github` and in `docs` of the owner's `.github` repository, in one request.

    None where they are not known or stand in for nothing: without the repository, without a commit in it, where it is
    private or hidden from the token, and where its name leads to one that has another name now. Raises what the client
    raises but PermissionMissing, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    try:
        found = github.graphql.query("shared_files", {"owner": owner}, absent_nodes=True)["shared"]
    except PermissionMissing:
        return None
    try:
        is_its = found is not None and found["nameWithOwner"].lower() == f"{owner}/.github".lower()
        if not is_its or found["isPrivate"] is not False or found["top"] is None:
            return None
        return frozenset(
            f"{folder}{entry['name']}" for key, folder in _FOLDERS.items()
            # A file in the place of a folder, of which no field was asked for, has no entries.
            for entry in (found[key] or {"entries": []}).get("entries", ()) if entry["type"] == "blob")
    except (AttributeError, KeyError, TypeError) as error:
        raise CouldNotMeasure("GitHub does not say what the owner's .github repository holds "
                              f"({type(error).__name__}); try again later") from error


def tags(github: GitHub, repository: str) -> tuple[Tag, ...] | None:
    """Every tag; None where there are more than MOST_TAGS. Raises what the client raises."""
    from repo_vitals.sources.github_rest import translated

    found: list[Tag] = []
    with translated(github.transport.token):
        for tag in github.rest().get_repo(repository).get_tags():
            if len(found) == MOST_TAGS:
                return None
            found.append(Tag(name=tag.name, commit=tag.commit.sha))
    return tuple(found)


def commit_time(github: GitHub, repository: str, commit: str) -> datetime | None:
    """When a commit was made; None for one that GitHub does not show."""
    from repo_vitals.sources.github_rest import translated

    with translated(github.transport.token):
        page = github.rest().get_repo(repository).get_commits(sha=commit).get_page(0)
        if not page or page[0].sha != commit:
            return None
        at = page[0].commit.committer.date
    return at if at.tzinfo is not None else at.replace(tzinfo=timezone.utc)
