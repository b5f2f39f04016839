"""Finds what reports say, which issues are ours, what is remembered of alerts, and what people asked of them."""
from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert import owners
from repo_vitals.concerns.alert.commands import in_comment, in_label, is_snoozed_by, off_label
from repo_vitals.concerns.alert.facts import Facts, OurIssue, Refused
from repo_vitals.concerns.alert.signals import ALL, UNKNOWN
from repo_vitals.concerns.alert.state import from_body, merged, read_all
from repo_vitals.errors import InputError, PermissionMissing
from repo_vitals.plain_text import quotable
from repo_vitals.report.incidents import is_key
from repo_vitals.sources.artifact_reports import read_artifacts
from repo_vitals.sources.authority import may_write
from repo_vitals.sources.our_issues import our_issues
from repo_vitals.sources.report_reading import Reports, from_files
from repo_vitals.sources.workflow_event import doubt_of, read_event
from repo_vitals.sources.workflow_run import read_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Command
    from repo_vitals.concerns.alert.inputs import Request
    from repo_vitals.config.declare import FilePatterns, Surroundings
    from repo_vitals.report.model import Report
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History
    from repo_vitals.sources.our_issues import FoundIssue
    from repo_vitals.sources.report_reading import ReadReport, RefusedReport
    from repo_vitals.sources.workflow_event import WorkflowEvent
    from repo_vitals.sources.workflow_run import Run

OWN = frozenset({"alert", "comment"})   # their reports say how acting on reports went
AHEAD = timedelta(minutes=10)           # that the clock of who made a report may be before ours
LOOKED_BACK = timedelta(days=90)        # closed issues that changed since are looked through
MOST_PEOPLE = 10                        # whose permission is asked for in a run; each is a request
MARKER = re.compile(r"<!-- repo-vitals:alert:([a-z0-9][a-z0-9/-]{0,99}) -->")


def place_of_states(repository: str) -> str:
    """The file of the history that remembers a repository's alerts."""
    return f"alert/{repository.lower()}/alerts.jsonl"


def collect(github: GitHub, request: Request, surroundings: Surroundings, repository: str, history: History,
            now: datetime) -> Facts:
    """The facts. Raises InputError for inputs that do not go together, FeatureDisabled where no issue can be opened,
    and what the client raises.
    """
    event = read_event(surroundings.environ)
    facts = Facts(repository=repository, has_history=history.keeps,
                  run_url=_run_url(github, repository, surroundings.environ.get("GITHUB_RUN_ID", "")))
    if event.doubt:
        return replace(facts, silence=f"{event.doubt}; alerts are about the default branch")
    facts, reports = _reports(github, request, surroundings, event, facts)
    if facts.silence:
        return facts
    facts = _with_missing(_sorted_out(facts, reports, request.stale_after, now), request.expected)
    remembered = history.read(place_of_states(repository))
    states = read_all(remembered or "")
    found = our_issues(
        github, repository, marker=MARKER, trusted=request.trusted, label=next(iter(request.policy.labels), None),
        closed_since=now - max(LOOKED_BACK, request.policy.settings.reopen_within),
        numbers=_numbers(states, now - request.policy.settings.reopen_within))
    issues = tuple(_our_issue(one) for one in found.issues)
    commands, notes = _commands(github, repository, found.issues, merged(states, issues, now=now))
    issues = tuple(replace(issue, commands=commands.get(issue.number, ())) for issue in issues)
    return replace(facts, states=states, issues=issues, notes=(*facts.notes, *notes), codeowners=_codeowners(
        surroundings.folder) if request.policy.uses_codeowners else "")


def _run_url(github: GitHub, repository: str, run: str) -> str | None:
    return f"{github.endpoints.server_url}/{repository}/actions/runs/{run}" if run.isascii() and run.isdigit() else None


# -- reports -----------------------------------------------------------------------------------------------------

