"""What can go wrong between a client and GitHub, on request.

A plan is a list of rules. A rule says which requests it is about, which of those it hits, and what happens to them; the
first rule that fires wins. Everything random comes from a seed.
"""
from __future__ import annotations

import json
import random
import threading
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import InputError
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.limits import primary_limit, secondary_limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repo_vitals.simulator.exchange import Request

BEFORE = ("status", "reset", "timeout", "secondary-limit", "primary-limit", "unauthorized", "graphql-error", "heavy")
AFTER = ("truncated", "not-json", "empty", "partial-data", "latency")
KINDS = (*BEFORE, *AFTER)

SOMETHING_WRONG = ("Something went wrong while executing your query on 2026-01-31T06:00:00Z. Please include "
                   "`C0DE:51A7:1234:5678:697D9B80` when reporting this issue.")
TIMED_OUT = ("Something went wrong while executing your query. This may be the result of a timeout, or it could be a "
             "GitHub bug. Please include `C0DE:51A7:1234:5678:697D9B80` when reporting this issue.")
RESOURCE_LIMITS = "Resource limits for this query exceeded."
ERROR_PAGE = (b"<!DOCTYPE html>\n<html>\n<head><title>Unicorn! &middot; GitHub</title></head>\n"
              b"<body><p><strong>We had issues producing the response to your request.</strong></p></body>\n</html>\n")


