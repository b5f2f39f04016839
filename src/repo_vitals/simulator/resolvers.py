"""How the fields of the schema are read from the state. A field without a resolver here is an attribute of its name."""
from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, get_named_type

from repo_vitals.clock import format_instant
from repo_vitals.simulator.accounts import Account
from repo_vitals.simulator.actions_model import Job
from repo_vitals.simulator.git_commits import create_commit
from repo_vitals.simulator.history import Branch, find_branch, find_object, read_history
from repo_vitals.simulator.lookups import PERMISSION, find_node, find_nodes, find_repository, need, viewer
from repo_vitals.simulator.model import (
    Category,
    Comment,
    Commit,
    Discussion,
    Event,
    Issue,
    Label,
    PullRequest,
    Repository,
    Review,
    ReviewComment,
    Said,
    Thread,
)
from repo_vitals.simulator.owners import find_owner, select_repositories
from repo_vitals.simulator.paging import Ordered, Page, page, reads_entries, refuse
from repo_vitals.simulator.reactions import Reaction, ReactionGroup, groups
from repo_vitals.simulator.resolvers_actions import OF_ACTIONS
from repo_vitals.simulator.resolvers_releases import OF_RELEASES, read_releases
from repo_vitals.simulator.resolvers_updates import (
    OF_PULL_REQUEST,
    OF_UPDATES,
    read_alerts,
    read_checks,
    reviewed_commit,
)
from repo_vitals.simulator.rest_community import community_file
from repo_vitals.simulator.security_model import VulnerabilityAlert
from repo_vitals.simulator.selections import order_by, read_instant, select_threads

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from graphql import GraphQLSchema

    from repo_vitals.simulator.lookups import Context, Info

_EVENT_TYPES = {
    "closed": "ClosedEvent", "reopened": "ReopenedEvent", "labeled": "LabeledEvent", "unlabeled": "UnlabeledEvent",
    "ready_for_review": "ReadyForReviewEvent", "convert_to_draft": "ConvertToDraftEvent", "merged": "MergedEvent",
    "transferred": "TransferredEvent", "locked": "LockedEvent", "unlocked": "UnlockedEvent",
    "assigned": "AssignedEvent",
}
_ITEM_TYPES = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper(): kind for kind, name in _EVENT_TYPES.items()}


def type_name(value: object, *_: object) -> str:
    """The schema's type of a value."""
    if isinstance(value, Account):
        return value.kind
    if isinstance(value, Event):
        return _EVENT_TYPES[value.kind]
    if isinstance(value, Comment):
        return "DiscussionComment" if isinstance(value.thread, Discussion) else "IssueComment"
    names: dict[type, str] = {Review: "PullRequestReview", ReviewComment: "PullRequestReviewComment", Branch: "Ref",
                              Category: "DiscussionCategory", Job: "CheckRun",
                              VulnerabilityAlert: "RepositoryVulnerabilityAlert"}
    return names.get(type(value), type(value).__name__)


def _account(account: Account | None) -> Account | None:
    return None if account is None or account.deleted else account


# -- repository --------------------------------------------------------------------------------------------------

def _threads(kind: type[Thread], name: str) -> Callable[..., Page[Thread]]:
    def resolve(repository: Repository, info: Info, **arguments: Any) -> Page[Thread]:
        need(info, repository, PERMISSION[kind])
        order = arguments.get("orderBy") or {}
        field = order.get("field", "UPDATED_AT" if kind is Discussion else "CREATED_AT")
        ordered = select_threads(info.context.state, repository, kind, field, arguments)
        return page(name, ordered, arguments, descending=order.get("direction", "DESC" if kind is Discussion else "ASC")
                    == "DESC", needs_bounds=reads_entries(info))
    return resolve


def _one_thread(kind: type[Thread], words: str) -> Callable[..., Thread]:
    def resolve(repository: Repository, info: Info, *, number: int) -> Thread:
        need(info, repository, PERMISSION[kind])
        found = repository.threads.get(number)
        if not isinstance(found, kind):
            raise refuse("NOT_FOUND", f"Could not resolve to {words} with the number of {number}.")
        return found
    return resolve


