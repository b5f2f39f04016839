"""Facts about a community from GitHub, for two adjoining windows and all that is still open.

What is asked for: open items, whatever their age; items updated since the window before the reported one began; the
commits of both windows. Listings run so that an item which changes while they run is met again, never missed.
"""
from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.community_metrics import parse
from repo_vitals.concerns.community_metrics.contributors import Mailmap, people
from repo_vitals.concerns.community_metrics.definitions import RECENT_DAYS
from repo_vitals.concerns.community_metrics.facts import Commit, Facts, Item, Kind
from repo_vitals.concerns.community_metrics.responses import Policy, closed_at, first_response, first_review
from repo_vitals.concerns.community_metrics.threads import Thread, complete
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_connection import GitHub

Node = dict[str, Any]

_PAGE = 100
_LAST_LOOK = 10             # items, to see what changed during a listing
_FIRST_COMMENTS = 10        # of each item with its page; the rest where it matters
_FIRST_EVENTS = 10
_FIRST_DISCUSSION_COMMENTS = 5     # each brings its own replies: ten would double the cost of a page
_FIRST_REPLIES = 5
_ALIASES = 60               # authors asked about in one request
_BODIES = 50                # bodies, which may hold 64 KB each
_MARKER = "<!-- repo-vitals:"
_TYPES = {"issue": "Issue", "pull_request": "PullRequest", "discussion": "Discussion"}


def collect(github: GitHub, *, repository: str, window: Window, policy: Policy) -> Facts:
    """The facts that figures over `window` and over the window before it need.

    Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    try:
        return _Collector(github, repository=repository, window=window, policy=policy).facts()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CouldNotMeasure(f"GitHub's answer about {repository} lacks what was asked for "
                              f"({type(error).__name__}); try again later") from error


class _Collector:
    def __init__(self, github: GitHub, *, repository: str, window: Window, policy: Policy) -> None:
        self._graphql = github.graphql
        self._owner, self._name = repository.split("/")
        self._window = window
        self._policy = policy
        # Everything that the figures need was updated after this moment, or is open still.
        self._mark = min(window.start - (window.end - window.start), window.end - timedelta(days=RECENT_DAYS))
        self._notes: list[str] = []
        self._known: dict[Any, Node] = {}

    def facts(self) -> Facts:
        node = self._graphql.query("repository", self._who())["repository"]
        repository = parse.repository(node)
        if repository.name.lower() != f"{self._owner}/{self._name}".lower():
            self._notes.append(f"{self._owner}/{self._name} is now {repository.name}; name it so in the workflow")
        if repository.archived:
            self._notes.append(f"{repository.name} is archived")
        items: list[Item] = []
        if repository.issues_enabled:
            items += self._items("issue", [*self._open_issues(), *self._updated_issues()])
        else:
            self._notes.append(f"issues are disabled in {repository.name}; their figures are unknown")
        items += self._items("pull_request", [*self._open_pull_requests(), *self._updated("pull_request")])
        if repository.discussions_enabled:
            items += self._items("discussion", self._updated("discussion"))
        mailmap = self._mailmap(node["mailmap"])
        commits: tuple[Commit, ...] = ()
        seen_before: frozenset[str] = frozenset()
        if repository.default_branch is None:
            self._notes.append(f"{repository.name} is empty; nothing is known about its contributors")
        else:
            tip = node["defaultBranchRef"]["target"]["id"]
            commits = tuple(self._commits(tip))
            seen_before = self._seen_before(tip, commits, mailmap)
        return Facts(repository=repository, items=tuple(items), commits=commits, seen_before=seen_before,
                     mailmap=mailmap, notes=tuple(self._notes))

    def _who(self) -> dict[str, Any]:
        return {"owner": self._owner, "name": self._name}

    def _listing(self, name: str, connection: str, *, first: int = _PAGE, **variables: Any) -> Iterator[list[Node]]:
        for page in self._graphql.pages(name, {**self._who(), **variables}, connection=("repository", connection),
                                        first=first):
            yield self._shared(page)

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

    # Listings. Open ones come first, oldest update first, up to the mark: an item that changes meanwhile moves past the
    # mark, where the second listing meets it.

    def _open_issues(self) -> Iterator[Node]:
        pages = self._listing("issues", "issues", states=["OPEN"], comments=_FIRST_COMMENTS, events=_FIRST_EVENTS)
        return _until(pages, lambda node: parse_instant(node["updatedAt"]) >= self._mark)

    def _updated_issues(self) -> Iterator[Node]:
        pages = self._listing("issues", "issues", filter={"since": format_instant(self._mark)},
                              comments=_FIRST_COMMENTS, events=_FIRST_EVENTS)
        return (node for page in pages for node in page)

    def _open_pull_requests(self) -> Iterator[Node]:
        pages = self._listing("pull_requests", "pullRequests", states=["OPEN"], direction="ASC",
                              comments=_FIRST_COMMENTS, events=_FIRST_EVENTS)
        return _until(pages, lambda node: parse_instant(node["updatedAt"]) >= self._mark)

    def _updated(self, kind: Kind) -> Iterator[Node]:
        """Items down to the mark, newest update first; then what changed meanwhile, until a walk brings nothing new."""
        floor, newest = self._mark, self._mark
        while True:
            pages = 0
            for page in self._newest_first(kind, first=_PAGE if floor == self._mark else _LAST_LOOK):
                pages += 1
                reached = False
                for node in page:
                    updated = parse_instant(node["updatedAt"])
                    newest = max(newest, updated)
                    reached = updated < floor
                    if reached:
                        break
                    yield node
                if reached:
                    break
            if pages <= 1:      # one answer is one moment: nothing can have moved in it
                return
            # Those of the very second stay in: whether they changed again within it can't be seen.
            floor = newest

    def _newest_first(self, kind: Kind, *, first: int) -> Iterator[list[Node]]:
        if kind == "pull_request":
            return self._listing("pull_requests", "pullRequests", first=first, direction="DESC",
                                 comments=_FIRST_COMMENTS, events=_FIRST_EVENTS)
        return self._listing("discussions", "discussions", first=first, comments=_FIRST_DISCUSSION_COMMENTS,
                             replies=_FIRST_REPLIES)

    # Threads and history of items.

    def _items(self, kind: Kind, nodes: Iterable[Node]) -> Iterator[Item]:
        latest: dict[int, Node] = {}
        for node in nodes:
            known = latest.get(node["number"])
            if known is None or parse_instant(node["updatedAt"]) >= parse_instant(known["updatedAt"]):
                latest[node["number"]] = node
        threads = {number: _Threads(kind, node) for number, node in latest.items()}
        complete(self._graphql, (found.events for found in threads.values() if found.events is not None),
                 wanted=lambda _: True)
        ours = self._ours(latest.values())
        by_thread = {id(thread): found for found in threads.values() for thread in found.said}

        def matters(thread: Thread) -> bool:
            found = by_thread[id(thread)]
            return self._needs_response(found.item(is_ours=found.node["id"] in ours)) and self._may_be_earlier(
                thread, found.item(is_ours=False))
        complete(self._graphql, [thread for found in threads.values() for thread in found.said], wanted=matters)
        if kind == "discussion":
            for found in threads.values():
                found.add_replies()
                by_thread |= {id(thread): found for thread in found.replies}
            complete(self._graphql, [thread for found in threads.values() for thread in found.replies],
                     wanted=matters)
        for number in sorted(threads):
            yield threads[number].item(is_ours=latest[number]["id"] in ours)

    def _needs_response(self, item: Item) -> bool:
        """Whether a figure depends on this item's first response."""
        if self._policy.leaves_out(item):
            return False
        # Open at the end of either window: whether it awaited a response then is a figure of that window.
        return item.created_at >= self._mark or (item.kind != "discussion" and any(
            closed_at(item, as_of=end) is None for end in (self._window.start, self._window.end)))

    def _may_be_earlier(self, thread: Thread, item: Item) -> bool:
        """Whether the unread rest of a thread can hold an earlier response, or review, than the one known."""
        known = [first_response(item, self._policy, as_of=self._window.end)]
        if thread.connection == "reviews":
            known.append(first_review(item, self._policy, as_of=self._window.end))
        # Threads run by creation, and nothing can be said before it is created.
        limit = max(self._window.end if remark is None else remark.at for remark in known)
        return not thread.nodes or parse_instant(thread.nodes[-1]["createdAt"]) < limit

    def _ours(self, nodes: Iterable[Node]) -> frozenset[str]:
        """Ids of the items that this token's account wrote and marked. Bots' are left out anyway and not asked for."""
        if self._policy.include_bots:
            return frozenset()
        suspects = [node["id"] for node in nodes
                    if node["viewerDidAuthor"] and not self._policy.is_bot(parse.actor(node["author"]))]
        found: set[str] = set()

        def ask(ids: Sequence[str], may_shrink: bool) -> None:  # noqa: FBT001
            answer = self._graphql.query("bodies", {"ids": ids}, absent_nodes=True, may_shrink=may_shrink)
            found.update(node["id"] for node in answer["nodes"] if node and _MARKER in (node["body"] or ""))

        in_batches(suspects, _BODIES, ask)
        return frozenset(found)

    # Contributors.

    def _commits(self, tip: str) -> Iterator[Commit]:
        pages = self._graphql.pages("commits", {
            "id": tip, "since": format_instant(self._mark), "until": format_instant(self._window.end),
        }, connection=("node", "history"))
        return (parse.commit(node) for page in pages for node in page)

    def _mailmap(self, blob: Node | None) -> str:
        if not blob or blob["isBinary"] or blob["text"] is None:      # {}: a folder of that name
            return ""
        if blob["isTruncated"]:
            self._notes.append(".mailmap is longer than GitHub gives out; people may be counted twice")
        return str(blob["text"])

    def _seen_before(self, tip: str, commits: Sequence[Commit], mailmap: str) -> frozenset[str]:
        """Who of the window's contributors had a commit before it, asked of the whole history, many in a request."""
        mapped = Mailmap(mailmap)
        ignored = self._policy.ignored
        persons = people((commit for commit in commits if commit.at in self._window), mapped, ignored, known=commits)
        earlier = (commit for commit in commits if commit.at < self._window.start)
        seen = {person.identity for person in people(earlier, mapped, ignored, known=commits)}
        asked: list[tuple[str, dict[str, Any]]] = []
        for person in persons:
            if person.identity not in seen:
                # GitHub gives an account precedence over addresses, so that each is asked for apart.
                asked += [(person.identity, {"id": user}) for user in sorted(person.user_ids)]
                if person.emails:
                    asked.append((person.identity, {"emails": sorted(person.emails)}))
        until = format_instant(self._mark - timedelta(seconds=1))

        def ask(batch: Sequence[tuple[str, dict[str, Any]]], may_shrink: bool) -> None:  # noqa: FBT001
            nonlocal seen
            parameters = " ".join(f"$a{index}: CommitAuthor" for index in range(len(batch)))
            selections = " ".join(f"a{index}: history(first: 1, until: $until, author: $a{index}) {{ totalCount }}"
                                  for index in range(len(batch)))
            answer = self._graphql.run(
                f"query Authors($id: ID!, $until: GitTimestamp!, {parameters}) {{ "
                "rateLimit { cost limit remaining resetAt } "
                f"node(id: $id) {{ ... on Commit {{ {selections} }} }} }}",
                {"id": tip, "until": until, **{f"a{index}": author for index, (_, author) in enumerate(batch)}},
                may_shrink=may_shrink)
            seen |= {identity for index, (identity, _) in enumerate(batch)
                     if answer["node"][f"a{index}"]["totalCount"] > 0}

        in_batches(asked, _ALIASES, ask)
        return frozenset(seen)


