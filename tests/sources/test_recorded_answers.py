"""Answers as GitHub really gave them, replayed to the client: a simulator that agrees only with itself proves nothing.

Our own samples are in tests/data/github. Where the project's recordings lie beside the clone, they are replayed too.
"""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from github.GithubObject import GithubObject

from repo_vitals.errors import (
    BudgetSpent,
    CallerError,
    CouldNotMeasure,
    FeatureDisabled,
    PermissionMissing,
    RepositoryNotFound,
    RepoVitalsError,
    TokenRefused,
)
from repo_vitals.sources.github_rest import translated
from support.scripted_server import answer, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = Path(__file__).parents[1] / "data" / "github"
RECORDED = Path(__file__).parents[2].parent / "shared" / "data" / "samples"
FILES = sorted([*OWN.glob("*.json"), *(path for path in RECORDED.glob("gh-*/*.json") if path.name != "manifest.json")])


def exchanges(path: Path) -> list[dict[str, Any]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    entries = content if isinstance(content, list) else [content]
    return entries if entries and isinstance(entries[0], dict) and "request" in entries[0] else []


SINGLE = [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in FILES if len(exchanges(path)) == 1]
# What a recorded exchange's path is for PyGithub, and what tells that all of the answer arrived.
READS: tuple[tuple[str, Callable[[Any, Any], Any], str], ...] = (
    (r"", lambda repo, m: repo, "id"),
    (r"/issues", lambda repo, m: repo.get_issues(), "number"),
    (r"/issues/(\d+)/comments", lambda repo, m: repo.get_issue(int(m[2])).get_comments(), "id"),
    (r"/issues/(\d+)/timeline", lambda repo, m: repo.get_issue(int(m[2])).get_timeline(), "event"),
    (r"/contributors", lambda repo, m: repo.get_contributors(), "login"),
    (r"/stargazers", lambda repo, m: repo.get_stargazers_with_dates(), "starred_at"),
    (r"/labels", lambda repo, m: repo.get_labels(), "name"),
    (r"/releases", lambda repo, m: repo.get_releases(), "tag_name"),
    (r"/code-scanning/alerts", lambda repo, m: repo.get_codescan_alerts(), "number"),
    (r"/dependabot/alerts", lambda repo, m: repo.get_dependabot_alerts(), "number"),
    (r"/secret-scanning/alerts", lambda repo, m: repo.get_secret_scanning_alerts(), "number"),
    (r"/security-advisories", lambda repo, m: repo.get_repository_advisories(), "ghsa_id"),
    (r"/actions/runs", lambda repo, m: repo.get_workflow_runs(), "id"),
    (r"/actions/workflows/(\d+)/runs", lambda repo, m: repo.get_workflow(int(m[2])).get_runs(), "id"),
    # PyGithub takes jobs_url from the run and does not read a lazy one for it.
    (r"/actions/runs/(\d+)/jobs", lambda repo, m: repo.get_workflow_run(int(m[2])).complete().jobs(), "id"),
    (r"/traffic/views", lambda repo, m: repo.get_views_traffic(), "count"),
    (r"/community/profile", lambda repo, m: repo.requester.requestJsonAndCheck("GET", repo.url + m[0][-18:])[1],
     "health_percentage"),
)
ELSEWHERE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "/rate_limit": (lambda client: client.get_rate_limit(), "rate"),
    "/user": (lambda client: client.get_user(), "login"),
    "/users/jacquev6": (lambda client: client.get_user("jacquev6"), "id"),
}
EXPECTED: dict[tuple[int, str], type[RepoVitalsError]] = {
    (401, ""): TokenRefused, (403, "rate limit"): BudgetSpent, (403, "not accessible"): PermissionMissing,
    (404, ""): RepositoryNotFound, (410, ""): FeatureDisabled, (422, ""): CouldNotMeasure,
}


def rest_step(there, exchange):
    """A recorded answer, its links leading to our server instead of GitHub's."""
    def here(text: str) -> str:
        return text.replace("https://api.github.com", there.server.url)

    response = exchange["response"]
    headers = {name: here(text) for name, text in response["headers"].items()}
    body = b"" if response["status"] == 204 else here(json.dumps(response["body"])).encode()
    return answer(response["status"], body=body, headers=headers)


def replayed(connected, *recorded):
    """A server that gives the recorded answers one after another, and the client connected to it."""
    left = list(recorded)

    def serve(asked):
        if re.fullmatch(r".*/actions/runs/\d+", asked.path):
            return answer(200, {"id": 1, "jobs_url": f"{there.server.url}{asked.path}/jobs"})
        return rest_step(there, left.pop(0) if len(left) > 1 else left[0])

    there = connected(serve)
    return there


