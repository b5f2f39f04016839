"""PyGithub on our own transport: its objects and paging, our retries, budget, redirects and errors.

Imported only where REST is used: PyGithub takes a quarter of a second to import.
"""
from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urljoin, urlsplit

import github
from github import Auth, BadAttributeException, GithubException
from github.Requester import Requester

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.github_refusals import refusal
from repo_vitals.sources.http import Request, Transient, origin
from repo_vitals.sources.http_wire import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, Mapping

    from repo_vitals.sources.credentials import Secret
    from repo_vitals.sources.http import Transport
    from repo_vitals.sources.http_wire import Response

# PyGithub never holds the token: the transport signs what it sends, so no log, repr or exception of PyGithub's has it.
_STAND_IN = "added-by-the-transport"
_NEXT = re.compile(r'<([^>]*)>\s*;[^,]*?rel="next"')
_ONE_OBJECT = re.compile(r"/(?:repos/[^/]+/[^/]+|repositories/\d+)(?:/(?:issues|pulls)/\d+)?$")
_MAKES = re.compile(r"/(?:issues|comments|pulls|labels|milestones|releases)$")
_DOWNLOAD = re.compile(r"/(?:zipball|tarball)(?:/|$)|/(?:logs|zip)$|/assets/\d+$")    # these do lie on other hosts
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
                headers=dict(headers),      # the stand-in among them is replaced, or dropped for another host
                replayable=verb in ("GET", "HEAD"), other_hosts="return",
                # A raw file or an archive may be anything; all else that PyGithub reads is JSON.
                expects_json=not stream and "json" in headers.get("Accept", "json"),
            ), f"{verb} {urlsplit(url).path}"

        def getresponse(self) -> _Answer:
            if self._request is None:
                raise RuntimeError("nothing was requested")
            request, asked = self._request
            while True:
                response = transport.send(request, partial(_fault, request))
                further = _behind_an_empty_page(request.url, response)
                if further is None:
                    return _Answer(response, asked)
                if origin(further) != origin(request.url):
                    raise CouldNotMeasure(f"{request.shown}: its next page is on another host")
                request = replace(request, url=further)

        def close(self) -> None:
            """The transport's connections outlive PyGithub's idea of one."""

    return Connection


def _fault(request: Request, response: Response) -> Transient | None:
    """What PyGithub would silently take for less than there is: `{}` for an empty list, null entries left out."""
    parts = urlsplit(request.url)
    if 300 <= response.status < 400 and not _DOWNLOAD.search(parts.path):
        raise CouldNotMeasure(f"{request.shown}: redirected to another host")
    if not request.expects_json or not 200 <= response.status < 300 or not response.body.strip():
        return None
    content = response.json()
    if request.method == "POST" and _MAKES.search(parts.path) and isinstance(content, dict) and "id" not in content:
        return Transient(reason="its answer does not name what was made")
    if request.method != "GET":
        return None
    if "per_page" in parse_qs(parts.query):
        held_lists = [held for held in content.values() if isinstance(held, list)] if isinstance(content, dict) else []
        lists = [content] if isinstance(content, list) else held_lists
        if not lists:
            return Transient(reason="its answer is no list")
        if any(entry is None for held in lists for entry in held):
            return Transient(reason="its list holds null")
        following = _next_page(response)
        if following is not None and not _is_further(request.url, following):
            raise CouldNotMeasure(f"{request.shown}: GitHub's pages go round in a circle")
    elif isinstance(content, list) and _ONE_OBJECT.search(parts.path):
        return Transient(reason="its answer is a list, where one object was asked for")
    return None


def _behind_an_empty_page(url: str, response: Response) -> str | None:
    """The next page behind an empty one: PyGithub takes an empty page for the last."""
    if response.status != 200 or response.body.strip() != b"[]":
        return None
    following = _next_page(response)
    return None if following is None else urljoin(url, following)


def _next_page(response: Response) -> str | None:
    found = _NEXT.search(response.headers.get("link", ""))
    return found.group(1) if found else None


def _is_further(url: str, following: str) -> bool:
    """Whether a Link header leads on: to a higher page number, or at least to somewhere else."""
    here, there = parse_qs(urlsplit(url).query), parse_qs(urlsplit(following).query)
    pages = [query.get("page", ["1"])[0] for query in (here, there)]
    if "page" in there and all(page.isdecimal() and len(page) < 10 for page in pages):
        return int(pages[1]) > int(pages[0])
    return there != here


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
