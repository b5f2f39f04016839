"""The connection to one GitHub: where it is, with which token, within which limits."""
from __future__ import annotations

import re
import sys
import time
from dataclasses import field
from functools import cache, cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.sources.credentials import Secret
from repo_vitals.sources.loopback import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping
    from datetime import datetime, timedelta

    import github

    from repo_vitals.report.model import Cost
    from repo_vitals.sources.github_graphql import GraphQL
    from repo_vitals.sources.http import Transport
    from repo_vitals.sources.http_wire import Timeouts
    from repo_vitals.sources.limits import Budget

_GHE_COM = re.compile(r"https://(?:api\.)?([a-z0-9-]+\.ghe\.com)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """A GitHub's addresses, without trailing slashes."""

    api_url: str
    graphql_url: str
    server_url: str


def endpoints(environ: Mapping[str, str]) -> Endpoints:
    """The addresses that GITHUB_API_URL, GITHUB_GRAPHQL_URL and GITHUB_SERVER_URL name.

    What is not given follows from the rest, for github.com, ghe.com (api.NAME.ghe.com) and GitHub Enterprise Server
    (/api/v3, /api/graphql). Raises InputError.
    """
    api = _address(environ, "GITHUB_API_URL")
    graphql = _address(environ, "GITHUB_GRAPHQL_URL")
    server = _address(environ, "GITHUB_SERVER_URL")
    if api is None:
        api = _api_beside(graphql) if graphql is not None else _api_of(server or "https://github.com")
    if graphql is None:
        graphql = f"{api.removesuffix('/v3')}/graphql"
    return Endpoints(api_url=api, graphql_url=graphql, server_url=server if server is not None else _server_of(api))


def _api_beside(graphql: str) -> str:
    base = graphql.removesuffix("/graphql")
    return f"{base}/v3" if base.endswith("/api") else base


def _api_of(server: str) -> str:
    if server.lower() in ("https://github.com", "https://www.github.com"):
        return "https://api.github.com"
    cloud = _GHE_COM.fullmatch(server)
    return f"https://api.{cloud.group(1)}" if cloud else f"{server}/api/v3"


def _server_of(api: str) -> str:
    if api.lower() == "https://api.github.com":
        return "https://github.com"
    cloud = _GHE_COM.fullmatch(api)
    return f"https://{cloud.group(1)}" if cloud else api.removesuffix("/api/v3")


def _address(environ: Mapping[str, str], name: str) -> str | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    shown = repr(re.sub(r"//[^/@]*@", "//***@", text)[:200])
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError(f"{name}: {shown} is not a URL") from None
    if parts.scheme not in ("http", "https") or not host or port == 0 or not re.fullmatch(r"[!-~]+", text):
        raise InputError(f"{name}: {shown} is not an http(s) URL such as https://github.example.com/api/v3")
    if "@" in parts.netloc:
        raise InputError(f"{name}: {shown} holds credentials; give the token with --token, GITHUB_TOKEN or GH_TOKEN")
    if parts.query or parts.fragment:
        raise InputError(f"{name}: {shown} has a query or a fragment; give the address without")
    if parts.scheme == "http" and not LOOPBACK.fullmatch(host):
        raise InputError(f"{name}: {shown} is plain http, which would show the token on the way; use https")
    return text.rstrip("/")


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """One run's connection: everything through one transport, one budget, one cost.

    The transport is made when it is first needed: a monitor that asks nobody need not load what asking takes.
    """

    endpoints: Endpoints
    cost: Cost
    made: Callable[[], Transport] = field(repr=False)   # the transport, always the same one
    anonymous: bool = False     # there is no token: GitHub is not to be asked

    @cached_property
    def transport(self) -> Transport:
        """What sends requests. Raises InputError for a CA bundle in the environment that can't be used."""
        return self.made()

    @cached_property
    def graphql(self) -> GraphQL:
        """Queries on the same transport."""
        from repo_vitals.sources.github_graphql import GraphQL

        return GraphQL(transport=self.transport, url=self.endpoints.graphql_url)

    def rest(self, *, seconds_between_writes: float = 1.0) -> github.Github:
        """PyGithub on the same transport. Wrap its calls in github_rest.translated, its writes in writes.write_once."""
        from repo_vitals.sources.github_rest import rest_client

        return rest_client(self.transport, self.endpoints.api_url, seconds_between_writes=seconds_between_writes)

    def close(self) -> None:
        """Close idle connections."""
        if "transport" in vars(self):
            self.transport.close()


def connect(
    *, token: str, environ: Mapping[str, str], cost: Cost, max_wait: timedelta, budget: Budget | None = None,
    now: Callable[[], datetime] | None = None, sleep: Callable[[float], None] = time.sleep,
    etags: MutableMapping[str, tuple[str, bytes]] | None = None, timeouts: Timeouts | None = None,
    log: Callable[[str], None] | None = None,
) -> GitHub:
    """A connection; nothing is sent yet. Raises InputError for an address or a token that can't be used.

    `max_wait` bounds all waiting of the run together. `now` is the clock of waits, not the report's. `etags` keeps
    bodies of REST reads by ETag between runs. REPO_VITALS_DEBUG=1 logs each request's line, status and duration.
    """
    where = endpoints(environ)
    secret = Secret(token)

    @cache
    def made() -> Transport:
        from random import Random

        from repo_vitals.sources.http import Transport, origin, wall_clock
        from repo_vitals.sources.http_wire import certificates
        from repo_vitals.sources.limits import Budget, Patience

        # Full jitter must differ between jobs that failed together, and be the same when one run is repeated.
        seed = "/".join(environ.get(name, "") for name in ("GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_JOB"))
        return Transport(
            token=secret, origins=frozenset({origin(where.api_url), origin(where.graphql_url)}),
            verify=certificates(environ), cost=cost, budget=Budget() if budget is None else budget,
            now=now or wall_clock, etags=etags, timeouts=timeouts,
            patience=Patience(max_wait=max_wait, sleep=sleep, random=Random(seed)),   # noqa: S311 - jitter, no secret
            log=log or (_debug_log if environ.get("REPO_VITALS_DEBUG", "").strip() not in ("", "0") else None),
        )

    return GitHub(endpoints=where, cost=cost, made=made)


def _debug_log(line: str) -> None:
    sys.stderr.write(f"repo-vitals: {line}\n")
