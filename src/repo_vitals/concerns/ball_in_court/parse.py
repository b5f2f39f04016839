"""GitHub's GraphQL nodes as facts. Pure; what a node lacks raises KeyError, TypeError or ValueError."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.ball_in_court.facts import Item, Labelling, Word
from repo_vitals.stats.turns import Actor, Remark

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

Node = dict[str, Any]


def item(node: Node, *, said: Iterable[Node], labelled: Iterable[Node]) -> Item:
    """An issue or a pull request, with the end of its thread: comments and reviews, and changes of labels."""
    is_pull = node["__typename"] == "PullRequest"
    head = node["headRefOid"] if is_pull else None
    closed_at = node["closedAt"]
    return Item(
        kind="pull_request" if is_pull else "issue", number=int(node["number"]), title=str(node["title"]),
        url=str(node["url"]), author=_actor(node["author"]), created_at=parse_instant(node["createdAt"]),
        closed_at=parse_instant(closed_at) if node["closed"] is True and closed_at is not None else None,
        is_draft=is_pull and node["isDraft"] is True, is_ours=node["viewerDidAuthor"] is True,
        labels=tuple(str(one["name"]) for one in (node["labels"] or {"nodes": []})["nodes"]),
        words=tuple(word for one in said if (word := _word(one, head)) is not None),
        labellings=tuple(sorted((_labelling(one) for one in labelled if one.get("label")), key=lambda one: one.at)),
        committed_at=_committed(node) if is_pull else None)


def _actor(node: Node | None) -> Actor:
    return Actor(None) if node is None else Actor.named(node["login"], node["__typename"])


def _word(node: Node, head: str | None) -> Word | None:
    """A comment or a review; None for a review that is not submitted yet."""
    is_review = "submittedAt" in node
    at = node["submittedAt"] if is_review else node["createdAt"]
    if at is None:
        return None
    remark = Remark(at=parse_instant(at), by=_actor(node["author"]), association=node["authorAssociation"],
                    minimised=node["isMinimized"] is True, is_review=is_review, node_id=node["id"])
    if not is_review:
        return Word(remark=remark)
    commit = node["commit"]
    return Word(remark=remark, approves=node["state"] == "APPROVED",
                is_of_head=commit is None or commit["oid"] == head)


def _labelling(node: Node) -> Labelling:
    return Labelling(at=parse_instant(node["createdAt"]), by=_actor(node["actor"]), name=str(node["label"]["name"]),
                     added=node["__typename"] == "LabeledEvent")


def _committed(node: Node) -> datetime | None:
    commits = node["commits"]["nodes"]
    return parse_instant(commits[-1]["commit"]["committedDate"]) if commits else None