def _issue_or_pull_request(repository: Repository, info: Info, *, number: int) -> Thread:
    found = repository.threads.get(number)
    if not isinstance(found, (Issue, PullRequest)):
        raise refuse("NOT_FOUND", f"Could not resolve to an issue or pull request with the number of {number}.")
    need(info, repository, PERMISSION[type(found)])
    return found


def _stargazers(repository: Repository, info: Info, **arguments: Any) -> Page[Account]:
    named = [account for account, _ in repository.stargazers if not account.deleted]
    found = page("stargazers", Ordered(sorted(named, key=lambda a: a.id), lambda a: (0, a.id)), arguments,
                 needs_bounds=reads_entries(info))
    found.total_count = repository.stars
    return found


def _watchers(repository: Repository, info: Info, **arguments: Any) -> Page[Account]:
    found: Page[Account] = page("watchers", Ordered([], lambda a: (0, a.id)), arguments,
                                needs_bounds=reads_entries(info))
    found.total_count = repository.watchers
    return found


def _repositories(owner: Account, info: Info, **arguments: Any) -> Page[Repository]:
    ordered, descending = select_repositories(owner, info, arguments)
    return page("repositories", ordered, arguments, descending=descending, needs_bounds=reads_entries(info))


def _labels(owner: Repository | Thread, info: Info, **arguments: Any) -> Page[Label]:
    labels = owner.labels.values() if isinstance(owner, Repository) else owner.labels
    ordered = Ordered(sorted(labels, key=lambda label: label.id), lambda label: (0, label.id))
    return page("labels", ordered, arguments, needs_bounds=reads_entries(info))


# -- threads -----------------------------------------------------------------------------------------------------

def _assignees(thread: Thread, info: Info, **arguments: Any) -> Page[Account]:
    ordered = Ordered(sorted(thread.assignees, key=lambda a: a.id), lambda a: (0, a.id))
    return page("assignees", ordered, arguments, needs_bounds=reads_entries(info))


def _comments(owner: Thread | Review, info: Info, **arguments: Any) -> Page[Any]:
    return page("comments", order_by("CREATED_AT", owner.comments), arguments, needs_bounds=reads_entries(info))


def _replies(comment: Comment, info: Info, **arguments: Any) -> Page[Comment]:
    return page("replies", order_by("CREATED_AT", comment.replies), arguments, needs_bounds=reads_entries(info))


def _reviews(pull_request: PullRequest, info: Info, **arguments: Any) -> Page[Review]:
    # A pending review is shown to nobody but its author.
    states, viewer = arguments.get("states"), info.context.token.account
    shown = [review for review in pull_request.reviews
             if (review.state != "PENDING" or review.author is viewer) and (not states or review.state in states)]
    return page("reviews", order_by("CREATED_AT", shown), arguments, needs_bounds=reads_entries(info))


def _reactors(group: ReactionGroup, info: Info, **arguments: Any) -> Page[Reaction]:
    ordered = Ordered(group.reactions, lambda reaction: (int(reaction.at.timestamp()), reaction.id))
    return page("reactors", ordered, arguments, needs_bounds=reads_entries(info))


def _timeline(thread: Thread, info: Info, **arguments: Any) -> Page[Event]:
    wanted, since = arguments.get("itemTypes"), read_instant(arguments.get("since"))
    kinds = None if wanted is None else {_ITEM_TYPES[name] for name in wanted}
    allowed = _PR_ONLY if isinstance(thread, PullRequest) else _ISSUE_ONLY
    events = [event for event in thread.events if event.kind in allowed and (kinds is None or event.kind in kinds)
              and (since is None or event.at >= since)]
    return page("timelineItems", Ordered(events, lambda e: (int(e.at.timestamp()), e.id)), arguments,
                needs_bounds=reads_entries(info))


_ISSUE_ONLY = frozenset(_EVENT_TYPES) - {"ready_for_review", "convert_to_draft", "merged"}
_PR_ONLY = frozenset(_EVENT_TYPES) - {"transferred"}


