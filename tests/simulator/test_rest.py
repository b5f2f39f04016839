"""The REST side. That every answer is valid by GitHub's OpenAPI is held at the end of each of these tests."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from support.github_schema import Disagreement, check_rest
from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from repo_vitals.simulator.server import Simulator


def links(response: requests.Response) -> dict[str, str]:
    return {name: url for url, name in re.findall(r'<([^>]+)>; rel="(\w+)"', response.headers.get("link", ""))}


def numbers(response: requests.Response) -> list[int]:
    return [entry["number"] for entry in response.json()]


def test_the_repository_counts_pull_requests_among_its_open_issues_and_stars_as_watchers(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue()
    scene.pull_request()
    scene.discussion()
    scene.repository.stars, scene.repository.watchers = 40, 3
    with asking(simulated(scene)) as client:
        found = client.get("").json()
    assert (found["open_issues_count"], found["watchers_count"], found["subscribers_count"]) == (2, 40, 3)


def test_issues_come_newest_first_with_pull_requests_among_them_and_closed_ones_only_on_request(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-9)
    scene.pull_request(at=-8)
    scene.issue(at=-7).close(at=-1)
    scene.discussion(at=-6)
    with asking(simulated(scene)) as client:
        assert numbers(client.get("issues")) == [2, 1]
        assert [("pull_request" in entry) for entry in client.get("issues").json()] == [True, False]
        assert numbers(client.get("issues?state=all")) == [3, 2, 1]
        assert numbers(client.get("issues?state=closed")) == [3]
        assert numbers(client.get("issues?state=all&sort=updated&direction=asc")) == [1, 2, 3]


def test_issues_narrow_by_update_creator_and_labels(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-9, by="ann").label("bug", "P0", at=-9)
    scene.issue(at=-8, by="dependabot[bot]").label("bug", at=-8)
    scene.issue(at=-7, by="ann").comment(by="bob", at=-1)
    with asking(simulated(scene)) as client:
        assert numbers(client.get("issues?since=2026-01-30T22:00:00Z")) == [3, 2]       # updated just then counts
        assert numbers(client.get("issues?since=2026-01-31T05:00:00Z")) == [3]          # by update, not by creation
        assert numbers(client.get("issues?creator=dependabot[bot]")) == [2]
        assert numbers(client.get("issues?labels=bug,p0")) == [1]
        assert client.get("issues?since=yesterday").status_code == 422
        assert client.get("issues?state=ajar").status_code == 422


def test_pages_are_linked_by_the_repositorys_number_as_at_github(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    for number in range(7):
        scene.issue(at=-20 + number)
    with asking(simulated(scene)) as client:
        first = client.get("issues?per_page=3&state=open")
        home = f"{client.base}/repositories/{scene.repository.id}/issues?per_page=3&state=open"
        assert links(first) == {"next": f"{home}&page=2", "last": f"{home}&page=3"}
        second = client.get(links(first)["next"])
        assert numbers(first) + numbers(second) == [7, 6, 5, 4, 3, 2]
        assert links(second) == {"prev": f"{home}&page=1", "next": f"{home}&page=3", "last": f"{home}&page=3",
                                 "first": f"{home}&page=1"}
        third = client.get(links(second)["next"])
        assert (numbers(third), set(links(third))) == ([1], {"prev", "first"})
        assert numbers(client.get("issues?page=9")) == []
        assert "link" not in client.get("issues").headers


@pytest.mark.parametrize(("asked", "given"), [("0", 30), ("101", 100), ("x", 30), ("-1", 30), ("31", 31)])
def test_a_page_size_out_of_range_is_replaced_without_a_word(
        simulated: Callable[..., Simulator], asked: str, given: int) -> None:
    scene = Scene()
    for _ in range(105):
        scene.issue()
    with asking(simulated(scene)) as client:
        assert len(client.get(f"issues?per_page={asked}").json()) == given


def test_an_unchanged_answer_is_not_sent_again_and_not_charged(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    story = scene.issue(at=-9)
    with asking(simulated(scene)) as client:
        first = client.get("issues")
        again = client.get("issues", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"] == "1"
        strong = first.headers["etag"].removeprefix("W/")
        assert client.get("issues", headers={"If-None-Match": f'"other", {strong}'}).status_code == 304
        story.comment(by="bob", at=-1)
        changed = client.get("issues", headers={"If-None-Match": first.headers["etag"]})
        assert (changed.status_code, changed.headers["x-ratelimit-used"]) == (200, "2")


def test_a_renamed_repository_redirects_reads_for_good_and_writes_with_their_method(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue()
    scene.state.rename_repository(scene.repository, "acme/gadget")
    with asking(simulated(scene)) as client:
        moved = client.get("issues?per_page=5")
        assert (moved.status_code, moved.json()["message"]) == (301, "Moved Permanently")
        assert moved.headers["location"] == f"{client.base}/repositories/{scene.repository.id}/issues?per_page=5"
        assert numbers(client.get(moved.headers["location"])) == [1]
        write = client.rest("POST", "issues", json={"title": "x"})
        assert write.status_code == 307
        assert client.rest("POST", write.headers["location"], json={"title": "x"}).status_code == 201
        assert client.get("").headers["location"] == f"{client.base}/repositories/{scene.repository.id}"


def test_a_transferred_issue_redirects_and_a_deleted_one_is_gone(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    first, second, third = scene.issue(), scene.issue(), scene.discussion()
    attic = scene.state.add_repository("acme/attic")
    scene.state.transfer(first.thread, attic, at=scene.now)
    scene.state.delete_thread(second.thread)
    with asking(simulated(scene)) as client:
        assert client.get("issues/1").headers["location"] == f"{client.base}/repositories/{attic.id}/issues/1"
        assert client.get("issues/2").status_code == 410
        assert client.get(f"issues/{third.number}").status_code == 404
        assert client.get("issues/x").status_code == 404


def test_issues_that_are_switched_off_are_gone_and_an_archive_is_read_only(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue()
    scene.pull_request()
    scene.repository.issues_enabled = False
    with asking(simulated(scene)) as client:
        assert [client.get(path).status_code for path in ("issues", "issues/1", "issues/2")] == [410, 410, 200]
        assert client.rest("POST", "issues", json={"title": "x"}).status_code == 410
        scene.repository.issues_enabled, scene.repository.archived = True, True
        assert client.rest("POST", "issues", json={"title": "x"}).json()["message"] == \
            "Repository was archived so is read-only."
        assert client.get("issues/1").status_code == 200


def test_an_empty_repository_has_no_commits_to_list(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(Scene())) as client:
        assert client.get("commits").status_code == 409
        assert (client.get("contributors").status_code, client.get("contributors").content) == (204, b"")


def test_commits_and_contributors_tell_people_from_addresses(simulated: Callable[..., Simulator]) -> None:
    scene = Scene().commit(by="ann", at=-9).commit(by="ann", at=-8).commit(email="x@example.org", at=-7)
    scene.commit(by="bob", at=-6).delete("bob")
    with asking(simulated(scene)) as client:
        commits = client.get("commits").json()
        assert [entry["author"] and entry["author"]["login"] for entry in commits] == [None, None, "ann", "ann"]
        assert [(entry["login"], entry["contributions"]) for entry in client.get("contributors").json()] == [("ann", 2)]
        anonymous = [entry["email"] for entry in client.get("contributors?anon=1").json() if "email" in entry]
        assert anonymous == ["bob@example.org", "x@example.org"]
        assert len(client.get("commits?since=2026-01-30T22:00:00Z&until=2026-01-30T23:00:00Z").json()) == 2
        assert len(client.get("commits?author=ann").json()) == 2
        assert client.get("commits?sha=nowhere").status_code == 404


def test_stars_have_dates_for_who_asks_for_them(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    for login in ("ann", "bob"):
        scene.state.star(scene.repository, scene.state.account(login), scene.when(-3))
    with asking(simulated(scene)) as client:
        assert [entry["login"] for entry in client.get("stargazers").json()] == ["ann", "bob"]
        dated = client.get("stargazers", headers={"Accept": "application/vnd.github.star+json"}).json()
    assert [(entry["starred_at"], entry["user"]["login"]) for entry in dated] == [
        ("2026-01-31T03:00:00Z", "ann"), ("2026-01-31T03:00:00Z", "bob")]


def test_what_a_deleted_account_wrote_belongs_to_ghost(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(by="gone").comment(by="gone", at=-1)
    scene.delete("gone")
    with asking(simulated(scene)) as client:
        assert client.get("issues/1").json()["user"]["login"] == "ghost"
        assert client.get("issues/1/comments").json()[0]["user"]["login"] == "ghost"
        assert client.get("/users/gone").status_code == 404


def test_an_issues_life_through_the_api(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.state.account("ann")
    scene.repository.grants["ann"] = "triage"
    with asking(simulated(scene)) as client:
        made = client.rest("POST", "issues", json={"title": "Down", "body": "b", "labels": ["alert", "new one"],
                                                   "assignees": ["ann"]})
        issue = made.json()
        assert (made.status_code, made.headers["location"]) == (201, issue["url"])
        assert ([label["name"] for label in issue["labels"]], [who["login"] for who in issue["assignees"]]) == (
            ["alert", "new one"], ["ann"])
        assert (issue["user"]["login"], issue["created_at"]) == ("github-actions[bot]", "2026-01-31T06:00:00Z")
        closed = client.rest("PATCH", "issues/1", json={"state": "closed", "state_reason": "not_planned"}).json()
        assert (closed["state"], closed["state_reason"], closed["closed_at"]) == (
            "closed", "not_planned", "2026-01-31T06:00:00Z")
        opened = client.rest("PATCH", "issues/1", json={"state": "open", "labels": [], "title": "Up"}).json()
        assert (opened["state"], opened["state_reason"], opened["closed_at"], opened["labels"], opened["title"]) == (
            "open", "reopened", None, [], "Up")
        added = client.rest("POST", "issues/1/assignees", json={"assignees": ["nobody-here"]})
        assert (added.status_code, [who["login"] for who in added.json()["assignees"]]) == (201, ["ann"])
        left = client.rest("DELETE", "issues/1/assignees", json={"assignees": ["ann"]})
        assert (left.status_code, left.json()["assignees"]) == (200, [])
        assert client.rest("PUT", "issues/1/lock", json={"lock_reason": "spam"}).status_code == 204
        reads = client.simulator.token({"issues": "write"})
        with asking(client.simulator, reads) as other:
            assert other.rest("POST", "issues/1/comments", json={"body": "b"}).status_code == 403
        assert client.get("issues/1").json()["active_lock_reason"] == "spam"
        assert client.rest("DELETE", "issues/1/lock").status_code == 204
    assert [event.kind for event in scene.repository.threads[1].events] == [
        "labeled", "labeled", "closed", "reopened", "unlabeled", "unlabeled", "locked", "unlocked"]


def test_a_merged_pull_request_stays_closed(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.pull_request(at=-3).merge(at=-2)
    with asking(simulated(scene)) as client:
        assert client.rest("PATCH", "issues/1", json={"state": "open"}).status_code == 422


def test_comments_are_made_changed_listed_and_deleted(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-9).comment(by="bob", at=-8)
    scene.pull_request(at=-7).comment(by="bob", at=-6)
    with asking(simulated(scene)) as client:
        made = client.rest("POST", "issues/1/comments", json={"body": "hello"})
        assert made.status_code == 201
        assert client.rest("PATCH", made.json()["url"], json={"body": "changed"}).json()["body"] == "changed"
        assert [entry["body"] for entry in client.get("issues/1/comments").json()] == ["A comment", "changed"]
        assert len(client.get("issues/comments").json()) == 3
        assert len(client.get("issues/comments?since=2026-01-31T00:00:00Z&sort=updated&direction=desc").json()) == 2
        assert client.rest("DELETE", made.json()["url"]).status_code == 204
        assert client.get(made.json()["url"]).status_code == 404


def test_labels_are_made_put_on_taken_off_renamed_and_deleted(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-9)

    def names(response: requests.Response) -> list[str]:
        return [label["name"] for label in response.json()]
    with asking(simulated(scene)) as client:
        assert client.rest("POST", "labels", json={"name": "a b/c", "color": "00ff00"}).status_code == 201
        assert names(client.rest("POST", "issues/1/labels", json={"labels": ["A B/C", "x"]})) == ["a b/c", "x"]
        assert names(client.rest("PUT", "issues/1/labels", json=["x", "y"])) == ["x", "y"]
        assert names(client.rest("DELETE", "issues/1/labels/x")) == ["y"]
        assert client.rest("DELETE", "issues/1/labels/x").status_code == 404
        assert client.rest("PATCH", "labels/a%20b%2Fc", json={"new_name": "z"}).json()["name"] == "z"
        assert names(client.get("labels")) == ["x", "y", "z"]
        assert client.get("labels/Z").json()["color"] == "00ff00"
        assert client.rest("DELETE", "labels/y").status_code == 204
        assert names(client.get("issues/1/labels")) == []
        assert client.rest("DELETE", "issues/1/labels").status_code == 204


@pytest.mark.parametrize(("method", "path", "body", "field", "code"), [
    ("POST", "issues", {}, "title", "missing_field"),
    ("POST", "issues", {"title": " "}, "title", "invalid"),
    ("POST", "issues", {"title": "x" * 257}, "title", "custom"),
    ("POST", "issues", {"title": "x", "body": "x" * 65537}, "body", "custom"),
    ("POST", "issues", {"title": "x", "labels": ["l" * 51]}, "name", "invalid"),
    ("POST", "issues", {"title": "x", "labels": ["l"] * 101}, "name", "invalid"),
    ("PATCH", "issues/1", {"state": "ajar"}, "state", "invalid"),
    ("POST", "issues", {"title": "x", "assignees": ["nobody-here"]}, "assignees", "invalid"),
    ("POST", "issues/1/comments", {"body": ""}, "body", "invalid"),
    ("POST", "labels", {"name": "bug", "color": "ff0000"}, "name", "already_exists"),
    ("POST", "labels", {"name": "new", "color": "red"}, "color", "invalid"),
    ("PUT", "issues/1/lock", {"lock_reason": "because"}, "lock_reason", "invalid"),
])
def test_what_github_would_not_take_is_refused_by_field(
        simulated: Callable[..., Simulator], method: str, path: str, body: dict[str, Any], field: str,
        code: str) -> None:
    scene = Scene()
    scene.issue(labels=("bug",))
    with asking(simulated(scene)) as client:
        response = client.rest(method, path, json=body)
    assert (response.status_code, response.json()["message"]) == (422, "Validation Failed")
    problem = response.json()["errors"][0]
    assert (problem["field"], problem["code"]) == (field, code)


def test_a_body_that_is_no_json_object_is_refused(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(Scene())) as client:
        assert [client.rest("POST", "issues", data=body).status_code for body in ("{", "[]", b"\xff")] == [400] * 3


def test_every_kind_of_request_works_below_the_base_of_an_enterprise_server(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    for number in range(3):
        scene.issue(at=-5 + number)
    simulator = simulated(scene)
    with asking(simulator, base=simulator.enterprise_api_url) as client:
        first = client.get("issues?per_page=2")
        assert first.json()[0]["url"].startswith(f"{simulator.url}/api/v3/repos/acme/widget/issues/")
        assert links(first)["next"].startswith(f"{simulator.url}/api/v3/repositories/")
        assert numbers(client.get(links(first)["next"])) == [1]
        answer = client.session.post(simulator.enterprise_graphql_url, json={"query": "{ viewer { login } }"})
        assert answer.json()["data"]["viewer"]["login"] == "github-actions[bot]"


@pytest.mark.parametrize("path", ["/nowhere", "/repos", "/repos/acme", "/repositories/x", "/repositories/1",
                                  "/repos/acme/widget/karma", "/repos/acme/nothing", "/users/nobody", "/"])
def test_what_is_not_there_is_not_found(simulated: Callable[..., Simulator], path: str) -> None:
    with asking(simulated(Scene())) as client:
        response = client.get(path)
    assert (response.status_code, response.json()["message"]) == (404, "Not Found")


@pytest.mark.parametrize(("status", "body", "complaint"), [
    (200, [{"number": 1}], "is a required property"),
    (200, {"message": "x"}, "is not of type 'array'"),
    (404, {"message": 4}, "is not of type 'string'"),
    (404, {"oops": "x"}, "'oops' was unexpected"),
    (202, [], "never answers 202"),
])
def test_the_check_against_githubs_description_sees_a_wrong_answer(status: int, body: Any, complaint: str) -> None:
    with pytest.raises(Disagreement, match=re.escape(complaint)):
        check_rest("GET", "/repos/acme/widget/issues", status, body)


def test_the_check_sees_a_field_that_github_does_not_describe(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue()
    with asking(simulated(scene)) as client:
        found = client.get("issues/1").json()
    check_rest("GET", "/repos/acme/widget/issues/1", 200, found)
    with pytest.raises(Disagreement, match="karma"):
        check_rest("GET", "/repos/acme/widget/issues/1", 200, {**found, "karma": 1})
    with pytest.raises(Disagreement, match="date-time"):
        check_rest("GET", "/repos/acme/widget/issues/1", 200, {**found, "closed_at": "yesterday"})
