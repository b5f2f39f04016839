"""The client of deps.dev, against servers that answer anything at all."""
from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.report.model import Cost
from repo_vitals.simulator.deps_dev import DepsDevSimulator, Known, KnownProject
from repo_vitals.sources.credentials import NoSecret
from repo_vitals.sources.deps_dev import AdvisoryDetail, DepsDev, PackageVersion, ProjectDetail, VersionDetail
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.http import Request
from repo_vitals.sources.http_wire import Timeouts
from support.scripted_server import ScriptedServer, answer, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLISHED = datetime(2025, 3, 4, 5, 6, 7, tzinfo=timezone.utc)


@contextmanager
def client(
    address: str, *, cost: Cost | None = None, slept: list[float] | None = None, pause: float = 0
) -> Iterator[DepsDev]:
    connection = connect(token="ghs_secret", environ={}, cost=cost or Cost(), max_wait=timedelta(seconds=5),
                         sleep=lambda _: None, timeouts=Timeouts(connect=2, read=2, total=4))
    made = DepsDev(connection.transport, address, pause=pause, sleep=([] if slept is None else slept).append)
    try:
        yield made
    finally:
        made.close()


def test_every_question_has_its_answer() -> None:
    known = Known()
    package = known.package("npm", "@scope/thing", {"1.0.0": PUBLISHED, "2.0.0-rc.1": None}, default="1.0.0",
                            licenses=("MIT", "non-standard"), project="github.com/acme/thing")
    package.versions[0].advisories = ("GHSA-aaaa-bbbb-cccc",)
    package.versions[0].deprecated = True
    known.projects["github.com/acme/thing"] = KnownProject(id="github.com/acme/thing", maintained=3)
    known.projects["github.com/acme/bare"] = KnownProject(id="github.com/acme/bare")
    known.advisories |= {"GHSA-aaaa-bbbb-cccc": 7.5, "GHSA-none": None}
    known.aliases["GHSA-aaaa-bbbb-cccc"] = ["CVE-2026-1", "no id"]
    with DepsDevSimulator(known) as server, client(server.url + "/") as deps_dev:
        assert deps_dev.versions("npm", "@scope/thing") == [
            PackageVersion(version="1.0.0", published_at=PUBLISHED, is_default=True, is_deprecated=True),
            PackageVersion(version="2.0.0-rc.1", published_at=None, is_default=False, is_deprecated=None)]
        assert deps_dev.version("npm", "@scope/thing", "1.0.0") == VersionDetail(
            licenses=("MIT", "non-standard"), advisories=("GHSA-aaaa-bbbb-cccc",), is_deprecated=True,
            project="github.com/acme/thing")
        assert deps_dev.project("github.com/acme/thing") == ProjectDetail(maintained=3, is_archived=False)
        assert deps_dev.project("github.com/acme/bare") == ProjectDetail(maintained=None, is_archived=False)
        assert deps_dev.advisory("GHSA-aaaa-bbbb-cccc") == AdvisoryDetail(
            score=7.5, aliases=("CVE-2026-1",), standing="vulnerability")
        assert deps_dev.advisory("GHSA-none") == AdvisoryDetail(score=None, aliases=(), standing="vulnerability")
        for nothing in (deps_dev.versions("cargo", "nothing"), deps_dev.version("npm", "@scope/thing", "3.0.0"),
                        deps_dev.project("github.com/acme/none"), deps_dev.advisory("GHSA-x")):
            assert nothing is None


@pytest.mark.parametrize(("advisory", "score", "title", "standing"), [
    ("RUSTSEC-1", None, "`ansi_term` is Unmaintained", "informational"),
    ("RUSTSEC-1", None, "term is looking for a new maintainer", "vulnerability"),
    ("RUSTSEC-1", None, "serde_cbor is no longer maintained", "informational"),
    ("RUSTSEC-1", 7.5, "a is unmaintained", "vulnerability"),
    ("GHSA-1", None, "a is unmaintained", "vulnerability"),
    ("RUSTSEC-1", None, "Unmaintained sockets are read after free", "vulnerability"),
    ("GHSA-1", 9.8, "Withdrawn Advisory: a flaw in a", "withdrawn"),
    ("GHSA-1", 9.8, "Duplicate Advisory: a flaw in a", "withdrawn"),
    ("GHSA-1", 9.8, "A withdrawn advisory: is read twice", "vulnerability"),
])
def test_an_advisorys_title_tells_that_it_was_withdrawn_or_is_a_notice(
    advisory: str, score: float | None, title: str, standing: str,
) -> None:
    known = Known(advisories={advisory: score}, titles={advisory: title})
    with DepsDevSimulator(known) as server, client(server.url) as deps_dev:
        found = deps_dev.advisory(advisory)
    assert found is not None
    assert found.standing == standing


