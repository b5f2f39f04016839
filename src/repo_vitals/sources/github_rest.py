"""PyGithub on our own transport: its objects and paging, our retries, budget, redirects and errors.

Imported only where REST is used: PyGithub takes a quarter of a second to import.
"""
from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import github
from github import Auth, BadAttributeException, GithubException
from github.Requester import Requester

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.github_refusals import refusal
from repo_vitals.sources.http import Request, Transport
from repo_vitals.sources.http_wire import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, Mapping

    from repo_vitals.sources.credentials import Secret
    from repo_vitals.sources.http_wire import Response

# PyGithub never holds the token: the transport signs what it sends, so no log, repr or exception of PyGithub's has it.
_STAND_IN = "added-by-the-transport"
_ASKED = "x-repo-vitals-asked"          # which request an answer is to; PyGithub's exceptions keep only the headers


class _Answer:
    """An answer in the form that PyGithub's Requester reads."""

    def __init__(self, response: Response, asked: str) -> None:
        self._response = response
        self.status = response.status
        self.headers = {**response.headers, _ASKED: asked}

    def getheaders(self) -> ItemsView[str, str]:
        return self.headers.items()

    def read(self) -> str:
        return self._response.body.decode("utf-8", "replace")

    def iter_content(self, chunk_size: int | None = 1) -> Iterator[bytes]:  # noqa: ARG002 - PyGithub's signature
        yield self._response.body

    def raise_for_status(self) -> None:
        if self.status >= 400:
            raise GithubException(self.status, self._response.message(), dict(self.headers))


def _connection_class(transport: Transport, scheme: str) -> type[Any]:
    """What PyGithub takes for a connection, with our transport behind it."""

    class Connection:
        def __init__(self, host: str, port: int | None = None, **_: Any) -> None:
            self.host = host
            self._origin = f"{scheme}://{f'[{host}]' if ':' in host else host}" + (f":{port}" if port else "")
            self._request: tuple[Request, str] | None = None

        def request(
            self, verb: str, url: str, input: Any, headers: Mapping[str, str], stream: bool = False,  # noqa: A002, FBT001, FBT002
        ) -> None:
            body = input.read() if hasattr(input, "read") else input
            self._request = Request(
                method=verb, url=f"{self._origin}{url}", body=body.encode() if isinstance(body, str) else body,
                headers={name: text for name, text in headers.items() if name.lower() != "authorization"},
                replayable=verb in ("GET", "HEAD"), other_hosts="return",
                # A raw file or an archive may be anything; all else that PyGithub reads is JSON.
                expects_json=not stream and "json" in headers.get("Accept", "json"),
            ), f"{verb} {urlsplit(url).path}"

        def getresponse(self) -> _Answer:
            if self._request is None:
                raise RuntimeError("nothing was requested")
            request, asked = self._request
            return _Answer(transport.send(request), asked)

        def close(self) -> None:
            """The transport's connections outlive PyGithub's idea of one."""

    return Connection


def rest_client(transport: Transport, api_url: str, *, seconds_between_writes: float = 1.0) -> github.Github:
    """A PyGithub client whose every request goes through `transport`. Nothing is sent yet.

    `seconds_between_writes`: GitHub asks for a pause of a second between requests that change something.
    """
    client = github.Github(
        auth=Auth.Token(_STAND_IN), base_url=api_url, retry=None, seconds_between_requests=0,
        seconds_between_writes=seconds_between_writes, per_page=100, lazy=True, user_agent=USER_AGENT,
    )

    class BoundRequester(Requester):
        """A Requester that stays on this transport; PyGithub's own copies would open connections of their own."""

        def _again(self, **changes: Any) -> Requester:
            return BoundRequester(**{**self.kwargs, **changes})

        def withAuth(self, auth: Any) -> Requester:  # noqa: N802 - PyGithub's name
            return self._again(auth=auth)

        def withLazy(self, lazy: Any) -> Requester:  # noqa: N802 - PyGithub's name
            return self if not isinstance(lazy, bool) or lazy == self.is_lazy else self._again(lazy=lazy)

        def withApiVersion(self, api_version: str | None) -> Requester:  # noqa: N802 - PyGithub's name
            return self if api_version == self.api_version else self._again(api_version=api_version)

    # The classes are attributes of the class that they are injected into: only this client's Requester has them.
    BoundRequester.injectConnectionClasses(_connection_class(transport, "http"), _connection_class(transport, "https"))
    requester = BoundRequester(**client.requester.kwargs)
    # The constructor makes its Requester itself and offers no way to pass one.
    setattr(client, "_Github__requester", requester)  # noqa: B010
    if client.requester is not requester:
        raise RuntimeError("this PyGithub keeps its Requester elsewhere")
    return client


@contextmanager
def translated(secret: Secret) -> Iterator[None]:
    """Turn PyGithub's exceptions into ours: one line, the right exit code, no token. Ours pass through untouched.

    Code that expects a 404 (a label that is not there yet) catches UnknownObjectException inside.
    """
    try:
        yield
    except GithubException as error:
        raise _translation(error, secret) from None
    except BadAttributeException as error:
        raise CouldNotMeasure(f"GitHub's answer is not what its API describes ({secret.shown(str(error))})") from None
    except (AssertionError, AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        if not _raised_by_pygithub(error):
            raise
        raise CouldNotMeasure("GitHub's answer is not what its API describes "
                              f"({type(error).__name__} in PyGithub)") from None


def _translation(error: GithubException, secret: Secret) -> Exception:
    headers = {str(name).lower(): str(text) for name, text in (error.headers or {}).items()}
    method, _, path = headers.get(_ASKED, "GET /").partition(" ")
    data = error.data
    message = data.get("message") if isinstance(data, dict) else data
    text = message if isinstance(message, str) else ""
    if isinstance(data, dict) and isinstance(data.get("errors"), list):
        text += "".join(f"; {_one_fault(fault)}" for fault in data["errors"][:5])
    is_json = isinstance(data, dict) and set(data) != {"data"}      # PyGithub wraps what is not JSON in {"data": ...}
    return refusal(error.status, headers, text, method=method, path=path, secret=secret, is_json=is_json)


def _one_fault(fault: Any) -> str:
    """One entry of a 422's `errors`: {"resource": "Label", "code": "invalid", "field": "color"}, or a plain text."""
    if not isinstance(fault, dict):
        return str(fault)
    return " ".join(str(fault[key]) for key in ("resource", "field", "code", "message") if fault.get(key))


def _raised_by_pygithub(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return module == "github" or module.startswith(("github.", "json."))