def _pull_requests_of(commit: Commit, info: Info, **arguments: Any) -> Page[PullRequest]:
    """Those that a commit of the default branch came from, and those that have it as their head."""
    need(info, commit.repository, "pull_requests")
    found = [pull for pull in commit.repository.pull_requests if commit.oid in (pull.merge_sha, pull.head_sha)]
    return page("associatedPullRequests", order_by("CREATED_AT", found), arguments, needs_bounds=reads_entries(info))


def _git_user(commit: Commit, _: Info) -> Account | None:
    # The field's type is User: what bots commit belongs to no one here, although REST names them.
    found = _account(commit.user)
    return found if found is not None and found.kind == "User" else None


def _association(said: Said | Thread, info: Info) -> str:
    context: Context = info.context
    repository = said.repository if isinstance(said, Thread) else said.thread.repository
    found = repository.association(said.author)
    if found == "MEMBER" and context.token.masks_members and said.author is not None:
        return "CONTRIBUTOR" if said.author.id in repository.contributors else "NONE"
    return found


def _state_reason(issue: Issue, _: Info, *, enableDuplicate: bool = False) -> str | None:  # noqa: N803
    return "NOT_PLANNED" if issue.state_reason == "DUPLICATE" and not enableDuplicate else issue.state_reason


_OWN: dict[str, dict[str, Callable[..., Any]]] = {
    "Mutation": {"createCommitOnBranch": create_commit},
    **OF_ACTIONS,
    **OF_UPDATES,
    **OF_RELEASES,
    "Query": {
        "repository": find_repository, "nodes": find_nodes, "viewer": viewer,
        "repositoryOwner": find_owner,
        "node": lambda _, info, id: find_node(info, id),  # noqa: A006 -- GitHub's name of the argument
        "rateLimit": lambda _, info, **__: info.context.rate_limit,
    },
    "Repository": {
        "issues": _threads(Issue, "issues"), "pullRequests": _threads(PullRequest, "pullRequests"),
        "discussions": _threads(Discussion, "discussions"), "issue": _one_thread(Issue, "an Issue"),
        "issueOrPullRequest": _issue_or_pull_request,
        "pullRequest": _one_thread(PullRequest, "a PullRequest"), "discussion": _one_thread(Discussion, "a Discussion"),
        "object": find_object, "defaultBranchRef": find_branch, "stargazers": _stargazers, "watchers": _watchers,
        "releases": read_releases,
        "label": lambda r, _, name: r.labels.get(name.lower()),
        "labels": _labels, "nameWithOwner": lambda r, _: r.full_name, "stargazerCount": lambda r, _: r.stars,
        "forkCount": lambda r, _: r.forks, "isArchived": lambda r, _: r.archived, "isPrivate": lambda r, _: r.private,
        "isEmpty": lambda r, _: not r.commits, "isFork": lambda r, _: r.fork,
        "hasIssuesEnabled": lambda r, _: r.issues_enabled, "hasDiscussionsEnabled": lambda r, _: r.discussions_enabled,
        "visibility": lambda r, _: "PRIVATE" if r.private else "PUBLIC", "vulnerabilityAlerts": read_alerts,
        "isSecurityPolicyEnabled": lambda r, info: community_file(info.context.state, r, "SECURITY") is not None,
    },
    # A bot is a User only as the viewer, and there its login has the suffix.
    "User": {"login": lambda account, _: account.rest_login, "repositories": _repositories},
    "Organization": {"repositories": _repositories},
    "Ref": {"target": lambda branch, _: branch.repository.commits[0]},
    "Commit": {
        "abbreviatedOid": lambda c, _: c.oid[:7], "associatedPullRequests": _pull_requests_of,
        "author": lambda c, _: c, "history": read_history,
        "authoredDate": lambda c, _: c.committed_at, "committedDate": lambda c, _: c.committed_at,
        "messageHeadline": lambda c, _: c.message.splitlines()[0] if c.message else "",
        "url": lambda c, _: f"{c.repository.url}/commit/{c.oid}", "statusCheckRollup": read_checks,
    },
    "GitActor": {"date": lambda c, _: c.committed_at, "user": _git_user},
    "StargazerConnection": {"edges": lambda p, _: p.nodes},
    "StargazerEdge": {"node": lambda account, _: account, "cursor": lambda account, _: account.node_id},
    "PageInfo": {"hasNextPage": lambda p, _: p.has_next, "hasPreviousPage": lambda p, _: p.has_previous},
    "Label": {"isDefault": lambda label, _: label.default},
    "Discussion": {"isAnswered": lambda d, _: d.answer is not None if d.category.answerable else None},
    "Issue": {"stateReason": _state_reason, "assignees": _assignees},
    "PullRequest": {"reviews": _reviews, "merged": lambda p, _: p.merged_at is not None, **OF_PULL_REQUEST},
    "DiscussionCategory": {"isAnswerable": lambda c, _: c.answerable},
    "DiscussionComment": {"replies": _replies, "isAnswer": lambda c, _: c.thread.answer is c,
                          "discussion": lambda c, _: c.thread},
    "IssueComment": {
        "issue": lambda c, _: c.thread if isinstance(c.thread, Issue) else c.thread.as_issue,
        "pullRequest": lambda c, _: c.thread if isinstance(c.thread, PullRequest) else None,
    },
    "PullRequestReview": {"pullRequest": lambda review, _: review.thread, "commit": reviewed_commit},
    "PullRequestReviewComment": {"pullRequest": lambda comment, _: comment.thread},
    "ReactionGroup": {"reactors": _reactors},
    "ReactorConnection": {"nodes": lambda p, _: [_account(reaction.by) for reaction in p.nodes]},
}
_SHARED: dict[str, Callable[..., Any]] = {
    "author": lambda said, _: _account(said.author), "actor": lambda event, _: _account(event.actor),
    "authorAssociation": _association, "comments": _comments, "timelineItems": _timeline, "labels": _labels,
    "viewerDidAuthor": lambda said, info: said.author is info.context.token.account,
    "isMinimized": lambda said, _: said.minimised is not None, "minimizedReason": lambda said, _: said.minimised,
    "closed": lambda thread, _: thread.closed_at is not None, "id": lambda node, _: node.node_id,
    "databaseId": lambda node, _: node.id, "pageInfo": lambda found, _: found,
    "reactionGroups": lambda subject, _: groups(subject),
}


