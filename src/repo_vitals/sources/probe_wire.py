"""One request of a probe: to an address that was checked, and to no other; with little time and little to read.

The name is not resolved again on the way: between the check and the connection a hostile name server could answer with
another address (DNS rebinding). Name and certificate are still held to each other, as SNI and Host name the name.
"""
from __future__ import annotations

import http.client
import ssl
import threading
import zlib
from dataclasses import field
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.frozen import dataclass
from repo_vitals.sources.http_wire import causes

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence

    import urllib3

    from repo_vitals.sources.web_url import WebUrl

_NO_PROXY = "the proxy named in the environment could not be reached or refused"
_GZIP = b"\x1f\x8b"      # how a part begins
MOST_ADDRESSES = 4      # of a name, tried one after another

# How far a request came. "there": the other side was reached, or something in its place answered. "nowhere": it was
# not, and whose fault that is can't be told from one service alone. "here": this side could not send it.
Reach = Literal["there", "nowhere", "here"]


class ProbeFailure(Exception):
    """No answer that can be judged. The text says why, in a few words and without a stranger's."""

    def __init__(self, reason: str, *, reach: Reach) -> None:
        super().__init__(reason)
        self.reach = reach


class Refused(ProbeFailure):
    """An address that may not be asked without leave."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, reach="here")


@dataclass(kw_only=True)
class Exchange:
    """One request under way; what is learned of the connection is noted here."""

    url: WebUrl
    addresses: Sequence[str]                # checked; empty: through the proxy
    proxy: str | None = None
    connected: bool = False                 # to the service itself, not to a proxy
    certificate_expires_at: datetime | None = None
    given_up: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer. Header names are in lower case. `whole`: the body is all there is, not only its beginning."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


def converse(exchange: Exchange, *, method: str, headers: Mapping[str, str], context: ssl.SSLContext,
             connect_seconds: float, read_seconds: float, largest: int) -> Reply:
    """Send one request and read its answer, up to `largest` bytes of it. Raises ProbeFailure."""
    import urllib3

    try:
        pool = _pool(exchange, context, urllib3.Timeout(connect=connect_seconds, read=read_seconds))
    except (urllib3.exceptions.HTTPError, ValueError):      # of the URL that names the proxy
        raise ProbeFailure(_NO_PROXY, reach="here") from None
    try:
        whole_url = exchange.proxy is not None
        answer: Any = pool.urlopen(
            method, str(exchange.url) if whole_url else exchange.url.target, headers=dict(headers), redirect=False,
            retries=False, preload_content=False, decode_content=False,
            **({} if whole_url else {"assert_same_host": False}))
        try:
            body, whole = _read(answer, exchange.given_up, largest)
        finally:
            answer.close()
        # http.client reads headers as Latin-1; if they are not ASCII they are UTF-8.
        told = {name.lower(): text.encode("latin-1", "replace").decode("utf-8", "replace")
                for name, text in answer.headers.items()}
        return Reply(status=answer.status, headers=told, body=body, whole=whole)
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError, zlib.error) as error:
        raise told_of(error, proxied=exchange.proxy is not None) from None
    finally:
        pool.close() if exchange.proxy is None else pool.clear()


def _pool(exchange: Exchange, context: ssl.SSLContext, timeout: urllib3.Timeout) -> Any:
    """The connection, made by classes of urllib3's that connect where they are told and look at the certificate."""
    plain, secure = _pools()
    url = exchange.url
    if exchange.proxy is not None:
        return _through_proxy(exchange, exchange.proxy, plain, secure, {"timeout": timeout, "ssl_context": context})
    if url.scheme == "http":
        return plain(url.host, url.port, timeout=timeout, exchange=exchange)
    return secure(url.host, url.port, timeout=timeout, ssl_context=context, exchange=exchange)


def _through_proxy(exchange: Exchange, proxy: str, plain: Any, secure: Any, settings: dict[str, Any]) -> Any:
    import requests
    import urllib3

    address = proxy if "://" in proxy else f"http://{proxy}"
    name, password = requests.utils.get_auth_from_url(address)
    signed = urllib3.make_headers(proxy_basic_auth=f"{name}:{password}") if name else None
    manager = urllib3.ProxyManager(address, proxy_headers=signed, **settings)
    manager.pool_classes_by_scheme = {"http": plain, "https": type("_Noting", (secure,), {"noted": exchange})}
    return manager


@lru_cache
def _pools() -> tuple[Any, Any]:
    """The classes, made at the first call: urllib3 is not loaded before it is needed."""
    import urllib3
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.util.connection import create_connection

    class Plain(HTTPConnection):
        def __init__(self, *given: Any, exchange: Exchange | None = None, **named: Any) -> None:
            super().__init__(*given, **named)
            self.exchange = exchange

        def _new_conn(self) -> socket.socket:
            if self.exchange is None or not self.exchange.addresses:
                return super()._new_conn()
            return _connected(self, self.exchange, create_connection)

    class Secure(HTTPSConnection):
        def __init__(self, *given: Any, exchange: Exchange | None = None, **named: Any) -> None:
            super().__init__(*given, **named)
            self.exchange = exchange

        def _new_conn(self) -> socket.socket:
            if self.exchange is None or not self.exchange.addresses:
                return super()._new_conn()
            return _connected(self, self.exchange, create_connection)

        def connect(self) -> None:
            super().connect()
            if self.exchange is not None and self.sock is not None:
                self.exchange.certificate_expires_at = _expiry(self.sock)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure
        noted: Exchange | None = None

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.conn_kw.setdefault("exchange", self.noted)

    return PlainPool, SecurePool


