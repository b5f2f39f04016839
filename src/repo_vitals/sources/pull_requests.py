"""Pull requests by the commit at their head, and the comments on them that are ours."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from repo_vitals.sources.github_connection import GitHub

MOST_PAGES = 10         # of pull requests with one head branch; there is one for each base branch
_COMMENT = re.compile(r"#issuecomment-(\d{1,18})\Z")


@dataclass(frozen=True, kw_only=True)
class OpenPullRequest:
    """An open pull request. `author` is a login as REST spells it, empty for a deleted account."""

    number: int
    head_sha: str
    author: str


@dataclass(frozen=True, kw_only=True)
class OurComment:
    """A comment that carries our marker and that we wrote, or someone whom the user trusts."""

    id: int
    url: str
    body: str
    created_at: datetime


def open_pull_requests(github: GitHub, repository: str, *, head_repository: str, branch: str) -> list[OpenPullRequest]:
    """The open pull requests into a repository whose head is that branch of that repository (owner/name), by number.

    An owner may have several repositories with a branch of that name, a fork beside the original too.
    Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    from repo_vitals.sources.github_rest import translated

    requester = github.rest().requester
    found: list[OpenPullRequest] = []
    head = f"{head_repository.partition('/')[0]}:{branch}"
    with translated(github.transport.token):
        for page in range(1, MOST_PAGES + 1):
            headers, nodes = requester.requestJsonAndCheck(
                "GET", f"/repos/{repository}/pulls",
                parameters={"state": "open", "head": head, "per_page": 100, "page": page})
            found += _matching(nodes, repository, head_repository, branch)
            if 'rel="next"' not in headers.get("link", ""):
                break
    return sorted(found, key=lambda pull: pull.number)


def _matching(nodes: Any, repository: str, head_repository: str, branch: str) -> list[OpenPullRequest]:
    """Those that are what was asked for: GitHub goes by the owner alone, and leaves out a `head` that it can't read."""
    try:
        return [OpenPullRequest(number=int(node["number"]), head_sha=str(node["head"]["sha"]),
                                author=str((node.get("user") or {}).get("login") or ""))
                for node in nodes
                if node["state"] == "open" and node["head"]["ref"] == branch
                and node["base"]["repo"]["full_name"].lower() == repository.lower()
                and str((node["head"]["repo"] or {}).get("full_name")).lower() == head_repository.lower()]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CouldNotMeasure("GitHub's list of pull requests lacks what it should hold; try again later") from None


def our_comments(
    github: GitHub, repository: str, number: int, *, marker: str, trusted: Collection[str] = (),
) -> list[OurComment]:
    """The comments on a pull request that begin with a marker and are ours, the oldest first.

    Ours: the viewer wrote them, or one of the `trusted` logins, spelled as REST does: an app's ends in "[bot]", and the
    person of the same name is another account. Raises what the client raises.
    """
    owner, _, name = repository.partition("/")
    logins = {login.strip().lower() for login in trusted}
    found = []
    for page in github.graphql.pages("pull_request_comments", {"owner": owner, "name": name, "number": number},
                                     connection=("repository", "pullRequest", "comments")):
        for node in page:
            try:
                if not node["body"].startswith(marker):
                    continue
                if node["viewerDidAuthor"] is True or _login(node["author"]) in logins:
                    found.append(_comment(node))
            except (AttributeError, KeyError, TypeError, ValueError):
                raise CouldNotMeasure("GitHub's list of comments lacks what it should hold; try again later") from None
    return sorted(found, key=lambda comment: (comment.created_at, comment.id))


def _comment(node: dict[str, Any]) -> OurComment:
    place = _COMMENT.search(node["url"])
    if place is None:
        raise ValueError("url")
    return OurComment(id=int(place[1]), url=node["url"], body=node["body"], created_at=parse_instant(node["createdAt"]))


def _login(author: dict[str, Any] | None) -> str | None:
    """A login as REST spells it, in small letters; GraphQL says by the account's kind what REST says by "[bot]"."""
    if author is None:
        return None
    login = str(author["login"]).lower().removesuffix("[bot]")
    return f"{login}[bot]" if author["__typename"] == "Bot" else login
