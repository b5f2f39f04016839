"""A proxy on loopback for a program that follows strangers' links: it connects to public addresses only.

The program may be led anywhere, by a name that resolves to this machine's network, by a redirect, or by a name that
resolves to another address the second time. So it gets no connection of its own but this one: every name is resolved
here, every address is checked (sources/addresses.py), and the connection goes to one that was checked. What was refused
is told apart from what did not answer.

HTTP/1.1 (RFC 9110, section 9.3.6) CONNECT for https, requests in absolute form for http. A proxy of the environment is
used for what it is meant for; it looks names up itself, and gets only those that this machine's look-up has cleared.
What such a proxy answers in a site's place, for http, can't be told from the site's own answer. What this one answers
has a status that no site has a reason to send.
"""
from __future__ import annotations

import base64
import contextlib
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from repo_vitals.sources.addresses import refusal
from repo_vitals.sources.probe import resolved
from repo_vitals.sources.relaying import IDLE_SECONDS, beginning, head, relay
from repo_vitals.sources.web_url import host_of, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import TracebackType

_CONNECT_SECONDS = 10.0
_MOST_ADDRESSES = 4
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_LARGEST_BODY = 1_000_000   # of a request; who checks links sends none
_KNOWN_NAME = "github.com"  # there, wherever names can be looked up
# Of this proxy's own answers (RFC 9110, section 15, ends at 599): the address is not visited, the name does not exist,
# no connection could be made.
REFUSED, NAMELESS, UNREACHED = 796, 797, 798
# Between us and the program only (RFC 9110, section 7.6.1).
_OF_THIS_HOP = frozenset({"connection", "proxy-connection", "proxy-authorization", "keep-alive", "te", "upgrade",
                          "transfer-encoding", "expect"})


class _Refused(Exception):
    """A host that may not be asked; the text says what its address is."""


class _Nameless(OSError):
    """A host whose name does not exist, for sure."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing for a connection that broke off: the program stops waiting when it likes."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)     # type: ignore[arg-type]


class GuardedProxy:
    """`with GuardedProxy(...) as proxy: … proxy.url …`. `allowed`: hosts, or host:port, that may have any address.

    `refused` has the (host, port) that were not asked, with what is wrong with their address; `nameless` the hosts
    whose name does not exist, as far as this machine's resolver says so for sure: not where a proxy of the environment
    stands before the host, since networks that have one often know no names of outside.
    """

    def __init__(self, *, allowed: Collection[str] = (), resolve: Callable[[str, int], list[str]] = resolved,
                 upstream: Callable[[str], str | None] | None = None) -> None:
        self.refused: dict[tuple[str, int], str] = {}
        self.nameless: set[str] = set()
        self._found_names = False
        self._allowed = frozenset(allowed)
        self._resolve = resolve
        self._upstream = upstream or _of_the_environment
        proxy = self

        class Handler(_Handler):
            guard = proxy

        self._server = _Server(("127.0.0.1", 0), Handler)
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

        Raises _Refused, _Nameless and other OSError.
        """
        shown = f"[{host}]" if ":" in host else host
        named = None if self._is_allowed(host, port) else self._upstream(f"{scheme}://{shown}:{port}/")
        addresses = self._addresses(host, port, is_sure=named is None)
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

    def knows_names(self) -> bool:
        """Whether this machine can look names up: it has found one, or finds one that exists."""
        if not self._found_names:
            with contextlib.suppress(OSError, UnicodeError):
                self._found_names = bool(self._resolve(_KNOWN_NAME, 443))
        return self._found_names

    def _addresses(self, host: str, port: int, *, is_sure: bool) -> list[str]:
        try:
            found = self._resolve(host, port)
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME and is_sure:
                self.nameless.add(host)
                raise _Nameless(str(error)) from None
            raise
        self._found_names |= host not in found
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
    timeout = IDLE_SECONDS
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
                place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"     # as it was read, not as it came
                lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
                lines += [f"Proxy-Authorization: {credentials}"] if credentials else []
                far.sendall(head(lines))
            else:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.close_connection = True
            relay(self.connection, far)

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
                far.sendall(head(lines) + self.rfile.read(length))
                try:
                    answer = beginning(self.connection, far)
                except (OSError, ValueError) as error:
                    self._no(error)
                    return
                self.wfile.write(answer)
                relay(self.connection, far, only_answers=True)

    do_HEAD = do_GET    # noqa: N815 - the names that http.server looks for

    def _no(self, error: Exception) -> None:
        status = REFUSED if isinstance(error, _Refused) else NAMELESS if isinstance(error, _Nameless) else UNREACHED
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.write(head([f"HTTP/1.1 {status} Not connected", "Content-Length: 0", "Connection: close"]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
        """Nothing: what is asked holds strangers' text."""


def _of_the_environment(url: str) -> str | None:
    import requests

    return requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url)) or None


def _connected(addresses: list[tuple[str, int]]) -> socket.socket:
    error = OSError("the name has no address")
    for address in addresses[:_MOST_ADDRESSES]:
        try:
            connection = socket.create_connection(address, timeout=_CONNECT_SECONDS)
        except OSError as failed:   # noqa: PERF203 - a name's next address may answer
            error = failed
        else:
            connection.settimeout(IDLE_SECONDS)
            return connection
    raise error