def _reports(github: GitHub, request: Request, surroundings: Surroundings, event: WorkflowEvent, facts: Facts,
             ) -> tuple[Facts, Reports]:
    notes: list[str] = []
    read: tuple[ReadReport, ...] = ()
    refused: tuple[RefusedReport, ...] = ()
    is_named = request.reports_are_named or request.artifacts
    given = request.reports if is_named else _usual(request.reports, surroundings)
    if given.patterns:
        files, unmatched = from_files(given.patterns, folder=given.folder, confined=given.confined, without=OWN,
                                      strict=False)
        notes += [f"no file matches {quotable(pattern, limit=100)}" for pattern in unmatched]
        read, refused = files.read, files.refused
    if request.artifacts:
        run = _run(github, request, surroundings, event, facts.repository)
        why = _doubt(run, event)
        if why:
            return replace(facts, silence=why), Reports()
        kept, _, said = read_artifacts(github, run, request.artifacts, without=OWN)
        read, refused = (*read, *kept.read), (*refused, *kept.refused)
        notes += said
        facts = replace(facts, run_url=_run_url(github, facts.repository, str(run.id)))
    elif request.run_id is not None:
        raise InputError("artifact: none named of the run that run-id gives; name those that hold its reports")
    return replace(facts, notes=(*facts.notes, *notes)), Reports(read=read, refused=refused)


def _usual(given: FilePatterns, surroundings: Surroundings) -> FilePatterns:
    """Where the monitors of this job left their reports."""
    folder = surroundings.environ.get("RUNNER_TEMP", "").strip() or surroundings.folder
    return replace(given, patterns=("repo-vitals/*.json",), folder=folder, confined=True)


def _run(github: GitHub, request: Request, surroundings: Surroundings, event: WorkflowEvent, repository: str) -> Run:
    own = surroundings.environ.get("GITHUB_RUN_ID", "")
    number = request.run_id or event.run_id or (int(own) if own.isascii() and own.isdigit() and len(own) < 18 else None)
    if number is None:
        raise InputError("run-id: none given, and this is no run of a workflow; give the number of the run whose "
                         "artifacts hold the reports")
    return read_run(github, repository, number)


def _doubt(run: Run, event: WorkflowEvent) -> str:
    """Why what a run left says nothing of the default branch; empty where it does."""
    if run.is_fork:
        return "the run was of a fork's code, which no alert is about"
    why = doubt_of(run.event, run.head_branch, event.default_branch)
    return f"{why}; alerts are about the default branch" if why else ""


def _sorted_out(facts: Facts, reports: Reports, stale_after: timedelta, now: datetime) -> Facts:
    """The facts with the reports that can be believed, and why others are not."""
    kept: list[Report] = []
    refused = [Refused(name=quotable(one.name, limit=200), why=one.why,
                       monitor=_own_name(one.monitor) or _monitor_of(one.name))
               for one in reports.refused]
    for one in reports.read:
        why = _refusal(one.report, facts.repository, stale_after, now)
        if why:
            refused.append(Refused(name=quotable(one.name, limit=200), why=why,
                                   monitor=_own_name(one.report.monitor)))
        else:
            kept.append(one.report)
    return replace(facts, reports=tuple(kept), refused=tuple(refused))


def _with_missing(facts: Facts, expected: Sequence[str]) -> Facts:
    """The facts with the reports that should be there and are not."""
    for monitor in expected:
        if not is_key(monitor) or "/" in monitor:
            raise InputError(f"expect: {quotable(monitor, limit=60)} is no monitor's name")
    there = {report.monitor for report in facts.reports} | {one.monitor for one in facts.refused}
    missing = [Refused(name=f"the report of {monitor}", why="is not there", monitor=monitor)
               for monitor in dict.fromkeys(expected) if monitor not in there]
    return replace(facts, refused=(*facts.refused, *missing))


def _own_name(monitor: str) -> str:
    return "" if monitor in (ALL, UNKNOWN) else monitor


def _monitor_of(name: str) -> str:
    """Whose report a file is that could not be read, by the name that monitors give their reports."""
    stem = re.split(r"[/\\ ]", name)[-1].removesuffix(".json")
    return stem if stem in _USUAL_NAMES else ""


# The monitors' own names for their reports: the command's. What else a file is called tells nothing.
_USUAL_NAMES = frozenset({
    "ci-health", "community-metrics", "coverage", "dependency-health", "docs-freshness", "package-adoption",
    "performance-compare", "security-summary", "service-health"})


