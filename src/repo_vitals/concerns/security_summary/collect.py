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
from repo_vitals.concerns.security_summary.own_results import without_own
from repo_vitals.concerns.security_summary.reading import READERS, read
from repo_vitals.concerns.security_summary.severity import graded
from repo_vitals.concerns.security_summary.tool_files import tool_rules
from repo_vitals.concerns.security_summary.tool_ignores import ToolRules
from repo_vitals.errors import CallerError, CouldNotMeasure, FeatureDisabled, InputError, TokenRefused
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.ledger_lines import as_line, digest
from repo_vitals.sources.report_files import Unreadable, select
from repo_vitals.sources.workflow_event import read_event

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from repo_vitals.concerns.security_summary.facts import Report
    from repo_vitals.concerns.security_summary.severity import Grade
    from repo_vitals.config.declare import FilePatterns, Surroundings
    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History
    from repo_vitals.sources.jq_adapters import Adapter
    from repo_vitals.sources.report_files import ReportFile

# What each of GitHub's lists is called in messages, and what it tells of.
_LISTS = {
    "dependabot": ("Dependabot alerts", frozenset({"vulnerabilities"})),
    "code-scanning": ("Code scanning alerts", frozenset({"code"})),
    "secret-scanning": ("Secret scanning alerts", frozenset({"secrets"})),
    "sbom": ("GitHub's lists of dependencies", frozenset({"licenses"})),
}


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be read, as the inputs say it."""

    reports: FilePatterns
    adapters: tuple[str, ...]           # lines `name: jq program`
    largest: int                        # bytes of a report
    lists: tuple[str, ...]              # which of GitHub's lists
    lists_named: bool                   # the user named them: they have to be readable
    sbom: bool                          # whether GitHub's dependency graph is to be read, too
    tool_ignores: bool                  # whether the tools' own configuration counts
    maximum_age: timedelta | None
    unscored: Grade


def collect(
    request: Request, github: GitHub, surroundings: Surroundings, history: History, *, repository: str, window: Window,
) -> Facts:
    """The facts about `repository` (owner/name).

    The history learns what was seen, unless the run is for a pull request or another branch than the default one: what
    is mended there is not mended yet. Raises InputError for a report that was named and can't be read, what the client
    raises for a list that was named, and TokenRefused for a token that is none.
    """
    event = read_event(surroundings.environ)
    # A fork's token may read little, and whoever opens the pull request can't change that.
    is_of_a_fork = event.pull_request is not None and event.pull_request.from_fork
    files, unread = _reports(request, window.end)
    listed = _Lists(github, repository, of_a_fork=is_of_a_fork, since=window.start if history.keeps else None)
    for name in request.lists:
        listed.read(name, named=request.lists_named)
    if request.sbom:
        listed.read("sbom", named=True)
    told, own = without_own([*files, *listed.reports])
    reports = placed(told, surroundings.folder)
    if listed.unavailable is not None and not reports:
        raise listed.unavailable
    # What the tools are told to overlook is hidden from their reports whether it counts as allowed or not.
    hidden, damaged = tool_rules(surroundings.folder)
    rules, damaged = (hidden, damaged) if request.tool_ignores else (ToolRules(), ())
    entries = merge(advisory for report in reports for advisory in report.advisories)
    memory = Memory(history, repository=repository)
    is_kept = not event.name or (event.is_of_the_default_branch and event.repository.lower() == repository.lower())
    seen, notes = None, [*listed.notes, *rules.notes, *own, *memory.notes]
    if memory.usable:
        overlooked = [one for one in (*ignores_of(reports), *hidden.ignores)
                      if one.until is None or window.end < one.until]
        seen = advance(
            memory.seen, entries, reports, overlooked=overlooked, now=window.end, is_sure=memory.is_sure,
            job=_job(request, surroundings), thresholds=dict(hidden.thresholds),
            grade=lambda entry: graded(entry.advisories, unscored=request.unscored).grade,
            whole=lambda report: is_whole(report, maximum_age=request.maximum_age, now=window.end),
        )
        if is_kept:
            memory.save(seen)
        else:
            notes.append("the history is read and gets nothing: it is of the default branch's runs alone")
    return Facts(
        repository=repository, reports=tuple(reports), entries=entries, unread=(*unread, *listed.unread, *damaged),
        refused=tuple(listed.refused), ignores=rules.ignores, seen=seen, notes=tuple(notes), is_kept=is_kept,
        unavailable=None if listed.unavailable is None else str(listed.unavailable),
    )


def _job(request: Request, surroundings: Surroundings) -> str:
    """What tells the scans of this job from those of another that shares the history: the workflow's file, the job's
    id, and the patterns of its reports. A job under a new name takes over all that it sees itself."""
    workflow = surroundings.environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    job = surroundings.environ.get("GITHUB_JOB", "")
    return digest(as_line([workflow, job, sorted(request.reports.patterns)]))[:12]


def _reports(request: Request, now: datetime) -> tuple[list[Report], list[Unread]]:
    patterns, adapters = request.reports, _adapters(request.adapters)
    selected = select(patterns.patterns, folder=patterns.folder, confined=patterns.confined, named_by="reports",
                      formats=[*READERS, *adapters], largest=request.largest)
    reports: list[Report] = []
    unread = [Unread(shown=quotable(pattern), why="matches no file") for pattern in selected.unmatched]
    for file in selected.files:
        found = _report(file, adapters, now)
        if isinstance(found, Unread):
            unread.append(found)
        else:
            reports.append(found)
    return reports, unread


def _adapters(lines: tuple[str, ...]) -> dict[str, Adapter]:
    if not lines:
        return {}
    from repo_vitals.sources.jq_adapters import parse_adapters

    return parse_adapters(lines, taken=READERS)


def _report(file: ReportFile, adapters: dict[str, Adapter], now: datetime) -> Report | Unread:
    shown = quotable(file.shown)
    try:
        if file.reader in adapters:
            from repo_vitals.concerns.security_summary.adapter import adapt

            return adapt(adapters[file.reader], file, now=now)
        return read(file)
    except Unreadable as error:
        if file.literal:
            raise InputError(f'reports: "{shown}" {error}') from None
        return Unread(shown=shown, why=str(error))


class _Lists:
    """What GitHub's lists say, and why some of them say nothing.

    `of_a_fork`: none is an error, whether the user named it or not, and nobody is told to grant a permission. `since`:
    from when on to ask what was mended.
    """

    def __init__(self, github: GitHub, repository: str, *, of_a_fork: bool, since: datetime | None) -> None:
        self._github, self._repository, self._of_a_fork, self._since = github, repository, of_a_fork, since
        self.reports: list[Report] = []
        self.unread: list[Unread] = []
        self.refused: list[Unread] = []
        self.notes: list[str] = []
        self.unavailable: CouldNotMeasure | None = None

    def read(self, name: str, *, named: bool) -> None:
        """Read a list. Raises what the client raises where the user named it, unless GitHub is out of order."""
        shown, checks = _LISTS[name]
        named = named and not self._of_a_fork
        if self._github.anonymous:
            if named:
                raise InputError(f"{'github-sbom' if name == 'sbom' else 'alerts'}: {shown} take a token; set "
                                 "GITHUB_TOKEN, or leave them out")
            self.refused.append(Unread(shown=shown, why="were not read, since there is no token", checks=checks))
            return
        try:
            self.reports.append(self._ask(name))
        except CouldNotMeasure as error:
            self.unavailable = self.unavailable or error
            self.unread.append(Unread(shown=shown, why="could not be read, since GitHub did not answer", checks=checks))
        except TokenRefused:
            raise
        except FeatureDisabled as error:
            if named:
                raise
            self.notes.append(f"{shown} are not in use here: {error}")
        except CallerError as error:
            if named:
                raise
            self.refused.append(Unread(shown=shown, why=f"were not read: {error}", checks=checks,
                                       can_be_granted=not self._of_a_fork))

    def _ask(self, name: str) -> Report:
        # Imported only where a list is read: PyGithub takes its time.
        from repo_vitals.concerns.security_summary import alerts

        if name == "dependabot":
            return alerts.dependabot(self._github, self._repository, since=self._since)
        asking = {"code-scanning": alerts.code_scanning, "secret-scanning": alerts.secret_scanning, "sbom": alerts.sbom}
        return asking[name](self._github, self._repository)