def attach(schema: GraphQLSchema) -> None:
    """Put the resolvers on the schema's fields."""
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__"):
            for field_name, field in named.fields.items():
                resolve = _OWN.get(named.name, {}).get(field_name) or _resolver(named.name, field_name)
                # Written here and not by the scalar, whose hooks have other names in each major version of the engine.
                is_instant = get_named_type(field.type).name in ("DateTime", "GitTimestamp")
                field.resolve = _written(resolve) if is_instant else resolve
        elif isinstance(named, (GraphQLInterfaceType, GraphQLUnionType)):
            named.resolve_type = type_name


def _written(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def write(source: Any, info: Info, **arguments: Any) -> str | None:
        moment: datetime | None = resolve(source, info, **arguments)
        return None if moment is None else format_instant(moment)
    return write


def _resolver(owner: str, field_name: str) -> Callable[..., Any]:
    if owner == "RateLimit":
        return lambda figures, _: figures[field_name]
    if field_name == "url" and owner in ("User", "Bot", "Organization", "Mannequin"):
        return lambda account, info: f"{info.context.state.server_url}/{account.login}"
    if field_name == "url" and owner in ("IssueComment", "DiscussionComment", "PullRequestReview"):
        return lambda said, _: f"{said.thread.url}#{owner.lower()}-{said.id}"
    if owner.endswith("Edge") and owner != "StargazerEdge":
        place = 0 if field_name == "cursor" else 1
        return lambda edge, _: edge[place]
    if owner.endswith("Connection") and field_name == "updatedAt":
        return lambda found, info: max((event.at for event in found.nodes), default=info.context.state.now)
    if field_name == "createdAt" and owner.endswith("Event"):
        return lambda event, _: event.at
    if field_name in _SHARED:
        return _SHARED[field_name]
    read = attrgetter(re.sub(r"(?<!^)(?=[A-Z])", "_", field_name).lower())
    return lambda source, _: read(source)
