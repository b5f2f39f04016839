"""A result of SARIF, reduced to what is kept of it: in full for the first ones, as a count for the rest. Pure."""
from __future__ import annotations

from collections import Counter
from dataclasses import field
from typing import TYPE_CHECKING, Any, NamedTuple

from repo_vitals.concerns.security_summary.formats import values
from repo_vitals.concerns.security_summary.formats.sarif_bases import Place, place_of
from repo_vitals.concerns.security_summary.formats.sarif_rules import LEVELS, Reference, reference, security_severity
from repo_vitals.frozen import dataclass
from repo_vitals.sources.report_files import Unreadable
from repo_vitals.sources.report_values import whole_characters

if TYPE_CHECKING:
    from repo_vitals.concerns.security_summary.formats.sarif_rules import Rule

# As many results as GitHub takes of a run: those are kept with their places.
MOST_IN_DETAIL = 25_000
_KINDS = frozenset({"pass", "open", "informational", "notApplicable", "review", "fail"})
_UNDECIDED = frozenset({"open", "review"})
_LONGEST_MESSAGE = 2000
_MOST_PLACES = 5
_MOST_MODULES = 100
# Results that are only counted are kept apart by what decides how they count, and that can't be of endless kinds.
_MOST_OUTCOMES = 50_000
# The keys that decide how a result counts, beside ruleId, ruleIndex, level and kind.
_SPECIAL = frozenset({"rule", "baselineState", "provenance", "suppressions", "properties"})


class Outcome(NamedTuple):
    """What decides how a result counts; results alike in it count alike."""

    rule: Reference
    level: str | None           # as it is written
    is_undecided: bool          # kind open or review
    invocation: int             # index of the invocation that found it; -1: not said
    suppressed: str | None
    score: float | None         # security-severity of the result itself, as few tools write it


@dataclass(frozen=True)
class Detail:
    """A result that is kept with its place."""

    outcome: Outcome
    message: str
    message_id: str | None
    arguments: tuple[str, ...]
    markdown: str
    place: Place
    artifact: int
    line: int | None
    snippet: str | None
    prints: dict[str, object]
    url: str | None
    logical: tuple[str, ...] = ()       # full names of logical locations
    modules: tuple[str, ...] = ()       # of Go on the stacks and flows, name@version


@dataclass
class Results:
    """The results of a run."""

    details: list[Detail] = field(default_factory=list)
    rest: Counter[Outcome] = field(default_factory=Counter)
    without_problem: int = 0    # of kind pass, informational or notApplicable
    gone: int = 0               # baselineState absent
    _plain: dict[tuple[object, ...], Outcome] = field(default_factory=dict)     # outcomes that were met before

    def add(self, result: dict[str, Any], *, is_room: bool) -> None:
        """Take in the next result; without room it is only counted."""
        if not is_room and _SPECIAL.isdisjoint(result):
            plain = (result.get("ruleId"), result.get("ruleIndex"), result.get("level"), result.get("kind"))
            try:
                known = self._plain.get(plain)
            except TypeError:
                known = None    # a list or an object where none belongs
            if known is not None:
                self.rest[known] += 1
                return
        if result.get("baselineState") == "absent":
            self.gone += 1
            return
        kind = values.word(result.get("kind"), _KINDS) or "fail"
        if kind != "fail" and kind not in _UNDECIDED:
            self.without_problem += 1
            return
        provenance = values.optional_table(result.get("provenance")).get("invocationIndex")
        properties = result.get("properties")
        outcome = Outcome(
            reference(result), values.word(result.get("level"), LEVELS), kind in _UNDECIDED,
            provenance if isinstance(provenance, int) else -1, _suppressed(result.get("suppressions")),
            security_severity(properties) if isinstance(properties, dict) and "security-severity" in properties
            else None)
        if is_room:
            self.details.append(_detail(result, outcome))
            return
        if outcome.suppressed is not None:
            outcome = outcome._replace(suppressed="suppressed, as the report says")   # not each reason apart
        self.rest[outcome] += 1
        if len(self.rest) > _MOST_OUTCOMES:
            raise Unreadable(f"has results of more than {_MOST_OUTCOMES:,} kinds")
        if _SPECIAL.isdisjoint(result):
            plain = (result.get("ruleId"), result.get("ruleIndex"), result.get("level"), result.get("kind"))
            if all(isinstance(one, (str, int, type(None))) for one in plain):
                self._plain[plain] = outcome


