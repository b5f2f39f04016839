"""Hosted documentation: reachable, and built for what was released."""
from __future__ import annotations

import contextlib
import json
import socket
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.site_lines import SiteLine, parse_site
from repo_vitals.concerns.docs_freshness.site_states import of_docs_rs, of_pages, of_readthedocs, seen
from repo_vitals.concerns.docs_freshness.sites import Hosts, Released, ask
from repo_vitals.report.model import Cost
from repo_vitals.simulator.model import Pages
from repo_vitals.simulator.services import Page, Services, Version
from repo_vitals.sources.crates import Unreadable
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.probe import Prober
from support.simulated import REPOSITORY, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.concerns.docs_freshness.facts import Site
    from repo_vitals.sources.github_connection import GitHub

NOW = datetime(2026, 3, 10, 6, tzinfo=timezone.utc)
DELAY = timedelta(hours=24)
OLD, JUST_NOW = NOW - 3 * DELAY, NOW - DELAY / 2
VERSIONS = "/api/v3/projects/widget/versions/"


def look(lines: list[str], services: Services, *, github: GitHub | None = None, released: Released | None = None,
         ) -> tuple[Site, ...]:
    hosts = Hosts(crates_io=services.url, docs_rs=services.url, readthedocs=services.url,
                  readthedocs_site=services.url + "/")
    return ask([parse_site(line) for line in lines], Prober(allowed={services.host}), github, REPOSITORY,
               released=released or Released(), now=NOW, hosts=hosts, sleep=lambda seconds: None)


def version(name: str, *, built: bool = True, active: bool = True, **more: Any) -> dict[str, Any]:
    return {"slug": name, "verbose_name": name, "built": built, "active": active, "aliases": [], **more}


def listed(*versions: dict[str, Any], following: str | None = None) -> bytes:
    return json.dumps({"count": len(versions), "next": following, "results": list(versions)}).encode()


def readthedocs(*versions: dict[str, Any], expected: str = "1.2.0", at: datetime | None = OLD) -> Site:
    return of_readthedocs("widget", expected, at, 200, listed(*versions), now=NOW, build_delay=DELAY)


@pytest.mark.parametrize(("line", "kind", "name"), [
    ("docs.rs:nu_plugin_ulid", "docs.rs", "nu_plugin_ulid"), ("readthedocs:a-b", "Read the Docs", "a-b"),
    ("pages", "GitHub Pages", ""), ("https://widget.dev/docs/", "address", "")])
def test_a_line_names_what_to_look_at(line: str, kind: str, name: str) -> None:
    parsed = parse_site(line)
    assert (parsed.kind, parsed.name) == (kind, name)


@pytest.mark.parametrize("line", ["docs.rs:", "docs.rs:../x", "readthedocs:A B", "readthedocs:a/b", "ftp://x.dev/",
                                  "https://user:pw@x.dev/", "http://", "", "widget", "pages "])
def test_a_line_of_nothing_that_is_known_is_refused_with_what_is_known(line: str) -> None:
    with pytest.raises(ValueError):
        parse_site(line)


@given(st.text(max_size=40))
def test_whatever_a_line_holds_it_is_parsed_or_refused(line: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_site(line), SiteLine)


@pytest.mark.parametrize(("built", "published", "state"), [
    (True, OLD, "ok"), (True, JUST_NOW, "ok"), (False, OLD, "build failed"), (None, OLD, "build failed"),
    (False, JUST_NOW, "building"), (None, JUST_NOW, "building"), (False, None, "unknown")])
def test_docs_rs_is_held_to_the_released_version_after_a_delay(
        built: bool | None, published: datetime | None, state: str) -> None:
    body = json.dumps({"doc_status": built, "version": "1.2.0"}).encode()
    site = of_docs_rs("my-crate", "1.2.0", published, 200, body, now=NOW, build_delay=DELAY)
    assert (site.state, site.expected) == (state, "1.2.0")
    assert site.url == "https://docs.rs/my-crate/1.2.0/my_crate/"
    assert bool(site.reason) == (state != "ok")


def test_the_whole_way_from_the_registry_to_docs_rs() -> None:
    with Services() as services:
        services.crate("well", Version(number="1.0.0", published=OLD), Version(number="1.1.0", published=OLD))
        services.crate("bad", Version(number="1.1.0", published=OLD, built=False))
        states = {site.name: (site.state, site.expected) for site in look(["docs.rs:well", "docs.rs:bad"], services)}
        assert states == {"docs.rs: well": ("ok", "1.1.0"), "docs.rs: bad": ("build failed", "1.1.0")}
        [lost] = look(["docs.rs:nosuch"], services)
        assert (lost.state, lost.reason) == ("unknown", "crates.io knows no such crate")


@pytest.mark.parametrize("page", [Page(status=503), Page(status=200, body="<html>"), Page(status=200, body="[]"),
                                  Page(status=429), Page(status=200, body='{"crate": 7, "versions": [1]}')])
