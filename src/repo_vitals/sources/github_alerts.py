"""GitHub's own lists of alerts about a repository, and its list of components, as plain JSON objects.

A refusal says which list it is about and why: what is switched off is FeatureDisabled, what the token may not read is
PermissionMissing. Secrets themselves are never sent: GitHub is asked to hide them.
"""
from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlsplit

from repo_vitals.errors import CouldNotMeasure, FeatureDisabled, PermissionMissing, RepoVitalsError
from repo_vitals.sources.github_rest import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from repo_vitals.sources.github_connection import GitHub

Node = dict[str, Any]
Name = Literal["dependabot", "code-scanning", "secret-scanning", "sbom"]
A_PAGE = 100
CALLED: dict[str, str] = {
    "dependabot": "Dependabot alerts", "code-scanning": "code scanning alerts",
    "secret-scanning": "secret scanning alerts", "sbom": "GitHub's list of dependencies (SBOM)",
}
_SWITCHES = {
    "dependabot": "switch Dependabot alerts on", "code-scanning": "set up code scanning",
    "secret-scanning": "switch secret scanning on", "sbom": "switch the dependency graph on",
}
_SECRETS_NEED = ("a workflow's own token never may; it takes a GitHub App's or a fine-grained token with "
                 '"Secret scanning alerts: read"')


class Alerts:
    """What GitHub lists about one repository. Raises what the client raises, each refusal in its own words."""

    def __init__(self, github: GitHub, repository: str) -> None:
        self._requester = github.rest().requester
        self._secret = github.transport.token
        self._repository = repository

    def dependabot(self, **filters: str) -> Iterator[Node]:
        """Alerts of Dependabot's, page by page, each once; the caller may stop early. `filters` are GitHub's."""
        yield from self._listed("dependabot", "dependabot/alerts", filters)

    def code_scanning(self, ref: str) -> Iterator[Node]:
        """The open alerts of code scanning on a ref."""
        yield from self._listed("code-scanning", "code-scanning/alerts", {"state": "open", "ref": ref})

    def secret_scanning(self) -> Iterator[Node]:
        """The open alerts of secret scanning, without the secrets."""
        yield from self._listed("secret-scanning", "secret-scanning/alerts", {"state": "open", "hide_secret": "true"})

    def sbom(self) -> Node:
        """The components that the dependency graph knows, in the form of SPDX 2.3."""
        with self._refusals("sbom"):
            _, found = self._requester.requestJsonAndCheck("GET", self._place("dependency-graph/sbom"))
        return _object(_object(found)["sbom"])

    def default_branch(self) -> str:
        """The name of the default branch."""
        with translated(self._secret):
            _, found = self._requester.requestJsonAndCheck("GET", f"/repos/{self._repository}")
        name = _object(found)["default_branch"]
        if not isinstance(name, str):
            raise TypeError("default_branch")
        return name

    def _place(self, rest: str) -> str:
        return f"/repos/{self._repository}/{rest}"

    def _listed(self, name: Name, rest: str, filters: Mapping[str, str]) -> Iterator[Node]:
        """Page after page by GitHub's own link, be it to a cursor or to a number; always below our own address."""
        parameters: dict[str, Any] = {**filters, "per_page": A_PAGE}
        asked: set[str] = set()
        seen: set[int] = set()
        while True:
            with self._refusals(name):
                headers, found = self._requester.requestJsonAndCheck("GET", self._place(rest), parameters=parameters)
            if not isinstance(found, list):
                raise TypeError(rest)
            for alert in map(_object, found):
                # The list moves on while it is read, and may show an alert again on the next page.
                if alert["number"] not in seen:
                    seen.add(alert["number"])
                    yield alert
            following = _next_query(headers.get("link", ""))
            if following is None:
                return
            if following in asked:
                raise CouldNotMeasure(f"GET {self._place(rest)}: GitHub's pages go round in a circle")
            asked.add(following)
            parameters = {key: entries[-1] for key, entries in parse_qs(following).items()}

    @contextmanager
    def _refusals(self, name: Name) -> Iterator[None]:
        from github import GithubException

        with translated(self._secret):
            try:
                yield
            except GithubException as error:
                message = error.data.get("message") if isinstance(error.data, dict) else None
                meant = self._meaning(name, error.status, message if isinstance(message, str) else "")
                if meant is None:
                    raise
                raise meant from None

    def _meaning(self, name: Name, status: int, message: str) -> RepoVitalsError | None:
        """Why GitHub refuses; None where that is nothing particular to alerts."""
        said = f"GitHub: {self._secret.shown(message)}"
        words, what, where = message.lower(), CALLED[name], self._repository
        if status == 403 and "archived" in words:
            return FeatureDisabled(f"{what}: {where} is archived, and GitHub has none for archived repositories "
                                   f"({said})")
        if status in (403, 404) and ("disabled" in words or "must be enabled" in words or "not enabled" in words):
            return FeatureDisabled(f"{what}: switched off in {where} ({said}); {_SWITCHES[name]} in the repository's "
                                   "settings, or ask for none")
        if status == 404 and "no analysis found" in words:
            return FeatureDisabled(f"{what}: no analysis of {where} has been uploaded for the default branch yet "
                                   f"({said})")
        if status in (403, 404) and name == "secret-scanning" and "rate limit" not in words:
            return PermissionMissing(f"{what}: not shown to this token ({status}, {said}), or switched off in {where}; "
                                     f"{_SECRETS_NEED}")
        return None


def _object(found: Any) -> Node:
    if not isinstance(found, dict):
        raise TypeError("object")
    return found


def _next_query(link: str) -> str | None:
    """The query of the next page in a Link header."""
    for part in link.split(","):
        target, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return urlsplit(target.strip().strip("<>")).query
    return None
