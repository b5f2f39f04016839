"""A SARIF run's rules and how a result finds its own (SARIF 2.1.0, §3.27.5 to §3.27.10, §3.52). Pure."""
from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.formats import secret_rules, values
from repo_vitals.concerns.security_summary.formats.sarif_packages import Fixes, fixes_told
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.report.model import Severity

LEVELS = frozenset({"none", "note", "warning", "error"})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule, reduced to what is asked of it."""

    id: str
    name: str = ""
    title: str = ""
    level: str | None = None            # of its default configuration
    score: float | None = None          # security-severity
    severity: Severity | None = None    # where that is a word, as Grype wrote it until 2021
    tags: frozenset[str] = frozenset()
    weaknesses: tuple[str, ...] = ()    # of the CWE, "CWE-798", beside those among the tags
    other_ids: tuple[str, ...] = ()     # deprecatedIds, and advisories among its tags or before its description
    url: str | None = None
    fixes: Fixes = ()                   # versions that mend it, as the rule's help tells
    messages: dict[str, str] = field(default_factory=dict)

    def finds_secrets(self, tool: str) -> bool:
        """Whether what it finds is a secret."""
        return self.name == "Secret" or secret_rules.finds_secrets(
            tool, self.id, name=self.name, tags=(*self.tags, *self.weaknesses))


def rule_of(entry: dict[str, Any]) -> Rule:
    """A rule of a tool's `rules`."""
    properties = values.optional_table(entry.get("properties"))
    level = values.word(values.optional_table(entry.get("defaultConfiguration")).get("level"), LEVELS)
    tags = values.texts(properties.get("tags"))
    messages = values.optional_table(entry.get("messageStrings"))
    return Rule(
        id=values.optional_text(entry.get("id")) or "", name=values.optional_text(entry.get("name")) or "",
        title=(_text_of(entry.get("shortDescription")) or _text_of(entry.get("fullDescription")) or ""),
        level=level, score=security_severity(properties), severity=values.severity(properties.get("security-severity")),
        tags=frozenset(tag.lower() for tag in tags), weaknesses=_weaknesses(entry, properties),
        other_ids=_other_ids(entry, tags),
        url=values.optional_text(entry.get("helpUri")), fixes=_fixes(entry.get("help")),
        messages={key: _text_of(value) or "" for key, value in messages.items()})


def _other_ids(entry: dict[str, Any], tags: tuple[str, ...]) -> tuple[str, ...]:
    """Also what the tags name, as govulncheck's do, or a description in brackets, as Snyk's: "(CVE-2020-8203) a@1"."""
    said = re.match(r"\(([^()]*)\)", _text_of(entry.get("fullDescription")) or "")
    among = (*tags, *(said[1].split(",") if said else ()))
    return (*values.texts(entry.get("deprecatedIds")),
            *(one.strip() for one in among if values.ADVISORY_ID.fullmatch(one.strip())))


def _weaknesses(entry: dict[str, Any], properties: dict[str, Any]) -> tuple[str, ...]:
    """The CWEs that a rule names as properties, as some tools do, or as related to it (§3.49.15), as gosec does."""
    found = [f"CWE-{one}" if one.isdigit() else one for one in values.texts(properties.get("cwe"))]
    for related in values.tables(entry.get("relationships")):
        target = values.optional_table(related.get("target"))
        taxonomy = values.optional_text(values.optional_table(target.get("toolComponent")).get("name")) or ""
        number = values.optional_text(target.get("id")) or ""
        if taxonomy.upper() == "CWE":
            found.append(number if number.upper().startswith("CWE") else f"CWE-{number}")
    return tuple(found)


def security_severity(properties: dict[str, Any]) -> float | None:
    """The score that GitHub defined: a text that holds a number from 0 to 10; anything else says nothing."""
    given = properties.get("security-severity")
    try:
        score = float(given) if isinstance(given, (str, int, float)) and not isinstance(given, bool) else -1.0
    except (ValueError, OverflowError):
        return None
    return score if 0 <= score <= 10 else None


