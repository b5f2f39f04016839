"""Finds the reports, whose code they are about, the pull request, and the comments on it that are ours."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.comment.body import shows_reports_of
from repo_vitals.concerns.comment.facts import Facts, Origin, Target
from repo_vitals.concerns.comment.second_half import others_that_ran
from repo_vitals.errors import InputError, PermissionMissing
from repo_vitals.sources.artifact_reports import read_artifacts
from repo_vitals.sources.pull_requests import open_pull_requests, our_comments
from repo_vitals.sources.report_reading import Reports, from_files
from repo_vitals.sources.workflow_event import read_event
from repo_vitals.sources.workflow_run import read_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.comment.inputs import Request
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.pull_requests import OpenPullRequest
    from repo_vitals.sources.workflow_event import PullRequest, WorkflowEvent
    from repo_vitals.sources.workflow_run import Run

DEPENDABOT = "dependabot[bot]"
OWN = frozenset({"alert", "comment"})   # their reports say how acting on reports went: nothing to show
MOST_TARGETS = 5
MOVED_ON = "the pull request moved on: it has a newer commit, or is closed"
OVERTAKEN = "another run of the same commit is the one to comment on"
# Nothing of the code ran: a comment that is there is mended, and none is made.
_DID_NOT_RUN = frozenset({"action_required", "skipped", "stale"})


def collect(github: GitHub, request: Request, surroundings: Surroundings, repository: str) -> Facts:
    """The facts. Raises InputError for inputs that do not go together, and what the client raises."""
    event = read_event(surroundings.environ)
    number = request.run_id if request.run_id is not None else event.run_id
    if number is None and event.name == "workflow_run":
        raise InputError("run-id: none given, and the event names no run; give the run's number")
    if number is None:
        return _first_half(github, request, surroundings.environ, event, repository)
    if request.reports.patterns:
        raise InputError("reports: given for a run that has ended; of such a run the reports are read from its "
                         "artifacts alone, so leave it out")
    return _second_half(github, request, event, repository, number)


# -- in the run that measured ------------------------------------------------------------------------------------

def _first_half(github: GitHub, request: Request, environ: Mapping[str, str], event: WorkflowEvent,
                repository: str) -> Facts:
    if not request.reports.patterns:
        raise InputError("reports: none given; name the JSON reports to show, or run in a workflow_run to read the "
                         "artifacts of another run")
    given = request.reports
    reports, unmatched = from_files(given.patterns, folder=given.folder, confined=given.confined, without=OWN)
    notes = [f"no file matches {pattern}" for pattern in unmatched]
    pull = event.pull_request
    origin = _origin_here(github, environ, event, repository)
    is_dependabot = DEPENDABOT in (environ.get("GITHUB_ACTOR", ""), "" if pull is None else pull.author)
    facts = Facts(repository=repository, is_second_half=False, origin=origin, reports=reports, notes=tuple(notes),
                  matched=len(request.reports.patterns) - len(unmatched),
                  may_lack_permission=event.from_fork or is_dependabot)
    if pull is None:
        return replace(facts, silence="this run is of no pull request")
    try:
        targets = _targets_here(github, request, event, pull, repository)
    except PermissionMissing:
        if not facts.may_lack_permission:
            raise
        return replace(facts, silence=READ_ONLY)
    if targets is None:
        return replace(facts, silence=MOVED_ON)
    return replace(facts, targets=targets, candidates=len(targets))


READ_ONLY = ("the token of a pull request from a fork or by Dependabot may not comment; the workflow that runs after "
             "this one (on workflow_run) does, with the reports that this run keeps as an artifact")


def _origin_here(github: GitHub, environ: Mapping[str, str], event: WorkflowEvent, repository: str) -> Origin:
    run = environ.get("GITHUB_RUN_ID", "")
    run_url = f"{github.endpoints.server_url}/{repository}/actions/runs/{run}" if run.isascii() and run.isdigit() \
        else None
    pull = event.pull_request
    if pull is None:
        return Origin(is_fork=event.from_fork, repository=repository, run_url=run_url)
    return Origin(is_fork=event.from_fork, repository=pull.head_repository, commit=pull.head_sha, author=pull.author,
                  run_url=run_url)


def _targets_here(github: GitHub, request: Request, event: WorkflowEvent, pull: PullRequest,
                  repository: str) -> tuple[Target, ...] | None:
    """The event's own pull request; None where its head is another commit by now."""
    if pull.head_repository is None or pull.head_sha is None:
        return None
    there = open_pull_requests(github, repository, head_repository=pull.head_repository, branch=pull.head_ref)
    current = [one for one in there if (one.number, one.head_sha) == (pull.number, pull.head_sha)]
    return _targets(github, request, current, repository, trusts=not event.from_fork) if current else None


