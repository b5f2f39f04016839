"""Labels that issues are to carry: made where they are missing, with a colour and a description."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.errors import BudgetSpent, RepoVitalsError, TokenRefused
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.delivery.pace import Pace
    from repo_vitals.sources.github_connection import GitHub

# Of what we name ourselves; any other gets the colour of the first and says who made it.
KNOWN = {
    "monitoring": ("1d76db", "About the health of the repository, by repo-vitals"),
    "alert": ("d93f0b", "Something fails until this is closed, by repo-vitals"),
    "priority-high": ("b60205", "To be looked at before other work"),
    "keep-open": ("0e8a16", "Not to be closed as stale"),
    "awaiting-author": ("fbca04", "Its author owes the next move, by repo-vitals"),
    "escalated": ("5319e7", "Has gone on for long without an acknowledgement"),
}
_OTHER = ("1d76db", "Made by repo-vitals")
MOST_ASKED = 50


def missing_labels(github: GitHub, repository: str, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the labels that the repository does not have, by one question for all of them."""
    wanted = list(dict.fromkeys(names))[:MOST_ASKED]
    if not wanted:
        return ()
    declared = "".join(f", $l{place}: String!" for place in range(len(wanted)))
    asked = " ".join(f"l{place}: label(name: $l{place}) {{ name }}" for place in range(len(wanted)))
    owner, _, name = repository.partition("/")
    answer = github.graphql.run(
        f"query LabelsByName($owner: String!, $name: String!{declared}) {{ "
        "rateLimit { cost limit remaining resetAt } "
        f"repository(owner: $owner, name: $name) {{ {asked} }} }}",
        {"owner": owner, "name": name, **{f"l{place}": label for place, label in enumerate(wanted)}})
    inside = answer.get("repository")
    there = inside if isinstance(inside, dict) else {}
    return tuple(label for place, label in enumerate(wanted) if there.get(f"l{place}") is None)


def described(label: str) -> dict[str, str]:
    """A label as it is made: name, color and description, as GitHub's API calls them."""
    colour, description = KNOWN.get(label.lower(), _OTHER)
    return {"name": label, "color": colour, "description": description}


def make_labels(github: GitHub, repository: str, names: Sequence[str], pace: Pace) -> tuple[str, ...]:
    """Make those labels that are missing; notes on those that could not be made.

    A label that is refused stops no alert: GitHub makes a plain one with the issue, or leaves it out. Raises what
    stands against every write: TokenRefused, BudgetSpent.
    """
    notes = []
    for label in missing_labels(github, repository, names):
        try:
            _make(github, repository, label, pace)
        except (BudgetSpent, TokenRefused):  # noqa: PERF203 - of a handful of requests
            raise
        except RepoVitalsError as error:
            notes.append(f"the label {quotable(label, limit=50)} could not be made: {error}")
    return tuple(notes)


def _make(github: GitHub, repository: str, label: str, pace: Pace) -> None:
    from github import GithubException

    from repo_vitals.sources.github_rest import translated
    from repo_vitals.sources.writes import write_once

    requester = github.rest(seconds_between_writes=0).requester

    def perform() -> bool:
        pace.wait()
        with translated(github.transport.token):
            try:
                requester.requestJsonAndCheck("POST", f"/repos/{repository}/labels", input=described(label))
            except GithubException as error:
                if error.status != 422 or not _is_there(error.data):
                    raise
        return True
    write_once(github.transport, perform, lambda: not missing_labels(github, repository, (label,)) or None)


def _is_there(data: Any) -> bool:
    faults = data.get("errors") if isinstance(data, dict) else None
    return any(isinstance(one, dict) and one.get("code") == "already_exists" for one in faults or ())