def read(there, path: str) -> tuple[Any, str]:
    """What PyGithub makes of the answer to a path, read to the end, and the name of its telling attribute."""
    client = there.github.rest(seconds_between_writes=0)
    with translated(there.github.transport.token):
        if path in ELSEWHERE:
            call, telling = ELSEWHERE[path]
            return getattr(call(client), telling), telling
        for pattern, find, telling in READS:
            match = re.fullmatch(rf"/repos/([^/]+/[^/]+){pattern}", urlsplit(path).path)
            if match:
                found = find(client.get_repo(match[1]), match)
                if isinstance(found, dict):
                    return found[telling], telling
                one = isinstance(found, GithubObject)
                return (getattr(found, telling) if one else [getattr(entry, telling) for entry in found]), telling
    raise AssertionError(f"no call of ours reads {path}")


def telling_of(value: Any, telling: str) -> Any:
    """The same from the raw body."""
    if isinstance(value, dict):
        held = [held for held in value.values() if isinstance(held, list)] if "total_count" in value else []
        return [entry[telling] for entry in held[0]] if held else value[telling]
    return [entry[telling] for entry in value]


def comparable(value: Any) -> Any:
    if isinstance(value, list):
        return [comparable(entry) for entry in value]
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if hasattr(value, "strftime") else value


@pytest.mark.parametrize("path", [case for case in SINGLE
                                  if exchanges(case.values[0])[0]["request"]["method"] == "GET"])
def test_a_recorded_answer_is_read_whole_or_is_the_right_error(path, connected):
    [exchange] = exchanges(path)
    response = exchange["response"]
    there = replayed(connected, exchange)
    if response["status"] >= 400:
        message = response["body"]["message"].lower()
        [kind] = [kind for (status, words), kind in EXPECTED.items()
                  if status == response["status"] and words in message]
        with pytest.raises(kind) as caught:
            read(there, exchange["request"]["path"])
        assert str(caught.value).isprintable()
        assert caught.value.exit_code == (2 if issubclass(kind, CallerError) else 3)
        return
    found, telling = read(there, exchange["request"]["path"])
    assert urlsplit(there.server.asked[-1].path).path == urlsplit(exchange["request"]["path"]).path
    if telling == "rate":
        assert found.remaining == response["body"]["rate"]["remaining"]
    else:
        assert comparable(found) == telling_of(response["body"], telling)
        assert found or response["body"] in ([], {}) or found == 0


@pytest.mark.parametrize("path", [case for case in SINGLE if exchanges(case.values[0])[0]["request"]["method"] == "POST"
                                  and "graphql" in case.values[0].name + case.values[0].parent.name])
def test_a_recorded_graphql_answer_is_read_whole_or_is_the_right_error(path, connected):
    [exchange] = exchanges(path)
    sent = json.loads(exchange["request"]["body"])
    there = replayed(connected, exchange)
    body = exchange["response"]["body"]
    if "errors" in body:
        kind = {"NOT_FOUND": RepositoryNotFound, "FORBIDDEN": PermissionMissing}[body["errors"][0]["type"]]
        with pytest.raises(kind):
            there.github.graphql.run(sent["query"], sent["variables"])
        return
    assert there.github.graphql.run(sent["query"], sent["variables"]) == body["data"]
    assert there.server.asked[0].json()["variables"] == sent["variables"]


def place(url: str) -> tuple[str, list[str]]:
    return urlsplit(url).path, sorted(urlsplit(url).query.split("&"))


@pytest.mark.parametrize("path", [
    pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in FILES
    if len(exchanges(path)) > 1 and all(entry["request"]["method"] == "GET" for entry in exchanges(path))])
def test_recorded_pages_are_followed_by_their_links_to_the_last(path, connected):
    recorded = exchanges(path)
    there = replayed(connected, *recorded)
    repository = re.match(r"/repos/([^/]+/[^/]+)/issues", recorded[0]["request"]["path"])[1]
    with translated(there.github.transport.token):
        numbers = [issue.number for issue in there.github.rest().get_repo(repository).get_issues()]
    assert numbers == [issue["number"] for entry in recorded for issue in entry["response"]["body"]]
    # per_page is ours on the first page; from there the links lead, through the repository's id.
    assert [place(asked.path) for asked in there.server.asked[1:]] == [
        place(entry["request"]["path"]) for entry in recorded[1:]]


LABELS = RECORDED / "gh-scenarios" / "octokit_labels.json"
ERRORS = RECORDED / "gh-scenarios" / "octokit_errors.json"


