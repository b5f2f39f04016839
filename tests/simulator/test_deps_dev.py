"""The small deps.dev: what it says, and how it fails on request."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import requests

from repo_vitals.simulator.deps_dev import DepsDevSimulator, Known, KnownProject
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.simulator.generate_updates import add_dependencies
from repo_vitals.simulator.state import State

PUBLISHED = datetime(2025, 3, 4, 5, 6, 7, tzinfo=timezone.utc)


def known() -> Known:
    found = Known()
    package = found.package("npm", "@scope/thing", {"1.0.0": PUBLISHED, "2.0.0": None}, project="github.com/acme/thing")
    package.versions[0].advisories = ("GHSA-1",)
    found.projects["github.com/acme/thing"] = KnownProject(id="github.com/acme/thing", maintained=3)
    found.advisories["GHSA-1"] = 7.5
    return found


def get(server: DepsDevSimulator, path: str, **options: Any) -> requests.Response:
    return requests.get(server.url + path, timeout=5, **options)


def test_it_answers_with_the_fields_that_the_api_describes() -> None:
    with DepsDevSimulator(known()) as server:
        package = get(server, "/v3/systems/NPM/packages/%40scope%2Fthing").json()
        assert package == {"packageKey": {"system": "NPM", "name": "@scope/thing"}, "versions": [
            {"versionKey": {"system": "NPM", "name": "@scope/thing", "version": "1.0.0"},
             "publishedAt": "2025-03-04T05:06:07Z", "isDefault": False},
            {"versionKey": {"system": "NPM", "name": "@scope/thing", "version": "2.0.0"}, "isDefault": True}]}
        version = get(server, "/v3/systems/npm/packages/%40scope%2Fthing/versions/1.0.0").json()
        assert (version["licenses"], version["advisoryKeys"]) == (["MIT"], [{"id": "GHSA-1"}])
        assert [one["relationType"] for one in version["relatedProjects"]] == ["ISSUE_TRACKER", "SOURCE_REPO"]
        project = get(server, "/v3/projects/github.com%2Facme%2Fthing").json()
        assert {check["name"]: check["score"] for check in project["scorecard"]["checks"]}["Maintained"] == 3
        assert get(server, "/v3/advisories/GHSA-1").json()["cvss3Score"] == 7.5


@pytest.mark.parametrize("path", [
    "/", "/v3/systems/npm/packages/nothing", "/v3/systems/npm/packages/@scope/thing",
    "/v3/systems/cargo/packages/%40scope%2Fthing", "/v3/systems/npm/packages/%40scope%2Fthing/versions/9",
    "/v3/projects/github.com%2Facme%2Fnone", "/v3/advisories/GHSA-2", "/v3alpha/systems/npm/packages/%40scope%2Fthing",
])
def test_what_it_does_not_know_is_not_found(path: str) -> None:
    with DepsDevSimulator(known()) as server:
        assert get(server, path).status_code == 404


def test_the_log_says_what_was_asked_and_whether_anything_signed_it() -> None:
    with DepsDevSimulator(known()) as server:
        get(server, "/v3/advisories/GHSA-1")
        get(server, "/v3/advisories/GHSA-1", headers={"Authorization": "Bearer x"})
    assert [(one.path, one.status, one.signed) for one in server.log] == [
        ("/v3/advisories/GHSA-1", 200, False), ("/v3/advisories/GHSA-1", 200, True)]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "status", "status": 503}, 503),
        ({"kind": "secondary-limit", "status": 429}, 429),
        ({"kind": "not-json"}, 200),
        ({"kind": "empty"}, 200),
        ({"kind": "reset"}, None),
        ({"kind": "truncated"}, None),
    ],
)
def test_it_fails_as_it_is_told_and_recovers(fault: dict[str, Any], status: int | None) -> None:
    with DepsDevSimulator(known(), faults=FaultPlan([Fault(**fault, times=1)])) as server:
        if status is None:
            with pytest.raises(requests.RequestException):
                get(server, "/v3/advisories/GHSA-1").json()
        else:
            answer = get(server, "/v3/advisories/GHSA-1")
            assert answer.status_code == status
            assert not answer.content.startswith(b'{"advisoryKey"')
        assert get(server, "/v3/advisories/GHSA-1").json()["cvss3Score"] == 7.5


def test_generated_dependencies_are_the_same_each_time_and_known() -> None:
    made = []
    for _ in range(2):
        state = State(now=PUBLISHED)
        repository = state.add_repository("acme/widget")
        for number in range(5):
            state.open_pull_request(repository, by=state.account("dependabot[bot]"), at=PUBLISHED, title=f"{number}")
        found = add_dependencies(state, repository, now=PUBLISHED, seed=3)
        made.append((found, repository.files["Cargo.lock"].text, [one.title for one in repository.pull_requests]))
    assert made[0] == made[1]
    known_crates, lock, titles = made[0]
    assert all(f'name = "{name}"' in lock for _, name in known_crates.packages)
    assert [title.split()[:2] for title in titles] == [
        ["Bump", "syn"], ["Bump", "rand"], ["Bump", "serde"], ["Bump", "ulid"], ["Bump", "time"]]
    assert [alert.package for alert in repository.alerts] == ["time"]