def _suppressed(suppressions: object) -> str | None:
    """Why a result is suppressed; None if it is not: it has no suppressions, or one that is not accepted (§3.27.23)."""
    if not isinstance(suppressions, list) or not suppressions:
        return None
    found = [values.optional_table(one) for one in suppressions]
    # `state` is what drafts of the standard called `status`.
    if any(one.get("status", one.get("state", "accepted")) != "accepted" for one in found):
        return None
    reason = next((text for one in found if (text := values.optional_text(one.get("justification")))), None)
    return reason or ("a comment in the source" if found[0].get("kind") == "inSource" else "the tool's configuration")


def _detail(result: dict[str, Any], outcome: Outcome) -> Detail:
    locations = result.get("locations")
    first = values.optional_table(locations[0]) if isinstance(locations, list) and locations else {}
    place = values.optional_table(first.get("physicalLocation"))
    artifact = values.optional_table(place.get("artifactLocation"))
    region = values.optional_table(place.get("region"))
    message = values.optional_table(result.get("message"))
    text, markdown, index = message.get("text"), message.get("markdown"), artifact.get("index")
    prints = {**values.optional_table(result.get("partialFingerprints")),
              **values.optional_table(result.get("fingerprints"))}
    return Detail(
        outcome=outcome, message=text[:_LONGEST_MESSAGE] if isinstance(text, str) else "",
        message_id=values.optional_text(message.get("id")), arguments=values.texts(message.get("arguments"))[:20],
        markdown=markdown[:4 * _LONGEST_MESSAGE] if isinstance(markdown, str) and "cargo-deny/id" in prints else "",
        place=place_of(artifact), artifact=index if isinstance(index, int) else -1,
        line=values.line(region.get("startLine")),
        snippet=values.optional_text(values.optional_table(region.get("snippet")).get("text"))
        if "cargo-deny/id" in prints else None,
        prints=_few(prints), url=values.optional_text(result.get("hostedViewerUri")),
        logical=tuple(name for one in values.tables(first.get("logicalLocations"))[:_MOST_PLACES]
                      if (name := values.optional_text(one.get("fullyQualifiedName")))),
        modules=_modules(result) if str(result.get("ruleId")).startswith("GO-") else ())


def _modules(result: dict[str, Any]) -> tuple[str, ...]:
    """The modules on a result's stacks and flows (§3.38.4, §3.44.5), each once."""
    steps = [frame for stack in values.tables(result.get("stacks")) for frame in values.tables(stack.get("frames"))]
    steps += [step for flow in values.tables(result.get("codeFlows"))
              for thread in values.tables(flow.get("threadFlows")) for step in values.tables(thread.get("locations"))]
    found = (values.optional_text(step.get("module")) for step in steps)
    return tuple(dict.fromkeys(one for one in found if one and "@" in one))[:_MOST_MODULES]


def _few(prints: dict[str, object]) -> dict[str, object]:
    """The fingerprints that are asked for: GitHub's, cargo-deny's, or else the first by name."""
    wanted = {key: value for key, value in prints.items()
              if key == "primaryLocationLineHash" or key.startswith("cargo-deny/")}
    if not wanted and prints:
        first = min(prints)
        wanted = {first: prints[first]}
    return {key: whole_characters(value[:values.LONGEST]) for key, value in wanted.items()
            if isinstance(value, str)}


def title_of(detail: Detail, rule: Rule) -> str:
    """A result's message on one line, or what its rule is about."""
    text = detail.message
    if not text and detail.message_id:
        text = rule.messages.get(detail.message_id, "")
        for number, argument in enumerate(detail.arguments):
            text = text.replace(f"{{{number}}}", argument)
    first_line = text.strip().partition("\n")[0]
    return values.optional_text(first_line) or rule.title or rule.name or rule.id
