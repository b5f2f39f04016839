from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import github
import pytest
from github import UnknownObjectException
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from repo_vitals.errors import (
    BudgetSpent,
    CallerError,
    CouldNotMeasure,
    FeatureDisabled,
    PermissionMissing,
    RepositoryNotFound,
    TokenRefused,
)
from repo_vitals.sources.github_rest import translated
from repo_vitals.sources.http import OutcomeUnknown
from support.scripted_server import CLOSED, RESET, answer, in_turn, requests_of


def issue(number):
    return {"number": number, "title": f"Issue {number}", "id": number, "url": f"/repos/a/b/issues/{number}"}


def rest(there):
    return there.github.rest(seconds_between_writes=0)


def test_reads_go_through_our_transport_and_are_counted(connected):
    there = connected(in_turn(answer(502, body=b"<html>"), answer(200, {"full_name": "a/b", "stargazers_count": 5})))
    assert rest(there).get_repo("a/b").stargazers_count == 5
    assert (there.cost.requests, there.cost.retries) == (2, 1)
    sent = there.server.asked[0]
    assert sent.headers["authorization"] == "Bearer " + there.github.transport.token.reveal()
    assert sent.headers["user-agent"].startswith("repo-vitals/")


def test_a_lazy_object_costs_no_request_until_it_is_read(connected):
    there = connected(in_turn(answer(200, [issue(1)])))
    repository = rest(there).get_repo("a/b")
    assert there.cost.requests == 0
    assert [found.number for found in repository.get_issues(state="all")] == [1]
    assert requests_of(there.server) == ["GET /repos/a/b/issues?per_page=100&state=all"]


def test_pages_are_followed_to_the_end_through_renames_and_faults(connected):
    def serve(asked):
        if asked.path.startswith("/repos/old/name"):
            return answer(301, {"message": "Moved"}, headers={"location": "/repositories/42/issues?per_page=100"})
        page = int(parse_qs(urlsplit(asked.path).query).get("page", ["1"])[0])
        if page == 2 and len(there.server.asked) == 3:
            return RESET
        link = f'<{there.server.url}/repositories/42/issues?per_page=100&page={page + 1}>; rel="next"'
        return answer(200, [issue(page)], headers={"link": link} if page < 3 else {})

    there = connected(serve)
    assert [found.number for found in rest(there).get_repo("old/name").get_issues()] == [1, 2, 3]
    assert there.cost.requests == 5


def test_below_api_v3_of_an_enterprise_server_too(connected):
    there = connected(in_turn(answer(200, [issue(1)])))
    environ = {"GITHUB_API_URL": there.server.url + "/api/v3"}
    behind = connected(in_turn(answer(500)), environ=environ)
    assert behind.github.endpoints.graphql_url == there.server.url + "/api/graphql"
    assert [found.number for found in rest(behind).get_repo("a/b").get_issues()] == [1]
    assert requests_of(there.server) == ["GET /api/v3/repos/a/b/issues?per_page=100"]


def test_two_connections_keep_apart_and_pygithub_elsewhere_stays_as_it_was(connected):
    one, two = connected(in_turn(answer(200, {"id": 1}))), connected(in_turn(answer(200, {"id": 2})))
    first, second = rest(one), rest(two)
    assert (first.get_repo("a/b").id, second.get_repo("a/b").id) == (1, 2)
    assert (one.cost.requests, two.cost.requests) == (1, 1)
    assert Requester._Requester__httpConnectionClass is HTTPRequestsConnectionClass
    assert Requester._Requester__httpsConnectionClass is HTTPSRequestsConnectionClass
    assert github.Github().requester._Requester__connectionClass is HTTPSRequestsConnectionClass


@pytest.mark.parametrize("copy", [
    lambda client: client.requester.withLazy(False), lambda client: client.requester.withApiVersion("2022-11-28"),
    lambda client: client.requester.withAuth(None),
], ids=["withLazy", "withApiVersion", "withAuth"])
def test_copies_that_pygithub_makes_stay_on_our_transport(connected, copy):
    there = connected(in_turn(answer(200, {"id": 1})))
    copy(rest(there)).requestJsonAndCheck("GET", "/repos/a/b")
    assert there.cost.requests == 1


