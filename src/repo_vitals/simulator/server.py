"""The simulated GitHub on loopback: `with Simulator(state) as simulator: simulator.api_url …`."""
from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import sys
import threading
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.control import answer_control
from repo_vitals.simulator.exchange import Answer, Request, token_hash
from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.simulator.git_http import answer_git, is_git, token_in
from repo_vitals.simulator.limits import Limits
from repo_vitals.simulator.loopback import Loopback
from repo_vitals.simulator.rest_actions import STORAGE, answer_storage
from repo_vitals.simulator.service import Service, read_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import TypeAlias

    from typing_extensions import Self

    from repo_vitals.simulator.accounts import Access
    from repo_vitals.simulator.state import State

    Validate: TypeAlias = Callable[[Request, Answer], None]

MOST_BYTES = 20_000_000


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """A request as the log keeps it: never its token, only a hash that tells one from another."""

    method: str
    path: str
    query: Mapping[str, str]
    operation: str          # the GraphQL operation's name
    first: int              # the largest page that a GraphQL query asked for
    status: int             # 0: no answer was sent
    fault: str | None       # the kind of the fault that fired
    token: str | None
    user_agent: str

    def as_json(self) -> dict[str, Any]:
        """The entry for the control endpoint."""
        return asdict(self)


class Simulator:
    """A server on 127.0.0.1 with a thread of its own.

    `validate(request, answer)` sees every genuine answer before it is sent; what it raises is kept in `violations`.
    Every answer is sent `latency` seconds later than it could be, as over a network.
    """

    def __init__(self, state: State, *, port: int = 0, limits: Limits | None = None, faults: FaultPlan | None = None,
                 validate: Validate | None = None, latency: float = 0) -> None:
        self.state = state
        self.latency = latency
        self.limits = limits or Limits()
        self.faults = faults or FaultPlan()
        self.service = Service(state, self.limits)
        self.validate = validate
        self.log: list[LogEntry] = []
        self.violations: list[BaseException] = []
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.simulator = self
        self._default_token: str | None = None

    def start(self) -> None:
        """Serve until `stop`."""
        self._server.begin()

    def stop(self) -> None:
        """End every waiting answer and free the port."""
        self.closing.set()
        self._server.end()
        self._server.drop_connections()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def api_url(self) -> str:
        """GITHUB_API_URL."""
        return self.url

    @property
    def graphql_url(self) -> str:
        """GITHUB_GRAPHQL_URL."""
        return f"{self.url}/graphql"

    @property
    def enterprise_api_url(self) -> str:
        """GITHUB_API_URL as a GitHub Enterprise Server has it."""
        return f"{self.url}/api/v3"

    @property
    def enterprise_graphql_url(self) -> str:
        """GITHUB_GRAPHQL_URL as a GitHub Enterprise Server has it."""
        return f"{self.url}/api/graphql"

    def token(self, permissions: Mapping[str, Access] | None = None, *, login: str = "github-actions[bot]",
              **more: Any) -> str:
        """The text of a new token; without `permissions` it may do everything."""
        return self.state.add_token(login, permissions=permissions, **more).text

    def environment(self, token: str | None = None) -> dict[str, str]:
        """The variables that point a client here; a token that may do everything unless another is given."""
        if token is None:
            self._default_token = token = self._default_token or self.token()
        return {"GITHUB_API_URL": self.api_url, "GITHUB_GRAPHQL_URL": self.graphql_url, "GITHUB_SERVER_URL": self.url,
                "GITHUB_TOKEN": token}

    def requests(self, *, path: str | None = None, operation: str | None = None) -> list[LogEntry]:
        """The log, narrowed."""
        return [entry for entry in self.log if (path is None or entry.path == path)
                and (operation is None or entry.operation == operation)]