# -- after the run that measured ---------------------------------------------------------------------------------

def _second_half(github: GitHub, request: Request, event: WorkflowEvent, repository: str, number: int) -> Facts:
    run = read_run(github, repository, number)
    origin = Origin(is_fork=run.is_fork, repository=run.head_repository, commit=run.head_sha, author=run.actor,
                    run_url=f"{github.endpoints.server_url}/{repository}/actions/runs/{run.id}")
    facts = Facts(repository=repository, is_second_half=True, origin=origin, reports=Reports(),
                  conclusion=run.conclusion)
    why = _no_business(run)
    if why:
        return replace(facts, silence=why)
    pulls = open_pull_requests(github, repository, head_repository=str(run.head_repository), branch=run.head_branch)
    current = [pull for pull in pulls if pull.head_sha == run.head_sha
               and (not run.pull_requests or pull.number in run.pull_requests)]
    if not current:
        return replace(facts, silence=MOVED_ON)
    others = others_that_ran(github, run)
    if any(other.number > run.number for other in others):
        return replace(facts, silence=OVERTAKEN)
    reports, matched, notes = read_artifacts(github, run, request.artifacts, without=OWN)
    targets = _targets(github, request, current, repository, trusts=not event.from_fork)
    if others and not run.did_run and all(_has_figures_of(run, target) for target in targets):
        return replace(facts, silence=OVERTAKEN)
    if run.conclusion in _DID_NOT_RUN and not reports.read:
        targets = tuple(target for target in targets if target.comments)
        if not targets:
            return replace(facts, silence="nothing of the pull request's code ran, and no comment is there to mend")
    if len(current) > 1:
        notes.append(f"{len(current):,} pull requests have this commit at their head, and the run was of one of them")
    if len(current) > MOST_TARGETS:
        notes.append(f"{len(current) - MOST_TARGETS:,} of them were left out: at most {MOST_TARGETS} are commented on")
    return replace(facts, reports=reports, matched=matched, notes=tuple(notes), targets=targets,
                   candidates=len(current))


def _has_figures_of(run: Run, target: Target) -> bool:
    """Whether the comment that is there shows figures of the run's commit."""
    heading = target.comments[0].body.splitlines()[1:2] if target.comments else []
    return any(heading) and shows_reports_of(run.head_sha, heading[0])


def _no_business(run: Run) -> str:
    """Why a run is none to comment on; empty where it is one."""
    if run.event != "pull_request":
        return "the run was not started by a pull request"
    if run.status != "completed":
        return "the run goes on; it is commented on when it has ended"
    if not run.head_branch or run.head_repository is None:
        return "the repository that the code came from is gone, and its pull request can't be found without it"
    return ""


def _targets(github: GitHub, request: Request, pulls: list[OpenPullRequest], repository: str, *,
             trusts: bool) -> tuple[Target, ...]:
    # Whom to trust is not for a file to say that came with a fork's code.
    trusted = request.trusted if trusts or not request.trusted_by_configuration else ()
    return tuple(Target(number=pull.number, author=pull.author, comments=tuple(
        our_comments(github, repository, pull.number, marker=request.marker, trusted=trusted)))
        for pull in pulls[:MOST_TARGETS])
