"""Listings of items, each going on where the run before ended.

A listing runs so that an item which changes meanwhile is met again, never missed, and notes in `Progress` how far it
has come after every page: a run that ends early leaves a note from which the next one goes on.
"""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.community_metrics.ledger import Descent, Progress, moment, seconds
from repo_vitals.errors import BudgetSpent, CouldNotMeasure
from repo_vitals.sources.github_graphql import PageOfNodes
from repo_vitals.sources.http import TooHeavy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Kind
    from repo_vitals.sources.github_graphql import GraphQL

Node = dict[str, Any]

FIRST_COMMENTS = 10         # of each item with its page; the rest where it matters
FIRST_EVENTS = 10
FIRST_DISCUSSION_COMMENTS = 5     # each brings its own replies: ten would double the cost of a page
FIRST_REPLIES = 5
_PAGE = 100
_LAST_LOOK = 10             # items, to see what changed during a listing
_CHANGES = 60               # items of each kind, asked for together
_CONNECTIONS: dict[Kind, str] = {"issue": "issues", "pull_request": "pullRequests", "discussion": "discussions"}
# An update may be seen a little later than one that happened after it, when another of GitHub's replicas answers.
_OVERLAP = timedelta(minutes=5)


class Listings:
    """What is open, and what was updated since `mark`, of a repository."""

    def __init__(self, graphql: GraphQL, *, owner: str, name: str, mark: datetime,
                 with_reactions: bool) -> None:
        self._graphql = graphql
        self._who = {"owner": owner, "name": name}
        self._mark = mark
        self._with_reactions = with_reactions
        self._first_pages: dict[Kind, Node] = {}        # of what changed, where it was asked for together

    def ask_for_changes(self, progress: Mapping[Kind, Progress]) -> None:
        """Fetch the first page of what changed, of all these kinds in one request, for the listings to begin with."""
        since = moment(progress["issue"].through or 0) - _OVERLAP if "issue" in progress else None
        try:
            answer = self._graphql.query("changes", {
                **self._who, "first": _CHANGES, "issues": since is not None, "discussions": "discussion" in progress,
                "filter": None if since is None else {"since": format_instant(since)}, "comments": FIRST_COMMENTS,
                "events": FIRST_EVENTS, "replies": FIRST_REPLIES, "reactions": True}, may_shrink=True)
        except TooHeavy:        # then each listing asks for itself, in pages that GitHub can carry
            return
        for kind in progress:
            self._first_pages[kind] = answer["repository"][_CONNECTIONS[kind]]

    def issues(self, progress: Progress) -> Iterator[Node]:
        """Open ones, oldest update first, up to the mark; then all by update from the mark on, oldest first.

        Later runs list what was updated since the newest update that was seen.
        """
        if progress.reach is None:
            if progress.target is None:
                progress.target = seconds(self._mark)
            target = moment(progress.target)
            yield from self._open("issue", progress, target)
            yield from self._rising(progress, moment(progress.rising or progress.target))
            progress.through, progress.reach = max(progress.rising or 0, progress.target), progress.target
            progress.target = progress.rising = None
        else:
            known = moment(progress.through or 0)
            for page in self._beginning("issue", self._updated_issues, known - _OVERLAP):
                yield from page
                progress.through = max(progress.through or 0, *map(_updated, page), 0)
        if seconds(self._mark) < progress.reach:
            yield from self._further_back(progress)

    def _further_back(self, progress: Progress) -> Iterator[Node]:
        """What was updated between the mark and a reach that is not far enough."""
        if progress.target is None or progress.target > seconds(self._mark):
            progress.target, progress.rising = seconds(self._mark), None
        reach = progress.reach or 0
        for page in self._updated_issues(moment(progress.rising or progress.target)):
            yield from page
            progress.rising = max(progress.rising or 0, *map(_updated, page), 0)
            if progress.rising >= reach:
                break
        progress.reach, progress.target, progress.rising = progress.target, None, None

    def _rising(self, progress: Progress, since: datetime) -> Iterator[Node]:
        for page in self._updated_issues(since):
            yield from page
            progress.rising = max(progress.rising or 0, *map(_updated, page), 0)

    def pull_requests(self, progress: Progress) -> Iterator[Node]:
        """Open ones, oldest update first, up to the mark; then all by update, newest first, down to it."""
        if progress.reach is None:
            if progress.target is None:
                progress.target = seconds(self._mark)
            yield from self._open("pull_request", progress, moment(progress.target))
        yield from self._newest("pull_request", progress)

    def discussions(self, progress: Progress) -> Iterator[Node]:
        """All by update, newest first, down to the mark."""
        yield from self._newest("discussion", progress)

    def _open(self, kind: Kind, progress: Progress, target: datetime) -> Iterator[Node]:
        # An item that changes meanwhile moves past the mark, where the listing after this one meets it.
        if progress.open_done:
            return
        begun_with = progress.open_cursor
        try:
            for page in self._pages(kind, after=progress.open_cursor, states=["OPEN"], direction="ASC"):
                for node in page:
                    if parse_instant(node["updatedAt"]) >= target:
                        break
                    yield node
                else:
                    progress.open_cursor = page.end_cursor
                    continue
                break
        except CouldNotMeasure as error:
            if not isinstance(error, BudgetSpent) and progress.open_cursor == begun_with:
                progress.open_cursor = None         # GitHub may have forgotten what it points at
            raise
        progress.open_done, progress.open_cursor = True, None

    def _newest(self, kind: Kind, progress: Progress) -> Iterator[Node]:
        """Down to what is known, then on with walks that were broken off, and further down if the mark asks for it."""
        broken_off = [walk for walk in progress.descents if walk.cursor is not None]
        progress.descents = list(broken_off)
        floor = self._target(progress) if progress.through is None else moment(progress.through) - _OVERLAP
        yield from self._falling(kind, progress, floor)
        floors = [seconds(floor)]
        for walk in broken_off:
            yield from self._go_on(kind, progress, walk)
            floors.append(walk.floor)
        if progress.reach is None:
            progress.reach, progress.target = min(floors), None
        elif broken_off:
            progress.reach = min(progress.reach, *floors)
        if seconds(self._mark) < progress.reach:
            yield from self._falling(kind, progress, self._mark)
            progress.reach = seconds(self._mark)

    def _target(self, progress: Progress) -> datetime:
        return self._mark if progress.target is None else moment(progress.target)

    def _falling(self, kind: Kind, progress: Progress, floor: datetime) -> Iterator[Node]:
        """Items down to the floor, newest update first; then what changed meanwhile, till a walk brings nothing new."""
        first = _PAGE
        while True:
            walk, pages, newest = Descent(seconds(floor), None), 0, floor
            progress.descents.append(walk)
            for page in self._beginning(kind, self._falling_pages, kind, first):
                pages += 1
                reached = False
                for node in page:
                    updated = parse_instant(node["updatedAt"])
                    newest = max(newest, updated)
                    reached = updated < floor
                    if reached:
                        break
                    yield node
                progress.through = max(progress.through or 0, seconds(newest))
                walk.cursor = page.end_cursor
                if reached:
                    break
            progress.descents.remove(walk)
            if not progress.descents:       # whatever breaks off below, this need not be walked again
                progress.reach = walk.floor if progress.reach is None else min(progress.reach, walk.floor)
                progress.target = None
            if pages <= 1:      # one answer is one moment: nothing can have moved in it
                return
            # Those of the very second stay in: whether they changed again within it can't be seen.
            floor, first = newest, _LAST_LOOK

    def _go_on(self, kind: Kind, progress: Progress, walk: Descent) -> Iterator[Node]:
        begun_with = walk.cursor
        try:
            for page in self._pages(kind, after=walk.cursor, direction="DESC"):
                for node in page:
                    if _updated(node) < walk.floor:
                        break
                    yield node
                else:
                    walk.cursor = page.end_cursor
                    continue
                break
        except CouldNotMeasure as error:
            if not isinstance(error, BudgetSpent) and walk.cursor == begun_with:
                # The cursor may be what GitHub can't read: the next run walks down from the top instead.
                progress.descents.remove(walk)
                progress.through = min(progress.through or walk.floor, walk.floor)
            raise
        progress.descents.remove(walk)

    def _beginning(self, kind: Kind, listing: Callable[..., Iterator[PageOfNodes]], *how: Any) -> Iterator[PageOfNodes]:
        """A listing that begins with the page that is here already, if there is one."""
        page = self._first_pages.pop(kind, None)
        if page is None:
            yield from listing(*how)
            return
        nodes = PageOfNodes(page["nodes"])
        nodes.end_cursor = page["pageInfo"]["endCursor"]
        yield nodes
        if page["pageInfo"]["hasNextPage"]:
            yield from listing(*how, after=nodes.end_cursor)

    def _updated_issues(self, since: datetime, after: str | None = None) -> Iterator[PageOfNodes]:
        return self._pages("issue", filter={"since": format_instant(since)}, after=after)

    def _falling_pages(self, kind: Kind, first: int, after: str | None = None) -> Iterator[PageOfNodes]:
        return self._pages(kind, first=first, direction="DESC", after=after)

    def _pages(self, kind: Kind, *, first: int = _PAGE, direction: str = "ASC", after: str | None = None,
               **more: Any) -> Iterator[PageOfNodes]:
        if kind == "discussion":
            name, connection = "discussions", "discussions"
            more = {"comments": FIRST_DISCUSSION_COMMENTS, "replies": FIRST_REPLIES}
        else:
            name, connection = ("issues", "issues") if kind == "issue" else ("pull_requests", "pullRequests")
            more |= {"comments": FIRST_COMMENTS, "events": FIRST_EVENTS}
            if kind == "pull_request":
                more["direction"] = direction
        if after is not None:
            more["after"] = after
        return self._graphql.pages(name, {**self._who, **more, "reactions": self._with_reactions},
                                   connection=("repository", connection), first=first)


def _updated(node: Node) -> int:
    return seconds(parse_instant(node["updatedAt"]))
