"""The JSON Schema of the configuration file, from the declarations: for editors, which complete and mark by it.

It is as strict as a schema reads well: tables, keys and types are exact; what a text holds, `config check` knows.
"""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.community_metrics.sla_rules import CHANNELS, PHASES
from repo_vitals.concerns.service_health.service_lines import OPTIONS
from repo_vitals.config.allowlist import CONCERNS
from repo_vitals.config.resolve import in_files
from repo_vitals.config.toml_text import toml_value
from repo_vitals.registry import concerns, find
from repo_vitals.report.model import SEVERITIES
from repo_vitals.runtime.configuration import ALLOWLIST, RUN
from repo_vitals.runtime.extending import EXTENDS, LOCKED
from repo_vitals.runtime.pipeline import load_monitor
from repo_vitals.runtime.run_all import INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.config.declare import Input

ADDRESS = "https://raw.githubusercontent.com/nushell-works/repo-vitals/v1/docs/repo-vitals.schema.json"
PATH = "docs/repo-vitals.schema.json"

_Schema = dict[str, Any]

_TEXT: _Schema = {"type": "string"}
_TEXTS: _Schema = {"type": "array", "items": _TEXT}
_TEXT_OR_TEXTS: _Schema = {"anyOf": [_TEXT, _TEXTS]}


def _table(properties: Mapping[str, _Schema], *required: str) -> _Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False,
            **({"required": list(required)} if required else {})}


def _by_name(of: _Schema) -> _Schema:
    return {"type": "object", "additionalProperties": of}


_NUMBER = r"[0-9]+(\.[0-9]+)?"
_SPAN = rf"{_NUMBER}\s*([sShHdDwW]|m|[mM][iI][nN])"
_ISO = r"[pP]([0-9]+[wW])?([0-9]+[dD])?([tT]([0-9]+[hH])?([0-9]+[mM])?([0-9]+(\.[0-9]+)?[sS])?)?"
_DURATION: _Schema = {"type": "string", "pattern": rf"^\s*({_SPAN}|{_ISO})\s*$"}
_WORKING: _Schema = {"type": "string", "pattern": rf"^\s*({_SPAN}|{_NUMBER}\s*[bB][dD]|{_ISO})\s*$"}
# TOML has dates; the editors' checkers see them as texts, as JSON would have them.
_DAYS: _Schema = {"type": "array", "items": _TEXT}
_HOURS = _table({"zone": _TEXT, "days": _TEXT, "hours": _TEXT, "country": _TEXT, "subdivision": _TEXT,
                 "holidays": _DAYS}, "zone", "hours")
_RULE = _table({"phase": {"enum": list(PHASES)}, "within": _TEXT, "priority": _TEXT, "type": _TEXT,
                "channel": {"enum": list(CHANNELS)}, "level": {"type": ["integer", "string"]}}, "phase", "within")
_OF_A_SERVICE: _Schema = {"anyOf": [{"type": ["string", "integer"]},
                                    {"type": "array", "items": {"type": ["string", "integer"]}}]}
_SERVICE = _table({"name": _TEXT, "url": _TEXT, **dict.fromkeys(
    sorted({"kind"}.union(*OPTIONS.values())), _OF_A_SERVICE)}, "url")
_ALLOWED: _Schema = {
    **_table({**dict.fromkeys((*CONCERNS, "package", "version", "path", "reason", "owner", "expires"), _TEXT),
              "until-fixed": {"type": "boolean"}}, "reason"),
    "oneOf": [{"required": [concern]} for concern in CONCERNS]}

_EXTENDS: _Schema = {
    "description": "Repository whose .github/repo-vitals.toml stands in for what this file lacks, as owner/repository "
                   "or owner/repository@ref.",
    "type": "string", "pattern": r"^\s*[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+(@[A-Za-z0-9._/-]+)?\s*$"}
_LOCKED: _Schema = {
    "description": "In a file that others extend: keys that they may not change, such as run.fail-on, or allow.",
    "type": "array", "items": {"type": "string", "pattern": r"^(allow|[a-z][a-z-]*\.[a-z][a-z0-9-]*)$"}}

_SEVERITY: _Schema = {"enum": list(SEVERITIES)}
_RUNS: _Schema = {"type": ["integer", "string"]}
_MATCH = {"monitor": _TEXT_OR_TEXTS, "rule": _TEXT_OR_TEXTS, "id": _TEXT_OR_TEXTS, "file": _TEXT_OR_TEXTS,
          "labels": _by_name(_TEXT_OR_TEXTS), "at-least": _SEVERITY}
_TO_DO = {"add-labels": _TEXT_OR_TEXTS, "assignees": _TEXT_OR_TEXTS, "mentions": _TEXT_OR_TEXTS,
          "channels": _TEXT_OR_TEXTS}


def _tables(properties: Mapping[str, _Schema], *required: str) -> _Schema:
    return {"type": "array", "items": _table(properties, *required)}


# The lists of tables below [alert].
_OF_ALERTS: dict[str, _Schema] = {
    "[[route]] tables": _tables({**_MATCH, **_TO_DO, "severity": _SEVERITY, "fire-after": _RUNS,
                                 "incident": {"enum": [False, 0, 1, 2, 3]}, "owners": _TEXT_OR_TEXTS}),
    "[[silence]] tables": _tables({**_MATCH, "reason": _TEXT, "until": _TEXT, "owner": _TEXT}, "reason", "until"),
    "[[maintenance]] tables": _tables({**_MATCH, "reason": _TEXT, "from": _TEXT, "until": _TEXT, "every": _TEXT}),
    "[[inhibit]] tables": _tables({"when": _table(_MATCH), "inhibits": _table(_MATCH)}, "when", "inhibits"),
    "[[escalate]] tables": _tables({**_MATCH, **_TO_DO, "after": _TEXT}, "after"),
}

