from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.report.model import Cost
from repo_vitals.sources.github_connection import GitHub, connect
from repo_vitals.sources.http import Request
from repo_vitals.sources.http_wire import Response, Timeouts
from support.scripted_server import Script, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "ghs_thisTokenMustNeverBeSeen0123456789"


@dataclass
class Clock:
    """A clock that only moves when the client sleeps."""

    now: datetime = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)
    sleeps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Connected:
    """A scripted server and the real client connected to it."""

    server: ScriptedServer
    github: GitHub
    clock: Clock

    @property
    def cost(self) -> Cost:
        return self.github.cost

    def get(self, path: str = "/thing") -> Response:
        """Read by the transport itself."""
        return self.github.transport.send(Request(method="GET", url=self.server.url + path))

    def post(self, path: str = "/thing") -> Response:
        """Write by the transport itself."""
        request = Request(method="POST", url=self.server.url + path, body=b"{}", replayable=False)
        return self.github.transport.send(request)


@pytest.fixture
def connected() -> Iterator[Callable[..., Connected]]:
    """`connected(script, max_wait=..., environ=..., ...)`: everything else as connect() takes it."""
    with ExitStack() as stack:
        def make(
            script: Script, *, max_wait: timedelta = timedelta(minutes=5), environ: dict[str, str] | None = None,
            token: str = TOKEN, timeouts: Timeouts | None = None, tls: Any = None, **rest: Any,
        ) -> Connected:
            server = stack.enter_context(ScriptedServer(script, tls=tls))
            clock = Clock()
            github = connect(
                token=token, environ={"GITHUB_API_URL": server.url, **(environ or {})}, cost=Cost(), max_wait=max_wait,
                now=lambda: clock.now, sleep=clock.sleep,
                timeouts=timeouts or Timeouts(connect=2, read=2, total=4), **rest,
            )
            stack.callback(github.close)
            return Connected(server, github, clock)

        yield make


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names no proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
