"""A loopback server that does on the wire exactly what a test's script says: raw answers, resets, silence, dripping."""
from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str                       # with the query string
    headers: dict[str, str]         # lower-case names
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do with one request: wait, send these bytes, then keep the connection, close it or reset it."""

    send: bytes = b""
    before: float = 0.0             # seconds of silence first
    drip: float = 0.0               # seconds between single bytes
    end: str = "keep"               # keep, close, reset


Script = Callable[[Asked], Step]


def answer(
    status: int = 200, content: Any = None, *, headers: dict[str, str] | None = None, body: bytes | None = None,
    **step: Any,
) -> Step:
    """A whole answer: `content` as JSON, or `body` as it is."""
    raw = body if body is not None else b"" if content is None else json.dumps(content).encode()
    lines = {"content-type": "application/json; charset=utf-8", "content-length": str(len(raw)), **(headers or {})}
    head = f"HTTP/1.1 {status} Status\r\n" + "".join(f"{name}: {text}\r\n" for name, text in lines.items())
    return Step(send=head.encode("latin-1") + b"\r\n" + (b"" if status in (204, 304) else raw), **step)


def cut(step: Step, *, keep: int, end: str = "close") -> Step:
    """An answer that breaks off `keep` bytes before its end."""
    return Step(send=step.send[:-keep] if keep else step.send, end=end)


RESET = Step(end="reset")
CLOSED = Step(end="close")


def in_turn(*steps: Step, then: Step | None = None) -> Script:
    """The steps one after another, then the last one (or `then`) for ever."""
    left = list(steps)
    rest = then if then is not None else steps[-1]
    return lambda asked: left.pop(0) if left else rest


@dataclass
class ScriptedServer:
    """Serves on 127.0.0.1 while it is entered. `asked` lists every request in order of arrival."""

    script: Script
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> ScriptedServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = {self._listener}
        self._stopping = False
        self._lock = threading.Lock()
        self.port = int(self._listener.getsockname()[1])
        self.url = f"{'https' if self.tls else 'http'}://{'localhost' if self.tls else '127.0.0.1'}:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        with contextlib.suppress(OSError):      # wakes the accepting thread
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        for connection in [*self._open]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)
        for connection in [*self._open]:
            connection.close()

    def _accept(self) -> None:
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(plain, server_side=True)
            self._open.add(connection)
            reader = connection.makefile("rb")
            with reader:
                while not self._stopping:
                    asked = _read_request(reader)
                    if asked is None:
                        return
                    with self._lock:
                        self.asked.append(asked)
                        step = self.script(asked)
                    if not self._perform(connection, step):
                        return
        except OSError:
            pass        # the client went away, or did not trust us
        finally:
            self._open.discard(connection)
            connection.close()

    def _perform(self, connection: socket.socket, step: Step) -> bool:
        self._pause(step.before)
        if step.drip:
            for byte in step.send:
                connection.sendall(bytes([byte]))
                self._pause(step.drip)
        else:
            connection.sendall(step.send)
        if step.end == "reset":
            # Closing with SO_LINGER 0 sends RST instead of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        elif step.end == "close":
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        return step.end == "keep"

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(min(0.02, seconds))


def _read_request(reader: Any) -> Asked | None:
    line = reader.readline().decode("latin-1").split()
    if len(line) < 2:
        return None
    headers: dict[str, str] = {}
    while (text := reader.readline().decode("latin-1").strip()):
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    body = reader.read(length)
    return None if len(body) < length else Asked(method=line[0], path=line[1], headers=headers, body=body)


@dataclass
class ConnectProxy:
    """A forward proxy on loopback. It leads every CONNECT to `target` and notes what was asked of it."""

    target: int                     # port on 127.0.0.1
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> ConnectProxy:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._stopping = False
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname(), timeout=1).close()
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while not self._stopping:
            client, _ = self._listener.accept()
            if self._stopping:
                client.close()
                return
            thread = threading.Thread(target=self._lead, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _lead(self, client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                chunk = client.recv(4096)
                if not chunk:
                    return
                head += chunk
            self.asked.append(head.decode("latin-1"))
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                back.start()
                _pump(client, server)
                back.join(timeout=5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            target.sendall(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def requests_of(server: ScriptedServer) -> Iterable[str]:
    """`GET /path` of every request."""
    return [f"{asked.method} {asked.path}" for asked in server.asked]
