"""The one way to GitHub: retries, rate limits, redirects, budget and cost, for GraphQL, REST and PyGithub alike."""
from __future__ import annotations

import re
import time
from dataclasses import field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urljoin, urlsplit

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.sources.http_wire import NotSent, Response, Timeouts, Unanswered, Wire
from repo_vitals.sources.limits import Limit, limit_in, reset_instant, retry_after, server_time, whole_number
from repo_vitals.sources.loopback import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from repo_vitals.report.model import Cost
    from repo_vitals.sources.credentials import Secret
    from repo_vitals.sources.limits import Budget, Patience, Pool

MOST_TRIES = 5
MOST_REDIRECTS = 5
LARGEST_BODY = 50_000_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NO_BODY = frozenset({204, 205, 304})
_OF_AN_ISSUE = re.compile(r"/issues/\d+(?:/|$)")


class OutcomeUnknown(CouldNotMeasure):
    """A write was sent, and whether it took effect is not known. Read before writing again: see writes.write_once."""


class Moved(CouldNotMeasure):
    """What a write was for is in another repository now, where nothing is written."""


class TooHeavy(CouldNotMeasure):
    """GitHub could not serve so much in one answer: ask for less."""


@dataclass(frozen=True, kw_only=True)
class Transient:
    """A verdict on an answer: not to be trusted now, perhaps right when asked again."""

    reason: str
    heavy: bool = False                 # GitHub may have run out of time or resources over this request
    sent: bool = True                   # False: it did not reach GitHub
    wait_seconds: float | None = None   # as the server asks


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to ask. `replayable`: reading twice does no harm, so that it may be sent again whatever happened."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    replayable: bool = True
    expects_json: bool = True
    name: str = ""                      # what the debug log adds to method and path: the query's name
    pool: Pool = "core"
    other_hosts: Literal["follow", "return"] = "follow"     # a redirect away from GitHub, or that answer itself
    largest: int | None = None          # bytes of its answer's body, where fewer than usual are to be read
    pause: float = 0.0                  # seconds that the host wants between two tries
    may_shrink: bool = False            # raise TooHeavy at the first sign, so that the caller asks for less at once

    @property
    def shown(self) -> str:
        """Method and path for errors and logs: no query string, nothing that could be taken for a log command."""
        path = quote(urlsplit(self.url).path or "/", safe="/:@%+,~!$&'()*=")
        return " ".join(part for part in (self.method, path[:200], self.name) if part)


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an http(s) URL; None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80)


