"""The inputs of community-metrics."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.config.common import monitor_inputs
from repo_vitals.config.declare import BOOLEAN, LIST, Input, positive_duration

if TYPE_CHECKING:
    from repo_vitals.config.declare import Values

RESPONSE_TARGET = Input(
    name="response-target", kind=positive_duration(), default=timedelta(hours=24),
    help="Time within which an open issue should have its first response; older ones without one fail",
)
MEAN_RESPONSE_LIMIT = Input(
    name="mean-response-limit", kind=positive_duration(), default=timedelta(hours=48),
    help="Largest mean time to first response of the issues, and of the pull requests, that were answered",
)
IGNORE_USERS = Input(
    name="ignore-users", kind=LIST, default=(), default_text="nobody",
    help="Logins that count as bots, for machine users that GitHub calls users",
)
RESPONDERS = Input(
    name="responders", kind=LIST, default=("anyone",),
    help="Whose comment or review is a response: `anyone`, `members` (owners, members and collaborators) or a list of "
         "logins",
)
INCLUDE_BOTS = Input(
    name="include-bots", kind=BOOLEAN, default=False,
    help="Whether items opened by bots take part in the response and resolution figures",
)

INPUTS = monitor_inputs(RESPONSE_TARGET, MEAN_RESPONSE_LIMIT, RESPONDERS, IGNORE_USERS, INCLUDE_BOTS)


def policy(values: Values) -> Policy:
    """Who counts as what, from the inputs."""
    named = values[RESPONDERS]
    return Policy(
        responders="anyone" if named in ((), ("anyone",)) else "members" if named == ("members",) else "list",
        listed=frozenset(login.lower().removesuffix("[bot]").removeprefix("@") for login in named),
        ignored=frozenset(login.lower().removesuffix("[bot]").removeprefix("@") for login in values[IGNORE_USERS]),
        include_bots=values[INCLUDE_BOTS],
    )
