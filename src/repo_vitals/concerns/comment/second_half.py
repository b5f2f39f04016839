"""The second half: in a workflow of its own, with the right to write, about a run that had none. Reads by the API only.

Nothing that the run left behind says where the comment goes: its pull request is found by the commit that GitHub ran.
"""
from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.comment.reading import Archives
from repo_vitals.errors import CouldNotMeasure, InputError
from repo_vitals.plain_text import quotable
from repo_vitals.sources.artifacts import archive_of, artifacts_of
from repo_vitals.sources.http_wire import TooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from repo_vitals.concerns.comment.facts import Reports
    from repo_vitals.sources.artifacts import Artifact
    from repo_vitals.sources.github_connection import GitHub

MOST_ARTIFACTS = 10
LARGEST_ARCHIVE = 10_000_000        # bytes, of one
LARGEST_ARCHIVES = 30_000_000       # bytes, of all
# A run that was cancelled may have been so before its first job.
_MAY_NOT_HAVE_RUN = frozenset({"action_required", "cancelled", "skipped", "stale", "startup_failure"})


@dataclass(frozen=True, kw_only=True)
class Run:
    """A workflow run, as GitHub tells it. Names are strangers' text."""

    id: int
    event: str
    status: str
    conclusion: str | None
    repository: str             # owner/name that the workflow ran in
    head_repository: str | None     # owner/name that the code came from; None where that was deleted
    head_branch: str
    head_sha: str
    actor: str
    workflow: int
    number: int                 # within its workflow, grows from run to run
    attempt_began: datetime
    pull_requests: frozenset[int] = frozenset()     # of the repository's own branches; GitHub lists none of a fork's

    @property
    def did_run(self) -> bool:
        """Whether it has ended and its code ran for certain."""
        return self.status == "completed" and self.conclusion not in _MAY_NOT_HAVE_RUN

    @property
    def is_fork(self) -> bool:
        """Whether the code came from elsewhere; so too where that can't be told."""
        return self.head_repository is None or self.head_repository.lower() != self.repository.lower()


def read_run(github: GitHub, repository: str, number: int) -> Run:
    """The run of that number. Raises InputError where there is none, CouldNotMeasure and what the client raises."""
    from repo_vitals.sources.github_actions import Actions

    try:
        node = Actions(github, repository).run(number)
        if node is None:
            raise InputError(f"run-id: {repository} has no run {number}; leave the input out in a workflow_run, or "
                             "give the number in the address of the run's page")
        run = parse_run(node)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CouldNotMeasure(f"GitHub's answer about run {number} lacks what it should hold; try again later"
                              ) from None
    if run.id != number or run.repository.lower() != repository.lower():
        raise CouldNotMeasure(f"GitHub's answer about run {number} is about another run")
    return run


def parse_run(node: dict[str, Any]) -> Run:
    """A run from GitHub's JSON. Raises KeyError and its like for another shape."""
    head = node["head_repository"] or {}
    return Run(
        id=int(node["id"]), event=str(node["event"]), status=str(node["status"]), conclusion=node["conclusion"],
        repository=str(node["repository"]["full_name"]), head_repository=head.get("full_name"),
        head_branch=str(node["head_branch"] or ""), head_sha=str(node["head_sha"]),
        actor=str((node.get("actor") or {}).get("login") or ""),
        workflow=int(node["workflow_id"]), number=int(node["run_number"]),
        attempt_began=parse_instant(node.get("run_started_at") or node["created_at"]),
        pull_requests=frozenset(int(pull["number"]) for pull in node.get("pull_requests") or ()
                                if pull["base"]["repo"]["id"] == node["repository"]["id"]))


def others_that_ran(github: GitHub, run: Run) -> list[Run]:
    """The other runs of the same workflow that ran, for the same commit of the same pull request."""
    from repo_vitals.sources.github_actions import Actions

    pages = Actions(github, run.repository).runs(run.workflow, event=run.event, head_sha=run.head_sha,
                                                 exclude_pull_requests="false")
    try:
        others = (parse_run(node) for page in pages for node in page)
        return [other for other in others if other.did_run and _is_of_the_same(run, other)]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CouldNotMeasure("GitHub's list of the runs of a commit lacks what it should hold; try again later"
                              ) from None


def _is_of_the_same(run: Run, other: Run) -> bool:
    """Whether two runs are of the same pull request. Anyone may push a commit of somebody else's to a fork."""
    theirs, ours = other.head_repository, run.head_repository
    return (other.id != run.id and theirs is not None and ours is not None and theirs.lower() == ours.lower()
            and (other.head_branch, other.head_sha) == (run.head_branch, run.head_sha)
            and not (run.pull_requests and other.pull_requests and run.pull_requests.isdisjoint(other.pull_requests)))


def read_artifacts(github: GitHub, run: Run, patterns: Sequence[str]) -> tuple[Reports, int, list[str]]:
    """The reports in the run's artifacts that the patterns name, how many those are, and what to say about them.

    Every archive stays within its limits or is refused; raises what the client raises.
    """
    wanted = [artifact for artifact in artifacts_of(github, run.repository, run.id)
              if any(fnmatchcase(artifact.name, pattern) for pattern in patterns)]
    archives = Archives()
    left = LARGEST_ARCHIVES
    for artifact in wanted[:MOST_ARTIFACTS]:
        name = quotable(artifact.name, limit=100)
        limit = min(LARGEST_ARCHIVE, left)
        content = _archive(github, run, artifact, archives, name, limit)
        if content is not None:
            left -= len(content)
            archives.add(name, content, is_earlier=artifact.created_at is not None
                         and artifact.created_at < run.attempt_began)
    notes = []
    if len(wanted) > MOST_ARTIFACTS:
        notes.append(f"{len(wanted) - MOST_ARTIFACTS:,} artifacts more than {MOST_ARTIFACTS} were not read")
    if archives.unwanted:
        notes.append(f"{archives.unwanted:,} files in the artifacts are no .json and were not read")
    return archives.reports(), len(wanted), notes


def _archive(github: GitHub, run: Run, artifact: Artifact, archives: Archives, name: str, limit: int) -> bytes | None:
    if artifact.expired:
        archives.refuse(name, "has expired")
        return None
    if artifact.size > limit:
        archives.refuse(name, f"has {artifact.size:,} bytes, more than the {limit:,} that are read")
        return None
    try:
        content = archive_of(github, run.repository, artifact, largest=limit)
    except TooLarge:
        archives.refuse(name, f"sent more than the {limit:,} bytes that are read")
        return None
    if content is None:
        archives.refuse(name, "is gone")
    return content
