"""What a GraphQL answer is worth: data that can be used whole, something to ask again, or an error that says why."""
from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.github_refusals import permission_missing, refusal, repository_not_found, token_refused
from repo_vitals.sources.http import Transient
from repo_vitals.sources.limits import Limit, limit_in, primary_limit, reset_instant, whole_number
from repo_vitals.sources.permissions import for_graphql

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from repo_vitals.errors import RepoVitalsError
    from repo_vitals.sources.credentials import Secret
    from repo_vitals.sources.http_wire import Response

Path = tuple[str | int, ...]
_RATE_LIMITS = frozenset({"RATE_LIMITED", "RATE_LIMIT", "graphql_rate_limit"})
_TOO_HEAVY = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "RESOURCE_LIMIT_EXCEEDED"})
_PASSING = frozenset({"", "INTERNAL", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "STALE_DATA", "TIMEOUT", "LOADING"})
_REFUSED = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})
# Told by their codes or, where a server sends none, by their words: the query itself is not understood.
_UNKNOWN_TO_SERVER = re.compile(
    r"doesn't exist on type|doesn't accept argument|cannot query field|unknown argument|unknown type|isn't a defined|"
    r"no such type|is not defined by type|type mismatch on variable|parse error|syntax error", re.IGNORECASE,
)
_OUT_OF_TIME = re.compile(r"time(?:d)?[ -]?out|in time|something went wrong while executing your query", re.IGNORECASE)
_SCOPES = re.compile(r"one of the following scopes: \[([^\]]{1,200})\]")


def verdict_on(
    response: Response, *, variables: Mapping[str, Any], absent_nodes: bool, secret: Secret, now: datetime, name: str,
    nullable: str | None = None,
) -> Transient | Limit | None:
    """None when the answer's `data` can be used whole. Raises what can't be helped by asking again.

    `nullable`: the one field right below `data` that GitHub leaves null where it knows nobody of that name.
    """
    body = response.json() if response.is_json() else None
    errors = _errors(body)
    if response.status >= 400:
        return _refused(response, errors, variables=variables, secret=secret, name=name, now=now)
    if not isinstance(body, dict):
        return Transient(reason="its answer is no GraphQL answer")
    data = body.get("data")
    absent: set[Path] = set() if nullable is None else {(nullable,)}
    if errors:
        may_lack = absent_nodes or nullable is not None
        if may_lack and isinstance(data, dict) and all(_is_absent_node(error, data) for error in errors):
            absent |= {_path(error) for error in errors}
        else:
            return judge_errors(errors, response, variables=variables, secret=secret, now=now, name=name)
    elif "errors" in body and body["errors"] not in (None, []):
        return Transient(reason="its GraphQL errors can't be read")
    if not isinstance(data, dict):
        return Transient(reason="its GraphQL answer has no data")
    return _whole(data, absent)


def judge_errors(
    errors: list[dict[str, Any]], response: Response, *, variables: Mapping[str, Any], secret: Secret, now: datetime,
    name: str,
) -> Transient | Limit:
    """The gravest of a GraphQL answer's errors: a limit first, since behind it nothing else can be believed."""
    for error in errors:
        if _kind(error) in _RATE_LIMITS or _code(error) in _RATE_LIMITS:
            return _point_limit(response, now)
    for error in errors:
        limit = limit_in(response.status, response.headers, _message(error), now)
        if limit is not None and not _kind(error):
            return limit
    for error in errors:
        final = _final(error, variables, secret, name)
        if final is not None:
            raise final
    for error in errors:
        if _kind(error) in _TOO_HEAVY or _code(error) in _TOO_HEAVY:
            return Transient(reason=f"too much for one answer ({_kind(error) or _code(error)})", heavy=True)
    for error in errors:
        if _kind(error) not in _PASSING:
            raise CouldNotMeasure(f"{name}: GitHub refused the query: {secret.shown(_kind(error), limit=40)} "
                                  f"({secret.shown(_message(error))})")
    first = _message(errors[0])
    return Transient(reason=f"GraphQL error ({secret.shown(first) or 'without a text'})",
                     heavy=any(_OUT_OF_TIME.search(_message(error)) for error in errors))


def _final(error: dict[str, Any], variables: Mapping[str, Any], secret: Secret, name: str) -> RepoVitalsError | None:
    kind, message, path = _kind(error), _message(error), _path(error)
    said = secret.shown(message)
    where = secret.shown(".".join(str(part) for part in path), limit=80)
    if kind == "NOT_FOUND":
        if path == ("repository",) or "could not resolve to a repository" in message.lower():
            return repository_not_found(secret.shown(f"{variables.get('owner')}/{variables.get('name')}", limit=150))
        return CouldNotMeasure(f"{name}: GitHub no longer knows what was asked for at {where or 'the query'} ({said})")
    if kind in _REFUSED:
        scopes = _SCOPES.search(message)
        permission = secret.shown(scopes.group(1).replace("'", ""), limit=80) if scopes else for_graphql(path)
        return permission_missing(f"read {where or 'what the query asks for'}", permission, said)
    if _UNKNOWN_TO_SERVER.search(message) and kind not in _TOO_HEAVY:
        return CouldNotMeasure(f"{name}: the server does not know this query ({said}); a GitHub Enterprise Server may "
                               "be too old for it")
    return None


