"""Links to github.com that it shows to members only, or not now."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.docs_freshness.external_check import Means, _of_github
from repo_vitals.concerns.docs_freshness.github_links import doubtful, settled
from repo_vitals.report.model import Cost
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.lychee import LinkAnswer
from repo_vitals.sources.repository_visibility import visibility
from repo_vitals.sources.web_url import parse_url
from support.simulated import REPOSITORY, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.sources.github_connection import GitHub


def told(path: str, status: int, **found: Any) -> LinkAnswer:
    """What becomes of one answer; `found`: how the repository acme/widget is seen."""
    url = parse_url(f"https://github.com{path}")
    return settled({url: LinkAnswer(status=status)}, {"acme/widget": found["seen"]} if found else {})[url]


@pytest.mark.parametrize(("path", "status", "seen", "becomes"), [
    ("/Acme/Widget", 404, "private", 200), ("/acme/widget.git/", 404, "private", 200),
    ("/acme/widget", 429, "public", 200), ("/acme/widget", 404, None, 404), ("/acme/widget", 429, None, 429),
    ("/acme/widget/issues", 404, "private", None), ("/acme/widget/issues", 429, "private", None),
    ("/acme/widget/blob/main/gone.md", 404, "public", 404), ("/acme/widget/issues", 404, None, 404),
    ("/acme/widget/issues", 403, "private", 403), ("/acme", 404, "private", 404)])
def test_a_private_repository_is_there_and_its_pages_can_not_be_told(
        path: str, status: int, seen: str | None, becomes: int | None) -> None:
    assert told(path, status, seen=seen).status == becomes


def test_what_github_could_not_be_asked_about_is_not_gone() -> None:
    assert told("/acme/widget", 404).status is None
    assert told("/acme/widget", 429).status == 429


def test_each_repository_is_asked_about_once_and_none_of_another_host() -> None:
    urls = [f"https://{at}/{number}" for number in range(2) for at in
            ("github.com/Acme/widget", "www.github.com/acme/Widget", "github.com.evil.dev/a/b", "github.com/..")]
    answers = {parse_url(url): LinkAnswer(status=404) for url in urls}
    assert doubtful(answers) == ["acme/widget"]


@pytest.fixture
def github(simulated: Callable[..., Any]) -> GitHub:
    scene = Scene()
    scene.repository.private = True
    simulator = simulated(scene)
    environ = simulator.environment(simulator.token({"metadata": "read"}))
    return connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta())


def test_one_question_tells_of_all_repositories(github: GitHub) -> None:
    assert visibility(github.graphql, [REPOSITORY, "nobody/nothing"]) == {
        REPOSITORY: "private", "nobody/nothing": None}
    assert github.transport.cost.requests == 1
    assert visibility(github.graphql, []) == {}


def test_a_github_that_refuses_leaves_its_links_unverified_with_a_note(simulated: Callable[..., Any]) -> None:
    environ = simulated(Scene()).environment("no-such-token")
    refused = connect(token="no-such-token", environ=environ, cost=Cost(), max_wait=timedelta())
    url, notes = parse_url("https://github.com/acme/widget"), []
    found = _of_github({url: LinkAnswer(status=404)}, Means(environ={}, github=refused), notes)
    assert (found[url].status, len(notes)) == (None, 1)
