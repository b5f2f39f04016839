"""Comments on issues and pull requests: written, changed and deleted, each once."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.sources.github_connection import GitHub

LONGEST = 65_536        # characters of a comment


class Comments:
    """A repository's comments. Methods raise PermissionMissing, naming what to grant, and what the client raises."""

    def __init__(self, github: GitHub, repository: str) -> None:
        from repo_vitals.sources.github_rest import translated

        self._requester = github.rest().requester
        self._transport = github.transport
        self._translated = translated
        self._base = f"/repos/{repository}/issues"

    def create(self, number: int, body: str, already_there: Callable[[], bool]) -> None:
        """Comment on the issue or pull request of that number. `already_there` looks whether it has arrived."""
        self._once(lambda: self._send("POST", f"/{number}/comments", body), already_there)

    def update(self, comment: int, body: str) -> None:
        """Give a comment another text. Raises CouldNotMeasure where it is gone."""
        place = f"/comments/{comment}"
        if not self._once(lambda: self._send("PATCH", place, body), lambda: self._body(place) == body):
            raise CouldNotMeasure(f"comment {comment} was deleted while this ran; run again")

    def delete(self, comment: int) -> None:
        """Delete a comment; one that is gone already is none the worse."""
        place = f"/comments/{comment}"
        self._once(lambda: self._send("DELETE", place, None), lambda: self._body(place) is None)

    def _once(self, perform: Callable[[], bool], already_there: Callable[[], bool]) -> bool:
        from repo_vitals.sources.writes import write_once

        return write_once(self._transport, perform, lambda: already_there() or None)

    def _send(self, verb: str, place: str, body: str | None) -> bool:
        """False where what is to be changed is not there."""
        from github import UnknownObjectException

        with self._translated(self._transport.token):
            try:
                self._requester.requestJsonAndCheck(verb, f"{self._base}{place}",
                                                    input=None if body is None else {"body": body})
            except UnknownObjectException:
                if verb == "POST":
                    raise
                return False
            return True

    def _body(self, place: str) -> str | None:
        from github import UnknownObjectException

        with self._translated(self._transport.token):
            try:
                _, found = self._requester.requestJsonAndCheck("GET", f"{self._base}{place}")
            except UnknownObjectException:
                return None
        return _text(found)


def _text(found: Any) -> str:
    body = found.get("body") if isinstance(found, dict) else None
    return body if isinstance(body, str) else ""
