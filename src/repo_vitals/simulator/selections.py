"""Which issues, pull requests and discussions a connection holds, in order; cached until the state changes."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from graphql import GraphQLError

from repo_vitals.clock import parse_instant
from repo_vitals.simulator.model import Discussion, Issue, Repository, Said, Thread
from repo_vitals.simulator.paging import Key, Ordered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from repo_vitals.simulator.state import State

T = TypeVar("T", bound=Said | Thread)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _by_creation(entry: Any) -> Key:
    return (_seconds(entry.created_at), entry.id)


def _by_update(entry: Any) -> Key:
    return (_seconds(entry.updated_at), entry.id)


def _by_comments(entry: Any) -> Key:
    return (len(entry.comments), entry.id)


_KEYS: dict[str, Callable[[Any], Key]] = {
    "CREATED_AT": _by_creation, "UPDATED_AT": _by_update, "COMMENTS": _by_comments,
}


def read_instant(text: Any) -> datetime | None:
    """An instant given as an argument. Raises GraphQLError for anything else."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (ValueError, TypeError):
        raise GraphQLError(f"Could not coerce value {text!r} to an ISO 8601 instant") from None


def order_by(field: str, entries: Sequence[T]) -> Ordered[T]:
    """Entries that lie in that order already."""
    return Ordered(entries, _KEYS[field])


def _is_by(thread: Thread, creator: str) -> bool:
    """Whether an author's login, as REST spells it, is the one."""
    author = thread.author
    if author is None or author.rest_login.lower() != creator.lower():
        return False
    return author.kind != "Bot" or thread.repository.filters_by_apps


def select_threads(state: State, repository: Repository, kind: type[Thread], field: str,
                   arguments: dict[str, Any]) -> Ordered[Thread]:
    """The threads of a kind by states, labels and `filterBy`, in ascending order of the field.

    `since` is GitHub's: updated at or after. A feature that is switched off shows nothing.
    """
    if (kind is Issue and not repository.issues_enabled) or (kind is Discussion and not repository.discussions_enabled):
        return Ordered([], _KEYS[field])
    filters = arguments.get("filterBy") or {}
    states = arguments.get("states") or filters.get("states")
    labels = arguments.get("labels") or filters.get("labels")
    since, creator = read_instant(filters.get("since")), filters.get("createdBy")
    key = (repository.id, kind.__name__, field, tuple(states or ()), tuple(labels or ()), since, creator)

    def select() -> list[Thread]:
        wanted = None if not labels else {name.lower() for name in labels}
        found = [
            thread for thread in repository.threads.values()
            if isinstance(thread, kind)
            and (not states or thread.state in states)  # type: ignore[attr-defined] # every kind has one
            and (wanted is None or any(label.name.lower() in wanted for label in thread.labels))
            and (since is None or thread.updated_at >= since)
            and (creator is None or _is_by(thread, creator))
        ]
        return sorted(found, key=_KEYS[field])
    return Ordered(state.cached(key, select), _KEYS[field])