@pytest.mark.parametrize("name", ["../../projects/x", "a/b", "a?b=c", "a#b", "..", "a%2fb", "a b", "é", "a\r\nHost: x"])
def test_no_name_becomes_a_path_a_query_or_a_header(name: str) -> None:
    with ScriptedServer(in_turn(answer(404))) as server, client(server.url) as deps_dev:
        assert deps_dev.version("npm", name, name) is None
        # What no encoding could keep from leading elsewhere is not asked at all.
        assert len(server.asked) == (name != "..")
        for asked in server.asked:
            assert asked.path.startswith("/v3/systems/npm/packages/")
            assert asked.path.count("/") == 7
            assert "?" not in asked.path
            assert asked.headers.get("host", "").startswith("127.0.0.1")


def test_no_token_goes_along_and_every_request_is_counted() -> None:
    cost = Cost()
    with ScriptedServer(in_turn(answer(503), answer(content={"versions": []}))) as server, \
            client(server.url, cost=cost) as deps_dev:
        assert deps_dev.versions("npm", "a") == []
    assert (cost.requests, cost.retries) == (2, 1)
    assert all("authorization" not in asked.headers and "ghs_secret" not in str(asked) for asked in server.asked)


def test_not_even_at_githubs_own_address_does_a_token_go_along() -> None:
    with ScriptedServer(in_turn(answer(content={}))) as server:
        connection = connect(token="ghs_secret", environ={"GITHUB_API_URL": server.url}, cost=Cost(),
                             max_wait=timedelta(seconds=5))
        without = connection.transport.without_token()
        try:
            without.send(Request(method="GET", url=f"{server.url}/user"))
        finally:
            without.close()
    assert "authorization" not in server.asked[0].headers


def test_the_place_of_the_token_reveals_nothing() -> None:
    secret = NoSecret()
    assert (str(secret), secret.scrub("text"), secret.shown("a\nb")) == ("Secret(***)", "text", "a b")
    with pytest.raises(RuntimeError):
        secret.reveal()


def test_requests_keep_their_distance() -> None:
    slept: list[float] = []
    with ScriptedServer(in_turn(answer(404))) as server, client(server.url, slept=slept, pause=30) as deps_dev:
        for _ in range(3):
            deps_dev.versions("npm", "a")
    assert len(slept) == 2
    assert all(29 < seconds <= 60 for seconds in slept)


@pytest.mark.parametrize("content", [
    {}, [], {"versions": {}}, {"versions": [{}]}, {"versions": [{"versionKey": {"version": 1}}]}, {"versions": [None]},
    {"versions": [{"versionKey": {"version": "1"}, "publishedAt": "soon"}]},
    {"versions": [{"versionKey": {"version": "1"}, "publishedAt": 5}]},
])
def test_an_answer_of_another_shape_is_not_believed(content: Any) -> None:
    with ScriptedServer(in_turn(answer(content=content))) as server, client(server.url) as deps_dev, \
            pytest.raises(CouldNotMeasure, match="not what its API describes"):
        deps_dev.versions("npm", "a")


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: one.version("npm", "a", "1"),
        lambda one: one.project("github.com/a/b"),
        lambda one: one.advisory("x"),
    ],
)
@pytest.mark.parametrize("content", [{}, [], {"versionKey": 1, "projectKey": 1, "advisoryKey": 1}, {
    "versionKey": {"version": "1"}, "licenses": [1], "projectKey": {"id": "x"}, "scorecard": {"checks": 1},
    "advisoryKey": {"id": 1}}])
def test_so_it_is_with_every_question(ask: Callable[[DepsDev], Any], content: Any) -> None:
    with ScriptedServer(in_turn(answer(content=content))) as server, client(server.url) as deps_dev, \
            pytest.raises(CouldNotMeasure, match="not what its API describes"):
        ask(deps_dev)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "answered 401"),
        (403, "answered 403"),
        (418, "answered 418"),
        (204, "answered 204"),
        (500, "it answered 500"),
        (429, "asks to come back later"),
    ],
)
def test_a_refusal_says_who_refused_and_is_one_line(status: int, words: str) -> None:
    headers = {"retry-after": "9999"} if status == 429 else {}
    with ScriptedServer(in_turn(answer(status, body=b"<html>no</html>", headers=headers))) as server, \
            client(server.url) as deps_dev, pytest.raises(CouldNotMeasure, match=words) as told:
        deps_dev.versions("npm", "a")
    assert "\n" not in str(told.value)
    assert "GitHub" not in str(told.value)
