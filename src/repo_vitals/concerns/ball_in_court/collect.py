"""Reads the open items with the ends of their threads, and the items that another action marked or closed."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.ball_in_court.facts import Facts
from repo_vitals.concerns.ball_in_court.reading import Thread, complete
from repo_vitals.errors import CouldNotMeasure, FeatureDisabled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.concerns.ball_in_court.facts import Item
    from repo_vitals.concerns.ball_in_court.inputs import Request
    from repo_vitals.sources.github_connection import GitHub

_PAGE = 100             # items; what hangs on each is paid for whether it is there or not
_MOST_BY_NUMBER = 25    # of one request


def collect(github: GitHub, asked: Request, repository: str, now: datetime) -> Facts:
    """The facts. Raises FeatureDisabled where nothing can be labelled, CouldNotMeasure, and what the client raises."""
    owner, _, name = repository.partition("/")
    place = {"owner": owner, "name": name}
    answer = github.graphql.query("viewer", place)
    try:
        viewer, found = str(answer["viewer"]["login"]), answer["repository"]
        full_name, has_issues, is_archived = (
            str(found["nameWithOwner"]), found["hasIssuesEnabled"] is True, found["isArchived"] is True)
    except (KeyError, TypeError):
        raise CouldNotMeasure("GitHub does not say whose token it is, or of which repository; try again later"
                              ) from None
    if is_archived:
        raise FeatureDisabled(f"{repository} is archived, so that nothing can be labelled there; unarchive it, or stop "
                              "this workflow")
    if not has_issues and not asked.pull_requests:
        raise FeatureDisabled(f"{repository} has its issues switched off; switch them on in its settings, or set "
                              "pull-requests: true")
    try:
        threads = {thread.node["number"]: thread for thread in _open(github, asked, place, has_issues=has_issues)}
        told = {number: None for numbers in asked.effects.values() for number in numbers}
        threads_told = {thread.node["number"]: thread
                        for thread in _by_number(github, place, [one for one in told if one not in threads])}
        every = {**threads, **threads_told}
        complete(github.graphql, list(every.values()), asked, viewer, now, told=told)
        items = {number: _known(thread.item, now) for number, thread in every.items()}
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise CouldNotMeasure("GitHub's list of issues lacks what it should hold; try again later") from None
    effects = {effect: tuple(items[number] for number in sorted(numbers) if number in items)
               for effect, numbers in asked.effects.items()}
    notes = () if has_issues else ("issues are switched off here, so that only pull requests were looked at",)
    return Facts(repository=full_name, viewer=viewer, items=tuple(items[number] for number in sorted(threads)),
                 effects=effects, gone=len(told.keys() - items.keys()), notes=notes)


def _open(github: GitHub, asked: Request, place: dict[str, str], *, has_issues: bool) -> Iterator[Thread]:
    lists = [("issue_turns", "issues")] if has_issues else []
    lists += [("pull_request_turns", "pullRequests")] if asked.pull_requests else []
    for query, connection in lists:
        for page in github.graphql.pages(query, place, connection=("repository", connection), first=_PAGE):
            yield from map(Thread, page)


def _by_number(github: GitHub, place: dict[str, str], numbers: list[int]) -> Iterator[Thread]:
    """The items of those numbers; one that was deleted or moved is left out."""
    for start in range(0, len(numbers), _MOST_BY_NUMBER):
        asked = " ".join(f"n{number}: issueOrPullRequest(number: {number}) {{ ...IssueTurnFields "
                         "...PullRequestTurnFields }" for number in numbers[start: start + _MOST_BY_NUMBER])
        answer = github.graphql.run(
            "query TurnsByNumber($owner: String!, $name: String!) { rateLimit { cost limit remaining resetAt } "
            f"repository(owner: $owner, name: $name) {{ {asked} }} }}", place, absent_nodes=True)
        found: dict[str, Any] = answer["repository"]
        yield from (Thread(node) for node in found.values() if node)


def _known(item: Item, now: datetime) -> Item:
    """The item with no commit of the future, which is one of a clock that is wrong: it was pushed all the same."""
    return item if item.committed_at is None else replace(item, committed_at=min(item.committed_at, now))