class _Threads:
    """An item's node with its threads, read as far as needed."""

    def __init__(self, kind: Kind, node: Node) -> None:
        self.kind, self.node = kind, node
        name = _TYPES[kind]
        self.said = [Thread.of(node["id"], name, "comments", node["comments"])]
        if kind == "pull_request":
            # Reviews are null where the account that opened the pull request is suspended.
            self.said.append(Thread.of(node["id"], name, "reviews", node["reviews"] or _NOTHING))
        self.events = None if kind == "discussion" else Thread.of(
            node["id"], name, "timelineItems", node["timelineItems"])
        self.replies: list[Thread] = []
        if kind == "discussion":
            self.add_replies()

    def add_replies(self) -> None:
        """Take in the threads below the comments that were read since."""
        known = {thread.node_id for thread in self.replies}
        self.replies += [Thread.of(comment["id"], "DiscussionComment", "replies", comment["replies"])
                         for comment in self.said[0].nodes if comment["id"] not in known]

    def item(self, *, is_ours: bool) -> Item:
        said = [node for thread in (*self.said, *self.replies) for node in thread.nodes]
        return parse.item(self.kind, self.node, said=said, events=() if self.events is None else self.events.nodes,
                          is_ours=is_ours)


_NOTHING: Node = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}


def _until(pages: Iterator[list[Node]], reached: Any) -> Iterator[Node]:
    for page in pages:
        for node in page:
            if reached(node):
                return
            yield node
