"""Who may tell a run of ours something: people with write permission on the repository, and nobody else.

The right is a person's permission, write or more, as GitHub says it of the login; never what it calls their
association, and never a bot's. GitHub tells it of several people at once only to tokens that may list collaborators,
which takes the right to push: the token of a workflow that reads the code has none, so each person is a request.
"""
from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from repo_vitals.sources.github_connection import GitHub

_MAY_WRITE = frozenset({"admin", "maintain", "write"})


def may_write(github: GitHub, repository: str, login: str) -> bool:
    """Whether a person may write to the repository; nobody of a name that GitHub no longer knows.

    Raises what the client raises, and CouldNotMeasure for an answer that does not tell.
    """
    from github import UnknownObjectException

    from repo_vitals.sources.github_rest import translated

    with translated(github.transport.token):
        try:
            _, said = github.rest().requester.requestJsonAndCheck(
                "GET", f"/repos/{repository}/collaborators/{quote(login, safe='')}/permission")
        except UnknownObjectException:
            return False
    if not isinstance(said, dict) or not isinstance(said.get("permission"), str):
        raise CouldNotMeasure("GitHub does not say what permission a person has; try again later")
    return said["permission"] in _MAY_WRITE
