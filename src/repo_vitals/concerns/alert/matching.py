"""Which problems a rule of the configuration is about. Pure."""
from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from repo_vitals.config import globs
from repo_vitals.config.file import quoted
from repo_vitals.config.tables import check_keys, text_of, texts_of
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.alert.facts import Problem
    from repo_vitals.report.model import Severity

KEYS = ("monitor", "rule", "id", "file", "labels", "at-least")


@dataclass(frozen=True, kw_only=True)
class Matcher:
    """Patterns of a problem's parts, as of a shell, without regard to case; all that are given have to fit.

    `file` is a pattern as of .gitignore. Empty: every problem is meant.
    """

    monitor: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    file: tuple[str, ...] = ()
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    at_least: Severity | None = None

    @property
    def word(self) -> str:
        """A short word for what it means, the same from run to run; empty where that is everything."""
        return "" if self == Matcher() else hashlib.sha256(repr(self).encode()).hexdigest()[:8]

    def meets(self, problem: Problem) -> bool:
        """Whether it means the problem."""
        return (_fits(self.monitor, problem.monitor) and _fits(self.rule, problem.rule) and _fits(self.id, problem.id)
                and (not self.file or (problem.file is not None and globs.matches(problem.file, self.file)))
                and all(name in problem.labels and _fits(patterns, problem.labels[name])
                        for name, patterns in self.labels)
                and (self.at_least is None
                     or SEVERITIES.index(problem.severity) >= SEVERITIES.index(self.at_least)))


def _fits(patterns: tuple[str, ...], value: str) -> bool:
    return not patterns or any(fnmatchcase(value.lower(), pattern.lower()) for pattern in patterns)


def matcher_of(table: Mapping[str, Any]) -> Matcher:
    """The matcher that some keys of a table make. Raises ValueError for what can't be one."""
    labels = table.get("labels", {})
    if not isinstance(labels, dict):
        raise ValueError('labels: needs a table such as { workflow = "release.yml" }')
    if "labels" in table and not labels:
        raise ValueError("labels: is empty, which would mean everything; leave it out for that")
    file = globs.check(_patterns(table, "file"))
    return Matcher(monitor=_patterns(table, "monitor"), rule=_patterns(table, "rule"), id=_patterns(table, "id"),
                   file=file, labels=tuple((str(name), _patterns(labels, name)) for name in labels),
                   at_least=severity_of(table, "at-least"))


def _patterns(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = texts_of(table, key)
    if found == ():
        raise ValueError(f"{key}: is empty, which would mean everything; leave it out for that")
    return found or ()


def matcher_in(table: Mapping[str, Any], key: str) -> Matcher:
    """The matcher of a table within a table. Raises ValueError where it is missing, empty or wrong."""
    inner = table.get(key)
    if not isinstance(inner, dict) or not inner:
        raise ValueError(f'{key}: needs a table such as {{ monitor = "service-health" }}')
    try:
        check_keys(inner, KEYS)
        return matcher_of(inner)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def severity_of(table: Mapping[str, Any], key: str) -> Severity | None:
    """One of the severities; None where it is left out. Raises ValueError."""
    text = text_of(table, key)
    if text is None:
        return None
    for known in SEVERITIES:
        if text.lower() == known:
            return known
    raise ValueError(f"{key}: {quoted(text)} is not one of {', '.join(SEVERITIES)}")