def test_a_registry_that_fails_leaves_its_site_unknown_and_the_others_alone(page: Page) -> None:
    with Services() as services:
        services.pages["/api/v1/crates/well"] = page
        sites = look(["docs.rs:well", f"{services.url}/"], services)
    assert [site.state for site in sites] == ["unknown", "ok"]


def test_an_address_is_reached_or_not_and_why() -> None:
    with Services() as services:
        services.pages["/gone"] = Page(status=404)
        sites = look([f"{services.url}/", f"{services.url}/gone", "http://127.0.0.1:1/"], services)
    assert [site.state for site in sites] == ["ok", "unreachable", "unknown"]
    assert sites[1].reason == "it answered 404"
    assert "loopback address" in sites[2].reason


def lines_without(error: OSError, *lines: str) -> list[str]:
    """The states where looking any name up ends so."""
    def resolve(host: str, port: int) -> list[str]:
        raise error
    prober = Prober(resolve=resolve)
    return [site.state for site in ask([parse_site(line) for line in lines], prober, None, REPOSITORY,
                                       released=Released(), now=NOW, sleep=lambda seconds: None)]


def test_what_fails_on_this_side_says_nothing_of_a_site() -> None:
    later, nameless = socket.gaierror(socket.EAI_AGAIN, "x"), socket.gaierror(socket.EAI_NONAME, "x")
    lines = ["readthedocs:widget", "https://widget.dev/docs", "docs.rs:widget"]
    assert lines_without(later, *lines) == ["unknown"] * 3
    assert lines_without(nameless, *lines) == ["unknown"] * 3, "several hosts, of which none was reached"
    assert lines_without(nameless, "https://widget.dev/docs") == ["unreachable"]


@pytest.mark.parametrize("name", ["1.2.0", "v1.2.0"])
def test_read_the_docs_has_built_the_release_under_its_tags_name(name: str) -> None:
    site = readthedocs(version("latest"), version(name))
    assert (site.state, site.version) == ("ok", "1.2.0")


def test_stable_counts_as_the_release_that_it_stands_for() -> None:
    stands = version("stable", aliases=[version("v1.2.0")])
    assert readthedocs(stands, version("1.1.0")).state == "ok"
    assert readthedocs(version("stable", ref="v1.2.0"), version("1.1.0")).state == "ok"


def test_a_release_that_is_not_built_or_not_listed_is_told_after_the_delay() -> None:
    unbuilt, other = version("1.2.0", built=False), version("1.1.0")
    assert readthedocs(unbuilt, other).state == "build failed"
    assert readthedocs(unbuilt, other, at=JUST_NOW).state == "building"
    assert readthedocs(other).state == "outdated"
    assert readthedocs(other, at=JUST_NOW).state == "building"
    assert readthedocs(version("1.2.0", active=False), other).state == "outdated"


BRANCH, TAG = {"type": "branch"}, {"type": "tag"}


@pytest.mark.parametrize(("expected", "versions", "state", "shown"), [
    ("8.3.4", [version("latest", **BRANCH), version("8.3.x", **BRANCH), version("8.2.x", **BRANCH)], "ok", "8.3.x"),
    ("5.1.3", [version("5.1.x", **{**BRANCH, "verbose_name": "stable/5.1.x"})], "ok", "5.1.x"),
    ("2.3.0", [version("v2", **TAG), version("v1", **TAG)], "ok", "v2"),
    ("2.3.4", [version("2.3", **BRANCH)], "ok", "2.3"),
    ("2.3.1", [version("2.3", **TAG)], "outdated", ""),
    ("1.0.0", [version("1.0", **TAG)], "ok", "1.0.0"),
    ("1.0.0rc1", [version("v1.0.0-rc.1", **TAG)], "ok", "1.0.0rc1"),
    ("v1.0.0", [version("1.0.0", **TAG)], "ok", "v1.0.0"),
    ("1.0.0", [version("latest", **BRANCH), version("2fa-support", **BRANCH)], "ok", "latest"),
    ("1.0.0", [version("stable", **BRANCH), version("0.9", **TAG)], "unknown", ""),
    ("1.0.0", [version("1.1.0", **TAG)], "unknown", ""),
    ("8.3.4", [version("8.3.x", built=False, **BRANCH)], "build failed", "")])
def test_a_release_is_known_by_its_number_and_by_its_series(
        expected: str, versions: list[dict[str, Any]], state: str, shown: str) -> None:
    site = readthedocs(*versions, expected=expected)
    assert (site.state, site.version) == (state, shown)


def test_a_release_on_the_second_page_of_versions_is_found_and_one_on_none_of_many_is_not_missed() -> None:
    first = listed(version("v1.1.0"), following="https://elsewhere.dev/")
    with Services() as services:
        services.pages[VERSIONS] = Page(body=first.decode())
        [site] = look(["readthedocs:widget"], services, released=Released(version="1.2.0", at=OLD))
        assert (site.state, site.reason) == ("unknown", "it has more versions than were read")
        assert len([path for path in services.asked if "versions" in str(path)]) == 5
    site = of_readthedocs("widget", "1.2.0", OLD, 200, first, listed(version("v1.2.0")), now=NOW, build_delay=DELAY)
    assert site.state == "ok"


