"""What people with the right to do so said on a pull request about accepting what it changes.

The right is a person's permission on the repository, write or more, as GitHub says it of the login; never what GitHub
calls their association, and never a bot's. Who put a label there is told by the timeline.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.authority import may_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from repo_vitals.sources.github_connection import GitHub

MOST_PEOPLE = 10        # whose permission is asked for; each is a request


@dataclass(frozen=True, kw_only=True)
class Said:
    """A label, or the text of a comment, with the login of a person who may write. Both are strangers' text."""

    who: str
    label: str = ""
    comment: str = ""
    is_stale: bool = False              # older than what it would speak of


@dataclass(frozen=True, kw_only=True)
class Acceptances:
    """What counts, and notes on what does not."""

    said: tuple[Said, ...] = ()
    notes: tuple[str, ...] = ()


def on_pull_request(github: GitHub, repository: str, number: int, *, label: str, wanted: Callable[[str], bool],
                    head_since: datetime | None = None, is_put_now: bool = False) -> Acceptances:
    """What was said on a pull request: the `label`, and comments that are `wanted`.

    Both speak of what was there: they count only if they are no older than the newest commit, which by its own date
    or, as git dates are anybody's, by `head_since` was there. `is_put_now`: the label was put there just now, on what
    is judged, so that `head_since` says nothing of it.
    Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    owner, _, name = repository.partition("/")
    answer = github.graphql.query("pull_request_acceptance", {"owner": owner, "name": name, "number": number})
    return _of([_field(answer, "repository", "pullRequest")], github, repository, label=label, wanted=wanted,
               head_since=head_since, is_put_now=is_put_now)


def on_commit(github: GitHub, repository: str, commit: str, *, label: str, wanted: Callable[[str], bool],
              ) -> Acceptances:
    """What was said on the merged pull requests that brought a commit; nothing for a commit that GitHub lacks."""
    owner, _, name = repository.partition("/")
    answer = github.graphql.query("commit_acceptance", {"owner": owner, "name": name, "oid": commit})
    found = _field(answer, "repository").get("object")
    if not isinstance(found, dict) or found.get("__typename") != "Commit":
        return Acceptances()
    pulls = [pull for pull in _nodes(found, "associatedPullRequests") if pull.get("merged") is True]
    return _of(pulls, github, repository, label=label, wanted=wanted)


def _of(pulls: Iterable[dict[str, Any]], github: GitHub, repository: str, *, label: str,
        wanted: Callable[[str], bool], head_since: datetime | None = None,
        is_put_now: bool = False) -> Acceptances:
    found = [said for pull in pulls for said in (
        *_labels(pull, label, None if is_put_now else head_since), *_comments(pull, wanted, head_since))]
    stale = [said for said in found if said.is_stale]
    found = [said for said in found if not said.is_stale]
    people = list(dict.fromkeys(said.who for said in found))
    may = {who: may_write(github, repository, who) for who in people[:MOST_PEOPLE]}
    refused = [who for who, allowed in may.items() if not allowed]
    notes = []
    if any(said.label for said in stale):
        notes.append(f"the label {quotable(label, limit=80)} was put there before the newest commit came, and does not "
                     "count; who may accept the change as it is now puts it there again")
    if number := sum(not said.label for said in stale):
        which = "1 comment that accepts" if number == 1 else f"{number:,} comments that accept"
        notes.append(f"{which} what regressed came before the newest commit, and {'does' if number == 1 else 'do'} not "
                     "count; who may accept the change as it is now writes another")
    if refused:
        notes.append(f"what {len(refused):,} {'person' if len(refused) == 1 else 'people'} without write permission "
                     "accepted does not count")
    if len(people) > MOST_PEOPLE:
        notes.append(f"{len(people):,} people accept changes here; of {MOST_PEOPLE} the permission was asked for")
    return Acceptances(said=tuple(said for said in found if may.get(said.who)), notes=tuple(notes))


def _labels(pull: dict[str, Any], label: str, head_since: datetime | None) -> Iterator[Said]:
    if label and any(node["name"].lower() == label.lower() for node in _nodes(pull, "labels")):
        events = [node for node in _nodes(pull, "timelineItems") if node.get("__typename") == "LabeledEvent"
                  and node["label"]["name"].lower() == label.lower()]
        # The last one counts: a label that was taken off and put back is the word of who put it back.
        last = max(events, key=lambda node: str(node["createdAt"]), default={})
        if who := _person(last.get("actor")):
            yield Said(who=who, label=label, is_stale=_is_stale(last, pull, head_since))


def _comments(pull: dict[str, Any], wanted: Callable[[str], bool], head_since: datetime | None) -> Iterator[Said]:
    for node in _nodes(pull, "comments"):
        who = _person(node.get("author"))
        if who and node.get("isMinimized") is False and wanted(node["body"]):
            yield Said(who=who, comment=node["body"], is_stale=_is_stale(node, pull, head_since))


def _is_stale(event: dict[str, Any], pull: dict[str, Any], head_since: datetime | None) -> bool:
    """Whether a label or a comment came before the newest commit; so too where that is not told."""
    try:
        heads = [parse_instant(node["commit"]["committedDate"]) for node in _nodes(pull, "commits")]
        return not heads or parse_instant(event["createdAt"]) < max([*heads, *([head_since] if head_since else [])])
    except (KeyError, TypeError, ValueError, OverflowError):
        return True


def _person(actor: dict[str, Any] | None) -> str:
    return str(actor["login"]) if actor and actor.get("__typename") == "User" else ""


def _field(answer: Any, *path: str) -> dict[str, Any]:
    for part in path:
        answer = answer.get(part) if isinstance(answer, dict) else None
    if not isinstance(answer, dict):
        raise CouldNotMeasure(f"GitHub's answer lacks {'.'.join(path)}; try again later")
    return answer


def _nodes(of: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A connection's nodes, which GitHub leaves null where one is hidden."""
    connection = of.get(name)
    nodes = connection.get("nodes") if isinstance(connection, dict) else None
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []
