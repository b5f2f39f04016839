"""What the simulated GitHub holds, as plain values. `state.py` changes them; nothing else should."""
from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from repo_vitals.simulator.accounts import Account, Node, encode_id
from repo_vitals.simulator.reactions import Reactable
from repo_vitals.simulator.releases_model import Visited
from repo_vitals.simulator.security_model import Security

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.simulator.actions_model import Workflow, WorkflowRun
    from repo_vitals.simulator.releases_model import Release
    from repo_vitals.simulator.security_model import VulnerabilityAlert

EventKind = Literal[
    "closed", "reopened", "labeled", "unlabeled", "ready_for_review", "convert_to_draft", "merged", "transferred",
    "locked", "unlocked", "assigned",
]
ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]


@dataclass(eq=False, kw_only=True)
class Label(Node):
    """A label of a repository."""

    name: str
    color: str = "ededed"
    description: str | None = None
    default: bool = False

    PREFIX = "LA"


@dataclass(eq=False, kw_only=True)
class Said(Reactable):
    """What comments and reviews share."""

    thread: Thread = field(repr=False)
    author: Account | None
    body: str
    created_at: datetime
    updated_at: datetime
    minimised: str | None = None    # the reason, in GitHub's words ("spam"), or None


@dataclass(eq=False, kw_only=True)
class Comment(Said):
    """A comment on an issue, a pull request or a discussion, or a reply below a discussion's comment."""

    reply_to: Comment | None = field(default=None, repr=False)
    replies: list[Comment] = field(default_factory=list, repr=False)

    @property
    def node_id(self) -> str:
        """The global id that GraphQL knows it by."""
        return encode_id("DC" if isinstance(self.thread, Discussion) else "IC", self.id)


@dataclass(eq=False, kw_only=True)
class ReviewComment(Said):
    """A comment on a line, part of a review."""

    path: str = "src/main.rs"

    PREFIX = "PRRC"


@dataclass(eq=False, kw_only=True)
class Review(Said):
    """A review; a pending one was not submitted and only its author sees it."""

    state: ReviewState
    submitted_at: datetime | None
    commit_oid: str = "0" * 40      # the head that was looked at
    comments: list[ReviewComment] = field(default_factory=list, repr=False)

    PREFIX = "PRR"


@dataclass(eq=False, kw_only=True)
class Event(Node):
    """An entry of a timeline."""

    kind: EventKind
    at: datetime
    actor: Account | None
    label: Label | None = None
    state_reason: str | None = None

    PREFIX = "EV"


@dataclass(eq=False, kw_only=True)
class Thread(Reactable):
    """What issues, pull requests and discussions share."""

    repository: Repository = field(repr=False)
    number: int
    title: str
    body: str
    author: Account | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    labels: list[Label] = field(default_factory=list, repr=False)
    comments: list[Comment] = field(default_factory=list, repr=False)   # by time, then id
    events: list[Event] = field(default_factory=list, repr=False)       # by time, then id
    assignees: list[Account] = field(default_factory=list, repr=False)
    locked: bool = False
    lock_reason: str | None = None

    FOLDER = "issues"

    @property
    def kind(self) -> str:
        """`issue`, `pull_request` or `discussion`."""
        return {"Issue": "issue", "PullRequest": "pull_request", "Discussion": "discussion"}[type(self).__name__]

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self.repository.url}/{self.FOLDER}/{self.number}"

    @property
    def said(self) -> Iterator[Said]:
        """Every comment, each followed by its replies."""
        for comment in self.comments:
            yield comment
            yield from comment.replies

    def add_comment(self, comment: Comment) -> None:
        """File a comment at its place in time: a transferred thread has comments older than itself."""
        insort(self.comments if comment.reply_to is None else comment.reply_to.replies, comment, key=_when_said)

    def add_event(self, event: Event) -> None:
        """File an event at its place in time."""
        insort(self.events, event, key=lambda entry: (entry.at, entry.id))


def _when_said(said: Said) -> tuple[datetime, int]:
    return (said.created_at, said.id)


