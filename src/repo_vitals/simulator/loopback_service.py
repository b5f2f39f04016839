"""A service on loopback that answers GET, with the faults of the simulated GitHub and a log of what was asked.

What a service says, its subclass knows: `answer`.
"""
from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.exchange import Answer, Request
from repo_vitals.simulator.faults import FaultPlan
from repo_vitals.simulator.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as the log keeps it."""

    path: str           # still encoded
    status: int         # 0: no answer was sent
    fault: str | None
    signed: bool        # an Authorization header or a cookie came along
    user_agent: str
    query: str = ""


class LoopbackService(ABC):
    """A server on 127.0.0.1 with a thread of its own, for as long as its `with` lasts."""

    NAME = "simulator"      # in the header Server

    def __init__(self, *, port: int = 0, faults: FaultPlan | None = None) -> None:
        self.faults = faults or FaultPlan()
        self.log: list[Asked] = []
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.simulator = self

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @abstractmethod
    def answer(self, path: str, headers: Mapping[str, str]) -> Answer:
        """What is said to GET `path`, which is still encoded and has its query; names of headers are in lower case."""

    def __enter__(self) -> Self:
        self._server.begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.closing.set()
        self._server.end()
        for connection in list(self._server.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Server(Loopback):
    simulator: LoopbackService

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.open: set[socket.socket] = set()

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 120

    def version_string(self) -> str:
        """The header Server."""
        return cast("_Server", self.server).simulator.NAME

    def setup(self) -> None:
        """Remember the connection, so that stopping can end it."""
        super().setup()
        cast("_Server", self.server).open.add(self.connection)

    def finish(self) -> None:
        """Forget it."""
        cast("_Server", self.server).open.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        """Answer, or fail as a fault says."""
        simulator = cast("_Server", self.server).simulator
        path = urlsplit(self.path).path
        request = Request(method="GET", path=path)
        fault = simulator.faults.pick(request)
        headers = {name.lower(): text for name, text in self.headers.items()}
        answer: Answer | None = simulator.answer(self.path, headers)
        assert answer is not None  # noqa: S101 -- there always is one
        if fault is not None:
            if fault.kind in ("reset", "timeout"):
                simulator.closing.wait(fault.seconds if fault.kind == "timeout" else 0)
                answer = None
            elif fault.kind == "latency":
                simulator.closing.wait(fault.seconds)
            elif fault.kind in ("not-json", "empty", "truncated"):
                answer = fault.spoil(answer)
            else:
                answer = fault.instead(request, now=0)
        simulator.log.append(Asked(
            path=path, status=0 if answer is None else answer.status, fault=None if fault is None else fault.kind,
            signed="authorization" in self.headers or "cookie" in self.headers,
            user_agent=self.headers.get("user-agent", ""), query=urlsplit(self.path).query))
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        cut = fault is not None and fault.kind == "truncated"
        self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        self.wfile.flush()
        self.close_connection = self.close_connection or cut

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr: the log is kept in memory."""
