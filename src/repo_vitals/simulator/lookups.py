"""Where a query enters the state, and what its token may see there."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from repo_vitals.simulator.actions_model import ActionsNode, Job
from repo_vitals.simulator.model import (
    Blob,
    Commit,
    Discussion,
    Issue,
    PullRequest,
    Repository,
    Said,
    Thread,
)
from repo_vitals.simulator.paging import refuse
from repo_vitals.simulator.releases_model import Release
from repo_vitals.simulator.security_model import VulnerabilityAlert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from graphql import GraphQLResolveInfo

    from repo_vitals.simulator.accounts import Account, Node, Token
    from repo_vitals.simulator.state import State

    Info: TypeAlias = GraphQLResolveInfo["Context"]

FORBIDDEN = "Resource not accessible by integration"
PERMISSION = {Issue: "issues", PullRequest: "pull_requests", Discussion: "discussions"}


@dataclass
class Context:
    """What the resolvers of one request share."""

    state: State
    token: Token
    rate_limit: dict[str, Any] | None       # None where the server counts nothing


def visible(token: Token, repository: Repository) -> bool:
    """Whether the token may know that the repository exists."""
    if not repository.private:
        return True
    return token.may("metadata") and (token.repositories is None or repository.full_name.lower() in token.repositories)


def may_read(state: State, token: Token, repository: Repository, permission: str) -> bool:
    """Whether the token may read that part of a repository that it sees."""
    return token.may(permission) or not (repository.private or state.strict_permissions)


def refuse_access() -> GraphQLError:
    """GitHub's refusal of what the token may not read."""
    return GraphQLError(FORBIDDEN, extensions={"type": "FORBIDDEN", "extensions": {"saml_failure": False}})


def need(info: Info, repository: Repository, permission: str) -> None:
    """Refuse what the token may not read."""
    if not may_read(info.context.state, info.context.token, repository, permission):
        raise refuse_access()


def find_repository(_: Any, info: Info, *, owner: str, name: str,
                    followRenames: bool = True) -> Repository:  # noqa: N803 -- GitHub's name of the argument
    """A repository by name, or by one that it had. Raises GraphQLError."""
    context: Context = info.context
    found = context.state.repository(f"{owner}/{name}")
    moved = found is not None and found.full_name.lower() != f"{owner}/{name}".lower()
    if found is None or (moved and not followRenames) or not visible(context.token, found):
        raise refuse("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    need(info, found, "metadata")
    return found


def find_node(info: Info, node_id: str) -> Node:
    """What a global id stands for, where the token may know. Raises GraphQLError."""
    context: Context = info.context
    found = context.state.node(node_id)
    thread = found if isinstance(found, Thread) else found.thread if isinstance(found, Said) else None
    home = thread.repository if thread is not None else getattr(found, "repository", None)
    home = found if isinstance(found, Repository) else home
    if found is None or (isinstance(home, Repository) and not visible(context.token, home)):
        raise refuse("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'.")
    if thread is not None:
        need(info, thread.repository, PERMISSION[type(thread)])
    elif isinstance(found, (Commit, Blob, Release)):
        need(info, found.repository, "contents")
    elif isinstance(found, VulnerabilityAlert):
        need(info, found.repository, "vulnerability_alerts")
    elif isinstance(found, (ActionsNode, Job)):
        need(info, found.repository, "actions")
    return found


def find_nodes(_: Any, info: Info, *, ids: Sequence[str]) -> list[Any]:
    """Several at once; what is missing or forbidden is an error at its own place."""
    if len(ids) > 100:
        raise refuse("ARGUMENT_LIMIT", f"You may not provide more than 100 node ids; you provided {len(ids)}.")
    return [_node_or_error(info, node_id) for node_id in ids]


def _node_or_error(info: Info, node_id: str) -> Node | GraphQLError:
    try:
        return find_node(info, node_id)
    except GraphQLError as error:
        return error        # the executor reports it at this entry and goes on


def viewer(_: Any, info: Info) -> Account:
    """Whose token it is."""
    account: Account = info.context.token.account
    return account
