"""The issues that a run of ours opened: found by their creator, by a label and by known numbers, never by search.

Ours is what carries a marker in its first line *and* was written by the token's own account, or by a trusted one.
Title, labels and state are anybody's to change, and say nothing.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.errors import CouldNotMeasure, FeatureDisabled
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from repo_vitals.sources.github_connection import GitHub

PAGE = 50               # issues; what hangs on each is paid for whether it is there or not
MOST_PAGES = 20         # of one listing; beyond, the account opens so many issues that others' are not to be read
MOST_BY_NUMBER = 50     # of one request
_LABELLED = """
query LabelledIssues($owner: String!, $name: String!, $label: String!) {
  rateLimit { cost limit remaining resetAt }
  repository(owner: $owner, name: $name) { issues(first: 1, labels: [$label]) { totalCount } }
}
"""


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A comment. Its text and its author are a stranger's."""

    id: int
    body: str
    at: datetime
    who: str                # login, as GraphQL spells it; empty for a deleted account
    is_person: bool
    is_hidden: bool         # minimised
    is_of_team: bool        # what GitHub calls their association; whom to ask about first, and nothing more


@dataclass(frozen=True, kw_only=True)
class LabelPut:
    """A label, as someone put it there or took it off."""

    name: str
    at: datetime
    who: str
    is_person: bool


@dataclass(frozen=True, kw_only=True)
class FoundIssue:
    """An issue that is ours."""

    number: int
    key: str                # as its marker says
    url: str
    title: str
    body: str
    is_open: bool
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    closed_by_person: bool  # neither by a bot nor, as a duplicate, by us
    labels: tuple[str, ...]
    assignees: tuple[str, ...]
    is_locked: bool
    remarks: tuple[Remark, ...]         # the last ones, oldest first
    labels_put: tuple[LabelPut, ...]    # the last ones, oldest first; of those that are there still
    labels_taken: tuple[LabelPut, ...]  # the last ones, oldest first; of those that are there no more


@dataclass(frozen=True, kw_only=True)
class OurIssues:
    """All that are ours: open, or closed and changed lately, or known by number."""

    viewer: str             # login of the token's own account
    issues: tuple[FoundIssue, ...]      # by number


def our_issues(
    github: GitHub, repository: str, *, marker: re.Pattern[str], trusted: Collection[str], label: str | None,
    closed_since: datetime, numbers: Iterable[int],
) -> OurIssues:
    """Every issue of ours that is open, was changed since, or has one of the `numbers`; complete, or an error.

    `marker` matches the first line and has the key as its first group. `trusted`: logins as REST spells them. `label`:
    one that ours are opened with, by which they are found where GitHub does not filter by an app's login, as some
    enterprise servers do not. Raises FeatureDisabled where there can't be issues, and what the client raises.
    """
    owner, _, name = repository.partition("/")
    place = {"owner": owner, "name": name}
    answer = github.graphql.query("viewer", place)
    viewer = _login_of(answer)
    _check_repository(answer, repository)
    logins = {login.strip().lower() for login in trusted}
    since = format_instant(closed_since)
    found: dict[int, FoundIssue] = {}
    answered: set[str] = set()
    for creator in dict.fromkeys([viewer, *trusted]):
        for states, more in ((["OPEN"], {}), (["CLOSED"], {"since": since})):
            for node in _listed(github, {**place, "states": states, "filter": {"createdBy": creator, **more}}):
                answered.add(creator)
                _add(found, node, marker, viewer, logins)
    # A person's login is known to every server, and an app's that has an answer is too.
    silent = {viewer, *(login for login in trusted if login.lower().endswith("[bot]"))} - answered
    if label is not None and silent and _has_labelled(github, place, label):
        for states, more in ((["OPEN"], {}), (["CLOSED"], {"since": since})):
            for node in _listed(github, {**place, "states": states, "filter": {"labels": [label], **more}}):
                _add(found, node, marker, viewer, logins)
    for node in _by_number(github, place, sorted(set(numbers) - set(found))):
        _add(found, node, marker, viewer, logins)
    return OurIssues(viewer=viewer, issues=tuple(found[number] for number in sorted(found)))


def _has_labelled(github: GitHub, place: dict[str, str], label: str) -> bool:
    """Whether any issue carries a label: a question that costs next to nothing, since most often none does."""
    answer = github.graphql.run(_LABELLED, {**place, "label": label})
    try:
        return int(answer["repository"]["issues"]["totalCount"]) > 0
    except (KeyError, TypeError, ValueError):
        raise CouldNotMeasure("GitHub's answer about labelled issues lacks their number; try again later") from None


