"""Links to other hosts from run to run, with the real lychee and a history in a folder."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.docs_freshness import external_check
from repo_vitals.concerns.docs_freshness.external_check import Checked, Means, check
from repo_vitals.concerns.docs_freshness.external_links import Rule, external
from repo_vitals.delivery.history import InFolder
from repo_vitals.sources import lychee
from repo_vitals.sources.guarded_proxy import GuardedProxy
from repo_vitals.sources.history import History
from repo_vitals.sources.host_rest import rest_of
from repo_vitals.sources.lychee import NoLychee, Pace
from repo_vitals.sources.probe import Prober
from support.scripted_server import ScriptedServer, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.sources.web_url import WebUrl

START = datetime(2026, 3, 1, 6, tzinfo=timezone.utc)
DAY = timedelta(days=1)


class Site:
    """A host whose pages come and go."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.limited: set[str] = set()
        self.wait: dict[str, str] = {}      # what it says to whom it limits

    def __enter__(self) -> Site:
        self._server = ScriptedServer(lambda asked: answer(
            404 if asked.path in self.gone else 429 if asked.path in self.limited else 200, body=b".",
            headers=self.wait if asked.path in self.limited else {}))
        self._server.__enter__()
        self.url = self._server.url.replace("127.0.0.1", "pages.dev")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @property
    def asked(self) -> list[str]:
        """Paths asked for since the last look."""
        found = sorted(asked.path for asked in self._server.asked)
        self._server.asked.clear()
        return found

    def guard(self) -> GuardedProxy:
        """Its name leads to this machine, which is allowed for it alone."""
        return GuardedProxy(allowed={"pages.dev"}, resolve=lambda host, port: ["127.0.0.1"], upstream=lambda url: None)

    def rest(self, url: WebUrl) -> tuple[str, float] | None:
        """For how long it wants to be left alone, as anybody may ask it."""
        return rest_of(url, Prober(allowed={"pages.dev"}, resolve=lambda host, port: ["127.0.0.1"]))


@pytest.fixture
def site() -> Iterator[Site]:
    try:
        lychee.find({})
    except NoLychee as error:
        pytest.skip(str(error))
    with Site() as running:
        yield running


def run(site: Site, folder: Path | None, *paths: str, day: float, rule: Rule | None = None) -> Checked:
    links = [external("README.md", line, site.url + path) for line, path in enumerate(paths, 1)]
    place = InFolder(folder) if folder else None
    history = place.history() if place else History()
    means = Means(environ={}, pace=Pace(timeout=5, retries=0, interval=0.001, total=30), guard=site.guard,
                  rest=site.rest)
    found = check(links, repository="Acme/Widget", history=history, now=START + day * DAY, rule=rule or Rule(),
                  means=means)
    if place:
        place.write(history, at=START)
    return found


def test_a_link_goes_from_ok_to_suspect_to_broken_and_back(site: Site, tmp_path: Path) -> None:
    assert [link.state for link in run(site, tmp_path, "/a", "/b", day=0).links] == ["ok", "ok"]
    site.gone.add("/a")
    states = [run(site, tmp_path, "/a", "/b", day=day).links[0].state for day in (7, 8, 9, 10)]
    assert states == ["unverified", "unverified", "unverified", "broken"]
    site.gone.clear()
    assert run(site, tmp_path, "/a", "/b", day=11).links[0].state == "ok"


def test_what_was_well_is_not_asked_for_again_within_a_week(site: Site, tmp_path: Path) -> None:
    site.gone.add("/b")
    run(site, tmp_path, "/a", "/b", day=0)
    assert site.asked == ["/a", "/b"]
    again = run(site, tmp_path, "/a", "/b", day=1)
    assert site.asked == ["/b"]
    assert (again.asked, again.links[0].state) == (1, "ok")


def test_runs_over_different_documents_share_one_ledger(site: Site, tmp_path: Path) -> None:
    site.gone |= {"/a", "/b"}
    states = [run(site, tmp_path, "/a" if day % 2 else "/b", day=day).links[0].state for day in range(8)]
    assert states[-2:] == ["broken", "broken"]


