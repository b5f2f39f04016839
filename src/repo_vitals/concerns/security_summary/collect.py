"""Facts from reports in the working folder, from GitHub's lists of alerts, and from the history.

The one stage that asks the world. A source that was named and can't be read is the caller's to mend; one that a pattern
would have found, or that is read only because nothing else was said, is noted and makes nothing clean.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.allowing import ignores_of
from repo_vitals.concerns.security_summary.clocks import advance
from repo_vitals.concerns.security_summary.facts import Facts, Unread
from repo_vitals.concerns.security_summary.freshness import is_whole
from repo_vitals.concerns.security_summary.lock_files import placed
from repo_vitals.concerns.security_summary.memory import Memory
from repo_vitals.concerns.security_summary.merge import merge
from repo_vitals.concerns.security_summary.reading import READERS, read
from repo_vitals.concerns.security_summary.severity import graded
from repo_vitals.concerns.security_summary.tool_files import tool_rules
from repo_vitals.concerns.security_summary.tool_ignores import ToolRules
from repo_vitals.errors import CallerError, CouldNotMeasure, FeatureDisabled, InputError, TokenRefused
from repo_vitals.plain_text import quotable
from repo_vitals.sources.report_files import Unreadable, select

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from repo_vitals.concerns.security_summary.facts import Report
    from repo_vitals.concerns.security_summary.severity import Grade
    from repo_vitals.config.declare import FilePatterns
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History
    from repo_vitals.sources.report_files import ReportFile

# What each of GitHub's lists is called in messages, and what it tells of.
_LISTS = {
    "dependabot": ("Dependabot alerts", "vulnerabilities"),
    "code-scanning": ("Code scanning alerts", "code"),
    "secret-scanning": ("Secret scanning alerts", "secrets"),
    "sbom": ("GitHub's dependency graph", "licenses"),
}


def collect(
    github: GitHub, *, repository: str, patterns: FilePatterns, largest: int, lists: Sequence[str],
    lists_named: bool, tool_ignores: bool, maximum_age: timedelta | None, unscored: Grade, history: History,
    now: datetime,
) -> Facts:
    """The facts about `repository` (owner/name).

    `patterns` are paths and patterns of reports, none over `largest` bytes; `lists` which of GitHub's lists to read,
    and `lists_named` whether the user named them; `tool_ignores` whether the tools' own configuration counts. The
    history learns what was seen. Raises InputError for a report that was named and can't be read, what the client
    raises for a list that was named, and TokenRefused for a token that is none.
    """
    reports, unread = _reports(patterns, largest)
    listed = _Lists(github, repository, named=lists_named)
    for name in lists:
        listed.read(name)
    reports = placed([*reports, *listed.reports], patterns.folder)
    if listed.unavailable is not None and not reports:
        raise listed.unavailable
    rules, damaged = tool_rules(patterns.folder) if tool_ignores else (ToolRules(), ())
    entries = merge(advisory for report in reports for advisory in report.advisories)
    memory = Memory(history, repository=repository)
    seen = None
    if memory.usable:
        overlooked = {one.id for one in (*ignores_of(reports), *rules.ignores)
                      if one.concern == "vulnerability" and (one.until is None or now < one.until)}
        seen = advance(
            memory.seen, entries, reports, overlooked=overlooked, now=now, is_sure=memory.is_sure,
            grade=lambda entry: graded(entry.advisories, unscored=unscored).grade,
            whole=lambda report: is_whole(report, maximum_age=maximum_age, now=now),
        )
        memory.save(seen)
    return Facts(
        repository=repository, reports=tuple(reports), entries=entries, unread=(*unread, *listed.unread, *damaged),
        refused=tuple(listed.refused), ignores=rules.ignores, seen=seen,
        notes=(*listed.notes, *rules.notes, *memory.notes),
        unavailable=None if listed.unavailable is None else str(listed.unavailable),
    )


def _reports(patterns: FilePatterns, largest: int) -> tuple[list[Report], list[Unread]]:
    selected = select(patterns.patterns, folder=patterns.folder, confined=patterns.confined, named_by="reports",
                      formats=READERS, largest=largest)
    reports: list[Report] = []
    unread = [Unread(shown=quotable(pattern), why="matches no file") for pattern in selected.unmatched]
    for file in selected.files:
        found = _report(file)
        if isinstance(found, Unread):
            unread.append(found)
        else:
            reports.append(found)
    return reports, unread


def _report(file: ReportFile) -> Report | Unread:
    shown = quotable(file.shown)
    try:
        return read(file)
    except Unreadable as error:
        if file.literal:
            raise InputError(f'reports: "{shown}" {error}') from None
        return Unread(shown=shown, why=str(error))


class _Lists:
    """What GitHub's lists say, and why some of them say nothing."""

    def __init__(self, github: GitHub, repository: str, *, named: bool) -> None:
        self._github, self._repository, self._named = github, repository, named
        self.reports: list[Report] = []
        self.unread: list[Unread] = []
        self.refused: list[Unread] = []
        self.notes: list[str] = []
        self.unavailable: CouldNotMeasure | None = None

    def read(self, name: str) -> None:
        """Read a list. Raises what the client raises where the user named it, unless GitHub is out of order."""
        shown, check = _LISTS[name]
        checks = frozenset({check})
        if self._github.anonymous:
            if self._named:
                raise InputError(f"alerts: {shown} need a token; set GITHUB_TOKEN, or leave them out")
            self.refused.append(Unread(shown=shown, why="were not read, since there is no token", checks=checks))
            return
        try:
            self.reports.append(_asking(name)(self._github, self._repository))
        except CouldNotMeasure as error:
            self.unavailable = self.unavailable or error
            self.unread.append(Unread(shown=shown, why="could not be read, since GitHub did not answer", checks=checks))
        except TokenRefused:
            raise
        except FeatureDisabled as error:
            if self._named:
                raise
            self.notes.append(f"{shown} are not in use here: {error}")
        except CallerError as error:
            if self._named:
                raise
            self.refused.append(Unread(shown=shown, why=f"were not read: {error}", checks=checks))


def _asking(name: str) -> Callable[[GitHub, str], Report]:
    """What reads a list; imported only where one is read, since PyGithub takes its time."""
    from repo_vitals.concerns.security_summary import alerts

    asking: dict[str, Callable[[GitHub, str], Report]] = {
        "dependabot": alerts.dependabot, "code-scanning": alerts.code_scanning,
        "secret-scanning": alerts.secret_scanning, "sbom": alerts.sbom,
    }
    return asking[name]
