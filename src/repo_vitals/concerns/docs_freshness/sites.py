"""Asks the hosts of a project's documentation. What fails here is that site's own state, never the whole run's."""
from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.facts import Site
from repo_vitals.concerns.docs_freshness.site_states import READTHEDOCS, of_docs_rs, of_pages, of_readthedocs
from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.sources.crates import CRATES_IO, DOCS_RS, PAUSE, Release, Unreadable, read_release
from repo_vitals.sources.web_url import WebUrl, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from repo_vitals.concerns.docs_freshness.site_lines import SiteLine
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.probe import Answered, Prober

_LARGEST = 10_000_000       # bytes: a crate's page at its registry lists every version with its features
_JSON = {"Accept": "application/json"}
_WELL = range(200, 400)


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """Where the hosts are; tests have them on loopback."""

    crates_io: str = CRATES_IO
    docs_rs: str = DOCS_RS
    readthedocs: str = READTHEDOCS


@dataclass(frozen=True, kw_only=True)
class Released:
    """The newest release of the project itself, by its tag or manifest; "" and None where there is none."""

    version: str = ""
    at: datetime | None = None


def ask(lines: Sequence[SiteLine], prober: Prober, github: GitHub | None, repository: str, *, released: Released,
        now: datetime, build_delay: timedelta = timedelta(hours=24), hosts: Hosts | None = None,
        sleep: Callable[[float], None] = time.sleep) -> tuple[Site, ...]:
    """The state of each documentation, in order. `github`: for Pages; None where there is no token."""
    asking = _Asking(prober, github, repository, released, now, build_delay, hosts or Hosts(), sleep)
    return tuple(asking.of(line) for line in lines)


class _Asking:
    def __init__(self, prober: Prober, github: GitHub | None, repository: str, released: Released, now: datetime,
                 build_delay: timedelta, hosts: Hosts, sleep: Callable[[float], None]) -> None:
        self._prober = prober
        self._github = github
        self._repository = repository
        self._released = released
        self._now = now
        self._delay = build_delay
        self._hosts = hosts
        self._sleep = sleep
        self._asked_registry = False

    def of(self, line: SiteLine) -> Site:
        if line.kind == "docs.rs":
            return self._docs_rs(line.name)
        if line.kind == "Read the Docs":
            return self._readthedocs(line.name)
        if line.kind == "GitHub Pages":
            return self._pages()
        assert line.url is not None  # noqa: S101 - an address has one
        why = self._reached(line.url)
        return Site(name=line.url.shown, url=line.url.shown, state="unreachable" if why else "ok", reason=why)

    def _docs_rs(self, crate: str) -> Site:
        site = Site(name=f"docs.rs: {crate}", url=f"{DOCS_RS}/{crate}", state="unknown")
        release = self._release(crate)
        if isinstance(release, str):
            return replace(site, reason=release)
        answered = self._document(f"{self._hosts.docs_rs}/crate/{crate}/{release.documented}/status.json")
        if answered.reply is None:
            return replace(site, state="unreachable", expected=release.documented, reason=str(answered.failure))
        try:
            return of_docs_rs(crate, release.documented, release.documented_at, answered.reply.status,
                              answered.reply.body, now=self._now, build_delay=self._delay)
        except Unreadable as error:
            return replace(site, expected=release.documented, reason=str(error))

    def _release(self, crate: str) -> Release | str:
        """The crate at its registry, or why that is not known."""
        if self._asked_registry:
            self._sleep(PAUSE)
        self._asked_registry = True
        answered = self._document(f"{self._hosts.crates_io}/api/v1/crates/{crate}")
        if answered.reply is None:
            return f"crates.io was not reached ({answered.failure})"
        if answered.reply.status != 200 or not answered.reply.whole:
            return "crates.io knows no such crate" if answered.reply.status == 404 else \
                f"crates.io answered {answered.reply.status}, not with the crate"
        try:
            return read_release(answered.reply.body, crate=crate)
        except Unreadable as error:
            return f"of crates.io's answer: {error}"

    def _readthedocs(self, project: str) -> Site:
        path = f"/api/v3/projects/{project}/versions/?active=true&limit=100"
        answered = self._document(self._hosts.readthedocs + path)
        site = Site(name=f"Read the Docs: {project}", url=f"https://{project}.readthedocs.io/", state="unknown")
        if answered.reply is None:
            return replace(site, state="unreachable", reason=str(answered.failure))
        try:
            return of_readthedocs(project, self._released.version, self._released.at, answered.reply.status,
                                  answered.reply.body, now=self._now, build_delay=self._delay)
        except Unreadable as error:
            return replace(site, reason=str(error))

    def _pages(self) -> Site:
        site = Site(name="GitHub Pages", url="", state="unknown")
        if self._github is None:
            return replace(site, reason="it takes a token to ask for")
        try:
            found = _pages_of(self._github, self._repository)
        except CallerError as error:
            return replace(site, reason=str(error))
        except CouldNotMeasure as error:
            return replace(site, reason=f"GitHub could not be asked ({error})")
        if found is None:
            return replace(site, state="unreachable", reason="the repository has no GitHub Pages, or the token lacks "
                                                             "pages: read")
        try:
            url = parse_url(str(found.get("html_url")))
        except ValueError:
            return replace(site, reason="GitHub names no address of it")
        status = found.get("status")
        # A site that is not public asks visitors to sign in.
        return of_pages(status, url.shown, reached="" if found.get("public") is False else self._reached(url))

    def _document(self, url: str) -> Answered:
        return self._prober.ask(parse_url(url), largest=_LARGEST, headers=_JSON)

    def _reached(self, url: WebUrl) -> str:
        """Why an address does not answer well; empty where it does."""
        answered = self._prober.ask(url)
        if answered.reply is None:
            return str(answered.failure)
        return "" if answered.reply.status in _WELL else f"it answered {answered.reply.status}"


def _pages_of(github: GitHub, repository: str) -> dict[str, Any] | None:
    """`GET /repos/{owner}/{repo}/pages`; None for 404. Raises CallerError and CouldNotMeasure."""
    from github import UnknownObjectException

    from repo_vitals.sources.github_rest import translated

    requester = github.rest().requester
    with translated(github.transport.token):
        try:
            _, found = requester.requestJsonAndCheck("GET", f"/repos/{repository}/pages")
        except UnknownObjectException:
            return None
    if not isinstance(found, dict):
        raise CouldNotMeasure("GitHub's answer about Pages is not what its API describes")
    return found