@pytest.mark.parametrize("fault", [answer(502, body=b""), answer(500, {}), RESET, CLOSED, answer(201, body=b"{\"num")],
                         ids=["502", "500", "reset", "close", "an answer that is cut"])
def test_a_write_of_unknown_outcome_is_sent_once_and_said_to_be_unknown(connected, fault):
    there = connected(in_turn(fault))
    with pytest.raises(OutcomeUnknown), translated(there.github.transport.token):
        rest(there).get_repo("a/b").create_issue("title")
    assert requests_of(there.server) == ["POST /repos/a/b/issues"]


def refused(connected, step, call=None):
    there = connected(in_turn(step))
    with pytest.raises(Exception) as caught, translated(there.github.transport.token):
        (call or (lambda client: client.get_repo("a/b").id))(rest(there))
    assert str(caught.value).isprintable()
    return caught.value


def test_a_refused_token(connected):
    error = refused(connected, answer(401, {"message": "Bad credentials"}))
    assert isinstance(error, TokenRefused)
    assert error.exit_code == 2


@pytest.mark.parametrize("call", [
    lambda client: client.get_repo("a/b").id,
    lambda client: list(client.get_repo("a/b").get_issues()),
], ids=["the repository itself", "a list of a repository that was never read"])
def test_a_repository_that_is_not_there(connected, call):
    error = refused(connected, answer(404, {"message": "Not Found"}), call)
    assert isinstance(error, RepositoryNotFound)
    assert "repository a/b: not found" in str(error)


def test_something_in_a_repository_that_is_not_there(connected):
    error = refused(connected, answer(404, {"message": "Not Found"}),
                    lambda client: client.get_repo("a/b").get_issue(9).title)
    assert type(error) is CallerError
    assert str(error).startswith("GET /repos/a/b/issues/9: not found")


@pytest.mark.parametrize("message", [
    "Resource not accessible by integration", "Resource not accessible by personal access token",
])
def test_a_missing_permission_is_named_by_the_header_or_the_path(connected, message):
    def create(client):
        return client.get_repo("a/b").create_issue("title")

    error = refused(connected, answer(403, {"message": message}), create)
    assert isinstance(error, PermissionMissing)
    assert 'grant "issues: write" to the job' in str(error)
    headers = {"x-accepted-github-permissions": "issues=write; pull_requests=write"}
    error = refused(connected, answer(403, {"message": message}, headers=headers), create)
    assert 'grant "issues: write or pull-requests: write" to the job' in str(error)


def test_issues_that_are_switched_off(connected):
    error = refused(connected, answer(410, {"message": "Issues are disabled for this repo"}),
                    lambda client: list(client.get_repo("a/b").get_issues()))
    assert isinstance(error, FeatureDisabled)
    assert "Issues are disabled" in str(error)


def test_an_archived_repository(connected):
    error = refused(connected, answer(403, {"message": "Repository was archived so is read-only."}),
                    lambda client: client.get_repo("a/b").create_issue("title"))
    assert isinstance(error, FeatureDisabled)


def test_a_value_that_github_refuses_is_named(connected):
    error = refused(
        connected, answer(422, {"message": "Validation Failed", "errors": [
            {"resource": "Label", "code": "invalid", "field": "color"}]}),
        lambda client: client.get_repo("a/b").create_label("x", "nocolour"))
    assert isinstance(error, CouldNotMeasure)
    assert "Validation Failed; Label color invalid" in str(error)


def test_a_spent_limit(connected):
    error = refused(connected, answer(403, {"message": "API rate limit exceeded"}, headers={
        "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1769900000"}))
    assert isinstance(error, BudgetSpent)


def test_a_page_of_something_else_names_what_to_check(connected):
    error = refused(connected, answer(404, body=b"<html>nothing here"))
    assert type(error) is CallerError
    assert "check GITHUB_API_URL" in str(error)


