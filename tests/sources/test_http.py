from __future__ import annotations

import gzip
import json
import time
from datetime import timedelta

import pytest

from repo_vitals.errors import BudgetSpent, CouldNotMeasure
from repo_vitals.sources.http import OutcomeUnknown, Request
from repo_vitals.sources.http_wire import Timeouts
from support.scripted_server import CLOSED, RESET, Step, answer, cut, in_turn

GOOD = answer(200, {"number": 7})
QUICK = Timeouts(connect=1, read=0.3, total=0.6)
HTML_502 = answer(502, body=b"<!DOCTYPE html><title>Unicorn!</title>", headers={"content-type": "text/html"})
LIMIT = {"message": "API rate limit exceeded for installation ID 1.", "documentation_url": "https://docs.github.com"}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
RESET_IN_90_S = str(int((timedelta(days=20484, hours=6, seconds=90)).total_seconds()))     # 2026-01-31T06:01:30Z


PASSING_FAULTS = {
    "500": answer(500, {"message": "Server Error"}),
    "502 with a page": HTML_502,
    "503": answer(503, {"message": "unavailable"}),
    "504": answer(504, body=b""),
    "a reset": RESET,
    "a close without an answer": CLOSED,
    "a reset in the middle of the answer": cut(GOOD, keep=5, end="reset"),
    "an answer cut short": cut(GOOD, keep=5),
    "headers cut short": Step(send=b"HTTP/1.1 200 OK\r\ncontent-le", end="close"),
    "a chunked answer cut short": Step(
        send=b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{\"a\": 1\r\n", end="close"),
    "an answer without length that broke off": Step(send=b"HTTP/1.1 200 OK\r\n\r\n{\"number\"", end="close"),
    "compressed data that broke off": answer(
        200, body=gzip.compress(b"{\"number\": 7}" * 50)[:20], headers={"content-encoding": "gzip"}),
    "garbage instead of compressed data": answer(200, body=b"not gzip", headers={"content-encoding": "gzip"}),
    "an empty answer": answer(200, body=b""),
    "a page instead of JSON": answer(200, body=b"<html>Please log in to the hotel wireless"),
    "JSON that is no object": answer(200, body=b"7"),
    "JSON in no UTF": answer(200, body=b"{\"a\": \"\xff\xfe\"}"),
    "JSON nested beyond reason": answer(200, body=b"[" * 200_000 + b"]" * 200_000),
    "no HTTP at all": Step(send=b"SSH-2.0-OpenSSH_9.6\r\n\r\n", end="close"),
    "silence": Step(before=5),
    "an answer that drips byte by byte": answer(200, {"number": 7}, drip=0.1),
    "headers that drip byte by byte": Step(send=b"HTTP/1.1 200 OK\r\nx-a: b\r\n" * 3, drip=0.05),
    "an answer still being computed": answer(202, {}),
}


@pytest.mark.parametrize("fault", PASSING_FAULTS.values(), ids=PASSING_FAULTS.keys())
def test_a_read_is_asked_again_after(fault, connected):
    there = connected(in_turn(fault, GOOD), timeouts=QUICK)
    assert there.get().json() == {"number": 7}
    assert (there.cost.requests, there.cost.retries) == (2, 1)


@pytest.mark.parametrize("fault", PASSING_FAULTS.values(), ids=PASSING_FAULTS.keys())
def test_a_read_gives_up_after_five_tries_with_one_line_on(fault, connected):
    there = connected(in_turn(fault), timeouts=Timeouts(connect=1, read=0.1, total=0.2))
    with pytest.raises(CouldNotMeasure) as caught:
        there.get()
    assert there.cost.requests == 5
    assert caught.value.exit_code == 3
    text = str(caught.value)
    assert text.startswith("GET /thing: no usable answer from 127.0.0.1 after 5 tries: ")
    assert text.isprintable()
    assert "0x" not in text
    assert "object at" not in text


@pytest.mark.parametrize("fault", [fault for name, fault in PASSING_FAULTS.items() if "computed" not in name],
                         ids=[name for name in PASSING_FAULTS if "computed" not in name])
def test_a_write_is_not_sent_again_after(fault, connected):
    there = connected(in_turn(fault, GOOD), timeouts=QUICK)
    with pytest.raises(OutcomeUnknown, match=r"POST /thing: sent to 127\.0\.0\.1, and it is not known whether"):
        there.post()
    assert len(there.server.asked) == 1


def test_a_write_that_never_reached_the_server_may_be_sent_again(connected, monkeypatch):
    there = connected(in_turn(GOOD))
    there.server.__exit__()     # nobody listens there any more
    with pytest.raises(CouldNotMeasure, match="after 5 tries: the connection was refused") as caught:
        there.post()
    assert not isinstance(caught.value, OutcomeUnknown)
    assert there.cost.requests == 0, "a connection that was refused is no request"
    assert len(there.clock.sleeps) == 4


def test_a_dripping_server_is_left_after_the_total_time(connected):
    there = connected(in_turn(answer(200, {"a": "b" * 500}, drip=0.1)), timeouts=Timeouts(connect=1, read=1, total=0.3),
                      max_wait=timedelta(0))
    started = time.monotonic()
    with pytest.raises(CouldNotMeasure, match=r"after 1 try: no whole answer within 0\.3 s"):
        there.get()
    assert time.monotonic() - started < 2


def test_an_answer_beyond_the_largest_size_is_refused(connected):
    there = connected(in_turn(answer(200, ["x" * 3_000_000])), max_wait=timedelta(0))
    there.github.transport._wire._largest_body = 1_000_000
    with pytest.raises(CouldNotMeasure, match="its answer is larger than 1 MB"):
        there.get()


def test_a_small_answer_that_unpacks_beyond_the_largest_size_is_refused(connected):
    bomb = gzip.compress(b" " * 30_000_000)
    there = connected(in_turn(answer(200, body=bomb, headers={"content-encoding": "gzip"})), max_wait=timedelta(0))
    there.github.transport._wire._largest_body = 1_000_000
    with pytest.raises(CouldNotMeasure, match="its answer is larger than 1 MB"):
        there.get()


def test_compressed_answers_are_read_and_counted_in_bytes_as_sent(connected):
    packed = gzip.compress(json.dumps({"text": "x" * 1000}).encode())
    there = connected(in_turn(answer(200, body=packed, headers={"content-encoding": "gzip"})))
    assert there.get().json() == {"text": "x" * 1000}
    assert there.cost.retries == 0


def test_a_cut_answer_is_noticed_even_where_urllib3_does_not_count(connected, monkeypatch):
    from urllib3.connection import HTTPConnection
    original = HTTPConnection.request

    def uncounted(self, *arguments, **options):
        return original(self, *arguments, **{**options, "enforce_content_length": False})

    monkeypatch.setattr(HTTPConnection, "request", uncounted)
    # Cut so that what arrives is JSON all the same: only the count tells.
    there = connected(in_turn(cut(answer(200, body=b'{"number": 1}      '), keep=6), GOOD))
    assert there.get().json() == {"number": 7}
    there = connected(in_turn(cut(answer(200, body=b'{"number": 1}      '), keep=6)), max_wait=timedelta(0))
    with pytest.raises(CouldNotMeasure, match="its answer broke off after 13 of 19 bytes"):
        there.get()


def test_an_empty_answer_to_a_delete_is_whole(connected):
    there = connected(in_turn(answer(204)))
    request = Request(method="DELETE", url=there.server.url + "/label", replayable=False)
    assert there.github.transport.send(request).status == 204


def test_back_off_grows_has_jitter_and_is_the_same_for_the_same_run(connected):
    def sleeps(run):
        there = connected(in_turn(answer(500, {})), environ={"GITHUB_RUN_ID": run})
        with pytest.raises(CouldNotMeasure):
            there.get()
        return there.clock.sleeps

    first = sleeps("1")
    assert first == sleeps("1")
    assert first != sleeps("2")
    assert len(first) == 4
    assert all(0 <= slept <= longest for slept, longest in zip(first, (1, 2, 4, 8), strict=True))


def test_all_sleeping_of_a_run_stays_within_max_wait(connected):
    there = connected(in_turn(answer(500, {})), max_wait=timedelta(seconds=2))
    for _ in range(6):
        with pytest.raises(CouldNotMeasure):
            there.get()
    assert sum(there.clock.sleeps) <= 2


def test_a_503_is_asked_again_when_it_says(connected):
    there = connected(in_turn(answer(503, {}, headers={"retry-after": "17"}), GOOD))
    there.get()
    assert there.clock.sleeps == [17]


def test_the_primary_limit_is_waited_for_until_a_second_after_its_reset(connected):
    spent = answer(403, LIMIT, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET_IN_90_S})
    there = connected(in_turn(spent, GOOD))
    assert there.get().json() == {"number": 7}
    assert there.clock.sleeps == [91]


