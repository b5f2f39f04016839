"""Threads longer than a page holds: their rest, many threads a request, and only as far as it can matter."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from repo_vitals.sources.github_graphql import GraphQL

_BATCH = 25         # threads a request; each brings up to 100 nodes
_PAGE = 100
_NEWEST = 20        # remarks from the end of a thread: mostly enough to know whose move it is
_NEWEST_BATCH = 50

# What of a node is asked for, by type and connection, as its first page asks for it.
_SELECTIONS = {
    ("Issue", "comments"): "comments({page}) {{ {info} nodes {{ ...CommentFields }} }}",
    ("Issue", "timelineItems"):
        "timelineItems({page}, itemTypes: [ASSIGNED_EVENT, CLOSED_EVENT, REOPENED_EVENT, LABELED_EVENT, "
        "UNLABELED_EVENT]) "
        "{{ {info} nodes {{ ...IssueEventFields }} }}",
    ("PullRequest", "comments"): "comments({page}) {{ {info} nodes {{ ...CommentFields }} }}",
    ("PullRequest", "reviews"): "reviews({page}) {{ {info} nodes {{ ...ReviewFields }} }}",
    ("PullRequest", "timelineItems"):
        "timelineItems({page}, itemTypes: [ASSIGNED_EVENT, CLOSED_EVENT, REOPENED_EVENT, LABELED_EVENT, "
        "UNLABELED_EVENT, READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT]) "
        "{{ {info} nodes {{ ...PullRequestEventFields }} }}",
    ("Discussion", "comments"):
        "comments({page}) {{ {info} nodes {{ ...ReplyFields "
        "replies(first: 1) {{ {info} nodes {{ ...ReplyFields }} }} }} }}",
    ("DiscussionComment", "replies"): "replies({page}) {{ {info} nodes {{ ...ReplyFields }} }}",
}
_INFO = "pageInfo { hasNextPage endCursor }"
_INFO_BACKWARDS = "pageInfo { hasPreviousPage startCursor }"


@dataclass
class Thread:
    """One connection of one node: what is known of it, and whether there is more."""

    node_id: str
    node_type: str
    connection: str
    nodes: list[dict[str, Any]] = field(default_factory=list)
    cursor: str | None = None
    has_more: bool = False
    # The newest nodes, where they were read from the end, and what they begin at; between `nodes` and these is a gap.
    tail: list[dict[str, Any]] = field(default_factory=list)
    tail_cursor: str | None = None

    @classmethod
    def of(cls, node_id: str, node_type: str, connection: str, page: dict[str, Any]) -> Thread:
        """The thread whose first page came with its node."""
        thread = cls(node_id, node_type, connection)
        thread.add(page)
        return thread

    def add(self, page: dict[str, Any]) -> None:
        """Take in a page. Raises CouldNotMeasure when the cursor stands still."""
        info = page["pageInfo"]
        if info["hasNextPage"] and info["endCursor"] in (None, self.cursor):
            raise CouldNotMeasure("GitHub's pages do not advance; try again later")
        self.nodes.extend(node for node in page["nodes"] if node is not None)
        self.cursor, self.has_more = info["endCursor"], info["hasNextPage"]

    def add_before(self, page: dict[str, Any]) -> None:
        """Take in a page that ends where the tail begins. Raises CouldNotMeasure when the cursor stands still."""
        info, known = page["pageInfo"], {node["id"] for node in self.nodes}
        read = [node for node in page["nodes"] if node is not None]
        fresh = [node for node in read if node["id"] not in known]
        self.tail[:0] = fresh
        if len(fresh) < len(read) or not info["hasPreviousPage"]:       # the gap is closed
            self.nodes += self.tail
            self.tail, self.has_more = [], False
        elif info["startCursor"] in (None, self.tail_cursor):
            raise CouldNotMeasure("GitHub's pages do not advance; try again later")
        self.tail_cursor = info["startCursor"]


def complete(graphql: GraphQL, threads: Iterable[Thread], *, wanted: Callable[[Thread], bool]) -> None:
    """Read on in every thread that has more, for as long as `wanted` says that more can matter.

    A node that was deleted in the meantime ends its thread.
    """
    pending = [thread for thread in threads if thread.has_more and wanted(thread)]
    while pending:
        in_batches(pending, _BATCH, lambda batch, may_shrink: _read_on(graphql, batch, may_shrink=may_shrink))
        pending = [thread for thread in pending if thread.has_more and wanted(thread)]


def read_back(graphql: GraphQL, threads: Iterable[Thread], *, wanted: Callable[[Thread], bool]) -> None:
    """Read from the end every thread that has more, for as long as `wanted` says that earlier nodes can matter.

    A node that was deleted in the meantime ends its thread.
    """
    size, batch = _NEWEST, _NEWEST_BATCH
    pending = [thread for thread in threads if thread.has_more and wanted(thread)]
    while pending:
        in_batches(pending, batch, lambda some, may_shrink, size=size: _read_back(      # type: ignore[misc]
            graphql, some, size=size, may_shrink=may_shrink))
        pending = [thread for thread in pending if thread.has_more and wanted(thread)]
        size, batch = _PAGE, _BATCH


def _read_back(graphql: GraphQL, threads: Sequence[Thread], *, size: int, may_shrink: bool) -> None:
    variables: dict[str, Any] = {"reactions": False}        # first responses were read from the front, with theirs
    parameters, selections = ["$reactions: Boolean!"], []
    for index, thread in enumerate(threads):
        variables |= {f"i{index}": thread.node_id, f"c{index}": thread.tail_cursor}
        parameters.append(f"$i{index}: ID!, $c{index}: String")
        selection = _SELECTIONS[thread.node_type, thread.connection].format(
            page=f"last: {size}, before: $c{index}", info=_INFO_BACKWARDS)
        selections.append(f"t{index}: node(id: $i{index}) {{ ... on {thread.node_type} {{ {selection} }} }}")
    data = graphql.run(f"query Newest({', '.join(parameters)}) {{ rateLimit {{ cost limit remaining resetAt }} "
                       f"{' '.join(selections)} }}", variables, absent_nodes=True, may_shrink=may_shrink)
    for index, thread in enumerate(threads):
        node = data[f"t{index}"]
        if node is None:
            thread.has_more = False
        else:
            thread.add_before(node[thread.connection])


def _read_on(graphql: GraphQL, threads: Sequence[Thread], *, may_shrink: bool) -> None:
    speaks = any(thread.connection != "timelineItems" for thread in threads)
    variables: dict[str, Any] = {"reactions": True} if speaks else {}
    parameters, selections = ["$reactions: Boolean!"] if speaks else [], []
    for index, thread in enumerate(threads):
        variables |= {f"i{index}": thread.node_id, f"c{index}": thread.cursor}
        parameters.append(f"$i{index}: ID!, $c{index}: String")
        selection = _SELECTIONS[thread.node_type, thread.connection].format(
            page=f"first: {_PAGE}, after: $c{index}", info=_INFO)
        selections.append(f"t{index}: node(id: $i{index}) {{ ... on {thread.node_type} {{ {selection} }} }}")
    document = (f"query Threads({', '.join(parameters)}) {{ rateLimit {{ cost limit remaining resetAt }} "
                f"{' '.join(selections)} }}")
    data = graphql.run(document, variables, absent_nodes=True, may_shrink=may_shrink)
    for index, thread in enumerate(threads):
        node = data[f"t{index}"]
        if node is None:
            thread.has_more = False
        else:
            thread.add(node[thread.connection])