@pytest.mark.parametrize(("built", "looked", "state"), [
    (version("1.2.0"), ("ok", ""), "ok"), (version("1.2.0"), ("unreachable", "it answered 500"), "unreachable"),
    (version("1.2.0"), ("unreachable", "it answered 403"), "ok"), (version("1.2.0"), ("unknown", "no way"), "unknown"),
    (version("1.1.0"), ("unreachable", "it answered 500"), "outdated")])
def test_a_site_that_is_built_has_to_answer_too(built: dict[str, Any], looked: Any, state: str) -> None:
    assert seen(readthedocs(built), looked).state == state


def test_an_api_that_does_not_answer_is_not_the_documentation() -> None:
    with Services() as services:
        services.crate("well", Version(number="1.1.0", published=OLD))
        hosts = Hosts(crates_io=services.url, docs_rs="http://127.0.0.1:1", readthedocs="http://127.0.0.1:1",
                      readthedocs_site=services.url + "/")
        lines = [parse_site("readthedocs:widget"), parse_site("docs.rs:well")]
        prober = Prober(allowed={services.host, "127.0.0.1:1"})
        sites = ask(lines, prober, None, REPOSITORY, released=Released(), now=NOW, hosts=hosts)
    assert [site.state for site in sites] == ["unknown", "unreachable"], "docs.rs is its pages' own host"
    assert "did not say what it built" in sites[0].reason


def test_a_project_that_builds_only_branches_is_held_to_these() -> None:
    assert readthedocs(version("latest")).state == "ok"
    assert readthedocs(version("latest", built=False)).state == "build failed"
    assert readthedocs(version("latest", built=False), version("stable")).state == "ok"
    assert readthedocs().state == "unknown"
    assert readthedocs(version("latest"), expected="").state == "ok"


@pytest.mark.parametrize(("status", "said"), [(404, "no such project"), (403, "cloud"), (429, "cloud"), (500, "500")])
def test_read_the_docs_that_does_not_answer_well_is_unknown(status: int, said: str) -> None:
    site = of_readthedocs("widget", "1.0", OLD, status, b"<html>", now=NOW, build_delay=DELAY)
    assert site.state == "unknown"
    assert said in site.reason


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"results": 7}', b'{"results": [{}]}', b"\xff\xfe",
                                  b'{"results": [{"slug": "a", "built": "yes", "active": true}]}', b"[" * 100_000])
def test_an_answer_of_another_shape_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        of_readthedocs("widget", "1.0", OLD, 200, body, now=NOW, build_delay=DELAY)
    with pytest.raises(Unreadable):
        of_docs_rs("widget", "1.0", OLD, 200, body, now=NOW, build_delay=DELAY)


def test_read_the_docs_is_asked_twice_a_project() -> None:
    with Services() as services:
        services.pages[VERSIONS] = Page(body=listed(version("v1.2.0")).decode())
        [site] = look(["readthedocs:widget"], services, released=Released(version="1.2.0", at=OLD))
        assert (site.state, site.expected) == ("ok", "1.2.0")
        assert len(services.asked) == 2, "the list of its versions, and the site itself"


@pytest.fixture
def github(simulated: Callable[..., Any]) -> Callable[..., GitHub]:
    def make(pages: Pages | None, **permissions: str) -> GitHub:
        scene = Scene()
        scene.repository.pages = pages
        simulator = simulated(scene)
        environ = simulator.environment(simulator.token(permissions or {"pages": "read"}))
        return connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta())
    return make


def test_pages_are_built_and_reachable_or_not(github: Callable[..., GitHub]) -> None:
    with Services() as services:
        services.pages["/gone"] = Page(status=404)
        for status, path, state in (("built", "/", "ok"), (None, "/", "ok"), ("errored", "/", "build failed"),
                                    ("building", "/", "building"), ("built", "/gone", "unreachable")):
            [site] = look(["pages"], services, github=github(Pages(html_url=services.url + path, status=status)))
            assert site.state == state
        private = Pages(html_url=services.url + "/gone", public=False)
        assert look(["pages"], services, github=github(private))[0].state == "ok"


def test_pages_need_a_token_and_its_permission_and_say_which(github: Callable[..., GitHub]) -> None:
    with Services() as services:
        assert "token" in look(["pages"], services)[0].reason
        [site] = look(["pages"], services, github=github(Pages(html_url=services.url + "/"), issues="read"))
        assert (site.state, "pages" in site.reason) == ("unknown", True)
        [site] = look(["pages"], services, github=github(None))
        assert (site.state, site.reason[:34]) == ("unknown", "the repository has no GitHub Pages")


def test_pages_without_an_address_that_can_be_asked_are_unknown(github: Callable[..., GitHub]) -> None:
    with Services() as services:
        assert look(["pages"], services, github=github(Pages(html_url="javascript:x")))[0].state == "unknown"


def test_what_a_build_says_goes_before_whether_the_old_one_answers() -> None:
    assert of_pages("errored", "https://a.dev/", ("unreachable", "it answered 404")).state == "build failed"
