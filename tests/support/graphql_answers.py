"""GraphQL answers as GitHub words them, good and bad, for scripted servers."""
from __future__ import annotations

from typing import Any

from support.scripted_server import CLOSED, RESET, Step, answer, cut

LIMIT = {"cost": 2, "limit": 1000, "remaining": 900, "resetAt": "2026-01-31T06:59:00Z"}
WHO = {"owner": "acme", "name": "widget"}


def data(content: Any, *, errors: Any = None, status: int = 200, headers: dict[str, str] | None = None,
         **limit: Any) -> Step:
    body = {"data": content if content is None else {"rateLimit": {**LIMIT, **limit}, **content}}
    if errors is not None:
        body["errors"] = errors
    return answer(status, body, headers=headers)


def failed(*errors: Any, content: Any = None, status: int = 200, headers: dict[str, str] | None = None) -> Step:
    return data(content, errors=list(errors), status=status, headers=headers)


REPOSITORY = data({"repository": {"nameWithOwner": "acme/widget"}})
WRONG = "Something went wrong while executing your query. Please include `0400:1` when reporting this issue."

PASSING_FAULTS = {
    "something went wrong, no data": failed({"message": WRONG}),
    "something went wrong, no data key": answer(200, {"errors": [{"message": WRONG}]}),
    "something went wrong with partial data": failed(
        {"message": WRONG, "path": ["repository", "issues"]},
        content={"repository": {"nameWithOwner": "acme/widget", "issues": None}}),
    "timedout": failed({"message": "timedout"}),
    "an error without a text": failed({}),
    "INTERNAL": failed({"type": "INTERNAL", "message": "oops"}),
    "SERVICE_UNAVAILABLE": failed({"type": "SERVICE_UNAVAILABLE", "message": "later"}),
    "502 with JSON errors": failed({"message": WRONG}, status=502),
    "502 with a page": answer(502, body=b"<html>", headers={"content-type": "text/html"}),
    "a reset": RESET,
    "a close": CLOSED,
    "a cut answer": cut(REPOSITORY, keep=7),
    "an empty answer": answer(200, body=b""),
    "data null": data(None),
    "no data": answer(200, {}),
    "a list": answer(200, []),
    "data that is text": answer(200, {"data": "x"}),
    "errors that are no list": answer(200, {"data": {"repository": {}}, "errors": "x"}),
    "repository null without an error": data({"repository": None}),
    "a null node without an error": data({"repository": {"issues": {
        "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [None]}}}),
    "a page without pageInfo": data({"repository": {"issues": {"pageInfo": None, "nodes": []}}}),
    "a next page without a cursor": data({"repository": {"issues": {
        "pageInfo": {"hasNextPage": True, "endCursor": None}, "nodes": []}}}),
    "an earlier page without a cursor": data({"repository": {"issues": {
        "pageInfo": {"hasPreviousPage": True, "startCursor": None}, "nodes": []}}}),
    "nodes that are no list": data({"repository": {"issues": {
        "pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": None}}}),
}
