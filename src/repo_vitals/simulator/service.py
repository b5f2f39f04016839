"""GitHub behind its socket: who asks, may they, what is it, what does it cost. A request in, an answer out."""
from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.exchange import Answer, Request
from repo_vitals.simulator.graphql_api import Prepared, execute, prepare
from repo_vitals.simulator.limits import Limits, primary_limit, secondary_limit
from repo_vitals.simulator.rest_api import answer_rest

if TYPE_CHECKING:
    from repo_vitals.simulator.accounts import Token
    from repo_vitals.simulator.state import State

_LOGIN_GUIDE = "https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql"


class Service:
    """A whole GitHub, apart from the network."""

    def __init__(self, state: State, limits: Limits) -> None:
        self.state = state
        self.limits = limits

    def answer(self, request: Request, query: Prepared | None) -> Answer:
        """What GitHub says; `query` is the prepared GraphQL query, where the request holds one."""
        token = None if request.token is None else self.state.token(request.token)
        if request.token is not None and token is None:
            return Answer.error(401, "Bad credentials")
        resource = "graphql" if request.is_graphql else "core"
        with self.state.lock:       # one request at a time sees and changes the state
            answer = self._graphql(request, token, query) if request.is_graphql else self._rest(request, token)
        answer.headers = {**answer.headers, **self.limits.headers(request.token or "", resource),
                          "x-github-media-type": "github.v4; format=json" if request.is_graphql
                          else "github.v3; format=json"}
        return answer

    def _graphql(self, request: Request, token: Token | None, query: Prepared | None) -> Answer:
        if token is None:
            return Answer.of({"message": "This endpoint requires you to be authenticated.",
                              "documentation_url": _LOGIN_GUIDE, "status": "401"}, 401)
        if request.method != "POST":
            return Answer.error(404, "Not Found")
        variables = _variables(request)
        if query is None or variables is None:
            return Answer.error(400, "Problems parsing JSON")
        if not self.limits.charge(token.text, "graphql", query.cost.points):
            return primary_limit("graphql")
        figures = self.limits.in_graphql(token.text, cost=query.cost.points, nodes=query.cost.nodes)
        return Answer.of(execute(query, self.state, token, variables, figures))

    def _rest(self, request: Request, token: Token | None) -> Answer:
        key = request.token or ""
        if request.path == "/rate_limit":
            if not self.limits.enabled:
                return Answer.error(404, "Rate limiting is not enabled.")
            return Answer.of(self.limits.in_rest(key))
        if self.limits.enabled and self.limits.allowance(key, "core").remaining == 0:
            return primary_limit("core")
        if request.method in ("POST", "PATCH", "PUT", "DELETE") and self.limits.too_many_writes(key):
            return secondary_limit(retry_after=60)
        answer = answer_rest(self.state, token, request)
        if request.method == "GET" and answer.status == 200:
            answer.headers["etag"] = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
            if _matches(request.headers.get("if-none-match", ""), answer.headers["etag"]):
                return Answer(status=304, headers={"etag": answer.headers["etag"]})     # and is not charged
        self.limits.charge(key, "core", 1)
        return answer


def read_query(request: Request) -> Prepared | None:
    """The GraphQL query in a request's body; None where there is none to read."""
    try:
        document = request.json()
        variables = document.get("variables") or {}
        return prepare(str(document["query"]), variables, document.get("operationName"))
    except (ValueError, AttributeError, KeyError, TypeError):
        return None


def _variables(request: Request) -> dict[str, Any] | None:
    try:
        found = json.loads(request.body).get("variables") or {}
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, dict) else None


def _matches(header: str, etag: str) -> bool:
    # Weak comparison, as the method asks for: W/ says nothing here.
    wanted = {candidate.strip().removeprefix("W/") for candidate in header.split(",")}
    return "*" in wanted or etag.removeprefix("W/") in wanted
