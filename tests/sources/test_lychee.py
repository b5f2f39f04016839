"""lychee, run for real against servers on this machine: where it is found, what it is told, what its answers mean."""
from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources import extras, lychee
from repo_vitals.sources.guarded_proxy import GuardedProxy
from repo_vitals.sources.host_rest import rest_of
from repo_vitals.sources.lychee import LinkAnswer, NoLychee, Pace, ask, find
from repo_vitals.sources.probe import Prober
from repo_vitals.sources.web_url import WebUrl, parse_url
from support.scripted_server import Asked, ScriptedServer, Step, answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

QUICK = Pace(timeout=1, retries=0, interval=0.001, total=30)


def resolve(host: str, port: int) -> list[str]:
    if "such" in host:
        raise socket.gaierror(socket.EAI_NONAME, "not found")
    return [host]


def page(asked: Asked) -> Step:
    last = asked.path.partition("?")[0].rpartition("/")[2]
    status = int(last) if last.isdigit() else 200
    moved = {"location": "/200"} if status in (301, 302, 308) else {}
    return answer(status, body=b"<p>here", headers={"content-type": "text/html", **moved},
                  before=3 if "slow" in asked.path else 0)


@pytest.fixture
def site() -> Iterator[ScriptedServer]:
    with ScriptedServer(page) as server:
        yield server


@pytest.fixture(scope="module")
def program() -> Path:
    try:
        return find({})
    except NoLychee as error:
        pytest.skip(str(error))


def told(site: ScriptedServer, program: Path, *paths: str, pace: Pace = QUICK, environ: Mapping[str, str] | None = None,
         **options: Any) -> dict[str, LinkAnswer]:
    urls = {path: parse_url(path if path.startswith("http") else site.url + path) for path in paths}

    def guard() -> GuardedProxy:
        return GuardedProxy(allowed={f"127.0.0.1:{site.port}"}, upstream=lambda url: None, resolve=resolve)
    answers = ask(list(urls.values()), program, environ=environ or {}, pace=pace, guard=guard, rest=lambda url: None,
                  **options)
    return {path: answers[url] for path, url in urls.items() if url in answers}


def test_each_links_status_is_told(site: ScriptedServer, program: Path) -> None:
    paths = [f"/{status}" for status in (200, 204, 401, 403, 404, 410, 429, 500, 503)]
    answers = told(site, program, *paths)
    assert {path: answers[path].status for path in paths} == {path: int(path[1:]) for path in paths}


def test_where_a_link_has_moved_for_good_is_told_and_not_where_it_leads_for_now(
        site: ScriptedServer, program: Path) -> None:
    answers = told(site, program, "/301", "/302", "/308")
    assert {path: answer.moved_to for path, answer in answers.items()} == {
        "/301": f"{site.url}/200", "/302": "", "/308": f"{site.url}/200"}
    assert {answer.status for answer in answers.values()} == {200}


def test_a_host_that_does_not_exist_an_address_of_ours_and_silence_are_told_apart(
        site: ScriptedServer, program: Path) -> None:
    answers = told(site, program, "http://no-such-host.org/", "https://no-such-host.org/", "http://10.0.0.1/",
                   f"http://127.0.0.1:{site.port + 1}/", "/slow/200", "https://192.168.1.1/admin")
    assert answers["http://no-such-host.org/"].is_nameless
    assert answers["https://no-such-host.org/"].is_nameless
    assert answers["http://10.0.0.1/"].refused == "a private address"
    assert answers["https://192.168.1.1/admin"].refused == "a private address"
    assert answers[f"http://127.0.0.1:{site.port + 1}/"].refused == "a loopback address"
    assert (answers["/slow/200"].status, answers["/slow/200"].refused) == (None, "")


def test_a_redirect_to_this_machines_network_is_not_followed(program: Path) -> None:
    with ScriptedServer(lambda asked: answer(200)) as inside, ScriptedServer(
            lambda asked: answer(302, headers={"location": f"{inside.url}/latest/meta-data"})) as outside:
        assert told(outside, program, "/x")["/x"].status != 200
    assert inside.asked == []


@pytest.mark.parametrize("path", ["/a%22--help/200", "/a?b=<script>&c=%27x", "/-/200", "/%0A%0D/200", "/ä/200"])
def test_nothing_of_a_link_is_taken_for_markup_or_an_option(site: ScriptedServer, program: Path, path: str) -> None:
    assert told(site, program, path)[path].status is not None
    assert [parse_url(site.url + asked.path) for asked in site.asked] == [parse_url(site.url + path)]


