"""The inputs of community-metrics."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics.definitions import (
    METRICS,
    SATISFACTION_SAMPLES,
    SATISFACTION_TARGET,
    TIME_IN_LABELS,
)
from repo_vitals.concerns.community_metrics.labels import SAME_PRIORITY, priority_of_label, type_of_label
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.concerns.community_metrics.service_inputs import SERVICE_INPUTS
from repo_vitals.concerns.community_metrics.working_hours import with_known_country
from repo_vitals.config.business_hours import BUSINESS_HOURS as HOURS
from repo_vitals.config.common import REPOSITORIES, agenda_inputs, monitor_inputs
from repo_vitals.config.declare import BOOLEAN, LIST, OPTIONAL_TEXT, Input, Kind, ratio, working_duration
from repo_vitals.config.names import LOGINS, checked_logins
from repo_vitals.stats.turns import bare

if TYPE_CHECKING:
    from repo_vitals.config.business_hours import HoursSpec
    from repo_vitals.config.declare import Values
    from repo_vitals.stats.business_time import Calendar

_ALONE = ("anyone", "members")


def _responders(names: tuple[str, ...]) -> tuple[str, ...]:
    lowered = [name.lower() for name in names]
    alone = [word for word in _ALONE if word in lowered]
    if not alone:
        return checked_logins(names)
    if len(names) > 1:
        raise ValueError(f"mixes {alone[0]} with others; anyone and members stand alone")
    return (alone[0],)


_RESPONDERS: Kind[tuple[str, ...]] = Kind(
    "list", lambda text: _responders(LIST.parse(text)), lambda value: _responders(LIST.from_toml(value)), LIST.show)

_NOBODY = "none"


def _priorities_and_types(names: tuple[str, ...]) -> tuple[str, ...]:
    """Words as labels name them, whole labels cut down to their word."""
    words = dict.fromkeys(priority_of_label(name) or type_of_label(name) or name.lower() for name in names)
    if _NOBODY not in words:
        return tuple(words)
    if len(words) > 1:
        raise ValueError(f"mixes {_NOBODY} with others; it stands alone")
    return ()


_WORDS: Kind[tuple[str, ...]] = Kind(
    "list", lambda text: _priorities_and_types(LIST.parse(text)),
    lambda value: _priorities_and_types(LIST.from_toml(value)), lambda words: LIST.show(words) or _NOBODY)
_HOURS: Kind[HoursSpec | None] = Kind(
    HOURS.name, lambda text: with_known_country(HOURS.parse(text)),
    lambda value: with_known_country(HOURS.from_toml(value)), HOURS.show)

RESPONSE_TARGET = Input(
    name="response-target", kind=working_duration(), default=timedelta(hours=24),
    help="Time within which an open issue should have its first response; older ones without one fail",
)
MEAN_RESPONSE_LIMIT = Input(
    name="mean-response-limit", kind=working_duration(), default=timedelta(hours=48),
    help="Largest mean time to first response of the issues, and of the pull requests, that were answered",
)
IGNORE_USERS = Input(
    name="ignore-users", kind=LOGINS, default=(), default_text="nobody",
    help="Logins that count as bots, for machine users that GitHub calls users",
)
BUSINESS_HOURS = Input(
    name="business-hours", kind=_HOURS, default=None, default_text="off",
    help="Hours that count as time to respond, triage and resolve, as `Mon-Fri 09:00-17:00 Europe/Berlin DE`: days, "
         "hours, zone and, for its public holidays, country",
)
ALWAYS_ON = Input(
    name="always-on", kind=_WORDS, default=("p0", "critical", "security"),
    help="Priorities and types, by label, whose clock never stops, whatever the business hours; `none` for none",
)
RESPONDERS = Input(
    name="responders", kind=_RESPONDERS, default=("anyone",),
    help="Whose comment or review is a response: `anyone`, `members` (owners, members and collaborators) or a list of "
         "logins",
)
INCLUDE_BOTS = Input(
    name="include-bots", kind=BOOLEAN, default=False,
    help="Whether items opened by bots take part in the response and resolution figures",
)
LABELS_TIMED = Input(
    name="time-in-labels", kind=LIST, default=TIME_IN_LABELS,
    help="Labels whose time on issues is measured",
)
SATISFACTION = Input(
    name="satisfaction-target", kind=ratio(), default=SATISFACTION_TARGET,
    help="Smallest satisfaction ratio, a proxy made of the reactions to first responses; less only warns, and fewer "
         f"than {SATISFACTION_SAMPLES} responses with a reaction are not judged",
)
MENTORS = Input(
    name="mentors", kind=BOOLEAN, default=False,
    help="Whether the report names the people who gave first responses",
)
ACKNOWLEDGEMENTS = Input(
    name="acknowledgements", kind=BOOLEAN, default=False,
    help="Whether the report names the contributors of the window, for release notes",
)
ANONYMIZE = Input(
    name="anonymize", kind=BOOLEAN, default=False,
    help="Whether history and report hold salted hashes in place of people's logins",
)
ANONYMIZE_SALT = Input(
    name="anonymize-salt", kind=OPTIONAL_TEXT, default=None, default_text="one kept in the history", secret=True,
    help="Salt of the hashes, from a secret of the repository, so that nobody who reads the history can try out logins",
)

INPUTS = monitor_inputs(
    REPOSITORIES, RESPONSE_TARGET, MEAN_RESPONSE_LIMIT, BUSINESS_HOURS, ALWAYS_ON, RESPONDERS, IGNORE_USERS,
    INCLUDE_BOTS, *SERVICE_INPUTS, LABELS_TIMED, SATISFACTION, MENTORS, ACKNOWLEDGEMENTS, ANONYMIZE, ANONYMIZE_SALT,
    *agenda_inputs([definition.name for definition in METRICS]),
)


def policy(values: Values, hours: Calendar | None = None) -> Policy:
    """Who counts as what and when, from the inputs; `hours` is the calendar of the business hours that they give."""
    named, words = values[RESPONDERS], values[ALWAYS_ON]
    return Policy(
        responders="anyone" if named in ((), ("anyone",)) else "members" if named == ("members",) else "list",
        listed=frozenset(bare(login.removeprefix("@")) for login in named),
        ignored=frozenset(bare(login.removeprefix("@")) for login in values[IGNORE_USERS]),
        include_bots=values[INCLUDE_BOTS],
        hours=hours,
        always_on=frozenset(words).union(*(pair for pair in SAME_PRIORITY.items() if not set(pair).isdisjoint(words))),
    )
