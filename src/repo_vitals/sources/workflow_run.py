"""A workflow run, by its number: what ran, whose code it was, and how it ended."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.errors import CouldNotMeasure, InputError
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.sources.github_connection import GitHub

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