@dataclass(eq=False, kw_only=True)
class Issue(Thread):
    """An issue."""

    state_reason: str | None = None     # COMPLETED, NOT_PLANNED, DUPLICATE, REOPENED

    PREFIX = "I"

    @property
    def state(self) -> str:
        """OPEN or CLOSED."""
        return "OPEN" if self.closed_at is None else "CLOSED"


@dataclass(eq=False, kw_only=True)
class PullRequest(Thread):
    """A pull request."""

    is_draft: bool = False
    merged_at: datetime | None = None
    branch: str = ""                        # its head's; empty: one that GitHub's editor would name
    head_sha: str = "0" * 40                # the commit at its head
    head_at: datetime | None = None         # when that was made; None: with the pull request
    merge_sha: str | None = None            # the commit of the default branch that merged it
    fork: Repository | None = None          # where its head lies; None: in the repository itself
    message: str = "Change something"       # of its newest commit
    checks: str | None = None               # how that one's checks went, in GitHub's word; None: there were none
    mergeable: str = "MERGEABLE"
    reviews: list[Review] = field(default_factory=list, repr=False)     # by time of creation, then id

    PREFIX = "PR"
    FOLDER = "pull"

    @property
    def head_ref(self) -> str:
        """The name of its head branch."""
        return self.branch or f"patch-{self.number}"

    @property
    def head_repository(self) -> Repository:
        """Where its head lies."""
        return self.fork or self.repository

    @property
    def state(self) -> str:
        """OPEN, CLOSED or MERGED."""
        return "OPEN" if self.closed_at is None else "CLOSED" if self.merged_at is None else "MERGED"

    def add_review(self, review: Review) -> None:
        """File a review at its place in time."""
        insort(self.reviews, review, key=_when_said)

    @property
    def said(self) -> Iterator[Said]:
        """Every comment and every review, each followed by its comments on lines; also those that were not sent."""
        yield from super().said
        for review in self.reviews:
            yield review
            yield from review.comments

    @property
    def as_issue(self) -> Issue:
        """The issue that GitHub keeps behind every pull request, and shows where a comment is asked for its issue."""
        shared = {name: getattr(self, name) for name in Thread.__dataclass_fields__}
        return Issue(**shared, state_reason=None)


@dataclass(eq=False, kw_only=True)
class Category(Node):
    """A category of discussions."""

    name: str
    answerable: bool
    created_at: datetime

    PREFIX = "DIC"


@dataclass(eq=False, kw_only=True)
class Discussion(Thread):
    """A discussion."""

    category: Category
    answer: Comment | None = None
    answer_chosen_at: datetime | None = None

    PREFIX = "D"
    FOLDER = "discussions"

    @property
    def state(self) -> str:
        """OPEN or CLOSED."""
        return "OPEN" if self.closed_at is None else "CLOSED"


@dataclass(eq=False, kw_only=True)
class Commit(Node):
    """A commit of the default branch."""

    repository: Repository = field(repr=False)
    oid: str
    name: str
    email: str
    user: Account | None
    committed_at: datetime
    message: str = "Change something"
    checks: str | None = None       # how its checks went, in GitHub's word: SUCCESS, FAILURE, …; None: there were none
    merged_by: Commit | None = field(default=None, repr=False)  # the merge that brought it, where one did
    replaces: Commit | None = field(default=None, repr=False)   # what it was before a force-push
    paths: tuple[str, ...] = ()     # of the files that it touches

    PREFIX = "C"

    @property
    def lineage(self) -> set[int]:
        """Its id and those it had before force-pushes: a merge that was rewritten still brings what it brought."""
        return {self.id} if self.replaces is None else {self.id, *self.replaces.lineage}


@dataclass(eq=False, kw_only=True)
class Blob(Node):
    """A file's content."""

    repository: Repository = field(repr=False)
    oid: str
    text: str
    raw: bytes | None = None        # what is no text

    PREFIX = "B"

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return self.text.encode("utf-8", "surrogatepass") if self.raw is None else self.raw


@dataclass(kw_only=True)
class Pages:
    """A repository's GitHub Pages."""

    html_url: str
    status: str | None = "built"            # built, building, errored; None: built by a workflow
    public: bool = True


