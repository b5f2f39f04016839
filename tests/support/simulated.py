"""A simulated GitHub for tests: `Scene` tells a small history in few words, `simulated` serves it.

Every answer that a test using `simulated` (or `serving`) brings about is held to GitHub's own descriptions, and the
test fails at its end where one was wrong.
"""
from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import requests

from repo_vitals.simulator.server import Simulator
from repo_vitals.simulator.state import State
from support.github_schema import check_exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Comment, Repository, Thread

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=timezone.utc)
REPOSITORY = "acme/widget"


class Story:
    """A thread whose history is told by chained calls. Instants are hours from the scene's now: -90 is 90 h ago."""

    def __init__(self, scene: Scene, thread: Thread) -> None:
        self.scene = scene
        self.thread: Any = thread
        self.last: Any = None           # what was said last: Comment or Review

    @property
    def number(self) -> int:
        return self.thread.number

    def comment(self, *, by: str | None, at: float, body: str = "A comment", times: int = 1, every: float = 0,
                minimised: bool = False) -> Story:
        """`times` comments, `every` so many hours; by None: an account that is deleted."""
        for place in range(times):
            self.last = self.scene.state.comment(self.thread, by=self.scene.who(by), body=body,
                                                 at=self.scene.when(at + place * every))
            if minimised:
                self.scene.state.minimise(self.last)
        return self

    def reply(self, *, by: str | None, at: float, minimised: bool = False) -> Story:
        """A reply below the last comment of a discussion."""
        above: Comment = self.last if self.last.reply_to is None else self.last.reply_to
        self.last = self.scene.state.comment(self.thread, by=self.scene.who(by), at=self.scene.when(at), reply_to=above)
        if minimised:
            self.scene.state.minimise(self.last)
        return self

    def review(self, *, by: str | None, at: float, state: Any = "COMMENTED", minimised: bool = False,
               submitted: float | None = None) -> Story:
        self.last = self.scene.state.review(
            self.thread, by=self.scene.who(by), at=self.scene.when(at), state=state,
            submitted_at=None if submitted is None else self.scene.when(submitted))
        if minimised:
            self.scene.state.minimise(self.last)
        return self

    def answer(self, *, at: float) -> Story:
        """The last comment becomes the discussion's answer."""
        self.scene.state.choose_answer(self.last, at=self.scene.when(at))
        return self

    def close(self, *, at: float, by: str | None = None, reason: str | None = None) -> Story:
        self.scene.state.close(self.thread, at=self.scene.when(at), by=self.scene.who(by), reason=reason)
        return self

    def reopen(self, *, at: float, by: str | None = None) -> Story:
        self.scene.state.reopen(self.thread, at=self.scene.when(at), by=self.scene.who(by))
        return self

    def merge(self, *, at: float, by: str | None = None) -> Story:
        self.scene.state.merge(self.thread, at=self.scene.when(at), by=self.scene.who(by))
        return self

    def label(self, *names: str, at: float, by: str | None = None) -> Story:
        for name in names:
            self.scene.state.add_label(self.thread, name, at=self.scene.when(at), by=self.scene.who(by))
        return self

    def unlabel(self, name: str, *, at: float, by: str | None = None) -> Story:
        self.scene.state.remove_label(self.thread, name, at=self.scene.when(at), by=self.scene.who(by))
        return self

    def assign(self, login: str, *, at: float, by: str | None = None) -> Story:
        self.scene.state.assign(self.thread, self.scene.state.account(login), at=self.scene.when(at),
                                by=self.scene.who(by))
        return self

    def edit(self, *, at: float, title: str | None = None, body: str | None = None) -> Story:
        """New title or text of the thread itself."""
        self.scene.state.edit(self.thread, at=self.scene.when(at), title=title, body=body)
        return self

    def edit_last(self, body: str, *, at: float) -> Story:
        """New text for the last comment."""
        self.scene.state.edit_comment(self.last, body=body, at=self.scene.when(at))
        return self

    def minimise(self, reason: str = "spam") -> Story:
        """Hide what was said last."""
        self.scene.state.minimise(self.last, reason)
        return self

    def unminimise(self) -> Story:
        """Show again what was said last."""
        self.scene.state.unminimise(self.last)
        return self

    def delete_last(self) -> Story:
        """The last comment is deleted."""
        self.scene.state.delete_comment(self.last)
        self.last = None
        return self

    def react(self, *contents: Any, by: str | None = "zoe", at: float | None = None) -> Story:
        """React to what was said last, or to the thread where nothing was."""
        for content in contents:
            self.scene.state.react(self.last or self.thread, content, by=self.scene.who(by),
                                   at=None if at is None else self.scene.when(at))
        return self

    def unreact(self, content: Any, *, by: str | None = "zoe") -> Story:
        self.scene.state.unreact(self.last or self.thread, content, by=self.scene.who(by))
        return self

    def transfer(self, to: Repository, *, at: float) -> Story:
        self.scene.state.transfer(self.thread, to, at=self.scene.when(at))
        return self

    def draft(self, *, at: float) -> Story:
        self.scene.state.convert_to_draft(self.thread, at=self.scene.when(at))
        return self

    def ready(self, *, at: float) -> Story:
        self.scene.state.ready_for_review(self.thread, at=self.scene.when(at))
        return self


