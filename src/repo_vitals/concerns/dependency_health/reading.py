"""GitHub's answers about update pull requests and alerts as facts."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.dependency_health.facts import Update
from repo_vitals.concerns.dependency_health.updates import classify, severity_of, worst
from repo_vitals.errors import CouldNotMeasure, PermissionMissing
from repo_vitals.sources.batches import in_batches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.dependency_health.facts import AdvisorySeverity
    from repo_vitals.sources.github_graphql import GraphQL

_SEVERITIES: dict[str, AdvisorySeverity] = {
    "CRITICAL": "critical", "HIGH": "high", "MODERATE": "medium", "MEDIUM": "medium", "LOW": "low",
}
_SHAPE = (KeyError, TypeError, ValueError, AttributeError, IndexError)
_BATCH = 50
NO_ALERTS = ("without vulnerability-alerts: read, security updates are told only by what their bot marks them with, "
             "and their severity is not known: they count as `unscored-severity` says")


def login_of(node: Mapping[str, Any]) -> str:
    """The author's login in lower case without `[bot]`; empty for a deleted account."""
    author = node.get("author") or {}
    return str(author.get("login", "")).lower().removesuffix("[bot]")


def open_updates(graphql: GraphQL, variables: Mapping[str, Any], bots: Collection[str]) -> list[dict[str, Any]]:
    """Every open pull request of a bot, in order of number; bodies, labels and checks with it."""
    ids = [node["id"] for page in graphql.pages("open_pull_requests", variables,
                                                connection=("repository", "pullRequests"))
           for node in page if login_of(node) in bots]
    found: list[dict[str, Any]] = []

    def ask(batch: Sequence[str], may_shrink: bool) -> None:  # noqa: FBT001 - as in_batches calls it
        answer = graphql.query("update_pull_requests", {"ids": list(batch)}, absent_nodes=True, may_shrink=may_shrink)
        # What was closed or deleted between the two questions is open no more.
        found.extend(node for node in answer["nodes"] if node is not None and node.get("state") == "OPEN")

    in_batches(ids, _BATCH, ask)
    return found


def alerts(graphql: GraphQL, variables: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """The open vulnerability alerts, and a note where the token may not read them."""
    try:
        return [node for page in graphql.pages("vulnerability_alerts", variables,
                                               connection=("repository", "vulnerabilityAlerts"))
                for node in page], None
    except PermissionMissing:
        return [], NO_ALERTS


def severities(
    nodes: Iterable[Mapping[str, Any]],
) -> tuple[dict[int, AdvisorySeverity], dict[str, AdvisorySeverity]]:
    """The gravest severity of open alerts, by number of Dependabot's pull request and by package in lower case.

    Raises CouldNotMeasure for alerts that lack what was asked for.
    """
    linked: dict[int, AdvisorySeverity] = {}
    by_package: dict[str, AdvisorySeverity] = {}
    try:
        for node in nodes:
            vulnerability = node["securityVulnerability"]
            if vulnerability is None:
                continue
            severity = _SEVERITIES.get(str(vulnerability["severity"]).upper())
            if severity is None:
                continue
            package = str(vulnerability["package"]["name"]).casefold()
            by_package[package] = worst([severity, *_known(by_package, package)]) or severity
            number = ((node.get("dependabotUpdate") or {}).get("pullRequest") or {}).get("number")
            if isinstance(number, int):
                linked[number] = worst([severity, *_known(linked, number)]) or severity
    except _SHAPE as error:
        raise _incomplete("vulnerability alerts", error) from error
    return linked, by_package


def _known(found: Mapping[Any, AdvisorySeverity], key: object) -> list[AdvisorySeverity]:
    return [found[key]] if key in found else []


def update(
    node: Mapping[str, Any], linked: Mapping[int, AdvisorySeverity], by_package: Mapping[str, AdvisorySeverity],
) -> Update:
    """A bot's pull request as GitHub describes it. Raises CouldNotMeasure for a description that lacks something."""
    try:
        commits = node["commits"]["nodes"]
        commit = commits[-1]["commit"] if commits else {}
        rollup = commit.get("statusCheckRollup") or {}
        number, title = node["number"], str(node["title"])
        kind, why, changes = classify(
            title=title, branch=str(node["headRefName"]), message=str(commit.get("message") or ""),
            labels=[str(label["name"]) for label in node["labels"]["nodes"]], body=str(node["body"] or ""),
            has_alert=number in linked,
        )
        return Update(
            number=number, title=title, url=str(node["url"]), bot=login_of(node),
            created_at=parse_instant(node["createdAt"]), kind=kind, why=why, changes=changes,
            severity=severity_of(number, changes, linked, by_package) if kind == "security" else None,
            checks=rollup.get("state"), mergeable=str(node["mergeable"]), is_draft=node["isDraft"] is True,
        )
    except _SHAPE as error:
        raise _incomplete("pull requests", error) from error


def last_by_bot(
    graphql: GraphQL, variables: Mapping[str, Any], first_page: Mapping[str, Any], bots: Collection[str],
    looked_for: Sequence[Collection[str]], back_to: datetime,
) -> dict[str, datetime]:
    """When bots last opened a pull request in any state, by login, looking back to an instant.

    `first_page` is the connection's first page, the newest first; further ones are asked for until there is one of each
    of `looked_for`, the logins under which a configured bot may be found.
    """
    found: dict[str, datetime] = {}

    def take(nodes: Iterable[Mapping[str, Any]]) -> bool:
        """Whether there is nothing more to look for."""
        oldest = None
        for node in nodes:
            oldest = parse_instant(node["createdAt"])
            if login_of(node) in bots:
                found.setdefault(login_of(node), oldest)
        is_met = all(not found.keys().isdisjoint(logins) for logins in looked_for)
        return is_met or (oldest is not None and oldest < back_to)

    try:
        info = first_page["pageInfo"]
        if take(first_page["nodes"]) or not info["hasNextPage"]:
            return found
        for page in graphql.pages("recent_pull_requests", {**variables, "after": info["endCursor"]},
                                  connection=("repository", "pullRequests")):
            if take(page):
                break
    except _SHAPE as error:
        raise _incomplete("pull requests", error) from error
    return found


def _incomplete(what: str, error: Exception) -> CouldNotMeasure:
    return CouldNotMeasure(f"GitHub's answer about {what} lacks what was asked for ({type(error).__name__}); try again "
                           "later")
