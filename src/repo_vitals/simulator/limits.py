"""What a token may still ask: REST requests and GraphQL points an hour, and how many writes a minute."""
from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = 3600.0
LIMITS_GUIDE = "/overview/rate-limits-for-the-rest-api"


@dataclass
class Allowance:
    """One hour's share of one resource."""

    limit: int
    used: int
    reset: float        # seconds since the epoch

    @property
    def remaining(self) -> int:
        """What is left."""
        return max(0, self.limit - self.used)


class Limits:
    """The counters of every token. Change the attributes, or call `spend`, to bring about what you want to test."""

    def __init__(self, *, core: int = 1000, graphql: int = 1000, enabled: bool = True,
                 writes_per_minute: int | None = None, clock: Callable[[], float] = time.time) -> None:
        self.per_hour = {"core": core, "graphql": graphql}
        self.enabled = enabled              # False: as on a GitHub Enterprise Server that counts nothing
        self.writes_per_minute = writes_per_minute
        self.clock = clock
        self._allowances: dict[tuple[str, str], Allowance] = {}
        self._writes: dict[str, deque[float]] = {}

    def allowance(self, token: str, resource: str) -> Allowance:
        """The current hour's counter."""
        now = self.clock()
        found = self._allowances.get((token, resource))
        if found is None or found.reset <= now:
            # Without a token: 60 an hour, and no GraphQL at all.
            limit = self.per_hour[resource] if token else 60 if resource == "core" else 0
            found = self._allowances[token, resource] = Allowance(limit, 0, float(int(now + HOUR)))
        return found

    def spend(self, token: str, resource: str, *, leaving: int = 0, resets_in: float = HOUR) -> None:
        """Leave only so much, until the reset."""
        found = self.allowance(token, resource)
        found.used, found.reset = max(0, found.limit - leaving), float(int(self.clock() + resets_in))

    def charge(self, token: str, resource: str, amount: int) -> bool:
        """Count it. False, and nothing counted, where nothing is left."""
        found = self.allowance(token, resource)
        if self.enabled and found.remaining == 0:
            return False
        found.used += amount
        return True

    def too_many_writes(self, token: str) -> bool:
        """Count a write that makes content; True when it is one too many for the minute."""
        if self.writes_per_minute is None:
            return False
        now, recent = self.clock(), self._writes.setdefault(token, deque())
        while recent and recent[0] <= now - 60:
            recent.popleft()
        if len(recent) >= self.writes_per_minute:
            return True
        recent.append(now)
        return False

    def headers(self, token: str, resource: str) -> dict[str, str]:
        """The `x-ratelimit-` headers; none where nothing is counted."""
        if not self.enabled:
            return {}
        found = self.allowance(token, resource)
        return {"x-ratelimit-limit": str(found.limit), "x-ratelimit-remaining": str(found.remaining),
                "x-ratelimit-reset": str(int(found.reset)), "x-ratelimit-resource": resource,
                "x-ratelimit-used": str(min(found.used, found.limit))}

    def in_graphql(self, token: str, *, cost: int, nodes: int) -> dict[str, Any] | None:
        """The `rateLimit` object."""
        if not self.enabled:
            return None
        found = self.allowance(token, "graphql")
        return {"cost": cost, "limit": found.limit, "nodeCount": nodes, "remaining": found.remaining,
                "resetAt": datetime.fromtimestamp(int(found.reset), timezone.utc), "used": min(found.used, found.limit)}

    def in_rest(self, token: str) -> dict[str, Any]:
        """The body of GET /rate_limit."""
        resources = {}
        for resource in ("core", "graphql"):
            found = self.allowance(token, resource)
            resources[resource] = {"limit": found.limit, "remaining": found.remaining, "reset": int(found.reset),
                                   "used": min(found.used, found.limit)}
        resources["search"] = {"limit": 30, "remaining": 30, "reset": int(self.clock() + 60), "used": 0}
        return {"resources": resources, "rate": resources["core"]}


def primary_limit(resource: str, *, status: int = 403, newer: bool = False) -> Answer:
    """The refusal when an hour's share is spent: 403 or 429 in REST, 200 with an error in GraphQL."""
    if resource == "graphql":
        error = {"type": "RATE_LIMITED", "message": "API rate limit exceeded for installation ID 4242."}
        if newer:
            error = {"type": "RATE_LIMIT", "code": "graphql_rate_limit",
                     "message": "API rate limit already exceeded for installation ID 4242."}
        return Answer.of({"errors": [error]})
    return Answer.error(status, "API rate limit exceeded for installation ID 4242.", documentation=LIMITS_GUIDE)


def secondary_limit(*, status: int = 403, retry_after: int | None = None) -> Answer:
    """The refusal of someone who asks too fast, with or without `Retry-After`."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return Answer.error(
        status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        documentation=f"{LIMITS_GUIDE}#about-secondary-rate-limits", headers=headers)
