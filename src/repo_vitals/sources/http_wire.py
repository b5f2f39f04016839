"""One HTTP exchange, nothing more: no retries, no redirects, no meaning. Its failures say whether anything was sent."""
from __future__ import annotations

import io
import json
import queue
import re
import threading
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from repo_vitals import __version__
from repo_vitals.errors import CouldNotMeasure, InputError
from repo_vitals.frozen import dataclass
from repo_vitals.sources.loopback import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from repo_vitals.sources.credentials import Secret

USER_AGENT = f"repo-vitals/{__version__}"
_NOT_READ: Any = object()
_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class NotSent(Exception):
    """The request did not reach the server, so that even a write may be sent again."""


class Unanswered(Exception):
    """The request may have reached the server; no whole answer came back."""

    def __init__(self, reason: str, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.timed_out = timed_out


class Hopeless(CouldNotMeasure):
    """Trying again would fail in the same way: a certificate that can't be trusted, a proxy that can't be used."""


class TooLarge(Hopeless):
    """An answer of more bytes than the request allows for."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds: for connecting, for each read, and for the whole exchange however slowly the server drips."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 90.0


@dataclass(kw_only=True)
class Response:
    """A whole answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    _parsed: Any = field(default=_NOT_READ, repr=False)

    def json(self) -> Any:
        """The body as JSON values. Raises ValueError when it is not JSON."""
        if self._parsed is _NOT_READ:
            try:
                parsed = json.loads(self.body)
            except RecursionError:
                raise ValueError("nested too deeply") from None
            # Half a character can be written in JSON but not in UTF-8: it would break every file we write.
            self._parsed = _whole_characters(parsed) if _LONE_SURROGATE.search(self.body) else parsed
        return self._parsed

    def is_json(self) -> bool:
        """Whether the body is a JSON object or array; a proxy's error page is not."""
        try:
            return isinstance(self.json(), (dict, list))
        except ValueError:
            return False

    def message(self) -> str:
        """GitHub's error text, or nothing. A stranger's text: to be shown through Secret.shown only."""
        found = self.json().get("message") if self.is_json() and isinstance(self.json(), dict) else None
        return found if isinstance(found, str) else ""


def _whole_characters(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole_characters(entry) for entry in value]
    if isinstance(value, dict):
        return {_whole_characters(key): _whole_characters(entry) for key, entry in value.items()}
    return value


class _Body(io.BytesIO):
    """A write's body that is not sent any more once its exchange was given up."""

    def __init__(self, content: bytes, given_up: threading.Event) -> None:
        super().__init__(content)
        self._given_up = given_up

    def read(self, size: int | None = -1, /) -> bytes:
        if self._given_up.is_set():
            raise OSError("given up")
        return super().read(size)


def certificates(environ: Mapping[str, str]) -> str | bool:
    """The CA bundle to trust: REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE, else True for the built-in one.

    requests looks at the first two only. Raises InputError for a bundle that can't be used.
    """
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        path = environ.get(name, "").strip()
        if path:
            _check_bundle(name, path)
            return path
    return True


def _check_bundle(name: str, path: str) -> None:
    try:
        file = Path(path)
        if not file.is_dir():
            state = file.stat()
            _read_bundle(path, (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns))
    except (OSError, ValueError) as error:      # ssl.SSLError is an OSError
        reason = "does not exist" if isinstance(error, FileNotFoundError) else "holds no certificate that can be read"
        raise InputError(f"{name}: {path[:200]!r} {reason}") from None


@lru_cache(maxsize=8)
def _read_bundle(path: str, state: tuple[int, ...]) -> None:     # noqa: ARG001 - a file that changed is read again
    """Raise OSError or ValueError where no certificate can be read. A system's bundle takes a tenth of a second."""
    import ssl

    ssl.create_default_context(cafile=path)


class Wire:
    """Exchanges over one requests.Session: proxies of the environment, no cookies, no .netrc, no redirects."""

    def __init__(self, *, token: Secret, verify: str | bool, timeouts: Timeouts, largest_body: int) -> None:
        self._token = token
        self._verify = verify
        self._timeouts = timeouts
        self._largest_body = largest_body
        self._session: requests.Session | None = None

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, authorize: bool,
        replayable: bool, largest: int | None = None,
    ) -> Response:
        """Send one request and read the whole answer. Raises NotSent, Unanswered, Hopeless; TooLarge beyond `largest`.

        It runs in a thread of its own: socket time-outs bound each read, but not a server that drips one byte at a
        time, nor a name server that does not answer.
        """
        session = self._session = self._session or _new_session()
        given_up = threading.Event()
        answers: queue.SimpleQueue[Response | BaseException] = queue.SimpleQueue()

        def run() -> None:
            try:
                answers.put(self._converse(session, method, url, headers, body, authorize, replayable, given_up,
                                           largest))
            except BaseException as error:  # noqa: BLE001 - handed over to the caller's thread
                answers.put(error)

        threading.Thread(target=run, daemon=True, name="repo-vitals exchange").start()
        try:
            answer = answers.get(timeout=self._timeouts.total)
        except queue.Empty:
            given_up.set()
            self._session = None        # the thread that was left behind still uses it
            raise Unanswered(f"no whole answer within {self._timeouts.total:g} s", timed_out=True) from None
        except BaseException:           # Ctrl-C: nothing more may be written
            given_up.set()
            raise
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        """Close idle connections; the next exchange opens new ones."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _converse(
        self, session: requests.Session, method: str, url: str, headers: Mapping[str, str], body: bytes | None,
        authorize: bool, replayable: bool, given_up: threading.Event, largest: int | None,   # noqa: FBT001
    ) -> Response:
        import requests
        import urllib3

        # An `auth` of ours keeps requests from taking the password of ~/.netrc instead.
        sign = self._sign if authorize else _leave_unsigned
        data = body if body is None or replayable else _Body(body, given_up)
        try:
            asked = requests.Request(method, url, headers=dict(headers), data=data, auth=sign)
            prepared = session.prepare_request(asked)
            local = LOOPBACK.fullmatch(urlsplit(url).hostname or "")     # a proxy's loopback is not ours
            proxies = {} if local else requests.utils.get_environ_proxies(url)
            timeout = (self._timeouts.connect, self._timeouts.read)
            # Not session.send: it reads a redirect's whole body and trusts its Location even if told not to follow.
            adapter = session.get_adapter(url)
            answer = adapter.send(prepared, stream=True, timeout=timeout, verify=self._verify, proxies=proxies)
            with answer:
                return self._read(answer, given_up, largest)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise _told(error) from None

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request

    def _read(self, answer: requests.Response, given_up: threading.Event, largest: int | None) -> Response:
        chunks: list[bytes] = []
        size = 0
        while not given_up.is_set():
            chunk = answer.raw.read(65536, decode_content=True)
            if not chunk:
                break
            size += len(chunk)
            if largest is not None and size > largest:
                raise TooLarge(f"{urlsplit(answer.url).hostname}: its answer is larger than {largest:,} bytes")
            if size > self._largest_body:
                raise Unanswered(f"its answer is larger than {self._largest_body // 1_000_000} MB")
            chunks.append(chunk)
        announced = answer.headers.get("content-length", "")
        arrived = answer.raw.tell()     # as sent, before decompression
        if announced.isdigit() and answer.request.method != "HEAD" and answer.status_code not in (204, 304) \
                and arrived != int(announced):
            raise Unanswered(f"its answer broke off after {arrived} of {int(announced)} bytes")
        headers = {name.lower(): text for name, text in answer.headers.items()}
        return Response(status=answer.status_code, headers=headers, body=b"".join(chunks), url=answer.url)


def _leave_unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers.pop("Authorization", None)
    return request


def _new_session() -> requests.Session:
    import requests

    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    return session


def _told(error: BaseException) -> Exception:
    """What went wrong in our own words: the libraries' texts hold object addresses, proxy passwords and server text."""
    import socket
    import ssl

    import requests
    from urllib3 import exceptions

    chain = causes(error)

    def met(*kinds: type[BaseException]) -> Any:
        return next((cause for cause in chain if isinstance(cause, kinds)), None)

    distrust = met(ssl.SSLCertVerificationError)
    if distrust is not None:
        reason = str(getattr(distrust, "verify_message", "")) or "certificate verify failed"
        return Hopeless(f"its TLS certificate is not trusted ({reason}); for a private authority name its certificate "
                        "in REQUESTS_CA_BUNDLE")
    if met(requests.exceptions.InvalidSchema, requests.exceptions.InvalidProxyURL, exceptions.ProxySchemeUnknown):
        return Hopeless("the proxy named in the environment can't be used; http:// and https:// proxies can")
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, UnicodeError)):
        return Hopeless("its address can't be used in a request")
    if met(requests.exceptions.ProxyError, exceptions.ProxyError):
        return NotSent("the proxy named in the environment could not be reached or refused")
    if met(exceptions.NameResolutionError, socket.gaierror):
        return NotSent("its name could not be resolved")
    if met(requests.exceptions.ConnectTimeout):
        return NotSent("no connection in time")
    if met(exceptions.NewConnectionError):
        return NotSent("the connection was refused" if met(ConnectionRefusedError) else "no connection could be made")
    if met(requests.exceptions.ReadTimeout, exceptions.ReadTimeoutError, TimeoutError):
        return Unanswered("it did not answer in time", timed_out=True)
    if met(exceptions.IncompleteRead):
        return Unanswered("its answer broke off")
    if met(exceptions.DecodeError):
        return Unanswered("its answer could not be decompressed")
    if met(ssl.SSLError, exceptions.SSLError, requests.exceptions.SSLError):
        return Unanswered("the TLS connection broke off")
    return Unanswered("the connection broke off")


def causes(error: BaseException) -> list[BaseException]:
    """The error, what it wraps, and what those wrap: requests hides urllib3's errors in `args` and `reason`."""
    found: list[BaseException] = []
    waiting: list[Callable[[], object] | object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found and len(found) < 50:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found
