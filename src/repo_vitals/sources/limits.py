"""GitHub's rate limits, this run's share of them, and how long it may sleep in all."""
from __future__ import annotations

import math
import re
from dataclasses import field
from datetime import datetime, timedelta, timezone
from threading import RLock
from typing import TYPE_CHECKING, Literal

from repo_vitals import late
from repo_vitals.clock import format_instant, in_words
from repo_vitals.errors import BudgetSpent
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

Pool = Literal["core", "graphql"]
_COUNTED_IN: dict[Pool, str] = {"core": "requests", "graphql": "GraphQL points"}
_SECONDARY_WAIT_SECONDS = 60.0      # GitHub: without Retry-After, wait at least one minute, then ever longer
_LONGEST_BACKOFF_SECONDS = 30.0
# What GitHub says with 403 when it is about rights and not about limits. The last request of an hour may get such an
# answer with x-ratelimit-remaining 0, and waiting would not help.
_ABOUT_RIGHTS = late.regex(
    r"not accessible|must have|permission|required scopes?|saml|sso|ip allow list|admin rights|disabled|archived|"
    r"blocked", re.IGNORECASE,
)
_ABOUT_SECONDARY = late.regex(r"secondary rate limit|abuse detection|wait a few minutes before you try", re.IGNORECASE)
_ABOUT_LIMITS = late.regex(r"rate.?limit", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """GitHub's refusal to serve more for now."""

    kind: Literal["primary", "secondary"]
    wait_seconds: float | None          # as GitHub asks; None: it does not say
    resets_at: datetime | None = None   # of the primary limit, when GitHub says so


def whole_number(text: object) -> int | None:
    """A header's count; GitHub Enterprise has sent `60.0`. None for anything else."""
    try:
        number = float(str(text))
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and 0 <= number < 1e12 else None


def reset_instant(headers: Mapping[str, str]) -> datetime | None:
    """The `x-ratelimit-reset` header, a Unix time."""
    seconds = whole_number(headers.get("x-ratelimit-reset"))
    if seconds is None or seconds > 253402300799:      # the year 9999: the header is nonsense
        return None
    return datetime.fromtimestamp(seconds, timezone.utc)


def server_time(headers: Mapping[str, str], now: datetime) -> datetime:
    """The server's own clock: waits are reckoned by it, because a runner's clock may be off (or set by the user)."""
    return _http_date(headers.get("date", "")) or now


def _http_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except (TypeError, ValueError, IndexError, OverflowError):      # the year 9999 of a zone ends in no year of UTC's
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds of the Retry-After header, which is a number or a date."""
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = whole_number(text)
    if seconds is not None:
        return float(seconds)
    moment = _http_date(text)
    return None if moment is None else max(0.0, (moment - server_time(headers, now)).total_seconds())


def limit_in(status: int, headers: Mapping[str, str], message: str, now: datetime) -> Limit | None:
    """The limit that an answer reports, or None: a 403 may be about rights too.

    Order as GitHub documents it: Retry-After, then the reset of a spent primary limit, else a minute and more.
    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    """
    spent = headers.get("x-ratelimit-remaining") is not None and whole_number(headers["x-ratelimit-remaining"]) == 0
    if status == 403:
        named = _ABOUT_SECONDARY.search(message) or _ABOUT_LIMITS.search(message)
        if not named and (_ABOUT_RIGHTS.search(message) or not (spent or "retry-after" in headers)):
            return None
    elif status != 429 and not (_ABOUT_SECONDARY.search(message) or _ABOUT_LIMITS.search(message)):
        return None
    wait = retry_after(headers, now)
    if wait is not None:
        return Limit(kind="secondary", wait_seconds=wait)
    if _ABOUT_SECONDARY.search(message):
        return Limit(kind="secondary", wait_seconds=None)
    if spent or (_ABOUT_LIMITS.search(message) and "x-ratelimit-remaining" not in headers):
        return primary_limit(headers, now)
    return Limit(kind="secondary", wait_seconds=None)


def primary_limit(headers: Mapping[str, str], now: datetime, resets_at: datetime | None = None) -> Limit:
    """The hourly limit, with a wait until a second after its reset where that is known."""
    resets_at = resets_at or reset_instant(headers)
    if resets_at is None:
        return Limit(kind="primary", wait_seconds=None)
    wait = max(0.0, (resets_at - server_time(headers, now)).total_seconds()) + 1.0
    return Limit(kind="primary", wait_seconds=wait, resets_at=resets_at)


class Patience:
    """All sleeping of a run, which together never exceeds `max_wait`."""

    def __init__(self, *, max_wait: timedelta, sleep: Callable[[float], None], random: Random) -> None:
        self._left = max(0.0, max_wait.total_seconds())
        self._sleep = sleep
        self._random = random
        self.max_wait = max_wait

    def wait(self, seconds: float) -> bool:
        """Sleep if that much is left; False, without sleeping, if not."""
        if seconds > self._left:
            return False
        self._left -= seconds
        if seconds > 0:
            self._sleep(seconds)
        return True

    def back_off(self, failures: int, *, least: float = 0.0) -> bool:
        """Sleep after the n-th failure in a row: exponential with full jitter, and no shorter than `least` seconds.

        False when nothing is left to sleep, or less than that.
        """
        if self._left <= 0 or self._left < least:
            return False
        longest = min(_LONGEST_BACKOFF_SECONDS, 2.0 ** (failures - 1))
        return self.wait(min(max(least, self._random.uniform(0, longest)), self._left))

    def sit_out(self, limit: Limit, *, times_met: int, now: datetime) -> None:
        """Wait until GitHub serves again. Raises BudgetSpent, saying when, where that is longer than allowed."""
        asked = limit.wait_seconds
        seconds = _SECONDARY_WAIT_SECONDS * 2 ** (times_met - 1) if asked is None else asked
        # A server that asks for no wait and refuses again and again must not be asked for ever.
        if times_met <= 5 and self.wait(seconds):
            return
        resets_at = limit.resets_at or now + timedelta(seconds=seconds)
        name = "rate limit" if limit.kind == "primary" else "secondary rate limit"
        when = format_instant(resets_at)
        if limit.kind == "primary" and limit.resets_at is None:
            when += " at the earliest (GitHub did not say)"
        raise BudgetSpent(f"GitHub's {name} is spent: come back at {when}, which is further off than max-wait "
                          f"({in_words(self.max_wait)} in all) allows", resets_at=resets_at)


def _is_later_hour(resets_at: datetime | None, than: datetime | None) -> bool:
    """GitHub's reset moves by a second or two within one hour, by an hour from one to the next."""
    return resets_at is not None and than is not None and resets_at - than > timedelta(minutes=5)


@dataclass
class _Share:
    started_with: int
    allowed: int
    resets_at: datetime | None
    used: int


@dataclass
class Budget:
    """This run's share of what GitHub still grants, so that a repository's other workflows are left the rest.

    `share` of what remains at the first answer, counted apart for REST requests and GraphQL points; when GitHub's hour
    is over, the share is reckoned anew. A server without rate limits (GitHub Enterprise) sets no bounds. Connections of
    several threads may have one together.
    """

    share: float = 0.5
    _shares: dict[Pool, _Share] = field(default_factory=dict, repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"share: {self.share} is not above 0 and at most 1")

    def used(self, pool: Pool) -> int:
        """What this run used of the current hour."""
        with self._lock:
            return self._shares[pool].used if pool in self._shares else 0

    def observe(self, pool: Pool, *, remaining: int, resets_at: datetime | None, cost: int) -> None:
        """Take in what an answer says about its pool; `cost` is what this very answer was charged."""
        with self._lock:
            known = self._shares.get(pool)
            if known is None or _is_later_hour(resets_at, known.resets_at):
                whole = remaining + cost
                allowed = max(1, math.floor(whole * self.share))
                known = _Share(started_with=whole, allowed=allowed, resets_at=resets_at, used=0)
                self._shares[pool] = known
            known.used += cost

    def spent(self, pool: Pool, now: datetime) -> Limit | None:
        """The limit to sit out before another request of this pool, or None when there is something left."""
        with self._lock:
            known = self._shares.get(pool)
            if known is None or known.used < known.allowed:
                return None
            if known.resets_at is not None and now > known.resets_at:
                self.renew(pool)
                return None
            wait = None if known.resets_at is None else (known.resets_at - now).total_seconds() + 1.0
            return Limit(kind="primary", wait_seconds=wait, resets_at=known.resets_at)

    def renew(self, pool: Pool, waited_for: datetime | None = None) -> None:
        """Begin a new share with the next answer: the reset was waited for.

        Not where the share is of a later hour than that which ended: then another thread that waited has begun it.
        """
        with self._lock:
            known = self._shares.get(pool)
            if known is not None and not _is_later_hour(known.resets_at, waited_for):
                del self._shares[pool]

    def refusal(self, pool: Pool) -> BudgetSpent:
        """What to say when the share is used up and its renewal is too far off."""
        with self._lock:
            known = self._shares.get(pool) or _Share(started_with=0, allowed=0, resets_at=None, used=0)
        when = "GitHub does not say when it resets" if known.resets_at is None else (
            f"it resets at {format_instant(known.resets_at)}")
        return BudgetSpent(f"this run's share of GitHub's rate limit is spent: {known.used} of {known.allowed} "
                           f"{_COUNTED_IN[pool]} ({self.share:.0%} of the {known.started_with} that were left); {when}",
                           resets_at=known.resets_at)