def _connected(connection: Any, exchange: Exchange, create_connection: Any) -> socket.socket:
    """A socket to the first of the checked addresses that takes one. Raises _Unconnected."""
    failures: list[OSError] = []
    for address in exchange.addresses[:MOST_ADDRESSES]:
        try:
            sock: socket.socket = create_connection((address, connection.port), connection.timeout,
                                                    socket_options=connection.socket_options)
        except OSError as error:    # noqa: PERF203 - a connection costs more than the block
            failures.append(error)
        else:
            exchange.connected = True
            return sock
    raise _Unconnected(failures)


class _Unconnected(OSError):
    """No connection could be made to any address; told apart from one that broke off."""

    def __init__(self, failures: Sequence[OSError]) -> None:
        super().__init__("no connection")
        self.failures = failures


def _expiry(sock: Any) -> datetime | None:
    certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(str((certificate or {})["notAfter"])), timezone.utc)
    except (KeyError, ValueError, OverflowError):
        return None


def _read(answer: Any, given_up: threading.Event, largest: int) -> tuple[bytes, bool]:
    """The body, decompressed here: a small answer can say a thousand times what it weighs."""
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise ProbeFailure("its answer is compressed in a way that was not asked for", reach="there")
    packed = None if encoding in ("", "identity") else _Unpacker()
    body, received = bytearray(), 0
    while not given_up.is_set():
        chunk = answer.read(16384, decode_content=False)
        if not chunk:
            break
        received += len(chunk)
        body += chunk if packed is None else packed.unpack(chunk, largest + 1 - len(body))
        if len(body) > largest or received > largest:
            return bytes(body[:largest]), False
    if packed is not None and received and not packed.is_whole:
        raise ProbeFailure("its answer broke off", reach="there")
    return bytes(body), True


class _Unpacker:
    """What was packed by gzip, in one part or several one after another (RFC 1952, 2.2), or by zlib."""

    def __init__(self) -> None:
        self._part = zlib.decompressobj(wbits=47)       # gzip or zlib, as it begins
        self._held = b""                                # after a part, too little to tell whether another begins

    @property
    def is_whole(self) -> bool:
        return self._part.eof and self._held != _GZIP[:1]

    def unpack(self, chunk: bytes, most: int) -> bytes:
        """Up to `most` bytes; what they leave of the chunk is lost."""
        chunk, self._held = self._held + chunk, b""
        found = bytearray()
        while len(found) < most:
            if self._part.eof:
                if not chunk.startswith(_GZIP):         # padding, which gzip and browsers pass over too
                    self._held = chunk[:2]
                    break
                self._part = zlib.decompressobj(wbits=31)
            found += self._part.decompress(chunk, most - len(found))
            if not self._part.eof:
                break
            chunk = self._part.unused_data
        return bytes(found)


def told_of(error: BaseException, *, proxied: bool) -> ProbeFailure:
    """What went wrong, in our own words: the libraries' texts hold object addresses and what a stranger sent."""
    from urllib3 import exceptions

    chain = causes(error)

    def met(*kinds: type[BaseException]) -> Any:
        return next((cause for cause in chain if isinstance(cause, kinds)), None)

    distrust = met(ssl.SSLCertVerificationError)
    if distrust is not None:
        return ProbeFailure(_distrust(distrust), reach="there")
    if proxied and met(exceptions.ProxyError, exceptions.ProxySchemeUnknown, exceptions.LocationValueError):
        return ProbeFailure(_NO_PROXY, reach="here")
    unconnected = met(_Unconnected)
    if unconnected is not None:
        return _most_telling(unconnected.failures)
    if met(exceptions.ReadTimeoutError, TimeoutError):
        return ProbeFailure("it did not answer in time", reach="there")
    if met(exceptions.IncompleteRead):
        return ProbeFailure("its answer broke off", reach="there")
    if met(zlib.error, exceptions.DecodeError):
        return ProbeFailure("its answer could not be decompressed", reach="there")
    if met(ssl.SSLError, exceptions.SSLError):
        return ProbeFailure("no TLS connection could be made", reach="there")
    return ProbeFailure("the connection broke off, or what came is not HTTP", reach="there")


def _most_telling(failures: Sequence[OSError]) -> ProbeFailure:
    """Of several addresses the failure that came furthest: a machine without IPv6 fails at every such address, and that
    says nothing of the service."""
    order: tuple[Reach, ...] = ("there", "nowhere", "here")
    return min(map(_unconnected, failures), key=lambda failure: order.index(failure.reach))


def _unconnected(error: OSError) -> ProbeFailure:
    import errno

    if isinstance(error, ConnectionRefusedError):
        return ProbeFailure("the connection was refused", reach="there")
    if error.errno in (errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return ProbeFailure("this machine has no way to its network", reach="here")
    if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
        return ProbeFailure("this machine could open no connection", reach="here")
    if error.errno == errno.EHOSTUNREACH:
        return ProbeFailure("its machine can't be reached", reach="nowhere")
    return ProbeFailure("no connection in time" if isinstance(error, TimeoutError) else "no connection could be made",
                        reach="nowhere")


# OpenSSL's X509_V_ERR_… numbers, which have been the same since they were given.
_DISTRUST = {9: "its certificate is not valid yet", 10: "its certificate has expired",
             18: "its certificate is signed by itself", 19: "its certificate is signed by an unknown authority",
             20: "its certificate is signed by an unknown authority",
             62: "its certificate is for another name", 64: "its certificate is for another address"}


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    return _DISTRUST.get(getattr(error, "verify_code", -1), "its certificate is not trusted")
