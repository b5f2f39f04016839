"""The inputs of ball-in-court."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.ball_in_court.facts import folded
from repo_vitals.config.common import doer_inputs
from repo_vitals.config.declare import BOOLEAN, Input, Kind, integer
from repo_vitals.config.names import LABEL, LABELS, LOGINS, OPTIONAL_LABEL
from repo_vitals.frozen import dataclass
from repo_vitals.stats.turns import MEMBERS, Actor, Remark, bare

if TYPE_CHECKING:
    from repo_vitals.concerns.ball_in_court.facts import Effect
    from repo_vitals.config.declare import Values

MOST_LABELS = 400           # of a run: GitHub takes 500 writes an hour, and others need some too
MOST_NUMBERS = 1_000        # that one list may hold
_LARGEST_NUMBER = 2**31


def _numbers(found: Any) -> tuple[int, ...] | None:
    wrong = ValueError("is not a JSON list of numbers, or of objects with a `number`")
    if not isinstance(found, list):
        raise wrong
    numbers: list[Any] = [one.get("number") if isinstance(one, dict) else one for one in found]
    if not all(isinstance(one, int) and not isinstance(one, bool) and 0 < one < _LARGEST_NUMBER for one in numbers):
        raise wrong
    if len(set(numbers)) > MOST_NUMBERS:
        raise ValueError(f"holds more than {MOST_NUMBERS:,} numbers")
    return tuple(dict.fromkeys(numbers))


def _listed(text: str) -> tuple[int, ...] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is not a JSON list of numbers, or of objects with a `number`") from None
    return _numbers(found)


_NUMBERS: Kind[tuple[int, ...] | None] = Kind(
    "JSON list", _listed, _numbers, lambda found: "" if found is None else json.dumps(found), quotable=False)

LABEL_NAME = Input(
    name="label", kind=LABEL, default="awaiting-author",
    help="Label that says that the author owes the next move; made where it is missing",
)
PULL_REQUESTS = Input(
    name="pull-requests", kind=BOOLEAN, default=False,
    help="Whether pull requests are labelled too, drafts aside",
)
EXEMPT_LABELS = Input(
    name="exempt-labels", kind=LABELS,
    default=("keep-open", "pinned", "security", "critical", "priority-critical", "priority-high", "priority/critical",
             "priority/high", "P0", "P1", "blocked", "status/blocked"),
    help="Labels, by their whole names, of items that never get the label",
)
MEMBER_LOGINS = Input(
    name="members", kind=LOGINS, default=(), default_text="nobody",
    help="Logins that count as members beside those that GitHub calls owner, member or collaborator: a workflow's "
         "token may not see who is a private member",
)
IGNORE_USERS = Input(
    name="ignore-users", kind=LOGINS, default=(), default_text="nobody",
    help="Logins that count as bots, for machine users that GitHub calls users",
)
STALE_LABEL = Input(
    name="stale-label", kind=OPTIONAL_LABEL, default="Stale",
    help="Label of actions/stale, which is taken off before ours is, unless a person put it on: without ours "
         "actions/stale no longer looks at the item; or none",
)
LIMIT = Input(
    name="limit", kind=integer(1, MOST_LABELS), default=100,
    help="Most labels that a run puts on and takes off; what is left is told, and the next run goes on",
)
STALED = Input(
    name="staled", kind=_NUMBERS, default=None, default_text="not told",
    help="What actions/stale marked in this job: numbers as a JSON list, or its output `staled-issues-prs`",
)
CLOSED = Input(
    name="closed", kind=_NUMBERS, default=None, default_text="not told",
    help="What actions/stale closed in this job: numbers as a JSON list, or its output `closed-issues-prs`",
)
INPUTS = doer_inputs(LABEL_NAME, PULL_REQUESTS, EXEMPT_LABELS, MEMBER_LOGINS, IGNORE_USERS, STALE_LABEL, LIMIT, STALED,
                     CLOSED)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asked for."""

    label: str
    pull_requests: bool = False
    exempt: frozenset[str] = frozenset()        # folded names
    members: frozenset[str] = frozenset()       # bare logins
    ignored: frozenset[str] = frozenset()       # bare logins
    stale_label: str | None = None
    limit: int = 100
    staled: tuple[int, ...] | None = None       # numbers; None: nobody told
    closed: tuple[int, ...] | None = None

    @property
    def effects(self) -> dict[Effect, tuple[int, ...]]:
        """What another action did, as far as it was told."""
        told: dict[Effect, tuple[int, ...] | None] = {"marked": self.staled, "closed": self.closed}
        return {effect: numbers for effect, numbers in told.items() if numbers is not None}

    def is_bot(self, actor: Actor) -> bool:
        """Whether GitHub, the login or the configuration calls this account a bot."""
        return actor.is_bot or (actor.login is not None and bare(actor.login) in self.ignored)

    def is_members(self, remark: Remark) -> bool:
        """Whether a remark is by someone who belongs to the project."""
        return remark.by.login is not None and (
            remark.association in MEMBERS or bare(remark.by.login) in self.members)


def request(values: Values) -> Request:
    """The inputs as one value."""
    return Request(
        label=values[LABEL_NAME], pull_requests=values[PULL_REQUESTS],
        exempt=frozenset(folded(name) for name in values[EXEMPT_LABELS]),
        members=_logins(values[MEMBER_LOGINS]), ignored=_logins(values[IGNORE_USERS]),
        stale_label=values[STALE_LABEL], limit=values[LIMIT], staled=values[STALED], closed=values[CLOSED])


def _logins(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(bare(name.removeprefix("@")) for name in names)
