"""How GraphQL reads the newest commit of a pull request with its checks, and Dependabot's alerts."""
from __future__ import annotations

import hashlib
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.accounts import encode_id
from repo_vitals.simulator.lookups import need, refuse_access
from repo_vitals.simulator.model import Commit, PullRequest
from repo_vitals.simulator.paging import Ordered, Page, page, reads_entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.lookups import Info
    from repo_vitals.simulator.model import Repository, Review
    from repo_vitals.simulator.security_model import VulnerabilityAlert


@dataclass(frozen=True)
class HeadCommit:
    """The newest commit of a pull request, as a part of it."""

    pull_request: PullRequest = field(repr=False)

    @property
    def id(self) -> int:
        """A number of its own among commits: none has a pull request's."""
        return self.pull_request.id

    @property
    def node_id(self) -> str:
        """A global id."""
        return encode_id("PURC", self.id)

    @property
    def commit(self) -> Commit:
        """The commit itself; it is on no branch of ours."""
        pull_request = self.pull_request
        author = pull_request.author
        login = "ghost" if author is None else author.login
        oid = hashlib.sha1(f"head of {self.id}".encode(), usedforsecurity=False).hexdigest()
        return Commit(id=self.id, repository=pull_request.repository, oid=oid, name=login, email=f"{login}@example.org",
                      user=author, committed_at=pull_request.head_at or pull_request.created_at,
                      message=pull_request.message, checks=pull_request.checks)

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self.pull_request.url}/commits/{self.commit.oid}"


@dataclass(frozen=True)
class Rollup:
    """What the checks of a commit come to."""

    commit: Commit

    @property
    def node_id(self) -> str:
        """A global id."""
        return encode_id("SCR", self.commit.id)

    @property
    def state(self) -> str | None:
        """In GitHub's word."""
        return self.commit.checks


def _commits(pull_request: PullRequest, info: Info, **arguments: Any) -> Page[HeadCommit]:
    ordered = Ordered([HeadCommit(pull_request)], lambda head: (0, head.id))
    return page("commits", ordered, arguments, needs_bounds=reads_entries(info))


def read_checks(commit: Commit, info: Info) -> Rollup | None:
    """The checks of a commit; None where there were none. They take two permissions, for two kinds of them."""
    for permission in ("checks", "statuses"):
        need(info, commit.repository, permission)
    return None if commit.checks is None else Rollup(commit)


def read_alerts(repository: Repository, info: Info, **arguments: Any) -> Page[VulnerabilityAlert]:
    """A repository's vulnerability alerts, by state. Public or not, nobody sees them without the permission."""
    if not info.context.token.may("vulnerability_alerts"):
        raise refuse_access()
    states = arguments.get("states")
    shown = [alert for alert in repository.alerts if not states or alert.state in states]
    ordered = Ordered(shown, lambda alert: (int(alert.created_at.timestamp()), alert.id))
    return page("vulnerabilityAlerts", ordered, arguments, needs_bounds=reads_entries(info))


def reviewed_commit(review: Review, _: Info) -> Commit:
    """The head of the pull request as it was when the review was written."""
    return replace(HeadCommit(review.thread).commit, oid=review.commit_oid)     # type: ignore[arg-type]


OF_PULL_REQUEST: dict[str, Callable[..., Any]] = {
    "commits": _commits, "headRefName": lambda p, _: p.head_ref, "headRefOid": lambda p, _: p.head_sha,
}
OF_UPDATES: dict[str, dict[str, Callable[..., Any]]] = {
    "RepositoryVulnerabilityAlert": {
        "securityVulnerability": lambda alert, _: alert,
        "dependabotUpdate": lambda alert, _: None if alert.pull_request is None else alert,
    },
    "SecurityVulnerability": {"package": lambda alert, _: alert},
    "SecurityAdvisoryPackage": {"name": lambda alert, _: alert.package},
}