def _refused(
    response: Response, errors: list[dict[str, Any]], *, variables: Mapping[str, Any], secret: Secret, now: datetime,
    name: str,
) -> Transient | Limit:
    if response.status == 401:
        raise token_refused()
    if errors and response.status not in (403, 404):
        return judge_errors(errors, response, variables=variables, secret=secret, now=now, name=name)
    if response.status == 403 and not response.is_json():
        raise CouldNotMeasure(f"{name}: answered 403 by something that is not GitHub's API (a proxy or a firewall?)")
    message = response.message() or (_message(errors[0]) if errors else "")
    if response.status == 403:
        raise permission_missing(f"ask {name}", None, secret.shown(f"403 {message}"))
    raise refusal(response.status, response.headers, message, method="POST", path="/graphql", secret=secret,
                  is_json=response.is_json())


def _point_limit(response: Response, now: datetime) -> Limit:
    limit = limit_in(429, response.headers, "", now) if "retry-after" in response.headers else None
    return limit or primary_limit(response.headers, now)


def _errors(body: Any) -> list[dict[str, Any]]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _kind(error: dict[str, Any]) -> str:
    return _text(error.get("type"))


def _code(error: dict[str, Any]) -> str:
    extensions = error.get("extensions")
    return _text(error.get("code")) or (_text(extensions.get("code")) if isinstance(extensions, dict) else "")


def _message(error: dict[str, Any]) -> str:
    return _text(error.get("message"))


def _path(error: dict[str, Any]) -> Path:
    path = error.get("path")
    return tuple(part for part in path if isinstance(part, (str, int))) if isinstance(path, list) else ()


def _is_absent_node(error: dict[str, Any], data: dict[str, Any]) -> bool:
    """Whether an error only says that a node is gone that was asked for by id or number.

    Its path is `nodes.3`, an alias of `node(id:)`, or below the repository an alias of `issue(number:)`.
    """
    path = _path(error)
    if _kind(error) != "NOT_FOUND" or not path or path == ("repository",):
        return False
    if path[0] == "repository":
        inside = data.get("repository")
        return len(path) == 2 and isinstance(inside, dict) and path[1] in inside and inside[path[1]] is None
    if len(path) == 1:
        return path[0] in data and data[str(path[0])] is None
    entries = data.get(str(path[0]))
    return (len(path) == 2 and isinstance(path[1], int) and isinstance(entries, list)
            and 0 <= path[1] < len(entries) and entries[path[1]] is None)


def _whole(data: dict[str, Any], absent: set[Path]) -> Transient | None:
    """None when nothing in the data is missing that GitHub never leaves out: null nodes, a lost pageInfo."""
    for path, value in _walk(data, ()):
        if value is None and path and isinstance(path[-1], int) and path not in absent:
            return Transient(reason=f"an entry of {_shown(path[:-1])} is null")
        if value is None and len(path) == 1 and path[0] != "rateLimit" and path not in absent:
            return Transient(reason=f"{_shown(path)} is null")
        if path[-1:] == ("pageInfo",) and not _is_page_info(value):
            return Transient(reason=f"{_shown(path)} is not whole")
        if path[-1:] == ("nodes",) and not isinstance(value, list):
            return Transient(reason=f"{_shown(path)} is not a list")
    return None


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    waiting: list[tuple[Path, Any]] = [(path, value)]
    while waiting:
        here, one = waiting.pop()
        yield here, one
        if isinstance(one, dict):
            waiting += [((*here, key), entry) for key, entry in one.items()
                        if entry is None or isinstance(entry, (dict, list)) or key in ("nodes", "pageInfo")]
        elif isinstance(one, list):
            waiting += [((*here, index), entry) for index, entry in enumerate(one)
                        if entry is None or isinstance(entry, (dict, list))]


def _is_page_info(value: Any) -> bool:
    """Whether it says how to go on, in the direction in which the pages were asked for."""
    if not isinstance(value, dict):
        return False
    more, cursor = ("hasPreviousPage", "startCursor") if "hasPreviousPage" in value else ("hasNextPage", "endCursor")
    return isinstance(value.get(more), bool) and (not value[more] or bool(_text(value.get(cursor))))


def _shown(path: Path) -> str:
    return ".".join(str(part)[:40] for part in path)


def charged(response: Response) -> tuple[int | None, int | None, datetime | None]:
    """Points charged, points remaining, reset: from `rateLimit` in the data, the remainder else from the headers."""
    body = response.json() if response.is_json() else None
    data = body.get("data") if isinstance(body, dict) else None
    limit = data.get("rateLimit") if isinstance(data, dict) else None
    remaining = whole_number(response.headers.get("x-ratelimit-remaining"))
    resets_at = reset_instant(response.headers)
    if not isinstance(limit, dict):
        return None, remaining, resets_at
    cost = limit.get("cost")
    left = limit.get("remaining")
    with contextlib.suppress(ValueError):
        resets_at = parse_instant(_text(limit.get("resetAt")))
    points = cost if isinstance(cost, int) and cost >= 0 else None
    return points, (left if isinstance(left, int) else remaining), resets_at