def _text_of(value: object) -> str | None:
    return values.optional_text(value.get("text")) if isinstance(value, dict) else None


def _fixes(value: object) -> Fixes:
    found = value.get("text") if isinstance(value, dict) else None
    return fixes_told(found) if isinstance(found, str) else ()


class Component:
    """A tool's driver or one of its extensions, with its rules."""

    def __init__(self, name: str, guid: str | None = None) -> None:
        self.name = name
        self.guid = guid
        self.rules: list[Rule] = []
        self.guids: dict[str, Rule] = {}
        self.by_id: dict[str, Rule] = {}

    def add(self, entry: dict[str, Any]) -> None:
        """Take in the next rule."""
        rule = rule_of(entry)
        self.rules.append(rule)
        self.by_id.setdefault(rule.id, rule)
        guid = entry.get("guid")
        if isinstance(guid, str):
            self.guids[guid.lower()] = rule

    def by_name(self, rule_id: str) -> Rule | None:
        """The rule of an id; of a hierarchical one, "CA1000/1", that of its longest beginning."""
        while rule_id:
            found = self.by_id.get(rule_id)
            if found is not None:
                return found
            rule_id = rule_id.rpartition("/")[0]
        return None


# (ruleId, rule.id, rule.guid, ruleIndex or rule.index, rule.toolComponent's index, name and guid)
Reference = tuple["str | None", "str | None", "str | None", int, int, "str | None", "str | None"]
NO_INDEX = -1


def reference(result: dict[str, Any]) -> Reference:
    """How a result, or a configuration's override, names its rule."""
    inner = values.optional_table(result.get("rule"))
    component = values.optional_table(inner.get("toolComponent"))
    index = _index(inner.get("index"))
    return (values.optional_text(result.get("ruleId")), values.optional_text(inner.get("id")),
            _lower(inner.get("guid")), index if index != NO_INDEX else _index(result.get("ruleIndex")),
            _index(component.get("index")), values.optional_text(component.get("name")),
            _lower(component.get("guid")))


def _index(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else NO_INDEX


def _lower(value: object) -> str | None:
    return value.lower()[:values.LONGEST] if isinstance(value, str) else None


class Tool:
    """The tool of a run: its driver and extensions."""

    def __init__(self) -> None:
        self.driver = Component("")
        self.version: str | None = None
        self.extensions: list[Component] = []
        self._found: dict[Reference, Rule] = {}

    def rule(self, wanted: Reference) -> Rule:
        """The rule that a reference means; one that holds no more than its id where the tool describes none.

        To be asked when the tool is read whole.
        """
        found = self._found.get(wanted)
        if found is None:
            found = self._found[wanted] = self._rule(wanted)
        return found

    def _rule(self, wanted: Reference) -> Rule:
        rule_id, inner_id, guid, index, *place = wanted
        name = rule_id or inner_id or ""
        component = self._component(*place)     # type: ignore[arg-type]
        found = component.guids.get(guid) if guid else None
        if found is None and 0 <= index < len(component.rules):
            found = component.rules[index]
            if name and found.id != name and not name.startswith(f"{found.id}/"):
                # An index that contradicts the id: the id is what people see.
                found = self._named(name, component) or found
        if found is None and name:
            found = self._named(name, component)
        return found or Rule(id=name)

    def _named(self, name: str, first: Component) -> Rule | None:
        for component in (first, self.driver, *self.extensions):
            found = component.by_name(name)
            if found is not None:
                return found
        return None

    def _component(self, index: int, name: str | None, guid: str | None) -> Component:
        if 0 <= index < len(self.extensions):
            return self.extensions[index]
        for one in self.extensions:
            if (guid and one.guid == guid) or (name and one.name == name):
                return one
        return self.driver
