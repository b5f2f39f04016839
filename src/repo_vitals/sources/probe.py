"""Asks web services whether they answer, as a visitor would, without being led to this machine or its network.

Every name is resolved here, every address is checked, and the connection goes to an address that was checked; after
each redirect anew. Refused are private, loopback, link-local, multicast, reserved, shared (CGNAT) and unspecified
addresses, in whatever form, unless the host is among `allowed`. No token, cookie or password is ever sent.
"""
from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.sources.addresses import refusal
from repo_vitals.sources.http_wire import USER_AGENT
from repo_vitals.sources.probe_wire import Exchange, ProbeFailure, Refused, Reply, converse
from repo_vitals.sources.web_url import WebUrl, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from repo_vitals.sources.probe_wire import Reach

MOST_REDIRECTS = 5
LARGEST_BODY = 1_000_000
# Registries ask their clients for an address to complain to.
AGENT = f"{USER_AGENT} (+https://github.com/nushell-works/repo-vitals)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds: for a connection, for each read, and for all of a question with its redirects."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What came of a question: an answer or why there is none, and what it cost."""

    reply: Reply | None
    failure: ProbeFailure | None
    url: WebUrl                         # where the redirects ended
    seconds: float                      # from the first name look-up to the end of the body
    requests: int
    certificate_expires_at: datetime | None     # of the certificates on the way, the one that ends first


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, by this machine's resolver. Raises OSError (socket.gaierror)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Prober:
    """Asks. One question at a time a call; calls from several threads do not disturb each other.

    `allowed` holds hosts, or `host:port`, that may have any address. `verify` is a bundle of certificate authorities,
    or True for the built-in one. Proxies of the environment are used for public hosts: such a proxy looks the name up
    itself, so only what this machine's own look-up has cleared is handed to it. `refusing` is said of an address that
    is not public, after what it is.
    """

    def __init__(self, *, allowed: Collection[str] = (), verify: str | bool = True,
                 resolve: Callable[[str, int], list[str]] = resolved, limits: Limits | None = None,
                 refusing: str = "which is asked only when allow-private names it") -> None:
        self._refusing = refusing
        self._allowed = frozenset(allowed)
        self._resolve = resolve
        self._limits = limits or Limits()
        self._verify = verify
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def ask(self, url: WebUrl, *, method: str = "GET", final: Collection[int] = (), largest: int = LARGEST_BODY,
            headers: Mapping[str, str] | None = None) -> Answered:
        """Ask, following up to 5 redirects; one whose status is in `final` is the answer itself. Raises nothing.

        It runs in a thread of its own, since neither a name server that does not answer nor a server that drips one
        byte at a time can be bounded otherwise.
        """
        asking = _Asking(url)
        ended: queue.SimpleQueue[Reply | BaseException] = queue.SimpleQueue()

        def run() -> None:
            try:
                ended.put(self._follow(asking, method, frozenset(final), largest, headers or {}))
            except BaseException as error:  # noqa: BLE001 - handed over to the caller's thread
                ended.put(error)

        started = time.monotonic()
        threading.Thread(target=run, daemon=True, name="repo-vitals probe").start()
        try:
            outcome = ended.get(timeout=self._limits.total)
        except queue.Empty:
            outcome = ProbeFailure(f"no whole answer within {self._limits.total:g} s", reach=asking.reach)
        finally:
            asking.given_up.set()
        seconds = time.monotonic() - started
        if isinstance(outcome, BaseException) and not isinstance(outcome, ProbeFailure):
            raise outcome
        answered = isinstance(outcome, Reply)
        return Answered(reply=outcome if isinstance(outcome, Reply) else None,
                        failure=None if answered else outcome,    # type: ignore[arg-type]
                        url=asking.url, seconds=seconds, requests=asking.requests,
                        certificate_expires_at=asking.expires_at)

    def _follow(self, asking: _Asking, method: str, final: frozenset[int], largest: int,
                headers: Mapping[str, str]) -> Reply:
        seen = {str(asking.url)}
        for hop in range(MOST_REDIRECTS + 1):
            if hop and asking.given_up.is_set():
                break
            try:
                reply = self._once(asking, method, largest, headers)
            except ProbeFailure as failure:
                raise _after_a_redirect(failure) if hop else failure from None
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or reply.status in final or location is None:
                return reply
            target = _redirected(asking.url, location)
            if str(target) in seen:
                raise ProbeFailure("it redirects in a circle", reach="there")
            seen.add(str(target))
            asking.url = target
        raise ProbeFailure(f"it redirects more than {MOST_REDIRECTS} times", reach="there")

    def _once(self, asking: _Asking, method: str, largest: int, headers: Mapping[str, str]) -> Reply:
        url = asking.url
        try:
            addresses = self._addresses(url)
        except Refused as refused:
            leads = "it redirects to" if asking.requests else "its name leads to"
            raise Refused(f"{leads} {refused}") from None
        proxy = self._proxy(url)
        exchange = Exchange(url=url, addresses=() if proxy else addresses, proxy=proxy, given_up=asking.given_up)
        asking.requests += 1
        asking.exchange = exchange
        try:
            return converse(exchange, method=method, context=self._tls(), largest=largest,
                            connect_seconds=self._limits.connect, read_seconds=self._limits.read,
                            headers={"User-Agent": AGENT, "Accept-Encoding": "gzip", "Accept": "*/*", **headers})
        finally:
            asking.noted(exchange.certificate_expires_at)

    def allows(self, url: WebUrl) -> bool:
        """Whether the host may have any address."""
        host = f"[{url.host}]" if ":" in url.host else url.host
        return url.host in self._allowed or f"{host}:{url.port}" in self._allowed

    def refused_address(self, url: WebUrl) -> str | None:
        """What is wrong with the address that a URL names outright; None for a name, and where nothing is."""
        if self.allows(url):
            return None
        try:
            return refusal(url.host)
        except ValueError:
            return None

    def _addresses(self, url: WebUrl) -> list[str]:
        """The addresses that may be connected to; of a public name those that are public. Raises ProbeFailure."""
        try:
            found = self._resolve(url.host, url.port)
        except OSError as error:
            raise _unresolved(error, is_proxied=self._proxy(url) is not None) from None
        except UnicodeError:
            raise ProbeFailure("its name can't be resolved", reach="nowhere") from None
        if not found:
            raise ProbeFailure("its name has no address", reach="nowhere")
        if self.allows(url):
            return found
        reasons = {address: refusal(address) for address in found}
        public = [address for address in found if reasons[address] is None]
        if not public:
            raise Refused(f"{reasons[found[0]]}, {self._refusing}")
        return public

    def _proxy(self, url: WebUrl) -> str | None:
        """The environment's proxy for a URL; a host that is allowed by name is asked directly."""
        if self.allows(url):
            return None
        import requests

        return requests.utils.select_proxy(str(url), requests.utils.get_environ_proxies(str(url))) or None

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = _context(self._verify)
            return self._context