class Scene:
    """A repository with a history. Logins make accounts as they are met; `name[bot]` is a bot, None a deleted one."""

    def __init__(self, *, now: datetime = NOW, repository: str = REPOSITORY, private: bool = False) -> None:
        self.state = State(now=now)
        self.repository: Repository = self.state.add_repository(repository, private=private)

    @property
    def now(self) -> datetime:
        return self.state.now

    def when(self, hours: float) -> datetime:
        """Hours from now; fractions are kept to the second."""
        return (self.now + timedelta(hours=hours)).replace(microsecond=0)

    def who(self, login: str | None) -> Account | None:
        return None if login is None else self.state.account(login)

    def role(self, login: str, association: str) -> Scene:
        """MEMBER, COLLABORATOR …"""
        self.repository.roles[login.lower()] = association
        return self

    def issue(self, *, by: str | None = "ann", at: float = -1, title: str = "An issue", body: str = "",
              labels: tuple[str, ...] = ()) -> Story:
        made = self.state.open_issue(self.repository, by=self.who(by), at=self.when(at), title=title, body=body)
        return Story(self, made).label(*labels, at=at)

    def pull_request(self, *, by: str | None = "ann", at: float = -1, title: str = "A change", body: str = "",
                     draft: bool = False) -> Story:
        return Story(self, self.state.open_pull_request(
            self.repository, by=self.who(by), at=self.when(at), title=title, body=body, draft=draft))

    def discussion(self, *, by: str | None = "ann", at: float = -1, title: str = "A question",
                   category: str = "Q&A") -> Story:
        return Story(self, self.state.open_discussion(
            self.repository, by=self.who(by), at=self.when(at), title=title, category=category))

    def commit(self, *, by: str | None = None, at: float = -1, email: str | None = None,
               name: str | None = None) -> Scene:
        """A commit; without `by` nobody's account belongs to its e-mail."""
        self.state.commit(self.repository, self.when(at), email=email or f"{by}@example.org",
                          name=name or by or "Someone", user=self.who(by))
        return self

    def merge_branch(self, *work: tuple[str, float], at: float = -1, by: str = "mia") -> Scene:
        """A merge commit and the (author, hours) that it brings, which may be older than the tip."""
        self.state.merge_branch(self.repository, self.when(at), [
            (self.when(hours), self.state.account(login)) for login, hours in work], by=self.state.account(by))
        return self

    def rename_label(self, old: str, new: str) -> Scene:
        self.state.rename_label(self.repository, old, new)
        return self

    def delete_label(self, name: str) -> Scene:
        self.state.delete_label(self.repository, name)
        return self

    def delete(self, login: str) -> Scene:
        """The account is deleted."""
        account = self.state.find_account(login)
        assert account is not None, login
        self.state.delete_account(account)
        return self


class Asking:
    """A plain client: no retries, no redirects followed, nothing interpreted."""

    def __init__(self, simulator: Simulator, token: str | None = "", *, base: str | None = None) -> None:
        self.simulator = simulator
        self.base = base or simulator.api_url
        self.session = requests.Session()
        self.session.trust_env = False
        token = simulator.environment()["GITHUB_TOKEN"] if token == "" else token
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def rest(self, method: str, path: str, **options: Any) -> requests.Response:
        """`path` below the repository, or absolute with a leading slash or scheme."""
        url = path if "://" in path else self.base + (path if path.startswith("/") else f"/repos/{REPOSITORY}/{path}")
        return self.session.request(method, url.rstrip("/"), timeout=10, allow_redirects=False, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.rest("GET", path, **options)

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        """The answer's document; status 200 is taken for granted."""
        response = self.post_graphql(query, **variables)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def post_graphql(self, query: str, **variables: Any) -> requests.Response:
        return self.session.post(self.simulator.graphql_url, json={"query": query, "variables": variables}, timeout=10)


@contextmanager
def asking(simulator: Simulator, token: str | None = "", *, base: str | None = None) -> Iterator[Asking]:
    """A client with a token that may do everything, another one, or none (None)."""
    client = Asking(simulator, token, base=base)
    with client.session:
        yield client


def answered() -> Scene:
    """A small repository in which everyone was answered within the hour: it passes."""
    scene = Scene()
    scene.issue(at=-5).comment(by="bob", at=-4)
    scene.pull_request(at=-5).review(by="bob", at=-4)
    scene.commit(by="ann", at=-3)
    return scene


@contextmanager
def serving(state: State | Scene, **options: Any) -> Iterator[Simulator]:
    """Serve a state, and raise at the end what was wrong with any answer."""
    state = state.state if isinstance(state, Scene) else state
    with Simulator(state, validate=check_exchange, **options) as simulator:
        yield simulator
    if simulator.violations:
        raise AssertionError("the simulator answered as GitHub would not") from simulator.violations[0]


@pytest.fixture
def simulated() -> Iterator[Callable[..., Simulator]]:
    """`simulated(state_or_scene, **options)` serves it until the test ends."""
    running: list[Any] = []

    def serve(state: State | Scene, **options: Any) -> Simulator:
        running.append(serving(state, **options))
        return running[-1].__enter__()
    yield serve
    for manager in running:
        manager.__exit__(None, None, None)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command asks GitHub again at once. What it may wait in all is counted all the same."""
    from repo_vitals.sources.github_connection import connect

    monkeypatch.setitem(connect.__kwdefaults__, "sleep", lambda _: None)


__all__ = ["NOW", "REPOSITORY", "Asking", "Scene", "Story", "answered", "asking", "impatient", "serving", "simulated"]
