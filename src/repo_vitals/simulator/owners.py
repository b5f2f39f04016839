"""The repositories of one owner, as far as a token may know them."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.lookups import may_read, refuse_access, visible
from repo_vitals.simulator.paging import Key, Ordered

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.lookups import Context, Info
    from repo_vitals.simulator.model import Repository

LONGEST_NAME = 100


def find_owner(_: Any, info: Info, *, login: str) -> Account | None:
    """A person or an organisation; None, and no error, for any other login."""
    found = info.context.state.find_account(login)
    return found if found is not None and found.kind in ("User", "Organization") else None


def select_repositories(owner: Account, info: Info, arguments: dict[str, Any]) -> tuple[Ordered[Repository], bool]:
    """What the owner has, by the filters and in their order, and whether that is to be read from its end."""
    context: Context = info.context
    order = arguments.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    key = _KEYS[order["field"]]
    affiliations = arguments.get("ownerAffiliations")
    found = []
    for repository in context.state.repositories():
        if repository.owner is not owner or not visible(context.token, repository):
            continue
        if not may_read(context.state, context.token, repository, "metadata"):
            raise refuse_access()
        # Nobody collaborates elsewhere here: all that someone has is what they own.
        if (affiliations is None or "OWNER" in affiliations) and _fits(repository, arguments):
            found.append(repository)
    return Ordered(sorted(found, key=key), key), order["direction"] == "DESC"


def _fits(repository: Repository, arguments: dict[str, Any]) -> bool:
    shown = {"isArchived": repository.archived, "isFork": repository.fork,
             "hasIssuesEnabled": repository.issues_enabled,
             "privacy": "PRIVATE" if repository.private else "PUBLIC",
             "visibility": "PRIVATE" if repository.private else "PUBLIC"}
    return all(arguments.get(name) in (None, value) for name, value in shown.items())


def _by_name(repository: Repository) -> Key:
    # A cursor holds a number, so the name is read as one: its order is that of the letters.
    return (int.from_bytes(repository.name.lower().encode()[:LONGEST_NAME].ljust(LONGEST_NAME, b"\0"), "big"),
            repository.id)


def _by_push(repository: Repository) -> Key:
    return (int(repository.pushed_at.timestamp()), repository.id)


_KEYS: dict[str, Callable[[Repository], Key]] = {
    "CREATED_AT": lambda repository: (int(repository.created_at.timestamp()), repository.id),
    "NAME": _by_name, "PUSHED_AT": _by_push, "STARGAZERS": lambda repository: (repository.stars, repository.id),
    "UPDATED_AT": _by_push,
}