class _Server(Loopback):
    request_queue_size = 128
    simulator: Simulator

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.open: set[socket.socket] = set()

    def drop_connections(self) -> None:
        """Wake whoever waits for a next request on a connection that a client keeps."""
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no news; anything else fails the test that asked."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, (ConnectionError, TimeoutError)):
            self.simulator.violations.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "GitHub.com"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024        # head and body leave together: two small writes would wait for each other's receipt
    timeout = 120

    def setup(self) -> None:
        """Remember the connection, so that stopping can end it."""
        super().setup()
        cast("_Server", self.server).open.add(self.connection)

    def finish(self) -> None:
        """Forget it."""
        cast("_Server", self.server).open.discard(self.connection)
        super().finish()

    def handle_one_request(self) -> None:
        """Read, answer, log."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            body = self._read_body()
            if body is not None:
                self._serve(body)

    def _read_body(self) -> bytes | None:
        if self.headers.get("transfer-encoding", "").lower() == "chunked" and is_git(urlsplit(self.path).path):
            return self._read_chunks()
        length = self.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES or "transfer-encoding" in self.headers:
            self._send(Answer.error(400, "Problems reading the body"))
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _read_chunks(self) -> bytes:
        """A body whose length git did not know beforehand."""
        chunks = []
        while size := int(self.rfile.readline(100).split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline(3)
        self.rfile.readline(3)
        return b"".join(chunks)

    def _serve(self, body: bytes) -> None:
        simulator = cast("_Server", self.server).simulator
        parts = urlsplit(self.path)
        path, base = parts.path, simulator.url
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if path.startswith("/_simulator/"):
            self._send(answer_control(simulator, self.command, path, query, body))
            return
        if path == "/api/graphql":
            path = "/graphql"
        elif path.startswith("/api/v3/"):
            path, base = path[len("/api/v3"):], f"{base}/api/v3"
        headers = {name.lower(): value for name, value in self.headers.items()}
        authorization = headers.get("authorization", "")
        request = Request(method=self.command, path=path, query=query, headers=headers, body=body, base=base,
                          token=token_in(authorization) if is_git(path) else _token(authorization))
        prepared = read_query(request) if request.is_graphql else None
        if prepared is not None:
            request = replace(request, operation=prepared.name, heaviest=prepared.cost.heaviest)
        fault = simulator.faults.pick(request)

        def genuine() -> Answer:
            if is_git(path):
                return answer_git(simulator.state, request)
            if path.startswith(STORAGE):
                return answer_storage(simulator.state, request)
            answer = simulator.service.answer(request, prepared)
            _check(simulator, request, answer)
            return answer
        self._deliver(simulator, request, fault, genuine)

    def _deliver(self, simulator: Simulator, request: Request, fault: Fault | None,
                 genuine: Callable[[], Answer]) -> None:
        def note(status: int) -> None:
            simulator.log.append(LogEntry(
                method=request.method, path=request.path, query=request.query, operation=request.operation,
                first=request.heaviest, status=status, fault=None if fault is None else fault.kind,
                token=token_hash(request.token), user_agent=request.headers.get("user-agent", "")))
        answer: Answer | None
        if fault is None:
            answer = genuine()
        elif fault.kind in ("reset", "timeout") or (fault.kind == "heavy" and fault.status == 0):
            if fault.applied:
                genuine()
            note(0)
            if fault.kind != "reset":
                simulator.closing.wait(fault.seconds or 60)
            self._reset()
            return
        elif fault.kind == "latency":
            simulator.closing.wait(fault.seconds)
            answer = genuine()
        elif fault.kind in ("truncated", "not-json", "empty", "partial-data"):
            answer = fault.spoil(genuine())
        else:
            if fault.applied:
                genuine()
            answer = fault.instead(request, now=simulator.limits.clock())
            _check(simulator, request, answer)
        note(answer.status)
        if simulator.latency:
            simulator.closing.wait(simulator.latency)
        self._send(answer, cut=fault is not None and fault.kind == "truncated")

    def _send(self, answer: Answer, *, cut: bool = False) -> None:
        body, headers = answer.body, dict(answer.headers)
        if len(body) > 1000 and "gzip" in self.headers.get("accept-encoding", ""):
            body, headers["content-encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        if answer.status not in (204, 304):
            headers["content-length"] = str(len(body))
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.wfile.flush()
        if cut:
            self.close_connection = True

    def _reset(self) -> None:
        """Drop the connection as a crashed proxy does: RST, not FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.connection.close()

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr: the log is kept in memory."""


def _check(simulator: Simulator, request: Request, answer: Answer) -> None:
    if simulator.validate is not None and answer.genuine:
        try:
            simulator.validate(request, answer)
        except Exception as error:  # noqa: BLE001 -- kept, and raised where the test can see it
            simulator.violations.append(error)


def _token(header: str) -> str | None:
    kind, _, text = header.partition(" ")
    return text.strip() if kind.lower() in ("bearer", "token") and text.strip() else None
