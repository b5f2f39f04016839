"""Pages of a connection, with opaque cursors that behave as GitHub's do.

A cursor holds the ordering value and id of the entry it stands behind, not a position: what is updated while someone
pages moves, and is met again or not at all, as there.
"""
from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from graphql import GraphQLError

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repo_vitals.simulator.lookups import Info

T = TypeVar("T")
Key = tuple[int, int]       # the ordering value, then the id


def refuse(kind: str, message: str) -> GraphQLError:
    """An error of GraphQL as GitHub types it."""
    return GraphQLError(message, extensions={"type": kind})


def encode_cursor(key: Key) -> str:
    """`Y3Vyc29yOnYyO…`, as GitHub's begin."""
    return base64.b64encode(b"cursor:v2:" + json.dumps(key).encode()).decode()


def decode_cursor(cursor: str) -> Key:
    """The key behind a cursor. Raises GraphQLError in GitHub's words for anything that is no cursor of ours."""
    try:
        raw = base64.b64decode(cursor, validate=True)
        if not raw.startswith(b"cursor:v2:"):
            raise ValueError(cursor)
        value, number = json.loads(raw[len(b"cursor:v2:"):])
        return (int(value), int(number))
    except (binascii.Error, ValueError, TypeError):
        raise refuse("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None


@dataclass(frozen=True)
class Ordered(Generic[T]):
    """Entries in ascending order of their keys."""

    items: Sequence[T]
    key: Callable[[T], Key]


@dataclass
class Page(Generic[T]):
    """A page as the resolvers of a connection read it."""

    nodes: Sequence[T]
    total_count: int
    has_next: bool
    has_previous: bool
    key: Callable[[T], Key]

    @property
    def edges(self) -> list[tuple[str, T]]:
        """Entries with their cursors."""
        return [(encode_cursor(self.key(node)), node) for node in self.nodes]

    @property
    def start_cursor(self) -> str | None:
        """The first entry's cursor."""
        return encode_cursor(self.key(self.nodes[0])) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        """The last entry's cursor."""
        return encode_cursor(self.key(self.nodes[-1])) if self.nodes else None


def page(name: str, ordered: Ordered[T], arguments: dict[str, Any], *, descending: bool = False,
         needs_bounds: bool = True) -> Page[T]:
    """The page that `first`, `after`, `last` and `before` ask for.

    Raises GraphQLError as GitHub does: more than 100 at once, no bound where entries are read, both bounds.
    """
    first, last = arguments.get("first"), arguments.get("last")
    check_bounds(name, first, last, needs_bounds=needs_bounds)
    items = ordered.items
    low, high = 0, len(items)
    after, before = arguments.get("after"), arguments.get("before")
    if descending:
        after, before = before, after
    if after:
        low = bisect_right(items, decode_cursor(after), key=ordered.key)
    if before:
        high = max(low, bisect_left(items, decode_cursor(before), key=ordered.key))
    whole_low, whole_high = 0, len(items)
    count = first if first is not None else last
    if count is not None:
        from_the_low_end = (first is not None) != descending
        if from_the_low_end:
            high = min(high, low + count)
        else:
            low = max(low, high - count)
    nodes = list(items[low:high])
    below, above = low > whole_low, high < whole_high
    if descending:
        nodes.reverse()
        below, above = above, below
    return Page(nodes, len(items), has_next=above, has_previous=below, key=ordered.key)


def reads_entries(info: Info) -> bool:
    """Whether a connection is asked for entries; GitHub wants a bound only then."""
    return any(getattr(getattr(selected, "name", None), "value", "nodes") != "totalCount"
               for field in info.field_nodes if field.selection_set for selected in field.selection_set.selections)


def check_bounds(name: str, first: int | None, last: int | None, *, needs_bounds: bool = True) -> None:
    """Refuse the bounds that GitHub refuses."""
    if first is None and last is None and needs_bounds:
        raise refuse("MISSING_PAGINATION_BOUNDARIES",
                     f"You must provide a `first` or `last` value to properly paginate the `{name}` connection.")
    if first is not None and last is not None:
        raise refuse("INVALID_PAGINATION", f"Passing both `first` and `last` to paginate the `{name}` connection "
                                           "is not supported.")
    for bound, value in (("first", first), ("last", last)):
        if value is not None and value < 0:
            raise refuse("INVALID_PAGINATION", f"`{bound}` on the `{name}` connection cannot be less than zero.")
        if value is not None and value > 100:
            raise refuse("EXCESSIVE_PAGINATION", f"Requesting {value} records on the `{name}` connection exceeds the "
                                                 f"`{bound}` limit of 100 records.")