@dataclass(eq=False, kw_only=True)
class Repository(Node):
    """A repository with everything below it."""

    owner: Account
    name: str
    created_at: datetime
    server_url: str
    private: bool = False
    archived: bool = False
    fork: bool = False
    issues_enabled: bool = True
    refuses_labels: bool = False                                # nobody may make a label, as some organisations have it
    filters_by_apps: bool = True                                # False: as on servers whose createdBy knows no app
    discussions_enabled: bool = True
    description: str | None = None
    former_names: list[str] = field(default_factory=list)       # "owner/name", lower case
    roles: dict[str, str] = field(default_factory=dict)         # login, lower case -> MEMBER, COLLABORATOR, …
    grants: dict[str, str] = field(default_factory=dict)        # login, lower case -> admin, maintain, write, triage …
    contributors: set[int] = field(default_factory=set)         # ids of accounts with a merged pull request or commit
    threads: dict[int, Thread] = field(default_factory=dict, repr=False)
    moved: dict[int, Thread] = field(default_factory=dict, repr=False)      # transferred away, by the number it had
    gone: set[int] = field(default_factory=set, repr=False)                 # numbers of deleted threads
    labels: dict[str, Label] = field(default_factory=dict, repr=False)      # by lower-case name
    categories: dict[str, Category] = field(default_factory=dict, repr=False)
    commits: list[Commit] = field(default_factory=list, repr=False)         # newest first
    abandoned: list[list[Commit]] = field(default_factory=list, repr=False) # what the branch held before force-pushes
    mailmap: Blob | None = None
    files: dict[str, Blob] = field(default_factory=dict, repr=False)        # at the tip, by path, without .mailmap
    workflows: list[Workflow] = field(default_factory=list, repr=False)     # deleted ones too
    alerts: list[VulnerabilityAlert] = field(default_factory=list, repr=False)  # by time of creation, then id
    pages: Pages | None = None                                  # GitHub Pages, where they are set up
    security: Security = field(default_factory=Security, repr=False)
    releases: list[Release] = field(default_factory=list, repr=False)      # drafts too
    visited: Visited = field(default_factory=Visited, repr=False)
    runs: list[WorkflowRun] = field(default_factory=list, repr=False)       # by time of creation, then id
    tags: dict[str, str] = field(default_factory=dict, repr=False)          # name to the commit's oid
    stargazers: list[tuple[Account, datetime]] = field(default_factory=list, repr=False)
    stars: int = 0                                              # may exceed the named stargazers
    forks: int = 0
    watchers: int = 0
    last_number: int = 0

    PREFIX = "R"

    @property
    def full_name(self) -> str:
        """owner/name."""
        return f"{self.owner.login}/{self.name}"

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self.server_url}/{self.full_name}"

    @property
    def pushed_at(self) -> datetime:
        """When commits last came; its creation where none did."""
        return self.commits[0].committed_at if self.commits else self.created_at

    @property
    def issues(self) -> list[Issue]:
        """Every issue, in order of number."""
        return [thread for thread in self.threads.values() if isinstance(thread, Issue)]

    @property
    def pull_requests(self) -> list[PullRequest]:
        """Every pull request, in order of number."""
        return [thread for thread in self.threads.values() if isinstance(thread, PullRequest)]

    @property
    def discussions(self) -> list[Discussion]:
        """Every discussion, in order of number."""
        return [thread for thread in self.threads.values() if isinstance(thread, Discussion)]

    def may_be_assigned(self, account: Account) -> bool:
        """Whether issues can be given to somebody."""
        login = account.login.lower()
        return account is self.owner or login in self.grants or \
            self.roles.get(login) in ("OWNER", "MEMBER", "COLLABORATOR")

    def association(self, account: Account | None) -> str:
        """How someone belongs to the repository, in GitHub's words; NONE for a deleted account."""
        if account is None or account.deleted:
            return "NONE"
        if account is self.owner:
            return "OWNER"
        given = self.roles.get(account.login.lower())
        return given or ("CONTRIBUTOR" if account.id in self.contributors else "NONE")