@dataclass(kw_only=True)
class Fault:
    """A rule. Without conditions it hits every request."""

    kind: str                           # one of KINDS
    method: str | None = None           # GET, POST …
    path: str | None = None             # a pattern as of a shell: /repos/*/issues
    operation: str | None = None        # the name of a GraphQL operation, as such a pattern
    nth: tuple[int, ...] = ()           # which of the matching requests, counted from 1; none: all of them
    times: int | None = None            # at most so often
    probability: float = 1.0
    seed: int = 0
    status: int = 502                   # of `status`, `heavy` (0: it times out), limits (403 unless 429)
    body: str = "html"                  # of `status` and `heavy`: html, json, empty
    applied: bool = False               # of `status`, `reset`, `timeout`: the request was carried out before
    seconds: float = 0.0                # of `latency`; of `timeout` the longest that the connection stays open
    retry_after: int | None = None      # of `secondary-limit`
    resets_in: float | None = None      # of `primary-limit`: seconds to the reset it names; none: it names none
    above: int = 0                      # of `heavy`: pages larger than this
    error: str = SOMETHING_WRONG        # of `graphql-error`, `partial-data`
    type: str | None = None             # of `graphql-error`, `partial-data`: the error's type
    data: str = "missing"               # of `graphql-error`: missing or null
    seen: int = field(default=0, repr=False)
    fired: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f'faults: unknown kind "{self.kind}" (one of {", ".join(KINDS)})')
        nth: Any = self.nth
        self.nth = (nth,) if isinstance(nth, int) else tuple(nth)
        self._random = random.Random(self.seed)  # noqa: S311 -- chance on request, not a secret

    def hits(self, request: Request) -> bool:
        """Whether it is about this request, and fires; counts."""
        about = ((self.method is None or request.method == self.method)
                 and (self.path is None or fnmatchcase(request.path, self.path))
                 and (self.operation is None or fnmatchcase(request.operation, self.operation))
                 and (self.kind != "heavy" or request.heaviest > self.above)
                 and (self.kind not in ("graphql-error", "partial-data") or request.is_graphql))
        if not about:
            return False
        self.seen += 1
        if ((self.nth and self.seen not in self.nth) or (self.times is not None and self.fired >= self.times)
                or (self.probability < 1 and self._random.random() >= self.probability)):
            return False
        self.fired += 1
        return True

    def instead(self, request: Request, *, now: float) -> Answer:
        """The answer that a fault of `BEFORE` gives in place of GitHub's own; it counts as GitHub's where it is one.

        `now` in seconds since the epoch, for the reset that a limit names.
        """
        if self.kind in ("status", "heavy"):
            return self._server_error(request)
        if self.kind == "secondary-limit":
            return secondary_limit(status=429 if self.status == 429 else 403, retry_after=self.retry_after)
        if self.kind == "primary-limit":
            resource = "graphql" if request.is_graphql else "core"
            answer = primary_limit(resource, status=429 if self.status == 429 else 403, newer=self.type == "RATE_LIMIT")
            answer.headers |= {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "0"}
            if self.resets_in is not None:
                answer.headers["x-ratelimit-reset"] = str(int(now + self.resets_in))
            return answer
        if self.kind == "unauthorized":
            return Answer.error(401, "Bad credentials")
        described = {"type": self.type, "message": self.error} if self.type else {"message": self.error}
        document: dict[str, Any] = {"errors": [described]}
        return Answer.of({"data": None, **document} if self.data == "null" else document)

    def _server_error(self, request: Request) -> Answer:
        if self.body == "html":
            return Answer(status=self.status, headers={"content-type": "text/html; charset=utf-8"}, body=ERROR_PAGE,
                          genuine=False)
        if self.body == "empty":
            return Answer(status=self.status, genuine=False)
        if request.is_graphql:
            answer = Answer.of({"data": None, "errors": [{"message": TIMED_OUT}]}, self.status)
        else:
            answer = Answer.error(self.status, "Server Error")
        answer.genuine = False
        return answer

    def spoil(self, answer: Answer) -> Answer:
        """What a fault of `AFTER` makes of GitHub's own answer; `truncated` and `latency` are the socket's work."""
        if self.kind == "not-json":
            return Answer(status=answer.status, headers={"content-type": "text/html"}, body=ERROR_PAGE, genuine=False)
        if self.kind == "empty":
            return Answer(status=answer.status, headers=answer.headers, genuine=False)
        if self.kind == "partial-data":
            document = json.loads(answer.body)
            if document.get("data"):
                path = _put_null(document["data"], self._random)
                described = {"message": self.error, "path": path}
                document.setdefault("errors", []).append({"type": self.type, **described} if self.type else described)
            return Answer(status=answer.status, headers=answer.headers, genuine=False,
                          body=json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace"))
        return answer


def _put_null(data: dict[str, Any], chance: random.Random) -> list[str | int]:
    """Put null in one random place below the data, and tell where."""
    places: list[tuple[Any, str | int, list[str | int]]] = []

    def walk(value: Any, path: list[str | int]) -> None:
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in entries:
            if path or key != "rateLimit":
                places.append((value, key, [*path, key]))
                walk(inner, [*path, key])
    walk(data, [])
    owner, key, path = chance.choice(places)
    owner[key] = None
    return path


class FaultPlan:
    """The rules in force. Add to it and clear it at any time, from any thread."""

    def __init__(self, rules: Iterable[Fault] = ()) -> None:
        self.rules = list(rules)
        self._lock = threading.Lock()

    def add(self, kind: str, **conditions: Any) -> Fault:
        """Put a rule in force; its `fired` tells how often it was."""
        rule = Fault(kind=kind, **conditions)
        with self._lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        """No faults from now on."""
        with self._lock:
            self.rules.clear()

    def pick(self, request: Request) -> Fault | None:
        """The rule that fires for a request."""
        with self._lock:
            return next((rule for rule in self.rules if rule.hits(request)), None)


def read_rules(text: str) -> list[Fault]:
    """Rules from a JSON array of objects with the fields of `Fault`. Raises InputError that says what is wrong."""
    allowed = {declared.name for declared in fields(Fault)} - {"seen", "fired"}
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise InputError(f"faults: not JSON ({error})") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError("faults: needs an array of objects")
    rules = []
    for place, entry in enumerate(entries, 1):
        unknown = set(entry) - allowed
        if unknown or "kind" not in entry:
            what = f"unknown field {sorted(unknown)[0]!r}" if unknown else "no kind"
            raise InputError(f"faults: rule {place} has {what} (fields: {', '.join(sorted(allowed))})")
        try:
            rules.append(Fault(**entry))
        except TypeError as error:
            raise InputError(f"faults: rule {place}: {error}") from None
    return rules


def as_json(rule: Fault) -> Mapping[str, Any]:
    """A rule with its counts."""
    return asdict(rule)
