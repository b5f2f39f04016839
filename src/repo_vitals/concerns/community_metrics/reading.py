"""From GitHub's nodes to entries of the ledger: long threads are read on as far as it matters."""
from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.community_metrics import parse
from repo_vitals.concerns.community_metrics.ledger import Entry
from repo_vitals.concerns.community_metrics.moves import last_turn
from repo_vitals.concerns.community_metrics.responses import Policy, closed_at, first_response, first_review
from repo_vitals.concerns.community_metrics.threads import Thread, complete, read_back
from repo_vitals.report.incidents import incident_in
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Item, Kind
    from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms
    from repo_vitals.report.incidents import Incident
    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_graphql import GraphQL

Node = dict[str, Any]

_BODIES = 50                # bodies, which may hold 64 KB each
_MARKER = "<!-- repo-vitals:"
_TYPES = {"issue": "Issue", "pull_request": "PullRequest", "discussion": "Discussion"}
_NOTHING: Node = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}


class Reader:
    """Takes nodes as listings bring them; `finish` reads on in those whose pages did not hold all that matters."""

    def __init__(self, graphql: GraphQL, *, policy: Policy, window: Window, mark: datetime, pseudonyms: Pseudonyms,
                 tells_move: Callable[[Item], bool], remembered: Callable[[int], Entry | None]) -> None:
        self._graphql = graphql
        self._policy = policy
        self._window = window
        self._mark = mark
        self._pseudonyms = pseudonyms
        self._tells_move = tells_move
        self._remembered = remembered
        self._pending: dict[int, _Threads] = {}
        self._known: dict[Any, Node] = {}
        self.entries: dict[int, Entry] = {}
        self.labels: dict[str, str] = {}                    # id to name, of those on items
        self.labels_once_put_on: dict[str, str] = {}        # and of those in their history, which may be no more
        self.reactions: dict[str, frozenset[str]] = {}      # to remarks, as far as they came along; those with any

    def take(self, kind: Kind, node: Node) -> None:
        """Take in a node. Of two of the same item the later update stays, of equals the later reading."""
        number, updated = node["number"], parse_instant(node["updatedAt"])
        before = self._pending.get(number)
        known = before.updated_at if before is not None else (
            self.entries[number].updated_at if number in self.entries else None)
        if known is not None and updated < known:
            return
        threads = _Threads(kind, self._shared(node))
        self._pending.pop(number, None)
        self.entries.pop(number, None)
        if threads.is_open_ended or self._may_be_ours(threads):
            self._pending[number] = threads
        else:
            known_before = self._known_before(threads)
            self.entries[number] = self._entry(
                threads, is_ours=known_before is not None and known_before.item.is_ours,
                incident=None if known_before is None else known_before.item.incident)

    @property
    def taken(self) -> set[int]:
        """Numbers of all items taken so far."""
        return {*self.entries, *self._pending}

    def open(self, kind: Kind) -> int:
        """How many of those taken are open."""
        return (sum(entry.item.kind == kind and entry.item.closed_at is None for entry in self.entries.values())
                + sum(found.kind == kind and found.node["closedAt"] is None for found in self._pending.values()))

    def _shared(self, value: Any) -> Any:
        """The same JSON value, its repeated words, authors and labels kept once: they are most of a long listing."""
        if isinstance(value, str):
            return sys.intern(value)
        if isinstance(value, list):
            value[:] = map(self._shared, value)
        elif isinstance(value, dict):
            for key, entry in value.items():
                value[key] = self._shared(entry)
            if len(value) <= 2 and all(isinstance(entry, str) for entry in value.values()):
                return self._known.setdefault(tuple(value.items()), value)
        return value

    def give_up(self) -> None:
        """What could not be finished becomes an entry that is to be read again; what was read to its end does not."""
        for number, found in self._pending.items():
            found.add_replies()
            self.entries[number] = self._entry(found, is_ours=False,
                                               stale=found.is_open_ended or self._may_be_ours(found))
        self._pending.clear()

    def finish(self) -> None:
        """Read on where it matters, so that every item taken has its entry."""
        pending = list(self._pending.values())
        ours = self._ours(pending)
        by_thread: dict[int, _Threads] = {}

        def matters(thread: Thread) -> bool:
            if thread.connection == "timelineItems":
                return True
            found = by_thread[id(thread)]
            item = found.item(is_ours=found.node["id"] in ours, names=self._pseudonyms)
            # Replies come below any comment, and reviews are sent long after they were begun: the last of them can be
            # anywhere.
            if (found.kind == "discussion" or thread.connection == "reviews") and self._needs_move(item):
                return True
            return self.needs_response(item) and self._may_be_earlier(thread, found)
        # What matters is known for certain once the events are complete and replies stand below all comments: the
        # first round, in which most threads end, guesses by what is there.
        for _ in range(3):
            for found in pending:
                found.add_replies()
                by_thread |= {id(thread): found for thread in found.threads}
            complete(self._graphql, [thread for found in pending for thread in found.threads], wanted=matters)
        self._read_back(pending, ours)
        for number, found in self._pending.items():
            self.entries[number] = self._entry(found, is_ours=found.node["id"] in ours,
                                               incident=ours.get(found.node["id"]))
        self._pending.clear()

    def _read_back(self, pending: Sequence[_Threads], ours: Collection[str]) -> None:
        """Read long threads from their ends, as far as it takes to know whose move it is."""
        ends = {id(found.said[0]): found for found in pending if found.kind != "discussion"}

        def matters(thread: Thread) -> bool:
            found = ends[id(thread)]
            item = found.item(is_ours=found.node["id"] in ours, names=self._pseudonyms)
            return self._needs_move(item) and self._may_have_turned_since(item, found.tail_from)
        read_back(self._graphql, [found.said[0] for found in ends.values()], wanted=matters)

    def _may_have_turned_since(self, item: Item, tail_from: datetime | None) -> bool:
        """Whether the last words of others can lie before what was read from the end of the thread."""
        turn = last_turn(item, self._policy, as_of=self._window.end)
        return tail_from is None or not turn or turn[0].at < tail_from

    def needs_response(self, item: Item) -> bool:
        """Whether a figure depends on this item's first response."""
        if self._policy.leaves_out(item):
            return False
        # Open at the end of either window: whether it awaited a response then is a figure of that window.
        return item.created_at >= self._mark or any(
            closed_at(item, as_of=end) is None for end in (self._window.start, self._window.end))

    def _needs_move(self, item: Item) -> bool:
        """Whether the report says of this item whose move it is."""
        return (closed_at(item, as_of=self._window.end) is None and not self._policy.leaves_out(item)
                and self._tells_move(item))

    def _may_be_earlier(self, thread: Thread, found: _Threads) -> bool:
        """Whether the unread rest of a thread can hold an earlier response, or review, than the one known."""
        item = found.item(is_ours=False, names=self._pseudonyms)
        known = [first_response(item, self._policy, as_of=self._window.end)]
        if thread.connection == "reviews":
            known.append(first_review(item, self._policy, as_of=self._window.end))
        # Threads run by creation, and nothing can be said before it is created.
        limit = max(self._window.end if remark is None else remark.at for remark in known)
        return not thread.nodes or parse_instant(thread.nodes[-1]["createdAt"]) < limit

    def lacks(self, entry: Entry) -> bool:
        """Whether an entry of an earlier run, under whatever rules that had, leaves unread what matters now."""
        if entry.stale or entry.unread_from is None:
            return entry.stale
        item = entry.item
        if self._needs_move(item) and (item.kind == "discussion" or entry.reviews_unread_from is not None
                                       or self._may_have_turned_since(item, entry.tail_from)):
            return True
        if not self.needs_response(item):
            return False
        known = first_response(item, self._policy, as_of=self._window.end)
        if entry.unread_from < (self._window.end if known is None else known.at):
            return True
        review = first_review(item, self._policy, as_of=self._window.end)
        return entry.reviews_unread_from is not None and entry.reviews_unread_from < (
            self._window.end if review is None else review.at)

    def _may_be_ours(self, threads: _Threads) -> bool:
        # Bots' own are left out anyway, but for incidents, which are issues.
        return bool(threads.node["viewerDidAuthor"]) and self._known_before(threads) is None and (
            threads.kind == "issue" or not parse.actor(threads.node["author"]).is_bot)

    def _known_before(self, threads: _Threads) -> Entry | None:
        """What an earlier run found out about an item of this account, unless its text may have changed since."""
        entry = self._remembered(threads.node["number"]) if threads.node["viewerDidAuthor"] else None
        if (entry is None or entry.stale or not entry.by_viewer or entry.node_id != threads.node["id"]
                or entry.updated_at != threads.updated_at):
            return None
        return entry

    def _ours(self, pending: Sequence[_Threads]) -> Mapping[str, Incident | None]:
        """The items that this token's account wrote and marked, by id, with the incidents that they remember."""
        suspects = [found.node["id"] for found in pending if self._may_be_ours(found)]
        marked = {known.node_id: known.item.incident for found in pending
                  if (known := self._known_before(found)) is not None and known.item.is_ours}

        def ask(ids: Sequence[str], may_shrink: bool) -> None:  # noqa: FBT001
            answer = self._graphql.query("bodies", {"ids": ids}, absent_nodes=True, may_shrink=may_shrink)
            marked.update((node["id"], incident_in(node["body"]) if node["__typename"] == "Issue" else None)
                          for node in answer["nodes"] if node and _MARKER in (node["body"] or ""))

        in_batches(suspects, _BODIES, ask)
        return marked

    def _entry(self, found: _Threads, *, is_ours: bool, incident: Incident | None = None, stale: bool = False) -> Entry:
        for node in found.remarks:
            used = parse.reactions(node)
            if used:
                self.reactions[node["id"]] = used
        labels = (found.node["labels"] or {"nodes": []})["nodes"]
        self.labels |= {label["id"]: label["name"] for label in labels}
        changed = [event["label"] for event in found.label_events]
        self.labels_once_put_on |= {label["id"]: label["name"] for label in changed}
        unread_from = found.unread_from
        item = replace(found.item(is_ours=is_ours, names=self._pseudonyms), incident=incident)
        return Entry(item=item, node_id=found.node["id"],
                     updated_at=found.updated_at, by_viewer=bool(found.node["viewerDidAuthor"]),
                     unread_from=unread_from, reviews_unread_from=found.reviews_unread_from,
                     tail_from=found.tail_from, stale=stale,
                     label_ids=tuple(sorted(label["id"] for label in labels)),
                     changed_label_ids=tuple(label["id"] for label in changed))


