"""Rules of service level as a user writes them, read into values. Pure; errors are ValueError, with place and word."""
from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from repo_vitals.clock import BusinessDays
from repo_vitals.concerns.community_metrics.labels import PRIORITIES, TYPES, same_priority, same_type
from repo_vitals.concerns.community_metrics.sla_presets import PRESETS
from repo_vitals.config.declare import Kind, working_duration
from repo_vitals.config.file import closest, quoted
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from repo_vitals.concerns.community_metrics import facts

Duration = timedelta | BusinessDays

FIRST_RESPONSE, RESOLUTION = "first-response", "resolution"
PHASES = ("triage", FIRST_RESPONSE, "acknowledge", "evaluation", "investigate", "fix", "disclose", RESOLUTION)
"""What an item can owe, in the order in which it comes due."""

CHANNELS: Mapping[str, facts.Kind] = {"issue": "issue", "pull-request": "pull_request", "pull_request": "pull_request",
                                      "discussion": "discussion"}
_SELECTORS = ("priority", "type", "channel", "level")
_KEYS = ("phase", "within", *_SELECTORS)
_EXAMPLE = "first-response priority=critical: 4h"
_TIME = working_duration()
_PARTS = re.compile(r"[,\n]")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Within which time a phase of certain items has to end. A selector None takes any."""

    phase: str                          # of PHASES
    within: Duration
    goal: Duration | None = None        # the lower end of a range such as 1d-3d: hoped for, but nothing is judged by it
    priority: str | None = None         # critical for p0 … low for p3
    type: str | None = None
    channel: facts.Kind | None = None
    level: int | None = None            # of support, 1 to 3; said, selects nothing

    @property
    def selectors(self) -> int:
        """How specific the rule is."""
        return sum(selector is not None for selector in (self.priority, self.type, self.channel))

    @property
    def about(self) -> facts.Kind | None:
        """The channel that the rule is about, None for all.

        Triage is of issues, unless a rule says pull requests: discussions have no history of labels, and many projects
        never label pull requests.
        """
        return "issue" if self.phase == "triage" and self.channel is None else self.channel

    def selects(self, *, channel: facts.Kind, type: str, priority: str) -> bool:  # noqa: A002 - the field's word
        """Whether the rule is about items of this channel, type and priority."""
        return (self.about in (None, channel) and self.type in (None, type)
                and self.priority in (None, same_priority(priority)))

    def __str__(self) -> str:
        """The rule as a user writes it."""
        words = [self.phase]
        for name in _SELECTORS:
            value = getattr(self, name)
            words += [] if value is None else [f"{name}={str(value).replace('_', '-')}"]
        goal = "" if self.goal is None else f"{_TIME.show(self.goal)}-"
        return f"{' '.join(words)}: {goal}{_TIME.show(self.within)}"


def applying(rules: tuple[Rule, ...], phase: str, *, channel: facts.Kind, type: str,  # noqa: A002 - the field's word
             priority: str) -> Rule | None:
    """The rule that counts: of those that select the item the one with most selectors, of equals the later one."""
    fitting = [rule for rule in reversed(rules)
               if rule.phase == phase and rule.selects(channel=channel, type=type, priority=priority)]
    return max(fitting, key=lambda rule: rule.selectors, default=None)


def parse_rules(text: str) -> tuple[Rule, ...]:
    """Names of presets and rules, one a line or parted by commas, in their order."""
    return tuple(rule for number, line in enumerate(text.splitlines(), 1) for part in line.split(",") if part.strip()
                 for rule in _placed(f"line {number}", part))


def preset(name: str) -> tuple[Rule, ...]:
    """The rules of a preset."""
    return parse_rules(PRESETS[name])


def _placed(place: str, entry: str | Mapping[str, Any]) -> tuple[Rule, ...]:
    try:
        return tuple(_entry(entry)) if isinstance(entry, str) else (_from_table(entry),)
    except ValueError as error:
        raise ValueError(f"has a mistake in {place}: {error}") from None


def _entry(text: str) -> Iterator[Rule]:
    head, colon, time = text.strip().partition(":")
    if colon:
        yield _rule(head.split(), time.strip())
        return
    name = head.lower()
    if name not in PRESETS:
        if name.split()[0] in PHASES or "=" in name:
            raise ValueError(f"{quoted(head)} has no colon and time; a rule reads {_EXAMPLE}")
        raise ValueError(f"{quoted(head)} is no preset{closest(name, PRESETS)}; a rule of your own reads {_EXAMPLE}")
    yield from preset(name)


def _rule(words: list[str], time: str) -> Rule:
    if not words:
        raise ValueError(f"nothing stands before the colon; a rule reads {_EXAMPLE}")
    given: dict[str, str] = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        key = key.lower()
        if key not in _SELECTORS:
            raise ValueError(f"{quoted(word)} selects by no known word{closest(key, _SELECTORS)}")
        if not equals or not value:
            raise ValueError(f"{quoted(word)} lacks a value; write {key}=… without blanks")
        if key in given:
            raise ValueError(f"{quoted(word)} is the second {key} of one rule; write a rule for each")
        given[key] = value
    return _made(words[0], time, **given)


def _from_table(table: Mapping[str, Any]) -> Rule:
    for key, value in table.items():
        if key not in _KEYS:
            raise ValueError(f"{quoted(str(key))} is no key of a rule{closest(str(key), _KEYS)}")
        if not isinstance(value, str) and (key != "level" or isinstance(value, bool) or not isinstance(value, int)):
            raise ValueError(f"{key} needs {'an integer' if key == 'level' else 'a string'}")
    for key in ("phase", "within"):
        if key not in table:
            raise ValueError(f"{key} is missing")
    return _made(**{key: str(value) for key, value in table.items()})


def _made(phase: str, within: str, *, priority: str | None = None,
          type: str | None = None, channel: str | None = None, level: str | None = None) -> Rule:  # noqa: A002
    goal, until = _span(within)
    rule = Rule(
        phase=_one_of(PHASES, phase, "phase"), within=until, goal=goal,
        priority=None if priority is None else same_priority(_one_of(PRIORITIES, priority, "priority")),
        type=None if type is None else _one_of(TYPES, same_type(type), "type"),
        channel=None if channel is None else CHANNELS[_one_of(tuple(CHANNELS), channel, "channel")],
        level=None if level is None else int(_one_of(("1", "2", "3"), level, "level")),
    )
    if rule.phase == "triage" and rule.channel == "discussion":
        raise ValueError("GitHub keeps no history of a discussion's labels, so that its triage can't be timed")
    return rule


def _one_of(allowed: tuple[str, ...], word: str, what: str) -> str:
    if word.lower() not in allowed:
        hint = "; other labels can be given one of these by label-aliases" if what in ("priority", "type") else ""
        raise ValueError(f"{quoted(word)} is no {what}{closest(word.lower(), allowed)}{hint}")
    return word.lower()


def _span(text: str) -> tuple[Duration | None, Duration]:
    """`24h`, or the two ends of `4h-24h`."""
    parts = [part.strip() for part in text.split("-")]
    if len(parts) > 2 or not all(parts):
        raise ValueError(f"{quoted(text)} is no time; write 24h, 2bd or a range such as 1d-3d")
    ends = [_duration(part) for part in parts]
    if len(ends) == 1:
        return None, ends[0]
    goal, within = ends
    if isinstance(goal, BusinessDays) and isinstance(within, BusinessDays):
        ordered = goal.days < within.days
    elif isinstance(goal, timedelta) and isinstance(within, timedelta):
        ordered = goal < within
    else:
        raise ValueError(f"{quoted(text)} mixes business days with other time")
    if not ordered:
        raise ValueError(f"{quoted(text)} ends before it begins")
    return goal, within


def _duration(text: str) -> Duration:
    try:
        return _TIME.parse(text)
    except ValueError as error:
        raise ValueError(f"{quoted(text)} {error}") from None


def _from_toml(value: Any) -> tuple[Rule, ...]:
    if isinstance(value, str):
        return parse_rules(value)
    if not isinstance(value, list) or not all(isinstance(entry, (str, dict)) for entry in value):
        raise ValueError("needs a string, or an array of strings and tables")
    rules: list[Rule] = []
    for number, entry in enumerate(value, 1):
        parts = [part for part in _PARTS.split(entry) if part.strip()] if isinstance(entry, str) else [entry]
        for part in parts:
            rules += _placed(f"entry {number}", cast("str | dict[str, Any]", part))
    return tuple(rules)


RULES: Kind[tuple[Rule, ...]] = Kind("presets and rules", parse_rules, _from_toml, lambda v: "\n".join(map(str, v)))