def _listed(github: GitHub, variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
    listed = github.graphql.pages("our_issues", variables, connection=("repository", "issues"), first=PAGE)
    for place, page in enumerate(listed):
        if place == MOST_PAGES:
            raise CouldNotMeasure(f"an account that opens alerts has more than {MOST_PAGES * PAGE:,} issues that are "
                                  "open or changed lately; open alerts with an account, or a token, of their own")
        yield from page


def _by_number(github: GitHub, place: dict[str, str], numbers: list[int]) -> Iterator[dict[str, Any]]:
    """The issues of those numbers; one that was deleted, moved, or is a pull request is left out."""
    for start in range(0, len(numbers), MOST_BY_NUMBER):
        asked = " ".join(f"n{number}: issue(number: {number}) {{ ...OurIssueFields }}"
                         for number in numbers[start: start + MOST_BY_NUMBER])
        text = ("query IssuesByNumber($owner: String!, $name: String!) { rateLimit { cost limit remaining resetAt } "
                f"repository(owner: $owner, name: $name) {{ {asked} }} }}")
        answer = github.graphql.run(text, place, absent_nodes=True)
        inside = answer.get("repository")
        if not isinstance(inside, dict):
            raise CouldNotMeasure("GitHub's answer about issues by number lacks the repository; try again later")
        yield from (node for node in inside.values() if isinstance(node, dict))


def _login_of(answer: dict[str, Any]) -> str:
    try:
        return str(answer["viewer"]["login"])
    except (KeyError, TypeError):
        raise CouldNotMeasure("GitHub does not say whose token it is; try again later") from None


def _check_repository(answer: dict[str, Any], repository: str) -> None:
    found = answer.get("repository")
    if isinstance(found, dict) and found.get("hasIssuesEnabled") is False:
        raise FeatureDisabled(f"{repository} has its issues switched off, so that no alert can be opened there; switch "
                              "them on in its settings")
    if isinstance(found, dict) and found.get("isArchived") is True:
        raise FeatureDisabled(f"{repository} is archived, so that nothing can be written there; unarchive it, or stop "
                              "this workflow")


def _add(found: dict[int, FoundIssue], node: dict[str, Any], marker: re.Pattern[str], viewer: str,
         trusted: Collection[str]) -> None:
    try:
        key = key_of(node, marker, trusted)
        if key is not None:
            issue = _issue(node, key, viewer, trusted)
            found[issue.number] = issue
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise CouldNotMeasure("GitHub's list of issues lacks what it should hold; try again later") from None


def key_of(node: dict[str, Any], marker: re.Pattern[str], trusted: Collection[str]) -> str | None:
    """The key that an issue's first line names; None for one that is none of ours.

    Anyone can write a marker, so it counts only in what the token's account wrote, or one of the `trusted` (logins in
    small letters). Titles and labels are people's and say nothing.
    """
    match = marker.fullmatch(node["body"].split("\n", 1)[0].strip())
    is_ours = node["viewerDidAuthor"] is True or _rest_login(node["author"]) in trusted
    return match[1] if match is not None and is_ours else None


def _issue(node: dict[str, Any], key: str, viewer: str, trusted: Collection[str]) -> FoundIssue:
    labels = tuple(str(one["name"]) for one in node["labels"]["nodes"])
    here = {name.lower() for name in labels}
    is_open = node["state"] == "OPEN"
    return FoundIssue(
        number=int(node["number"]), key=key, url=str(node["url"]), title=str(node["title"]), body=str(node["body"]),
        is_open=is_open, created_at=parse_instant(node["createdAt"]), updated_at=parse_instant(node["updatedAt"]),
        closed_at=None if is_open else parse_instant(node["closedAt"]),
        closed_by_person=not is_open and _closed_by_person(node, viewer, trusted), labels=labels,
        assignees=tuple(str(one["login"]) for one in node["assignees"]["nodes"]), is_locked=node["locked"] is True,
        remarks=tuple(_remark(one) for one in node["remarks"]["nodes"] if one["viewerDidAuthor"] is not True
                      or not one["body"].lstrip().startswith("<!-- repo-vitals:")),
        labels_put=tuple(_changes(node, "LabeledEvent", lambda name: name in here)),
        labels_taken=tuple(_changes(node, "UnlabeledEvent", lambda name: name not in here)))


def _changes(node: dict[str, Any], kind: str, of: Callable[[str], bool]) -> Iterator[LabelPut]:
    for one in node["labelings"]["nodes"]:
        change = _put(one) if one["__typename"] == kind else None
        if change is not None and of(change.name.lower()):
            yield change


def _closed_by_person(node: dict[str, Any], viewer: str, trusted: Collection[str]) -> bool:
    """Whether the last close is a person's word.

    Where the token is a person's, its login tells a close of ours from one by hand only if it was as a duplicate: each
    other close of ours says in the body that the alert is over.
    """
    closings = node["closings"]["nodes"]
    actor = closings[-1]["actor"] if closings else None
    if actor is None:
        return True             # a deleted account, which was a person's more likely than a bot's
    if actor["__typename"] == "Bot":
        return False
    is_us = _rest_login(actor) in {viewer.lower(), *trusted}
    return not (is_us and node["stateReason"] == "DUPLICATE")


def _remark(node: dict[str, Any]) -> Remark:
    author = node["author"]
    return Remark(
        id=int(node["databaseId"]), body=str(node["body"]), at=parse_instant(node["createdAt"]),
        who="" if author is None else str(author["login"]), is_hidden=node["isMinimized"] is not False,
        is_person=author is not None and author["__typename"] == "User",
        is_of_team=node["authorAssociation"] in ("OWNER", "MEMBER", "COLLABORATOR"))


def _put(node: dict[str, Any]) -> LabelPut:
    actor = node["actor"]
    return LabelPut(name=str(node["label"]["name"]), at=parse_instant(node["createdAt"]),
                    who="" if actor is None else str(actor["login"]),
                    is_person=actor is not None and actor["__typename"] == "User")


def _rest_login(author: dict[str, Any] | None) -> str | None:
    """A login as REST spells it, in small letters; GraphQL says by the account's kind what REST says by "[bot]"."""
    if author is None:
        return None
    login = str(author["login"]).lower().removesuffix("[bot]")
    return f"{login}[bot]" if author["__typename"] == "Bot" else login