class Transport:
    """Sends requests until there is an answer that can be trusted, or an error that says why not."""

    def __init__(
        self, *, token: Secret, origins: frozenset[tuple[str, str, int] | None], verify: str | bool, cost: Cost,
        budget: Budget, patience: Patience, now: Callable[[], datetime], log: Callable[[str], None] | None = None,
        etags: MutableMapping[str, tuple[str, bytes]] | None = None, timeouts: Timeouts | None = None,
        largest_body: int = LARGEST_BODY,
    ) -> None:
        self.token = token
        self.cost = cost
        self.budget = budget
        self.patience = patience
        self.now = now
        self.verify = verify            # CA bundle, or True for the built-in one
        self._origins = origins         # where the token may go, and nowhere else
        self._ahead = timedelta(0)      # how far GitHub's clock is ahead of ours
        self._log = log
        self._etags = etags
        self._verify, self._timeouts = verify, timeouts
        self._wire = Wire(token=token, verify=verify, timeouts=timeouts or Timeouts(), largest_body=largest_body)

    def without_token(self) -> Transport:
        """Another one for services that are not GitHub: no token, no share of GitHub's limits; cost and patience are
        the same, so that one run reports all that it asked and waits no longer in all than it may."""
        from repo_vitals.sources.credentials import NoSecret
        from repo_vitals.sources.limits import Budget

        return Transport(token=NoSecret(), origins=frozenset(), verify=self._verify, cost=self.cost, budget=Budget(),
                         patience=self.patience, now=self.now, log=self._log, timeouts=self._timeouts)

    def send(self, request: Request, examine: Callable[[Response], Transient | Limit | None] | None = None) -> Response:
        """The answer, whatever its status below 500, that is whole, JSON where expected, and passed `examine`.

        Raises CouldNotMeasure after the last try, BudgetSpent for limits, OutcomeUnknown for a write that may have
        happened, TooHeavy when `may_shrink` is set; and what `examine` raises.
        """
        failures = limits_met = 0
        while True:
            self._await_budget(request.pool)
            verdict = self._attempt(request, examine)
            if isinstance(verdict, Response):
                return verdict
            if isinstance(verdict, Limit):
                limits_met += 1
                self.patience.sit_out(verdict, times_met=limits_met, now=self.server_now())
                if verdict.kind == "primary":
                    self.budget.renew(request.pool, verdict.resets_at)
            else:
                failures += 1
                self._rest_after(request, verdict, failures)
            self.cost.retries += 1

    def server_now(self) -> datetime:
        """The time by GitHub's clock, as its last answer told it: resets are given in that."""
        return self.now() + self._ahead

    def close(self) -> None:
        """Close idle connections."""
        self._wire.close()

    def _await_budget(self, pool: Pool) -> None:
        limit = self.budget.spent(pool, self.server_now())
        if limit is None:
            return
        if limit.wait_seconds is None or not self.patience.wait(limit.wait_seconds):
            raise self.budget.refusal(pool)
        self.budget.renew(pool, limit.resets_at)

    def _rest_after(self, request: Request, verdict: Transient, failures: int) -> None:
        """Sleep before the next try, or raise what ends the trying."""
        host = urlsplit(request.url).hostname
        if verdict.sent and not request.replayable:
            raise OutcomeUnknown(f"{request.shown}: sent to {host}, and it is not known whether it took effect: "
                                 f"{verdict.reason}")
        if verdict.heavy and request.may_shrink:
            raise TooHeavy(f"{request.shown}: {verdict.reason}")
        if failures < MOST_TRIES:
            asked = verdict.wait_seconds
            if self.patience.wait(max(asked, request.pause)) if asked is not None else \
                    self.patience.back_off(failures, least=request.pause):
                return
        tries = "1 try" if failures == 1 else f"{failures} tries"
        error = TooHeavy if verdict.heavy else CouldNotMeasure
        raise error(f"{request.shown}: no usable answer from {host} after {tries}: {verdict.reason}; try again later")

    def _attempt(
        self, request: Request, examine: Callable[[Response], Transient | Limit | None] | None
    ) -> Response | Transient | Limit:
        try:
            response = self._follow(request)
        except NotSent as failure:
            return Transient(reason=str(failure), sent=False)
        except Unanswered as failure:
            return Transient(reason=str(failure), heavy=failure.timed_out)
        status, headers = response.status, response.headers
        if status in (403, 429):
            limit = limit_in(status, headers, response.message(), self.now())
            if limit is not None:
                return limit
        if status >= 500 or status == 408:
            return Transient(reason=f"it answered {status}", heavy=status in (408, 502, 504),
                             wait_seconds=retry_after(headers, self.now()) if status == 503 else None)
        if status == 202 and request.method == "GET":
            return Transient(reason="it is still computing the answer (202)")
        if status < 300 and status not in _NO_BODY and request.expects_json and request.method != "HEAD" \
                and not response.is_json():
            return Transient(reason="its answer is empty" if not response.body.strip() else "its answer is not JSON")
        return (examine(response) if examine is not None else None) or response

    def _follow(self, request: Request) -> Response:
        """One try, redirects included: renamed repositories answer 301, and GitHub asks to repeat the request there.

        Writes go only to the same host, and not after an issue that was transferred, which leads to another repository:
        GitHub says 301 of it, and 307 of a renamed one. A read that leaves the host leaves the token behind, for good.
        """
        url, signed = request.url, True
        for _ in range(MOST_REDIRECTS + 1):
            signed = signed and origin(url) in self._origins
            response = self._exchange(request, url, signed=signed)
            if response.status not in _REDIRECTS:
                return response
            target = _target(url, response)
            if target is None or self.token.scrub(target) != target:    # a URL with the token in it ends in logs
                raise CouldNotMeasure(f"{request.shown}: redirected ({response.status}) to nowhere to go")
            if origin(target) != origin(request.url):
                if request.other_hosts == "return" and request.method in ("GET", "HEAD"):
                    return response
                if request.method not in ("GET", "HEAD"):
                    raise CouldNotMeasure(f"{request.shown}: redirected to another host, "
                                          f"{self.token.shown(urlsplit(target).hostname)}, where nothing is sent")
            if request.method not in ("GET", "HEAD") and response.status in (301, 302) \
                    and _OF_AN_ISSUE.search(urlsplit(url).path):
                raise Moved(f"{request.shown}: the issue was moved ({response.status}), and nothing is written there")
            if response.status == 303 and request.method not in ("GET", "HEAD"):
                raise CouldNotMeasure(f"{request.shown}: redirected (303) to something else than was asked for")
            url = target
        raise CouldNotMeasure(f"{request.shown}: redirected more than {MOST_REDIRECTS} times")

    def _exchange(self, request: Request, url: str, *, signed: bool) -> Response:
        headers = dict(request.headers)
        key = f"{headers.get('Accept', '')} {url}"
        stored = self._etags.get(key) if self._etags is not None and request.method == "GET" and signed else None
        if stored is not None:
            headers["If-None-Match"] = stored[0]
        started = time.monotonic()
        sent = True
        told = "no answer"
        try:
            response = self._wire.exchange(request.method, url, headers=headers, body=request.body, authorize=signed,
                                           replayable=request.replayable, largest=request.largest)
            told = str(response.status)
        except NotSent as failure:
            sent, told = False, f"not sent: {failure}"
            raise
        except Unanswered as failure:
            told = str(failure)
            raise
        finally:
            self.cost.requests += sent
            if self._log is not None:
                self._log(f"{request.shown} → {told} in {time.monotonic() - started:.3f} s")
        if signed:
            now = self.now()
            self._ahead = server_time(response.headers, now) - now
            self._account(request, response)
        if response.status == 304 and stored is not None:
            self.cost.not_modified += 1
            return Response(status=200, headers=response.headers, body=stored[1], url=response.url)
        self._remember(request, key, response)
        return response

    def _account(self, request: Request, response: Response) -> None:
        """Charge a REST request to this run's budget; GraphQL answers name their own cost (github_graphql)."""
        remaining = whole_number(response.headers.get("x-ratelimit-remaining"))
        if request.pool == "core" and remaining is not None \
                and response.headers.get("x-ratelimit-resource", "core") == "core":
            self.budget.observe("core", remaining=remaining, resets_at=reset_instant(response.headers),
                                cost=0 if response.status == 304 else 1)

    def _remember(self, request: Request, key: str, response: Response) -> None:
        """Keep a body under its ETag, but no page of a list: a 304 might lack the Link header to the next one."""
        tag = response.headers.get("etag")
        if self._etags is None or not tag or request.method != "GET" or response.status != 200 \
                or "link" in response.headers or not response.is_json():
            return
        content = response.json()
        if not isinstance(content, list) or len(content) < 30:      # 30 is GitHub's smallest page unless asked for less
            self._etags[key] = (tag, response.body)


def _target(url: str, response: Response) -> str | None:
    """Where a redirect leads; None for nowhere, and for another host without TLS that is not this very machine."""
    location = response.headers.get("location")
    if location is None:
        return None
    try:        # http.client reads headers as Latin-1; URLs are UTF-8 if they are not ASCII
        target = urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError:
        return None
    there = origin(target)
    if there is None or (there != origin(url) and there[0] != "https" and not LOOPBACK.fullmatch(there[1])):
        return None
    return target


def wall_clock() -> datetime:
    """Now, for waiting; not the report's clock, which the user may set."""
    return datetime.now(timezone.utc)