class _Asking:
    """One question under way, seen by the thread that asks and the one that waits."""

    def __init__(self, url: WebUrl) -> None:
        self.url = url
        self.requests = 0
        self.exchange: Exchange | None = None
        self.expires_at: datetime | None = None
        self.given_up = threading.Event()

    @property
    def reach(self) -> Reach:
        """Of a question that took too long: whether it got as far as a connection."""
        connected = self.exchange is not None and self.exchange.connected
        return "there" if connected or self.requests > 1 else "nowhere"

    def noted(self, expires_at: datetime | None) -> None:
        """Take in a certificate met on the way."""
        if expires_at is not None and (self.expires_at is None or expires_at < self.expires_at):
            self.expires_at = expires_at


def _after_a_redirect(failure: ProbeFailure) -> ProbeFailure:
    """The service was reached, wherever it then led; only what this side can't do stays this side's fault."""
    if isinstance(failure, Refused):
        return ProbeFailure(str(failure), reach="there")
    return ProbeFailure(f"after a redirect: {failure}", reach="here" if failure.reach == "here" else "there")


def _redirected(url: WebUrl, location: str) -> WebUrl:
    try:
        target = joined(url, location)
    except ValueError as error:
        raise ProbeFailure(f"it redirects to what {error}", reach="there") from None
    if url.scheme == "https" and target.scheme == "http":
        raise ProbeFailure("it redirects from https to plain http", reach="there")
    return target


def _unresolved(error: OSError, *, is_proxied: bool) -> ProbeFailure:
    """A name server that did not answer may be our own network's fault; one that says no such name is not.

    `is_proxied`: a proxy of the environment stands before the host. Networks that have one often know no names outside.
    """
    again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    return ProbeFailure("its name could not be resolved for the moment" if again else "its name can't be resolved",
                        reach="here" if again or is_proxied else "nowhere")


def _context(verify: str | bool) -> ssl.SSLContext:     # noqa: FBT001 - as requests has it
    import requests

    bundle = verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH
    folder = Path(bundle).is_dir()
    return ssl.create_default_context(cafile=None if folder else bundle, capath=bundle if folder else None)
