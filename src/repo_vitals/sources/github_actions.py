"""Workflows, runs and jobs, as GitHub's REST API tells them: plain JSON objects, page by page.

Asked for through PyGithub's Requester and not its objects: it has none for an attempt, its lists can't be sliced, and
an attribute that an answer lacks would cost a request of its own without a word.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.clock import format_instant, parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.sources.github_connection import GitHub

Node = dict[str, Any]
A_PAGE = 100
MOST = 1000             # runs that one listing gives, however many there are


class Actions:
    """A repository's Actions. Raises what the client raises; KeyError and its like for an answer of another shape."""

    def __init__(self, github: GitHub, repository: str) -> None:
        from repo_vitals.sources.github_rest import translated

        self._requester = github.rest().requester
        self._translated = translated
        self._secret = github.transport.token
        self._base = f"/repos/{repository}/actions"

    def workflows(self) -> list[Node]:
        """Every workflow that GitHub lists."""
        return [found for page in self._pages("/workflows", "workflows", {}) for found in page]

    def runs(self, workflow: int | None, **filters: str) -> Iterator[list[Node]]:
        """Pages of runs, the newest first, MOST runs at most; the caller may stop early.

        `filters` are GitHub's: branch, event, created …; `workflow` is a workflow's number, None
        for those of all. Pull requests are left out unless the filter `exclude_pull_requests` is "false".
        """
        from github import UnknownObjectException

        parameters = {**filters, "exclude_pull_requests": filters.get("exclude_pull_requests", "true")}
        if workflow is None:
            yield from self._pages("/runs", "workflow_runs", parameters, most=MOST)
            return
        with self._translated(self._secret):
            try:
                yield from self._raw_pages(f"/workflows/{workflow}/runs", "workflow_runs", parameters, most=MOST)
            except UnknownObjectException:      # the workflow is no more, and its runs with it
                return

    def newest_run(self, workflow: int, **filters: str) -> Node | None:
        """The newest run of a workflow under some filters."""
        found = self._get(f"/workflows/{workflow}/runs", {**filters, "per_page": 1})
        return None if found is None or not found["workflow_runs"] else found["workflow_runs"][0]

    def run(self, number: int) -> Node | None:
        """A run; None where it is gone."""
        return self._get(f"/runs/{number}", {})

    def attempt(self, number: int, attempt: int) -> Node | None:
        """One attempt of a run; None where it is gone."""
        return self._get(f"/runs/{number}/attempts/{attempt}", {"exclude_pull_requests": "true"})

    def jobs(self, number: int) -> list[Node] | None:
        """The jobs of all attempts of a run; None where the run is gone."""
        from github import UnknownObjectException

        with self._translated(self._secret):
            try:
                return [job for page in self._raw_pages(f"/runs/{number}/jobs", "jobs", {"filter": "all"})
                        for job in page]
            except UnknownObjectException:
                return None

    def artifacts(self, number: int) -> Iterator[list[Node]]:
        """Pages of the artifacts of a run, of all its attempts."""
        yield from self._pages(f"/runs/{number}/artifacts", "artifacts", {}, most=MOST)

    def workflow_state(self, file: str) -> str | None:
        """The state of a workflow, by its file's name; None where there is none of that name."""
        found = self._get(f"/workflows/{quote(file, safe='')}", {})
        return None if found is None else str(found["state"])

    def enable(self, file: str) -> None:
        """Have a workflow, by its file's name, run again. Doing so twice does no harm."""
        with self._translated(self._secret):
            self._requester.requestJsonAndCheck("PUT", f"{self._base}/workflows/{quote(file, safe='')}/enable")

    def _get(self, place: str, parameters: Node) -> Node | None:
        from github import UnknownObjectException

        with self._translated(self._secret):
            try:
                _, found = self._requester.requestJsonAndCheck("GET", f"{self._base}{place}", parameters=parameters)
            except UnknownObjectException:
                return None
        if not isinstance(found, dict):
            raise TypeError(place)
        return found

    def _pages(self, place: str, name: str, parameters: Node, *, most: int | None = None) -> Iterator[list[Node]]:
        with self._translated(self._secret):
            yield from self._raw_pages(place, name, parameters, most=most)

    def _raw_pages(self, place: str, name: str, parameters: Node, *, most: int | None = None) -> Iterator[list[Node]]:
        page = 1
        while True:
            headers, found = self._requester.requestJsonAndCheck(
                "GET", f"{self._base}{place}", parameters={**parameters, "per_page": A_PAGE, "page": page})
            entries = found[name]
            if not all(isinstance(entry, dict) for entry in entries):
                raise TypeError(place)
            yield entries
            # GitHub's own word decides, and not the page's length: a page may be short.
            if 'rel="next"' not in headers.get("link", "") or (most is not None and page * A_PAGE >= most):
                return
            page += 1


def between(first: datetime | None, last: datetime) -> str:
    """The `created` filter for both moments and what lies between them; from the beginning on without the first."""
    return f"{'*' if first is None else format_instant(first)}..{format_instant(last)}"


class Slices:
    """A listing of more runs than GitHub gives at once: slice after slice by `created`, each run once.

    `crowded` are the seconds in which so many runs were created that not all of them can be had.
    """

    def __init__(self, actions: Actions, *, first: datetime, last: datetime, **filters: str) -> None:
        self._actions = actions
        self._first, self._last = first, last
        self._filters = filters
        self.crowded: list[datetime] = []

    def pages(self) -> Iterator[list[Node]]:
        """Pages without doubles, the newest first."""
        from datetime import timedelta

        seen: set[int] = set()
        last = self._last
        while last >= self._first:
            pages, oldest = 0, last
            for page in self._actions.runs(None, created=between(self._first, last), **self._filters):
                pages += 1
                oldest = min((parse_instant(run["created_at"]) for run in page), default=oldest)
                yield [run for run in page if run["id"] not in seen]
                seen.update(run["id"] for run in page)
            # By pages and not by entries: a page may be short, and the listing goes on all the same.
            if pages < MOST // A_PAGE:
                return
            if oldest >= last:
                self.crowded.append(last)
                oldest = last - timedelta(seconds=1)
            last = oldest
