from __future__ import annotations

import pytest

from repo_vitals.sources.permissions import for_graphql, for_rest


@pytest.mark.parametrize(("method", "path", "permission"), [
    ("GET", "/repos/a/b", "metadata: read"),
    ("PATCH", "/repos/a/b", "administration: write"),
    ("GET", "/repos/a/b/issues", "issues: read"),
    ("POST", "/repos/a/b/issues", "issues: write"),
    ("PATCH", "/repos/a/b/issues/7", "issues: write"),
    ("POST", "/repos/a/b/issues/7/comments", "issues: write"),
    ("DELETE", "/repos/a/b/labels/bug", "issues: write"),
    ("GET", "/repositories/42/issues", "issues: read"),
    ("GET", "/api/v3/repos/a/b/pulls/3/reviews", "pull-requests: read"),
    ("GET", "/repos/a/b/actions/runs", "actions: read"),
    ("GET", "/repos/a/b/commits/abc/check-runs", "checks: read"),
    ("GET", "/repos/a/b/commits/abc/status", "statuses: read"),
    ("GET", "/repos/a/b/commits", "contents: read"),
    ("PUT", "/repos/a/b/contents/x.md", "contents: write"),
    ("GET", "/repos/a/b/code-scanning/alerts", "security-events: read"),
    ("GET", "/repos/a/b/traffic/views", "administration: read"),
    ("GET", "/repos/a/b/unheard-of", None),
    ("GET", "/user", None),
])
def test_a_rest_path_tells_the_permission(method, path, permission):
    assert for_rest(method, path, {}) == permission


@pytest.mark.parametrize(("header", "permission"), [
    ("issues=write", "issues: write"),
    ("issues=write; pull_requests=write", "issues: write or pull-requests: write"),
    ("contents=read,pull_requests=write", "contents: read and pull-requests: write"),
])
def test_githubs_own_word_outranks_the_path(header, permission):
    assert for_rest("GET", "/repos/a/b/actions/runs", {"x-accepted-github-permissions": header}) == permission


def test_a_header_that_says_nothing_usable_is_left_out():
    headers = {"x-accepted-github-permissions": "::error::x=<script>"}
    assert for_rest("GET", "/repos/a/b/issues", headers) == "issues: read"


@pytest.mark.parametrize(("path", "permission"), [
    (["repository", "issues", "nodes", 0, "comments"], "issues: read"),
    (["repository", "openPullRequests"], "pull-requests: read"),
    (["t3", "replies"], "discussions: read"),
    (["a0"], "issues: read, pull-requests: read and discussions: read"),
    (["repository", "stargazerCount"], None),
    ([], None),
])
def test_a_graphql_path_tells_the_permission(path, permission):
    assert for_graphql(path) == permission


def test_the_number_of_a_repeated_field_says_nothing_of_its_permission() -> None:
    assert for_graphql(["repository", "object_12"]) == "contents: read"
    assert for_graphql(["nodes", 0, "commits", "nodes", 0, "commit", "statusCheckRollup"]) == (
        "checks: read and statuses: read")
    assert for_graphql(["repository", "vulnerabilityAlerts"]) == "vulnerability-alerts: read"