@pytest.mark.parametrize("content", [
    [], [1], {"stargazers_count": "many"}, {"stargazers_count": {"a": 1}},
], ids=["a list", "a list of numbers", "a text for a count", "an object for a count"])
def test_answers_of_another_shape_are_an_error_not_a_number(connected, content):
    error = refused(connected, answer(200, content), lambda client: client.get_repo("a/b").stargazers_count)
    assert isinstance(error, CouldNotMeasure)


@pytest.mark.parametrize("content", [{}, {"message": "odd"}, [issue(1), None]], ids=["{}", "an object", "a null entry"])
def test_a_list_that_is_none_or_not_whole_is_never_taken_for_an_empty_or_shorter_one(connected, content):
    error = refused(connected, answer(200, content), lambda client: list(client.get_repo("a/b").get_issues()))
    assert isinstance(error, CouldNotMeasure)


@pytest.mark.parametrize("content", [{}, {"message": "odd"}, [None]], ids=["{}", "an object", "a null entry"])
def test_a_list_that_is_none_or_not_whole_is_asked_for_again(connected, content):
    there = connected(in_turn(answer(200, content), answer(200, [issue(1)])))
    assert [found.number for found in rest(there).get_repo("a/b").get_issues()] == [1]


def test_a_redirect_to_another_host_is_no_answer(connected):
    step = answer(302, {}, headers={"location": "https://other.example/x"})
    for call in (lambda client: client.get_repo("a/b").id, lambda client: list(client.get_repo("a/b").get_issues()),
                 lambda client: client.get_repo("a/b").create_issue("x")):
        assert "redirected to another host" in str(refused(connected, step, call))


def test_an_archive_on_another_host_is_named_and_not_fetched_with_the_token(connected):
    there = connected(in_turn(answer(302, {}, headers={"location": "https://other.example/x.zip"})))
    assert rest(there).get_repo("a/b").get_archive_link("zipball") == "https://other.example/x.zip"


def test_an_empty_page_in_the_middle_is_not_the_last(connected):
    def serve(asked):
        page = int(parse_qs(urlsplit(asked.path).query).get("page", ["1"])[0])
        link = f'<{there.server.url}/repositories/42/issues?per_page=100&page={page + 1}>; rel="next"'
        return answer(200, [] if page in (2, 3) else [issue(page)], headers={"link": link} if page < 4 else {})

    there = connected(serve)
    assert [found.number for found in rest(there).get_repo("a/b").get_issues()] == [1, 4]


def test_rest_pages_that_go_round_in_a_circle_are_an_error(connected):
    there = connected(lambda asked: answer(200, [issue(1)], headers={
        "link": f'<{there.server.url}/repositories/42/issues?per_page=100&page=2>; rel="next"'}))
    with pytest.raises(CouldNotMeasure, match="go round in a circle"), translated(there.github.transport.token):
        list(rest(there).get_repo("a/b").get_issues())
    assert there.cost.requests == 2


def test_a_link_to_another_host_is_not_followed(connected):
    there = connected(in_turn(answer(200, [issue(1)], headers={"link": '<https://evil.example/x?page=2>; rel="next"'})))
    with pytest.raises(CouldNotMeasure), translated(there.github.transport.token):
        list(rest(there).get_repo("a/b").get_issues())
    assert there.cost.requests == 1


def test_our_own_mistakes_are_not_taken_for_githubs(connected):
    there = connected(in_turn(answer(200, {})))
    with pytest.raises(KeyError), translated(there.github.transport.token):
        {}["ours"]


def test_a_404_that_is_expected_can_be_caught_inside(connected):
    there = connected(in_turn(answer(404, {"message": "Not Found"})))
    with translated(there.github.transport.token), pytest.raises(UnknownObjectException):
        rest(there).get_repo("a/b").get_label("none").color  # noqa: B018


def test_what_is_written_arrives_as_given(connected):
    there = connected(in_turn(answer(201, issue(1))))
    rest(there).get_repo("a/b").create_issue("Ünïcode ✓", body="a\nb", labels=["x"])
    assert json.loads(there.server.asked[0].body) == {"title": "Ünïcode ✓", "body": "a\nb", "labels": ["x"]}
