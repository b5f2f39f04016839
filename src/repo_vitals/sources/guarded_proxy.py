"""A proxy on loopback for a program that follows strangers' links: it connects to public addresses only.

The program may be led anywhere, by a name that resolves to this machine's network, by a redirect, or by a name that
resolves to another address the second time. So it gets no connection of its own but this one: every name is resolved
here, every address is checked (sources/addresses.py), and the connection goes to one that was checked. What was refused
is told apart from what did not answer.

HTTP/1.1 (RFC 9110, section 9.3.6) CONNECT for https, requests in absolute form for http. A proxy of the environment is
used for what it is meant for; it looks names up itself, and gets only those that this machine's look-up has cleared.
"""
from __future__ import annotations

import base64
import contextlib
import selectors
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from repo_vitals.sources.addresses import refusal
from repo_vitals.sources.probe import resolved
from repo_vitals.sources.web_url import host_of, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import TracebackType

_CONNECT_SECONDS = 10.0
_IDLE_SECONDS = 60.0        # the program itself gives up sooner
_MOST_ADDRESSES = 4
_CHUNK = 65_536
_LARGEST_HEAD = 262_144
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_LARGEST_BODY = 1_000_000   # of a request; who checks links sends none
# Between us and the program only (RFC 9110, section 7.6.1).
_OF_THIS_HOP = frozenset({"connection", "proxy-connection", "proxy-authorization", "keep-alive", "te", "upgrade",
                          "transfer-encoding", "expect"})


class _Refused(Exception):
    """A host that may not be asked; the text says what its address is."""


class GuardedProxy:
    """`with GuardedProxy(...) as proxy: … proxy.url …`. `allowed`: hosts, or host:port, that may have any address.

    `refused` has the (host, port) that were not asked, with what is wrong with their address; `nameless` the hosts
    whose name does not exist, as far as this machine's resolver says so for sure.
    """

    def __init__(self, *, allowed: Collection[str] = (), resolve: Callable[[str, int], list[str]] = resolved,
                 upstream: Callable[[str], str | None] | None = None) -> None:
        self.refused: dict[tuple[str, int], str] = {}
        self.nameless: set[str] = set()
        self._allowed = frozenset(allowed)
        self._resolve = resolve
        self._upstream = upstream or _of_the_environment
        proxy = self

        class Handler(_Handler):
            guard = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> GuardedProxy:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> Mapping[str, str]:
        """The variables that make a program use this proxy and no other, for every host."""
        return {**dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), self.url),
                "NO_PROXY": "", "no_proxy": ""}

    def connection(self, scheme: str, host: str, port: int) -> tuple[socket.socket, str | None]:
        """A connection to a host's checked address, and None; or to the proxy before it, and what that asks for, or "".

        Raises _Refused and OSError.
        """
        addresses = self._addresses(host, port)
        shown = f"[{host}]" if ":" in host else host
        named = None if self._is_allowed(host, port) else self._upstream(f"{scheme}://{shown}:{port}/")
        if named is None:
            return _connected([(address, port) for address in addresses]), None
        parts = urlsplit(named)
        if parts.scheme != "http" or not parts.hostname:
            raise OSError("the proxy of the environment is not an http:// one")
        connection = _connected([(parts.hostname, parts.port or 80)])
        if parts.username is None:
            return connection, ""
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return connection, f"Basic {base64.b64encode(user.encode()).decode()}"

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME:
                self.nameless.add(host)
            raise
        if self._is_allowed(host, port):
            return found
        reasons = {address: refusal(address) for address in found}
        public = [address for address in found if reasons[address] is None]
        if found and not public:
            self.refused[host, port] = reasons[found[0]] or ""
            raise _Refused(self.refused[host, port])
        return public

    def _is_allowed(self, host: str, port: int) -> bool:
        shown = f"[{host}]" if ":" in host else host
        return host in self._allowed or f"{shown}:{port}" in self._allowed


