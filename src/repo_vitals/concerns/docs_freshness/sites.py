"""Asks the hosts of a project's documentation. What fails here is that site's own state, never the whole run's."""
from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.docs_freshness.facts import Site
from repo_vitals.concerns.docs_freshness.site_states import (
    PER_PAGE,
    READTHEDOCS,
    has_more,
    of_docs_rs,
    of_pages,
    of_readthedocs,
    seen,
)
from repo_vitals.errors import CallerError, CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.sources.crates import CRATES_IO, DOCS_RS, PAUSE, Release, Unreadable, read_release
from repo_vitals.sources.web_url import WebUrl, parse_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from repo_vitals.concerns.docs_freshness.site_lines import SiteLine
    from repo_vitals.concerns.docs_freshness.site_states import Look
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.probe import Answered, Prober

_LARGEST = 10_000_000       # bytes: a crate's page at its registry lists every version with its features
_JSON = {"Accept": "application/json"}
_WELL = range(200, 400)
_MOST_PAGES = 5             # of the list of a project's versions


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """Where the hosts are; tests have them on loopback."""

    crates_io: str = CRATES_IO
    docs_rs: str = DOCS_RS
    readthedocs: str = READTHEDOCS
    readthedocs_site: str = "https://{project}.readthedocs.io/"


@dataclass(frozen=True, kw_only=True)
class Released:
    """The newest release of the project itself, by its tag or manifest; "" and None where there is none."""

    version: str = ""
    at: datetime | None = None


def ask(lines: Sequence[SiteLine], prober: Prober, github: GitHub | None, repository: str, *, released: Released,
        now: datetime, build_delay: timedelta = timedelta(hours=24), hosts: Hosts | None = None,
        sleep: Callable[[float], None] = time.sleep) -> tuple[Site, ...]:
    """The state of each documentation, in order. `github`: for Pages; None where there is no token.

    A site is unreachable only where the fault is its own: not where this machine knows no names or may not go there,
    nor where several hosts were asked and none was reached.
    """
    asking = _Asking(prober, github, repository, released, now, build_delay, hosts or Hosts(), sleep)
    sites = tuple(asking.of(line) for line in lines)
    if asking.is_reached or len(asking.hosts) < 2:
        return sites
    return tuple(replace(site, state="unknown", reason=f"{site.reason}, and no other host was reached either")
                 if site.state == "unreachable" else site for site in sites)


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
        self.hosts: set[str] = set()        # that were asked
        self.is_reached = False             # one of them

    def of(self, line: SiteLine) -> Site:
        if line.kind == "docs.rs":
            return self._docs_rs(line.name)
        if line.kind == "Read the Docs":
            return self._readthedocs(line.name)
        if line.kind == "GitHub Pages":
            return self._pages()
        assert line.url is not None  # noqa: S101 - an address has one
        state, reason = self._look(line.url)
        return Site(name=line.url.shown, url=line.url.shown, state=state, reason=reason)

    def _docs_rs(self, crate: str) -> Site:
        site = Site(name=f"docs.rs: {crate}", url=f"{DOCS_RS}/{crate}", state="unknown")
        release = self._release(crate)
        if isinstance(release, str):
            return replace(site, reason=release)
        answered = self._document(f"{self._hosts.docs_rs}/crate/{crate}/{release.documented}/status.json")
        if answered.reply is None:
            page = f"{self._hosts.docs_rs}/{crate}/{release.documented}/{crate.replace('-', '_')}/"
            unsaid = replace(site, expected=release.documented,
                             reason=f"docs.rs did not say whether the release is built ({answered.failure})")
            state, reason = self._look(parse_url(page))
            # What it answers about the page may only be that it is not built.
            return unsaid if state != "unreachable" or reason.startswith("it answered") else \
                replace(unsaid, state=state, reason=reason)
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
        site = self._built(project)
        if site.state not in ("ok", "unknown") or site.reason.startswith("Read the Docs knows no such"):
            return site
        return seen(site, self._look(parse_url(self._hosts.readthedocs_site.format(project=project))))

    def _built(self, project: str) -> Site:
        """By what Read the Docs says of its builds."""
        site = Site(name=f"Read the Docs: {project}", url=f"https://{project}.readthedocs.io/", state="unknown")
        bodies: list[bytes] = []
        try:
            while len(bodies) < _MOST_PAGES:
                path = f"/api/v3/projects/{project}/versions/?active=true&limit={PER_PAGE}"
                answered = self._document(self._hosts.readthedocs + path + (
                    f"&offset={PER_PAGE * len(bodies)}" if bodies else ""))
                if answered.reply is None:
                    return replace(site, reason=f"Read the Docs did not say what it built ({answered.failure})")
                status = answered.reply.status
                bodies.append(answered.reply.body)
                if status != 200 or not has_more(bodies[-1]):
                    break
            return of_readthedocs(project, self._released.version, self._released.at, status, *bodies,
                                  now=self._now, build_delay=self._delay)
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
            return replace(site, reason="the repository has no GitHub Pages, or the token lacks pages: read")
        try:
            url = parse_url(str(found.get("html_url")))
        except ValueError:
            return replace(site, reason="GitHub names no address of it")
        status = found.get("status")
        # A site that is not public asks visitors to sign in.
        return of_pages(status, url.shown, ("ok", "") if found.get("public") is False else self._look(url))

    def _document(self, url: str) -> Answered:
        return self._asked(parse_url(url), largest=_LARGEST, headers=_JSON)

    def _look(self, url: WebUrl) -> Look:
        """Whether an address answers well."""
        answered = self._asked(url)
        if answered.reply is None:
            is_ours = answered.failure is None or answered.failure.reach == "here"
            return "unknown" if is_ours else "unreachable", str(answered.failure)
        status = answered.reply.status
        return ("ok", "") if status in _WELL else ("unreachable", f"it answered {status}")

    def _asked(self, url: WebUrl, **how: Any) -> Answered:
        answered = self._prober.ask(url, **how)
        self.hosts.add(url.host)
        self.is_reached |= answered.reply is not None or (answered.failure is not None
                                                          and answered.failure.reach == "there")
        return answered


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
