"""Threads longer than a page holds: their rest, many threads a request, and only as far as it can matter."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from repo_vitals.sources.github_graphql import GraphQL

_BATCH = 25         # threads a request; each brings up to 100 nodes
_PAGE = 100
_NEWEST = 20        # remarks from the end of a thread: who spoke last is among them, but for a storm of bots
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


@dataclass
class Thread:
    """One connection of one node: what is known of it, and whether there is more."""

    node_id: str
    node_type: str
    connection: str
    nodes: list[dict[str, Any]] = field(default_factory=list)
    cursor: str | None = None
    has_more: bool = False

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


def complete(graphql: GraphQL, threads: Iterable[Thread], *, wanted: Callable[[Thread], bool]) -> None:
    """Read on in every thread that has more, for as long as `wanted` says that more can matter.

    A node that was deleted in the meantime ends its thread.
    """
    pending = [thread for thread in threads if thread.has_more and wanted(thread)]
    while pending:
        in_batches(pending, _BATCH, lambda batch, may_shrink: _read_on(graphql, batch, may_shrink=may_shrink))
        pending = [thread for thread in pending if thread.has_more and wanted(thread)]


def newest_remarks(graphql: GraphQL, wanted: Mapping[str, str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The last comments, and of pull requests the last reviews, of items by id; `wanted` gives each one's type.

    Nothing comes for an item that was deleted in the meantime.
    """
    found: dict[str, list[dict[str, Any]]] = {}

    def ask(batch: Sequence[str], may_shrink: bool) -> None:  # noqa: FBT001
        selections = []
        for index, node_id in enumerate(batch):
            reviews = f"reviews(last: {_NEWEST}) {{ nodes {{ ...ReviewFields }} }}" * (wanted[node_id] == "PullRequest")
            selections.append(f"t{index}: node(id: $i{index}) {{ ... on {wanted[node_id]} {{ "
                              f"comments(last: {_NEWEST}) {{ nodes {{ ...CommentFields }} }} {reviews} }} }}")
        parameters = "".join(f", $i{index}: ID!" for index in range(len(batch)))
        data = graphql.run(f"query Newest($reactions: Boolean!{parameters}) {{ "
                           f"rateLimit {{ cost limit remaining resetAt }} {' '.join(selections)} }}",
                           {"reactions": False, **{f"i{index}": node_id for index, node_id in enumerate(batch)}},
                           absent_nodes=True, may_shrink=may_shrink)
        for index, node_id in enumerate(batch):
            node = data[f"t{index}"]
            if node is not None:
                found[node_id] = [*node["comments"]["nodes"], *(node.get("reviews") or {"nodes": []})["nodes"]]

    in_batches(list(wanted), _NEWEST_BATCH, ask)
    yield from found.items()


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