def test_the_wait_for_a_reset_is_reckoned_by_the_servers_clock(connected):
    spent = answer(429, LIMIT, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET_IN_90_S,
                                        "date": "Sat, 31 Jan 2026 06:01:00 GMT"})
    there = connected(in_turn(spent, GOOD))
    there.get()
    assert there.clock.sleeps == [31]


def test_a_reset_beyond_max_wait_ends_the_run_and_says_when_to_come_back(connected):
    spent = answer(403, LIMIT, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET_IN_90_S})
    there = connected(in_turn(spent), max_wait=timedelta(minutes=1))
    with pytest.raises(BudgetSpent, match="come back at 2026-01-31T06:01:30Z") as caught:
        there.get()
    assert caught.value.resets_at.isoformat() == "2026-01-31T06:01:30+00:00"
    assert caught.value.exit_code == 3
    assert there.clock.sleeps == []


def test_a_limit_without_any_reset_is_waited_for_by_the_minute_then_given_up(connected):
    spent = answer(403, {"message": "API Rate Limit Exceeded for 192.0.2.1"}, headers={"x-ratelimit-remaining": "0"})
    there = connected(in_turn(spent), max_wait=timedelta(minutes=4))
    with pytest.raises(BudgetSpent, match="at the earliest"):
        there.get()
    assert there.clock.sleeps == [60, 120]


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_is_sat_out_for_as_long_as_it_says(connected, status):
    there = connected(in_turn(answer(status, SECONDARY, headers={"retry-after": "33"}), GOOD))
    assert there.get().json() == {"number": 7}
    assert there.clock.sleeps == [33]


@pytest.mark.parametrize("status", [403, 429])
def test_a_secondary_limit_that_says_nothing_is_sat_out_for_a_minute_then_two(connected, status):
    there = connected(in_turn(answer(status, SECONDARY), answer(status, SECONDARY), GOOD))
    there.get()
    assert there.clock.sleeps == [60, 120]


def test_a_server_that_refuses_for_ever_without_a_wait_is_left_in_the_end(connected):
    there = connected(in_turn(answer(429, SECONDARY, headers={"retry-after": "0"})))
    with pytest.raises(BudgetSpent):
        there.get()
    assert len(there.server.asked) == 6


def test_a_write_refused_by_a_limit_did_not_happen_and_is_sent_again(connected):
    there = connected(in_turn(answer(403, SECONDARY, headers={"retry-after": "5"}), answer(201, {"number": 1})))
    assert there.post().status == 201


def test_a_403_about_rights_is_not_waited_for_even_with_nothing_remaining(connected):
    refused = answer(403, {"message": "Resource not accessible by integration"}, headers={"x-ratelimit-remaining": "0"})
    there = connected(in_turn(refused))
    assert there.get().status == 403
    assert there.clock.sleeps == []
