"""The inputs of community-metrics about labels, service levels and escalation."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from repo_vitals.concerns.community_metrics.escalation import TRIGGERS, Escalations, Trigger
from repo_vitals.concerns.community_metrics.label_kinds import ALIASES, LABELS_OF_PHASES, PHASE_LABELS
from repo_vitals.concerns.community_metrics.labels import Aliases, folded
from repo_vitals.concerns.community_metrics.moves import Pauses
from repo_vitals.concerns.community_metrics.sla import Terms
from repo_vitals.concerns.community_metrics.sla_presets import PRESETS
from repo_vitals.concerns.community_metrics.sla_rules import RULES
from repo_vitals.config.declare import BOOLEAN_WORDS, LIST, Input, Kind, positive_duration
from repo_vitals.config.file import closest, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from repo_vitals.concerns.community_metrics.facts import Item
    from repo_vitals.config.declare import Values

_ALL, _NONE = ("all", "true"), ("none", "false")


def _triggers(words: tuple[str, ...]) -> frozenset[Trigger]:
    lowered = [word.lower() for word in words]
    for word in lowered:
        if word not in (*TRIGGERS, *_ALL, *_NONE):
            known = (*TRIGGERS, "all", "none")
            raise ValueError(f"holds {quoted(word)}, which is no trigger{closest(word, known)}")
        if word not in TRIGGERS and len(lowered) > 1:
            raise ValueError(f"mixes {word} with others; it stands alone")
    if any(word in _ALL for word in lowered):
        return frozenset(TRIGGERS)
    return frozenset(cast("Trigger", word) for word in lowered if word not in _NONE)


def _triggers_from_toml(value: Any) -> frozenset[Trigger]:
    if isinstance(value, bool):
        return _triggers((str(value).lower(),))
    if isinstance(value, str) and value in BOOLEAN_WORDS:
        raise ValueError("needs true or false without quotes, or an array of strings")
    return _triggers(LIST.from_toml(value))


_ESCALATE: Kind[frozenset[Trigger]] = Kind(
    "list", lambda text: _triggers(LIST.parse(text)), _triggers_from_toml,
    lambda value: ", ".join(trigger for trigger in TRIGGERS if trigger in value))

LABEL_ALIASES = Input(
    name="label-aliases", kind=ALIASES, default=Aliases(), default_text="none",
    help="Your labels in the words of this monitor, one a line: `severity::1 = priority/critical`",
)
SLA = Input(
    name="sla", kind=RULES, default=(), default_text="none",
    help="Service levels: presets, rules of your own, or both, one a line. "
         f"Presets: {', '.join(PRESETS)}. Rules: `first-response priority=critical type=security: 4h`, with a time "
         "such as `24h`, `2bd` (business days) or `1d-3d`",
)
DUE_SOON = Input(
    name="due-soon", kind=positive_duration(), default=timedelta(hours=24),
    help="How long before it is due something counts as due soon",
)
PAUSE_LABELS = Input(
    name="pause-labels", kind=LIST, default=("status/needs-info", "status/blocked"),
    help="Labels that stop the clock of resolution while they stand; one with `block`, `upstream` or `external` in its "
         "name waits for others, any other for the author",
)
PHASE_LABELS_INPUT = Input(
    name="phase-labels", kind=LABELS_OF_PHASES, default=PHASE_LABELS,
    default_text="; ".join(f"{phase}: {', '.join(names)}" for phase, names in PHASE_LABELS.items()),
    help="Labels that end a phase of the service levels, one phase a line: `investigate: status/confirmed`",
)
ESCALATE = Input(
    name="escalate", kind=_ESCALATE, default=frozenset(), default_text="none",
    help="Open issues that are findings of their own: `no-progress`, `urgent` (critical or high priority), `security` "
         "(of that type), `production` (a label says so), each after its time; `true` for all of them",
)
ESCALATE_NO_PROGRESS = Input(
    name="escalate-no-progress", kind=positive_duration(), default=timedelta(days=30),
    help="Time without a word or an act of a person after which an open issue is escalated",
)
ESCALATE_URGENT = Input(
    name="escalate-urgent", kind=positive_duration(), default=timedelta(days=7),
    help="Age from which an open issue of critical or high priority is escalated",
)
ESCALATE_SECURITY = Input(
    name="escalate-security", kind=positive_duration(), default=timedelta(hours=24),
    help="Age from which an open security issue is escalated",
)
PRODUCTION_LABELS = Input(
    name="production-labels", kind=LIST, default=("production", "production-impact", "impact/production"),
    help="Labels that say that production is affected",
)

SERVICE_INPUTS: tuple[Input[Any], ...] = (
    LABEL_ALIASES, SLA, DUE_SOON, PAUSE_LABELS, PHASE_LABELS_INPUT, ESCALATE, ESCALATE_NO_PROGRESS, ESCALATE_URGENT,
    ESCALATE_SECURITY, PRODUCTION_LABELS)


def terms(values: Values) -> Terms:
    """The service levels, from the inputs."""
    return Terms(
        rules=values[SLA], due_soon=values[DUE_SOON], pauses=_pauses(values),
        phase_labels={phase: _named(values, names) for phase, names in values[PHASE_LABELS_INPUT].items()},
    )


def escalated(values: Values) -> Escalations:
    """What is escalated, from the inputs."""
    production = values[PRODUCTION_LABELS]
    return Escalations(
        triggers=values[ESCALATE], no_progress=values[ESCALATE_NO_PROGRESS], urgent=values[ESCALATE_URGENT],
        security=values[ESCALATE_SECURITY], production_labels=_named(values, production),
        pauses=_pauses(values),
    )


def tells_move(values: Values) -> Callable[[Item], bool]:
    """Whether the report says of an open item, as GitHub labels it, whose move it is."""
    agreed, triggers, aliases = terms(values), values[ESCALATE], values[LABEL_ALIASES]
    return lambda item: (bool(triggers) and item.kind == "issue") or agreed.tell_move(aliases.item(item))


def _pauses(values: Values) -> Pauses:
    labels = values[PAUSE_LABELS]
    return Pauses.of(_named(values, labels))


def _named(values: Values, labels: Iterable[str]) -> frozenset[str]:
    # Whoever configures a label may call it by its own name or by its alias.
    return frozenset(folded(values[LABEL_ALIASES].name(label)) for label in labels)
