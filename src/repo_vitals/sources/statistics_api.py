"""The statistics of package registries over HTTP: named, at the pace that each host asks for, and only what changed.

crates.io asks for a user agent with a way to reach whoever runs it and for at most one request a second
(https://crates.io/data-access); pypistats.org, which answers thirty a minute, is asked every other second, npm's
downloads API like crates.io. No token goes there.
"""
from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote, urlsplit

from repo_vitals.errors import BudgetSpent, CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.sources.http import Request, Transient
from repo_vitals.sources.http_wire import USER_AGENT
from repo_vitals.sources.loopback import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from repo_vitals.sources.http import Transport
    from repo_vitals.sources.http_wire import Response

CONTACT = f"{USER_AGENT} (https://github.com/nushell-works/repo-vitals)"
GIVE_UP_AFTER = 2       # failures of one service in a row
NOT_MODIFIED = 304
T = TypeVar("T")
_UNUSABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError)


class Absent(Exception):
    """The service knows nothing of that name."""


@dataclass(frozen=True, kw_only=True)
class Question(Generic[T]):
    """What to ask: `address` of the service, the `parts` of a path below it, each encoded whole, and a query.

    `read` takes out of a document what is wanted, as plain JSON values, which are remembered under the ETag of the
    answer; `make` makes values of the caller's of these. Both raise what comes of reading something else. `absent`
    tells from the body of a 404 whether the service itself says that there is no such thing; else any 404 does.
    """

    service: str                                    # as an error names it: crates.io
    address: str
    parts: tuple[str, ...]
    read: Callable[[Any], Any]
    make: Callable[[Any], T]
    query: str = ""
    absent: Callable[[Any], bool] | None = None
    pause: float = 1.0      # seconds since the question before to the same host

    @property
    def url(self) -> str:
        """Where to ask."""
        path = "/".join(quote(part, safe="@,:") for part in self.parts)
        return f"{self.address.rstrip('/')}/{path}" + (f"?{self.query}" if self.query else "")


@dataclass(kw_only=True)
class StatisticsApi:
    """The client. `known`: answers of earlier runs by URL, `{"etag", "said"}`; `learned` those to remember now."""

    transport: Transport
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep
    learned: MutableMapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _asked_at: dict[str, float] = field(default_factory=dict)
    # By service and host: a mirror of several registries at one address may lack one of them, or be told by one of
    # them to come back later.
    _failures: dict[tuple[str, str], int] = field(default_factory=dict)
    _given_up: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.transport = self.transport.without_token()

    def ask(self, question: Question[T]) -> T:
        """What `make` and `read` make of the answer.

        Raises Absent; CouldNotMeasure where the service does not answer as its API is described, and at once when it
        failed before or wants to be left alone: one that is down must not use up the time of the others.
        """
        host = urlsplit(question.url).netloc
        service = question.service, host
        if service in self._given_up:
            raise CouldNotMeasure(self._given_up[service])
        pause = 0.0 if LOOPBACK.fullmatch(host.rpartition(":")[0] or host) else question.pause
        self._keep_pace(host, pause)
        known = self._known(question)
        headers = {"Accept": "application/json", "User-Agent": CONTACT}
        if known is not None:
            headers["If-None-Match"] = known["etag"]
        retries = self.transport.cost.retries
        try:
            response = self.transport.send(Request(method="GET", url=question.url, headers=headers, pause=pause),
                                           lambda found: _fault(question, found))
        except BudgetSpent:
            self._given_up[service] = f"{question.service} asks to come back later, and for longer than max-wait allows"
            raise CouldNotMeasure(self._given_up[service]) from None
        except CouldNotMeasure as error:
            self._failures[service] = self._failures.get(service, 0) + 1
            if self._failures[service] >= GIVE_UP_AFTER:
                self._given_up[service] = f"{question.service} was not asked any more: {error}"
            raise
        finally:
            if self.transport.cost.retries != retries:      # the last try was sent later than the first
                self._asked_at[host] = time.monotonic()
        self._failures.pop(service, None)
        return self._said(question, response, known)

    def close(self) -> None:
        """Close idle connections."""
        self.transport.close()

    def _known(self, question: Question[T]) -> Mapping[str, Any] | None:
        """What an earlier run was told there, where it is what it should be: a history may be a stranger's."""
        known = self.known.get(question.url)
        if known is None:
            return None
        try:
            question.make(known["said"])
            return known if _is_tag(known["etag"]) else None
        except _UNUSABLE:
            return None

    def _said(self, question: Question[T], response: Response, known: Mapping[str, Any] | None) -> T:
        if response.status == NOT_MODIFIED and known is not None:
            self.transport.cost.not_modified += 1
            self.learned[question.url] = known
            return question.make(known["said"])
        if response.status == 404:
            raise Absent(question.service)
        if response.status != 200:
            host = urlsplit(question.url).netloc
            raise CouldNotMeasure(f"{question.service} answered {response.status}, not with what was asked for; try "
                                  f"again later, and see whether {host} is the right host and lets this machine in")
        said = question.read(response.json())
        tag = response.headers.get("etag", "")
        if _is_tag(tag):
            self.learned[question.url] = {"etag": tag, "said": said}
        return question.make(said)

    def _keep_pace(self, host: str, pause: float) -> None:
        now = time.monotonic()
        last = self._asked_at.get(host)
        if last is not None and (left := last + pause - now) > 0:
            self.sleep(left)
            now += left
        self._asked_at[host] = now


def _is_tag(text: str) -> bool:
    """Whether it can be an ETag and be sent back as one."""
    return 0 < len(text) <= 200 and text.isascii() and text.isprintable()


def _fault(question: Question[T], response: Response) -> Transient | None:
    """Why an answer is not the service's, so that it is asked again; None where it is."""
    if response.status == 404 and question.absent is not None:
        try:
            is_theirs = question.absent(response.json())
        except _UNUSABLE:
            is_theirs = False
        return None if is_theirs else Transient(reason="it answered 404, and not as its API does")
    if response.status == 200:
        try:
            question.make(question.read(response.json()))
        except _UNUSABLE:
            return Transient(reason="its answer is not what its API describes")
    return None
