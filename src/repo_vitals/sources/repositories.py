"""Which repositories an owner has."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from repo_vitals.sources.github_graphql import GraphQL

# As a folder and a file it must not lead anywhere else, whatever a server says.
FULL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,98}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")


def owned_by(graphql: GraphQL, owner: str) -> tuple[str, ...] | None:
    """Every repository, as owner/name, that a person or an organisation owns and this token may see, by name.

    Forks and archived repositories are left out. None: GitHub knows no such owner, or hides it.
    Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    found: list[str] = []
    known = False
    for page in graphql.pages("owner_repositories", {"owner": owner}, connection=("repositoryOwner", "repositories"),
                              absent_owner=True):
        known = True
        found += [_name(node) for node in page if not _is_archived(node)]
    return tuple(found) if known else None


def _name(node: dict[str, Any]) -> str:
    name = node.get("nameWithOwner")
    if not isinstance(name, str) or FULL_NAME.fullmatch(name) is None:
        raise CouldNotMeasure("GitHub's list of an owner's repositories lacks a name; try again later")
    return name


def _is_archived(node: dict[str, Any]) -> bool:
    archived = node.get("isArchived")
    if not isinstance(archived, bool):
        raise CouldNotMeasure("GitHub's list of an owner's repositories does not say which are archived; try again "
                              "later")
    return archived