def test_the_folder_and_the_environment_of_the_caller_change_nothing(
        site: ScriptedServer, program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lychee.toml").write_text('exclude = ["."]\n')
    (tmp_path / ".lycheeignore").write_text(".*\n")
    monkeypatch.chdir(tmp_path)
    environ = {"HOME": str(tmp_path), "GITHUB_TOKEN": "ghs_secret", "LYCHEE_CONFIG": str(tmp_path / "lychee.toml")}
    assert told(site, program, "/200", environ=environ)["/200"].status == 200
    assert "ghs_secret" not in repr(site.asked)
    assert "+https://github.com/nushell-works/repo-vitals" in site.asked[0].headers["user-agent"]


def hosts(*names: str) -> GuardedProxy:
    """Names that lead to this machine."""
    return GuardedProxy(allowed=set(names), resolve=lambda host, port: ["127.0.0.1"], upstream=lambda url: None)


@pytest.mark.parametrize(("worse", "most"), [
    (answer(429), 3), (answer(429, headers={"retry-after": "3600"}), 1), (answer(200, before=30), 3)],
    ids=["limits", "limits for an hour", "is silent"])
def test_a_host_that_limits_or_swallows_requests_is_left_and_the_others_are_asked(
        program: Path, worse: Step, most: int) -> None:
    prober = Prober(allowed={"bad.dev"}, resolve=lambda host, port: ["127.0.0.1"])
    with ScriptedServer(lambda asked: worse if "bad" in asked.headers["host"] else answer(404)) as server:
        bad = [parse_url(f"http://bad.dev:{server.port}/{number}") for number in range(9)]
        good = [parse_url(f"http://good.dev:{server.port}/{number}") for number in range(4)]
        answers = ask([*bad, *good], program, environ={}, pace=Pace(timeout=1, interval=0.01, total=20),
                      guard=lambda: hosts("bad.dev", "good.dev"), rest=lambda url: rest_of(url, prober))
    assert {answers[url].status for url in good} == {404}
    assert answers[bad[0]].rest == (None if most > 1 else ("bad.dev", 3600.0))
    assert sum("bad" in asked.headers["host"] for asked in server.asked) <= most + 1
    assert {url: answers[url].status in (429, None) for url in bad if url in answers} == dict.fromkeys(bad[:most], True)


def test_what_was_asked_before_the_time_was_over_is_told(program: Path) -> None:
    with ScriptedServer(lambda asked: answer(200, before=30 if "slow" in asked.path else 0)) as server:
        urls = [parse_url(f"http://good.dev:{server.port}/{path}") for path in ("a", "slow", "b")]
        answers = ask(urls, program, environ={}, pace=Pace(timeout=20, interval=0.01, total=2),
                      guard=lambda: hosts("good.dev"))
    assert [url.path for url in answers] == ["/a"]


def test_what_the_proxy_answers_is_not_told_as_the_sites_answer(program: Path) -> None:
    inside = iter(["http://10.0.0.1/", "http://no-such-host.org/"])
    with ScriptedServer(lambda asked: answer(302, headers={"location": next(inside)})) as server:
        first, second = (told(server, program, path)[path] for path in ("/a", "/b"))
    assert (first.status, first.said) == (None, "it redirects to an address that is not visited")
    assert (second.status, second.is_nameless, second.said) == (
        None, False, "it redirects to a host that does not exist")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    [refused] = ask([parse_url(f"http://shut.dev:{port}/")], program, environ={}, pace=QUICK,
                    guard=lambda: hosts("shut.dev")).values()
    assert (refused.status, refused.said) == (None, "no connection could be made")


def test_where_no_name_can_be_looked_up_nothing_was_checked(program: Path) -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "not found")
    with pytest.raises(CouldNotMeasure, match="none of the hosts has a name here"):
        ask([parse_url("https://sample.dev/")], program, environ={}, pace=QUICK,
            guard=lambda: GuardedProxy(resolve=nothing, upstream=lambda url: None))


def test_a_host_that_lychee_passes_over_is_told(site: ScriptedServer, program: Path) -> None:
    assert told(site, program, "https://twitter.com/x")["https://twitter.com/x"].is_passed_over


def fake(folder: Path, script: str) -> Path:
    path = folder / "lychee"
    path.write_text(f"#!{sys.executable}\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script")
@pytest.mark.parametrize("script", [
    "import sys; sys.exit('panicked')", "pass", "open('answers.json', 'w').write('{')",
    "open('answers.json', 'w').write('[' * 100000)", "open('answers.json', 'wb').write(bytes([255, 254]))",
    "open('answers.json', 'w').write('[]')",
    "import sys; print('error: unexpected argument', file=sys.stderr); sys.exit(2)",
    "open('answers.json', 'w').write('{\"error_map\": {\"x\": [7]}}')"])
def test_a_lychee_that_does_not_do_its_work_is_one_line(tmp_path: Path, script: str) -> None:
    with pytest.raises(CouldNotMeasure, match="lychee") as caught:
        ask([parse_url("https://example.org/")], fake(tmp_path, script), environ={}, pace=QUICK)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a script")
def test_one_on_path_is_taken_but_none_of_the_working_folder_and_none_of_a_relative_one(tmp_path: Path) -> None:
    own, strange = tmp_path / "own", tmp_path / "checkout" / "bin"
    for folder in (own, strange):
        folder.mkdir(parents=True)
        fake(folder, "")
    outside = [tmp_path / "checkout"]
    assert find({"PATH": f"bin:.::{strange}:{own}"}, outside=outside) == own / "lychee"
    try:
        found = find({"PATH": f"bin:{strange}"}, outside=outside)
    except NoLychee:
        return
    assert not found.is_relative_to(tmp_path)


def test_windows_way_of_looking_into_the_working_folder_first_is_not_taken(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strange, own = tmp_path / "checkout", tmp_path / "own"
    for folder in (strange, own):
        folder.mkdir()
    for name in ("lychee.exe", "lychee"):
        (strange / name).touch(mode=0o755)
    monkeypatch.chdir(strange)
    monkeypatch.setenv("PATHEXT", ".exe")
    monkeypatch.setattr(sys, "platform", "win32")
    assert lychee._on_path({"PATH": str(own)}, [strange]) is None


def test_where_there_is_none_and_none_can_be_had_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lychee, "_beside_us", lambda: None)
    monkeypatch.setattr(extras, "BOOTSTRAP", Path("/nowhere/bootstrap.py"))
    with pytest.raises(NoLychee, match="not on PATH"):
        find({})


def test_nothing_is_started_for_no_links(tmp_path: Path) -> None:
    empty: dict[WebUrl, LinkAnswer] = ask([], tmp_path / "nowhere", environ={})
    assert empty == {}
