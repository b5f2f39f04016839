"""Which permission a refusal is about, as a workflow's `permissions:` block spells it."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The last of these fields in a GraphQL error's path decides.
_BY_FIELD = {
    "issues": "issues: read", "openIssues": "issues: read", "issue": "issues: read",
    "pullRequests": "pull-requests: read", "openPullRequests": "pull-requests: read",
    "pullRequest": "pull-requests: read",
    "reviews": "pull-requests: read", "reviewThreads": "pull-requests: read",
    "discussions": "discussions: read", "discussion": "discussions: read", "replies": "discussions: read",
    "repositoryOwner": "metadata: read", "repositories": "metadata: read",
    "object": "contents: read", "mailmap": "contents: read", "defaultBranchRef": "contents: read",
    "ref": "contents: read", "target": "contents: read", "history": "contents: read", "releases": "contents: read",
    "createIssue": "issues: write", "updateIssue": "issues: write", "closeIssue": "issues: write",
    "addComment": "issues: write", "createDiscussion": "discussions: write",
    "createCommitOnBranch": "contents: write", "vulnerabilityAlerts": "vulnerability-alerts: read",
    "issueOrPullRequest": "issues: read and pull-requests: read",
    "statusCheckRollup": "checks: read and statuses: read",
}
# Issues, pull requests and discussions are asked for by id together: each may be the one that is refused.
_BY_ID = "issues: read, pull-requests: read and discussions: read"
_BY_RESOURCE = (
    (r"issues|labels|milestones|assignees", "issues"),
    (r"pulls", "pull-requests"),
    (r"discussions", "discussions"),
    (r"actions", "actions"),
    (r"code-scanning", "security-events"),
    (r"dependabot/alerts", "vulnerability-alerts"),
    (r"secret-scanning", "secret-scanning-alerts"),
    (r"check-(?:runs|suites)|commits/[^/]+/check-(?:runs|suites)", "checks"),
    (r"statuses|commits/[^/]+/status(?:es)?", "statuses"),
    (r"deployments|environments", "deployments"),
    (r"pages", "pages"),
    (r"contents|git|commits|branches|tags|releases|compare|contributors|stats|tarball|zipball|readme|merges|dispatches",
     "contents"),
    (r"dependency-graph", "contents"),
    (r"traffic", "administration"),
)


def for_graphql(path: Sequence[Any]) -> str | None:
    """The permission that a GraphQL error's path asks for: `issues: read`; None when the path does not tell."""
    fields = [part for part in path if isinstance(part, str)]
    for field in reversed(fields):
        # Where a query asks for many of a kind, each has a number: object_12.
        plain = re.sub(r"_\d+$", "", field)
        if plain in _BY_FIELD:
            return _BY_FIELD[plain]
    if fields and fields[0] != "repository":
        return _BY_ID
    return None


def for_rest(method: str, path: str, headers: Mapping[str, str]) -> str | None:
    """The permission that a REST request needs, by GitHub's own header where it sends one, else by the path."""
    accepted = _accepted(headers.get("x-accepted-github-permissions", ""))
    if accepted is not None:
        return accepted
    level = "read" if method in ("GET", "HEAD") else "write"
    found = re.search(r"/(?:repos/[^/]+/[^/]+|repositories/\d+)(?:/(.*))?$", path)
    if found is None:
        return None
    rest = found.group(1) or ""
    for pattern, name in _BY_RESOURCE:
        if re.match(rf"(?:{pattern})(?:/|$)", rest):
            return f"{name}: {level}"
    return None if rest else f"{'metadata' if level == 'read' else 'administration'}: {level}"


def _accepted(header: str) -> str | None:
    """`issues=write; pull_requests=write` (either set will do) as `issues: write or pull-requests: write`."""
    sets = []
    for group in header.split(";"):
        pairs = re.findall(r"([a-z_]{1,60})=(read|write|admin)", group)
        if pairs:
            sets.append(" and ".join(f"{name.replace('_', '-')}: {level}" for name, level in pairs))
    return " or ".join(dict.fromkeys(sets)) or None
