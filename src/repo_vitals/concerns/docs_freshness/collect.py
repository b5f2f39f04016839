"""Facts from GitHub. The one stage that asks the world."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.facts import Facts
from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from repo_vitals.sources.github_connection import GitHub

# `rateLimit` stands in every query: the client keeps its budget by it.
_QUERY = """
query OpenIssues($owner: String!, $name: String!) {
  rateLimit { cost limit remaining resetAt }
  repository(owner: $owner, name: $name) {
    nameWithOwner
    hasIssuesEnabled
    issues(states: OPEN) { totalCount }
  }
}
"""


def collect(github: GitHub, *, repository: str) -> Facts:
    """The facts about `repository` (owner/name).

    Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    owner, name = repository.split("/")
    answer = github.graphql.run(_QUERY, {"owner": owner, "name": name})
    try:
        node = answer["repository"]
        return Facts(
            repository=node["nameWithOwner"],
            open_issues=node["issues"]["totalCount"] if node["hasIssuesEnabled"] else None,
        )
    except (KeyError, TypeError) as error:
        raise CouldNotMeasure(f"GitHub's answer about {repository} lacks what was asked for "
                              f"({type(error).__name__}); try again later") from error
