"""A shallow checkout whose history can't be fetched: GitHub is asked about the documents."""
from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.facts import Document
from repo_vitals.concerns.docs_freshness.past import Past, PastPolicy, ask_git
from repo_vitals.config.declare import Surroundings
from repo_vitals.report.model import Cost
from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.github_connection import connect
from support.checkouts import Repository
from support.simulated import NOW, REPOSITORY, Scene

if TYPE_CHECKING:
    from pathlib import Path

PATHS = ("a.md", "b.md", "é.md", "never.md")


def past_of(tmp_path: Path, simulated: Any, *, known: bool = True, token: dict[str, str] | None = None,
            ) -> tuple[Past, int]:
    """What a depth-1 checkout of five files comes to; and the requests that it took."""
    made = Repository(tmp_path / "made")
    made.commit(dict.fromkeys(PATHS, "one"))
    made.commit({"x.py": "1"})
    shallow = made.clone(tmp_path / "clone", depth=1)
    scene = Scene()
    for hours, name, paths in ((-900, "Ann", ("a.md", "b.md", "é.md")), (-500, "Bo", ("a.md", "b.md")),
                               (-400, "renovate[bot]", ("b.md", "é.md")), (-1, "Ann", ("x.py",))):
        scene.state.commit(scene.repository, scene.when(hours), email="a@example.org", name=name, paths=paths)
    if known:
        scene.repository.commits[0].oid = made.git("rev-parse", "HEAD")
    simulator = simulated(scene)
    environ = {**simulator.environment(),
               **({} if token is None else {"GITHUB_TOKEN": simulator.token(token)})}
    cost = Cost()
    github = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=cost, max_wait=timedelta(seconds=5))
    documents = {path: Document(path=path, format="markdown") for path in PATHS}
    past = ask_git(documents, {}, Checkout(shallow.folder, os.environ), policy=PastPolicy(), now=NOW, github=github,
                   repository=REPOSITORY, surroundings=Surroundings(environ=dict(os.environ)))
    return past, cost.requests


def days(past: Past) -> dict[str, float | None]:
    return {path: None if age.changed is None else (NOW - age.changed.at).total_seconds() / 3600
            for path, age in past.ages.items()}


def test_one_request_tells_all_and_bots_do_not_count(tmp_path: Path, simulated: Any) -> None:
    past, requests = past_of(tmp_path, simulated)
    assert days(past) == {"a.md": 500, "b.md": 500, "é.md": 900, "never.md": None}
    assert requests == 1
    assert past.notes[-1] == ("GitHub was asked for the history of 4 documents, where moves and changes of form count "
                              "as changes (set `fetch-depth: 0` in actions/checkout)")


def test_a_commit_that_github_lacks_leaves_ages_unknown(tmp_path: Path, simulated: Any) -> None:
    past, _ = past_of(tmp_path, simulated, known=False)
    assert set(days(past).values()) == {None}
    assert past.ages["a.md"].unchanged_since == datetime(2026, 1, 30, 6, tzinfo=timezone.utc)


def test_a_token_that_may_not_ask_leaves_ages_unknown_and_is_noted(tmp_path: Path, simulated: Any) -> None:
    past, _ = past_of(tmp_path, simulated, token={"issues": "read"})
    assert set(days(past).values()) == {None}
    assert past.notes[-1].startswith("GitHub could not be asked for the history of 4 documents: ")
    assert "contents: read" in past.notes[-1]


def test_the_history_of_a_private_repository_is_fetched_with_the_token_and_nothing_else_is_asked(
    tmp_path: Path, simulated: Any, monkeypatch: Any,
) -> None:
    made = Repository(tmp_path / "made")
    first = made.commit({"a.md": "one two"})
    made.commit({"a.md": "one\ntwo\n"})
    scene = Scene(private=True)
    simulator = simulated(scene)
    made.git("push", "--quiet", str(scene.state.git.folder(scene.repository)), "main")
    shallow = made.clone(tmp_path / "clone", depth=1)
    environ = simulator.environment()
    cost = Cost()
    github = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=cost, max_wait=timedelta(seconds=5))
    monkeypatch.setenv("GIT_TRACE_CURL", "1")       # nothing of the caller's reaches git
    past = ask_git({"a.md": Document(path="a.md", format="markdown")}, {}, Checkout(shallow.folder, os.environ),
                   policy=PastPolicy(), now=NOW, github=github, repository=REPOSITORY,
                   server_url=environ["GITHUB_SERVER_URL"], surroundings=Surroundings(environ=dict(os.environ)))
    assert past.ages["a.md"].changed is not None
    assert (past.ages["a.md"].changed.commit, past.notes, cost.requests) == (first, (), 0)
