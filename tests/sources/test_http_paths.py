"""Where the transport goes and where it stops: redirects, stored answers, this run's share of the limit."""
from __future__ import annotations

import pytest

from repo_vitals.errors import BudgetSpent, CouldNotMeasure
from repo_vitals.sources.http import Moved
from support.scripted_server import answer, in_turn, requests_of

GOOD = answer(200, {"number": 7})
RESET_IN_90_S = "1769839290"        # 2026-01-31T06:01:30Z


# Redirects ------------------------------------------------------------------------------------------------------------

def leading(status, where):
    return answer(status, {"message": "Moved Permanently"}, headers={"location": where})


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_renamed_repository_is_followed_with_the_token(connected, status):
    there = connected(in_turn(leading(status, "/repositories/42?page=2"), GOOD))
    assert there.get("/repos/old/name").json() == {"number": 7}
    assert requests_of(there.server) == ["GET /repos/old/name", "GET /repositories/42?page=2"]
    signature = "Bearer " + there.github.transport.token.reveal()
    assert [asked.headers["authorization"] for asked in there.server.asked] == [signature] * 2
    assert there.cost.requests == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirected_write_is_repeated_with_its_method_and_body(connected, status):
    there = connected(in_turn(leading(status, "/repositories/42/issues"), answer(201, {"number": 1})))
    assert there.post("/repos/old/name/issues").status == 201
    assert [(asked.method, asked.body) for asked in there.server.asked] == [("POST", b"{}")] * 2


@pytest.mark.parametrize("hops", [["/repositories/7/issues/7/comments"],
                                  ["/repositories/42/issues/7/comments", "/repositories/7/issues/3/comments"]])
def test_a_write_to_an_issue_follows_a_renamed_repository_and_never_a_moved_issue(connected, hops):
    statuses = [*[307] * (len(hops) - 1), 301]
    there = connected(in_turn(*map(leading, statuses, hops), answer(201, {"id": 1})))
    with pytest.raises(Moved, match=r"moved \(301\)"):
        there.post("/repos/old/name/issues/7/comments")
    assert len(there.server.asked) == len(hops)
    there = connected(in_turn(leading(307, "/repositories/42/issues/7/comments"), answer(201, {"id": 1})))
    assert there.post("/repos/old/name/issues/7/comments").status == 201


def test_a_redirect_to_another_host_is_read_without_the_token(connected):
    elsewhere = connected(in_turn(GOOD))
    there = connected(in_turn(leading(302, elsewhere.server.url + "/log")))
    assert there.get().json() == {"number": 7}
    assert "authorization" in there.server.asked[0].headers
    assert "authorization" not in elsewhere.server.asked[0].headers


def test_the_token_stays_behind_when_another_host_leads_back(connected):
    back = []
    elsewhere = connected(lambda asked: leading(302, back[0] + "/back"))
    there = connected(in_turn(leading(302, elsewhere.server.url + "/log"), GOOD))
    back.append(there.server.url)
    there.get()
    assert requests_of(there.server) == ["GET /thing", "GET /back"]
    assert "authorization" not in there.server.asked[1].headers


def test_a_write_never_leaves_the_host(connected):
    elsewhere = connected(in_turn(GOOD))
    there = connected(in_turn(leading(307, elsewhere.server.url + "/issues")))
    with pytest.raises(CouldNotMeasure, match="redirected to another host"):
        there.post()
    assert elsewhere.server.asked == []


def test_redirects_in_a_circle_end(connected):
    there = connected(lambda asked: leading(302, "/b" if asked.path == "/a" else "/a"))
    with pytest.raises(CouldNotMeasure, match="redirected more than 5 times"):
        there.get("/a")
    assert len(there.server.asked) == 6


@pytest.mark.parametrize("where", ["", "ftp://127.0.0.1/x", "http://example.com/unprotected", "http://[::1", "http://a:99999/"])
def test_a_redirect_that_leads_nowhere_safe_is_an_error(connected, where):
    there = connected(in_turn(answer(301, {}, headers={"location": where} if where else {})))
    with pytest.raises(CouldNotMeasure, match=r"redirected \(301\) to nowhere to go"):
        there.get()


# ETags ----------------------------------------------------------------------------------------------------------------

def test_an_unchanged_answer_is_taken_from_the_store_and_costs_no_limit(connected):
    store = {}
    tagged = answer(200, {"number": 7}, headers={"etag": '"abc"', "x-ratelimit-remaining": "900"})
    unchanged = answer(304, headers={"etag": '"abc"', "x-ratelimit-remaining": "900"})
    there = connected(in_turn(tagged, unchanged), etags=store)
    assert there.get().json() == there.get().json() == {"number": 7}
    assert there.server.asked[1].headers["if-none-match"] == '"abc"'
    assert (there.cost.requests, there.cost.not_modified) == (2, 1)
    assert there.github.transport.budget.used("core") == 1


def test_pages_of_a_list_are_not_stored_since_a_304_may_lack_the_link_to_the_next(connected):
    store = {}
    page = answer(200, [1], headers={"etag": '"abc"', "link": '<http://127.0.0.1/2>; rel="next"'})
    full = answer(200, [*range(30)], headers={"etag": '"abc"'})
    there = connected(in_turn(page, full, GOOD), etags=store)
    there.get()
    there.get()
    assert store == {}


# This run's share of the limit ----------------------------------------------------------------------------------------

def test_a_run_stops_at_half_of_what_remained_and_says_so(connected):
    left = iter(range(9, -1, -1))
    there = connected(lambda asked: answer(200, {}, headers={
        "x-ratelimit-remaining": str(next(left)), "x-ratelimit-reset": "1769842800"}))      # 2026-01-31T07:00:00Z
    for _ in range(5):
        there.get()
    with pytest.raises(BudgetSpent, match=r"spent: 5 of 5 requests \(50% of the 10 that were left\); it resets at "
                                          "2026-01-31T07:00:00Z"):
        there.get()
    assert len(there.server.asked) == 5


def test_other_limits_than_that_of_rest_are_not_taken_for_it(connected):
    search = {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1769842800", "x-ratelimit-resource": "search"}
    there = connected(in_turn(answer(200, {}, headers=search)))
    there.get()
    there.get()
    assert there.github.transport.budget.used("core") == 0


def test_the_wait_for_a_new_share_is_reckoned_by_the_servers_clock(connected):
    last = answer(200, {}, headers={"x-ratelimit-remaining": "1", "x-ratelimit-reset": RESET_IN_90_S,
                                    "date": "Sat, 31 Jan 2026 06:01:00 GMT"})
    there = connected(in_turn(last))
    there.get()
    there.get()
    assert there.clock.sleeps == [31]


def test_a_share_that_renews_within_max_wait_is_waited_for(connected):
    last = answer(200, {}, headers={"x-ratelimit-remaining": "1", "x-ratelimit-reset": RESET_IN_90_S})
    there = connected(in_turn(last))
    there.get()
    there.get()
    assert there.clock.sleeps == [91]