@pytest.mark.parametrize("path", [path for path in (LABELS,) if path.exists()], ids=lambda path: path.stem)
def test_recorded_writes_of_labels_come_through(path, connected):
    recorded = exchanges(path)
    there = replayed(connected, *recorded)
    with translated(there.github.transport.token):
        repository = there.github.rest(seconds_between_writes=0).get_repo("octokit-fixture-org/labels")
        assert [label.name for label in repository.get_labels()] == [
            label["name"] for label in recorded[0]["response"]["body"]]
        made = repository.create_label("test-label", "663399")
        assert made.name == recorded[1]["response"]["body"]["name"]
        again = repository.get_label("test-label")
        assert again.color == recorded[2]["response"]["body"]["color"]
        again.edit("test-label-updated", "BADA55")
        assert again.name == recorded[3]["response"]["body"]["name"]
        again.delete()
    assert [asked.method for asked in there.server.asked] == [entry["request"]["method"] for entry in recorded]


@pytest.mark.parametrize("path", [path for path in (ERRORS,) if path.exists()], ids=lambda path: path.stem)
def test_a_recorded_refusal_of_a_value_names_the_field(path, connected):
    there = replayed(connected, *exchanges(path))
    with pytest.raises(CouldNotMeasure, match="Validation Failed; Label color invalid"), \
            translated(there.github.transport.token):
        there.github.rest(seconds_between_writes=0).get_repo("octokit-fixture-org/errors").create_label("x", "invalid")


def described() -> list[Any]:
    """Bodies without their exchange: GitHub's own API examples, and alerts that other tools keep as samples."""
    cases = []
    for manifest in RECORDED.glob("gh-*/manifest.json"):
        for entry in json.loads(manifest.read_text(encoding="utf-8")):
            path = manifest.parent / entry["file"]
            operation = entry.get("github_operation", "GET /repos/{owner}/{repo}/code-scanning/alerts"
                                  if "sast" in path.name else "GET /repos/{owner}/{repo}/secret-scanning/alerts"
                                  if "secrets" in path.name else None)
            if path.suffix == ".json" and operation is not None and not exchanges(path):
                asked = operation.split(" ")[1].format(owner="octocat", repo="Hello-World")
                cases.append(pytest.param(path, asked, id=f"{manifest.parent.name}/{path.stem}"))
    return cases


@pytest.mark.parametrize(("path", "asked"), described())
def test_a_body_that_github_or_a_peer_shows_is_read_whole(path, asked, connected):
    body = json.loads(path.read_text(encoding="utf-8"))
    if asked.endswith("/stargazers"):       # GitHub's example is of the plain media type, without dates
        body = [{"starred_at": "2026-01-01T00:00:00Z", "user": entry} for entry in body]
    there = connected(in_turn(answer(200, body)))
    found, telling = read(there, asked)
    assert comparable(found) == telling_of(body, telling)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in FILES
                                  if path.parent.name == "gh-graphql-vulnerability-alerts"])
def test_recorded_graphql_data_comes_through_unchanged(path, connected):
    body = json.loads(path.read_text(encoding="utf-8"))
    there = connected(in_turn(answer(200, body)))
    assert there.github.graphql.run("query Alerts { repository { id } }", {}) == body["data"]


EVENTS: dict[str, Callable[[Any, str, Any], Any]] = {
    "repository": lambda client, name, raw: (client.get_repo(name).id, raw["id"]),
    "issue": lambda client, name, raw: (client.get_repo(name).get_issue(raw["number"]).title, raw["title"]),
    "pull_request": lambda client, name, raw: (client.get_repo(name).get_pull(raw["number"]).title, raw["title"]),
    "comment": lambda client, name, raw: (client.get_repo(name).get_comment(raw["id"]).body, raw["body"]),
    "workflow_run": lambda client, name, raw: (
        client.get_repo(name).get_workflow_run(raw["id"]).conclusion, raw["conclusion"]),
    "release": lambda client, name, raw: (client.get_repo(name).get_release(raw["id"]).html_url, raw["html_url"]),
}


@pytest.mark.parametrize(("path", "what"), [
    pytest.param(path, what, id=f"{path.stem}-{what}") for path in FILES if path.parent.name == "gh-webhooks"
    for what in EVENTS if what in json.loads(path.read_text(encoding="utf-8"))])
def test_what_a_recorded_event_holds_is_read_as_an_answer(path, what, connected):
    event = json.loads(path.read_text(encoding="utf-8"))
    there = connected(in_turn(answer(200, event[what])))
    with translated(there.github.transport.token):
        found, raw = EVENTS[what](there.github.rest(), event["repository"]["full_name"], event[what])
    assert found == raw


def test_there_are_recordings_to_replay():
    assert len(SINGLE) >= 10
