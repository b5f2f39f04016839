"""Hosted documentation: reachable, and built for what was released."""
from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.site_lines import SiteLine, parse_site
from repo_vitals.concerns.docs_freshness.site_states import of_docs_rs, of_pages, of_readthedocs
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
    hosts = Hosts(crates_io=services.url, docs_rs=services.url, readthedocs=services.url)
    return ask([parse_site(line) for line in lines], Prober(allowed={services.host}), github, REPOSITORY,
               released=released or Released(), now=NOW, hosts=hosts, sleep=lambda seconds: None)


def version(name: str, *, built: bool = True, active: bool = True, **more: Any) -> dict[str, Any]:
    return {"slug": name, "verbose_name": name, "built": built, "active": active, "aliases": [], **more}


def listed(*versions: dict[str, Any]) -> bytes:
    return json.dumps({"count": len(versions), "next": None, "results": list(versions)}).encode()


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
    assert [site.state for site in sites] == ["ok", "unreachable", "unreachable"]
    assert sites[1].reason == "it answered 404"
    assert "loopback address" in sites[2].reason


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


def test_read_the_docs_is_asked_once_a_project() -> None:
    with Services() as services:
        services.pages[VERSIONS] = Page(body=listed(version("v1.2.0")).decode())
        [site] = look(["readthedocs:widget"], services, released=Released(version="1.2.0", at=OLD))
        assert (site.state, site.expected) == ("ok", "1.2.0")
        assert len(services.asked) == 1


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
        assert (site.state, site.reason[:34]) == ("unreachable", "the repository has no GitHub Pages")


def test_pages_without_an_address_that_can_be_asked_are_unknown(github: Callable[..., GitHub]) -> None:
    with Services() as services:
        assert look(["pages"], services, github=github(Pages(html_url="javascript:x")))[0].state == "unknown"


def test_what_a_build_says_goes_before_whether_the_old_one_answers() -> None:
    assert of_pages("errored", "https://a.dev/", reached="it answered 404").state == "build failed"