class _Handler(BaseHTTPRequestHandler):
    """One connection of the program's."""

    guard: GuardedProxy
    timeout = _IDLE_SECONDS
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        """A tunnel to a host, for https."""
        try:
            parts = urlsplit(f"//{self.path}")
            host, port = host_of(parts.hostname or ""), parts.port or 443
            far, credentials = self.guard.connection("https", host, port)
        except (_Refused, ValueError, OSError, UnicodeError) as error:
            self._no(error)
            return
        with far:
            if credentials is not None:
                lines = [f"CONNECT {self.path} HTTP/1.1", f"Host: {self.path}"]
                lines += [f"Proxy-Authorization: {credentials}"] if credentials else []
                far.sendall(_head(lines))
            else:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.close_connection = True
            _relay(self.connection, far)

    def do_GET(self) -> None:
        """A request for http."""
        try:
            url = parse_url(self.path)
            if url.scheme != "http":
                raise ValueError("is no http:// URL")
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= _LARGEST_BODY:
                raise ValueError("has a body that is too large")
            far, credentials = self.guard.connection("http", url.host, url.port)
        except (_Refused, ValueError, OSError, UnicodeError) as error:
            self._no(error)
            return
        with far:
            asked = url.target if credentials is None else url
            lines = [f"{self.command} {asked} HTTP/1.1", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in self.headers.items() if name.lower() not in _OF_THIS_HOP]
            lines += [f"Proxy-Authorization: {credentials}"] if credentials else []
            self.close_connection = True
            with contextlib.suppress(OSError):
                far.sendall(_head(lines) + self.rfile.read(length))
                self.wfile.write(_last(_beginning(far)))
                _relay(self.connection, far, only_answers=True)

    do_HEAD = do_GET    # noqa: N815 - the names that http.server looks for

    def _no(self, error: Exception) -> None:
        status = 403 if isinstance(error, _Refused) else 502
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.write(_head([f"HTTP/1.1 {status} Not connected", "Content-Length: 0", "Connection: close"]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
        """Nothing: what is asked holds strangers' text."""


def _head(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _beginning(far: socket.socket) -> bytes:
    """An answer to the end of its head at least, as far as it comes."""
    received = b""
    while b"\r\n\r\n" not in received and len(received) < _LARGEST_HEAD:
        chunk = far.recv(_CHUNK)
        if not chunk:
            break
        received += chunk
    return received


def _last(answer: bytes) -> bytes:
    """An answer that says that no other follows on this connection, which its server may not have said."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return answer
    status, *fields = head.split(b"\r\n")
    kept = [field for field in fields if field.partition(b":")[0].strip().lower() not in (b"connection", b"keep-alive")]
    return b"\r\n".join([status, b"Connection: close", *kept]) + end + body


def _of_the_environment(url: str) -> str | None:
    from requests.utils import get_environ_proxies, select_proxy

    return select_proxy(url, get_environ_proxies(url)) or None


def _connected(addresses: list[tuple[str, int]]) -> socket.socket:
    error = OSError("the name has no address")
    for address in addresses[:_MOST_ADDRESSES]:
        try:
            connection = socket.create_connection(address, timeout=_CONNECT_SECONDS)
        except OSError as failed:   # noqa: PERF203 - a name's next address may answer
            error = failed
        else:
            connection.settimeout(_IDLE_SECONDS)
            return connection
    raise error


def _relay(near: socket.socket, far: socket.socket, *, only_answers: bool = False) -> None:
    """Hand over what either side sends until one ends, or neither says anything for long.

    `only_answers`: what the program sends ends it too. A second request may be meant for another host.
    """
    with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
        selector.register(near, selectors.EVENT_READ, far)
        selector.register(far, selectors.EVENT_READ, near)
        while ready := selector.select(_IDLE_SECONDS):
            for key, _ in ready:
                chunk = key.fileobj.recv(_CHUNK)    # type: ignore[union-attr]
                if not chunk or (only_answers and key.fileobj is near):
                    return
                key.data.sendall(chunk)
