"""Threads whose end tells too little: read further back, many a request, and only as far as it can matter.

Who put labels on is asked only of items of which it can matter: it would cost every item of a page as much again.
"""
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.ball_in_court import parse
from repo_vitals.concerns.ball_in_court.facts import folded
from repo_vitals.concerns.ball_in_court.standing import done_at, is_by_person, last_labelling, newest_word, standing
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence
    from datetime import datetime

    from repo_vitals.concerns.ball_in_court.facts import Item
    from repo_vitals.concerns.ball_in_court.inputs import Request
    from repo_vitals.sources.github_graphql import GraphQL

_BATCH = 25         # threads a request; each brings up to 100 nodes
_FIRST_BATCH = 100  # threads of which the ends of their changes of labels are asked for, and how many of each
_FIRST = 20
_SAID = ("comments", "reviews")
_LABELS = "timelineItems"
_NODES = {
    ("Issue", "comments"): "...SaidFields", ("PullRequest", "comments"): "...SaidFields",
    ("PullRequest", "reviews"): "...ReviewedFields", ("Issue", _LABELS): "...IssueLabelingFields",
    ("PullRequest", _LABELS): "...PullRequestLabelingFields",
}


class Thread:
    """An item as it was read so far, from the ends of its connections."""

    def __init__(self, node: dict[str, Any]) -> None:
        self.node = node
        self._read: dict[str, list[dict[str, Any]]] = {}
        self._cursors: dict[str, str | None] = {}       # of connections that have more: where what was read begins
        for name in _SAID:
            if name in node:
                self._read[name] = []
                self.add(name, node[name])

    @property
    def item(self) -> Item:
        """The facts so far."""
        said = [one for name in _SAID for one in self._read.get(name, ())]
        return parse.item(self.node, said=said, labelled=self._read.get(_LABELS, ()))

    def add(self, name: str, page: dict[str, Any]) -> None:
        """Take in a page that ends where what was read begins. Raises CouldNotMeasure when the cursor stands still."""
        info = page["pageInfo"]
        read = self._read.setdefault(name, [])
        known = {one["id"] for one in read}
        read[:0] = [one for one in page["nodes"] if one is not None and one.get("id") not in known]
        if not info["hasPreviousPage"]:
            self._cursors.pop(name, None)
        elif info["startCursor"] in (None, self._cursors.get(name)):
            raise CouldNotMeasure("GitHub's pages do not advance; try again later")
        else:
            self._cursors[name] = info["startCursor"]

    def end(self) -> None:
        """There is no more: it was deleted meanwhile."""
        self._cursors.clear()
        self._read.setdefault(_LABELS, [])

    def cursor(self, name: str) -> str | None:
        """Where what was read of a connection begins."""
        return self._cursors.get(name)

    def is_unread(self, name: str) -> bool:
        """Whether nothing of a connection was asked for yet."""
        return name not in self._read

    def lacks(self, asked: Request, viewer: str, now: datetime, *, is_told: bool) -> Iterator[str]:
        """The connections of which more is needed to know how the item stands now, and stood when something `asked`
        tells of was done to it.
        """
        if not self._cursors and not self.is_unread(_LABELS):
            return
        item = self.item
        # Who put our label on matters where it stands or is to be put on; without, nothing of it is looked at.
        if self.is_unread(_LABELS) and (is_told or item.has(asked.label)
                                        or standing(item, asked, viewer, as_of=now).wanted):
            yield _LABELS
            return
        if not self._cursors:
            return
        since = _needed_since(item, asked, viewer, tuple(_moments(item, asked, now)))
        for name in _SAID:
            if name in self._cursors and (since is None or self._begins(name) > since):
                yield name
        if _LABELS in self._cursors:
            unseen = [label for label in (asked.label, asked.stale_label) if label is not None and item.has(label)
                      and not any(folded(one.name) == folded(label) for one in item.labellings)]
            if unseen or since is None or self._begins(_LABELS) > since:
                yield _LABELS

    def _begins(self, name: str) -> datetime:
        """How far back a connection was read."""
        dates = [one["createdAt"] for one in self._read[name] if one.get("createdAt")]
        if not dates:
            raise CouldNotMeasure("GitHub's page of a thread is empty although there is more; try again later")
        return min(map(parse_instant, dates))


def _moments(item: Item, asked: Request, now: datetime) -> Iterator[datetime]:
    """The moments at which it has to be known how an item stood."""
    yield now
    for effect, numbers in asked.effects.items():
        if item.number in numbers:
            yield done_at(item, effect, asked, now)


def _needed_since(item: Item, asked: Request, viewer: str, moments: tuple[datetime, ...]) -> datetime | None:
    """The moment from which on all that was said has to be known; None while that itself is not."""
    words = [newest_word(item, asked, as_of=moment) for moment in moments]
    if any(word is None for word in words):
        return None
    since = min(word.remark.at for word in words if word is not None)
    put = last_labelling(item, asked.label, max(moments))
    if put is None and item.has(asked.label):
        since = item.created_at     # put on nobody knows when, so that every word of the author's counts
    elif put is not None and put.added and is_by_person(put.by, viewer, asked):
        since = min(since, put.at)
    return since


def complete(graphql: GraphQL, threads: Sequence[Thread], asked: Request, viewer: str, now: datetime, *,
             told: Container[int]) -> None:
    """Read on in every thread of which more is needed; `told` are the numbers that `asked` tells something of. An item
    that was deleted meanwhile ends its thread.
    """
    while True:
        wanted = [(thread, name) for thread in threads
                  for name in thread.lacks(asked, viewer, now, is_told=thread.node["number"] in told)]
        if not wanted:
            return
        first = [one for one in wanted if one[0].is_unread(one[1])]
        further = [one for one in wanted if not one[0].is_unread(one[1])]
        in_batches(first, _FIRST_BATCH, partial(_read_back, graphql, _FIRST))
        in_batches(further, _BATCH, partial(_read_back, graphql, 100))
        threads = list(dict.fromkeys(thread for thread, _ in wanted))


def _read_back(graphql: GraphQL, last: int, wanted: Sequence[tuple[Thread, str]], may_shrink: bool,  # noqa: FBT001
               ) -> None:
    variables: dict[str, Any] = {}
    parameters, selections = [], []
    for index, (thread, name) in enumerate(wanted):
        kind = thread.node["__typename"]
        variables |= {f"i{index}": thread.node["id"], f"c{index}": thread.cursor(name)}
        parameters.append(f"$i{index}: ID!, $c{index}: String")
        types = ", itemTypes: [LABELED_EVENT, UNLABELED_EVENT]" if name == _LABELS else ""
        selections.append(
            f"t{index}: node(id: $i{index}) {{ ... on {kind} {{ {name}(last: {last}, before: $c{index}{types}) {{ "
            f"pageInfo {{ hasPreviousPage startCursor }} nodes {{ {_NODES[kind, name]} }} }} }} }}")
    data = graphql.run(f"query EarlierTurns({', '.join(parameters)}) {{ rateLimit {{ cost limit remaining resetAt }} "
                       f"{' '.join(selections)} }}", variables, absent_nodes=True, may_shrink=may_shrink)
    for index, (thread, name) in enumerate(wanted):
        node = data[f"t{index}"]
        if node is None:
            thread.end()
        else:
            thread.add(name, node[name])