def test_more_links_than_a_run_asks_for_have_their_turn_later_and_a_note_says_so(site: Site, tmp_path: Path) -> None:
    found = run(site, tmp_path, "/a", "/b", "/c", day=0, rule=Rule(most=2))
    assert [link.state for link in found.links] == ["ok", "ok", "unverified"]
    assert found.links[2].reason.startswith("its turn has not come")
    assert found.notes[0].startswith("1 of 3 links to other hosts that are due were not asked for: there are more than")
    assert run(site, tmp_path, "/a", "/b", "/c", day=1, rule=Rule(most=2)).links[2].state == "ok"


def test_a_host_that_limits_requests_keeps_no_other_link_from_its_turn(site: Site, tmp_path: Path) -> None:
    site.limited = {f"/{letter}" for letter in "abcd"}
    paths = [f"/{letter}" for letter in "abcdefgh"]
    first = run(site, tmp_path, *paths, day=0)
    assert (first.asked, first.notes[0][:6]) == (3, "5 of 8")
    states = [[link.state for link in run(site, tmp_path, *paths, day=day).links] for day in (1, 2)]
    assert states[-1][4:] == ["ok"] * 4
    assert set(states[-1][:4]) == {"unverified"}


def test_a_host_is_left_alone_by_later_runs_until_it_wants_to_be_asked_and_its_links_keep_what_they_were(
        site: Site, tmp_path: Path) -> None:
    run(site, tmp_path, "/a", "/b", day=0)
    site.gone.add("/b")
    for day in (7, 8, 9, 10):
        run(site, tmp_path, "/a", "/b", day=day)
    site.limited, site.wait = {"/a", "/b", "/c"}, {"retry-after": "3600"}
    site.gone.clear()
    assert len(site.asked) == 7
    run(site, tmp_path, "/b", day=11)
    assert site.asked == ["/b", "/b"], "by lychee, and for how long"
    found = run(site, tmp_path, "/a", "/b", "/c", day=11 + 0.9 / 24)
    assert site.asked == []
    assert [link.state for link in found.links] == ["ok", "broken", "unverified"]
    assert found.links[2].reason == "its host asked to be left alone until 2026-03-12T07:00:00Z"
    assert found.notes[0].startswith("2 of the links to other hosts that are due were not asked for: their hosts told")
    site.limited.clear()
    assert [link.state for link in run(site, tmp_path, "/b", "/c", day=11 + 1.1 / 24).links] == ["ok", "ok"]


def test_without_a_history_nothing_is_broken_and_a_note_says_what_it_takes(site: Site) -> None:
    site.gone.add("/a")
    found = run(site, None, "/a", day=0)
    assert found.links[0].state == "unverified"
    assert "history" in found.notes[0]


def test_where_there_is_no_lychee_links_keep_what_was_known_and_the_others_are_unverified(
        site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(site, tmp_path, "/a", day=0)

    def none(*_: object, **__: object) -> Path:
        raise NoLychee("lychee is not on PATH")
    monkeypatch.setattr(lychee, "find", none)
    found = run(site, tmp_path, "/a", "/new", day=8)
    assert [link.state for link in found.links] == ["ok", "unverified"]
    assert found.notes == ("links to other hosts were not checked: lychee is not on PATH",)
    assert found.asked == 0


def test_a_damaged_ledger_is_written_anew_and_one_of_a_later_version_left_alone(site: Site, tmp_path: Path) -> None:
    run(site, tmp_path, "/a", day=0)
    path = tmp_path / "docs-freshness" / "acme" / "widget" / "links.json"
    good = path.read_text()
    path.write_text(good.replace("null", "1", 1))
    assert "written anew" in run(site, tmp_path, "/a", day=0).notes[0]
    assert path.read_text() == good
    later = good.replace('"schema_version":1', '"schema_version":99')
    path.write_text(later)
    assert "left as it is" in run(site, tmp_path, "/a", day=0).notes[0]
    assert path.read_text() == later


def test_nothing_is_looked_for_or_written_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external_check, "_asked", lambda due, most, means, notes: ({}, ""))
    place = InFolder(tmp_path)
    history = place.history()
    found = check([], repository="acme/widget", history=history, now=START, rule=Rule(), means=Means(environ={}))
    assert (found.links, found.notes, history.is_changed) == ([], (), False)
