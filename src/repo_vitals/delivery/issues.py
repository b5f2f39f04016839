"""Issues: opened, changed, closed, commented on, each write once and no faster than GitHub asks."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.delivery.pace import Pace
from repo_vitals.errors import CouldNotMeasure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repo_vitals.sources.github_connection import GitHub

LONGEST_BODY, LONGEST_TITLE = 65_536, 256       # characters
_NEWEST = 30            # issues, and comments, among which a write of unknown outcome is looked for
_LAST_COMMENTS = """
query LastComments($owner: String!, $name: String!, $number: Int!) {
  rateLimit { cost limit remaining resetAt }
  repository(owner: $owner, name: $name) {
    issue(number: $number) { comments(last: 30) { nodes { body viewerDidAuthor } } }
  }
}
"""


class Refused(CouldNotMeasure):
    """GitHub does not take one part of a write, and would take the rest."""


class Issues:
    """A repository's issues. Methods raise PermissionMissing, naming what to grant, and what else the client raises."""

    def __init__(self, github: GitHub, repository: str, pace: Pace | None = None) -> None:
        from repo_vitals.sources.github_rest import translated

        self._github = github
        self._requester = github.rest(seconds_between_writes=0).requester
        self._translated = translated
        self.repository = repository
        self._base = f"/repos/{repository}/issues"
        self.pace = pace or Pace()

    def create(self, *, title: str, body: str, labels: Sequence[str] = (), assignees: Sequence[str] = ()) -> int:
        """Open an issue with its labels and assignees in one request; its number.

        `body` tells it from every other, as by a marker and a time: after an unknown outcome it is looked for by that.
        Raises Refused where one of the assignees can't be assigned: nothing was opened then.
        """
        given: dict[str, Any] = {"title": title[:LONGEST_TITLE], "body": body}
        given |= {name: list(value) for name, value in (("labels", labels), ("assignees", assignees)) if value}
        made = self._once(lambda: self._send("POST", "", given), lambda: self._newest_like(body))
        return _number(made)

    def update(self, number: int, *, title: str | None = None, body: str | None = None, state: str | None = None,
               reason: str | None = None) -> None:
        """Change in one request what is given: title, body, and with `state` whether it is open, and why not."""
        given = {name: value for name, value in (("title", title), ("body", body), ("state", state),
                                                 ("state_reason", reason)) if value is not None}
        self._once(lambda: self._send("PATCH", f"/{number}", given), lambda: self._is_so(number, given))

    def comment(self, number: int, body: str) -> None:
        """Comment on an issue. Raises Refused where it is locked to this token."""
        self._once(lambda: self._send("POST", f"/{number}/comments", {"body": body}),
                   lambda: self._has_comment(number, body))

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Put labels on beside those that are there."""
        self._once(lambda: self._send("POST", f"/{number}/labels", {"labels": list(labels)}), _again)

    def remove_label(self, number: int, label: str) -> None:
        """Take a label off; one that is not there is none the worse."""
        place = f"/{number}/labels/{quote(label, safe='')}"
        self._once(lambda: self._send("DELETE", place, None, may_lack=True), _again)

    def assign(self, number: int, logins: Sequence[str]) -> tuple[str, ...]:
        """Assign people beside those that are; who of them could not be. GitHub leaves those out without a word."""
        answer = self._once(lambda: self._send("POST", f"/{number}/assignees", {"assignees": list(logins)}), _again)
        people = answer.get("assignees") if isinstance(answer, dict) else None
        there = {str(one.get("login")).lower() for one in people or () if isinstance(one, dict)}
        return tuple(login for login in logins if login.lower() not in there)

    def _once(self, perform: Callable[[], Any], already_there: Callable[[], Any]) -> Any:
        from repo_vitals.sources.writes import write_once

        return write_once(self._github.transport, perform, already_there)

    def _send(self, verb: str, place: str, given: dict[str, Any] | None, *, may_lack: bool = False) -> Any:
        from github import GithubException

        from repo_vitals.sources.http import Moved

        self.pace.wait()
        with self._translated(self._github.transport.token):
            try:
                _, answer = self._requester.requestJsonAndCheck(verb, f"{self._base}{place}", input=given)
            except Moved:
                raise _gone(place) from None
            except GithubException as error:
                if may_lack and error.status in (404, 410):
                    return True
                refused = _refusal(error, place)
                if refused is None:
                    raise
                raise refused from None
        return True if answer is None else answer

    def _newest_like(self, body: str) -> dict[str, Any] | None:
        wanted = _plain(body)
        with self._translated(self._github.transport.token):
            _, found = self._requester.requestJsonAndCheck(
                "GET", self._base, parameters={"state": "all", "sort": "created", "direction": "desc",
                                               "per_page": _NEWEST})
        return next((one for one in found if isinstance(one, dict) and _plain(one.get("body")) == wanted), None)

    def _is_so(self, number: int, given: dict[str, Any]) -> bool | None:
        with self._translated(self._github.transport.token):
            _, found = self._requester.requestJsonAndCheck("GET", f"{self._base}/{number}")
        same = all(_plain(found.get(name)) == _plain(value) for name, value in given.items())
        return same or None

    def _has_comment(self, number: int, body: str) -> bool | None:
        owner, _, name = self.repository.partition("/")
        answer = self._github.graphql.run(_LAST_COMMENTS, {"owner": owner, "name": name, "number": number})
        try:
            nodes = answer["repository"]["issue"]["comments"]["nodes"]
            ours = [_plain(node["body"]) for node in nodes if node["viewerDidAuthor"] is True]
        except (KeyError, TypeError):
            raise CouldNotMeasure(f"GitHub's list of the comments of #{number} lacks what it should hold") from None
        return _plain(body) in ours or None


def _again() -> None:
    """Nothing to look for: what is simply done again when its outcome is not known."""


def _refusal(error: Any, place: str) -> Exception | None:
    """A refusal of one part of a write, or of one issue alone; None for every other."""
    data = error.data if isinstance(error.data, dict) else {}
    said = str(data.get("message") or "").lower()
    faults = [one for one in data.get("errors") or () if isinstance(one, dict)]
    if error.status == 422 and any(str(one.get("field")).startswith("assignee") for one in faults):
        return Refused("GitHub does not let one of the assignees be assigned")
    if error.status == 403 and "locked" in said:
        return Refused("the issue is locked to this token")
    if error.status in (404, 410) and place and "disabled" not in said:
        return _gone(place)
    return None


def _gone(place: str) -> CouldNotMeasure:
    return CouldNotMeasure(f"issue #{place.split('/')[1]} was deleted or moved while this ran; the next run looks anew")


def _number(made: Any) -> int:
    number = made.get("number") if isinstance(made, dict) else None
    if not isinstance(number, int):
        raise CouldNotMeasure("GitHub does not say which number the new issue has; run again")
    return number


def _plain(text: Any) -> str:
    """A text as GitHub may give it back: with other line ends, and none at its end."""
    return str(text or "").replace("\r\n", "\n").strip()
