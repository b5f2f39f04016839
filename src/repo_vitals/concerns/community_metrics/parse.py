"""GitHub's GraphQL nodes as facts. Pure; what a node lacks raises KeyError, TypeError or ValueError."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.community_metrics.facts import (
    Act,
    Commit,
    DraftChange,
    Item,
    Kind,
    LabelChange,
    Repository,
    StateChange,
)
from repo_vitals.stats.turns import Actor, Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms

Node = dict[str, Any]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)


def actor(node: Node | None, names: Pseudonyms | None = None) -> Actor:
    """An author, under a pseudonym where `names` hides logins; null stands for a deleted account."""
    if node is None:
        return Actor(None)
    found = Actor.named(node["login"], node["__typename"])
    return found if names is None else names.of_actor(found)


def remark(node: Node, names: Pseudonyms | None = None) -> Remark | None:
    """A comment, reply or review; None for a review that is not submitted yet."""
    said_at = node["submittedAt"] if "submittedAt" in node else node["createdAt"]
    if said_at is None:
        return None
    return Remark(at=parse_instant(said_at), by=actor(node["author"], names), association=node["authorAssociation"],
                  minimised=node["isMinimized"], is_review="submittedAt" in node, node_id=node["id"])


def reactions(node: Node) -> frozenset[str]:
    """The kinds of reactions that a remark drew; GitHub gives a group for each kind, used or not."""
    return frozenset(group["content"] for group in node.get("reactionGroups") or () if group["createdAt"])


def remarks(nodes: Iterable[Node], names: Pseudonyms | None = None) -> tuple[Remark, ...]:
    """Remarks in order of time."""
    said = [found for node in nodes if (found := remark(node, names)) is not None]
    return tuple(sorted(said, key=lambda entry: entry.at))


def item(kind: Kind, node: Node, *, said: Iterable[Node], events: Iterable[Node], is_ours: bool = False,
         names: Pseudonyms | None = None) -> Item:
    """An issue, a pull request or a discussion, with its whole thread and history."""
    states: list[StateChange] = []
    drafts: list[DraftChange] = []
    labels: list[LabelChange] = []
    acts: list[Act] = []
    for event in events:
        name = event["__typename"]
        if "createdAt" not in event:    # of another type: empty but for the name of its type
            continue
        acts.append(Act(parse_instant(event["createdAt"]), actor(event["actor"], names)))
        if name in ("ClosedEvent", "ReopenedEvent"):
            states.append(StateChange(parse_instant(event["createdAt"]), name == "ClosedEvent"))
        elif name in ("ReadyForReviewEvent", "ConvertToDraftEvent"):
            drafts.append(DraftChange(parse_instant(event["createdAt"]), name == "ConvertToDraftEvent"))
        elif name in ("LabeledEvent", "UnlabeledEvent"):
            labels.append(LabelChange(parse_instant(event["createdAt"]), event["label"]["name"],
                                      name == "LabeledEvent"))
    return Item(
        kind=kind,
        number=node["number"],
        title=node["title"],
        url=node["url"],
        author=actor(node["author"], names),
        created_at=parse_instant(node["createdAt"]),
        closed_at=_instant(node["closedAt"]),
        merged_at=_instant(node.get("mergedAt")),
        state_reason=node.get("stateReason"),
        labels=tuple(sorted(label["name"] for label in (node["labels"] or {"nodes": []})["nodes"])),
        remarks=remarks(said, names),
        state_changes=tuple(states),
        draft_changes=tuple(drafts),
        label_changes=tuple(labels),
        acts=tuple(acts),
        is_draft=node.get("isDraft", False),
        is_ours=is_ours,
        is_answerable=kind == "discussion" and node["category"]["isAnswerable"],
        answered_at=_instant(node.get("answerChosenAt")),
    )


def commit(node: Node) -> Commit:
    """A commit; a missing author is nobody's name and address."""
    author = node["author"] or {"name": None, "email": None, "user": None}
    user = author["user"]
    return Commit(at=parse_instant(node["committedDate"]), name=author["name"] or "", email=author["email"] or "",
                  login=None if user is None else user["login"], user_id=None if user is None else user["id"])


def repository(node: Mapping[str, Any]) -> Repository:
    """The repository itself."""
    branch = node["defaultBranchRef"]
    return Repository(
        name=node["nameWithOwner"], url=node["url"], archived=node["isArchived"],
        issues_enabled=node["hasIssuesEnabled"], discussions_enabled=node["hasDiscussionsEnabled"],
        default_branch=None if branch is None else branch["name"], stars=node["stargazerCount"],
        forks=node["forkCount"], watchers=node["watchers"]["totalCount"],
    )
