"""The update policy: how long an update of each kind may wait. Pure."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.dependency_health.facts import ADVISORY_SEVERITIES
from repo_vitals.config.declare import LINES, Kind, parse_duration, show_duration
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.dependency_health.facts import AdvisorySeverity, Update

Policy = Mapping[str, timedelta | None]     # None: updates of that kind may wait for ever

# The guides' words, and what they come to here. Critical: "immediate", which they elsewhere call a response in under
# four hours and an investigation that ends within 24; an update still open after those was not immediate. High: "within
# 48 hours". They say nothing of the others; these follow the guides' response times for such vulnerabilities, 72 hours
# and a week. Patch "bi-weekly", minor "monthly", major "quarterly". What is no version (digests, pins, lock file
# maintenance) goes with the patches, what can't be told with the minor ones.
DEFAULT: Policy = {
    "security-critical": timedelta(hours=24),
    "security-high": timedelta(hours=48),
    "security-medium": timedelta(hours=72),
    "security-low": timedelta(weeks=1),
    "patch": timedelta(weeks=2),
    "minor": timedelta(days=30),
    "major": timedelta(days=91),
    "other": timedelta(weeks=2),
    "unknown": timedelta(days=30),
}
_LONGEST = timedelta(days=3660)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """An update under the policy."""

    update: Update
    rule: str                               # the policy's key
    severity: AdvisorySeverity | None       # of a security update, `unscored-severity` in place of none
    age: timedelta
    due: datetime | None                    # None: it may wait for ever

    @property
    def overdue(self) -> timedelta | None:
        """How long it has been due; None while it is not."""
        if self.due is None:
            return None
        late = self.update.created_at + self.age - self.due
        return late if late > timedelta(0) else None


def clock(update: Update, policy: Policy, *, unscored: AdvisorySeverity, now: datetime) -> Clock:
    """An update's clock, which runs from the pull request's creation."""
    severity = (update.severity or unscored) if update.kind == "security" else None
    rule = update.kind if severity is None else f"security-{severity}"
    within = policy[rule]
    return Clock(update=update, rule=rule, severity=severity, age=max(now - update.created_at, timedelta(0)),
                 due=None if within is None else update.created_at + within)


def _parse(lines: tuple[str, ...]) -> Policy:
    found: dict[str, timedelta | None] = dict(DEFAULT)
    for line in lines:
        key, equals, text = (part.strip() for part in line.partition("="))
        if not equals or (key not in DEFAULT and key != "security"):
            raise ValueError(f'has the line "{line[:60]}"; needed is `kind = duration`, with a kind of security, '
                             f"{', '.join(DEFAULT)}")
        within = None if text == "never" else _duration(key, text)
        found |= dict.fromkeys(_keys(key), within)
    return found


def _keys(key: str) -> list[str]:
    return [f"security-{severity}" for severity in ADVISORY_SEVERITIES] if key == "security" else [key]


def _duration(key: str, text: str) -> timedelta:
    try:
        within = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}, or never") from None
    if not timedelta(0) <= within <= _LONGEST:
        raise ValueError(f"{key}: is not between 0s and 3660d")
    return within


def _show(policy: Any) -> str:
    return "\n".join(f"{key} = {'never' if within is None else show_duration(within)}"
                     for key, within in policy.items())


POLICY: Kind[Policy] = Kind("lines", lambda text: _parse(LINES.parse(text)),
                            lambda value: _parse(LINES.from_toml(value)), _show)