class _Threads:
    """An item's node with its threads, read as far as needed."""

    def __init__(self, kind: Kind, node: Node) -> None:
        self.kind, self.node = kind, node
        self.updated_at = parse_instant(node["updatedAt"])
        name = _TYPES[kind]
        self.said = [Thread.of(node["id"], name, "comments", node["comments"])]
        if kind == "pull_request":
            # Reviews are null where the account that opened the pull request is suspended.
            self.said.append(Thread.of(node["id"], name, "reviews", node["reviews"] or _NOTHING))
        self.events = None if kind == "discussion" else Thread.of(
            node["id"], name, "timelineItems", node["timelineItems"])
        self.replies: list[Thread] = []
        self.add_replies()

    @property
    def threads(self) -> list[Thread]:
        """All of its threads."""
        return [*([] if self.events is None else [self.events]), *self.said, *self.replies]

    @property
    def is_open_ended(self) -> bool:
        """Whether any of its threads has more than was read."""
        return any(thread.has_more for thread in self.threads)

    @property
    def unread_from(self) -> datetime | None:
        """The moment from which on remarks are unread; None when all were read."""
        return self._first_unread((*self.said, *self.replies))

    @property
    def reviews_unread_from(self) -> datetime | None:
        """The same of reviews."""
        return self._first_unread(self.said[1:])

    def _first_unread(self, threads: Sequence[Thread]) -> datetime | None:
        return min((parse_instant((thread.nodes[-1] if thread.nodes else self.node)["createdAt"])
                    for thread in threads if thread.has_more), default=None)

    @property
    def tail_from(self) -> datetime | None:
        """The moment from which on comments that were read from the end are there."""
        return parse_instant(self.said[0].tail[0]["createdAt"]) if self.said[0].tail else None

    @property
    def label_events(self) -> list[Node]:
        """The events that put a label on or took one off, as `parse.item` finds them."""
        return [] if self.events is None else [node for node in self.events.nodes if "label" in node]

    @property
    def remarks(self) -> list[Node]:
        """Everything said that was read, as GitHub shows it: each comment with its replies, then the reviews."""
        below = {thread.node_id: thread.nodes for thread in self.replies}
        said = (node for thread in self.said for above in (*thread.nodes, *thread.tail)
                for node in (above, *below.get(above["id"], ())))
        return list({node["id"]: node for node in said}.values())

    def add_replies(self) -> None:
        """Take in the threads below a discussion's comments that were read since."""
        if self.kind != "discussion":
            return
        known = {thread.node_id for thread in self.replies}
        self.replies += [Thread.of(comment["id"], "DiscussionComment", "replies", comment["replies"])
                         for comment in self.said[0].nodes if comment["id"] not in known]

    def item(self, *, is_ours: bool, names: Pseudonyms) -> Item:
        """The item as far as it was read."""
        return parse.item(self.kind, self.node, said=self.remarks,
                          events=() if self.events is None else self.events.nodes, is_ours=is_ours, names=names)
