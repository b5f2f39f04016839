"""What GraphQL shows of pull requests' commits and checks, and of vulnerability alerts."""
from __future__ import annotations

from typing import Any

import pytest

from repo_vitals.simulator.lookups import FORBIDDEN
from support.simulated import Scene, asking

CHECKS = """query Q { repository(owner: "acme", name: "widget") { pullRequests(first: 5) { nodes {
  headRefName mergeable commits(last: 1) { totalCount nodes {
    commit { message oid statusCheckRollup { state } } } } } } } }"""
ALERTS = """query Q($states: [RepositoryVulnerabilityAlertState!]) { repository(owner: "acme", name: "widget") {
  vulnerabilityAlerts(first: 5, states: $states) { totalCount nodes { number state
    securityVulnerability { severity package { name ecosystem } } dependabotUpdate { pullRequest { number } } } } } }"""


def test_a_pull_request_shows_its_branch_and_the_newest_commit_with_its_checks(simulated: Any) -> None:
    scene = Scene()
    scene.pull_request()
    scene.state.open_pull_request(
        scene.repository,
        by=scene.who("dependabot[bot]"),
        at=scene.when(-1),
        branch="dependabot/x",
        message="Bump x",
        checks="FAILURE",
    )
    with asking(simulated(scene)) as client:
        first, second = client.graphql(CHECKS)["data"]["repository"]["pullRequests"]["nodes"]
    assert (first["headRefName"], first["mergeable"]) == ("patch-1", "MERGEABLE")
    assert first["commits"]["nodes"][0]["commit"]["statusCheckRollup"] is None
    commit = second["commits"]["nodes"][0]["commit"]
    assert (second["headRefName"], commit["message"], commit["statusCheckRollup"]) == (
        "dependabot/x", "Bump x", {"state": "FAILURE"})
    assert first["commits"]["nodes"][0]["commit"]["oid"] != commit["oid"]


@pytest.mark.parametrize("missing", ["checks", "statuses"])
def test_checks_take_both_permissions_of_a_strict_token(simulated: Any, missing: str) -> None:
    scene = Scene()
    scene.state.strict_permissions = True
    scene.pull_request()
    github = simulated(scene)
    granted = {
        name: "read" for name in ("metadata", "pull_requests", "contents", "checks", "statuses") if name != missing
    }
    with asking(github, github.token(granted)) as client:
        answer = client.graphql(CHECKS)
    assert [error["message"] for error in answer["errors"]] == [FORBIDDEN]


def test_alerts_are_shown_by_state_with_dependabots_pull_request(simulated: Any) -> None:
    scene = Scene()
    story = scene.pull_request(by="dependabot[bot]")
    scene.state.warn(scene.repository, package="a", severity="HIGH", at=scene.when(-3), pull_request=story.thread)
    fixed = scene.state.warn(scene.repository, package="b", severity="LOW", at=scene.when(-2), ecosystem="RUST")
    fixed.fixed_at = scene.when(-1)
    with asking(simulated(scene)) as client:
        found = client.graphql(ALERTS)["data"]["repository"]["vulnerabilityAlerts"]
        opened = client.graphql(ALERTS, states=["OPEN"])["data"]["repository"]["vulnerabilityAlerts"]
    assert found["totalCount"] == 2
    assert opened["nodes"] == [{
        "number": 1, "state": "OPEN", "securityVulnerability": {
            "severity": "HIGH", "package": {"name": "a", "ecosystem": "NPM"}},
        "dependabotUpdate": {"pullRequest": {"number": 1}}}]
    assert found["nodes"][1]["dependabotUpdate"] is None


def test_nobody_sees_alerts_without_the_permission_not_even_of_a_public_repository(simulated: Any) -> None:
    github = simulated(Scene())
    with asking(github, github.token({"metadata": "read", "contents": "read"})) as client:
        answer = client.graphql(ALERTS)
    assert answer["data"]["repository"]["vulnerabilityAlerts"] is None
    assert [(error["type"], error["path"]) for error in answer["errors"]] == [
        ("FORBIDDEN", ["repository", "vulnerabilityAlerts"])]
