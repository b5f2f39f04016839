"""Classes of documents and how long each may go without a review. Pure.

A line says `security: SECURITY.md, docs/security/** = 90d`, where patterns and window may be left out: without `=` the
class keeps its window, without patterns it keeps its documents. In the configuration file also tables by name.
"""
from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

from repo_vitals.concerns.docs_freshness.facts import DocumentClass
from repo_vitals.config import globs
from repo_vitals.config.declare import LINES, LIST, Kind, needs_text, positive_duration, show_duration
from repo_vitals.config.file import near, quoted
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

EACH_RELEASE = "release"
_NAMES: tuple[DocumentClass, ...] = get_args(DocumentClass)
_KEYS = ("paths", "window")
_FORM = "security: SECURITY.md, docs/security/** = 90d"
_LINE = re.compile(r"(?P<name>[^:=]+)(?::(?P<paths>[^=]*))?(?:=(?P<window>[^=]+))?", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class ClassRule:
    """The documents of one class, and their review window; None is each release."""

    name: DocumentClass
    paths: tuple[str, ...] = ()
    window: timedelta | None = None


# In the order in which they are tried: what is narrow comes before what is wide.
DEFAULT = (
    ClassRule(name="security", window=timedelta(days=90), paths=(
        "SECURITY.*", "SECURITY", "SECURITY-*.*", "docs/security/**", "doc/security/**")),
    ClassRule(name="process", window=timedelta(days=365), paths=(
        "CONTRIBUTING.*", "CONTRIBUTING", "GOVERNANCE.*", "CODE_OF_CONDUCT.*", "MAINTAINERS.*", "RELEASING.*",
        "RELEASE.*", "RELEASE_PROCEDURES.*", "RELEASE_PROCESS.*", "SUPPORT.*", "DEVELOPMENT.*", "HACKING.*",
        "STYLE_GUIDE.*", ".github/**", "docs/contributing/**", "docs/process/**", "docs/adr/**", "docs/adrs/**",
        "docs/decisions/**", "docs/development/**", "docs/maintenance/**", "docs/rfcs/**")),
    ClassRule(name="api", paths=(
        "docs/api/**", "doc/api/**", "docs/reference/**", "doc/reference/**", "API.*", "docs/**/api.*",
        "docs/**/api-reference.*")),
    ClassRule(name="user", window=timedelta(days=30), paths=(
        "/README.*", "/README", "docs/user/**", "docs/guide/**", "docs/guides/**", "docs/tutorial/**",
        "docs/tutorials/**", "docs/how-to/**", "docs/getting-started/**", "docs/index.*", "USER_GUIDE.*",
        "QUICKSTART.*", "INSTALL.*", "docs/**/getting-started.*", "docs/**/installation.*", "docs/**/quickstart.*")),
)


def class_of(path: str, rules: Iterable[ClassRule]) -> DocumentClass:
    """The class of the first rule whose patterns mean the document; `other` where none does."""
    return next((rule.name for rule in rules if globs.matches(path, rule.paths)), "other")


def windows(rules: Iterable[ClassRule], *, maximum_age: timedelta) -> dict[DocumentClass, timedelta | None]:
    """The review window of every class, `other` too; None is each release."""
    return {"other": maximum_age, **{rule.name: rule.window for rule in rules}}


def classes() -> Kind[tuple[ClassRule, ...]]:
    """Rules for all classes but `other`: those that are given, the others as they are by default."""
    return Kind("lines or tables", lambda text: _all(map(_line, LINES.parse(text))), _from_toml,
                lambda found: "\n".join(map(_show, found)), quotable=False)


@dataclass(frozen=True, kw_only=True)
class _Given:
    """One rule as the user says it; None is not said."""

    name: DocumentClass
    paths: tuple[str, ...] | None
    window: str | None


def _line(line: str) -> _Given:
    match = _LINE.fullmatch(line)
    if match is None or (match["paths"] is None and match["window"] is None):
        raise ValueError(f"has {quoted(line)}, which is not like {_FORM}")
    paths = LIST.parse(match["paths"] or "")
    return _Given(name=_name(match["name"].strip()), paths=paths or None, window=match["window"])


def _from_toml(value: Any) -> tuple[ClassRule, ...]:
    if isinstance(value, list):
        return _all(map(_line, LINES.from_toml(value)))
    if not isinstance(value, dict):
        raise ValueError(f"needs an array of lines such as {_FORM!r}, or tables by name")
    return _all(_table(str(name), table) for name, table in value.items())


def _table(name: str, table: Any) -> _Given:
    known = _name(name)
    if not isinstance(table, dict):
        raise ValueError(f"has {quoted(name)}, which is no table with paths and window")
    for key in table:
        if key not in _KEYS:
            raise ValueError(f"has {quoted(name)} with an unknown key {quoted(key)}"
                             f"{near(key, _KEYS) or ' (known: ' + ', '.join(_KEYS) + ')'}")
    try:
        return _Given(name=known, paths=LIST.from_toml(table["paths"]) if "paths" in table else None,
                      window=needs_text(table["window"]) if "window" in table else None)
    except ValueError as error:
        raise ValueError(f"has {quoted(name)}, one of whose values {error}") from None


def _name(name: str) -> DocumentClass:
    if name == "other":
        raise ValueError("has a window for the class other, which `maximum-age` gives")
    if name not in _NAMES:
        names = [known for known in _NAMES if known != "other"]
        raise ValueError(f"has the class {quoted(name)}{near(name, names) or ' (known: ' + ', '.join(names) + ')'}")
    return name


def _all(given: Iterable[_Given]) -> tuple[ClassRule, ...]:
    rules = {rule.name: rule for rule in DEFAULT}
    seen: set[str] = set()
    for one in given:
        if one.name in seen:
            raise ValueError(f"has {quoted(one.name)} twice")
        seen.add(one.name)
        rules[one.name] = _changed(rules[one.name], one)
    return tuple(rules.values())


def _changed(rule: ClassRule, given: _Given) -> ClassRule:
    try:
        if given.paths is not None:
            rule = replace(rule, paths=globs.check(given.paths))
        if given.window is not None:
            text = given.window.strip()
            rule = replace(rule, window=None if text == EACH_RELEASE else positive_duration().parse(text))
    except ValueError as error:
        raise ValueError(f"has {quoted(given.name)}, which {error}; a window is like 90d, or {EACH_RELEASE}") from None
    return rule


def _show(rule: ClassRule) -> str:
    window = EACH_RELEASE if rule.window is None else show_duration(rule.window)
    return f"{rule.name}: {', '.join(rule.paths)} = {window}"