# What kinds without a schema of their own take in a file, by their names.
_BY_KIND: dict[str, _Schema] = {
    "text": _TEXT, "path": _TEXT, "URL": _TEXT, "URL or none": _TEXT, "duration or never": _TEXT,
    "checks in duration": _TEXT, "none, branch, branch:NAME or folder": _TEXT,
    "owner/name": {"type": "string", "pattern": r"^\s*[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+\s*$"},
    "true or false": {"type": "boolean"}, "true, false or a day": {"type": ["boolean", "string"]},
    "integer": {"type": "integer"}, "ratio": {"type": "number", "minimum": 0, "maximum": 1},
    "size": {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*[kMG]?i?B\s*$"},
    "duration": _DURATION, "duration or business days": _WORKING,
    "list": _TEXTS, "lines": _TEXTS, "list of paths or patterns": _TEXTS,
    "business hours": {"anyOf": [_TEXT, _HOURS]},
    "presets and rules": {"anyOf": [_TEXT, {"type": "array", "items": {"anyOf": [_TEXT, _RULE]}}]},
    "services": {"type": "array", "items": {"anyOf": [_TEXT, _SERVICE]}},
    "preset or lines": {"type": ["string", "object"]}, "runs, such as 2 of 3": _RUNS, "weekly hours": _TEXT,
    **_OF_ALERTS,
}
_TABLES: _Schema = {"type": "array", "items": {"type": "object"}}
# Inputs that take more than the others of their kind, or something of their own.
_BY_INPUT: dict[str, _Schema] = {
    "community-metrics.label-aliases": {"anyOf": [_TEXTS, _by_name(_TEXT)]},
    "community-metrics.phase-labels": {"anyOf": [_TEXTS, _by_name(_TEXTS)]},
    "community-metrics.escalate": {"anyOf": [{"type": "boolean"}, _TEXTS]},
    "security-summary.respond-within": {"anyOf": [_TEXTS, _by_name(_TEXT)]},
    "security-summary.fix-within": {"anyOf": [_TEXTS, _by_name(_TEXT)]},
    "coverage.components": {"anyOf": [_TEXTS, _by_name(_table({
        "paths": _TEXTS, "minimum-ratio": _BY_KIND["ratio"]}))]},
    "docs-freshness.classes": {"anyOf": [_TEXTS, _by_name(_table({"paths": _TEXTS, "window": _TEXT}))]},
    "performance-compare.budgets": {"anyOf": [_TEXTS, _by_name(_TEXT)]},
    "performance-compare.sizes": {"anyOf": [_TEXTS, _by_name(_TEXT_OR_TEXTS)]},
}


def schema() -> _Schema:
    """The schema of the whole file, JSON Schema 2020-12."""
    tables = {RUN: _command(RUN, "Every monitor that has a table; its keys stand in for keys that those lack.", INPUTS)}
    for command in concerns():
        known = find(command.name)
        tables[command.name] = _command(command.name, known.summary if known else "",
                                        load_monitor(command.name).inputs)
    allowed = {"description": "What is known and accepted, for all monitors.", "type": "array", "items": _ALLOWED}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ADDRESS,
            "title": "Configuration of repo-vitals", **_table({EXTENDS: _EXTENDS, LOCKED: _LOCKED, **tables,
                                                               ALLOWLIST: allowed})}


def schema_text() -> str:
    """The schema as the file in docs/ has it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _command(name: str, summary: str, inputs: Sequence[Input[Any]]) -> _Schema:
    return {"description": summary,
            **_table({declared.name: _input(name, declared) for declared in inputs
                      if in_files(declared) and declared.name != ALLOWLIST})}


def _input(command: str, declared: Input[Any]) -> _Schema:
    default = default_form(declared)
    return {"description": declared.description.replace("<command>", command),
            **({} if default is None else {"default": default}), **schema_of(command, declared)}


def schema_of(command: str, declared: Input[Any]) -> Mapping[str, Any]:
    """What the file may give an input; anything for a kind that nothing is known of."""
    own = _BY_INPUT.get(f"{command}.{declared.name}") or declared.kind.schema
    if own:
        return own
    name = declared.kind.name
    words = name.split(" | ")
    if len(words) > 1:
        return {"enum": words}
    return _BY_KIND.get(name) or (_TABLES if name.startswith("[[") else {})


def default_form(declared: Input[Any]) -> Any:
    """A default as the TOML value that is read back as it; None where there is none."""
    default = declared.default
    if isinstance(default, tuple) and default and all(isinstance(one, str) for one in default):
        return list(default)    # reading it back may take a library that is not there when documents are made
    try:
        shown = declared.kind.show(default)
    except (TypeError, AttributeError):     # of what is not given there is nothing to show
        shown = ""
    forms = (list(default) if isinstance(default, tuple) else default, shown, shown.splitlines())
    return next((form for form in forms if form not in ("", None) and _means(declared, form)), None)


def _means(declared: Input[Any], form: Any) -> bool:
    """Whether the file may say the default so."""
    try:
        toml_value(form)
        return bool(declared.kind.from_toml(form) == declared.default)
    except (ValueError, TypeError, AttributeError):
        return False