def _refusal(report: Report, repository: str, stale_after: timedelta, now: datetime) -> str:
    if report.repository.lower() != repository.lower():
        return "is about another repository"
    if report.monitor in (ALL, UNKNOWN):
        return f"says that its monitor is called {report.monitor}, which alerts of several monitors are"
    if report.generated_at > now + AHEAD:
        return "says that it was made in the future"
    if now - report.generated_at > stale_after:
        return f"is older than {stale_after.total_seconds() / 3600:,.4g} h (`stale-after`)"
    return ""


# -- issues ------------------------------------------------------------------------------------------------------

def _numbers(states: Mapping[str, AlertState], since: datetime) -> Iterator[int]:
    """The issues that may matter still, wherever they are: of what goes on, or could come back to them."""
    for state in states.values():
        over = state.phase in ("inactive", "resolved") and (state.resolved_at is None or state.resolved_at < since)
        if state.number and not over:
            yield state.number


def _our_issue(found: FoundIssue) -> OurIssue:
    return OurIssue(
        number=found.number, key=found.key, url=found.url, title=found.title, body=found.body, is_open=found.is_open,
        created_at=found.created_at, closed_at=found.closed_at, closed_by_person=found.closed_by_person,
        labels=found.labels, assignees=found.assignees, is_locked=found.is_locked, state=from_body(found.body))


def _commands(github: GitHub, repository: str, issues: Sequence[FoundIssue], states: Mapping[str, AlertState],
              ) -> tuple[dict[int, tuple[Command, ...]], list[str]]:
    """The commands of people who may give them, by issue, without those that were obeyed; and what to say of others."""
    given: dict[int, list[Command]] = {}
    members: dict[str, bool] = {}       # who gave one, and whether GitHub calls them a member
    for issue in issues:
        state = states.get(issue.key)
        heard = set(state.heard) if state is not None else set()
        new = [command for command in _said_on(issue, members) if command.id not in heard]
        if state is not None:
            new += [command for command in _taken_off(issue) if command.id not in heard
                    and is_snoozed_by(state, command)]
        if new:
            given[issue.number] = sorted(new, key=lambda command: (command.at, command.id))
    waiting = {command.who for commands in given.values() for command in commands}
    # Whom GitHub calls a member is asked about first, so that a crowd of strangers keeps no maintainer waiting.
    asked = sorted(waiting, key=lambda who: (not members.get(who, False), who))[:MOST_PEOPLE]
    try:
        may = {who for who in asked if may_write(github, repository, who)}
    except PermissionMissing as error:      # else any stranger's word would keep such a token from every alert
        return {}, [f"no command was obeyed, since it can't be told who may give one: {error}"] if waiting else []
    refused = sum(command.who not in may for commands in given.values() for command in commands)
    notes = [] if not refused else [
        (f"{refused:,} {'command' if refused == 1 else 'commands'} by people without write permission "
         f"{'was' if refused == 1 else 'were'} not obeyed")]
    return {number: tuple(command for command in commands if command.who in may)
            for number, commands in given.items()}, notes


def _said_on(issue: FoundIssue, members: dict[str, bool]) -> Iterator[Command]:
    for remark in issue.remarks:
        if remark.is_person and not remark.is_hidden:
            found = in_comment(remark.body, id=str(remark.id), who=remark.who, at=remark.at)
            if found:
                members[remark.who] = members.get(remark.who, False) or remark.is_of_team
            yield from found
    for put in issue.labels_put:
        command = in_label(put.name, who=put.who, at=put.at) if put.is_person else None
        if command is not None:
            # Nobody without triage permission puts a label anywhere.
            members[put.who] = True
            yield command


def _taken_off(issue: FoundIssue) -> Iterator[Command]:
    for taken in issue.labels_taken:
        command = off_label(taken.name, who=taken.who, at=taken.at) if taken.is_person else None
        if command is not None:
            yield command


# -- owners ------------------------------------------------------------------------------------------------------

def _codeowners(folder: str) -> str:
    """The checkout's CODEOWNERS; empty where there is none, or none that can be read."""
    for name in owners.PLACES:
        path = Path(folder) / name
        try:
            if path.is_symlink() or not path.is_file():
                continue
            with path.open("rb") as file:
                content = file.read(owners.LARGEST + 1)
        except OSError:
            continue
        return "" if len(content) > owners.LARGEST else content.decode("utf-8", "replace")
    return ""
