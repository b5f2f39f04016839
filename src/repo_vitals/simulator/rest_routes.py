"""Which REST operations there are, what each may cost in permissions, and how paths and pages are read."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from repo_vitals.clock import parse_instant
from repo_vitals.frozen import dataclass
from repo_vitals.simulator.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.simulator.accounts import Access, Token
    from repo_vitals.simulator.exchange import Request
    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.rest_json import Forms
    from repo_vitals.simulator.state import State


class Refusal(Exception):
    """An answer that ends the handling of a request."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to one operation, with everything that its handler needs."""

    state: State
    token: Token | None
    request: Request
    repository: Repository
    forms: Forms
    names: Mapping[str, str]        # the parts of the path

    @property
    def query(self) -> Mapping[str, str]:
        """The query's parameters."""
        return self.request.query

    @property
    def masked(self) -> bool:
        """Whether private membership is hidden from the token."""
        return self.token is not None and self.token.masks_members

    def fields(self) -> dict[str, Any]:
        """The body's JSON object; none is empty."""
        if not self.request.body:
            return {}
        try:
            found = self.request.json()
        except ValueError:
            raise Refusal(Answer.error(400, "Problems parsing JSON")) from None
        if not isinstance(found, dict):
            raise Refusal(Answer.error(400, "Body should be a JSON object"))
        return found

    def since(self, name: str = "since") -> datetime | None:
        """A parameter that is an instant."""
        text = self.query.get(name)
        if not text:
            return None
        try:
            return parse_instant(text)
        except ValueError:
            raise invalid("Issue", name, "invalid") from None


@dataclass(frozen=True)
class Route:
    """An operation: `permissions` is who may call it, any one of them being enough."""

    method: str
    pattern: str
    permissions: tuple[tuple[str, Access], ...]
    handle: Callable[[Call], Answer]

    @property
    def accepted(self) -> str:
        """The header `x-accepted-github-permissions`."""
        return "; ".join(f"{name}={access}" for name, access in self.permissions)

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The path's parts, decoded, where it is this operation's."""
        if method != self.method:
            return None
        wanted, given = self.pattern.split("/"), path.split("/")
        rest = {}
        if wanted[-1].startswith("{+") and len(given) >= len(wanted) - 1:   # the rest of the path, slashes and all
            name = wanted.pop()[2:-1]
            rest[name], given = unquote("/".join(given[len(wanted):])), given[:len(wanted)]
        if len(wanted) != len(given):
            return None
        found = {}
        for part, text in zip(wanted, given, strict=True):
            if part.startswith("{"):
                found[part[1:-1]] = unquote(text)
            elif part != text:
                return None
        return {**found, **rest} if all(found.values()) else None


def invalid(resource: str, name: str, code: str, message: str | None = None) -> Refusal:
    """422, as GitHub says what is wrong with which field."""
    problem = {"resource": resource, "code": code, "field": name}
    if message is not None:
        problem["message"] = message
    return Refusal(Answer.error(422, "Validation Failed", errors=[problem]))


def not_found() -> Refusal:
    """404."""
    return Refusal(Answer.error(404, "Not Found"))


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    # GitHub falls back silently rather than refusing.
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else default


def paged(call: Call, entries: Sequence[Any], show: Callable[[Any], Any],
          within: Callable[[list[Any]], Any] = list) -> Answer:
    """One page by number, with the links that GitHub gives: by the repository's number, not its name.

    `within` makes the document of what is shown, where that is more than a list.
    """
    size, page = min(100, _number(call.query, "per_page", 30)), _number(call.query, "page", 1)
    last = max(1, -(-len(entries) // size))
    rest = call.request.path.split("/", 4)[4] if call.request.path.startswith("/repos/") else \
        call.request.path.split("/", 3)[3]

    def link(number: int, name: str) -> str:
        parameters = urlencode({**call.query, "page": number}, quote_via=quote)
        return f'<{call.request.base}/repositories/{call.repository.id}/{rest}?{parameters}>; rel="{name}"'
    links = [link(page - 1, "prev")] if page > 1 else []
    links += [link(page + 1, "next"), link(last, "last")] if page < last else []
    links += [link(1, "first")] if page > 1 else []
    shown = [show(entry) for entry in entries[(page - 1) * size: page * size]]
    return Answer.of(within(shown), headers={"link": ", ".join(links)} if links else {})
